import { describe, expect, it } from "vitest";
import {
  factsOfCustomer,
  factsOfInvoice,
  factsOfInvoicePayment,
  factsOfPromotionCode,
  factsOfSession,
  translateEvent,
} from "../../../worker/gateways/stripe/translate.ts";
import { NO_FACTS } from "../../../worker/domain/stripe-facts.ts";
import { shapes, stripeEvents, type StripeEvent } from "../../support/stripe-events.ts";
import { told, toldObject, whyIgnored } from "./told.ts";

/** Epoch seconds. */
const T = 1_780_000_000;

describe.each(shapes)("an event of the %s shape", (shape) => {
  const make = stripeEvents(shape, { created: T });
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 5000 };
  const renewal = { ...invoice, subscription: "sub_1" };
  const session = { id: "cs_1", customer: "cus_1", amountTotal: 5000 };
  const intent = { id: "pi_1", amount: 5000, customer: "cus_1" };
  describe("ST4 the names of one payment", () => {
    it.each<[string, StripeEvent, Record<string, unknown>]>([
      [
        "a session its intent",
        make.sessionCompleted({ ...session, paymentIntent: "pi_1" }),
        { form: "session", names: ["pi_1"], ofInvoice: false },
      ],
      [
        "a session its invoice, which announces the money",
        make.sessionCompleted({ ...session, subscription: "sub_1", invoice: "in_1" }),
        { names: ["in_1"], ofInvoice: true, money: null, subscription: "sub_1" },
      ],
      [
        "an unpaid session too",
        make.sessionCompleted({ ...session, paymentStatus: "unpaid", paymentIntent: "pi_1" }),
        { names: ["pi_1"], money: null },
      ],
      [
        "an intent its charge",
        make.paymentIntentSucceeded({ ...intent, latestCharge: "ch_1" }),
        { form: "payment_intent", names: ["ch_1"], ofInvoice: false },
      ],
      [
        "an intent its invoice",
        make.paymentIntentSucceeded({ ...intent, latestCharge: "ch_1", invoice: "in_1" }),
        { names: ["ch_1", "in_1"], ofInvoice: true },
      ],
      [
        "an invoice its subscription",
        make.invoicePaid(renewal),
        { form: "invoice", subscription: "sub_1", ofInvoice: false },
      ],
      [
        "an old invoice its intent and charge; today's tells none",
        make.invoicePaid({ ...invoice, paymentIntent: "pi_1", charge: "ch_1" }),
        { names: shape === "2024" ? ["pi_1", "ch_1"] : [] },
      ],
      [
        "expanded objects like ids",
        make.sessionCompleted({ ...session, fields: { payment_intent: { id: "pi_1", object: "payment_intent" } } }),
        { names: ["pi_1"] },
      ],
      [
        "each once, and not its own",
        make.paymentIntentSucceeded({
          ...intent,
          latestCharge: "ch_1",
          fields: { charges: { data: [{ id: "ch_1" }, { id: "ch_0" }, { id: "pi_1" }] } },
        }),
        { names: ["ch_1", "ch_0"] },
      ],
    ])("%s", (_why, event, object) => {
      expect(toldObject(event)).toMatchObject(object);
    });

    it("are linked by invoice_payment.paid", () => {
      expect(told(make.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }))).toEqual({
        ...NO_FACTS,
        links: [["in_1", "pi_1"]],
      });
      expect(told(make.invoicePaymentPaid({ invoice: "in_1", charge: "ch_1" })).links).toEqual([["in_1", "ch_1"]]);
    });

    it("takes an order number of the merchant's own for no invoice", () => {
      const own = make.paymentIntentSucceeded({
        ...intent,
        fields: { payment_details: { order_reference: "order_17" } },
      });
      expect(toldObject(own)).toMatchObject({ names: [], ofInvoice: false });
    });

    it("tells that a payment intent belongs to an invoice even if it cannot be read", () => {
      const odd = make.paymentIntentSucceeded({ ...intent, fields: { invoice: "in/1" } });
      expect(toldObject(odd)).toMatchObject({ names: [], ofInvoice: true });
    });
  });

  describe("ST9 what an event is ignored for", () => {
    it.each<[string, unknown, string]>([
      ["thin_event", make.thinEvent(), "thin_event"],
      ["an event nobody asked for", make.event("payout.failed", { id: "po_1" }), "not_used"],
      [
        "funds moving in a dispute, which its own events tell",
        make.event("charge.dispute.funds_withdrawn", { id: "dp_1" }),
        "not_used",
      ],
      ["funds coming back", make.event("charge.dispute.funds_reinstated", { id: "dp_1" }), "not_used"],
      ["a type that every object inherits", make.event("constructor", {}), "not_used"],
      [
        "a creator's transfer",
        make.chargeSucceeded({ id: "py_1", amount: 500, sourceTransfer: "tr_1" }),
        "own_transfer",
      ],
      ["a stored card that binds nobody", make.sessionCompleted({ ...session, mode: "setup" }), "setup"],
      ["an intent that received nothing", make.paymentIntentSucceeded({ ...intent, amountReceived: 0 }), "no_money"],
      ["a subscription of nobody's", make.subscriptionUpdated({ id: "sub_1", customer: "cus_1" }), "nothing_told"],
      [
        "a promotion code that no ref can be",
        make.promotionCodeCreated({ id: "promo_1", code: "SPRING SALE" }),
        "nothing_told",
      ],
      [
        "a payment that was only recorded",
        make.event("invoice_payment.paid", {
          id: "inpay_1",
          invoice: "in_1",
          payment: { type: "payment_record", payment_record: "pr_1" },
        }),
        "nothing_told",
      ],
      ["no such currency", make.invoicePaid({ ...invoice, currency: "zzz" }), "unknown_currency"],
      ["more than any amount", make.invoicePaid({ ...invoice, amountPaid: 1_000_000_000_000 }), "amount_out_of_range"],
      ["an id that is none", make.invoicePaid({ ...invoice, id: "in 1" }), "unreadable"],
      ["an amount with decimals", make.invoicePaid({ ...invoice, amountPaid: 50.5 }), "unreadable"],
      ["an amount as text", make.invoicePaid({ ...invoice, fields: { amount_paid: "5000" } }), "unreadable"],
      ["no such currency in a session", make.sessionCompleted({ ...session, currency: "zzz" }), "unknown_currency"],
      [
        "more than any amount in a session",
        make.sessionCompleted({ ...session, amountTotal: 1e12 }),
        "amount_out_of_range",
      ],
      ["before 1970", { ...make.invoicePaid(invoice), created: -1 }, "unreadable"],
      ["later than any date", { ...make.invoicePaid(invoice), created: 8_640_000_000_001 }, "unreadable"],
      ["no moment", { ...make.invoicePaid(invoice), created: null }, "unreadable"],
      ["no object", { ...make.invoicePaid(invoice), data: {} }, "unreadable"],
      ["no type", { object: "event" }, "unreadable"],
    ])("%s", (_why, event, reason) => {
      expect(whyIgnored(event)).toBe(reason);
    });
  });

  it("ST2 tells that the merchant took our access back", () => {
    expect(translateEvent(make.deauthorized())).toEqual({ kind: "deauthorized" });
  });

  it("names the event's object", () => {
    expect(translateEvent(make.invoicePaid(invoice))).toMatchObject({ kind: "facts", object: "in_1" });
  });

  it("ST9 reads the same from an event whatever api_version it claims", () => {
    const event = make.invoicePaid({ ...renewal, subscriptionMetadata: { agentlinks_ref: "mara" } });
    for (const version of ["2015-01-01", "2030-01-01.zebra", null]) {
      expect(translateEvent({ ...event, api_version: version })).toEqual(translateEvent(event));
    }
  });

  describe("read by API", () => {
    it("binds from no known beginning", () => {
      const customer = make.objects.customer({ id: "cus_1", ref: "mara" });
      expect(factsOfCustomer(customer, 0).bindings).toMatchObject([{ object: "cus_1", fromAt: 0 }]);
      const promotion = make.objects.promotionCode({ id: "promo_1", code: "mara" });
      expect(factsOfPromotionCode(promotion, 0).bindings).toMatchObject([{ object: "promo_1", fromAt: 0 }]);
    });

    it("takes the object's own moment for the payment's", () => {
      const [paid] = factsOfSession(make.objects.session({ ...session, ref: "mara" }), 0).objects;
      expect(paid?.money?.occurredAt).toBe(T * 1000);
      const undated = make.objects.invoice({ ...invoice, paidAt: null });
      expect(factsOfInvoice(undated).objects[0]?.money?.occurredAt).toBe(T * 1000);
    });

    it("counts no invoice that is not paid", () => {
      const open = make.objects.invoice({ ...invoice, ref: "mara", fields: { status: "open" } });
      expect(factsOfInvoice(open).objects).toMatchObject([{ ref: "mara", money: null }]);
    });

    it("tells an invoice's payments where they are expanded", () => {
      const payments = { data: [{ status: "paid", payment: { type: "payment_intent", payment_intent: "pi_1" } }] };
      expect(factsOfInvoice(make.objects.invoice({ ...invoice, fields: { payments } })).objects[0]?.names).toEqual([
        "pi_1",
      ]);
      const link = make.objects.invoicePayment({ invoice: "in_1", paymentIntent: "pi_1" });
      expect(factsOfInvoicePayment(link).links).toEqual([["in_1", "pi_1"]]);
    });

    it("tells nothing of a customer that was deleted", () => {
      expect(factsOfCustomer({ id: "cus_1", object: "customer", deleted: true }, 0).bindings).toEqual([]);
      expect(factsOfCustomer(null, 0)).toEqual(NO_FACTS);
    });
  });
});

describe("ST9 a customer of Accounts v2", () => {
  const make = stripeEvents("newest", { created: T });
  const account = { customer: null, customerAccount: "acct_9" };

  it("is its account where there is no customer", () => {
    expect(toldObject(make.invoicePaid({ id: "in_1", amountPaid: 500, ...account })).customer).toBe("acct_9");
    expect(toldObject(make.paymentIntentSucceeded({ id: "pi_1", amount: 500, ...account })).customer).toBe("acct_9");
    const session = make.sessionCompleted({ id: "cs_1", amountTotal: 500, ref: "mara", ...account });
    expect(told(session).bindings).toMatchObject([{ object: "acct_9", value: "mara" }]);
  });

  it("is bound under both its names", () => {
    const customer = make.customerCreated({ id: "cus_1", ref: "mara", fields: { customer_account: "acct_9" } });
    expect(told(customer).bindings.map(({ object }) => object)).toEqual(["cus_1", "acct_9"]);
  });
});

it("ST9 reads an old payload that also carries today's fields as nulls", () => {
  const make = stripeEvents("2024", { created: T });
  const mixed = make.invoicePaid({
    id: "in_1",
    customer: "cus_1",
    amountPaid: 5000,
    subscription: "sub_1",
    subscriptionMetadata: { agentlinks_ref: "mara" },
    paymentIntent: "pi_1",
    fields: { parent: null, total_taxes: null },
  });
  expect(toldObject(mixed)).toMatchObject({ ref: "mara", subscription: "sub_1", names: ["pi_1"] });
});
