/** Events as Stripe sends them, in today's shape and in that of 2024 (ST9). All moments in epoch seconds, as Stripe counts. */

/** `newest`: 2025-03-31.basil up to 2026-10-28.endive. `2024`: before it, as endpoints of older accounts still get it. */
export const shapes = ["newest", "2024"] as const;
export type StripeShape = (typeof shapes)[number];

export type StripeJson = Record<string, unknown>;

export interface StripeEvent extends StripeJson {
  readonly id: string;
  readonly object: "event";
  readonly created: number;
  readonly livemode: boolean;
  readonly type: string;
  readonly data: { readonly object: StripeJson; readonly previous_attributes?: StripeJson };
}

/** The tests' world starts on 2026-01-15 at noon: events come from just then unless a test says otherwise. */
const DEFAULT_CREATED_S = Date.UTC(2026, 0, 15, 12) / 1000;

interface Options {
  /** The connected account: only events of a Connect endpoint name one. */
  readonly account?: string;
  readonly livemode?: boolean;
  /** When objects and events are from, unless a call says otherwise. */
  readonly created?: number;
}

/** What every builder takes. */
interface Common {
  /** When the object was made. */
  readonly created?: number;
  /** When the event was: `created` unless told. */
  readonly at?: number;
  readonly metadata?: StripeJson;
  /** `metadata.agentlinks_ref` and `metadata.agentlinks_user_id`. */
  readonly ref?: string;
  readonly userId?: string;
  /** Fields to set on the object as they are: what a test is about and no option covers. */
  readonly fields?: StripeJson;
}

interface Payer {
  readonly customer?: string | null;
  /** Accounts v2: `customer` is null and this is `acct_…`. */
  readonly customerAccount?: string;
  readonly email?: string | null;
}

interface CustomerOptions extends Common {
  readonly id: string;
  readonly email?: string | null;
}

interface SubscriptionOptions extends Common, Payer {
  readonly id: string;
}

interface PromotionCodeOptions extends Common {
  readonly id: string;
  readonly code: string;
}

interface SessionOptions extends Common, Payer {
  readonly id: string;
  readonly mode?: "payment" | "subscription" | "setup";
  readonly paymentStatus?: "paid" | "unpaid" | "no_payment_required";
  readonly amountTotal?: number | null;
  readonly tax?: number;
  readonly currency?: string;
  readonly clientReferenceId?: string | null;
  readonly paymentIntent?: string | null;
  readonly invoice?: string | null;
  readonly subscription?: string | null;
  readonly promotionCode?: string;
}

interface InvoiceOptions extends Common, Payer {
  readonly id: string;
  readonly subscription?: string | null;
  readonly amountPaid: number;
  readonly total?: number;
  readonly totalExcludingTax?: number | null;
  readonly tax?: number;
  readonly currency?: string;
  readonly subscriptionMetadata?: StripeJson;
  /** Told by the 2024 shape alone: in the newest, `invoice_payment.paid` tells it. */
  readonly paymentIntent?: string | null;
  readonly charge?: string | null;
  readonly outOfBand?: boolean;
  readonly collectionMethod?: "charge_automatically" | "send_invoice";
  readonly paidAt?: number | null;
}

interface InvoicePaymentOptions extends Common {
  readonly invoice: string;
  readonly paymentIntent?: string;
  readonly charge?: string;
  readonly amount?: number;
}

interface PaymentIntentOptions extends Common, Payer {
  readonly id: string;
  readonly amount: number;
  readonly amountReceived?: number;
  readonly currency?: string;
  readonly latestCharge?: string | null;
  /** 2024: `invoice`. Newest: `payment_details.order_reference`. */
  readonly invoice?: string | null;
}

interface ChargeOptions extends Common, Payer {
  readonly id: string;
  readonly amount: number;
  readonly amountCaptured?: number;
  readonly amountRefunded?: number;
  /** What `amount_refunded` was before `charge.refunded`. */
  readonly refundedBefore?: number;
  readonly captured?: boolean;
  readonly paid?: boolean;
  readonly status?: "succeeded" | "pending" | "failed";
  readonly currency?: string;
  readonly paymentIntent?: string | null;
  /** Told by the 2024 shape alone. */
  readonly invoice?: string | null;
  readonly sourceTransfer?: string | null;
}

interface TransferOptions extends Common {
  readonly id: string;
  readonly amount: number;
  /** In all. */
  readonly reversed: number;
  readonly currency?: string;
}

interface MoneyBackOptions extends Common {
  readonly id: string;
  readonly charge: string | null;
  readonly paymentIntent?: string | null;
  readonly amount: number;
  readonly currency?: string;
  readonly status?: string;
}

let counter = 0;

/** Builders of complete events. Each answers one that may be changed before it is sent; every event has an id of its own. */
export function stripeEvents(shape: StripeShape, options: Options = {}) {
  const { account, livemode = true, created: start = DEFAULT_CREATED_S } = options;
  const objects = stripeObjects(shape, { livemode, created: start });

  function event(type: string, object: StripeJson, more: { at?: number; previous?: StripeJson } = {}): StripeEvent {
    counter += 1;
    return {
      id: `evt_1Test${String(counter).padStart(8, "0")}`,
      object: "event",
      api_version: shape === "newest" ? "2026-10-28.endive" : "2024-06-20",
      created: more.at ?? (typeof object["created"] === "number" ? object["created"] : start),
      livemode,
      ...(account === undefined ? {} : { account }),
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
      data: { object, ...(more.previous === undefined ? {} : { previous_attributes: more.previous }) },
    };
  }

  function told<O extends Common>(type: string, build: (of: O) => StripeJson): (of: O) => StripeEvent {
    return (of) => event(type, build(of), of.at === undefined ? {} : { at: of.at });
  }

  return {
    /** Any event of any object. */
    event,
    /** The bare objects, as the API answers them. */
    objects,
    customerCreated: told("customer.created", objects.customer),
    customerUpdated: told("customer.updated", objects.customer),
    subscriptionCreated: told("customer.subscription.created", objects.subscription),
    subscriptionUpdated: told("customer.subscription.updated", objects.subscription),
    promotionCodeCreated: told("promotion_code.created", objects.promotionCode),
    promotionCodeUpdated: told("promotion_code.updated", objects.promotionCode),
    sessionCompleted: told("checkout.session.completed", objects.session),
    sessionAsyncSucceeded: told("checkout.session.async_payment_succeeded", objects.session),
    invoicePaid: told("invoice.paid", objects.invoice),
    invoicePaymentSucceeded: told("invoice.payment_succeeded", objects.invoice),
    invoicePaymentPaid: told("invoice_payment.paid", objects.invoicePayment),
    paymentIntentSucceeded: told("payment_intent.succeeded", objects.paymentIntent),
    chargeSucceeded: told("charge.succeeded", objects.charge),
    chargeCaptured: told("charge.captured", objects.charge),
    chargeUpdated: told("charge.updated", objects.charge),
    chargeRefunded: (of: ChargeOptions & { readonly amountRefunded: number }) =>
      event("charge.refunded", objects.charge(of), {
        ...(of.at === undefined ? {} : { at: of.at }),
        previous: { amount_refunded: of.refundedBefore ?? 0, refunded: false },
      }),
    refundCreated: told("refund.created", objects.refund),
    refundUpdated: told("refund.updated", objects.refund),
    refundFailed: told("refund.failed", objects.refund),
    chargeRefundUpdated: told("charge.refund.updated", objects.refund),
    disputeCreated: told("charge.dispute.created", objects.dispute),
    disputeUpdated: told("charge.dispute.updated", objects.dispute),
    disputeClosed: told("charge.dispute.closed", objects.dispute),
    transferReversed: told("transfer.reversed", objects.transfer),
    deauthorized: (of: { readonly at?: number } = {}) =>
      event("account.application.deauthorized", { id: "ca_1Test", object: "application", name: "AgentLinks" }, of),
    /** What an event destination of the thin style gets: it names the object, and tells nothing of it. */
    thinEvent: (type = "v1.invoice.paid"): StripeJson => {
      counter += 1;
      return {
        id: `evt_1Thin${String(counter).padStart(8, "0")}`,
        object: "v2.core.event",
        type,
        livemode,
        created: new Date(start * 1000).toISOString(),
        related_object: { id: "in_1Thin", type: "invoice", url: "/v1/invoices/in_1Thin" },
      };
    },
  };
}

/** The header that Stripe signs a delivery with (docs.stripe.com/webhooks#verify-manually), made without its SDK. */
export async function signStripe(
  payload: string,
  secret: string,
  timestampS: number = Math.floor(Date.now() / 1000),
): Promise<string> {
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const signature = await crypto.subtle.sign("HMAC", key, bytes.encode(`${timestampS}.${payload}`));
  return `t=${timestampS},v1=${Buffer.from(signature).toString("hex")}`;
}

function stripeObjects(shape: StripeShape, defaults: { readonly livemode: boolean; readonly created: number }) {
  const { livemode } = defaults;
  /** Of two sets of fields, the one that this shape has. */
  const byShape = (newest: StripeJson, old: StripeJson): StripeJson => (shape === "newest" ? newest : old);
  const made = (of: Common) => of.created ?? defaults.created;
  const common = (of: Common) => ({ created: made(of), livemode, metadata: metadataOf(of) });

  return {
    customer: (of: CustomerOptions): StripeJson => ({
      id: of.id,
      object: "customer",
      ...common(of),
      address: null,
      balance: 0,
      currency: null,
      default_source: null,
      description: null,
      email: of.email ?? null,
      name: null,
      ...byShape({ customer_account: null }, {}),
      ...of.fields,
    }),

    subscription: (of: SubscriptionOptions): StripeJson => ({
      id: of.id,
      object: "subscription",
      ...common(of),
      ...payer(of),
      collection_method: "charge_automatically",
      currency: "usd",
      latest_invoice: null,
      start_date: made(of),
      status: "active",
      discounts: [],
      ...byShape({}, { current_period_start: made(of), discount: null }),
      ...of.fields,
    }),

    promotionCode: (of: PromotionCodeOptions): StripeJson => ({
      id: of.id,
      object: "promotion_code",
      ...common(of),
      active: true,
      code: of.code,
      customer: null,
      expires_at: null,
      ...byShape(
        { customer_account: null, promotion: { type: "coupon", coupon: "SPRING" } },
        { coupon: { id: "SPRING", object: "coupon", percent_off: 20, valid: true } },
      ),
      ...of.fields,
    }),

    session: (of: SessionOptions): StripeJson => {
      const mode = of.mode ?? (typeof of.subscription === "string" ? "subscription" : "payment");
      const total = mode === "setup" ? null : (of.amountTotal ?? 0);
      const discounts = of.promotionCode === undefined ? [] : [{ coupon: null, promotion_code: of.promotionCode }];
      return {
        id: of.id,
        object: "checkout.session",
        ...common(of),
        ...payer(of),
        amount_subtotal: total === null ? null : total - (of.tax ?? 0),
        amount_total: total,
        client_reference_id: of.clientReferenceId ?? null,
        currency: mode === "setup" ? null : (of.currency ?? "usd"),
        customer_details: of.email === undefined ? null : { email: of.email, name: null, phone: null },
        customer_email: null,
        invoice: of.invoice ?? null,
        mode,
        payment_intent: of.paymentIntent ?? null,
        payment_link: null,
        payment_status: of.paymentStatus ?? (mode === "setup" ? "no_payment_required" : "paid"),
        setup_intent: mode === "setup" ? "seti_1Test" : null,
        status: "complete",
        subscription: of.subscription ?? null,
        total_details: total === null ? null : { amount_discount: 0, amount_shipping: 0, amount_tax: of.tax ?? 0 },
        // Since 2024-11: an endpoint of an older version has no such field.
        ...byShape({ discounts }, discounts.length === 0 ? {} : { discounts }),
        ...of.fields,
      };
    },

    invoice: (of: InvoiceOptions): StripeJson => {
      const total = of.total ?? of.amountPaid;
      const tax = of.tax ?? (typeof of.totalExcludingTax === "number" ? total - of.totalExcludingTax : 0);
      const subscription = of.subscription ?? null;
      const snapshot = of.subscriptionMetadata ?? {};
      // Before basil, cash that never went through Stripe was no `amount_paid`.
      const amountPaid = shape === "2024" && of.outOfBand === true ? 0 : of.amountPaid;
      return {
        id: of.id,
        object: "invoice",
        ...common(of),
        ...payer(of),
        amount_due: of.amountPaid,
        amount_paid: amountPaid,
        amount_remaining: of.amountPaid - amountPaid,
        billing_reason: subscription === null ? "manual" : "subscription_cycle",
        collection_method: of.collectionMethod ?? "charge_automatically",
        currency: of.currency ?? "usd",
        customer_email: of.email ?? null,
        discounts: [],
        lines: invoiceLines(shape, { total, subscription, metadata: subscription === null ? {} : snapshot }),
        starting_balance: 0,
        status: "paid",
        status_transitions: {
          finalized_at: made(of),
          marked_uncollectible_at: null,
          paid_at: of.paidAt === undefined ? made(of) : of.paidAt,
          voided_at: null,
        },
        subtotal: total - tax,
        total,
        total_excluding_tax: of.totalExcludingTax === undefined ? total - tax : of.totalExcludingTax,
        ...byShape(
          {
            amount_overpaid: 0,
            parent:
              subscription === null
                ? null
                : {
                    quote_details: null,
                    subscription_details: { metadata: snapshot, subscription },
                    type: "subscription_details",
                  },
            total_taxes: tax === 0 ? [] : [{ amount: tax, tax_behavior: "exclusive", type: "tax_rate_details" }],
          },
          {
            charge: of.charge ?? null,
            discount: null,
            paid: true,
            paid_out_of_band: of.outOfBand ?? false,
            payment_intent: of.paymentIntent ?? null,
            subscription,
            subscription_details: { metadata: subscription === null ? null : snapshot },
            tax: tax === 0 ? null : tax,
            total_tax_amounts: tax === 0 ? [] : [{ amount: tax, inclusive: false, tax_rate: "txr_1Test" }],
          },
        ),
        ...of.fields,
      };
    },

    invoicePayment: (of: InvoicePaymentOptions): StripeJson => ({
      id: `inpay_${of.invoice.slice(3)}`,
      object: "invoice_payment",
      created: made(of),
      livemode,
      amount_paid: of.amount ?? null,
      amount_requested: of.amount ?? 0,
      currency: "usd",
      invoice: of.invoice,
      is_default: true,
      payment:
        of.charge === undefined
          ? { type: "payment_intent", payment_intent: of.paymentIntent ?? null }
          : { type: "charge", charge: of.charge },
      status: "paid",
      status_transitions: { canceled_at: null, paid_at: made(of) },
      ...of.fields,
    }),

    paymentIntent: (of: PaymentIntentOptions): StripeJson => ({
      id: of.id,
      object: "payment_intent",
      ...common(of),
      ...payer(of),
      amount: of.amount,
      amount_capturable: 0,
      amount_details: { tip: {} },
      amount_received: of.amountReceived ?? of.amount,
      capture_method: "automatic",
      currency: of.currency ?? "usd",
      description: null,
      latest_charge: of.latestCharge ?? null,
      receipt_email: of.email ?? null,
      status: "succeeded",
      ...byShape(
        { payment_details: { customer_reference: null, order_reference: of.invoice ?? null } },
        { invoice: of.invoice ?? null },
      ),
      ...of.fields,
    }),

    charge: (of: ChargeOptions): StripeJson => {
      const captured = of.captured ?? true;
      const amountCaptured = of.amountCaptured ?? (captured ? of.amount : 0);
      const refunded = of.amountRefunded ?? 0;
      return {
        id: of.id,
        object: "charge",
        ...common(of),
        customer: of.customer ?? null,
        amount: of.amount,
        amount_captured: amountCaptured,
        amount_refunded: refunded,
        billing_details: { email: of.email ?? null, name: null, phone: null },
        captured,
        currency: of.currency ?? "usd",
        disputed: false,
        paid: of.paid ?? true,
        payment_intent: of.paymentIntent ?? null,
        receipt_email: null,
        refunded: refunded >= of.amount,
        source_transfer: of.sourceTransfer ?? null,
        status: of.status ?? "succeeded",
        ...byShape({}, { invoice: of.invoice ?? null }),
        ...of.fields,
      };
    },

    refund: (of: MoneyBackOptions): StripeJson => ({
      id: of.id,
      object: "refund",
      ...common(of),
      amount: of.amount,
      charge: of.charge,
      currency: of.currency ?? "usd",
      payment_intent: of.paymentIntent ?? null,
      reason: null,
      status: of.status ?? "succeeded",
      ...of.fields,
    }),

    transfer: (of: TransferOptions): StripeJson => ({
      id: of.id,
      object: "transfer",
      ...common(of),
      amount: of.amount,
      amount_reversed: of.reversed,
      currency: of.currency ?? "usd",
      destination: "acct_1OfTheCreator",
      reversed: of.reversed === of.amount,
      transfer_group: null,
      ...of.fields,
    }),

    dispute: (of: MoneyBackOptions): StripeJson => ({
      id: of.id,
      object: "dispute",
      ...common(of),
      amount: of.amount,
      charge: of.charge,
      currency: of.currency ?? "usd",
      is_charge_refundable: false,
      payment_intent: of.paymentIntent ?? null,
      reason: "fraudulent",
      status: of.status ?? "needs_response",
      ...of.fields,
    }),
  };

  function payer(of: Payer): StripeJson {
    return { customer: of.customer ?? null, ...byShape({ customer_account: of.customerAccount ?? null }, {}) };
  }
}

function metadataOf({ metadata, ref, userId }: Common): StripeJson {
  return {
    ...metadata,
    ...(ref === undefined ? {} : { agentlinks_ref: ref }),
    ...(userId === undefined ? {} : { agentlinks_user_id: userId }),
  };
}

function invoiceLines(
  shape: StripeShape,
  line: { readonly total: number; readonly subscription: string | null; readonly metadata: StripeJson },
): StripeJson {
  const { subscription } = line;
  const newest =
    subscription === null
      ? { type: "invoice_item_details", invoice_item_details: { invoice_item: "ii_1Test", subscription: null } }
      : { type: "subscription_item_details", subscription_item_details: { subscription, invoice_item: null } };
  const old = { type: subscription === null ? "invoiceitem" : "subscription", subscription };
  return {
    object: "list",
    has_more: false,
    data: [
      {
        id: "il_1Test",
        object: "line_item",
        amount: line.total,
        metadata: line.metadata,
        ...(shape === "newest" ? { parent: newest } : old),
      },
    ],
  };
}
