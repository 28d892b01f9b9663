import type { Db } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** Codes and customers of an affiliate that a change of status is about. */
export interface Following {
  /** Codes that are neither retired, revoked nor expired, oldest first, at most as many as were asked for. */
  readonly refs: readonly string[];
  /** Customers whose stored referral is this affiliate's, at most as many as were asked for. */
  readonly customers: number;
}

export async function readFollowing(
  db: Db,
  appId: string,
  limits: { affiliateId: string; now: number; maxRefs: number; maxCustomers: number },
): Promise<Following> {
  const { affiliateId: affiliate, now, maxRefs, maxCustomers } = limits;
  const [codes, customers] = await Promise.all([
    db.query(CODES({ app: appId, affiliate, now, limit: maxRefs })),
    db.query(CUSTOMERS({ app: appId, affiliate, limit: maxCustomers })),
  ]);
  return {
    refs: codes.map((row) => textOf(row, "ref")),
    customers: customers.reduce((sum, row) => sum + integerOf(row, "n"), 0),
  };
}

const CODES = statement(`
  SELECT k.ref FROM code k WHERE k.app = :app AND k.affiliate = :affiliate AND k.state = 'active'
    AND (k.expires_at IS NULL OR k.expires_at > :now)
  ORDER BY k.created_at, k.code LIMIT :limit`);
const CUSTOMERS = statement(`
  SELECT count(*) AS n FROM (SELECT 1 FROM referral r
    WHERE r.app = :app AND r.affiliate = :affiliate AND r.user_id IS NOT NULL LIMIT :limit)`);
