import type { AnnouncedBy } from "../domain/claim-standing.ts";
import type { ConversionTrust, Lane, Source } from "../domain/trust.ts";
import type { Db, Row } from "./db.ts";
import { DISPUTES, STATE_COLUMNS, type StatedConversion, toStatedConversion } from "./explain-conversion-state.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** Rows of each kind that an explanation shows: the newest, or those that stand first. */
export const MAX_EXPLAINED = 100;

export interface ExplainedConversion extends StatedConversion {
  readonly paymentId: string;
  readonly claimId: string;
  readonly affiliateId: string;
  readonly trust: ConversionTrust;
  readonly occurredAt: number;
  readonly supersededBy: string | null;
  /** The facts have moved and the books not yet. */
  readonly isDirty: boolean;
}

/** A conversion of an app; of one affiliate where given. Null where there is none, also for another app's. */
export async function findExplained(
  db: Db,
  appId: string,
  { conversionId, affiliateId }: { conversionId: string; affiliateId: string | null },
): Promise<ExplainedConversion | null> {
  const [row] = await db.query(FIND({ app: appId, id: conversionId, affiliate: affiliateId }));
  if (row === undefined) return null;
  return {
    ...toStatedConversion(row),
    paymentId: textOf(row, "payment"),
    claimId: textOf(row, "claim"),
    affiliateId: textOf(row, "affiliate"),
    trust: oneOf(row, "trust", ["verified", "matched", "unverified"]),
    occurredAt: integerOf(row, "occurred_at"),
    supersededBy: textOrNull(row, "superseded_by"),
    isDirty: integerOf(row, "dirty") === 1,
  };
}

/** An announcement of a payment. */
export interface ExplainedClaim extends AnnouncedBy {
  readonly id: string;
  readonly affiliateId: string | null;
  readonly ref: string | null;
  readonly attribution: "vouched" | "public" | null;
  readonly userId: string | null;
  readonly paymentRef: string | null;
  readonly currency: string;
  readonly baseCents: number;
  readonly capturedCents: number;
  readonly conversionId: string | null;
  readonly occurredAt: number;
  readonly receivedAt: number;
}

/** A rate that could be that of a conversion: the affiliate's own, else the app's. */
export interface RateRow {
  readonly of: "affiliate" | "app";
  /** Null: the affiliate goes back to the app's. */
  readonly bps: number | null;
  readonly effectiveFrom: number;
  readonly actor: string | null;
  /** The how-manieth rate of that owner it is. */
  readonly version: number;
}

export interface ExplainedHold {
  readonly action: "hold" | "release";
  readonly reason: string | null;
  readonly actor: string | null;
  readonly at: number;
}

export interface ExplainedDecision {
  readonly decision: "approve" | "reject";
  readonly reason: string | null;
  /** `rule:` and its id where a standing rule decided. */
  readonly actor: string | null;
  readonly at: number;
}

export interface ExplainedDispute {
  readonly id: string;
  readonly status: "open" | "won" | "lost";
  readonly amountCents: number;
  readonly currency: string | null;
  readonly openedAt: number;
  readonly changedAt: number;
}

export interface ExplainedRefund {
  readonly id: string;
  readonly source: Source;
  /** Stripe's id of it, null for a call's. */
  readonly stripeId: string | null;
  readonly amountCents: number;
  readonly currency: string | null;
  readonly status: string;
  readonly at: number;
}

export interface ExplainedPayout {
  readonly id: string;
  readonly batchId: string;
  readonly status: "processing" | "settled" | "failed";
  /** What it pays of this conversion, and in all. */
  readonly amountCents: number;
  readonly payoutCents: number;
  readonly error: string | null;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

/** A row of the ledger, with what caused it. */
export interface ExplainedPosting {
  readonly kind: "in" | "out";
  readonly cause: string;
  readonly fact: string;
  readonly lane: Lane;
  readonly netCents: number;
  readonly feeCents: number;
  readonly at: number;
  /** The line of the audit log where somebody decided. */
  readonly audit: { readonly action: string; readonly actor: string | null; readonly reason: string | null } | null;
}

export interface ConversionDetails {
  readonly claims: readonly ExplainedClaim[];
  readonly rates: readonly RateRow[];
  readonly decisions: readonly ExplainedDecision[];
  readonly holds: readonly ExplainedHold[];
  readonly disputes: readonly ExplainedDispute[];
  readonly refunds: readonly ExplainedRefund[];
  readonly payouts: readonly ExplainedPayout[];
  readonly postings: readonly ExplainedPosting[];
}

/** What hangs on a conversion and its payment: at most 100 rows of each kind. */
export async function readDetails(db: Db, appId: string, of: ExplainedConversion): Promise<ConversionDetails> {
  const params = {
    app: appId,
    id: of.commission.id,
    payment: of.paymentId,
    affiliate: of.affiliateId,
    occurred_at: of.occurredAt,
    limit: MAX_EXPLAINED,
  };
  const [claims, rates, decisions, holds, disputes, refunds, payouts, postings] = await Promise.all(
    DETAILS.map((build) => db.query(build(params))),
  );
  return {
    claims: (claims ?? []).map(toClaim),
    rates: (rates ?? []).map(toRate),
    decisions: (decisions ?? []).map(toDecision),
    holds: (holds ?? []).map(toHold),
    disputes: (disputes ?? []).map(toDispute),
    refunds: (refunds ?? []).map(toRefund),
    payouts: (payouts ?? []).map(toPayout),
    postings: (postings ?? []).map(toPosting),
  };
}

const FIND = statement(`
  SELECT ${STATE_COLUMNS}, c.payment, c.claim, c.affiliate, c.trust, c.occurred_at, c.superseded_by, c.dirty
  FROM conversion c WHERE c.app = :app AND c.id = :id AND (:affiliate IS NULL OR c.affiliate = :affiliate)`);

/** The rates of an owner up to the payment, the latest first; its number counts all before it. */
const rates = (of: "affiliate" | "app", owner: string, until: string) => `
  SELECT '${of}' AS owner, r.bps, r.effective_from, r.actor, (SELECT count(*) FROM rate b WHERE b.app = r.app
    AND b.affiliate = r.affiliate AND (b.effective_from, b.seq) <= (r.effective_from, r.seq)) AS version
  FROM rate r WHERE r.app = :app AND r.affiliate = ${owner} ${until} LIMIT :limit`;
const BEFORE = "AND r.effective_from <= :occurred_at ORDER BY r.effective_from DESC, r.seq DESC";

const DETAILS = [
  statement(`
    SELECT m.*, (SELECT k.ref FROM code k WHERE k.code = m.code) AS ref FROM claim m
    WHERE m.app = :app AND m.payment = :payment
    ORDER BY m.standing DESC, m.received_at, m.source_ref LIMIT :limit`),
  statement(`
    SELECT * FROM (${rates("affiliate", ":affiliate", BEFORE)})
    UNION ALL SELECT * FROM (${rates("app", "''", BEFORE)})
    UNION ALL SELECT * FROM (SELECT * FROM (${rates("app", "''", "ORDER BY r.effective_from, r.seq")}) LIMIT 1)`),
  statement(`
    SELECT a.decision, a.reason, a.actor, a.created_at FROM approval a
    WHERE a.app = :app AND a.conversion = :id LIMIT :limit`),
  statement(`
    SELECT h.action, h.reason, h.actor, h.created_at FROM hold h WHERE h.app = :app AND h.payment = :payment
    ORDER BY h.seq DESC LIMIT :limit`),
  statement(`
    SELECT d.id, d.status, max(d.amount) AS amount, d.currency, min(d.created_at) AS created_at, d.changed_at
    FROM conversion c CROSS JOIN ${DISPUTES} AND c.app = :app AND c.id = :id GROUP BY d.id ORDER BY d.created_at LIMIT :limit`),
  // Of calls what was allocated to the payment, of Stripe what its charges say.
  statement(`
    SELECT r.id, r.source, NULL AS stripe_id, part.amount, r.currency, r.status, r.created_at FROM refund_part part
    CROSS JOIN refund r ON r.app = part.app AND r.id = part.refund WHERE part.app = :app AND part.payment = :payment
    UNION ALL
    SELECT r.id, r.source, r.source_ref, r.amount, r.currency, r.status, r.created_at FROM (
      SELECT DISTINCT p.app, p.account, p.livemode, p.ref FROM payment_ref p WHERE p.app = :app AND p.payment = :payment) n
    CROSS JOIN refund r ON r.app = n.app AND r.account = n.account AND r.livemode = n.livemode AND r.charge = n.ref
    ORDER BY 7, 1 LIMIT :limit`),
  statement(`
    SELECT w.id, w.batch, w.status, i.amount, w.amount AS payout_amount, w.error, w.created_at, w.settled_at
    FROM payout_item i CROSS JOIN payout w ON w.app = i.app AND w.id = i.payout
    WHERE i.app = :app AND i.conversion = :id ORDER BY w.created_at, w.id LIMIT :limit`),
  statement(`
    SELECT l.kind, l.cause, l.fact, l.lane, l.net, l.fee, l.created_at, a.action, a.actor, a.reason FROM ledger l
    LEFT JOIN audit a ON a.app = l.app AND a.id = l.fact
    WHERE l.app = :app AND l.conversion = :id ORDER BY l.seq LIMIT :limit`),
];

function toClaim(row: Row): ExplainedClaim {
  return {
    id: textOf(row, "id"),
    source: oneOf(row, "source", ["stripe", "key", "public"]),
    form: oneOf(row, "form", ["call", "invoice", "session", "payment_intent", "charge"]),
    affiliateId: textOrNull(row, "affiliate"),
    ref: textOrNull(row, "ref"),
    attribution: row["attribution"] === null ? null : oneOf(row, "attribution", ["vouched", "public"]),
    userId: textOrNull(row, "user_id"),
    paymentRef: textOrNull(row, "payment_ref"),
    currency: textOf(row, "currency"),
    baseCents: integerOf(row, "base"),
    capturedCents: integerOf(row, "captured"),
    conversionId: textOrNull(row, "conversion"),
    occurredAt: integerOf(row, "occurred_at"),
    receivedAt: integerOf(row, "received_at"),
  };
}

function toRate(row: Row): RateRow {
  return {
    of: oneOf(row, "owner", ["affiliate", "app"]),
    bps: integerOrNull(row, "bps"),
    effectiveFrom: integerOf(row, "effective_from"),
    actor: textOf(row, "actor"),
    version: integerOf(row, "version"),
  };
}

function toDecision(row: Row): ExplainedDecision {
  return {
    decision: oneOf(row, "decision", ["approve", "reject"]),
    reason: textOf(row, "reason"),
    actor: textOf(row, "actor"),
    at: integerOf(row, "created_at"),
  };
}

function toHold(row: Row): ExplainedHold {
  return {
    action: oneOf(row, "action", ["hold", "release"]),
    reason: textOf(row, "reason"),
    actor: textOf(row, "actor"),
    at: integerOf(row, "created_at"),
  };
}

function toDispute(row: Row): ExplainedDispute {
  return {
    id: textOf(row, "id"),
    status: oneOf(row, "status", ["open", "won", "lost"]),
    amountCents: integerOf(row, "amount"),
    currency: textOrNull(row, "currency"),
    openedAt: integerOf(row, "created_at"),
    changedAt: integerOf(row, "changed_at"),
  };
}

function toRefund(row: Row): ExplainedRefund {
  return {
    id: textOf(row, "id"),
    source: oneOf(row, "source", ["stripe", "key", "public"]),
    stripeId: textOrNull(row, "stripe_id"),
    amountCents: integerOf(row, "amount"),
    currency: textOrNull(row, "currency"),
    status: textOf(row, "status"),
    at: integerOf(row, "created_at"),
  };
}

function toPayout(row: Row): ExplainedPayout {
  return {
    id: textOf(row, "id"),
    batchId: textOf(row, "batch"),
    status: oneOf(row, "status", ["processing", "settled", "failed"]),
    amountCents: integerOf(row, "amount"),
    payoutCents: integerOf(row, "payout_amount"),
    error: textOrNull(row, "error"),
    createdAt: integerOf(row, "created_at"),
    settledAt: integerOrNull(row, "settled_at"),
  };
}

function toPosting(row: Row): ExplainedPosting {
  const action = textOrNull(row, "action");
  return {
    kind: oneOf(row, "kind", ["in", "out"]),
    cause: textOf(row, "cause"),
    fact: textOf(row, "fact"),
    lane: oneOf(row, "lane", ["held", "review", "clear"]),
    netCents: integerOf(row, "net"),
    feeCents: integerOf(row, "fee"),
    at: integerOf(row, "created_at"),
    audit: action === null ? null : { action, actor: textOf(row, "actor"), reason: textOrNull(row, "reason") },
  };
}
