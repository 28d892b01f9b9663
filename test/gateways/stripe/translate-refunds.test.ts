import { describe, expect, it } from "vitest";
import { NO_FACTS } from "../../../worker/domain/stripe-facts.ts";
import { shapes, stripeEvents, type StripeEvent, type StripeJson } from "../../support/stripe-events.ts";
import { told, whyIgnored } from "./told.ts";

const T = 1_780_000_000;

describe.each(shapes)("money given back, of the %s shape", (shape) => {
  const make = stripeEvents(shape, { created: T });
  const charge = { id: "ch_1", amount: 10_000, paymentIntent: "pi_1" };
  const refund = { id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 2500 };
  const dispute = { id: "dp_1", charge: "ch_1", paymentIntent: "pi_1", amount: 10_000 };

  describe("ST6 a charge", () => {
    it.each<[string, StripeEvent, number, number, number]>([
      ["whole", make.chargeSucceeded(charge), 10_000, 0, 0],
      ["refunded in part, cumulative", make.chargeRefunded({ ...charge, amountRefunded: 2500 }), 10_000, 0, 2500],
      [
        "only authorised: nothing is captured or released yet",
        make.chargeSucceeded({ ...charge, captured: false }),
        0,
        0,
        0,
      ],
      [
        "captured in part: the rest is listed as a refund",
        make.chargeCaptured({ ...charge, amount: 20_675, amountCaptured: 20_300, amountRefunded: 375 }),
        20_300,
        375,
        375,
      ],
      [
        "authorised and released: nobody got money back",
        make.chargeRefunded({ ...charge, captured: false, amountRefunded: 10_000 }),
        0,
        0,
        10_000,
      ],
      [
        "before amount_captured",
        make.chargeSucceeded({ ...charge, fields: { amount_captured: undefined } }),
        10_000,
        0,
        0,
      ],
      [
        "before it, and not captured",
        make.chargeSucceeded({ ...charge, captured: false, fields: { amount_captured: undefined } }),
        0,
        0,
        0,
      ],
    ])("%s", (_why, event, capturedCents, uncapturedCents, refundedCents) => {
      expect(told(event).charges).toEqual([{ id: "ch_1", capturedCents, uncapturedCents, refundedCents }]);
    });

    it("links its names, the invoice where the shape tells it", () => {
      const event = make.chargeSucceeded({ ...charge, invoice: "in_1" });
      expect(told(event).links).toEqual([shape === "2024" ? ["ch_1", "pi_1", "in_1"] : ["ch_1", "pi_1"]]);
      expect(told(make.chargeSucceeded({ id: "ch_1", amount: 500 })).links).toEqual([]);
    });

    it("of a merchant who passes it on is no transfer of ours", () => {
      const passedOn = make.chargeSucceeded({ ...charge, id: "py_1", fields: { transfer: "tr_1", transfer_data: {} } });
      expect(told(passedOn).charges).toHaveLength(1);
    });

    it("has its refunds with it before 2022-11-15", () => {
      const list = [
        { id: "re_1", amount: 500, currency: "usd", charge: "ch_1", status: "succeeded", created: T + 5 },
        { id: "re_2", amount: 700, currency: "usd", status: "failed", created: T + 6 },
        { id: "re_3", amount: 0, currency: "usd", status: "succeeded", created: T + 7 },
        { id: "re_4", amount: 1, currency: "usd", status: "succeeded" },
      ];
      const event = make.chargeRefunded({
        ...charge,
        amountRefunded: 500,
        fields: { refunds: { object: "list", data: list } },
      });
      expect(told(event).refunds).toEqual([
        {
          id: "re_1",
          charge: "ch_1",
          amountCents: 500,
          currency: "usd",
          status: "succeeded",
          createdAt: (T + 5) * 1000,
        },
        { id: "re_2", charge: "ch_1", amountCents: 700, currency: "usd", status: "failed", createdAt: (T + 6) * 1000 },
      ]);
    });

    it("comes within its payment intent before 2022-11-15, failed attempts too", () => {
      const attempts = [
        { id: "ch_1", amount: 500, amount_captured: 500, captured: true, amount_refunded: 20 },
        { id: "ch_0", amount: 500, amount_captured: 0, captured: false },
        { id: "ch_x" },
      ];
      const event = make.paymentIntentSucceeded({ id: "pi_1", amount: 500, fields: { charges: { data: attempts } } });
      expect(told(event).charges).toEqual([
        { id: "ch_1", capturedCents: 500, uncapturedCents: 0, refundedCents: 20 },
        { id: "ch_0", capturedCents: 0, uncapturedCents: 0, refundedCents: 0 },
      ]);
    });
  });

  describe("ST6 a refund", () => {
    it.each([
      ["refund.created", make.refundCreated],
      ["refund.updated", make.refundUpdated],
      ["refund.failed", make.refundFailed],
      ["charge.refund.updated", make.chargeRefundUpdated],
    ] as const)("is told by %s", (type, build) => {
      const event = build({ ...refund, at: T + 90 });
      expect(event.type).toBe(type);
      expect(told(event)).toEqual({
        ...NO_FACTS,
        links: [["ch_1", "pi_1"]],
        refunds: [
          { id: "re_1", charge: "ch_1", amountCents: 2500, currency: "usd", status: "succeeded", createdAt: T * 1000 },
        ],
      });
    });

    it.each([
      ["pending", "pending"],
      ["requires_action", "requires_action"],
      ["succeeded", "succeeded"],
      ["failed", "failed"],
      ["canceled", "canceled"],
      ["a word of a later version", "pending"],
    ])("stands as told: %s", (status, stands) => {
      expect(told(make.refundUpdated({ ...refund, status })).refunds).toMatchObject([{ status: stands }]);
    });

    it.each<[string, StripeJson, unknown]>([
      ["without a charge it is the intent's", { charge: null }, { refunds: [{ charge: "pi_1" }], links: [] }],
      ["without an intent it links nothing", { payment_intent: null }, { refunds: [{ charge: "ch_1" }], links: [] }],
      [
        "expanded",
        { charge: { id: "ch_1", object: "charge" } },
        { refunds: [{ charge: "ch_1" }], links: [["ch_1", "pi_1"]] },
      ],
      ["of a bank payment", { id: "pyr_1", charge: "py_1" }, { refunds: [{ id: "pyr_1", charge: "py_1" }] }],
      ["yen", { currency: "jpy", amount: 1 }, { refunds: [{ amountCents: 1, currency: "jpy" }] }],
      ["no moment of its own: the event's", { created: null }, { refunds: [{ createdAt: (T + 90) * 1000 }] }],
    ])("%s", (_why, fields, facts) => {
      expect(told(make.refundCreated({ ...refund, fields, at: T + 90 }))).toMatchObject(facts as object);
    });

    it.each<[string, StripeJson, string]>([
      ["of nothing", { amount: 0 }, "unreadable"],
      ["without an amount", { amount: undefined }, "unreadable"],
      ["of a negative amount", { amount: -5 }, "unreadable"],
      ["of no payment, as of a cash balance", { charge: null, payment_intent: null }, "no_payment"],
      ["of a creator's transfer", { source_transfer_reversal: "trr_1" }, "own_transfer"],
      ["in no currency", { currency: "zzz" }, "unknown_currency"],
      ["of more than any amount", { amount: 1_000_000_000_000 }, "amount_out_of_range"],
    ])("%s is ignored", (_why, fields, reason) => {
      expect(whyIgnored(make.refundCreated({ ...refund, fields, at: T }))).toBe(reason);
    });
  });

  describe("ST6 a dispute", () => {
    it.each([
      ["needs_response", "open", "the bank took the money"],
      ["under_review", "open", "not decided"],
      ["appeal_needs_response", "open", "lost once, not for good"],
      ["appeal_under_review", "open", "not decided"],
      ["lost", "lost", "no charge.refunded follows"],
      ["won", "won", "the money came back"],
      ["warning_needs_response", "won", "an inquiry takes no money"],
      ["warning_under_review", "won", "an inquiry takes no money"],
      ["warning_closed", "won", "an inquiry that ended"],
      ["prevented", "won", "never came about"],
      ["a word of a later version", "open", "held until a known one comes"],
    ])("%s is %s: %s", (status, stands) => {
      expect(told(make.disputeUpdated({ ...dispute, status, at: T + 90 }))).toEqual({
        ...NO_FACTS,
        links: [["ch_1", "pi_1"]],
        disputes: [
          {
            id: "dp_1",
            charge: "ch_1",
            amountCents: 10_000,
            currency: "usd",
            status: stands,
            changedAt: (T + 90) * 1000,
          },
        ],
      });
    });

    it("is told by its opening and its close", () => {
      expect(told(make.disputeCreated(dispute)).disputes).toMatchObject([{ status: "open" }]);
      expect(told(make.disputeClosed({ ...dispute, status: "lost" })).disputes).toMatchObject([{ status: "lost" }]);
    });
  });
});
