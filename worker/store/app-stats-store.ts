import { DAY_MS, startOfDay } from "../domain/maturation.ts";
import type { Db } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** An app's counters of one UTC day, over all its codes. */
export interface AppDay {
  readonly day: number;
  readonly clicks: number;
  readonly signups: number;
  readonly conversions: number;
  /** Rows that were added up. */
  readonly rows: number;
}

/** What the conversions recorded on one UTC day earn today, in one currency. */
export interface EarnedDay {
  readonly day: number;
  readonly currency: string;
  readonly conversions: number;
  /** Rows that were looked at, void ones too. */
  readonly rows: number;
  readonly netCents: number;
  readonly feeCents: number;
}

/** What waits for the owner, each counted up to `MAX_COUNTED`. */
export interface Waiting {
  readonly review: number;
  readonly held: number;
  readonly applied: number;
}

/** A number beside a link: more is shown as this and a plus. */
export const MAX_COUNTED = 100;

/** The days from `fromDay` on, newest first. At most `scan` rows are added up: of a day that is cut there only a part. */
export async function listAppDays(
  db: Db,
  appId: string,
  { fromDay, scan }: { fromDay: number; scan: number },
): Promise<readonly AppDay[]> {
  const rows = await db.query(DAYS({ app: appId, from_day: fromDay, scan }));
  return rows.map((row) => ({
    day: integerOf(row, "day"),
    clicks: integerOf(row, "clicks"),
    signups: integerOf(row, "signups"),
    conversions: integerOf(row, "conversions"),
    rows: integerOf(row, "counted"),
  }));
}

/** The same of commissions, by the day they were recorded on; void ones earn nothing. */
export async function listEarnedDays(
  db: Db,
  appId: string,
  { fromDay, scan }: { fromDay: number; scan: number },
): Promise<readonly EarnedDay[]> {
  const rows = await db.query(EARNED({ app: appId, from_at: startOfDay(fromDay), day_ms: DAY_MS, scan }));
  return rows.map((row) => ({
    day: integerOf(row, "day"),
    currency: textOf(row, "currency"),
    conversions: integerOf(row, "conversions"),
    rows: integerOf(row, "counted"),
    netCents: integerOf(row, "net"),
    feeCents: integerOf(row, "fee"),
  }));
}

export async function countWaiting(db: Db, appId: string): Promise<Waiting> {
  const [row = {}] = await db.query(WAITING({ app: appId }));
  return { review: integerOf(row, "review"), held: integerOf(row, "held"), applied: integerOf(row, "applied") };
}

const DAYS = statement(`
  SELECT f.day, sum(f.clicks) AS clicks, sum(f.signups) AS signups, sum(f.conversions) AS conversions, count(*) AS counted
  FROM (
    SELECT d.day, d.clicks, d.signups, d.conversions FROM code_day d INDEXED BY code_day_of_day
    WHERE d.app = :app AND d.day >= :from_day ORDER BY d.day DESC LIMIT :scan
  ) f GROUP BY f.day ORDER BY f.day DESC`);

const EARNED = statement(`
  SELECT f.day, f.currency, sum(f.net) AS net, sum(f.fee) AS fee, sum(f.voided_at IS NULL) AS conversions,
    count(*) AS counted
  FROM (
    SELECT c.created_at / :day_ms AS day, c.currency, c.posted_net AS net, c.posted_fee AS fee, c.voided_at
    FROM conversion c INDEXED BY conversion_of_app
    WHERE c.app = :app AND c.created_at >= :from_at ORDER BY c.created_at DESC, c.id DESC LIMIT :scan
  ) f GROUP BY f.day, f.currency ORDER BY f.day DESC, f.currency DESC`);

const inLane = (lane: string) => `(SELECT count(*) FROM (
  SELECT 1 FROM conversion c WHERE c.app = :app AND c.posted_lane = '${lane}' AND c.posted_lane <> 'clear'
    AND c.voided_at IS NULL LIMIT ${MAX_COUNTED}))`;
const WAITING = statement(`
  SELECT ${inLane("review")} AS review, ${inLane("held")} AS held, (SELECT count(*) FROM (
    SELECT 1 FROM affiliate a WHERE a.app = :app AND a.status = 'applied' LIMIT ${MAX_COUNTED})) AS applied`);
