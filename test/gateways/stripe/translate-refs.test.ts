import { describe, expect, it } from "vitest";
import { factsOfInvoice } from "../../../worker/gateways/stripe/translate.ts";
import { REF_RANK, type StripeBinding } from "../../../worker/domain/stripe-facts.ts";
import { shapes, stripeEvents, type StripeEvent, type StripeJson } from "../../support/stripe-events.ts";
import { told, toldObject } from "./told.ts";

/** The object was made at `T`, the event at `LATER` (epoch seconds). */
const T = 1_780_000_000;
const LATER = T + 500;

describe.each(shapes)("whose payment an event of the %s shape is", (shape) => {
  const make = stripeEvents(shape, { created: T });
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 5000 };
  const renewal = { ...invoice, subscription: "sub_1" };
  const session = { id: "cs_1", customer: "cus_1", amountTotal: 5000 };
  const intent = { id: "pi_1", amount: 5000, customer: "cus_1" };
  const charge = { id: "ch_1", amount: 5000 };
  const line = (type: "subscription" | "invoiceitem", metadata: StripeJson) =>
    shape === "newest"
      ? { parent: { type: type === "subscription" ? "subscription_item_details" : "invoice_item_details" }, metadata }
      : { type, metadata };
  const noSnapshot =
    shape === "newest"
      ? { parent: { type: "subscription_details", subscription_details: { subscription: "sub_1", metadata: null } } }
      : { subscription_details: null };

  describe("ST3 ST9 the ref a payment carries", () => {
    it.each<[string, StripeEvent, string | null, number | null]>([
      [
        "payment intent metadata",
        make.paymentIntentSucceeded({ ...intent, ref: "mara" }),
        "mara",
        REF_RANK.payment_intent,
      ],
      [
        "a charge made without an intent",
        make.chargeSucceeded({ ...charge, ref: "mara" }),
        "mara",
        REF_RANK.payment_intent,
      ],
      ["session metadata", make.sessionCompleted({ ...session, ref: "mara" }), "mara", REF_RANK.session],
      [
        "client_reference_id al-CODE",
        make.sessionCompleted({ ...session, clientReferenceId: "al-mara" }),
        "mara",
        REF_RANK.session,
      ],
      [
        "session metadata before al-CODE",
        make.sessionCompleted({ ...session, ref: "mara", clientReferenceId: "al-other" }),
        "mara",
        REF_RANK.session,
      ],
      [
        "a bare client_reference_id is none",
        make.sessionCompleted({ ...session, clientReferenceId: "mara" }),
        null,
        null,
      ],
      ["al- before what is no code", make.sessionCompleted({ ...session, clientReferenceId: "al-ma ra" }), null, null],
      ["invoice metadata", make.invoicePaid({ ...invoice, ref: "mara" }), "mara", REF_RANK.invoice],
      [
        "invoice before subscription",
        make.invoicePaid({ ...renewal, ref: "mara", subscriptionMetadata: { agentlinks_ref: "other" } }),
        "mara",
        REF_RANK.invoice,
      ],
      [
        "the subscription's snapshot",
        make.invoicePaid({ ...renewal, subscriptionMetadata: { agentlinks_ref: "mara" } }),
        "mara",
        REF_RANK.subscription,
      ],
      [
        "the snapshot where lines are left out",
        make.invoicePaid({
          ...renewal,
          subscriptionMetadata: { agentlinks_ref: "mara" },
          fields: { lines: undefined },
        }),
        "mara",
        REF_RANK.subscription,
      ],
      [
        "subscription lines without a snapshot",
        make.invoicePaid({
          ...renewal,
          fields: { ...noSnapshot, lines: { data: [line("subscription", { agentlinks_ref: "mara" })] } },
        }),
        "mara",
        REF_RANK.subscription,
      ],
      [
        "other lines show an item's metadata",
        make.invoicePaid({
          ...renewal,
          fields: { ...noSnapshot, lines: { data: [line("invoiceitem", { agentlinks_ref: "mara" })] } },
        }),
        null,
        null,
      ],
      ["no ref anywhere", make.invoicePaid(renewal), null, null],
    ])("is read from %s", (_where, event, ref, rank) => {
      expect(toldObject(event)).toMatchObject({ ref, rank });
    });

    it.each<[string, StripeJson, string | null]>([
      ["agentlinks_ref", { agentlinks_ref: "mara" }, "mara"],
      ["referral_code", { referral_code: "mara" }, "mara"],
      ["agentlinks_ref first", { referral_code: "other", agentlinks_ref: "mara" }, "mara"],
      [
        "referral_code where agentlinks_ref is no code",
        { agentlinks_ref: "not a code", referral_code: "mara" },
        "mara",
      ],
      ["blanks around it", { agentlinks_ref: "  mara " }, "mara"],
      ["case as written", { agentlinks_ref: "MaRa" }, "MaRa"],
      ["empty: Stripe's way to unset a key", { agentlinks_ref: "" }, null],
      ["65 characters", { agentlinks_ref: "m".repeat(65) }, null],
      ["a control character", { agentlinks_ref: "mara\u0000" }, null],
      ["no string", { agentlinks_ref: 5 }, null],
      ["another spelling of the key", { Agentlinks_Ref: "mara" }, null],
    ])("by the key: %s", (_why, metadata, ref) => {
      expect(toldObject(make.paymentIntentSucceeded({ ...intent, metadata })).ref).toBe(ref);
    });

    it("keeps a bare client_reference_id apart, for the app to decide and `explain` to show", () => {
      const bare = toldObject(make.sessionCompleted({ ...session, clientReferenceId: "mara" }));
      expect(bare).toMatchObject({ bareRef: "mara", ref: null });
      expect(toldObject(make.sessionCompleted({ ...session, clientReferenceId: "user@7" })).bareRef).toBeNull();
      expect(toldObject(make.sessionCompleted({ ...session, clientReferenceId: "al-mara" })).bareRef).toBeNull();
      const named = make.sessionCompleted({ ...session, ref: "mara", clientReferenceId: "other" });
      expect(toldObject(named)).toMatchObject({ ref: "mara", bareRef: null });
    });

    it("reads promotion codes where the shape has them", () => {
      const used = make.sessionCompleted({ ...session, promotionCode: "promo_1" });
      expect(toldObject(used).promotions).toEqual(["promo_1"]);
      const ids = make.invoicePaid({ ...invoice, fields: { discounts: ["di_1", "di_2"] } });
      expect(toldObject(ids).promotions).toEqual([]);
      const expanded = {
        discounts: [
          { id: "di_1", promotion_code: { id: "promo_1" } },
          { id: "di_2", promotion_code: null },
        ],
      };
      expect(factsOfInvoice({ ...make.objects.invoice(invoice), ...expanded }).objects[0]?.promotions).toEqual([
        "promo_1",
      ]);
      const old = make.invoicePaid({ ...invoice, fields: { discount: { id: "di_1", promotion_code: "promo_1" } } });
      expect(toldObject(old).promotions).toEqual(["promo_1"]);
    });
  });

  describe("ST3 the user a payment is of", () => {
    it.each<[string, StripeEvent, string | null]>([
      ["payment intent", make.paymentIntentSucceeded({ ...intent, userId: "u-7" }), "u-7"],
      ["session", make.sessionCompleted({ ...session, userId: "u-7" }), "u-7"],
      ["charge", make.chargeSucceeded({ ...charge, userId: "u-7" }), "u-7"],
      [
        "invoice",
        make.invoicePaid({ ...renewal, userId: "u-7", subscriptionMetadata: { agentlinks_user_id: "u-8" } }),
        "u-7",
      ],
      [
        "subscription",
        make.invoicePaid({ ...renewal, ref: "mara", subscriptionMetadata: { agentlinks_user_id: "u-8" } }),
        "u-8",
      ],
      [
        "256 characters are the most",
        make.paymentIntentSucceeded({ ...intent, userId: "u".repeat(256) }),
        "u".repeat(256),
      ],
      ["257 are ignored", make.paymentIntentSucceeded({ ...intent, userId: "u".repeat(257) }), null],
      ["control characters", make.paymentIntentSucceeded({ ...intent, userId: "u\n7" }), null],
      ["half a surrogate pair", make.paymentIntentSucceeded({ ...intent, userId: "u\ud800" }), null],
    ])("%s", (_where, event, userId) => {
      expect(toldObject(event).userId).toBe(userId);
    });
  });

  describe("ST3b bindings", () => {
    const both = { ref: "mara", userId: "u-7", at: LATER };

    it.each<[string, StripeEvent, readonly unknown[]]>([
      [
        "a customer binds from its own start",
        make.customerCreated({ id: "cus_1", ...both }),
        [boundRef("cus_1", T), boundUser("cus_1", T)],
      ],
      [
        "a change binds from the event",
        make.customerUpdated({ id: "cus_1", ...both }),
        [boundRef("cus_1", LATER), boundUser("cus_1", LATER)],
      ],
      [
        "a subscription, and the user its customer too",
        make.subscriptionCreated({ id: "sub_1", customer: "cus_1", ...both }),
        [boundRef("sub_1", T), boundUser("sub_1", T), boundUser("cus_1", T)],
      ],
      [
        "a subscription that changed",
        make.subscriptionUpdated({ id: "sub_1", customer: "cus_1", ref: "mara", at: LATER }),
        [boundRef("sub_1", LATER)],
      ],
      [
        "a promotion code's metadata",
        make.promotionCodeCreated({ id: "promo_1", code: "SPRING", ref: "mara", at: LATER }),
        [boundRef("promo_1", T)],
      ],
      [
        "what customers type",
        make.promotionCodeUpdated({ id: "promo_1", code: "mara", at: LATER }),
        [boundRef("promo_1", LATER)],
      ],
      [
        "a session its customer and subscription",
        make.sessionCompleted({ ...session, subscription: "sub_1", invoice: "in_1", ...both }),
        [boundRef("cus_1", LATER), boundUser("cus_1", LATER), boundRef("sub_1", LATER)],
      ],
      [
        "al-CODE like metadata",
        make.sessionCompleted({ ...session, clientReferenceId: "al-mara" }),
        [boundRef("cus_1", T)],
      ],
      ["a bare code binds nobody", make.sessionCompleted({ ...session, clientReferenceId: "mara" }), []],
      [
        "a session that only stored a card",
        make.sessionCompleted({ ...session, mode: "setup", ...both }),
        [boundRef("cus_1", LATER), boundUser("cus_1", LATER)],
      ],
      [
        "a session not paid yet",
        make.sessionCompleted({ ...session, paymentStatus: "unpaid", ref: "mara" }),
        [boundRef("cus_1", T)],
      ],
      ["invoices and intents bind nobody: they carry it", make.invoicePaid({ ...renewal, ...both }), []],
    ])("%s", (_why, event, bindings) => {
      expect(told(event).bindings).toEqual(bindings);
    });

    it("tells when a customer began, and its address", () => {
      const facts = told(make.customerCreated({ id: "cus_1", email: "mara@example.test", at: LATER }));
      expect(facts.customers).toEqual([{ id: "cus_1", createdAt: T * 1000, email: "mara@example.test" }]);
    });

    it("tells an address that a payment gives, without a beginning", () => {
      const customers = [{ id: "cus_1", createdAt: null, email: "mara@example.test" }];
      expect(told(make.sessionCompleted({ ...session, email: "mara@example.test" })).customers).toEqual(customers);
      const prefilled = make.sessionCompleted({ ...session, fields: { customer_email: "mara@example.test" } });
      expect(told(prefilled).customers).toEqual(customers);
      expect(told(make.invoicePaid({ ...invoice, email: "mara@example.test" })).customers).toEqual(customers);
      expect(told(make.invoicePaid(invoice)).customers).toEqual([]);
    });

    it("keeps the bindings of a session whose money cannot be counted", () => {
      const odd = { ...session, amountTotal: 1_000_000_000_000, ref: "mara" };
      expect(told(make.sessionCompleted(odd))).toMatchObject({
        objects: [{ money: null }],
        bindings: [boundRef("cus_1", T)],
      });
      expect(told(make.sessionCompleted({ ...session, currency: "zzz", ref: "mara" })).bindings).toHaveLength(1);
    });
  });
});

function boundRef(object: string, fromAtS: number): StripeBinding {
  return { object, says: "ref", value: "mara", fromAt: fromAtS * 1000 };
}

function boundUser(object: string, fromAtS: number): StripeBinding {
  return { object, says: "user", value: "u-7", fromAt: fromAtS * 1000 };
}
