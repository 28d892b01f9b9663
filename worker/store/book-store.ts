import { type Balance, balanceOf, type Totals, type Upcoming } from "../domain/balance.ts";
import type { CommissionStatus } from "../domain/conversion-status.ts";
import { dayOf } from "../domain/maturation.ts";
import type { Cursor } from "./cursor.ts";
import { COMMISSION_COLUMNS, type CommissionFacts, toCommissionFacts } from "./commission-row.ts";
import type { Db, Row } from "./db.ts";
import { integerOf, oneOf, statement, textOf } from "./statement.ts";

export interface CurrencyBalance extends Balance {
  readonly currency: string;
  /** The part of paid that is under way and not settled yet. */
  readonly processingCents: number;
}

/**
 * An affiliate's balances at `now`, one a currency, the app's currency always among them. Costs the same with ten
 * conversions as with a million: it reads one total row and the buckets that have not matured.
 */
export async function readBalances(
  db: Db,
  appId: string,
  { affiliateId, now }: { affiliateId: string; now: number },
): Promise<readonly CurrencyBalance[]> {
  const params = { app: appId, affiliate: affiliateId };
  const [totals, buckets] = await Promise.all([
    db.query(TOTALS(params)),
    db.query(UPCOMING({ ...params, today: dayOf(now) })),
  ]);
  return totals.map((row) => {
    const currency = textOf(row, "currency");
    const upcoming = buckets.filter((bucket) => bucket["currency"] === currency).map(toUpcoming);
    return { currency, ...balanceOf(toTotals(row), upcoming), processingCents: integerOf(row, "processing") };
  });
}

/** An affiliate's commissions, newest first, from after a cursor; those that another announcement replaced are left out. */
export async function listCommissions(
  db: Db,
  appId: string,
  page: {
    affiliateId: string;
    status: CommissionStatus | null;
    currency: string | null;
    before: Cursor;
    limit: number;
    now: number;
  },
): Promise<readonly CommissionFacts[]> {
  const rows = await db.query(
    COMMISSIONS({
      app: appId,
      affiliate: page.affiliateId,
      status: page.status,
      currency: page.currency,
      at: page.before.at,
      id: page.before.id,
      limit: page.limit,
      today: dayOf(page.now),
    }),
  );
  return rows.map(toCommissionFacts);
}

export interface CodeDay {
  readonly day: number;
  readonly ref: string;
  readonly clicks: number;
  readonly signups: number;
  readonly conversions: number;
  readonly refunds: number;
}

/** What happened on an affiliate's codes per code and UTC day, both ends included; `code` null means all of them. */
export async function readStats(
  db: Db,
  appId: string,
  range: { affiliateId: string; from: number; to: number; code: string | null },
): Promise<readonly CodeDay[]> {
  const rows = await db.query(
    STATS({ app: appId, affiliate: range.affiliateId, from_day: range.from, to_day: range.to, code: range.code }),
  );
  return rows.map((row) => ({
    day: integerOf(row, "day"),
    ref: textOf(row, "ref"),
    clicks: integerOf(row, "clicks"),
    signups: integerOf(row, "signups"),
    conversions: integerOf(row, "conversions"),
    refunds: integerOf(row, "refunds"),
  }));
}

const TOTALS = statement(`
  SELECT w.currency, coalesce(t.earned_clear, 0) AS earned_clear, coalesce(t.earned_review, 0) AS earned_review,
    coalesce(t.earned_held, 0) AS earned_held, coalesce(t.adjust, 0) AS adjust, coalesce(t.paid, 0) AS paid,
    (SELECT coalesce(sum(o.amount), 0) FROM payout o WHERE o.app = :app AND o.affiliate = :affiliate
      AND o.currency = w.currency AND o.status = 'processing') AS processing
  FROM (
    SELECT currency FROM app WHERE id = :app
    UNION SELECT currency FROM total WHERE app = :app AND affiliate = :affiliate
  ) w
  LEFT JOIN total t ON t.app = :app AND t.affiliate = :affiliate AND t.currency = w.currency
  ORDER BY w.currency`);

// Each lane by name, so that the primary key is searched and only the days to come are read.
const UPCOMING = statement(`
  SELECT b.currency, b.lane, b.mature_day, b.net
  FROM (SELECT currency FROM total WHERE app = :app AND affiliate = :affiliate) t
  CROSS JOIN bucket b ON b.app = :app AND b.affiliate = :affiliate AND b.currency = t.currency
    AND b.lane IN ('clear', 'review') AND b.mature_day > :today
  WHERE b.net > 0`);

/** The status of a row `n` with the columns of a commission: the twin of domain/conversion-status.ts, for filtering. */
export const COMMISSION_STATUS = `
  CASE
    WHEN n.paid > 0 THEN 'paid'
    WHEN n.voided_at IS NOT NULL OR n.refunded >= n.captured THEN 'cancelled'
    WHEN n.mature_day <= :today AND n.posted_lane <> 'held' THEN 'confirmed'
    ELSE 'pending'
  END`;

const COMMISSIONS = statement(`
  SELECT n.* FROM (
    SELECT ${COMMISSION_COLUMNS} FROM conversion c
    WHERE c.app = :app AND c.affiliate = :affiliate AND c.void_reason IS NOT 'superseded'
      AND (:currency IS NULL OR c.currency = :currency) AND (c.created_at, c.id) < (:at, :id)
  ) n
  WHERE :status IS NULL OR ${COMMISSION_STATUS} = :status
  ORDER BY n.created_at DESC, n.id DESC LIMIT :limit`);

const STATS = statement(`
  SELECT d.day, k.ref, d.clicks, d.signups, d.conversions, d.refunds
  FROM code k JOIN code_day d ON d.app = k.app AND d.code = k.code AND d.day BETWEEN :from_day AND :to_day
  WHERE k.app = :app AND k.affiliate = :affiliate AND (:code IS NULL OR k.code = :code)
    AND d.clicks + d.signups + d.conversions + d.refunds > 0
  ORDER BY d.day, k.code`);

function toTotals(row: Row): Totals {
  return {
    earned: {
      clear: integerOf(row, "earned_clear"),
      review: integerOf(row, "earned_review"),
      held: integerOf(row, "earned_held"),
    },
    adjustCents: integerOf(row, "adjust"),
    paidCents: integerOf(row, "paid"),
  };
}

function toUpcoming(row: Row): Upcoming {
  return {
    lane: oneOf(row, "lane", ["review", "clear"]),
    matureDay: integerOf(row, "mature_day"),
    netCents: integerOf(row, "net"),
  };
}
