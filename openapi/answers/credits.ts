import * as v from "valibot";
import { REDEMPTION_STATUSES } from "../../worker/domain/redemption-status.ts";
import type {
  presentCreditEntry,
  presentHistoryEntry,
  presentListed,
  presentRedeemed,
  presentRedemption,
  presentReferralCode,
  presentRefreshed,
  presentSpent,
  presentStats,
  presentToken,
} from "../../worker/wire/credits.ts";
import type { presentInvitation, presentInvitations } from "../../worker/wire/referral-invitations.ts";
import { presented } from "../presented.ts";
import { count, integer, listOf, nextCursor, time } from "./common.ts";

const credits = v.pipe(count, v.description("Credits: 100 are worth 1.00 USD."));
const movedCredits = v.pipe(integer, v.description("Credits, below zero where they were taken."));
const success = v.pipe(v.boolean(), v.description("False where nobody got anything: `message` says why."));

export const AccountToken = presented<ReturnType<typeof presentToken>>()(
  v.strictObject({ token: v.string(), expires_at: time }),
);

export const TokenKeyRoll = v.strictObject({
  key_id: v.string(),
  previous_ends_at: v.pipe(time, v.description("Until then tokens signed by the old key are good.")),
});

export const ReferralCode = presented<ReturnType<typeof presentReferralCode>>()(
  v.strictObject({ referral_code: v.string(), referral_url: v.string() }),
);

export const RefreshedReferralCode = presented<ReturnType<typeof presentRefreshed>>()(
  v.strictObject({
    success: v.boolean(),
    old_code: v.string(),
    new_code: v.string(),
    message: v.string(),
  }),
);

export const ReferralStats = presented<ReturnType<typeof presentStats>>()(
  v.strictObject({
    referral_code: v.nullable(v.string()),
    total_referrals: count,
    successful_referrals: count,
    total_credits_earned: credits,
    remaining_earnable_credits: credits,
    max_earnable_credits: credits,
    has_reached_limit: v.boolean(),
    last_referral_at: v.nullable(time),
  }),
);

const historyStatus = v.picklist(["successful", "pending"]);

export const ReferralHistoryEntry = presented<ReturnType<typeof presentHistoryEntry>>()(
  v.strictObject({
    referred_account_id: v.string(),
    referred_at: time,
    status: historyStatus,
    credits_awarded: credits,
    reason: v.nullable(v.string()),
  }),
);

export const ReferralHistory = v.array(ReferralHistoryEntry);

export const ListedReferral = presented<ReturnType<typeof presentListed>>()(
  v.strictObject({
    id: v.string(),
    referred_account_id: v.string(),
    credits_awarded: credits,
    status: historyStatus,
    created_at: time,
    completed_at: v.nullable(time),
    reason: v.nullable(v.string()),
  }),
);

export const ReferralList = v.strictObject({ referrals: v.array(ListedReferral), total_count: count });

export const FriendCodeValidity = v.union([
  v.strictObject({ valid: v.literal(true), referrer_id: v.string() }),
  v.strictObject({ valid: v.literal(false), message: v.string() }),
]);

export const Redeemed = presented<ReturnType<typeof presentRedeemed>>()(
  v.strictObject({
    success,
    message: v.string(),
    credits_awarded: credits,
    referee_credits_awarded: credits,
    redemption_id: v.nullable(v.string()),
  }),
);

export const SentInvitation = presented<ReturnType<typeof presentInvitation>>()(
  v.strictObject({ success, message: v.string() }),
);

export const SentInvitations = presented<ReturnType<typeof presentInvitations>>()(
  v.strictObject({
    success,
    message: v.string(),
    results: v.array(v.strictObject({ email: v.string(), success: v.boolean(), message: v.string() })),
    success_count: count,
    total_count: count,
  }),
);

export const CreditEntry = presented<ReturnType<typeof presentCreditEntry>>()(
  v.strictObject({
    id: v.string(),
    kind: v.picklist(["referrer_award", "referee_award", "referrer_revoked", "referee_revoked", "spend"]),
    amount: movedCredits,
    reference: v.pipe(v.string(), v.description("The redemption, or the `reference` of what was spent.")),
    created_at: time,
  }),
);

export const AccountCredits = v.strictObject({
  balance: movedCredits,
  total_awarded: credits,
  total_revoked: credits,
  total_spent: credits,
  entries: v.array(CreditEntry),
  next_cursor: nextCursor,
});

export const SpentCredits = presented<ReturnType<typeof presentSpent>>()(
  v.strictObject({ spend_id: v.string(), amount: credits, reference: v.string(), balance: movedCredits }),
);

export const Redemption = presented<ReturnType<typeof presentRedemption>>()(
  v.strictObject({
    id: v.string(),
    referrer_account_id: v.string(),
    referred_account_id: v.string(),
    code: v.string(),
    status: v.picklist(REDEMPTION_STATUSES),
    credits_awarded: credits,
    referee_credits_awarded: credits,
    created_at: time,
    completed_at: v.nullable(time),
    revoked_at: v.nullable(time),
    reason: v.nullable(v.string()),
  }),
);

export const OneRedemption = v.strictObject({ redemption: Redemption });
export const RedemptionList = listOf("redemptions", Redemption);
