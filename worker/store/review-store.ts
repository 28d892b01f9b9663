import type { ConversionTrust, Lane } from "../domain/trust.ts";
import { COMMISSION_COLUMNS, type CommissionFacts, toCommissionFacts } from "./commission-row.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { settle } from "./settle.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

export type Decision = "approve" | "reject";

/** A commission as its app's owner sees it: with what it takes to decide. */
export interface OwnersCommission extends CommissionFacts {
  readonly affiliateId: string;
  readonly affiliateEmail: string | null;
  readonly trust: ConversionTrust;
}

/** The columns of `conversion c` that `toOwnersView` reads. */
export const OWNERS_COLUMNS = `
  ${COMMISSION_COLUMNS}, c.affiliate, c.trust,
  (SELECT o.email FROM affiliate o WHERE o.app = c.app AND o.id = c.affiliate) AS affiliate_email`;

export function toOwnersView(row: Row): OwnersCommission {
  return {
    ...toCommissionFacts(row),
    affiliateId: textOf(row, "affiliate"),
    affiliateEmail: textOrNull(row, "affiliate_email"),
    trust: oneOf(row, "trust", ["verified", "matched", "unverified"]),
  };
}

/** The commissions of an app that wait for a decision in a lane, oldest first, from after a cursor. */
export async function listWaiting(
  db: Db,
  appId: string,
  page: { lane: Exclude<Lane, "clear">; after: Cursor; limit: number },
): Promise<readonly OwnersCommission[]> {
  const { lane, after, limit } = page;
  return (await db.query(LIST({ app: appId, lane, at: after.at, id: after.id, limit }))).map(toOwnersView);
}

export interface Decisions {
  readonly decision: Decision;
  /** The conversions decided on, each with the id its decision gets. */
  readonly items: readonly { readonly id: string; readonly conversion: string }[];
  readonly reason: string;
  readonly actor: string;
  /** The line of the audit log: the cause in the ledger. Where nothing waited, there is none. */
  readonly audit: string;
  readonly now: number;
}

/**
 * The batch that decides on conversions, as far as they wait for it, and settles. What becomes void owes nothing; what is
 * approved keeps its day of maturation. Its answer is read with `readDecided`.
 */
export function decide(appId: string, { decision, items, reason, actor, audit, now }: Decisions): readonly Statement[] {
  const books = { app: appId, claimed_app: null, code: null, fact: audit, now };
  const params = { ...books, decision, items: JSON.stringify(items), reason, actor, audit };
  return [...DECIDE.map((build) => build(params)), ...settle(books), DECIDED(params)];
}

/** What stands of a conversion that was asked for. */
export interface Decided {
  readonly conversionId: string;
  readonly exists: boolean;
  /** The decision that stands, this one or an earlier one. */
  readonly decision: Decision | null;
  readonly voided: boolean;
  /** Whether a payout has taken anything of it. */
  readonly paid: boolean;
}

/** Reads the last statement of the batch of `decide`: one row for each item, in their order. */
export function readDecided(results: readonly (readonly Row[])[]): readonly Decided[] {
  return (results.at(-1) ?? []).map((row) => ({
    conversionId: textOf(row, "asked"),
    exists: row["id"] !== null,
    decision: row["decision"] === null ? null : oneOf(row, "decision", ["approve", "reject"]),
    voided: integerOf(row, "voided") === 1,
    paid: (integerOrNull(row, "settled_net") ?? 0) !== 0,
  }));
}

/** Voided when the job comes to it: a decision after the revocation does not keep it. */
export const TO_BE_VOIDED = `EXISTS (SELECT 1 FROM affiliate o
  WHERE o.app = c.app AND o.id = c.affiliate AND o.status = 'revoked' AND o.voided = 0 AND c.created_at <= o.revoked_at)`;

/** Of a conversion `c`: nobody has decided, and something depends on it. An open dispute or a hold is no decision. */
const WAITING = `
  c.voided_at IS NULL AND c.entry_lane <> 'clear' AND NOT ${TO_BE_VOIDED}
  AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.app = c.app AND a.conversion = c.id)`;

// "<> 'clear'" is what lets the index of these rows be used.
const LIST = statement(`
  SELECT ${OWNERS_COLUMNS}
  FROM conversion c INDEXED BY conversion_for_review
  WHERE c.app = :app AND c.posted_lane = :lane AND c.posted_lane <> 'clear' AND (c.created_at, c.id) > (:at, :id)
    AND ${WAITING}
  ORDER BY c.created_at, c.id LIMIT :limit`);

/** What this batch decides, until its line in the audit log says that it has. */
const NEW_DECISIONS = `
  SELECT a.* FROM approval a WHERE a.app = :app AND NOT EXISTS (SELECT 1 FROM audit l WHERE l.app = :app AND l.id = :audit)
    AND a.id IN (SELECT k.value ->> 'id' FROM json_each(:items) k)`;

const DECIDE = [
  statement(`
    INSERT INTO approval (app, id, conversion, decision, reason, actor, created_at)
    SELECT c.app, k.value ->> 'id', c.id, :decision, :reason, :actor, :now
    FROM json_each(:items) k CROSS JOIN conversion c ON c.app = :app AND c.id = k.value ->> 'conversion'
    WHERE ${WAITING}
    ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE conversion SET dirty = 1,
      voided_at = iif(n.decision = 'reject', :now, NULL), void_reason = iif(n.decision = 'reject', 'rejected', NULL)
    FROM (${NEW_DECISIONS}) n WHERE conversion.app = n.app AND conversion.id = n.conversion`),
  statement(`
    INSERT INTO audit (app, id, actor, action, object, after, reason, created_at)
    SELECT :app, :audit, :actor, iif(:decision = 'approve', 'review.approved', 'review.rejected'), :app,
      json_object('count', d.n, 'conversions', json(d.ids)), :reason, :now
    FROM (SELECT count(*) AS n, json_group_array(conversion) AS ids FROM (${NEW_DECISIONS} ORDER BY a.seq)) d WHERE d.n > 0`),
];

const DECIDED = statement(`
  SELECT k.value ->> 'conversion' AS asked, c.id, a.decision, c.settled_net,
    c.id IS NOT NULL AND (c.voided_at IS NOT NULL OR (c.entry_lane <> 'clear' AND ${TO_BE_VOIDED})) AS voided
  FROM json_each(:items) k
  LEFT JOIN conversion c ON c.app = :app AND c.id = k.value ->> 'conversion'
  LEFT JOIN approval a ON a.app = c.app AND a.conversion = c.id
  ORDER BY k.key`);
