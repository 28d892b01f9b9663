import type { EventType } from "./events.ts";

/**
 * What the server answers, field by field as on the wire. Amounts are whole minor units of their currency, times ISO 8601 in UTC.
 */

export type CommissionStatus = "pending" | "confirmed" | "paid" | "cancelled";
/** Whose word a commission rests on and whether it may be paid: `clear` may. */
export type Lane = "held" | "review" | "clear";
export type AffiliateStatus = "applied" | "active" | "suspended" | "revoked";

export interface CommissionAmounts {
  readonly commission_cents: number;
  readonly platform_fee_cents: number;
  readonly net_commission_cents: number;
}

/** `false`: no live code has this name. */
export interface ClickAnswer {
  readonly tracked: boolean;
}

/** `already_referred`: another creator was first, and nothing more is told. */
export interface SignupAnswer {
  readonly referral: {
    readonly user_id: string;
    readonly status: "active" | "already_referred";
    readonly id?: string;
    readonly ref?: string;
    readonly created_at?: string;
  };
}

/** `conversion_id` and `status` are null where nobody earns cash by the payment of a friend's friend. */
export interface ConversionAnswer {
  readonly conversion_id: string | null;
  readonly status: CommissionStatus | null;
  readonly currency: string;
  readonly available_at: string | null;
  readonly commission: CommissionAmounts & { readonly amount_cents: number };
  /** Frozen for now; `reason` says why it waits, also in review. */
  readonly hold?: boolean;
  readonly reason?: string | null;
  /** The same call came within the last seconds: nothing was counted again. */
  readonly deduplicated?: boolean;
}

/** `applied: false`: it waits for its payment, or Stripe reports it (`reason`). */
export interface RefundAnswer {
  readonly refund_id: string | null;
  /** Null while it waits for a payment that is not known yet, unless the call named them. */
  readonly currency: string | null;
  readonly amount_cents: number | null;
  readonly applied: boolean;
  readonly reversed: CommissionAmounts;
  readonly allocations: readonly { readonly conversion_id: string; readonly amount_cents: number }[];
  readonly reason?: string;
  readonly deduplicated?: boolean;
}

export interface ValidateAnswer {
  readonly valid: boolean;
}

export interface Affiliate {
  readonly id: string;
  /** Null: they joined by an account of yours that has none. */
  readonly email: string | null;
  readonly name: string | null;
  /** Your own id of a user, where you named one. */
  readonly account_id: string | null;
  readonly ref: string;
  /** What they share; null while the app has no domain. */
  readonly link: string | null;
  readonly status: AffiliateStatus;
  readonly commission_percent: number;
  readonly commission_next: { readonly commission_percent: number; readonly from: string } | null;
  readonly created_at: string;
}

export interface AffiliateAnswer {
  readonly affiliate: Affiliate;
}

export interface AffiliatesPage {
  readonly affiliates: readonly Affiliate[];
  readonly next_cursor: string | null;
}

export interface Balance {
  readonly currency: string;
  readonly pending_cents: number;
  readonly available_cents: number;
  readonly in_review_cents: number;
  readonly held_cents: number;
  readonly paid_cents: number;
  readonly processing_cents: number;
  /** When what is pending becomes available. */
  readonly next: readonly { readonly available_at: string; readonly amount_cents: number }[];
}

export interface BalancesAnswer {
  readonly balances: readonly Balance[];
}

/** A commission with what is left of it after refunds. */
export interface Commission extends CommissionAmounts {
  readonly id: string;
  readonly conversion_id: string;
  readonly ref: string;
  readonly user_id: string | null;
  readonly currency: string;
  readonly amount_cents: number;
  readonly refunded_cents: number;
  readonly clawed_back_cents: number;
  readonly rate_percent: number;
  readonly status: CommissionStatus;
  readonly hold: boolean;
  readonly reason: string | null;
  readonly lane: Lane;
  readonly available_at: string;
  readonly created_at: string;
}

export interface CommissionsPage {
  readonly commissions: readonly Commission[];
  readonly next_cursor: string | null;
}

/** For the page of one account of yours, for half an hour. */
export interface TokenAnswer {
  readonly token: string;
  readonly expires_at: string;
}

export interface CreditEntry {
  readonly id: string;
  readonly kind: "referrer_award" | "referee_award" | "referrer_revoked" | "referee_revoked" | "spend";
  /** Negative: taken. */
  readonly amount: number;
  /** The redemption's id; of a spend your own. */
  readonly reference: string;
  readonly created_at: string;
}

/** What an account has; `entries` are the newest first. */
export interface CreditsAnswer {
  readonly balance: number;
  readonly total_awarded: number;
  readonly total_revoked: number;
  readonly total_spent: number;
  readonly entries: readonly CreditEntry[];
  readonly next_cursor: string | null;
}

export interface SpendAnswer {
  readonly spend_id: string;
  readonly amount: number;
  readonly reference: string;
  readonly balance: number;
}

/** Without `success` nothing was credited to the referrer, and `message` says why. */
export interface RedeemAnswer {
  readonly success: boolean;
  readonly message: string;
  readonly credits_awarded: number;
  readonly referee_credits_awarded: number;
  readonly redemption_id: string | null;
}

export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Null: all. */
  readonly types: readonly EventType[] | null;
  readonly status: "active" | "disabled";
  readonly disabled_reason: "owner" | "failing" | "gone" | null;
  readonly failing_since: string | null;
  readonly last_success_at: string | null;
  /** Events that were not delivered yet. */
  readonly waiting: number;
  readonly secret_prefix: string;
  /** Until when the secret before the last roll signs, too. */
  readonly previous_secret_until: string | null;
  readonly created_at: string;
}

export interface EndpointAnswer {
  readonly endpoint: WebhookEndpoint;
}

/** `secret` is for `verifyWebhook`. No other answer shows it. */
export interface IssuedEndpointAnswer extends EndpointAnswer {
  readonly secret: string;
}

export interface EndpointsAnswer {
  readonly endpoints: readonly WebhookEndpoint[];
}

/** How sending once went: without `error` the receiver took it. */
export interface WebhookAttempt {
  readonly at: string;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly response_excerpt: string | null;
  readonly manual: boolean;
}

export interface AttemptAnswer {
  readonly attempt: WebhookAttempt;
}
