import { describe, expect, test } from "vitest";
import { translateEvent } from "../../../worker/gateways/stripe/translate.ts";
import { shapes, stripeEvents } from "../../support/stripe-events.ts";
import { whyIgnored } from "./told.ts";

const metadata = { agentlinks_payout: "po_1", agentlinks_app: "app_1" };

describe.each(shapes)("in the shape of %s", (shape) => {
  const make = stripeEvents(shape);
  const reversed = { id: "tr_1", amount: 5_000, reversed: 1_200, metadata };

  test("D-transfer_returns a transfer that was reversed tells how much in all, and of which payout", () => {
    expect(translateEvent(make.transferReversed(reversed))).toEqual({
      kind: "returned",
      reversal: {
        transfer: "tr_1",
        payoutId: "po_1",
        appId: "app_1",
        amountCents: 5_000,
        currency: "usd",
        reversedCents: 1_200,
      },
    });
  });

  test.each([
    ["one that was not sent from here", { ...reversed, metadata: {} }, "not_a_payout"],
    ["one without its app", { ...reversed, metadata: { agentlinks_payout: "po_1" } }, "not_a_payout"],
    ["one of which nothing came back", { ...reversed, reversed: 0 }, "no_money"],
    ["one of which more came back than was sent", { ...reversed, reversed: 5_001 }, "unreadable"],
    ["a part of a cent", { ...reversed, reversed: 0.5 }, "unreadable"],
    ["no transfer's id", { ...reversed, id: "tr 1" }, "unreadable"],
    ["no such currency", { ...reversed, currency: "zzz" }, "unknown_currency"],
  ])("D-transfer_returns %s is ignored", (_, transfer, reason) => {
    expect(whyIgnored(make.transferReversed(transfer))).toBe(reason);
  });
});

test("D-transfer_returns an event without its object is ignored", () => {
  expect(whyIgnored({ type: "transfer.reversed", created: 1, data: null })).toBe("unreadable");
});
