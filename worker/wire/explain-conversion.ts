import { STANDING_WORDS } from "../domain/claim-standing.ts";
import { percentOf } from "../domain/percent.ts";
import type { ConversionExplanation } from "../services/explain/explain-conversion.ts";
import type {
  ExplainedDispute,
  ExplainedPayout,
  ExplainedPosting,
  ExplainedRefund,
} from "../store/explain-conversion-store.ts";
import { isoOrNull, presentFinding, presentMoment, presentReferral } from "./explain-parts.ts";
import { iso } from "./time.ts";

/** Why a conversion earns what it does. Every sum is that of the books. */
export function presentConversion(explanation: ConversionExplanation) {
  const { conversion, referral, details, isNarrowed } = explanation;
  const { commission, state } = conversion;
  return {
    subject: explanation.subject,
    conversion_id: commission.id,
    user_id: commission.userId,
    ref: commission.ref,
    affiliate_id: conversion.affiliateId,
    currency: commission.currency,
    status: explanation.status,
    trust: conversion.trust,
    created_at: iso(commission.createdAt),
    findings: explanation.findings.map((found) => presentFinding(found, { isAdvised: !isNarrowed })),
    referral: referral === null ? null : presentReferral(referral),
    claims: explanation.claims.map(presentClaim),
    rate: presentRate(explanation),
    arithmetic: explanation.arithmetic,
    books: {
      commission_cents: commission.netCents + commission.feeCents,
      platform_fee_cents: commission.feeCents,
      net_commission_cents: commission.netCents,
      paid_cents: state.settledCents,
      settled: !conversion.isDirty,
    },
    maturation: {
      occurred_at: iso(explanation.maturation.occurredAt),
      holding_days: explanation.maturation.holdingDays,
      available_at: iso(explanation.maturation.availableAt),
      matured: explanation.maturation.isMature,
    },
    lane: { lane: commission.lane, entry_lane: state.entryLane, reason: commission.reason },
    void:
      state.voidedAt === null
        ? null
        : { at: iso(state.voidedAt), reason: state.voidReason, superseded_by: conversion.supersededBy },
    decisions: details.decisions.map(({ decision, reason, actor, at }) => ({ decision, reason, actor, at: iso(at) })),
    holds: details.holds.map(({ action, reason, actor, at }) => ({ action, reason, actor, at: iso(at) })),
    disputes: details.disputes.map(presentDispute),
    refunds: details.refunds.map((refund) => presentRefund(refund, explanation)),
    payouts: details.payouts.map(presentPayout),
    postings: details.postings.map((posting) => presentPosting(posting, explanation)),
    timeline: explanation.timeline.map(presentMoment),
  };
}

function presentClaim({ claim, inForce, why }: ConversionExplanation["claims"][number]) {
  return {
    id: claim.id,
    source: claim.source,
    form: claim.form,
    ref: claim.ref,
    affiliate_id: claim.affiliateId,
    attribution: claim.attribution,
    user_id: claim.userId,
    payment_ref: claim.paymentRef,
    currency: claim.currency,
    amount_cents: claim.capturedCents,
    base_cents: claim.baseCents,
    conversion_id: claim.conversionId,
    occurred_at: iso(claim.occurredAt),
    received_at: iso(claim.receivedAt),
    in_force: inForce,
    why: STANDING_WORDS[why],
  };
}

/** The rate that stays with the commission for life, and the one that was set for it; zero where its own facts say so. */
function presentRate({ conversion, rate }: ConversionExplanation) {
  const { rateBps, feeBps } = conversion.commission.terms;
  return {
    rate_percent: percentOf(rateBps),
    rate_bps: rateBps,
    platform_fee_bps: feeBps,
    of: rate?.of ?? null,
    set_bps: rate?.bps ?? null,
    version: rate?.version ?? null,
    effective_from: isoOrNull(rate?.effectiveFrom ?? null),
    actor: rate?.actor ?? null,
  };
}

function presentDispute({ id, status, amountCents, currency, openedAt, changedAt }: ExplainedDispute) {
  return { id, status, amount_cents: amountCents, currency, opened_at: iso(openedAt), changed_at: iso(changedAt) };
}

/** A refund of "all that is left" is no more than what was captured. */
function presentRefund(refund: ExplainedRefund, { conversion }: ConversionExplanation) {
  const { terms, currency } = conversion.commission;
  return {
    id: refund.id,
    source: refund.source,
    stripe_id: refund.stripeId,
    amount_cents: Math.min(refund.amountCents, terms.capturedCents),
    currency: refund.currency ?? currency,
    status: refund.status,
    at: iso(refund.at),
  };
}

function presentPayout(payout: ExplainedPayout) {
  return {
    id: payout.id,
    batch_id: payout.batchId,
    status: payout.status,
    amount_cents: payout.amountCents,
    payout_cents: payout.payoutCents,
    error: payout.error,
    created_at: iso(payout.createdAt),
    settled_at: isoOrNull(payout.settledAt),
  };
}

function presentPosting(posting: ExplainedPosting, explanation: ConversionExplanation) {
  return {
    at: iso(posting.at),
    kind: posting.kind,
    cause: posting.cause,
    fact: posting.fact,
    caused_by: causeOf(posting, explanation),
    lane: posting.lane,
    net_cents: posting.netCents,
    fee_cents: posting.feeCents,
    action: posting.audit?.action ?? null,
    actor: posting.audit?.actor ?? null,
    reason: posting.audit?.reason ?? null,
  };
}

/** What a posting's fact is: an id of something else that is shown, or of the line of the audit log. */
function causeOf({ fact, audit }: ExplainedPosting, { conversion, details }: ConversionExplanation): string {
  if (audit !== null) return "decision";
  if (fact === conversion.affiliateId) return "revocation";
  if (details.claims.some(({ id }) => id === fact)) return "claim";
  if (details.refunds.some(({ id, stripeId }) => id === fact || stripeId === fact)) return "refund";
  if (details.disputes.some(({ id }) => id === fact)) return "dispute";
  return "stripe";
}
