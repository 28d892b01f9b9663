import type { Db } from "./db.ts";
import { integerOf, oneOf, statement, textOf } from "./statement.ts";

/** What a commission comes to, as a mail tells it. Null: it is not there, or void. */
export interface CommissionFact {
  readonly cents: number;
  readonly currency: string;
  readonly matureDay: number;
  readonly lane: "held" | "review" | "clear";
}

export async function findCommissionFact(db: Db, appId: string, conversionId: string): Promise<CommissionFact | null> {
  const [row] = await db.query(COMMISSION({ app: appId, conversion: conversionId }));
  if (row === undefined) return null;
  return {
    cents: integerOf(row, "posted_net"),
    currency: textOf(row, "currency"),
    matureDay: integerOf(row, "mature_day"),
    lane: oneOf(row, "posted_lane", ["held", "review", "clear"]),
  };
}

/** What an affiliate's codes did in some days. */
export interface WeekFact {
  readonly clicks: number;
  readonly signups: number;
  readonly payments: number;
  readonly earned: readonly { readonly cents: number; readonly currency: string }[];
}

/** The week that begins on a day: what was counted on its days, and what payments recorded in it have earned by now. */
export async function readWeek(
  db: Db,
  appId: string,
  { affiliateId, fromDay }: { affiliateId: string; fromDay: number },
): Promise<WeekFact> {
  const params = { app: appId, affiliate: affiliateId, from_day: fromDay };
  const [counts] = await db.query(WEEK_COUNTS(params));
  const earned = await db.query(WEEK_EARNED(params));
  return {
    clicks: counts === undefined ? 0 : integerOf(counts, "clicks"),
    signups: counts === undefined ? 0 : integerOf(counts, "signups"),
    payments: earned.reduce((sum, row) => sum + integerOf(row, "payments"), 0),
    earned: earned
      .map((row) => ({ cents: integerOf(row, "cents"), currency: textOf(row, "currency") }))
      .filter(({ cents }) => cents > 0),
  };
}

/** An affiliate whose codes did something, in the order of apps and ids. */
export interface ActiveAffiliate {
  readonly appId: string;
  readonly affiliateId: string;
}

/** A page of a walk through all affiliates. */
export interface ActivePage {
  /** Those of the page with something to tell of the week, and a mailbox. */
  readonly active: readonly ActiveAffiliate[];
  /** The last one that was looked at; null: the walk is over. */
  readonly last: ActiveAffiliate | null;
}

/** Looks at the `limit` affiliates after one, of all apps: who had clicks, signups or payments in the week from a day. */
export async function listActive(
  db: Db,
  { after, fromDay, limit }: { after: ActiveAffiliate; fromDay: number; limit: number },
): Promise<ActivePage> {
  const rows = await db.query(
    ACTIVE({ after_app: after.appId, after_affiliate: after.affiliateId, from_day: fromDay, limit }),
  );
  const all = rows.map((row) => ({
    appId: textOf(row, "app"),
    affiliateId: textOf(row, "id"),
    isActive: row["is_active"] === 1,
  }));
  const last = all.length < limit ? undefined : all.at(-1);
  return { active: all.filter(({ isActive }) => isActive), last: last ?? null };
}

/** A page of apps by id after one, with the day of the last event of any of their codes; null: there never was one. */
export async function listLastEvents(
  db: Db,
  { after, limit }: { after: string; limit: number },
): Promise<readonly { readonly appId: string; readonly lastDay: number | null }[]> {
  const rows = await db.query(LAST_EVENTS({ after, limit }));
  return rows.map((row) => ({
    appId: textOf(row, "id"),
    lastDay: row["last_day"] === null ? null : integerOf(row, "last_day"),
  }));
}

const COMMISSION = statement(`
  SELECT v.posted_net, v.currency, v.mature_day, v.posted_lane FROM conversion v
  WHERE v.app = :app AND v.id = :conversion AND v.voided_at IS NULL`);

const IN_WEEK = "v.created_at >= :from_day * 86400000 AND v.created_at < (:from_day + 7) * 86400000";
const WEEK_COUNTS = statement(`
  SELECT coalesce(sum(d.clicks), 0) AS clicks, coalesce(sum(d.signups), 0) AS signups
  FROM code k CROSS JOIN code_day d ON d.app = k.app AND d.code = k.code AND d.day BETWEEN :from_day AND :from_day + 6
  WHERE k.app = :app AND k.affiliate = :affiliate`);
const WEEK_EARNED = statement(`
  SELECT v.currency, count(*) AS payments, sum(iif(v.posted_lane = 'held', 0, v.posted_net)) AS cents FROM conversion v
  WHERE v.app = :app AND v.affiliate = :affiliate AND ${IN_WEEK} AND v.voided_at IS NULL GROUP BY v.currency ORDER BY v.currency`);
const ACTIVE = statement(`
  SELECT o.app, o.id, o.email IS NOT NULL AND o.status IN ('active', 'suspended') AND (
      EXISTS (SELECT 1 FROM conversion v WHERE v.app = o.app AND v.affiliate = o.id AND ${IN_WEEK} AND v.voided_at IS NULL)
      OR EXISTS (SELECT 1 FROM code k CROSS JOIN code_day d ON d.app = k.app AND d.code = k.code
        AND d.day BETWEEN :from_day AND :from_day + 6
        WHERE k.app = o.app AND k.affiliate = o.id AND d.clicks + d.signups > 0)) AS is_active
  FROM affiliate o WHERE (o.app, o.id) > (:after_app, :after_affiliate) ORDER BY o.app, o.id LIMIT :limit`);
const LAST_EVENTS = statement(`
  SELECT p.id, (SELECT max(d.day) FROM code_day d INDEXED BY code_day_of_day WHERE d.app = p.id) AS last_day
  FROM app p WHERE p.id > :after ORDER BY p.id LIMIT :limit`);
