import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

const CORRECTION_KINDS = ["correction", "opening", "transfer_return"] as const;
/** A correction or bonus by hand, what somebody was owed before the app came here, a transfer that came back. */
export type CorrectionKind = (typeof CORRECTION_KINDS)[number];

export interface Correction {
  readonly id: string;
  readonly affiliateId: string;
  readonly currency: string;
  /** Any sign: below zero it is owed back. */
  readonly amountCents: number;
  readonly kind: CorrectionKind;
  readonly reason: string;
  readonly actor: string;
  /** The payout that settled it, null until then. */
  readonly payoutId: string | null;
  readonly createdAt: number;
}

export interface NewCorrection {
  /** Of two by one id the first stands: whoever must not correct twice derives it from what it is for. */
  readonly id: string;
  readonly affiliateId: string;
  /** Null: the app's. */
  readonly currency: string | null;
  readonly amountCents: number;
  readonly kind: CorrectionKind;
  readonly reason: string;
  readonly actor: string;
  /** The line of the audit log that it leaves. */
  readonly audit: string;
  readonly now: number;
}

/**
 * The batch of a correction: the fact, the posting, the total, its line. Nothing for an affiliate that is not this app's, or
 * under an id that is known. Its answer is read with `readCorrection`.
 */
export function postCorrection(appId: string, correction: NewCorrection): readonly Statement[] {
  const params = {
    app: appId,
    correction: correction.id,
    affiliate: correction.affiliateId,
    currency: correction.currency,
    amount: correction.amountCents,
    kind: correction.kind,
    reason: correction.reason,
    actor: correction.actor,
    audit: correction.audit,
    now: correction.now,
  };
  return POST.map((build) => build(params));
}

/** Reads the last statement of the batch. `isNew`: this request made it, in this run of the batch or an earlier one. */
export function readCorrection(
  results: readonly (readonly Row[])[],
): { readonly correction: Correction; readonly isNew: boolean } | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : { correction: toCorrection(row), isNew: integerOf(row, "is_new") === 1 };
}

export async function findCorrection(db: Db, appId: string, correctionId: string): Promise<Correction | null> {
  const [row] = await db.query(FIND({ app: appId, id: correctionId }));
  return row === undefined ? null : toCorrection(row);
}

/** The corrections of an affiliate, newest first, from after a cursor. */
export async function listCorrections(
  db: Db,
  appId: string,
  { affiliateId, before, limit }: { affiliateId: string; before: Cursor; limit: number },
): Promise<readonly Correction[]> {
  const rows = await db.query(LIST({ app: appId, affiliate: affiliateId, at: before.at, id: before.id, limit }));
  return rows.map(toCorrection);
}

/** This batch's correction until it is posted, by its last step: all that follows from it happens once. */
const NOT_POSTED = `
  SELECT c.* FROM correction c WHERE c.app = :app AND c.id = :correction
    AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.app = c.app AND l.kind = 'adjust' AND l.cause = c.id)`;

const COLUMNS = "k.id, k.affiliate, k.currency, k.amount, k.kind, k.reason, k.actor, k.payout, k.created_at";

const POST = [
  statement(`
    INSERT INTO correction (app, id, affiliate, currency, amount, kind, reason, actor, created_at)
    SELECT o.app, :correction, o.id, coalesce(:currency, p.currency), :amount, :kind, :reason, :actor, :now
    FROM affiliate o JOIN app p ON p.id = o.app WHERE o.app = :app AND o.id = :affiliate
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT k.app, :audit, k.actor, 'correction.posted', k.affiliate,
      json_object('correction', k.id, 'kind', k.kind, 'currency', k.currency, 'amountCents', k.amount), k.reason, :now
    FROM (${NOT_POSTED}) k`),
  statement(`
    INSERT INTO total (app, affiliate, currency) SELECT k.app, k.affiliate, k.currency FROM (${NOT_POSTED}) k WHERE true
    ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE total SET adjust = total.adjust + k.amount FROM (${NOT_POSTED}) k
    WHERE total.app = k.app AND total.affiliate = k.affiliate AND total.currency = k.currency`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT k.app, 'adjust', k.id, k.id, k.affiliate, k.currency, k.amount, :now FROM (${NOT_POSTED}) k`),
  statement(`
    SELECT ${COLUMNS}, EXISTS (SELECT 1 FROM audit l WHERE l.app = k.app AND l.id = :audit) AS is_new
    FROM correction k WHERE k.app = :app AND k.id = :correction`),
];

const FIND = statement(`SELECT ${COLUMNS} FROM correction k WHERE k.app = :app AND k.id = :id`);
const LIST = statement(`
  SELECT ${COLUMNS} FROM correction k
  WHERE k.app = :app AND k.affiliate = :affiliate AND (k.created_at, k.id) < (:at, :id)
  ORDER BY k.created_at DESC, k.id DESC LIMIT :limit`);

function toCorrection(row: Row): Correction {
  return {
    id: textOf(row, "id"),
    affiliateId: textOf(row, "affiliate"),
    currency: textOf(row, "currency"),
    amountCents: integerOf(row, "amount"),
    kind: oneOf(row, "kind", CORRECTION_KINDS),
    reason: textOf(row, "reason"),
    actor: textOf(row, "actor"),
    payoutId: textOrNull(row, "payout"),
    createdAt: integerOf(row, "created_at"),
  };
}
