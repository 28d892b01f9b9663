import { tellConversions } from "./conversion-events.ts";
import type { Params } from "./statement.ts";
import { statement } from "./statement.ts";
import type { Statement } from "./db.ts";

/**
 * The app a call speaks for: a secret key's, or, for public calls, the one whose code it names (`:claimed_app`, where
 * given, must be that app). Null, so that every statement does nothing, when there is none.
 */
export const CALL_APP =
  "coalesce(:app, (SELECT k.app FROM code k WHERE k.code = :code AND k.app = coalesce(:claimed_app, k.app)))";

/** What `settle` and `CALL_APP` bind. `fact` is the id of what caused the postings: a claim, a refund, a decision. */
export interface SettleParams extends Params {
  readonly app: string | null;
  readonly claimed_app: string | null;
  readonly code: string | null;
  readonly fact: string;
  readonly now: number;
}

/**
 * The statements that bring the books to what the facts say: for every conversion marked `dirty` they post
 * (due − already posted) to the ledger, its buckets and its affiliate's totals. Posting twice posts zero, so a replay, a
 * duplicate and any order of the facts end in one state. They belong at the end of every batch that writes a money fact.
 */
export function settle(params: SettleParams): readonly Statement[] {
  return STATEMENTS.map((build) => build(params));
}

/** What these refunds of charge `ch` come to. One that a backend told is canceled once Stripe tells it itself. */
const refundsOf = (statuses: string) => `(
  SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.app = ch.app AND r.account = ch.account
    AND r.livemode = ch.livemode AND r.charge = ch.id AND ${statuses})`;

/** The last word on the dispute `d`, whichever of the app's endpoints it came by. */
const IS_LATEST = `
  NOT EXISTS (SELECT 1 FROM dispute e WHERE e.app = d.app AND e.id = d.id AND e.changed_at > d.changed_at)`;

/**
 * The money that went back to the customer for a conversion's payment, in captured minor units (refunds, lost disputes).
 * What the public refunded counts against what the public reported, never against what a backend vouched for since; and
 * what a backend refunded never against what Stripe reports, for Stripe reports the refunds too.
 *
 * Stripe tells a charge's refunds one by one and in sum, and not always both: the larger counts. What was authorised and never
 * captured it lists as refunded, too, though nobody got money back. A dispute in another currency takes all of the payment.
 * An app whose account is connected and has an endpoint of its own as well is told the same charge twice: the larger counts.
 * CROSS JOIN keeps the order written: the planner would rather walk an app's disputes than the names of one payment.
 */
const REVERSED = `
  coalesce((SELECT sum(part.amount) FROM refund_part part CROSS JOIN refund r ON r.app = part.app AND r.id = part.refund
    WHERE part.app = c.app AND part.payment = c.payment AND r.status NOT IN ('failed', 'canceled')
      AND (r.currency IS NULL OR r.currency = c.currency) AND (r.source <> 'public' OR c.trust = 'unverified')
      AND (SELECT t.source FROM claim t WHERE t.app = c.app AND t.id = c.claim) <> 'stripe'), 0)
  + coalesce((SELECT sum(n.amount) FROM (SELECT max(max(0, max(
      ${refundsOf("r.status NOT IN ('failed', 'canceled')")},
      ch.refunded_total - ${refundsOf("r.status IN ('failed', 'canceled') AND r.source = 'stripe'")}) - ch.uncaptured)) AS amount
    FROM payment_ref p CROSS JOIN charge ch ON ch.app = p.app AND ch.account = p.account AND ch.livemode = p.livemode
      AND ch.id = p.ref
    WHERE p.app = c.app AND p.payment = c.payment GROUP BY ch.id) n), 0)
  + coalesce((SELECT sum(n.amount) FROM (
    SELECT max(iif(coalesce(d.currency, c.currency) = c.currency, d.amount, c.captured)) AS amount
    FROM payment_ref p CROSS JOIN dispute d ON d.app = p.app AND d.account = p.account
      AND d.livemode = p.livemode AND d.charge = p.ref
    WHERE p.app = c.app AND p.payment = c.payment AND d.status = 'lost' AND ${IS_LATEST} GROUP BY d.id) n), 0)`;

/** An open dispute or a hold made by hand outweighs an approval, an approval the lane the conversion entered. */
const LANE = `
  CASE
    WHEN EXISTS (SELECT 1 FROM payment_ref p CROSS JOIN dispute d ON d.app = p.app AND d.account = p.account
        AND d.livemode = p.livemode AND d.charge = p.ref
      WHERE p.app = c.app AND p.payment = c.payment AND d.status = 'open' AND ${IS_LATEST}) THEN 'held'
    WHEN (SELECT h.action FROM hold h WHERE h.app = c.app AND h.payment = c.payment ORDER BY h.seq DESC LIMIT 1) = 'hold'
      THEN 'held'
    WHEN EXISTS (SELECT 1 FROM approval a WHERE a.app = c.app AND a.conversion = c.id AND a.decision = 'approve')
      THEN 'clear'
    ELSE c.entry_lane
  END`;

/** ⌊base × refunded / captured⌋ without a product beyond 64 bits: the base is split at a million. */
const LOST_BASE = `(
  (f.base / 1000000 * f.refunded / f.captured) * 1000000
  + ((f.base / 1000000 * f.refunded) % f.captured * 1000000 + (f.base % 1000000) * f.refunded) / f.captured)`;

/**
 * What is due for `conversions` (what stands in a FROM clause, as `c`): app, id, refunded, lane, net, fee.
 * The same arithmetic as `domain/commission.ts`, floor by floor. The audit recomputes the books with it.
 */
export function dueOf(conversions: string): string {
  return `
    WITH f AS MATERIALIZED (
      SELECT c.app, c.id, c.base, c.captured, c.rate_bps, c.fee_bps, c.voided_at,
        min(c.captured, ${REVERSED}) AS refunded, ${LANE} AS lane
      FROM ${conversions}
    )
    SELECT g.app, g.id, g.refunded, g.lane, g.gross - g.gross * g.fee_bps / 10000 AS net, g.gross * g.fee_bps / 10000 AS fee
    FROM (SELECT f.*, iif(f.voided_at IS NULL, (f.base - ${LOST_BASE}) * f.rate_bps / 10000, 0) AS gross FROM f) g`;
}

/** The conversions to settle, by the index that holds nothing else: a plan that read more would not even prepare. */
const DIRTY = `conversion c INDEXED BY conversion_dirty WHERE c.app = ${CALL_APP} AND c.dirty = 1`;

/** What leaves the posted lane and day, and what enters the due ones. */
const DELTA = `
  SELECT c.app, c.affiliate, c.currency, c.posted_lane AS lane, c.mature_day, -c.posted_net AS net, -c.posted_fee AS fee
  FROM ${DIRTY}
  UNION ALL
  SELECT c.app, c.affiliate, c.currency, c.due_lane, c.mature_day, c.due_net, c.due_fee FROM ${DIRTY}`;

const STATEMENTS = [
  statement(`
    UPDATE conversion SET refunded = d.refunded, due_lane = d.lane, due_net = d.net, due_fee = d.fee
    FROM (${dueOf(DIRTY)}) d WHERE conversion.app = d.app AND conversion.id = d.id`),
  // A change of lane leaves the old one whole …
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at)
    SELECT c.app, 'out', c.id || '#' || c.rev, :fact, c.affiliate, c.currency, c.id, c.posted_lane, c.mature_day,
      -c.posted_net, -c.posted_fee, :now
    FROM ${DIRTY} AND c.due_lane <> c.posted_lane AND (c.posted_net <> 0 OR c.posted_fee <> 0)`),
  // … and enters the new one whole; within a lane only the difference is posted.
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at)
    SELECT n.app, 'in', n.cause, :fact, n.affiliate, n.currency, n.id, n.due_lane, n.mature_day, n.net, n.fee, :now
    FROM (
      SELECT c.app, c.id || '#' || c.rev AS cause, c.affiliate, c.currency, c.id, c.due_lane, c.mature_day,
        c.due_net - iif(c.due_lane = c.posted_lane, c.posted_net, 0) AS net,
        c.due_fee - iif(c.due_lane = c.posted_lane, c.posted_fee, 0) AS fee
      FROM ${DIRTY}
    ) n WHERE n.net <> 0 OR n.fee <> 0`),
  statement(`
    INSERT INTO bucket (app, affiliate, currency, lane, mature_day, net)
    SELECT DISTINCT app, affiliate, currency, lane, mature_day, 0 FROM (${DELTA}) WHERE net <> 0
    ON CONFLICT DO NOTHING`),
  // The GROUP BY is the point: UPDATE … FROM applies one arbitrary row per target, silently.
  statement(`
    UPDATE bucket SET net = bucket.net + d.net
    FROM (SELECT app, affiliate, currency, lane, mature_day, sum(net) AS net FROM (${DELTA}) GROUP BY 1, 2, 3, 4, 5) d
    WHERE bucket.app = d.app AND bucket.affiliate = d.affiliate AND bucket.currency = d.currency
      AND bucket.lane = d.lane AND bucket.mature_day = d.mature_day`),
  statement(`
    INSERT INTO total (app, affiliate, currency)
    SELECT DISTINCT c.app, c.affiliate, c.currency FROM ${DIRTY}
    ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE total SET
      earned_clear = total.earned_clear + d.clear, earned_review = total.earned_review + d.review,
      earned_held = total.earned_held + d.held, fee = total.fee + d.fee
    FROM (
      SELECT app, affiliate, currency, sum(iif(lane = 'clear', net, 0)) AS clear, sum(iif(lane = 'review', net, 0)) AS review,
        sum(iif(lane = 'held', net, 0)) AS held, sum(fee) AS fee
      FROM (${DELTA}) GROUP BY 1, 2, 3
    ) d
    WHERE total.app = d.app AND total.affiliate = d.affiliate AND total.currency = d.currency`),
  statement(tellConversions(DIRTY)),
  statement(`
    UPDATE conversion AS c INDEXED BY conversion_dirty
    SET posted_lane = due_lane, posted_net = due_net, posted_fee = due_fee, refunded_told = refunded, rev = rev + 1, dirty = 0
    WHERE c.app = ${CALL_APP} AND c.dirty = 1`),
];
