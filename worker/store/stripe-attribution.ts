import { REF_RANK } from "../domain/stripe-facts.ts";
import { GRACE_MS } from "./stripe-scope.ts";

/**
 * Whose a payment of Stripe's is, as expressions over all that Stripe has told of the payment `:payment` of the app `:app`, at
 * `:now`. The order of refs is the product's contract (docs/stripe.md).
 */

/** The payment's objects, as `o`. */
export const OBJECTS = "stripe_object o WHERE o.app = :app AND o.payment = :payment";
/** The one that knows best comes first. */
export const BY_FORM =
  "CASE o.form WHEN 'invoice' THEN 1 WHEN 'session' THEN 2 WHEN 'payment_intent' THEN 3 ELSE 4 END, o.id";
const BY_RANK = "CASE o.form WHEN 'payment_intent' THEN 1 WHEN 'session' THEN 2 WHEN 'invoice' THEN 3 ELSE 4 END, o.id";

export const PAID_AT = `(SELECT o.occurred_at FROM ${OBJECTS} AND o.captured IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1)`;
export const CUSTOMER = `(SELECT o.customer FROM ${OBJECTS} AND o.customer IS NOT NULL ORDER BY ${BY_FORM} LIMIT 1)`;

const LIVE_OWNER = `
  owner.app = k.app AND owner.id = k.affiliate AND owner.status IN ('active', 'suspended')
  AND k.state = 'active' AND (k.expires_at IS NULL OR k.expires_at > :now)`;

export const isLive = (code: string) =>
  `EXISTS (SELECT 1 FROM code k CROSS JOIN affiliate owner WHERE k.code = ${code} AND k.app = :app AND ${LIVE_OWNER})`;

/**
 * The live ref that a customer, subscription or promotion code of `o` was bound to when the payment was made. One that nobody
 * knows takes no known one's place: many sites use such words for other things. By whichever endpoint it was told: an app that
 * is connected another way than before has the same customers.
 */
const boundRef = (object: string) => `
  (SELECT b.value FROM stripe_binding b
    WHERE b.app = o.app AND b.object = ${object} AND b.says = 'ref' AND b.livemode = o.livemode
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
      AND b.says = 'user' AND b.livemode = o.livemode ORDER BY b.from_at, b.value LIMIT 1)`;

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
export const ATTRIBUTION = `
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

/** When the customer or the subscription was first bound to the code `n.code`. What an API answer tells has no beginning. */
const BOUND_SINCE = `
  coalesce(
    (SELECT min(b.from_at) FROM stripe_object o CROSS JOIN stripe_binding b
      WHERE o.app = :app AND o.payment = :payment AND b.app = o.app AND b.object IN (o.customer, o.subscription)
        AND b.says = 'ref' AND b.livemode = o.livemode AND b.from_at > 0 AND b.value = n.code),
    (SELECT u.created_at FROM stripe_object o CROSS JOIN stripe_binding b CROSS JOIN stripe_customer u
      WHERE o.app = :app AND o.payment = :payment AND b.app = o.app AND b.object = o.customer AND b.says = 'ref'
        AND b.livemode = o.livemode AND b.value = n.code AND u.app = o.app AND u.id = o.customer
        AND u.livemode = o.livemode),
    ${PAID_AT})`;

/** When a ref was first seen for the customer: with the binding, else with the payment that brought it. */
export const SEEN_AT = `
  iif(n.origin IS NULL AND n.rank BETWEEN ${REF_RANK.subscription} AND ${REF_RANK.promotion}, ${BOUND_SINCE},
    min(${PAID_AT}, ${BOUND_SINCE}))`;

/** Something said a ref in time, and it is not live. */
export const NAMES_A_REF = `
  EXISTS (SELECT 1 FROM ${OBJECTS} AND o.code IS NOT NULL)
  OR EXISTS (SELECT 1 FROM stripe_object o CROSS JOIN stripe_binding b WHERE o.app = :app AND o.payment = :payment
    AND b.app = o.app AND b.says = 'ref' AND b.object IN (
      SELECT o.customer UNION ALL SELECT o.subscription UNION ALL SELECT j.value FROM json_each(o.promotions) j)
    AND b.livemode = o.livemode AND b.from_at <= ${PAID_AT} + ${GRACE_MS})`;

/** A code stands where only the app's setting would let it count. */
export const NAMES_BARELY = `EXISTS (SELECT 1 FROM ${OBJECTS} AND o.bare_code IS NOT NULL AND ${isLive("o.bare_code")})`;
