import type { Db, Row, Statement } from "./db.ts";
import { type OwnersCommission, OWNERS_COLUMNS, TO_BE_VOIDED, toOwnersView } from "./review-store.ts";
import { settle } from "./settle.ts";
import { integerOf, statement, textOrNull } from "./statement.ts";

export type HoldAction = "hold" | "release";

/** A conversion with what its app's owner has said of its payment. */
export interface OwnersConversion extends OwnersCommission {
  /** Why it is held by hand; null where it is not. */
  readonly holdReason: string | null;
}

export interface HoldChange {
  /** The row that the hold or its release gets. */
  readonly id: string;
  readonly conversionId: string;
  readonly action: HoldAction;
  readonly reason: string;
  readonly actor: string;
  /** The line of the audit log: the cause in the ledger. Where nothing changes, there is none. */
  readonly audit: string;
  readonly now: number;
}

/**
 * The batch that holds the payment of a conversion, or releases it, and settles. A payment that is held is held already, and one
 * that is not is not released: then nothing is written. Its answer is read with `readHold`.
 */
export function changeHold(appId: string, change: HoldChange): readonly Statement[] {
  const { id, conversionId, action, reason, actor, audit, now } = change;
  const books = { app: appId, claimed_app: null, code: null, fact: audit, now };
  const params = { ...books, hold: id, conversion: conversionId, action, reason, actor, audit };
  return [...CHANGE.map((build) => build(params)), ...settle(books), CHANGED(params)];
}

/** Reads the last statement of the batch. `isVoiding`: a revocation is about to void it, so that nothing was written. */
export function readHold(
  results: readonly (readonly Row[])[],
): { readonly conversion: OwnersConversion; readonly isVoiding: boolean } | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : { conversion: toConversion(row), isVoiding: integerOf(row, "is_voiding") === 1 };
}

export async function findConversion(db: Db, appId: string, conversionId: string): Promise<OwnersConversion | null> {
  const [row] = await db.query(FIND({ app: appId, conversion: conversionId }));
  return row === undefined ? null : toConversion(row);
}

/** Of the payment of the conversion `c`: what was last said by hand. */
const LAST_WORD = (column: string) =>
  `(SELECT h.${column} FROM hold h WHERE h.app = c.app AND h.payment = c.payment ORDER BY h.seq DESC LIMIT 1)`;

/** What this batch has changed, until its line in the audit log says that it has. */
const NEW_CHANGE = `
  SELECT h.* FROM hold h WHERE h.app = :app AND h.id = :hold
    AND NOT EXISTS (SELECT 1 FROM audit l WHERE l.app = :app AND l.id = :audit)`;

const CHANGE = [
  // What is about to be voided is decided by the lane it was in at the revocation, so that one stays.
  statement(`
    INSERT INTO hold (app, id, payment, action, reason, actor, created_at)
    SELECT c.app, :hold, c.payment, :action, :reason, :actor, :now FROM conversion c
    WHERE c.app = :app AND c.id = :conversion AND coalesce(${LAST_WORD("action")}, 'release') <> :action
      AND NOT ${TO_BE_VOIDED} AND NOT EXISTS (SELECT 1 FROM audit l WHERE l.app = :app AND l.id = :audit)
    ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE conversion SET dirty = 1 WHERE app = :app AND id IN (
      SELECT v.id FROM (${NEW_CHANGE}) n JOIN conversion v ON v.app = n.app AND v.payment = n.payment AND v.voided_at IS NULL
      UNION SELECT :conversion FROM (${NEW_CHANGE}))`),
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT n.app, :audit, :actor, iif(:action = 'hold', 'conversion.held', 'conversion.released'), :conversion,
      json_object('payment', n.payment), :reason, :now
    FROM (${NEW_CHANGE}) n`),
];

const COLUMNS = `
  ${OWNERS_COLUMNS}, iif(${LAST_WORD("action")} = 'hold', ${LAST_WORD("reason")}, NULL) AS hold_reason`;

const CHANGED = statement(`
  SELECT ${COLUMNS}, ${TO_BE_VOIDED} AS is_voiding FROM conversion c WHERE c.app = :app AND c.id = :conversion`);

const FIND = statement(`SELECT ${COLUMNS} FROM conversion c WHERE c.app = :app AND c.id = :conversion`);

function toConversion(row: Row): OwnersConversion {
  return { ...toOwnersView(row), holdReason: textOrNull(row, "hold_reason") };
}
