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

/** Notes that nothing is left to void. */
export function markVoided(appId: string, affiliateId: string): Statement {
  return DONE({ app: appId, affiliate: affiliateId });
}

const TO_VOID = `
  c.app = :app AND c.affiliate = :affiliate AND c.voided_at IS NULL AND c.created_at <= a.revoked_at
  AND (c.mature_day > a.revoked_at / 86400000 OR c.posted_lane <> 'clear')`;

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
const DONE = statement("UPDATE affiliate SET voided = 1 WHERE app = :app AND id = :affiliate AND status = 'revoked'");
