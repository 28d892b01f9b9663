import type { Row, Statement } from "./db.ts";
import { ATTRIBUTED, type CallParams, LIVE_CODE, readCode } from "./call.ts";
import { CALL_APP } from "./settle.ts";
import { wakePaymentsOf } from "./stripe-scope.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

/** What a signup binds beside the call: the ids made for it, and the customer as far as known. */
export interface SignupParams extends CallParams {
  readonly user_id: string;
  readonly referral: string;
  readonly key: string | null;
  readonly body_hash: string;
  readonly email_hmac: string | null;
  readonly email_mask: string | null;
  readonly customer_created_at: number | null;
  /** When a ref was first seen for the user, if this is the first. */
  readonly seen_at: number;
  /** 1 where a browser sent it: then a click came before it. */
  readonly from_browser: 0 | 1;
  readonly audit: string;
  readonly today: number;
}

/** The batch of a signup. Its answer is read with `readSignup`. */
export function writeSignup(params: SignupParams): readonly Statement[] {
  return SIGNUP.map((build) => build(params));
}

export interface SignupAnswer {
  /** The stored body hash of the caller's key, null without one. */
  readonly keyHash: string | null;
  /** True when the caller's key was already used before this call. */
  readonly replayed: boolean;
  readonly codeLive: boolean;
  readonly referral: ReferralRecord | null;
}

export interface ReferralRecord {
  readonly id: string;
  readonly userId: string;
  readonly ref: string;
  readonly code: string;
  readonly createdAt: number;
}

/** Reads the last statements of a signup's batch. */
export function readSignup(results: readonly (readonly Row[])[], referralId: string): SignupAnswer {
  const [key, referral, code] = results.slice(-3).map((rows) => rows[0]);
  return {
    keyHash: key === undefined ? null : textOf(key, "body_hash"),
    replayed: key !== undefined && textOf(key, "fact") !== referralId,
    codeLive: code !== undefined && integerOf(code, "live") === 1,
    referral: referral === undefined ? null : toReferral(referral),
  };
}

export function toReferral(row: Row): ReferralRecord {
  return {
    id: textOf(row, "id"),
    userId: textOrNull(row, "user_id") ?? "",
    ref: textOf(row, "ref"),
    code: textOf(row, "code"),
    createdAt: integerOf(row, "created_at"),
  };
}

/**
 * A referral that is replaced, at the first vouched event, after a revocation, or because a payment's better ref came late,
 * leaves a line in the audit log. `decided` is the row that decides, as `upsertReferral` takes it.
 */
export function auditReplacedReferral(decided: string): string {
  return `
    INSERT INTO audit (app, id, actor, action, object, before, after, reason, created_at)
    SELECT r.app, :audit, :source, 'referral.replaced', r.id, json_object('affiliate', r.affiliate, 'code', r.code),
      json_object('affiliate', c.affiliate, 'code', c.code),
      CASE WHEN r.trust = 'public' AND r.fixed_at IS NULL AND :source <> 'public' THEN 'first vouched event'
        WHEN r.payment = c.payment THEN 'a better ref of the same payment' ELSE 'affiliate revoked' END, :now
    FROM (${decided}) c JOIN referral r ON r.app = c.app AND r.user_id = c.user_id
    WHERE r.affiliate <> c.affiliate
    ON CONFLICT DO NOTHING`;
}

/** The first address counts, and a backend's before anybody's. */
const TAKES_EMAIL = `(excluded.email_hmac IS NOT NULL
  AND (referral.email_hmac IS NULL OR (excluded.email_trust = 'vouched' AND referral.email_trust = 'public')))`;

/** A vouched signup says by itself whose the user is: no payment's better ref, come late, moves that any more. */
const STANDS_ALONE = "(excluded.payment IS NULL AND :source <> 'public')";

/** More signups of a code than counted clicks: some browser signed up without having come by it. */
const WITHOUT_CLICK = `
  c.from_browser AND :source = 'public' AND (SELECT coalesce(sum(d.signups), 0) >= coalesce(sum(d.clicks), 0)
    FROM code_day d WHERE d.app = c.app AND d.code = c.code)`;

/**
 * Writes the referral that stands after the event: the first one, or what a vouched event makes of it. What a backend says
 * of a customer takes the place of what anybody said; of the customer's age only a backend's word is taken.
 *
 * `decided` are rows (app, user_id, affiliate, code, attribution; payment: that of the event, null for a signup; seen_at: when
 * a ref was first seen for the user; from_browser, email_hmac, email_mask, customer_created_at).
 */
export function upsertReferral(decided: string): string {
  return `
    INSERT INTO referral (app, id, user_id, affiliate, code, trust, fixed_at, flag, email_hmac, email_mask, email_trust,
      customer_created_at, seen_at, created_at, payment)
    SELECT c.app, :referral, c.user_id, c.affiliate, c.code, c.attribution,
      iif(:source = 'public' AND c.attribution = 'public', NULL, :now),
      iif(${WITHOUT_CLICK}, 'no_click', NULL), c.email_hmac, c.email_mask,
      iif(c.email_hmac IS NULL, NULL, iif(:source = 'public', 'public', 'vouched')),
      iif(:source = 'public', NULL, c.customer_created_at), c.seen_at, c.seen_at, c.payment
    FROM (${decided}) c WHERE true
    ON CONFLICT (app, user_id) DO UPDATE SET
      created_at = iif(referral.affiliate = excluded.affiliate, referral.created_at, excluded.created_at),
      counted = iif(referral.affiliate = excluded.affiliate, referral.counted, 0),
      affiliate = excluded.affiliate, code = excluded.code, trust = excluded.trust,
      fixed_at = iif(referral.affiliate = excluded.affiliate, coalesce(referral.fixed_at, excluded.fixed_at), excluded.fixed_at),
      flag = CASE WHEN excluded.trust = 'vouched' THEN NULL WHEN referral.affiliate = excluded.affiliate THEN referral.flag
        ELSE excluded.flag END,
      email_hmac = iif(${TAKES_EMAIL}, excluded.email_hmac, referral.email_hmac),
      email_mask = iif(${TAKES_EMAIL}, excluded.email_mask, referral.email_mask),
      email_trust = iif(${TAKES_EMAIL}, excluded.email_trust, referral.email_trust),
      customer_created_at = coalesce(referral.customer_created_at, excluded.customer_created_at),
      payment = iif(referral.affiliate = excluded.affiliate, iif(${STANDS_ALONE}, NULL, referral.payment), excluded.payment)
    WHERE referral.affiliate <> excluded.affiliate OR (referral.fixed_at IS NULL AND excluded.fixed_at IS NOT NULL)
      OR (:source <> 'public' AND ${TAKES_EMAIL})
      OR (referral.customer_created_at IS NULL AND excluded.customer_created_at IS NOT NULL)
      OR (referral.payment IS NOT NULL AND ${STANDS_ALONE})
    ON CONFLICT DO NOTHING`;
}

/** A signup needs a live code, and a caller's key it has not used before. */
const DECIDED = `
  SELECT a.app, :user_id AS user_id, a.affiliate, a.attributed_code AS code, a.attribution, NULL AS payment,
    :seen_at AS seen_at, :from_browser AS from_browser, :email_hmac AS email_hmac, :email_mask AS email_mask,
    :customer_created_at AS customer_created_at
  FROM (${ATTRIBUTED}) a
  WHERE a.live_code IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM request_key q WHERE q.app = a.app AND q.kind = 'signup' AND q.source = :source AND q.key = :key)`;

/** The user's referral `r` while no signup of theirs was counted, also where a payment made it. Not for another code's call. */
const FIRST_SIGNUP = `
  r.app = ${CALL_APP} AND r.user_id = :user_id AND r.counted = 0 AND (:source <> 'public' OR r.code = :code)
  AND EXISTS (SELECT 1 FROM (${LIVE_CODE}) k WHERE k.app = r.app) AND NOT EXISTS (
    SELECT 1 FROM request_key q WHERE q.app = r.app AND q.kind = 'signup' AND q.source = :source AND q.key = :key)`;

const SIGNUP = [
  statement(auditReplacedReferral(DECIDED)),
  statement(upsertReferral(DECIDED)),
  statement(wakePaymentsOf(DECIDED)),
  statement(`
    INSERT INTO code_day (app, code, day, signups) SELECT r.app, r.code, :today, 1 FROM referral r WHERE ${FIRST_SIGNUP}
    ON CONFLICT DO UPDATE SET signups = signups + 1`),
  statement(`UPDATE referral AS r SET counted = 1 WHERE ${FIRST_SIGNUP}`),
  statement(`
    INSERT INTO request_key (app, kind, source, key, user_id, body_hash, fact, created_at)
    SELECT a.app, 'signup', :source, :key, :user_id, :body_hash, :referral, :now FROM (${ATTRIBUTED}) a
    WHERE :key IS NOT NULL AND a.live_code IS NOT NULL
    ON CONFLICT DO NOTHING`),
  statement(`
    SELECT q.body_hash, q.fact FROM request_key q
    WHERE q.app = ${CALL_APP} AND q.kind = 'signup' AND q.source = :source AND q.key = :key`),
  statement(`
    SELECT r.id, r.user_id, r.code, k.ref, r.created_at FROM referral r JOIN code k ON k.code = r.code
    WHERE r.app = ${CALL_APP} AND r.user_id = :user_id`),
  readCode,
];
