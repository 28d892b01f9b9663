import type { Db, Row } from "./db.ts";
import {
  AFFILIATE_STATUSES,
  listOf,
  STATE_COLUMNS,
  type StatedConversion,
  toStatedConversion,
} from "./explain-conversion-state.ts";
import { MAX_EXPLAINED } from "./explain-conversion-store.ts";
import { STATUS_SINCE } from "./explain-code-store.ts";
import type { AffiliateFacts } from "../domain/findings.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** A user's referral, and every change of whose it is. */
export interface ExplainedReferral {
  readonly id: string;
  readonly userId: string | null;
  readonly ref: string;
  readonly affiliateId: string;
  readonly affiliate: AffiliateFacts;
  /** Whose word it is. */
  readonly trust: "vouched" | "public";
  /** What it rests on: a payment that no backend's signup has confirmed since, a signup, or somebody's decision. */
  readonly event: "payment" | "signup" | "hand";
  readonly flag: string | null;
  readonly emailMask: string | null;
  readonly customerCreatedAt: number | null;
  readonly seenAt: number;
  readonly createdAt: number;
  readonly fixedAt: number | null;
  readonly changes: readonly ReferralChange[];
}

/** A line of the audit log about a referral. */
export interface ReferralChange {
  readonly action: string;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly fromRef: string | null;
  readonly at: number;
}

export async function findReferral(db: Db, appId: string, userId: string): Promise<ExplainedReferral | null> {
  const [row] = await db.query(REFERRAL({ app: appId, user_id: userId, limit: MAX_EXPLAINED }));
  return row === undefined ? null : toReferral(row);
}

/** A refused call. */
export interface ExplainedDrop {
  readonly kind: string;
  readonly reason: string;
  readonly code: string | null;
  readonly userId: string | null;
  readonly at: number;
}

export interface StripePaymentRow {
  readonly state: "parked" | "counted" | "closed";
  readonly reason: string | null;
  readonly userId: string | null;
  readonly receivedAt: number;
  /** When it is looked at again without anything new being told. */
  readonly lookAt: number | null;
  readonly conversionId: string | null;
  /** What Stripe told of it, and the refs that were seen there. */
  readonly objects: readonly {
    readonly id: string;
    readonly form: string;
    readonly code: string | null;
    readonly bareCode: string | null;
    readonly currency: string | null;
    readonly capturedCents: number | null;
  }[];
}

export interface UserFacts {
  readonly conversions: readonly StatedConversion[];
  readonly drops: readonly ExplainedDrop[];
  readonly stripePayments: readonly StripePaymentRow[];
}

/** What is known of a user beside the referral: the newest 100 of each kind. */
export async function readUserFacts(db: Db, appId: string, userId: string): Promise<UserFacts> {
  const params = { app: appId, user_id: userId, limit: MAX_EXPLAINED };
  const [conversions, drops, payments] = await Promise.all([
    db.query(CONVERSIONS(params)),
    db.query(DROPS(params)),
    db.query(STRIPE_PAYMENTS(params)),
  ]);
  return {
    conversions: conversions.map(toStatedConversion),
    drops: drops.map(toDrop),
    stripePayments: payments.map(toStripePayment),
  };
}

/** The newest conversions of an affiliate that another announcement has not replaced. */
export async function listConversionsOf(
  db: Db,
  appId: string,
  affiliateId: string,
): Promise<readonly StatedConversion[]> {
  const params = { app: appId, affiliate: affiliateId, limit: MAX_EXPLAINED };
  return (await db.query(CONVERSIONS_OF(params))).map(toStatedConversion);
}

/** The newest refused calls of an app that named one of these codes: of an app 1,000 are kept. */
export async function listDropsOf(db: Db, appId: string, codes: readonly string[]): Promise<readonly ExplainedDrop[]> {
  if (codes.length === 0) return [];
  const params = { app: appId, codes: JSON.stringify(codes), limit: MAX_EXPLAINED };
  return (await db.query(DROPS_OF(params))).map(toDrop);
}

/** How many of the app's newest events were of the other mode, and when the last of them came. */
export async function countWrongMode(
  db: Db,
  appId: string,
): Promise<{ readonly count: number; readonly lastAt: number | null }> {
  const [row] = await db.query(WRONG_MODE({ app: appId, limit: MAX_EXPLAINED }));
  return row === undefined
    ? { count: 0, lastAt: null }
    : { count: integerOf(row, "count"), lastAt: integerOrNull(row, "last_at") };
}

const REFERRAL = statement(`
  SELECT r.*, k.ref, o.status, ${STATUS_SINCE} AS status_since,
    (SELECT json_group_array(json_object('action', n.action, 'actor', n.actor, 'reason', n.reason,
        'from', n.before ->> 'code', 'at', n.created_at)) FROM (
      SELECT a.* FROM audit a WHERE a.app = r.app AND a.object = r.id ORDER BY a.seq LIMIT :limit) n) AS changes
  FROM referral r JOIN code k ON k.code = r.code JOIN affiliate o ON o.app = r.app AND o.id = r.affiliate
  WHERE r.app = :app AND r.user_id = :user_id`);

/** The payments that announcements name the user for, and those that Stripe's customer of the user made. */
const NAMES = `
  SELECT :user_id AS name UNION SELECT b.object FROM stripe_binding b WHERE b.app = :app AND b.value = :user_id AND b.says = 'user'`;
const PAYMENTS = `
  SELECT payment FROM (SELECT m.payment FROM claim m WHERE m.app = :app AND m.user_id = :user_id
    ORDER BY m.received_at DESC LIMIT :limit)
  UNION SELECT payment FROM (SELECT s.payment FROM stripe_payment s WHERE s.app = :app AND s.user_id = :user_id LIMIT :limit)`;

const CONVERSIONS = statement(`
  SELECT ${STATE_COLUMNS} FROM (${PAYMENTS}) n CROSS JOIN conversion c
  WHERE c.app = :app AND c.payment = n.payment AND c.user_id = :user_id
  ORDER BY c.created_at DESC, c.id DESC LIMIT :limit`);
const CONVERSIONS_OF = statement(`
  SELECT ${STATE_COLUMNS} FROM conversion c
  WHERE c.app = :app AND c.affiliate = :affiliate AND c.void_reason IS NOT 'superseded'
  ORDER BY c.created_at DESC, c.id DESC LIMIT :limit`);
const DROPS = statement(`
  SELECT d.kind, d.reason, d.code, d.user_id, d.created_at FROM "drop" d
  WHERE d.app = :app AND d.user_id = :user_id ORDER BY d.seq DESC LIMIT :limit`);
const DROPS_OF = statement(`
  SELECT d.kind, d.reason, d.code, d.user_id, d.created_at FROM "drop" d INDEXED BY drop_by_app
  WHERE d.app = :app AND d.code IN (SELECT j.value FROM json_each(:codes) j) ORDER BY d.seq DESC LIMIT :limit`);

/** What an explanation shows of one payment's objects: it has few. */
const MAX_OBJECTS = 10;
const STRIPE_PAYMENTS = statement(`
  SELECT s.state, s.reason, s.user_id, s.received_at, s.look_at,
    (SELECT v.id FROM conversion v WHERE v.app = s.app AND v.payment = s.payment AND v.voided_at IS NULL) AS conversion,
    (SELECT json_group_array(json_object('id', n.id, 'form', n.form, 'code', n.code, 'bareCode', n.bare_code,
        'currency', n.currency, 'captured', n.captured)) FROM (
      SELECT o.* FROM stripe_object o WHERE o.app = s.app AND o.payment = s.payment
      ORDER BY o.received_at, o.id LIMIT ${MAX_OBJECTS}) n) AS objects
  FROM (${NAMES}) u CROSS JOIN stripe_payment s WHERE s.app = :app AND s.user_id = u.name
  ORDER BY s.received_at DESC, s.payment LIMIT :limit`);
const WRONG_MODE = statement(`
  SELECT count(*) AS count, max(n.received_at) AS last_at FROM (
    SELECT e.reason, e.received_at FROM stripe_event e WHERE e.app = :app AND e.received_at > 0
    ORDER BY e.received_at DESC, e.id DESC LIMIT :limit) n
  WHERE n.reason = 'wrong_mode'`);

function toReferral(row: Row): ExplainedReferral {
  const changes = listOf(textOf(row, "changes")).map(toChange);
  return {
    id: textOf(row, "id"),
    userId: textOrNull(row, "user_id"),
    ref: textOf(row, "ref"),
    affiliateId: textOf(row, "affiliate"),
    affiliate: {
      status: oneOf(row, "status", AFFILIATE_STATUSES),
      statusSince: integerOrNull(row, "status_since"),
    },
    trust: oneOf(row, "trust", ["vouched", "public"]),
    event: row["payment"] !== null ? "payment" : changes.at(-1)?.action === "referral.assigned" ? "hand" : "signup",
    flag: textOrNull(row, "flag"),
    emailMask: textOrNull(row, "email_mask"),
    customerCreatedAt: integerOrNull(row, "customer_created_at"),
    seenAt: integerOf(row, "seen_at"),
    createdAt: integerOf(row, "created_at"),
    fixedAt: integerOrNull(row, "fixed_at"),
    changes,
  };
}

function toChange(row: Row): ReferralChange {
  return {
    action: textOf(row, "action"),
    actor: textOf(row, "actor"),
    reason: textOrNull(row, "reason"),
    fromRef: textOrNull(row, "from"),
    at: integerOf(row, "at"),
  };
}

function toDrop(row: Row): ExplainedDrop {
  return {
    kind: textOf(row, "kind"),
    reason: textOf(row, "reason"),
    code: textOrNull(row, "code"),
    userId: textOrNull(row, "user_id"),
    at: integerOf(row, "created_at"),
  };
}

function toStripePayment(row: Row): StripePaymentRow {
  return {
    state: oneOf(row, "state", ["parked", "counted", "closed"]),
    reason: textOrNull(row, "reason"),
    userId: textOrNull(row, "user_id"),
    receivedAt: integerOf(row, "received_at"),
    lookAt: integerOrNull(row, "look_at"),
    conversionId: textOrNull(row, "conversion"),
    objects: listOf(textOf(row, "objects")).map((object) => ({
      id: textOf(object, "id"),
      form: textOf(object, "form"),
      code: textOrNull(object, "code"),
      bareCode: textOrNull(object, "bareCode"),
      currency: textOrNull(object, "currency"),
      capturedCents: integerOrNull(object, "captured"),
    })),
  };
}
