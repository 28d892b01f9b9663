import * as v from "valibot";
import { MAX_AMOUNT_CENTS } from "../domain/money.ts";
import { ok, type Result } from "../domain/result.ts";
import type { Outcome } from "../services/review/decide-conversions.ts";
import type { App } from "../store/app-store.ts";
import type { ReviewRule, ReviewRuleTerms } from "../store/review-rule-store.ts";
import type { Decision, OwnersCommission } from "../store/review-store.ts";
import { presentCommission } from "./affiliates.ts";
import type { JsonObject } from "./body.ts";
import { check, currency, optional, text, wholeNumber } from "./fields.ts";
import { iso } from "./time.ts";

/** Conversions of one decision: with their ids the body is just under its 16 KiB. */
const MAX_DECIDED = 500;
const IDS_MESSAGE = `must be 1–${MAX_DECIDED} ids`;

export const ReviewListSchema = v.object({
  lane: v.optional(v.picklist(["held", "review"], "must be held or review"), "review"),
});

export const DecisionSchema = v.object({
  decision: v.picklist(["approve", "reject"], "must be approve or reject"),
  conversion_ids: v.pipe(
    v.array(text, IDS_MESSAGE),
    v.minLength(1, IDS_MESSAGE),
    v.maxLength(MAX_DECIDED, IDS_MESSAGE),
  ),
  reason: text,
});

export const RuleSchema = v.pipe(
  v.object({
    affiliate_id: optional(text),
    currency: optional(currency),
    max_event_cents: wholeNumber(1, MAX_AMOUNT_CENTS),
    max_day_cents: wholeNumber(1, MAX_AMOUNT_CENTS),
    reason: text,
  }),
  v.forward(
    v.check((rule) => rule.max_event_cents <= rule.max_day_cents, "must be at least max_event_cents"),
    ["max_day_cents"],
  ),
);

export const parseReviewFilter = (query: unknown) => check(ReviewListSchema, query);

export function parseDecision(
  body: JsonObject,
): Result<{ readonly decision: Decision; readonly conversionIds: readonly string[]; readonly reason: string }> {
  const parsed = check(DecisionSchema, body);
  if (!parsed.ok) return parsed;
  const { conversion_ids: conversionIds, ...rest } = parsed.value;
  return ok({ ...rest, conversionIds });
}

/** The terms of a rule, in the app's currency unless it names one. */
export function parseRule(body: JsonObject, app: App): Result<ReviewRuleTerms> {
  const parsed = check(RuleSchema, body);
  if (!parsed.ok) return parsed;
  const rule = parsed.value;
  return ok({
    affiliateId: rule.affiliate_id,
    currency: rule.currency ?? app.currency,
    maxEventCents: rule.max_event_cents,
    maxDayCents: rule.max_day_cents,
    reason: rule.reason,
  });
}

/** A commission as the list of an affiliate's shows it, with whose it is and whose word it rests on. */
export function presentToOwner(commission: OwnersCommission, now: number) {
  return {
    ...presentCommission(commission, now),
    affiliate_id: commission.affiliateId,
    affiliate_email: commission.affiliateEmail,
    trust: commission.trust,
  };
}

export function presentOutcome({ done, skipped }: Outcome) {
  return { done, skipped: skipped.map(({ conversionId, reason }) => ({ conversion_id: conversionId, reason })) };
}

export function presentRule(rule: ReviewRule) {
  return {
    id: rule.id,
    affiliate_id: rule.affiliateId,
    currency: rule.currency,
    max_event_cents: rule.maxEventCents,
    max_day_cents: rule.maxDayCents,
    approved_today_cents: rule.approvedTodayCents,
    reason: rule.reason,
    created_at: iso(rule.createdAt),
  };
}
