import { DAY_MS, startOfDay } from "../domain/maturation.ts";
import type { Db } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** What an affiliate's payments of one UTC day earn, in one currency, as the books hold it now: less refunds since. */
export interface EarningDay {
  readonly day: number;
  readonly currency: string;
  readonly netCents: number;
}

/**
 * What an affiliate's payments from day `from` to `to` earn, by day and currency. Of at most `max` payments, the newest:
 * `isWhole` says whether there were no more.
 */
export async function listEarnings(
  db: Db,
  appId: string,
  { affiliateId, from, to, max }: { affiliateId: string; from: number; to: number; max: number },
): Promise<{ readonly days: readonly EarningDay[]; readonly isWhole: boolean }> {
  const span = { start: startOfDay(from), end: startOfDay(to + 1), day_ms: DAY_MS, limit: max + 1 };
  const rows = await db.query(EARNINGS({ app: appId, affiliate: affiliateId, ...span }));
  const days = rows.map((row) => ({
    day: integerOf(row, "day"),
    currency: textOf(row, "currency"),
    netCents: integerOf(row, "net"),
  }));
  return { days, isWhole: rows.reduce((sum, row) => sum + integerOf(row, "payments"), 0) <= max };
}

const EARNINGS = statement(`
  SELECT n.day, n.currency, sum(n.net) AS net, count(*) AS payments
  FROM (
    SELECT c.created_at / :day_ms AS day, c.currency, c.posted_net AS net
    FROM conversion c
    WHERE c.app = :app AND c.affiliate = :affiliate AND c.created_at >= :start AND c.created_at < :end
    ORDER BY c.created_at DESC LIMIT :limit
  ) n
  GROUP BY n.day, n.currency ORDER BY n.day, n.currency`);
