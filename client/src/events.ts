import type { AffiliateStatus, CommissionAmounts, CommissionStatus, Lane } from "./answers.ts";

/** What every event of a conversion names. */
interface OfConversion {
  readonly conversion_id: string;
  readonly affiliate_id: string;
  /** The code, in lower case. */
  readonly ref: string;
  readonly currency: string;
  /** Your own id of the customer; null once they were erased. */
  readonly user_id: string | null;
}

export interface SignupData {
  readonly referral_id: string;
  readonly affiliate_id: string;
  readonly ref: string;
  readonly user_id: string | null;
}

export interface ConversionData extends OfConversion {
  readonly amount_cents: number;
  /** Whose word it is: a backend's or Stripe's (`verified`, `matched`), or anybody's. */
  readonly trust: "verified" | "matched" | "unverified";
}

/** A commission as it stood then. */
export interface CommissionData extends OfConversion, CommissionAmounts {
  readonly amount_cents: number;
  readonly refunded_cents: number;
  readonly status: CommissionStatus;
  readonly lane: Lane;
  readonly reason: string | null;
  readonly available_at: string;
}

export interface CommissionChangeData extends CommissionData {
  /** What this event added to it; `lane` is where it was, null where it stays. */
  readonly change: {
    readonly net_commission_cents: number;
    readonly platform_fee_cents: number;
    readonly lane: Lane | null;
  };
  /** What moved it: the announcement of a payment, a refund, a dispute, a decision. */
  readonly cause_id: string;
}

export interface RefundData extends OfConversion {
  /** Of this one, and of all so far. */
  readonly amount_cents: number;
  readonly refunded_cents: number;
  readonly cause_id: string;
}

export interface PayoutData {
  readonly payout_id: string;
  readonly batch_id: string;
  readonly affiliate_id: string;
  readonly currency: string;
  readonly amount_cents: number;
  readonly rail: "manual" | "stripe";
  readonly status: "processing" | "settled" | "failed";
}

export interface PayoutEndData extends PayoutData {
  readonly reference: string | null;
  readonly error: string | null;
}

/** `amount_cents` came back by this event, `returned_cents` in all. */
export interface PayoutReturnData extends PayoutData {
  readonly returned_cents: number;
  readonly correction_id: string;
}

export interface AffiliateData {
  readonly affiliate_id: string;
  readonly ref: string;
  readonly status: AffiliateStatus;
  readonly email: string | null;
  readonly name: string | null;
  readonly account_id: string | null;
}

export interface AffiliateStatusData extends AffiliateData {
  readonly from: AffiliateStatus;
}

export interface ReferralData {
  readonly redemption_id: string;
  readonly referrer_account_id: string;
  readonly referred_account_id: string;
  readonly status: "successful" | "capped";
  readonly credits_awarded: number;
  readonly referee_credits_awarded: number;
}

export interface CreditData {
  readonly redemption_id: string;
  readonly account_id: string;
  readonly kind: "referrer_award" | "referee_award" | "referrer_revoked" | "referee_revoked";
  /** Negative: taken. */
  readonly amount: number;
}

/** What each event tells, by its type. */
export interface EventData {
  readonly "signup.created": SignupData;
  readonly "conversion.created": ConversionData;
  readonly "commission.created": CommissionChangeData;
  readonly "commission.confirmed": CommissionData;
  readonly "commission.cancelled": CommissionChangeData;
  readonly "commission.clawed_back": CommissionChangeData;
  readonly "commission.held": CommissionChangeData;
  readonly "commission.released": CommissionChangeData;
  readonly "refund.created": RefundData;
  readonly "payout.created": PayoutData;
  readonly "payout.paid": PayoutEndData;
  readonly "payout.failed": PayoutEndData;
  readonly "payout.returned": PayoutReturnData;
  readonly "affiliate.joined": AffiliateData;
  readonly "affiliate.status_changed": AffiliateStatusData;
  readonly "referral.completed": ReferralData;
  readonly "credit.awarded": CreditData;
  readonly "credit.revoked": CreditData;
}

export type EventType = keyof EventData;

/** One event, of one type or of any: `event.type` says which `event.data` it has. Later servers may have more types. */
export type AgentLinksEvent<Type extends EventType = EventType> = {
  readonly [Each in Type]: {
    /** The same however often it is delivered or read. */
    readonly id: string;
    readonly type: Each;
    /** When it happened, ISO 8601. */
    readonly timestamp: string;
    readonly data: EventData[Each];
  };
}[Type];

/** What a button or a call asked to be sent, to see that it arrives. */
export interface TestEvent {
  readonly id: string;
  readonly type: "test";
  readonly timestamp: string;
  readonly data: { readonly message: string };
}

/** What a webhook brings. */
export type WebhookEvent = AgentLinksEvent | TestEvent;

export interface EventsPage {
  readonly events: readonly AgentLinksEvent[];
  /** Where to go on; null where these are the newest. */
  readonly next_cursor: string | null;
}
