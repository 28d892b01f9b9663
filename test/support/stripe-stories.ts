import type { StripeJson, stripeEvents } from "./stripe-events.ts";
import type { Creator } from "./stripe-world.ts";

type Events = ReturnType<typeof stripeEvents>;

/** What a merchant's account tells of one customer, in the order in which it happens, and what it must come to. */
export interface Story {
  readonly title: string;
  readonly events: (s: Events, refs: Readonly<Record<Creator, string>>) => readonly StripeJson[];
  /** Net pending (30 %, of which 5 % are the platform's), by creator; nobody else has anything. */
  readonly pending: Partial<Record<Creator, number>>;
  readonly held?: Partial<Record<Creator, number>>;
  /** The amount and what was refunded of it, of each commission. */
  readonly commissions: readonly (readonly [amount: number, refunded: number])[];
  /** For `PUT /api/v1/app/stripe`. */
  readonly settings?: StripeJson;
}

const KIM = "kim@example.test";

/** Each of at most five events, so that every order of them can be tried. */
export const STORIES: readonly Story[] = [
  {
    title: "the guide's own integration: the customer carries the ref, the first invoice is paid and partly refunded",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara, email: KIM }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1" }),
      s.invoicePaid({
        id: "in_1",
        customer: "cus_1",
        subscription: "sub_1",
        amountPaid: 10_000,
        paymentIntent: "pi_1",
      }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 2_500 }),
    ],
    pending: { mara: 2_138 },
    commissions: [[10_000, 2_500]],
  },
  {
    title: "a renewal: two invoices, the payment intent of each tells its invoice",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", invoice: "in_1" }),
      s.invoicePaid({ id: "in_2", customer: "cus_1", subscription: "sub_1", amountPaid: 20_000 }),
      s.invoicePaymentSucceeded({ id: "in_2", customer: "cus_1", subscription: "sub_1", amountPaid: 20_000 }),
    ],
    pending: { mara: 8_550 },
    commissions: [
      [10_000, 0],
      [20_000, 0],
    ],
  },
  {
    title: "a subscription by Checkout: the session carries the ref, the invoice the money",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", email: KIM }),
      s.sessionCompleted({
        id: "cs_1",
        mode: "subscription",
        customer: "cus_1",
        subscription: "sub_1",
        invoice: "in_1",
        amountTotal: 11_900,
        clientReferenceId: `al-${refs.mara}`,
      }),
      s.invoicePaid({
        id: "in_1",
        customer: "cus_1",
        subscription: "sub_1",
        amountPaid: 11_900,
        total: 11_900,
        totalExcludingTax: 10_000,
      }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 11_900, customer: "cus_1" }),
    ],
    pending: { mara: 2_850 },
    commissions: [[11_900, 0]],
  },
  {
    title: "a single payment by Checkout, whose refund fails",
    events: (s, refs) => [
      s.sessionCompleted({ id: "cs_1", mode: "payment", paymentIntent: "pi_1", amountTotal: 5_000, ref: refs.mara }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 5_000, latestCharge: "ch_1" }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 5_000 }),
      s.refundCreated({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 5_000, status: "pending" }),
      s.refundFailed({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 5_000, status: "failed" }),
    ],
    pending: { mara: 1_425 },
    commissions: [[5_000, 0]],
  },
  {
    title: "a ref on the payment intent alone, refunded twice in part, told one by one and in sum",
    events: (s, refs) => [
      s.paymentIntentSucceeded({ id: "pi_1", amount: 9_000, customer: "cus_1", latestCharge: "ch_1", ref: refs.mara }),
      s.refundCreated({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 3_000, status: "succeeded" }),
      s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 9_000, amountRefunded: 3_000 }),
      s.refundCreated({ id: "re_2", charge: "ch_1", paymentIntent: "pi_1", amount: 1_500, status: "succeeded" }),
      s.chargeRefunded({
        id: "ch_1",
        paymentIntent: "pi_1",
        amount: 9_000,
        amountRefunded: 4_500,
        refundedBefore: 3_000,
      }),
    ],
    pending: { mara: 1_283 },
    commissions: [[9_000, 4_500]],
  },
  {
    title: "refs that disagree: the payment intent's goes before the session's, and that before the customer's",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.olga }),
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        customer: "cus_1",
        paymentIntent: "pi_1",
        amountTotal: 10_000,
        ref: refs.nils,
      }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: refs.mara }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, customer: "cus_1" }),
      s.refundCreated({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 1_000, status: "succeeded" }),
    ],
    pending: { mara: 2_565 },
    commissions: [[10_000, 1_000]],
  },
  {
    title: "refs that disagree: the session's goes before the subscription's, and that before the customer's",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.olga }),
      s.sessionCompleted({
        id: "cs_1",
        mode: "subscription",
        customer: "cus_1",
        subscription: "sub_1",
        invoice: "in_1",
        amountTotal: 10_000,
        ref: refs.mara,
      }),
      s.invoicePaid({
        id: "in_1",
        customer: "cus_1",
        subscription: "sub_1",
        amountPaid: 10_000,
        subscriptionMetadata: { agentlinks_ref: refs.nils },
      }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    ],
    pending: { mara: 2_850 },
    commissions: [[10_000, 0]],
  },
  {
    title:
      "refs that disagree: the payment intent's goes before its invoice's customer's, whenever it is told to be of it",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.nils }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, total: 10_000, totalExcludingTax: 8_000 }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: refs.mara }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 5_000 }),
    ],
    pending: { mara: 1_140 },
    commissions: [[10_000, 5_000]],
  },
  {
    title: "the merchant's own user id on the customer names whose payment it is, whenever it is learnt",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", userId: "u_1", ref: refs.mara }),
      s.invoicePaid({
        id: "in_1",
        customer: "cus_1",
        subscription: "sub_1",
        amountPaid: 10_000,
        subscriptionMetadata: { referral_code: refs.mara },
      }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.invoicePaid({ id: "in_2", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }),
    ],
    pending: { mara: 5_700 },
    commissions: [
      [10_000, 0],
      [10_000, 0],
    ],
  },
  {
    title: "an invoice paid by two payment intents, one of which is refunded in full",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1", amount: 4_000 }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_2", amount: 6_000 }),
      s.refundCreated({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 4_000, status: "succeeded" }),
    ],
    pending: { mara: 1_710 },
    commissions: [[10_000, 4_000]],
  },
  {
    title: "a partial capture: what was never captured is no refund",
    events: (s, refs) => [
      s.paymentIntentSucceeded({
        id: "pi_1",
        amount: 20_675,
        amountReceived: 20_300,
        latestCharge: "ch_1",
        customer: "cus_1",
        ref: refs.mara,
      }),
      s.chargeCaptured({ id: "ch_1", paymentIntent: "pi_1", amount: 20_675, amountCaptured: 20_300 }),
      s.refundCreated({ id: "re_0", charge: "ch_1", paymentIntent: "pi_1", amount: 375, status: "succeeded" }),
      s.chargeRefunded({
        id: "ch_1",
        paymentIntent: "pi_1",
        amount: 20_675,
        amountCaptured: 20_300,
        amountRefunded: 1_375,
      }),
      s.refundUpdated({ id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 1_000, status: "succeeded" }),
    ],
    pending: { mara: 5_501 },
    commissions: [[20_300, 1_000]],
  },
  {
    title: "a dispute that is lost takes its amount, like a refund",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, charge: "ch_1", paymentIntent: "pi_1" }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.disputeCreated({ id: "dp_1", charge: "ch_1", paymentIntent: "pi_1", amount: 4_000, status: "needs_response" }),
      s.disputeClosed({
        id: "dp_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 4_000,
        status: "lost",
        at: later(60),
      }),
    ],
    pending: { mara: 1_710 },
    commissions: [[10_000, 4_000]],
  },
  {
    title: "a dispute that was an inquiry, and is won, moves nothing in the end",
    events: (s, refs) => [
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, latestCharge: "ch_1", ref: refs.mara }),
      s.disputeCreated({
        id: "dp_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 10_000,
        status: "warning_needs_response",
      }),
      s.disputeUpdated({
        id: "dp_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 10_000,
        status: "needs_response",
        at: later(60),
      }),
      s.disputeUpdated({
        id: "dp_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 10_000,
        status: "under_review",
        at: later(120),
      }),
      s.disputeClosed({
        id: "dp_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 10_000,
        status: "won",
        at: later(180),
      }),
    ],
    pending: { mara: 2_850 },
    commissions: [[10_000, 0]],
  },
  {
    title: "a dispute that is open holds the whole commission",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, charge: "ch_1", paymentIntent: "pi_1" }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000 }),
      s.disputeCreated({ id: "dp_1", charge: "ch_1", paymentIntent: "pi_1", amount: 100, status: "needs_response" }),
    ],
    pending: {},
    held: { mara: 2_850 },
    commissions: [[10_000, 0]],
  },
  {
    title: "a creator's promotion code, typed at the checkout",
    events: (s, refs) => [
      s.promotionCodeCreated({ id: "promo_1", code: refs.mara.toUpperCase() }),
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        customer: "cus_1",
        paymentIntent: "pi_1",
        amountTotal: 8_000,
        promotionCode: "promo_1",
      }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 8_000, customer: "cus_1", latestCharge: "ch_1" }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 8_000, customer: "cus_1" }),
    ],
    pending: { mara: 2_280 },
    commissions: [[8_000, 0]],
  },
  {
    title: "a bank transfer: the checkout is completed first and paid later",
    events: (s, refs) => [
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        paymentStatus: "unpaid",
        customer: "cus_1",
        paymentIntent: "pi_1",
        amountTotal: 7_000,
        ref: refs.mara,
      }),
      s.sessionAsyncSucceeded({
        id: "cs_1",
        mode: "payment",
        customer: "cus_1",
        paymentIntent: "pi_1",
        amountTotal: 7_000,
        ref: refs.mara,
      }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 7_000, customer: "cus_1", latestCharge: "ch_1" }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 7_000, customer: "cus_1" }),
    ],
    pending: { mara: 1_995 },
    commissions: [[7_000, 0]],
  },
  {
    title: "an invoice that is sent, and paid by card, counts once that is told",
    events: (s, refs) => [
      s.customerCreated({ id: "cus_1", ref: refs.mara }),
      s.invoicePaid({
        id: "in_1",
        customer: "cus_1",
        amountPaid: 10_000,
        collectionMethod: "send_invoice",
        paymentIntent: "pi_1",
      }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1" }),
    ],
    pending: { mara: 2_850 },
    commissions: [[10_000, 0]],
  },
  {
    title: "a charge of its own, as before payment intents",
    events: (s, refs) => [
      s.chargeSucceeded({ id: "ch_1", amount: 4_000, customer: "cus_1", ref: refs.mara }),
      s.chargeUpdated({ id: "ch_1", amount: 4_000, customer: "cus_1", ref: refs.mara }),
      s.chargeRefunded({ id: "ch_1", amount: 4_000, customer: "cus_1", ref: refs.mara, amountRefunded: 1_000 }),
      s.refundCreated({ id: "re_1", charge: "ch_1", amount: 1_000, status: "succeeded" }),
    ],
    pending: { mara: 855 },
    commissions: [[4_000, 1_000]],
  },
];

/** The events of a story happen at the same moment unless they say otherwise: this many seconds after it. */
function later(seconds: number): number {
  return Date.UTC(2026, 0, 15, 12) / 1_000 + seconds;
}
