import { GRACE_MS } from "./stripe-scope.ts";

/**
 * The steps that make a claim count, for whoever announced it. Each takes its `pivot`: a SELECT of the claims to count, as
 * rows of `claim` with `attribution_claim` (whose ref decided) and `email_hmac` (the customer's, where the referral has none).
 * All bind `:conversion` (the id of what is made), `:now`, `:today` and `:default_fee_bps`.
 */

/**
 * Of a payment's claims the one in force: the best standing, then the first received, so that no later word of the same
 * standing moves money that already stands: neither its rate, nor its day, nor whose it is.
 */
export const BEST_CLAIM = `
  (SELECT b.id FROM claim b WHERE b.app = m.app AND b.payment = m.payment
    ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`;

/** Whose word a claim is, as a referral's trust. */
const WORD = "iif(m.source = 'public', 'public', 'vouched')";

/** Over every cap, and a day's sum never leaves 64 bits. */
const MAX_DAY_CENTS = 1_000_000_000_000_000;

/** A customer known for longer than this before a ref was first seen for them came without it. */
const KNOWN_BEFORE_MS = 86_400_000;

/** What an invoice may be told of beside itself. */
const PARTS = "'payment_intent', 'charge'";

/** A backend's call and Stripe's event this close together, of the same amount, may be one payment told twice. */
const ALIKE_MS = 86_400_000;

/**
 * Adds what was paid to its day, only where a cap asks for it and only when `isFirst` of its payment. What the public
 * reports is counted apart, so that no stranger uses up a backend's day, and what is held for its own size is not counted.
 */
export function sumDay(pivot: string, isFirst: string): string {
  return `
    INSERT INTO app_day (app, day, currency, trust, captured)
    SELECT m.app, :today, m.currency, ${WORD}, m.captured FROM (${pivot}) m JOIN app p ON p.id = m.app
    WHERE p.max_day_cents IS NOT NULL AND m.captured <= coalesce(p.max_event_cents, m.captured) AND ${isFirst}
    ON CONFLICT DO UPDATE SET captured = min(captured + excluded.captured, ${MAX_DAY_CENTS})`;
}

/** A better claim of the same payment takes the place of the one in force: never both. */
export function supersede(pivot: string): string {
  return `
    UPDATE conversion SET voided_at = :now, void_reason = 'superseded', superseded_by = :conversion, dirty = 1
    FROM (${pivot}) m
    WHERE conversion.app = m.app AND conversion.payment = m.payment AND conversion.voided_at IS NULL
      AND m.id = ${BEST_CLAIM} AND (conversion.claim <> m.id OR conversion.attribution_claim <> m.attribution_claim)`;
}

/**
 * Claims `t` in force, each with its conversion `v`, that may be the same payment as the row `x`, told by Stripe and by a backend
 * that names no payment. A customer whom Stripe alone knows may be any user. What one of the two tells is looked up among what
 * the other told: where only one tells, that is nothing. A payment that no backend names is its claim's alone, whose affiliate is
 * the conversion's; of Stripe's another may earn by now. (`+` keeps SQLite from going through the affiliate's conversions.)
 */
function alike(x: string, by: "stripe" | "key"): string {
  const user = by === "stripe" ? "v.user_id" : `${x}.user_id`;
  const told =
    by === "stripe" ? "t.standing >= 30" : `t.standing = 20 AND t.payment_ref IS NULL AND t.affiliate = ${x}.affiliate`;
  return `
    ${told} AND t.app = ${x}.app AND t.currency = ${x}.currency AND t.captured = ${x}.captured
    AND t.occurred_at BETWEEN ${x}.occurred_at - ${ALIKE_MS} AND ${x}.occurred_at + ${ALIKE_MS}
    AND v.app = t.app AND v.claim = t.id AND v.voided_at IS NULL AND +v.affiliate = ${x}.affiliate AND v.payment <> ${x}.payment
    AND (v.user_id = ${x}.user_id OR ${user} IS NULL OR substr(${user}, 1, 4) = 'cus_')`;
}

/**
 * Conversions `v` that may be the same payment as the row `x`, told by Stripe as a payment intent (or charge) and as an invoice
 * that nothing links: of one user, within the hour that a payment intent would wait for its invoice.
 */
function unlinked(x: string, told: string, forms: string): string {
  return `
    v.app = ${x}.app AND v.affiliate = ${x}.affiliate AND v.currency = ${x}.currency AND v.captured = ${x}.captured
    AND v.occurred_at BETWEEN ${x}.occurred_at - ${GRACE_MS} AND ${x}.occurred_at + ${GRACE_MS}
    AND v.voided_at IS NULL AND v.payment <> ${x}.payment AND v.user_id = ${x}.user_id
    AND ${told}.app = v.app AND ${told}.id = v.claim AND ${told}.source = 'stripe' AND ${told}.form IN (${forms})`;
}

/**
 * Makes the conversion of a claim that is in force: who earns how much, in which lane and why (domain/trust.ts). A public
 * claim of a payment that another one stands for gets a conversion of its own, void from the start: its answer tells nothing
 * of the other.
 *
 * SQLite works out both sides of an AND that is a value, not a condition: what keeps a search from being made stands within it.
 */
export function insertConversion(pivot: string): string {
  return `
    INSERT INTO conversion (app, id, payment, claim, attribution_claim, user_id, affiliate, code, currency, base, captured,
      rate_bps, fee_bps, trust, entry_lane, reason, occurred_at, created_at, mature_day, voided_at, void_reason,
      superseded_by, due_lane, posted_lane)
    WITH y AS MATERIALIZED (${judged(pivot)})
    SELECT z.app, :conversion, z.payment, z.id, z.attribution_claim, z.user_id, z.affiliate, z.code, z.currency, z.base, z.captured,
      iif(z.earns_nothing IS NULL, z.rate_bps, 0), z.fee_bps, z.trust, z.lane,
      coalesce(z.earns_nothing, CASE z.lane
        WHEN 'held' THEN CASE WHEN z.is_self AND z.trust = 'unverified' THEN 'self_referral' WHEN z.over_cap THEN 'cap' ELSE 'below_mode' END
        WHEN 'review' THEN CASE WHEN z.is_doubtful THEN iif(z.is_self, 'self_referral', coalesce(z.flag, 'unverified'))
          ELSE 'possible_duplicate' END END),
      z.occurred_at, z.received_at, (z.occurred_at + z.holding_days * 86400000 + 86399999) / 86400000,
      iif(z.in_force, NULL, :now), iif(z.in_force, NULL, 'superseded'), iif(z.in_force, NULL, z.standing_conversion),
      z.lane, z.lane
    FROM (
      SELECT y.*, CASE
          WHEN y.level < CASE y.conversions WHEN 'keyed' THEN 2 WHEN 'matched' THEN 1 ELSE 0 END THEN 'held'
          WHEN y.over_cap OR (y.is_self AND y.trust = 'unverified') THEN 'held'
          WHEN y.is_doubtful OR y.is_alike THEN 'review'
          ELSE 'clear' END AS lane
      FROM y
    ) z WHERE true
    ON CONFLICT DO NOTHING`;
}

/** The claims of a pivot that make a conversion, with all that decides about its lane: once each, for it is asked for often. */
function judged(pivot: string): string {
  return `
        SELECT w.*, w.trust = 'unverified' OR (w.trust = 'matched' AND (w.is_self OR w.flag IS NOT NULL)) AS is_doubtful
        FROM (
        SELECT x.*, p.conversions, p.holding_days, coalesce(p.platform_fee_bps, :default_fee_bps) AS fee_bps,
          CASE x.trust WHEN 'verified' THEN 2 WHEN 'matched' THEN 1 ELSE 0 END AS level,
          coalesce(
            (SELECT r.bps FROM rate r WHERE r.app = x.app AND r.affiliate = x.affiliate AND r.effective_from <= x.occurred_at
              ORDER BY r.effective_from DESC, r.seq DESC LIMIT 1),
            (SELECT r.bps FROM rate r WHERE r.app = x.app AND r.affiliate = '' AND r.effective_from <= x.occurred_at
              ORDER BY r.effective_from DESC, r.seq DESC LIMIT 1),
            (SELECT r.bps FROM rate r WHERE r.app = x.app AND r.affiliate = '' ORDER BY r.effective_from, r.seq LIMIT 1)
          ) AS rate_bps,
          f.flag, coalesce(x.user_id = o.account_id, 0) OR coalesce(coalesce(f.email_hmac, x.email_hmac) = o.email_hmac, 0)
            AS is_self,
          EXISTS (SELECT 1 FROM claim t CROSS JOIN conversion v
              WHERE x.source = 'key' AND x.payment_ref IS NULL AND ${alike("x", "stripe")})
            OR EXISTS (SELECT 1 FROM conversion v CROSS JOIN claim t
              WHERE x.source = 'stripe' AND x.form IN (${PARTS}) AND ${unlinked("x", "t", "'invoice'")}) AS is_alike,
          coalesce(x.captured > p.max_event_cents, 0) OR coalesce(
            (SELECT d.captured FROM app_day d WHERE d.app = x.app AND d.day = :today AND d.currency = x.currency
              AND d.trust = x.word) > p.max_day_cents, 0) AS over_cap,
          CASE
            WHEN o.status = 'revoked' THEN 'affiliate_revoked'
            WHEN x.trust <> 'unverified' AND (x.user_id = o.account_id
              OR (f.email_hmac = o.email_hmac AND f.email_trust = 'vouched')
              OR (f.email_hmac IS NULL AND x.email_hmac = o.email_hmac)) THEN 'self_referral'
            WHEN p.new_customers_only AND f.customer_created_at < f.seen_at - ${KNOWN_BEFORE_MS} THEN 'existing_customer'
            WHEN x.occurred_at >= unixepoch(f.created_at / 1000, 'unixepoch', '+' || p.max_months || ' months') * 1000
              THEN 'month_limit'
          END AS earns_nothing
        FROM (
          SELECT m.*, m.id = ${BEST_CLAIM} AS in_force, ${WORD} AS word,
            CASE WHEN m.source = 'public' THEN 'unverified' WHEN m.attribution = 'vouched' THEN 'verified' ELSE 'matched' END
              AS trust,
            (SELECT v.id FROM conversion v WHERE v.app = m.app AND v.payment = m.payment AND v.voided_at IS NULL)
              AS standing_conversion
          FROM (${pivot}) m
        ) x
        JOIN app p ON p.id = x.app
        JOIN affiliate o ON o.app = x.app AND o.id = x.affiliate
        LEFT JOIN referral f ON f.app = x.app AND f.user_id = x.user_id
        WHERE x.in_force OR x.source = 'public'
        ) w`;
}

/**
 * What a backend told without naming the payment, or Stripe as a payment intent that nothing links, waits for its owner once
 * Stripe tells the like of it: it may be the same money. What a payout has taken is not called back on a suspicion.
 */
export const reviewAlike = `
  UPDATE conversion SET entry_lane = 'review', reason = 'possible_duplicate', dirty = 1
  FROM (
    SELECT v.app, v.id FROM conversion x CROSS JOIN claim t CROSS JOIN conversion v
    WHERE x.app = :app AND x.id = :conversion AND x.voided_at IS NULL AND v.entry_lane = 'clear' AND v.settled_net = 0
      AND ${alike("x", "key")}
    UNION
    SELECT v.app, v.id FROM conversion x CROSS JOIN claim own CROSS JOIN conversion v CROSS JOIN claim t
    WHERE x.app = :app AND x.id = :conversion AND x.voided_at IS NULL AND v.entry_lane = 'clear' AND v.settled_net = 0
      AND own.app = x.app AND own.id = x.claim AND own.form = 'invoice' AND ${unlinked("x", "t", PARTS)}
  ) n WHERE conversion.app = n.app AND conversion.id = n.id`;

/** Counts the conversion `c` for its code when `isFirst`, and with it a backend's refunds that waited for it. */
export function countConversion(pivot: string, isFirst: string): string {
  return `
    INSERT INTO code_day (app, code, day, conversions, refunds)
    SELECT c.app, c.code, c.occurred_at / 86400000, 1, (SELECT count(*) FROM refund_part part CROSS JOIN refund r
        WHERE part.app = c.app AND part.payment = c.payment AND r.app = part.app AND r.id = part.refund AND r.applied = 0)
    FROM (${pivot}) m JOIN conversion c ON c.app = m.app AND c.id = :conversion AND c.voided_at IS NULL
    WHERE ${isFirst}
    ON CONFLICT DO UPDATE SET conversions = conversions + 1, refunds = refunds + excluded.refunds`;
}
