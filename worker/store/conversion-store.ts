import type { Row, Statement } from "./db.ts";
import { ATTRIBUTED, type CallParams, readCode } from "./call.ts";
import type { CommissionFacts } from "./commission-row.ts";
import { COMMISSION_COLUMNS, toCommissionFacts } from "./commission-row.ts";
import { auditReplacedReferral, upsertReferral } from "./referral-store.ts";
import { BEST_CLAIM, countConversion, insertConversion, sumDay, supersede } from "./conversion-steps.ts";
import { mailOfFirstCommission } from "./outbox-store.ts";
import { completeByPayment } from "./redemption-store.ts";
import { approveByRule } from "./review-rule-store.ts";
import { CALL_APP, settle } from "./settle.ts";
import { wakePaymentsOf } from "./stripe-scope.ts";
import { statement, textOf } from "./statement.ts";

/** What a conversion binds beside the call: what it says, and the ids made for it once per request. */
export interface ConversionParams extends CallParams {
  readonly claim: string;
  readonly conversion: string;
  readonly payment: string;
  readonly referral: string;
  readonly audit: string;
  readonly source_ref: string;
  readonly body_hash: string;
  readonly user_id: string;
  readonly amount: number;
  readonly currency: string | null;
  readonly payment_ref: string | null;
  readonly metadata: string | null;
  readonly customer_created_at: number | null;
  /** 1 where the call names a ref that cannot be a code: then it names nobody, and not none. */
  readonly unreadable: 0 | 1;
  /** When it was paid: its rate, its day of maturation and its referral go by this. */
  readonly occurred_at: number;
  readonly default_fee_bps: number;
  readonly today: number;
}

/** The batch of a conversion: its claim, the referral it may make, the conversion in force, the books. */
export function writeConversion(params: ConversionParams): readonly Statement[] {
  const all = { ...params, fact: params.claim };
  return [
    ...FACTS.map((build) => build(all)),
    ...settle(all),
    mailOfFirstCommission(all),
    ...ANSWER.map((build) => build(all)),
  ];
}

export interface ConversionAnswer {
  /** The recorded call: this one, the one with the same key, or the same call a moment ago. Null: nobody earns. */
  readonly recorded: { readonly claimId: string; readonly bodyHash: string; readonly sameKey: boolean } | null;
  /** The conversion that call was first answered with, as frozen then. */
  readonly commission: CommissionFacts | null;
  /** The conversion in force for that payment now: the status comes from it. */
  readonly inForce: CommissionFacts | null;
  /** The payment's currency, where it counts for the friend who brought the user and nobody earns cash by it; else null. */
  readonly friendOf: { readonly currency: string } | null;
}

/** Reads the last statements of a conversion's batch. */
export function readConversion(results: readonly (readonly Row[])[]): ConversionAnswer {
  const [friend, sameKey, sameCall, first, inForce] = results.slice(-6, -1).map((rows) => rows[0]);
  const claim = sameKey ?? sameCall;
  return {
    recorded:
      claim === undefined
        ? null
        : { claimId: textOf(claim, "id"), bodyHash: textOf(claim, "body_hash"), sameKey: sameKey !== undefined },
    commission: first === undefined ? null : toCommissionFacts(first),
    inForce: inForce === undefined ? null : toCommissionFacts(inForce),
    friendOf: friend === undefined ? null : { currency: textOf(friend, "currency") },
  };
}

/** This call's claim while its side effects are still to be counted: every one of them happens once. */
const NEW_CLAIM = `
  SELECT n.*, n.id AS attribution_claim, NULL AS email_hmac FROM claim n
  WHERE n.app = ${CALL_APP} AND n.id = :claim AND n.counted = 0`;

/** A keyless call like this one, from the same class of caller, within the app's window: the same call again. */
const SAME_CALL = `
  SELECT d.id, d.body_hash, d.received_at FROM claim d JOIN app p ON p.id = d.app
  WHERE d.app = ${CALL_APP} AND d.user_id = :user_id AND d.source = :source AND d.id <> :claim
    AND substr(d.source_ref, 1, 2) = 'r:' AND substr(:source_ref, 1, 2) = 'r:'
    AND d.received_at > :now - p.dedupe_seconds * 1000
    AND d.captured = :amount AND d.currency = coalesce(:currency, p.currency) AND d.payment_ref IS :payment_ref
    AND d.affiliate = (SELECT affiliate FROM (${ATTRIBUTED}))`;

/**
 * A backend's word of a payment by which nobody earns cash, without a ref or with a friend code, under a key that no claim has: of
 * a program that goes by first payments it counts for the friend who brought its user.
 */
const IS_FRIENDS_ALONE = `
  :source <> 'public' AND :unreadable = 0 AND (SELECT a.affiliate FROM (${ATTRIBUTED}) a) IS NULL
  AND NOT EXISTS (SELECT 1 FROM claim d WHERE d.app = ${CALL_APP} AND d.source = :source AND d.source_ref = :source_ref)
  AND (:code IS NULL OR EXISTS (
    SELECT 1 FROM code k WHERE k.code = :code AND k.app = ${CALL_APP} AND k.account IS NOT NULL))
  AND EXISTS (SELECT 1 FROM app p WHERE p.id = ${CALL_APP} AND p.credit_qualifying_event = 'first_payment')`;

const FACTS = [
  statement(`
    INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, payment_ref, user_id, code, affiliate,
      attribution, currency, base, captured, metadata, occurred_at, received_at)
    SELECT a.app, :claim, :source, :source_ref, 'call', :body_hash,
      coalesce((SELECT r.payment FROM payment_ref r
        WHERE r.app = a.app AND r.account = '' AND r.livemode = a.livemode AND r.ref = :payment_ref), :payment),
      :payment_ref, :user_id, a.attributed_code, a.affiliate, a.attribution, coalesce(:currency, a.app_currency),
      :amount, :amount, :metadata, :occurred_at, :now
    FROM (${ATTRIBUTED}) a
    WHERE a.affiliate IS NOT NULL AND NOT EXISTS (${SAME_CALL})
    ON CONFLICT DO NOTHING`),
  statement(auditReplacedReferral(NEW_CLAIM)),
  // Public calls make referrals in mode `open` only.
  statement(
    upsertReferral(`
      SELECT m.*, m.occurred_at AS seen_at, 0 AS from_browser, NULL AS email_mask, :customer_created_at AS customer_created_at
      FROM (${NEW_CLAIM}) m JOIN app p ON p.id = m.app WHERE m.source <> 'public' OR p.conversions = 'open'`),
  ),
  statement(`
    INSERT INTO payment (app, id, created_at) SELECT m.app, m.payment, m.received_at FROM (${NEW_CLAIM}) m WHERE true
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO payment_ref (app, livemode, ref, payment)
    SELECT m.app, p.mode = 'live', m.payment_ref, m.payment FROM (${NEW_CLAIM}) m JOIN app p ON p.id = m.app
    WHERE m.payment_ref IS NOT NULL
    ON CONFLICT DO NOTHING`),
  statement(
    sumDay(
      NEW_CLAIM,
      `NOT EXISTS (SELECT 1 FROM claim o
      WHERE o.app = m.app AND o.payment = m.payment AND o.id <> m.id AND (o.source = 'public') = (m.source = 'public'))`,
    ),
  ),
  statement(supersede(NEW_CLAIM)),
  statement(insertConversion(NEW_CLAIM)),
  ...approveByRule(NEW_CLAIM).map(statement),
  // A payment counts once for a code, whoever announces it how often.
  statement(
    countConversion(
      NEW_CLAIM,
      `NOT EXISTS (SELECT 1 FROM conversion v
        WHERE v.app = c.app AND v.payment = c.payment AND v.code = c.code AND v.id <> c.id)`,
    ),
  ),
  // A friend's first payment counts for who brought them, whoever earns by it: a stranger's word of it does not, nor a refused one.
  statement(completeByPayment(`SELECT m.user_id FROM (${NEW_CLAIM}) m WHERE m.source <> 'public'`)),
  statement(completeByPayment(`SELECT :user_id WHERE ${IS_FRIENDS_ALONE}`)),
  // What Stripe told of this payment, or a moment ago of this user, may have waited for it.
  statement(`
    UPDATE stripe_payment SET look_at = :now FROM (${NEW_CLAIM}) m
    WHERE stripe_payment.app = m.app AND stripe_payment.payment = m.payment AND stripe_payment.state = 'parked'`),
  statement(wakePaymentsOf(NEW_CLAIM)),
  statement(`
    UPDATE claim AS m SET counted = 1, conversion = coalesce(
      (SELECT v.id FROM conversion v WHERE v.app = m.app AND v.id = :conversion),
      (SELECT v.id FROM conversion v WHERE v.app = m.app AND v.payment = m.payment AND v.voided_at IS NULL),
      (SELECT v.id FROM conversion v WHERE v.app = m.app AND v.claim = ${BEST_CLAIM}))
    WHERE m.app = ${CALL_APP} AND m.id = :claim AND m.counted = 0`),
];

const SAME_KEY = `
  SELECT d.id, d.body_hash FROM claim d WHERE d.app = ${CALL_APP} AND d.source = :source AND d.source_ref = :source_ref`;

const RECORDED = `
  SELECT * FROM claim WHERE app = ${CALL_APP} AND id = coalesce(
    (SELECT id FROM (${SAME_KEY})), (SELECT id FROM (${SAME_CALL}) ORDER BY received_at DESC LIMIT 1))`;

const ANSWER = [
  statement(`
    SELECT coalesce(:currency, p.currency) AS currency FROM redemption r JOIN app p ON p.id = r.app
    WHERE r.app = ${CALL_APP} AND r.referred_account = :user_id AND ${IS_FRIENDS_ALONE}`),
  statement(SAME_KEY),
  statement(`${SAME_CALL} ORDER BY d.received_at DESC LIMIT 1`),
  statement(`
    SELECT ${COMMISSION_COLUMNS} FROM (${RECORDED}) m JOIN conversion c ON c.app = m.app AND c.id = m.conversion`),
  statement(`
    SELECT ${COMMISSION_COLUMNS} FROM (${RECORDED}) m
    JOIN conversion c ON c.app = m.app AND c.payment = m.payment AND c.voided_at IS NULL`),
  readCode,
];
