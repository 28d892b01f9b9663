/** What Stripe told, in our words: the facts that `gateways/stripe/translate.ts` reads from an event or an API answer. */

/** The objects that announce a payment. Which of one payment is in force: `schema/README.md`, standing. */
export type StripeForm = "invoice" | "session" | "payment_intent" | "charge";

/**
 * Where a payment's ref was found. The smallest counts: the order is the product's contract (docs/stripe.md). The first
 * four are the payment's own; customer and promotion are bindings, which speak for many payments.
 */
export const REF_RANK = {
  payment_intent: 1,
  session: 2,
  invoice: 3,
  subscription: 4,
  customer: 5,
  promotion: 6,
} as const;

/** Money that came in. Amounts in the currency's minor unit as Stripe counts it. */
export interface StripeMoney {
  /** Cash that the customer paid: 1 to 999,999,999,999. */
  readonly capturedCents: number;
  /** The same without tax: 0 to `capturedCents`. */
  readonly netOfTaxCents: number;
  readonly currency: string;
  /** When it was paid, epoch milliseconds. */
  readonly occurredAt: number;
}

/** One Stripe object that announces a payment, or belongs to one and carries its ref. */
export interface StripeObject {
  /** `in_…`, `cs_…`, `pi_…`, `ch_…` */
  readonly id: string;
  readonly form: StripeForm;
  /** Every other name of the same payment that the object tells, without its own. */
  readonly names: readonly string[];
  readonly customer: string | null;
  readonly subscription: string | null;
  /** Promotion codes used, `promo_…`. */
  readonly promotions: readonly string[];
  /** The object's own ref, as written, and where in it (`REF_RANK`). Both null without one. */
  readonly ref: string | null;
  readonly rank: number | null;
  /** `client_reference_id` as it stands when it is a code but not of the form `al-CODE`: a ref only if the app says so. */
  readonly bareRef: string | null;
  /** The merchant's own id of the user, from metadata. */
  readonly userId: string | null;
  readonly email: string | null;
  /** Null: it announces no money of its own (unpaid, or free). */
  readonly money: StripeMoney | null;
  /**
   * Whether the money came through Stripe. Today's events do not always tell: `assumed` counts until something tells better,
   * `unknown` once a payment of Stripe's is linked to it. Only invoices are ever anything but `on_stripe`.
   */
  readonly settlement: "on_stripe" | "out_of_band" | "assumed" | "unknown";
  /** True for the payment intent, session or charge of an invoice: the invoice announces the payment. */
  readonly ofInvoice: boolean;
}

/** From a moment on, payments of a customer, subscription or promotion code belong to a ref, or are a user's. */
export interface StripeBinding {
  /** `cus_…` (or `acct_…`), `sub_…`, `promo_…` */
  readonly object: string;
  readonly says: "ref" | "user";
  /** A ref as written, or a user id. */
  readonly value: string;
  /** Epoch milliseconds. 0: read by API, which tells no beginning; any other answers first. */
  readonly fromAt: number;
}

export interface StripeCustomer {
  readonly id: string;
  /** Epoch milliseconds; null where only an address is known. */
  readonly createdAt: number | null;
  readonly email: string | null;
}

/** A charge: what was captured of it and how much of it was given back, as far as the object tells. */
export interface StripeCharge {
  readonly id: string;
  readonly capturedCents: number;
  /** Authorised, never captured: Stripe lists its release as a refund, but nobody got money back. */
  readonly uncapturedCents: number;
  /** Cumulative, as Stripe gives it: the released part included. */
  readonly refundedCents: number;
}

export type StripeRefundStatus = "pending" | "requires_action" | "succeeded" | "failed" | "canceled";

export interface StripeRefund {
  /** `re_…` */
  readonly id: string;
  /** The charge's id, else the payment intent's: what it is counted under. */
  readonly charge: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly status: StripeRefundStatus;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface StripeDispute {
  /** `dp_…` */
  readonly id: string;
  readonly charge: string;
  readonly amountCents: number;
  readonly currency: string;
  /** `won`: it moves nothing, also an inquiry that is no dispute yet, or one that was prevented. */
  readonly status: "open" | "won" | "lost";
  /** Epoch milliseconds of the event: the latest says how it stands. */
  readonly changedAt: number;
}

/** Everything one event, or one API answer, tells. All of it may come again, and in any order. */
export interface StripeFacts {
  readonly objects: readonly StripeObject[];
  /** Groups of names of one payment. */
  readonly links: readonly (readonly string[])[];
  readonly bindings: readonly StripeBinding[];
  readonly customers: readonly StripeCustomer[];
  readonly charges: readonly StripeCharge[];
  readonly refunds: readonly StripeRefund[];
  readonly disputes: readonly StripeDispute[];
}

export const NO_FACTS: StripeFacts = {
  objects: [],
  links: [],
  bindings: [],
  customers: [],
  charges: [],
  refunds: [],
  disputes: [],
};
