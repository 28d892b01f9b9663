import { countConversion, insertConversion, reviewAlike, sumDay, supersede } from "./conversion-steps.ts";
import type { Row, Statement } from "./db.ts";
import { mailOfFirstCommission } from "./outbox-store.ts";
import { auditReplacedReferral, upsertReferral } from "./referral-store.ts";
import { completeByPayment } from "./redemption-store.ts";
import { settle } from "./settle.ts";
import { integerOrNull, oneOf, statement, textOrNull } from "./statement.ts";
import {
  ATTRIBUTION,
  BY_FORM,
  CUSTOMER,
  isLive,
  NAMES_A_REF,
  NAMES_BARELY,
  OBJECTS,
  PAID_AT,
  SEEN_AT,
} from "./stripe-attribution.ts";
import { recountRefunds, uncountConversions } from "./stripe-counters.ts";
import { GRACE_MS, PARKED_MS, wakePaymentsOf } from "./stripe-scope.ts";

/** What a decision binds: which payment of which app, and the ids made for what may come of it. */
export interface DecisionParams {
  readonly app: string;
  readonly payment: string;
  readonly conversion: string;
  readonly referral: string;
  readonly audit: string;
  readonly default_fee_bps: number;
  readonly now: number;
  readonly today: number;
  readonly [name: string]: string | number;
}

/** How a payment of Stripe's stands, and why it waits. Null where the app has no such payment. */
export interface PaymentState {
  readonly state: "parked" | "counted" | "closed";
  readonly reason: string | null;
  /** Whether Stripe was asked for what is missing, and how often it did not answer. */
  readonly askedAt: number | null;
  readonly attempts: number;
  readonly conversionId: string | null;
}

/**
 * The batch that decides about a payment from all that Stripe has told of it so far: whose it is, which of its objects counts,
 * whether it waits. Run again it decides the same; run after more was told it decides what all of that comes to.
 */
export function writeDecision(params: DecisionParams): readonly Statement[] {
  const all = { ...params, source: "stripe" };
  const { app, payment, conversion, now } = params;
  return [
    ...DECIDE.map((build) => build({ ...all, claimed_app: null, code: null })),
    ...settle({ app, claimed_app: null, code: null, fact: payment, now }),
    mailOfFirstCommission({ app, claimed_app: null, code: null, conversion, now }),
    STATE(params),
  ];
}

/** Reads the last statement of the batch. */
export function readDecision(results: readonly (readonly Row[])[]): PaymentState | null {
  const row = results.at(-1)?.[0];
  if (row === undefined) return null;
  return {
    state: oneOf(row, "state", ["parked", "counted", "closed"]),
    reason: textOrNull(row, "reason"),
    askedAt: integerOrNull(row, "asked_at"),
    attempts: integerOrNull(row, "attempts") ?? 0,
    conversionId: textOrNull(row, "conversion"),
  };
}

const HAS_NAME = (pattern: string) =>
  `EXISTS (SELECT 1 FROM payment_ref p WHERE p.app = :app AND p.payment = :payment AND p.ref GLOB '${pattern}')`;

/** The payment has a ref of its own on a payment intent, charge or session, so that it need not wait for an invoice. */
const HAS_OWN_REF = `
  EXISTS (SELECT 1 FROM stripe_object w WHERE w.app = :app AND w.payment = :payment AND w.form <> 'invoice'
    AND (${isLive("w.code")} OR (w.code IS NULL AND ${isLive("w.bare_code")} AND EXISTS (
      SELECT 1 FROM stripe_connection n WHERE n.app = w.app AND n.bare_refs = 1))))`;

const TAKES_OUT_OF_BAND = "EXISTS (SELECT 1 FROM stripe_connection n WHERE n.app = :app AND n.out_of_band = 1)";

/**
 * Whether an object `o` announces its payment by itself. An invoice does once it is known that the money came through Stripe.
 * A payment intent may be an invoice's, which says more: only by a ref of its own or its session's does it not wait.
 */
const RIPE = `(o.captured IS NOT NULL AND CASE o.form
  WHEN 'invoice' THEN o.settlement IN ('on_stripe', 'assumed') OR ${TAKES_OUT_OF_BAND}
    OR (o.settlement = 'unknown' AND (${HAS_NAME("pi_*")} OR ${HAS_NAME("ch_*")} OR ${HAS_NAME("py_*")}))
  WHEN 'session' THEN true
  ELSE ${HAS_OWN_REF} OR (o.of_invoice = 0 AND NOT ${HAS_NAME("in_*")} AND o.occurred_at + ${GRACE_MS} <= :now)
END)`;

const BEST = `
  (SELECT b.id FROM claim b WHERE b.app = :app AND b.payment = :payment
    ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`;

/**
 * A conversion that stands, or was ended by somebody's decision, is not made again. What a stranger said of the payment, and
 * the owner rejected, decides nothing about it.
 */
const IS_DONE = (origin: string) => `(
  EXISTS (SELECT 1 FROM conversion v WHERE v.app = :app AND v.claim = ${BEST}
    AND (v.attribution_claim = coalesce(${origin}, v.claim) OR v.void_reason IN ('rejected', 'affiliate_revoked')))
  OR EXISTS (SELECT 1 FROM conversion v WHERE v.app = :app AND v.payment = :payment AND v.void_reason = 'rejected'
    AND v.trust <> 'unverified'))`;

const UNCOUNTED = `
  EXISTS (SELECT 1 FROM ${OBJECTS} AND ${RIPE}
    AND NOT EXISTS (SELECT 1 FROM claim m WHERE m.app = o.app AND m.id = o.claim))`;

const DECIDING = "s.app = :app AND s.payment = :payment AND s.state = 'deciding'";

/** The address of the payment's customer, as any of its objects or the customer itself tells it. */
const EMAIL = (column: "email_hmac" | "email_mask") => `coalesce(
  (SELECT o.${column} FROM ${OBJECTS} AND o.email_hmac IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1),
  (SELECT u.${column} FROM stripe_object o CROSS JOIN stripe_customer u WHERE o.app = :app AND o.payment = :payment
    AND u.app = o.app AND u.livemode = o.livemode AND u.id = o.customer AND u.email_hmac IS NOT NULL LIMIT 1))`;

/** The referral that the payment makes or fixes. One that is fixed, or was made later, is left as it is. */
const REFERRED = `
  SELECT s.app, s.user_id, s.affiliate, s.code, s.attribution, s.payment, s.seen_at, 0 AS from_browser,
    ${EMAIL("email_hmac")} AS email_hmac, ${EMAIL("email_mask")} AS email_mask,
    (SELECT min(u.created_at) FROM stripe_customer u WHERE u.app = s.app AND u.livemode = s.livemode
      AND u.id = ${CUSTOMER}) AS customer_created_at
  FROM stripe_payment s
  LEFT JOIN referral r ON r.app = s.app AND r.user_id = s.user_id
  LEFT JOIN affiliate ra ON ra.app = r.app AND ra.id = r.affiliate
  WHERE ${DECIDING} AND s.user_id IS NOT NULL AND (r.id IS NULL OR r.affiliate = s.affiliate OR ra.status = 'revoked'
    OR (r.trust = 'public' AND r.fixed_at IS NULL) OR r.payment = s.payment)`;

/** The claim to count: the best of the payment's, with what was decided about the payment. */
const WANTED = `
  SELECT m.app, m.id, m.payment, s.user_id, s.affiliate, s.code, s.attribution, m.currency, m.base, m.captured, m.occurred_at,
    :now AS received_at, m.source, m.form, m.payment_ref, coalesce(s.origin, m.id) AS attribution_claim,
    ${EMAIL("email_hmac")} AS email_hmac
  FROM stripe_payment s JOIN claim m ON m.app = s.app AND m.id = ${BEST}
  WHERE ${DECIDING} AND NOT ${IS_DONE("s.origin")}`;

const WAITS_FOR = `
  CASE
    WHEN ${PAID_AT} IS NULL THEN 'waits_for_payment'
    WHEN NOT EXISTS (SELECT 1 FROM ${OBJECTS} AND ${RIPE}) THEN CASE
      WHEN EXISTS (SELECT 1 FROM ${OBJECTS} AND o.captured IS NOT NULL AND o.settlement = 'out_of_band') THEN 'out_of_band'
      WHEN EXISTS (SELECT 1 FROM ${OBJECTS} AND o.captured IS NOT NULL AND o.form = 'invoice') THEN 'waits_for_charge'
      ELSE 'waits_for_invoice' END
    WHEN ${NAMES_A_REF} THEN 'unknown_ref'
    WHEN ${NAMES_BARELY} THEN 'bare_ref'
    ELSE 'no_ref'
  END`;

/** When a payment that waits is looked at again, without anything new being told. */
const LOOK_AT = `
  min(s.received_at + ${PARKED_MS}, coalesce((SELECT min(o.occurred_at) + ${GRACE_MS} FROM ${OBJECTS}
    AND o.captured IS NOT NULL AND o.form IN ('payment_intent', 'charge') AND o.of_invoice = 0
    AND o.occurred_at + ${GRACE_MS} > :now), s.received_at + ${PARKED_MS}))`;

const DECIDE = [
  // What is attributed stays so, unless a better ref of the payment's own comes late.
  statement(`
    UPDATE stripe_payment AS s SET user_id = n.user_id, code = n.code, code_rank = n.rank, origin = n.origin,
      affiliate = n.affiliate, attribution = n.attribution, seen_at = ${SEEN_AT}
    FROM (${ATTRIBUTION}) n
    WHERE s.app = n.app AND s.payment = n.payment
      AND (s.state <> 'counted' OR (n.origin IS NOT NULL AND n.rank < s.code_rank))`),
  statement(`
    UPDATE stripe_payment AS s SET
      state = CASE
        WHEN s.affiliate IS NOT NULL AND (${UNCOUNTED} OR (s.state = 'counted' AND NOT ${IS_DONE("s.origin")})) THEN 'deciding'
        WHEN s.state = 'counted' THEN 'counted'
        WHEN s.received_at + ${PARKED_MS} <= :now THEN 'closed'
        ELSE 'parked' END,
      reason = iif(s.state = 'counted', NULL, ${WAITS_FOR}),
      look_at = iif(s.state = 'counted' OR s.received_at + ${PARKED_MS} <= :now, NULL, ${LOOK_AT})
    WHERE s.app = :app AND s.payment = :payment`),
  // A friend's first payment counts for who brought them, also where nobody earns cash by it.
  statement(
    completeByPayment(`
      SELECT s.user_id FROM stripe_payment s WHERE s.app = :app AND s.payment = :payment AND s.user_id IS NOT NULL
        AND EXISTS (SELECT 1 FROM ${OBJECTS} AND ${RIPE})`),
  ),
  statement(`
    INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, payment_ref, user_id, code, affiliate,
      attribution, currency, base, captured, occurred_at, received_at, counted)
    SELECT o.app, o.claim, 'stripe', o.account || '/' || iif(o.livemode, 'live', 'test') || '/' || o.id, o.form, 'stripe',
      o.payment, o.id, s.user_id, s.code, s.affiliate, s.attribution, o.currency, o.base, o.captured, o.occurred_at, :now, 1
    FROM stripe_payment s JOIN stripe_object o ON o.app = s.app AND o.payment = s.payment
    WHERE ${DECIDING} AND ${RIPE}
    ON CONFLICT DO NOTHING`),
  statement(auditReplacedReferral(REFERRED)),
  statement(upsertReferral(REFERRED)),
  statement(wakePaymentsOf(REFERRED)),
  statement(
    sumDay(
      WANTED,
      `NOT EXISTS (SELECT 1 FROM conversion v
        WHERE v.app = m.app AND v.payment = m.payment AND v.trust <> 'unverified')`,
    ),
  ),
  // What the new one replaces is counted no longer, and the new one is: for whatever code either is.
  statement(
    uncountConversions(`
      SELECT v.app, v.code, v.occurred_at / 86400000 AS day, 1 AS times FROM (${WANTED}) m JOIN conversion v
        ON v.app = m.app AND v.payment = m.payment AND v.voided_at IS NULL`),
  ),
  statement(supersede(WANTED)),
  statement(insertConversion(WANTED)),
  statement(countConversion(`SELECT s.app FROM stripe_payment s WHERE ${DECIDING}`, "true")),
  ...recountRefunds("SELECT :payment").map(statement),
  statement(reviewAlike),
  statement(`
    UPDATE claim SET conversion = (
      SELECT v.id FROM conversion v WHERE v.app = claim.app AND v.payment = claim.payment AND v.voided_at IS NULL)
    WHERE app = :app AND payment = :payment AND source = 'stripe' AND conversion IS NULL
      AND EXISTS (SELECT 1 FROM stripe_payment s WHERE ${DECIDING})`),
  statement(`
    UPDATE stripe_payment AS s SET state = 'counted', reason = NULL, look_at = NULL, attempts = 0 WHERE ${DECIDING}`),
];

const STATE = statement(`
  SELECT s.state, s.reason, s.asked_at, s.attempts, (SELECT v.id FROM conversion v
    WHERE v.app = s.app AND v.payment = s.payment AND v.voided_at IS NULL) AS conversion
  FROM stripe_payment s WHERE s.app = :app AND s.payment = :payment`);
