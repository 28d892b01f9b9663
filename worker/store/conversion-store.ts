import type { Row, Statement } from "./db.ts";
import { ATTRIBUTED, type CallParams, readCode } from "./call.ts";
import type { CommissionFacts } from "./commission-row.ts";
import { COMMISSION_COLUMNS, toCommissionFacts } from "./commission-row.ts";
import { auditReplacedReferral, upsertReferral } from "./referral-store.ts";
import { approveByRule } from "./review-rule-store.ts";
import { CALL_APP, settle } from "./settle.ts";
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
  readonly default_fee_bps: number;
  readonly today: number;
}

/** The batch of a conversion: its claim, the referral it may make, the conversion in force, the books. */
export function writeConversion(params: ConversionParams): readonly Statement[] {
  const all = { ...params, email_hmac: null, email_mask: null, from_browser: 0, fact: params.claim };
  return [...FACTS.map((build) => build(all)), ...settle(all), ...ANSWER.map((build) => build(all))];
}

export interface ConversionAnswer {
  /** The recorded call: this one, the one with the same key, or the same call a moment ago. Null: nobody earns. */
  readonly recorded: { readonly claimId: string; readonly bodyHash: string; readonly sameKey: boolean } | null;
  /** The conversion that call was first answered with, as frozen then. */
  readonly commission: CommissionFacts | null;
  /** The conversion in force for that payment now: the status comes from it. */
  readonly inForce: CommissionFacts | null;
}

/** Reads the last statements of a conversion's batch. */
export function readConversion(results: readonly (readonly Row[])[]): ConversionAnswer {
  const [sameKey, sameCall, first, inForce] = results.slice(-5, -1).map((rows) => rows[0]);
  const claim = sameKey ?? sameCall;
  return {
    recorded:
      claim === undefined
        ? null
        : { claimId: textOf(claim, "id"), bodyHash: textOf(claim, "body_hash"), sameKey: sameKey !== undefined },
    commission: first === undefined ? null : toCommissionFacts(first),
    inForce: inForce === undefined ? null : toCommissionFacts(inForce),
  };
}

/** This call's claim while its side effects are still to be counted: every one of them happens once. */
const NEW_CLAIM = `SELECT * FROM claim WHERE app = ${CALL_APP} AND id = :claim AND counted = 0`;

/** A keyless call like this one, from the same class of caller, within the app's window: the same call again. */
const SAME_CALL = `
  SELECT d.id, d.body_hash, d.received_at FROM claim d JOIN app p ON p.id = d.app
  WHERE d.app = ${CALL_APP} AND d.user_id = :user_id AND d.source = :source AND d.id <> :claim
    AND substr(d.source_ref, 1, 2) = 'r:' AND substr(:source_ref, 1, 2) = 'r:'
    AND d.received_at > :now - p.dedupe_seconds * 1000
    AND d.captured = :amount AND d.currency = coalesce(:currency, p.currency) AND d.payment_ref IS :payment_ref
    AND d.affiliate = (SELECT affiliate FROM (${ATTRIBUTED}))`;

/**
 * Of a payment's claims the one in force: the best standing, then the first received, so that no later word of the same
 * standing moves money that already stands: neither its rate, nor its day, nor whose it is.
 */
const BEST_CLAIM = `
  (SELECT b.id FROM claim b WHERE b.app = m.app AND b.payment = m.payment
    ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`;

/** Whose word a claim is, as a referral's trust. */
const WORD = "iif(m.source = 'public', 'public', 'vouched')";

/** Over every cap, and a day's sum never leaves 64 bits. */
const MAX_DAY_CENTS = 1_000_000_000_000_000;

/** A customer known for longer than this before a ref was first seen for them came without it. */
const KNOWN_BEFORE_MS = 86_400_000;

const FACTS = [
  statement(`
    INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, payment_ref, user_id, code, affiliate,
      attribution, currency, base, captured, metadata, occurred_at, received_at)
    SELECT a.app, :claim, :source, :source_ref, 'call', :body_hash,
      coalesce((SELECT r.payment FROM payment_ref r
        WHERE r.app = a.app AND r.account = '' AND r.livemode = a.livemode AND r.ref = :payment_ref), :payment),
      :payment_ref, :user_id, a.attributed_code, a.affiliate, a.attribution, coalesce(:currency, a.app_currency),
      :amount, :amount, :metadata, :now, :now
    FROM (${ATTRIBUTED}) a
    WHERE a.affiliate IS NOT NULL AND NOT EXISTS (${SAME_CALL})
    ON CONFLICT DO NOTHING`),
  statement(auditReplacedReferral(NEW_CLAIM)),
  // Public calls make referrals in mode `open` only.
  statement(
    upsertReferral(`
      SELECT m.* FROM (${NEW_CLAIM}) m JOIN app p ON p.id = m.app WHERE m.source <> 'public' OR p.conversions = 'open'`),
  ),
  statement(`
    INSERT INTO payment (app, id, created_at) SELECT m.app, m.payment, m.received_at FROM (${NEW_CLAIM}) m WHERE true
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO payment_ref (app, livemode, ref, payment)
    SELECT m.app, p.mode = 'live', m.payment_ref, m.payment FROM (${NEW_CLAIM}) m JOIN app p ON p.id = m.app
    WHERE m.payment_ref IS NOT NULL
    ON CONFLICT DO NOTHING`),
  // Only where a cap asks for it. What the public reports is counted apart, so that no stranger uses up a backend's day, and
  // what is held for its own size is not counted.
  statement(`
    INSERT INTO app_day (app, day, currency, trust, captured)
    SELECT m.app, :today, m.currency, ${WORD}, m.captured FROM (${NEW_CLAIM}) m JOIN app p ON p.id = m.app
    WHERE p.max_day_cents IS NOT NULL AND m.captured <= coalesce(p.max_event_cents, m.captured)
      AND NOT EXISTS (SELECT 1 FROM claim o
      WHERE o.app = m.app AND o.payment = m.payment AND o.id <> m.id AND (o.source = 'public') = (m.source = 'public'))
    ON CONFLICT DO UPDATE SET captured = min(captured + excluded.captured, ${MAX_DAY_CENTS})`),
  // A better claim of the same payment takes the place of the one in force: never both.
  statement(`
    UPDATE conversion SET voided_at = :now, void_reason = 'superseded', superseded_by = :conversion, dirty = 1
    FROM (${NEW_CLAIM}) m
    WHERE conversion.app = m.app AND conversion.payment = m.payment AND conversion.voided_at IS NULL
      AND m.id = ${BEST_CLAIM} AND conversion.claim <> m.id`),
  // A public claim of a payment that another one stands for gets a conversion of its own, void from the start: its answer
  // tells nothing of the other.
  statement(`
    INSERT INTO conversion (app, id, payment, claim, attribution_claim, user_id, affiliate, code, currency, base, captured,
      rate_bps, fee_bps, trust, entry_lane, reason, occurred_at, created_at, mature_day, voided_at, void_reason,
      superseded_by, due_lane, posted_lane)
    SELECT z.app, :conversion, z.payment, z.id, z.id, z.user_id, z.affiliate, z.code, z.currency, z.base, z.captured,
      iif(z.earns_nothing IS NULL, z.rate_bps, 0), z.fee_bps, z.trust, z.lane,
      coalesce(z.earns_nothing, CASE z.lane
        WHEN 'held' THEN CASE WHEN z.is_self AND z.trust = 'unverified' THEN 'self_referral' WHEN z.over_cap THEN 'cap' ELSE 'below_mode' END
        WHEN 'review' THEN iif(z.is_self, 'self_referral', coalesce(z.flag, 'unverified')) END),
      z.occurred_at, z.received_at, (z.occurred_at + z.holding_days * 86400000 + 86399999) / 86400000,
      iif(z.in_force, NULL, :now), iif(z.in_force, NULL, 'superseded'), iif(z.in_force, NULL, z.standing_conversion),
      z.lane, z.lane
    FROM (
      SELECT y.*, CASE
          WHEN y.level < CASE y.conversions WHEN 'keyed' THEN 2 WHEN 'matched' THEN 1 ELSE 0 END THEN 'held'
          WHEN y.over_cap OR (y.is_self AND y.trust = 'unverified') THEN 'held'
          WHEN y.trust = 'unverified' OR (y.trust = 'matched' AND (y.is_self OR y.flag IS NOT NULL)) THEN 'review'
          ELSE 'clear' END AS lane
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
          f.flag, coalesce(x.user_id = o.account_id, 0) OR coalesce(f.email_hmac = o.email_hmac, 0) AS is_self,
          coalesce(x.captured > p.max_event_cents, 0) OR coalesce(
            (SELECT d.captured FROM app_day d WHERE d.app = x.app AND d.day = :today AND d.currency = x.currency
              AND d.trust = x.word) > p.max_day_cents, 0) AS over_cap,
          CASE
            WHEN o.status = 'revoked' THEN 'affiliate_revoked'
            WHEN x.trust <> 'unverified' AND (x.user_id = o.account_id
              OR (f.email_hmac = o.email_hmac AND f.email_trust = 'vouched')) THEN 'self_referral'
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
          FROM (${NEW_CLAIM}) m
        ) x
        JOIN app p ON p.id = x.app
        JOIN affiliate o ON o.app = x.app AND o.id = x.affiliate
        LEFT JOIN referral f ON f.app = x.app AND f.user_id = x.user_id
        WHERE x.in_force OR x.source = 'public'
      ) y
    ) z WHERE true
    ON CONFLICT DO NOTHING`),
  ...approveByRule(NEW_CLAIM).map(statement),
  // A payment counts once for a code, whoever announces it how often, and with it the refunds that waited for it.
  statement(`
    INSERT INTO code_day (app, code, day, conversions, refunds)
    SELECT c.app, c.code, :today, 1, (SELECT count(*) FROM refund_part part CROSS JOIN refund r
      WHERE part.app = c.app AND part.payment = c.payment AND r.app = part.app AND r.id = part.refund AND r.applied = 0)
    FROM (${NEW_CLAIM}) m JOIN conversion c ON c.app = m.app AND c.id = :conversion AND c.voided_at IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM conversion v
      WHERE v.app = c.app AND v.payment = c.payment AND v.code = c.code AND v.id <> c.id)
    ON CONFLICT DO UPDATE SET conversions = conversions + 1, refunds = refunds + excluded.refunds`),
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
  statement(SAME_KEY),
  statement(`${SAME_CALL} ORDER BY d.received_at DESC LIMIT 1`),
  statement(`
    SELECT ${COMMISSION_COLUMNS} FROM (${RECORDED}) m JOIN conversion c ON c.app = m.app AND c.id = m.conversion`),
  statement(`
    SELECT ${COMMISSION_COLUMNS} FROM (${RECORDED}) m
    JOIN conversion c ON c.app = m.app AND c.payment = m.payment AND c.voided_at IS NULL`),
  readCode,
];
