import * as v from "valibot";
import { referralLink } from "../domain/referral-link.ts";
import { foldCode } from "../domain/code.ts";
import { commissionStatus } from "../domain/conversion-status.ts";
import { dayOf, startOfDay } from "../domain/maturation.ts";
import { percentOf } from "../domain/percent.ts";
import { nextRateOf } from "../domain/rate.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { AffiliateDraft } from "../services/affiliates/create-affiliate.ts";
import type { AffiliateChange } from "../services/affiliates/update-affiliate.ts";
import type { Affiliate } from "../store/affiliate-store.ts";
import type { App } from "../store/app-store.ts";
import type { CodeDay, CurrencyBalance } from "../store/book-store.ts";
import type { CommissionFacts } from "../store/commission-row.ts";
import type { JsonObject } from "./body.ts";
import {
  anyCode,
  check,
  currency,
  email,
  externalId,
  instant,
  optional,
  percent,
  status,
  text,
  vanityRef,
} from "./fields.ts";
import { presentNextRate, rateChange } from "./rate.ts";
import { iso, isoDate, parseDate } from "./time.ts";

/** A year of days: more is asked for in parts. */
const MAX_STATS_DAYS = 366;
/** What `stats` answers when no range is given: the last 30 days. */
const DEFAULT_STATS_DAYS = 30;

export const AffiliateSchema = v.object({
  email,
  name: optional(text),
  ref: optional(vanityRef),
  account_id: optional(externalId),
  commission_percent: optional(percent),
});

export const AffiliateChangeSchema = v.pipe(
  v.object({
    name: v.optional(v.nullable(text)),
    status: v.optional(status),
    reason: v.optional(text),
    commission_percent: v.optional(v.nullable(percent)),
    commission_from: v.optional(instant),
  }),
  v.forward(
    v.check((change) => change.status === undefined || change.reason !== undefined, "is required with status"),
    ["reason"],
  ),
);

export const CodeSchema = v.object({ ref: optional(vanityRef), expires_at: optional(instant) });
export const AffiliateListSchema = v.object({ status: optional(status) });
export const CommissionsSchema = v.object({
  status: optional(
    v.picklist(["pending", "confirmed", "paid", "cancelled"], "must be pending, confirmed, paid or cancelled"),
  ),
  currency: optional(currency),
});
export const isoDay = v.pipe(v.string(), v.transform(parseDate), v.number("must be a date like 2026-01-31"));
export const StatsSchema = v.object({ from: optional(isoDay), to: optional(isoDay), ref: optional(anyCode) });

export function parseNewAffiliate(body: JsonObject): Result<AffiliateDraft> {
  const parsed = check(AffiliateSchema, body);
  if (!parsed.ok) return parsed;
  const { account_id: accountId, commission_percent: rateBps, ...rest } = parsed.value;
  return ok({ ...rest, accountId, rateBps });
}

export function parseAffiliateChange(body: JsonObject): Result<AffiliateChange> {
  const parsed = check(AffiliateChangeSchema, body);
  if (!parsed.ok) return parsed;
  const { commission_percent, commission_from, name, status: to, reason } = parsed.value;
  const rate = rateChange({ commission_percent, commission_from });
  if (!rate.ok) return rate;
  return ok({
    ...(name === undefined ? {} : { name }),
    ...(to === undefined ? {} : { status: to }),
    ...(reason === undefined ? {} : { reason }),
    ...rate.value,
  });
}

export function parseNewCode(
  body: JsonObject,
): Result<{ readonly ref: string | null; readonly expiresAt: number | null }> {
  const parsed = check(CodeSchema, body);
  return parsed.ok ? ok({ ref: parsed.value.ref, expiresAt: parsed.value.expires_at }) : parsed;
}

export const parseAffiliateFilter = (query: unknown) => check(AffiliateListSchema, query);
export const parseCommissionFilter = (query: unknown) => check(CommissionsSchema, query);

/** The days and code a statistic is asked for: the last 30 days and all codes unless given. */
export function parseStatsRange(
  query: unknown,
  now: number,
): Result<{ readonly from: number; readonly to: number; readonly code: string | null }> {
  const parsed = check(StatsSchema, query);
  if (!parsed.ok) return parsed;
  const to = parsed.value.to ?? dayOf(now);
  const from = parsed.value.from ?? to - DEFAULT_STATS_DAYS + 1;
  if (from > to || to - from >= MAX_STATS_DAYS) {
    const message = `must not be after to, nor more than ${MAX_STATS_DAYS} days before it`;
    return fail("invalid_request", "The request is not valid.", [{ path: "from", message }]);
  }
  return ok({ from, to, code: parsed.value.ref === null ? null : foldCode(parsed.value.ref) });
}

export function presentAffiliate(affiliate: Affiliate, app: App) {
  return {
    id: affiliate.id,
    email: affiliate.email,
    name: affiliate.name,
    account_id: affiliate.accountId,
    ref: affiliate.ref,
    link: linkOf(affiliate.ref, app),
    status: affiliate.status,
    commission_percent: percentOf(affiliate.rateBps ?? app.rateBps),
    commission_next: presentNextRate(nextRateOf(affiliate, app)),
    created_at: iso(affiliate.createdAt),
  };
}

/** The link a creator shares: the app's own site with the code. Null while the app has no domain. */
export function linkOf(ref: string, app: App): string | null {
  return referralLink(ref, app.domain);
}

export function presentBalance(balance: CurrencyBalance) {
  return {
    currency: balance.currency,
    pending_cents: balance.pendingCents,
    available_cents: balance.availableCents,
    in_review_cents: balance.inReviewCents,
    held_cents: balance.heldCents,
    paid_cents: balance.paidCents,
    processing_cents: balance.processingCents,
    next: balance.next.map(({ availableAt, amountCents }) => ({
      available_at: iso(availableAt),
      amount_cents: amountCents,
    })),
  };
}

/** A commission with what is left of it after refunds, as of `now`. */
export function presentCommission(commission: CommissionFacts, now: number) {
  return {
    id: commission.id,
    conversion_id: commission.id,
    ref: commission.ref,
    user_id: commission.userId,
    currency: commission.currency,
    amount_cents: commission.terms.capturedCents,
    refunded_cents: commission.status.refundedCents,
    commission_cents: commission.netCents + commission.feeCents,
    platform_fee_cents: commission.feeCents,
    net_commission_cents: commission.netCents,
    clawed_back_cents: commission.status.everPaid ? Math.max(0, commission.paidCents - commission.netCents) : 0,
    rate_percent: percentOf(commission.terms.rateBps),
    status: commissionStatus(commission.status, now),
    hold: commission.lane === "held",
    reason: commission.reason,
    lane: commission.lane,
    available_at: iso(startOfDay(commission.status.matureDay)),
    created_at: iso(commission.createdAt),
  };
}

/** A commission as its affiliate sees it: without the merchant's id of the customer. */
export function presentOwnCommission(commission: CommissionFacts, now: number) {
  return { ...presentCommission(commission, now), user_id: null };
}

export function presentDay(day: CodeDay) {
  const { ref, clicks, signups, conversions, refunds } = day;
  return { date: isoDate(day.day), ref, clicks, signups, conversions, refunds };
}
