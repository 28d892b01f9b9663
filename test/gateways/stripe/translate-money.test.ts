import { describe, expect, it } from "vitest";
import { factsOfInvoice } from "../../../worker/gateways/stripe/translate.ts";
import { shapes, stripeEvents, type StripeEvent, type StripeJson } from "../../support/stripe-events.ts";
import { told, toldObject } from "./told.ts";

const T = 1_780_000_000;

describe.each(shapes)("the money of the %s shape", (shape) => {
  const make = stripeEvents(shape, { created: T });
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 10_000 };
  const session = { id: "cs_1", amountTotal: 10_000 };
  const intent = { id: "pi_1", amount: 10_000 };

  it.each<[string, StripeEvent, number | null, number | null]>([
    ["ST5 all of it where there is no tax", make.invoicePaid(invoice), 10_000, 10_000],
    [
      "ST5 exclusive tax is not the merchant's",
      make.invoicePaid({ ...invoice, amountPaid: 11_900, tax: 1900 }),
      11_900,
      10_000,
    ],
    [
      "ST5 part of the total paid by credit: tax in proportion",
      make.invoicePaid({ ...invoice, amountPaid: 5000, total: 11_900, tax: 1900 }),
      5000,
      4201,
    ],
    ["ST5 rounded down", make.invoicePaid({ ...invoice, amountPaid: 100, total: 3, totalExcludingTax: 2 }), 100, 66],
    [
      "ST5 a debit balance paid with it: in proportion too",
      make.invoicePaid({ ...invoice, amountPaid: 13_000, total: 11_900, tax: 1900 }),
      13_000,
      10_924,
    ],
    [
      "ST5 no total_excluding_tax: from the tax",
      make.invoicePaid({ ...invoice, amountPaid: 11_900, tax: 1900, totalExcludingTax: null }),
      11_900,
      10_000,
    ],
    [
      "ST5 the largest amounts stay exact",
      make.invoicePaid({ ...invoice, amountPaid: 999_999_999_999, totalExcludingTax: 999_999_999_998 }),
      999_999_999_999,
      999_999_999_998,
    ],
    ["ST5 more tax than cash", make.invoicePaid({ ...invoice, totalExcludingTax: -5 }), 10_000, 0],
    ["ST5 a net above the total", make.invoicePaid({ ...invoice, totalExcludingTax: 20_000 }), 10_000, 10_000],
    ["ST5 a total of zero: an old debt was paid", make.invoicePaid({ ...invoice, total: 0 }), 10_000, 10_000],
    ["ST5 a negative total", make.invoicePaid({ ...invoice, total: -500, totalExcludingTax: -400 }), 10_000, 10_000],
    ["ST5 a free invoice", make.invoicePaid({ ...invoice, amountPaid: 0, total: 0 }), null, null],
    ["ST5 an invoice that credits", make.invoicePaid({ ...invoice, amountPaid: -300 }), null, null],
    [
      "ST5 paid by credit alone: nothing was paid",
      make.invoicePaid({ ...invoice, amountPaid: 0, total: 10_000 }),
      null,
      null,
    ],
    [
      "ST5 a session's total without its tax",
      make.sessionCompleted({ ...session, amountTotal: 11_900, tax: 1900 }),
      11_900,
      10_000,
    ],
    [
      "ST5 a session without details",
      make.sessionCompleted({ ...session, fields: { total_details: null } }),
      10_000,
      10_000,
    ],
    [
      "ST5 a session for nothing",
      make.sessionCompleted({ ...session, amountTotal: 0, paymentStatus: "no_payment_required" }),
      null,
      null,
    ],
    ["ST5 a session that says paid for nothing", make.sessionCompleted({ ...session, amountTotal: 0 }), null, null],
    ["ST4 a session that is not paid yet", make.sessionCompleted({ ...session, paymentStatus: "unpaid" }), null, null],
    ["ST4 and once it is", make.sessionAsyncSucceeded(session), 10_000, 10_000],
    [
      "ST4 a session of an invoice",
      make.sessionCompleted({ ...session, invoice: "in_1", subscription: "sub_1" }),
      null,
      null,
    ],
    ["ST5 an intent", make.paymentIntentSucceeded(intent), 10_000, 10_000],
    [
      "ST5 what was captured of an intent",
      make.paymentIntentSucceeded({ ...intent, amount: 20_675, amountReceived: 20_300 }),
      20_300,
      20_300,
    ],
    [
      "ST5 an intent that tells its tax",
      make.paymentIntentSucceeded({ ...intent, fields: { amount_details: { tax: { total_tax_amount: 1600 } } } }),
      10_000,
      8400,
    ],
    [
      "ST5 and one that tells too much",
      make.paymentIntentSucceeded({ ...intent, fields: { amount_details: { tax: { total_tax_amount: 99_999 } } } }),
      10_000,
      0,
    ],
    [
      "ST5 yen have no decimals: nothing is divided",
      make.invoicePaid({ ...invoice, amountPaid: 550, tax: 50, currency: "jpy" }),
      550,
      500,
    ],
    [
      "ST5 dinars have three",
      make.invoicePaid({ ...invoice, amountPaid: 12_340, tax: 1120, currency: "kwd" }),
      12_340,
      11_220,
    ],
    [
      "ST5 rupiah reach twelve digits",
      make.paymentIntentSucceeded({ ...intent, amount: 150_000_000_000, currency: "idr" }),
      150_000_000_000,
      150_000_000_000,
    ],
  ])("%s", (_why, event, captured, net) => {
    const { money } = toldObject(event);
    expect(money === null ? [null, null] : [money.capturedCents, money.netOfTaxCents]).toEqual([captured, net]);
  });

  it("ST5 sums several taxes, inclusive ones too: the total holds both", () => {
    const taxes = [{ amount: 1000 }, { amount: 600 }];
    const field = shape === "newest" ? { total_taxes: taxes } : { tax: null, total_tax_amounts: taxes };
    const event = make.invoicePaid({ ...invoice, totalExcludingTax: null, fields: field });
    expect(toldObject(event).money?.netOfTaxCents).toBe(8400);
  });

  it("ST5 takes the tax of an old invoice that lists none", () => {
    const old = { tax: 1600, total_taxes: undefined, total_tax_amounts: undefined };
    const event = make.invoicePaid({ ...invoice, totalExcludingTax: null, fields: old });
    expect(toldObject(event).money?.netOfTaxCents).toBe(8400);
  });

  it("ST5 takes all of the cash where an invoice tells no tax at all", () => {
    const none = {
      tax: undefined,
      total_taxes: undefined,
      total_tax_amounts: undefined,
      total_excluding_tax: undefined,
    };
    expect(toldObject(make.invoicePaid({ ...invoice, fields: none })).money?.netOfTaxCents).toBe(10_000);
  });

  it("folds the currency", () => {
    expect(toldObject(make.invoicePaid({ ...invoice, currency: "EUR" })).money?.currency).toBe("eur");
  });

  it.each<[string, StripeEvent, number]>([
    ["an invoice when it was paid", make.invoicePaid({ ...invoice, paidAt: T + 60, at: T + 90 }), T + 60],
    ["else at its event", make.invoicePaid({ ...invoice, paidAt: null, at: T + 90 }), T + 90],
    ["a session at its event", make.sessionCompleted({ ...session, at: T + 90 }), T + 90],
    ["an intent at its event: it may be days old", make.paymentIntentSucceeded({ ...intent, at: T + 90 }), T + 90],
  ])("ST3b happened: %s", (_why, event, atS) => {
    expect(toldObject(event).money?.occurredAt).toBe(atS * 1000);
  });

  it("keeps ref, names and customer of an invoice that was free", () => {
    const free = make.invoicePaid({ ...invoice, amountPaid: 0, ref: "mara", email: "mara@example.test" });
    expect(told(free)).toMatchObject({ objects: [{ money: null, ref: "mara" }], customers: [{ id: "cus_1" }] });
  });

  describe("ST4 a charge without a payment intent announces its payment", () => {
    const charge = { id: "ch_1", amount: 10_000, customer: "cus_1", email: "mara@example.test" };
    it.each<[string, StripeEvent, boolean]>([
      ["the Charges API of old", make.chargeSucceeded(charge), true],
      ["an intent announces its own", make.chargeSucceeded({ ...charge, paymentIntent: "pi_1" }), false],
      ["only authorised", make.chargeSucceeded({ ...charge, captured: false }), false],
      ["captured later", make.chargeCaptured({ ...charge, amountCaptured: 4000 }), true],
      ["failed", make.chargeUpdated({ ...charge, paid: false, status: "failed" }), false],
      ["refused, whatever its status says", make.chargeUpdated({ ...charge, paid: false }), false],
      ["still on its way", make.chargeUpdated({ ...charge, status: "pending" }), false],
      ["an invoice announces its own", make.chargeSucceeded({ ...charge, fields: { invoice: "in_1" } }), false],
    ])("%s", (_why, event, announces) => {
      expect(told(event).objects.map(({ form }) => form)).toEqual(announces ? ["charge"] : []);
    });

    it("and every later event of it tells the same payment", () => {
      const first = told(make.chargeSucceeded(charge)).objects;
      expect(told(make.chargeRefunded({ ...charge, amountRefunded: 500, at: T + 900 })).objects).toEqual(first);
      expect(first).toMatchObject([
        { email: "mara@example.test", money: { capturedCents: 10_000, occurredAt: T * 1000 } },
      ]);
    });
  });
});

describe("ST5 whether an invoice's money came through Stripe", () => {
  const today = stripeEvents("newest");
  const old = stripeEvents("2024");
  const invoice = { id: "in_1", amountPaid: 10_000 };
  const sent = { ...invoice, collectionMethod: "send_invoice" } as const;
  const recorded = { status: "paid", payment: { type: "payment_record", payment_record: "pr_1" } };
  const paid = { status: "paid", payment: { type: "payment_intent", payment_intent: "pi_1" } };
  const failed = { status: "canceled", payment: { type: "payment_intent", payment_intent: "pi_0" } };

  it.each<[string, StripeEvent, string]>([
    ["old: marked as paid out of band", old.invoicePaid({ ...invoice, outOfBand: true }), "out_of_band"],
    ["old: charged", old.invoicePaid({ ...sent, charge: "ch_1" }), "on_stripe"],
    ["old: not marked", old.invoicePaid(sent), "on_stripe"],
    [
      "before the flag: charged",
      old.invoicePaid({ ...sent, charge: "ch_1", fields: { paid_out_of_band: undefined } }),
      "on_stripe",
    ],
    ["before the flag: not charged", old.invoicePaid({ ...sent, fields: { paid_out_of_band: undefined } }), "unknown"],
    ["today: charged automatically", today.invoicePaid(invoice), "assumed"],
    ["today: sent, and the event does not tell", today.invoicePaid(sent), "unknown"],
    ["today: this event never comes for cash", today.invoicePaymentSucceeded(sent), "on_stripe"],
  ])("%s", (_why, event, settlement) => {
    expect(toldObject(event).settlement).toBe(settlement);
  });

  it.each<[string, StripeJson, string]>([
    ["a payment of Stripe's", { payments: { data: [paid] } }, "on_stripe"],
    ["payments that were only recorded", { payments: { data: [recorded] } }, "out_of_band"],
    ["both", { payments: { data: [recorded, paid] } }, "on_stripe"],
    ["a payment that did not come about", { payments: { data: [failed, recorded] } }, "out_of_band"],
    ["no payments: it does not tell", { payments: { data: [] } }, "unknown"],
    ["nothing past Stripe", { amount_paid_off_stripe: 0 }, "on_stripe"],
    ["all of it past Stripe", { amount_paid_off_stripe: 10_000 }, "out_of_band"],
    ["a part past Stripe", { amount_paid_off_stripe: 4000 }, "unknown"],
  ])("read by API: %s", (_why, fields, settlement) => {
    const { objects } = factsOfInvoice(today.objects.invoice({ ...sent, fields }));
    expect(objects.map((object) => object.settlement)).toEqual([settlement]);
  });

  it("tells what was due where an old invoice was paid past Stripe, for an app that counts it", () => {
    const event = old.invoicePaid({ ...invoice, outOfBand: true, totalExcludingTax: 8000 });
    expect(event.data.object).toMatchObject({ amount_paid: 0, amount_due: 10_000 });
    expect(toldObject(event).money).toMatchObject({ capturedCents: 10_000, netOfTaxCents: 8000 });
  });
});
