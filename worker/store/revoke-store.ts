import type { Cursor } from "./cursor.ts";
import type { Db, Statement } from "./db.ts";
import { settle } from "./settle.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** Revoked affiliates, of all apps, that still have commissions to void. */
export async function findToVoid(
  db: Db,
  limit: number,
): Promise<readonly { readonly appId: string; readonly affiliateId: string }[]> {
  const rows = await db.query(FIND({ limit }));
  return rows.map((row) => ({ appId: textOf(row, "app"), affiliateId: textOf(row, "id") }));
}

/** The next conversions of a revoked affiliate to void, oldest first: made before the revocation, not matured and clear then. */
export async function listToVoid(
  db: Db,
  appId: string,
  { affiliateId, after, limit }: { affiliateId: string; after: Cursor; limit: number },
): Promise<readonly Cursor[]> {
  const rows = await db.query(LIST({ app: appId, affiliate: affiliateId, at: after.at, id: after.id, limit }));
  return rows.map((row) => ({ at: integerOf(row, "created_at"), id: textOf(row, "id") }));
}

/** Voids and settles these conversions, as far as they still are to be voided. The ledger names the affiliate as the cause. */
export function voidConversions(
  appId: string,
  { affiliateId, ids, now }: { affiliateId: string; ids: readonly string[]; now: number },
): readonly Statement[] {
  const params = { app: appId, claimed_app: null, code: null, fact: affiliateId, now };
  return [VOID({ ...params, affiliate: affiliateId, ids: JSON.stringify(ids) }), ...settle(params)];
}

/**
 * How many commissions in each currency a revocation at `now` would void, among the newest `limit` of the affiliate's.
 * Not `complete` when there may be older ones, which may become void as well.
 */
export async function countToVoid(
  db: Db,
  appId: string,
  { affiliateId, now, limit }: { affiliateId: string; now: number; limit: number },
): Promise<{ readonly counts: ReadonlyMap<string, number>; readonly complete: boolean }> {
  const rows = await db.query(COUNT({ app: appId, affiliate: affiliateId, now, limit }));
  const seen = rows.reduce((sum, row) => sum + integerOf(row, "seen"), 0);
  const counts = new Map(rows.map((row) => [textOf(row, "currency"), integerOf(row, "voided")]));
  return { counts, complete: seen < limit };
}

/** Notes that nothing is left to void. */
export function markVoided(appId: string, affiliateId: string): Statement {
  return DONE({ app: appId, affiliate: affiliateId });
}

/** Conversions `c` that the revocation of the affiliate `a`, at this instant, makes void. */
const toVoid = (revokedAt: string) => `
  c.app = :app AND c.affiliate = :affiliate AND c.voided_at IS NULL AND c.created_at <= ${revokedAt}
  AND (c.mature_day > ${revokedAt} / 86400000 OR c.posted_lane <> 'clear')`;
const TO_VOID = toVoid("a.revoked_at");

const FIND = statement(
  "SELECT app, id FROM affiliate WHERE status = 'revoked' AND voided = 0 ORDER BY app, id LIMIT :limit",
);
const LIST = statement(`
  SELECT c.created_at, c.id FROM affiliate a CROSS JOIN conversion c
  WHERE a.app = :app AND a.id = :affiliate AND a.status = 'revoked' AND ${TO_VOID} AND (c.created_at, c.id) > (:at, :id)
  ORDER BY c.created_at, c.id LIMIT :limit`);
const VOID = statement(`
  UPDATE conversion AS c SET voided_at = :now, void_reason = 'affiliate_revoked', dirty = 1 FROM affiliate a
  WHERE a.app = :app AND a.id = :affiliate AND a.status = 'revoked' AND ${TO_VOID}
    AND c.id IN (SELECT value FROM json_each(:ids))`);
// In the order of its index, so that a history of any length costs `:limit` rows.
const COUNT = statement(`
  SELECT c.currency, count(*) AS seen, sum(${toVoid(":now")}) AS voided
  FROM (
    SELECT n.* FROM conversion n INDEXED BY conversion_by_time WHERE n.app = :app AND n.affiliate = :affiliate
    ORDER BY n.created_at DESC, n.id DESC LIMIT :limit
  ) c
  GROUP BY c.currency`);
const DONE = statement("UPDATE affiliate SET voided = 1 WHERE app = :app AND id = :affiliate AND status = 'revoked'");
