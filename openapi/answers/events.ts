import * as v from "valibot";
import { REDEMPTION_STATUSES } from "../../worker/domain/redemption-status.ts";
import { cents, count, currencyCode, integer, nextCursor, time } from "./common.ts";

/*
 * The frame is that of `presentEvent`; what is in `data` is what the statements that tell of it write, so that no type holds it:
 * the tests of events read the feed by these.
 */

const frame = {
  id: v.pipe(v.string(), v.description("The same whenever and wherever it is told: take each once.")),
  timestamp: v.pipe(time, v.description("When it happened.")),
};
const userId = v.pipe(v.nullable(v.string()), v.description("Your id of the customer; null once they are erased."));
const lane = v.picklist(["clear", "review", "held"]);

export const SignupEvent = v.strictObject({
  ...frame,
  type: v.literal("signup.created"),
  data: v.strictObject({ referral_id: v.string(), affiliate_id: v.string(), ref: v.string(), user_id: userId }),
});

const whose = {
  conversion_id: v.string(),
  affiliate_id: v.string(),
  ref: v.string(),
  currency: currencyCode,
  user_id: userId,
};
const causeId = v.pipe(
  v.string(),
  v.description("What moved it: the announcement of a payment, a refund, a dispute, a decision."),
);

export const ConversionEvent = v.strictObject({
  ...frame,
  type: v.literal("conversion.created"),
  data: v.strictObject({
    ...whose,
    amount_cents: v.pipe(cents, v.description("What was paid.")),
    trust: v.picklist(["verified", "matched", "unverified"]),
  }),
});

const commission = {
  ...whose,
  amount_cents: v.pipe(cents, v.description("What was paid.")),
  refunded_cents: v.pipe(cents, v.description("What of it was given back.")),
  commission_cents: v.pipe(cents, v.description("What is earned after refunds, the fee included.")),
  platform_fee_cents: v.pipe(cents, v.description("The platform's share of it.")),
  net_commission_cents: v.pipe(cents, v.description("The affiliate's share of it.")),
  status: v.picklist(["pending", "confirmed", "paid", "cancelled"]),
  lane,
  reason: v.pipe(v.nullable(v.string()), v.description("Why it is not clear.")),
  available_at: time,
};

export const CommissionEvent = v.strictObject({
  ...frame,
  type: v.picklist([
    "commission.created",
    "commission.cancelled",
    "commission.clawed_back",
    "commission.held",
    "commission.released",
  ]),
  data: v.strictObject({
    ...commission,
    change: v.pipe(
      v.strictObject({
        net_commission_cents: cents,
        platform_fee_cents: cents,
        lane: v.pipe(v.nullable(lane), v.description("Where it was; null: it is where it was.")),
      }),
      v.description("What this added; below zero what it took."),
    ),
    cause_id: causeId,
  }),
});

export const CommissionConfirmedEvent = v.strictObject({
  ...frame,
  type: v.literal("commission.confirmed"),
  data: v.strictObject(commission),
});

export const RefundEvent = v.strictObject({
  ...frame,
  type: v.literal("refund.created"),
  data: v.strictObject({
    ...whose,
    amount_cents: v.pipe(cents, v.description("Of this one.")),
    refunded_cents: v.pipe(cents, v.description("Of all of this payment's.")),
    cause_id: causeId,
  }),
});

const payout = {
  payout_id: v.string(),
  batch_id: v.string(),
  affiliate_id: v.string(),
  currency: currencyCode,
  amount_cents: cents,
  rail: v.picklist(["manual", "stripe"]),
};

export const PayoutCreatedEvent = v.strictObject({
  ...frame,
  type: v.literal("payout.created"),
  data: v.strictObject({ ...payout, status: v.literal("processing") }),
});

export const PayoutEndedEvent = v.strictObject({
  ...frame,
  type: v.picklist(["payout.paid", "payout.failed"]),
  data: v.strictObject({
    ...payout,
    status: v.picklist(["settled", "failed"]),
    reference: v.nullable(v.string()),
    error: v.nullable(v.string()),
  }),
});

export const PayoutReturnedEvent = v.strictObject({
  ...frame,
  type: v.literal("payout.returned"),
  data: v.strictObject({
    ...payout,
    amount_cents: v.pipe(cents, v.description("Of this return.")),
    returned_cents: v.pipe(cents, v.description("Of all of this payout's.")),
    status: v.literal("settled"),
    correction_id: v.string(),
  }),
});

const affiliate = {
  affiliate_id: v.string(),
  ref: v.string(),
  status: v.picklist(["applied", "active", "suspended", "revoked"]),
  email: v.nullable(v.string()),
  name: v.nullable(v.string()),
  account_id: v.pipe(v.nullable(v.string()), v.description("Your own id of their account.")),
};

export const AffiliateJoinedEvent = v.strictObject({
  ...frame,
  type: v.literal("affiliate.joined"),
  data: v.strictObject(affiliate),
});

export const AffiliateStatusEvent = v.strictObject({
  ...frame,
  type: v.literal("affiliate.status_changed"),
  data: v.strictObject({ ...affiliate, from: affiliate.status }),
});

export const ReferralCompletedEvent = v.strictObject({
  ...frame,
  type: v.literal("referral.completed"),
  data: v.strictObject({
    redemption_id: v.string(),
    referrer_account_id: v.string(),
    referred_account_id: v.string(),
    status: v.picklist(REDEMPTION_STATUSES),
    credits_awarded: count,
    referee_credits_awarded: count,
  }),
});

export const CreditEvent = v.strictObject({
  ...frame,
  type: v.picklist(["credit.awarded", "credit.revoked"]),
  data: v.strictObject({
    redemption_id: v.string(),
    account_id: v.string(),
    kind: v.picklist(["referrer_award", "referee_award", "referrer_revoked", "referee_revoked"]),
    amount: v.pipe(integer, v.description("Credits, below zero where they were taken.")),
  }),
});

export const Event = v.variant("type", [
  SignupEvent,
  ConversionEvent,
  CommissionEvent,
  CommissionConfirmedEvent,
  RefundEvent,
  PayoutCreatedEvent,
  PayoutEndedEvent,
  PayoutReturnedEvent,
  AffiliateJoinedEvent,
  AffiliateStatusEvent,
  ReferralCompletedEvent,
  CreditEvent,
]);

export const EventFeed = v.strictObject({ events: v.array(Event), next_cursor: nextCursor });
