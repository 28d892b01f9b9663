import type { ConversionTrust, Lane } from "../domain/trust.ts";
import type { Db, Row } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** Somebody who signed up by a code. */
export interface SignupEvent {
  readonly kind: "signup";
  readonly id: string;
  readonly at: number;
  readonly code: string;
  readonly userId: string | null;
  readonly trust: "vouched" | "public";
  readonly flag: string | null;
}

/** A payment that was recorded. */
export interface ConversionEvent {
  readonly kind: "conversion";
  readonly id: string;
  readonly at: number;
  readonly code: string;
  readonly userId: string | null;
  readonly currency: string;
  readonly capturedCents: number;
  readonly netCents: number;
  readonly trust: ConversionTrust;
  readonly lane: Lane;
  readonly reason: string | null;
  /** Null: it counts. */
  readonly voidReason: string | null;
}

/** Money that went back to a customer. */
export interface RefundEvent {
  readonly kind: "refund";
  readonly id: string;
  readonly at: number;
  readonly code: string | null;
  readonly userId: string | null;
  /** Null with the amount: all of it, of what was named. */
  readonly currency: string | null;
  readonly amountCents: number | null;
  readonly conversionId: string | null;
  readonly isApplied: boolean;
  readonly status: string;
}

export type StoredEvent = SignupEvent | ConversionEvent | RefundEvent;

/** Clicks of one code on one UTC day. */
export interface ClickCount {
  readonly day: number;
  readonly code: string;
  readonly clicks: number;
}

/** The newest of each kind, at most `limit`, in no order between the kinds. */
export async function listNewestEvents(db: Db, appId: string, limit: number): Promise<readonly StoredEvent[]> {
  const params = { app: appId, limit };
  const [signups, conversions, refunds] = await Promise.all([
    db.query(SIGNUPS(params)),
    db.query(CONVERSIONS(params)),
    db.query(REFUNDS(params)),
  ]);
  return [...signups.map(toSignup), ...conversions.map(toConversion), ...refunds.map(toRefund)];
}

/** What was counted since a UTC day, newest day first, at most `limit` codes' days. */
export async function listClickCounts(
  db: Db,
  appId: string,
  { fromDay, limit }: { fromDay: number; limit: number },
): Promise<readonly ClickCount[]> {
  const rows = await db.query(CLICKS({ app: appId, from_day: fromDay, limit }));
  return rows.map((row) => ({
    day: integerOf(row, "day"),
    code: textOf(row, "code"),
    clicks: integerOf(row, "clicks"),
  }));
}

const SIGNUPS = statement(`
  SELECT r.id, r.created_at, r.code, r.user_id, r.trust, r.flag FROM referral r INDEXED BY referral_of_app
  WHERE r.app = :app ORDER BY r.created_at DESC, r.id DESC LIMIT :limit`);
const CONVERSIONS = statement(`
  SELECT c.id, c.created_at, c.code, c.user_id, c.currency, c.captured, c.posted_net, c.trust, c.posted_lane, c.reason,
    c.void_reason
  FROM conversion c INDEXED BY conversion_of_app WHERE c.app = :app ORDER BY c.created_at DESC, c.id DESC LIMIT :limit`);
const refundsOf = (source: string) => `
  SELECT * FROM (SELECT f.id, f.created_at, f.code, f.user_id, f.currency, f.amount, f.conversion, f.applied, f.status
    FROM refund f INDEXED BY refund_by_time WHERE f.app = :app AND f.source = '${source}' ORDER BY f.created_at DESC LIMIT :limit)`;
/** By source, as they are indexed; the newest are found among them afterwards. */
const REFUNDS = statement(["stripe", "key", "public"].map(refundsOf).join(" UNION ALL "));
const CLICKS = statement(`
  SELECT d.day, d.code, d.clicks FROM code_day d INDEXED BY code_day_of_day
  WHERE d.app = :app AND d.day >= :from_day AND d.clicks > 0 ORDER BY d.day DESC LIMIT :limit`);

function toSignup(row: Row): SignupEvent {
  return {
    kind: "signup",
    id: textOf(row, "id"),
    at: integerOf(row, "created_at"),
    code: textOf(row, "code"),
    userId: textOrNull(row, "user_id"),
    trust: oneOf(row, "trust", ["vouched", "public"]),
    flag: textOrNull(row, "flag"),
  };
}

function toConversion(row: Row): ConversionEvent {
  return {
    kind: "conversion",
    id: textOf(row, "id"),
    at: integerOf(row, "created_at"),
    code: textOf(row, "code"),
    userId: textOrNull(row, "user_id"),
    currency: textOf(row, "currency"),
    capturedCents: integerOf(row, "captured"),
    netCents: integerOf(row, "posted_net"),
    trust: oneOf(row, "trust", ["verified", "matched", "unverified"]),
    lane: oneOf(row, "posted_lane", ["held", "review", "clear"]),
    reason: textOrNull(row, "reason"),
    voidReason: textOrNull(row, "void_reason"),
  };
}

function toRefund(row: Row): RefundEvent {
  return {
    kind: "refund",
    id: textOf(row, "id"),
    at: integerOf(row, "created_at"),
    code: textOrNull(row, "code"),
    userId: textOrNull(row, "user_id"),
    currency: textOrNull(row, "currency"),
    amountCents: integerOrNull(row, "amount"),
    conversionId: textOrNull(row, "conversion"),
    isApplied: integerOf(row, "applied") === 1,
    status: textOf(row, "status"),
  };
}
