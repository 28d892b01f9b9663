import { REF_RANK } from "../domain/stripe-facts.ts";
import { countConversion, insertConversion, reviewAlike, sumDay, supersede } from "./conversion-steps.ts";
import type { Row, Statement } from "./db.ts";
import { auditReplacedReferral, upsertReferral } from "./referral-store.ts";
import { settle } from "./settle.ts";
import { integerOrNull, oneOf, statement, textOrNull } from "./statement.ts";
import { recountRefunds, uncountConversions } from "./stripe-counters.ts";
import { GRACE_MS, PARKED_MS } from "./stripe-scope.ts";

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
  return [
    ...DECIDE.map((build) => build(all)),
    ...settle({ app: params.app, claimed_app: null, code: null, fact: params.payment, now: params.now }),
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

/** The payment's objects, as `o`. */
const OBJECTS = "stripe_object o WHERE o.app = :app AND o.payment = :payment";
/** The one that knows best comes first. */
const BY_FORM = "CASE o.form WHEN 'invoice' THEN 1 WHEN 'session' THEN 2 WHEN 'payment_intent' THEN 3 ELSE 4 END, o.id";
const BY_RANK = "CASE o.form WHEN 'payment_intent' THEN 1 WHEN 'session' THEN 2 WHEN 'invoice' THEN 3 ELSE 4 END, o.id";

const PAID_AT = `(SELECT o.occurred_at FROM ${OBJECTS} AND o.captured IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1)`;
const CUSTOMER = `(SELECT o.customer FROM ${OBJECTS} AND o.customer IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1)`;

const LIVE_OWNER = `
  owner.app = k.app AND owner.id = k.affiliate AND owner.status IN ('active', 'suspended')
  AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)`;

const isLive = (code: string) =>
  `EXISTS (SELECT 1 FROM code k CROSS JOIN affiliate owner WHERE k.code = ${code} AND k.app = :app AND ${LIVE_OWNER})`;

/**
 * The live ref that a customer, subscription or promotion code of `o` was bound to when the payment was made. One that nobody
 * knows takes no known one's place: many sites use such words for other things.
 */
const boundRef = (object: string) => `
  (SELECT b.value FROM stripe_binding b
    WHERE b.app = o.app AND b.object = ${object} AND b.says = 'ref' AND b.account = o.account AND b.livemode = o.livemode
      AND b.from_at <= ${PAID_AT} + ${GRACE_MS} AND ${isLive("b.value")} ORDER BY b.from_at DESC, b.value LIMIT 1)`;

/** Every code that anything says of the payment, with its rank and, where it is the payment's own, the object that says it. */
const CANDIDATES = `
  SELECT o.code, o.code_rank AS rank, o.id AS origin FROM ${OBJECTS} AND o.code IS NOT NULL
  UNION ALL
  SELECT o.bare_code, ${REF_RANK.session}, o.id FROM ${OBJECTS} AND o.code IS NULL AND o.bare_code IS NOT NULL
    AND EXISTS (SELECT 1 FROM stripe_connection n WHERE n.app = o.app AND n.bare_refs = 1)
  UNION ALL
  SELECT ${boundRef("o.subscription")}, ${REF_RANK.subscription}, NULL FROM ${OBJECTS} AND o.subscription IS NOT NULL
  UNION ALL
  SELECT ${boundRef("o.customer")}, ${REF_RANK.customer}, NULL FROM ${OBJECTS} AND o.customer IS NOT NULL
  UNION ALL
  SELECT ${boundRef("j.value")}, ${REF_RANK.promotion}, NULL FROM stripe_object o, json_each(o.promotions) j
  WHERE o.app = :app AND o.payment = :payment`;

/** The first of them that is live in this app. */
const LIVE = `
  SELECT k.code, k.affiliate, c.rank, c.origin FROM (${CANDIDATES}) c
  CROSS JOIN code k CROSS JOIN affiliate owner
  WHERE k.code = c.code AND k.app = :app AND ${LIVE_OWNER}
  ORDER BY c.rank, c.origin IS NULL, c.origin LIMIT 1`;

/** Whose user the customer was first said to be. */
const BOUND_USER = `
  (SELECT b.value FROM stripe_object o CROSS JOIN stripe_binding b
    WHERE o.app = :app AND o.payment = :payment AND o.customer IS NOT NULL AND b.app = o.app AND b.object = o.customer
      AND b.says = 'user' AND b.account = o.account AND b.livemode = o.livemode ORDER BY b.from_at, b.value LIMIT 1)`;

/** The user as the payment's own objects say, else as the customer is bound, else as a backend says, else the customer. */
const SUBJECT = `coalesce(
  (SELECT o.user_id FROM ${OBJECTS} AND o.user_id IS NOT NULL ORDER BY ${BY_RANK} LIMIT 1),
  ${BOUND_USER},
  (SELECT m.user_id FROM claim m WHERE m.app = :app AND m.payment = :payment AND m.source = 'key' AND m.user_id IS NOT NULL
    ORDER BY m.received_at, m.source_ref LIMIT 1),
  ${CUSTOMER})`;

/** Somebody else's announcement of the same payment, which says whose it is where Stripe does not. */
const TOLD_OTHERWISE = `
  SELECT m.code, m.affiliate, m.attribution FROM claim m
  WHERE m.app = :app AND m.payment = :payment AND m.source <> 'stripe' AND m.affiliate IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM conversion v WHERE v.app = m.app AND v.claim = m.id AND v.void_reason = 'rejected')
  ORDER BY m.standing DESC, m.received_at, m.source_ref LIMIT 1`;

/**
 * Who earns (domain/attribution.ts): the user's stored referral, if it was there when the payment was made and is not this
 * payment's own doing; a live ref takes its place where the referral is public and not fixed, or its affiliate revoked.
 */
const ATTRIBUTION = `
  SELECT d.app, d.payment, d.user_id,
    iif(d.takes, d.live_code, coalesce(d.stored_code, d.told_code)) AS code,
    iif(d.takes, d.live_affiliate, coalesce(d.stored_affiliate, d.told_affiliate)) AS affiliate,
    iif(d.takes, 'vouched', coalesce(d.stored_trust, d.told_attribution)) AS attribution,
    CASE WHEN d.takes THEN d.rank WHEN d.stored_affiliate IS NOT NULL THEN 0 WHEN d.told_affiliate IS NOT NULL THEN 7 END AS rank,
    iif(d.takes, d.origin, NULL) AS origin
  FROM (
    SELECT s.app, s.payment, ${SUBJECT} AS user_id, l.code AS live_code, l.affiliate AS live_affiliate, l.rank, l.origin,
      r.code AS stored_code, r.affiliate AS stored_affiliate, r.trust AS stored_trust,
      t.code AS told_code, t.affiliate AS told_affiliate, t.attribution AS told_attribution,
      l.code IS NOT NULL AND (r.id IS NULL OR ra.status = 'revoked' OR (r.trust = 'public' AND r.fixed_at IS NULL)) AS takes
    FROM stripe_payment s
    LEFT JOIN (${LIVE}) l ON true
    LEFT JOIN referral r ON r.app = s.app AND r.user_id = ${SUBJECT}
      AND r.created_at <= ${PAID_AT} + ${GRACE_MS} AND r.payment IS NOT s.payment
    LEFT JOIN affiliate ra ON ra.app = r.app AND ra.id = r.affiliate
    LEFT JOIN (${TOLD_OTHERWISE}) t ON true
    WHERE s.app = :app AND s.payment = :payment
  ) d`;

/** When the customer or the subscription was first bound to a ref. What an API answer tells has no beginning. */
const BOUND_SINCE = `
  coalesce(
    (SELECT min(b.from_at) FROM stripe_object o CROSS JOIN stripe_binding b
      WHERE o.app = :app AND o.payment = :payment AND b.app = o.app AND b.object IN (o.customer, o.subscription)
        AND b.says = 'ref' AND b.account = o.account AND b.livemode = o.livemode AND b.from_at > 0),
    (SELECT u.created_at FROM stripe_object o CROSS JOIN stripe_binding b CROSS JOIN stripe_customer u
      WHERE o.app = :app AND o.payment = :payment AND b.app = o.app AND b.object = o.customer AND b.says = 'ref'
        AND b.account = o.account AND b.livemode = o.livemode AND u.app = o.app AND u.account = o.account
        AND u.livemode = o.livemode AND u.id = o.customer),
    ${PAID_AT})`;

/** When a ref was first seen for the customer: with the binding, else with the payment that brought it. */
const SEEN_AT = `
  iif(n.origin IS NULL AND n.rank BETWEEN ${REF_RANK.subscription} AND ${REF_RANK.promotion}, ${BOUND_SINCE},
    min(${PAID_AT}, ${BOUND_SINCE}))`;

/** Something said a ref in time, and it is not live. */
const NAMES_A_REF = `
  EXISTS (SELECT 1 FROM ${OBJECTS} AND o.code IS NOT NULL)
  OR EXISTS (SELECT 1 FROM stripe_object o CROSS JOIN stripe_binding b WHERE o.app = :app AND o.payment = :payment
    AND b.app = o.app AND b.says = 'ref' AND b.object IN (
      SELECT o.customer UNION ALL SELECT o.subscription UNION ALL SELECT j.value FROM json_each(o.promotions) j)
    AND b.account = o.account AND b.livemode = o.livemode AND b.from_at <= ${PAID_AT} + ${GRACE_MS})`;

/** A code stands where only the app's setting would let it count. */
const NAMES_BARELY = `EXISTS (SELECT 1 FROM ${OBJECTS} AND o.bare_code IS NOT NULL AND ${isLive("o.bare_code")})`;

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

/** A conversion that stands, or was ended by somebody's decision: it is not made again. */
const IS_DONE = (origin: string) => `
  EXISTS (SELECT 1 FROM conversion v WHERE v.app = :app AND v.claim = ${BEST}
    AND (v.attribution_claim = coalesce(${origin}, v.claim) OR v.void_reason IN ('rejected', 'affiliate_revoked')))`;

const UNCOUNTED = `
  EXISTS (SELECT 1 FROM ${OBJECTS} AND ${RIPE}
    AND NOT EXISTS (SELECT 1 FROM claim m WHERE m.app = o.app AND m.id = o.claim))`;

const DECIDING = "s.app = :app AND s.payment = :payment AND s.state = 'deciding'";

/** The address of the payment's customer, as any of its objects or the customer itself tells it. */
const EMAIL = (column: "email_hmac" | "email_mask") => `coalesce(
  (SELECT o.${column} FROM ${OBJECTS} AND o.email_hmac IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1),
  (SELECT u.${column} FROM stripe_object o CROSS JOIN stripe_customer u WHERE o.app = :app AND o.payment = :payment
    AND u.app = o.app AND u.account = o.account AND u.livemode = o.livemode AND u.id = o.customer LIMIT 1))`;

/** The referral that the payment makes or fixes. One that is fixed, or was made later, is left as it is. */
const REFERRED = `
  SELECT s.app, s.user_id, s.affiliate, s.code, s.attribution, s.payment, s.seen_at, 0 AS from_browser,
    ${EMAIL("email_hmac")} AS email_hmac, ${EMAIL("email_mask")} AS email_mask,
    (SELECT u.created_at FROM stripe_customer u WHERE u.app = s.app AND u.account = s.account AND u.livemode = s.livemode
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
