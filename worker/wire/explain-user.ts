import { startOfDay } from "../domain/maturation.ts";
import type { RefExplanation } from "../services/explain/explain-ref.ts";
import type { BriefConversion, UserExplanation } from "../services/explain/explain-user.ts";
import type { CodeCounts, CodeOwner } from "../store/explain-code-store.ts";
import type { StripePaymentRow } from "../store/explain-user-store.ts";
import { isoOrNull, presentDrop, presentFindings, presentMoment, presentReferral } from "./explain-parts.ts";
import { iso, isoDate } from "./time.ts";

export function presentUser(explanation: UserExplanation) {
  const { subject, userId, referral } = explanation;
  return {
    subject,
    user_id: userId,
    findings: presentFindings(explanation.findings),
    referral: referral === null ? null : presentReferral(referral),
    conversions: explanation.conversions.map(presentBrief),
    refused_calls: explanation.drops.map(presentDrop),
    stripe_payments: explanation.stripePayments.map(presentStripePayment),
    codes: explanation.codes.map(({ code, findings }) => ({ ref: code, findings: presentFindings(findings) })),
    timeline: explanation.timeline.map(presentMoment),
  };
}

export function presentRef(explanation: RefExplanation) {
  const { subject, ref, state, code, counts, referrals } = explanation;
  return {
    subject,
    ref,
    state,
    findings: presentFindings(explanation.findings),
    affiliate: code === null || code.affiliate === null ? null : presentOwner(code.affiliate),
    expires_at: isoOrNull(code?.expiresAt ?? null),
    created_at: isoOrNull(code?.createdAt ?? null),
    counts: presentCounts(counts),
    referrals: { count: referrals.count, exact: referrals.isAll },
    refused_calls: explanation.drops.map(presentDrop),
    timeline: explanation.timeline.map(presentMoment),
  };
}

/** A conversion in short, and why it is so. */
export function presentBrief({ commission, status, findings }: BriefConversion) {
  return {
    conversion_id: commission.id,
    ref: commission.ref,
    currency: commission.currency,
    amount_cents: commission.terms.capturedCents,
    refunded_cents: commission.status.refundedCents,
    net_commission_cents: commission.netCents,
    status,
    lane: commission.lane,
    reason: commission.reason,
    available_at: iso(startOfDay(commission.status.matureDay)),
    created_at: iso(commission.createdAt),
    findings: presentFindings(findings),
  };
}

export function presentOwner({ id, name, status, statusSince, createdAt }: CodeOwner) {
  return { id, name, status, status_since: isoOrNull(statusSince), created_at: iso(createdAt) };
}

export function presentCounts({ clicks, signups, conversions, refunds, lastDay }: CodeCounts) {
  return { clicks, signups, conversions, refunds, last_date: lastDay === null ? null : isoDate(lastDay) };
}

function presentStripePayment(payment: StripePaymentRow) {
  return {
    state: payment.state,
    reason: payment.reason,
    user_id: payment.userId,
    conversion_id: payment.conversionId,
    received_at: iso(payment.receivedAt),
    looked_at_again: isoOrNull(payment.lookAt),
    objects: payment.objects.map((object) => ({
      id: object.id,
      form: object.form,
      ref: object.code,
      bare_ref: object.bareCode,
      currency: object.currency,
      amount_cents: object.capturedCents,
    })),
  };
}
