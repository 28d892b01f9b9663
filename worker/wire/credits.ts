import * as v from "valibot";
import { REDEMPTION_STATUSES } from "../domain/redemption-status.ts";
import { ok, type Result } from "../domain/result.ts";
import type { AccountToken } from "../services/credits/create-account-token.ts";
import type { ReferralCode } from "../services/credits/read-referral-code.ts";
import type { HistoryEntry, ReferralStats } from "../services/credits/read-referrals.ts";
import type { RedeemAnswer, RedeemCall } from "../services/credits/redeem-code.ts";
import type { RefreshedCode } from "../services/credits/refresh-referral-code.ts";
import type { SpentCredits } from "../services/credits/spend-credits.ts";
import type { Validity } from "../services/credits/validate-referral-code.ts";
import type { CreditBalance, CreditEntry } from "../store/credit-entry-store.ts";
import type { Redemption } from "../store/redemption-store.ts";
import type { JsonObject } from "./body.ts";
import { check, countryCode, email, externalId, nameInPath, optional, text, wholeNumber } from "./fields.ts";
import { iso } from "./time.ts";

/** As much as an account may ever have. */
const MAX_CREDITS = 1_000_000_000;
const MAX_LIMIT = 100;
/** Deeper than this nobody pages by hand. */
const MAX_OFFSET = 1_000_000;

export const AccountTokenSchema = v.object({ account_id: externalId, email: optional(email) });
/** A code that cannot be one is unknown, not malformed, so any text may stand there. */
const anyText = v.string("must be a string");
/** Nobody's signup fails by what is only said beside: what makes no sense there was not said. */
export const RedeemSchema = v.object({
  code: v.fallback(v.optional(anyText, ""), ""),
  referred_account_id: externalId,
  email: v.fallback(optional(email), null),
  country: v.fallback(optional(countryCode), null),
  pending: v.optional(v.nullable(v.boolean("must be true or false"), false), false),
  new_workspace: v.optional(v.nullable(v.boolean("must be true or false"), true), true),
});
export const CompleteSchema = v.object({ referred_account_id: externalId });
export const FriendCodeSchema = v.pipe(
  v.object({ code: optional(anyText), referral_code: optional(anyText) }),
  v.transform(({ code, referral_code: alias }) => code || alias),
  v.string("must have a code"),
);
export const SpendSchema = v.object({ amount: wholeNumber(1, MAX_CREDITS), reference: externalId });
export const RevocationSchema = v.object({ redemption_id: text, reason: text });
export const TokenKeyRollSchema = v.object({ end_now: v.optional(v.boolean("must be true or false"), false) });
export const OffsetSchema = v.object({
  limit: v.optional(digits(1, MAX_LIMIT), "50"),
  offset: v.optional(digits(0, MAX_OFFSET), "0"),
});
export const RedemptionFilterSchema = v.object({
  status: optional(v.picklist(REDEMPTION_STATUSES, "must be pending, successful, capped or revoked")),
});

/** A whole number in a query. */
function digits(min: number, max: number) {
  const message = `must be ${min}–${max}`;
  return v.pipe(
    v.string(),
    v.regex(/^\d{1,7}$/, message),
    v.transform(Number),
    v.minValue(min, message),
    v.maxValue(max, message),
  );
}

export function parseAccount(value: unknown): Result<string> {
  return check(nameInPath, value);
}

export function parseTokenCall(body: JsonObject): Result<{ readonly account: string; readonly email: string | null }> {
  const parsed = check(AccountTokenSchema, body);
  return parsed.ok ? ok({ account: parsed.value.account_id, email: parsed.value.email }) : parsed;
}

export function parseRedeem(body: JsonObject): Result<RedeemCall> {
  const parsed = check(RedeemSchema, body);
  if (!parsed.ok) return parsed;
  const { referred_account_id: account, new_workspace: newWorkspace, ...rest } = parsed.value;
  return ok({ ...rest, account, newWorkspace });
}

export function parseComplete(body: JsonObject): Result<string> {
  const parsed = check(CompleteSchema, body);
  return parsed.ok ? ok(parsed.value.referred_account_id) : parsed;
}

export function parseReferralCode(body: JsonObject): Result<string> {
  return check(FriendCodeSchema, body);
}

export function parseSpend(body: JsonObject) {
  return check(SpendSchema, body);
}

export function parseRevocation(body: JsonObject): Result<{ readonly redemptionId: string; readonly reason: string }> {
  const parsed = check(RevocationSchema, body);
  return parsed.ok ? ok({ redemptionId: parsed.value.redemption_id, reason: parsed.value.reason }) : parsed;
}

export function parseTokenKeyRoll(body: JsonObject): Result<{ readonly endNow: boolean }> {
  const parsed = check(TokenKeyRollSchema, body);
  return parsed.ok ? ok({ endNow: parsed.value.end_now }) : parsed;
}

/** A page of the history: `limit` 1–100, 50, and `offset`. */
export function parseOffset(query: unknown) {
  return check(OffsetSchema, query);
}

export function parseRedemptionFilter(query: unknown) {
  return check(RedemptionFilterSchema, query);
}

export function presentToken({ token, expiresAt }: AccountToken) {
  return { token, expires_at: iso(expiresAt) };
}

export function presentReferralCode({ referralCode, referralUrl }: ReferralCode) {
  return { referral_code: referralCode, referral_url: referralUrl };
}

export function presentRefreshed({ oldCode, newCode }: RefreshedCode) {
  return {
    success: true,
    old_code: oldCode,
    new_code: newCode,
    message: "Referral code refreshed successfully",
  };
}

export function presentStats(stats: ReferralStats) {
  return {
    referral_code: stats.referralCode,
    total_referrals: stats.totalReferrals,
    successful_referrals: stats.successfulReferrals,
    total_credits_earned: stats.totalCreditsEarned,
    remaining_earnable_credits: stats.remainingEarnableCredits,
    max_earnable_credits: stats.maxEarnableCredits,
    has_reached_limit: stats.hasReachedLimit,
    last_referral_at: stats.lastReferralAt === null ? null : iso(stats.lastReferralAt),
  };
}

export function presentHistoryEntry(entry: HistoryEntry) {
  return {
    referred_account_id: entry.referredAccount,
    referred_at: iso(entry.createdAt),
    status: entry.status,
    credits_awarded: entry.creditsAwarded,
    reason: entry.reason,
  };
}

export function presentListed(entry: HistoryEntry) {
  return {
    id: entry.id,
    referred_account_id: entry.referredAccount,
    credits_awarded: entry.creditsAwarded,
    status: entry.status,
    created_at: iso(entry.createdAt),
    completed_at: entry.completedAt === null ? null : iso(entry.completedAt),
    reason: entry.reason,
  };
}

export function presentValidity(validity: Validity) {
  return validity.valid ? { valid: true, referrer_id: validity.referrer } : { valid: false, message: validity.message };
}

export function presentRedeemed(answer: RedeemAnswer) {
  return {
    success: answer.success,
    message: answer.message,
    credits_awarded: answer.creditsAwarded,
    referee_credits_awarded: answer.refereeCreditsAwarded,
    redemption_id: answer.redemptionId,
  };
}

export function presentRedemption(redemption: Redemption) {
  return {
    id: redemption.id,
    referrer_account_id: redemption.referrerAccount,
    referred_account_id: redemption.referredAccount,
    code: redemption.code,
    status: redemption.status,
    credits_awarded: redemption.referrerAward,
    referee_credits_awarded: redemption.refereeAward,
    created_at: iso(redemption.createdAt),
    completed_at: redemption.completedAt === null ? null : iso(redemption.completedAt),
    revoked_at: redemption.revokedAt === null ? null : iso(redemption.revokedAt),
    reason: redemption.reason,
  };
}

export function presentCredits({ balance, awarded, revoked, spent }: CreditBalance) {
  return { balance, total_awarded: awarded, total_revoked: revoked, total_spent: spent };
}

export function presentCreditEntry(entry: CreditEntry) {
  return {
    id: entry.id,
    kind: entry.kind,
    amount: entry.amount,
    reference: entry.cause,
    created_at: iso(entry.createdAt),
  };
}

export function presentSpent({ entry, balance }: SpentCredits) {
  return { spend_id: entry.id, amount: -entry.amount, reference: entry.cause, balance };
}
