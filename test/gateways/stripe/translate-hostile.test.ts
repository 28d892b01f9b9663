import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TransferReversal } from "../../../worker/gateways/stripe/translate-transfer.ts";
import type { StripeFacts, StripeObject } from "../../../worker/domain/stripe-facts.ts";
import { MAX_AMOUNT_CENTS } from "../../../worker/domain/money.ts";
import {
  factsOfCustomer,
  factsOfInvoice,
  factsOfInvoicePayment,
  factsOfPromotionCode,
  factsOfSession,
  translateEvent,
} from "../../../worker/gateways/stripe/translate.ts";
import { IGNORED_REASONS } from "../../../worker/gateways/stripe/translation.ts";
import { shapes, stripeEvents, type StripeEvent, type StripeJson } from "../../support/stripe-events.ts";

const RUNS = 2000;

/** One event of every kind that is read, in both shapes, with everything in it that can be there. */
const EVENTS: readonly StripeEvent[] = shapes.flatMap((shape) => {
  const make = stripeEvents(shape);
  const said = { ref: "mara", userId: "u-7", email: "mara@example.test", customer: "cus_1" };
  const back = { id: "re_1", charge: "ch_1", paymentIntent: "pi_1", amount: 500 };
  const payments = { data: [{ status: "paid", payment: { type: "payment_intent", payment_intent: "pi_1" } }] };
  const charges = { data: [{ id: "ch_1", amount: 500, captured: true, amount_captured: 400 }] };
  const refunds = { data: [{ ...make.objects.refund(back) }] };
  return [
    make.customerCreated({ id: "cus_1", ...said }),
    make.customerUpdated({ id: "cus_1", ...said }),
    make.subscriptionCreated({ id: "sub_1", ...said }),
    make.promotionCodeCreated({ id: "promo_1", code: "MARA" }),
    make.sessionCompleted({
      id: "cs_1",
      amountTotal: 500,
      tax: 80,
      paymentIntent: "pi_1",
      promotionCode: "promo_1",
      ...said,
    }),
    make.invoicePaid({ id: "in_1", amountPaid: 500, tax: 80, subscription: "sub_1", fields: { payments }, ...said }),
    make.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    make.paymentIntentSucceeded({
      id: "pi_1",
      amount: 500,
      latestCharge: "ch_1",
      invoice: "in_1",
      fields: { charges },
      ...said,
    }),
    make.chargeSucceeded({ id: "ch_1", amount: 500, ...said }),
    make.chargeRefunded({ id: "ch_1", amount: 500, amountRefunded: 500, fields: { refunds }, ...said }),
    make.refundCreated(back),
    make.disputeCreated({ ...back, id: "dp_1" }),
    make.transferReversed({
      id: "tr_1",
      amount: 500,
      reversed: 200,
      metadata: { agentlinks_payout: "po_1", agentlinks_app: "app_1" },
    }),
  ];
});

/** Any JSON, with more of what comes close to the truth than chance would give. */
const anyJson = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.constantFrom<unknown>(
    null,
    0,
    -1,
    1.5,
    2 ** 53,
    1e308,
    MAX_AMOUNT_CENTS + 1,
    "",
    "__proto__",
    "in_1",
    "cus_1",
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    { id: 5 },
    { data: [null, [], 5] },
    { data: {} },
    [[[]]],
    { id: { id: "in_1" } },
    true,
    false,
  ),
);

describe("ST7 ST9 hostile JSON", () => {
  it("as a whole event is never more than ignored", () => {
    fc.assert(
      fc.property(anyJson, (event) => {
        expect(translateEvent(event)).toMatchObject({ kind: "ignored" });
      }),
      { numRuns: RUNS },
    );
  });

  it("as the object of any event never throws, by webhook or by API", () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVENTS), anyJson, (event, object) => {
        expect(unsoundIn({ ...event, data: { object } })).toEqual([]);
        expect(readByApi(object).flatMap(unsoundFacts)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("in up to three fields of a real event never throws, and never gives a fact out of its bounds", () => {
    const places = EVENTS.flatMap((event) => pathsOf(event).map((path) => ({ event, path })));
    const change = fc.record({ place: fc.constantFrom(...places), more: fc.array(fc.nat(), { maxLength: 2 }) });
    fc.assert(
      fc.property(change, fc.array(anyJson, { minLength: 3, maxLength: 3 }), ({ place, more }, values) => {
        const all = pathsOf(place.event);
        const paths = [place.path, ...more.map((index) => all[index % all.length] ?? place.path)];
        const changed = paths.reduce<unknown>(
          (event, path, index) => replaced(event, path, values[index]),
          structuredClone(place.event),
        );
        expect(unsoundIn(changed)).toEqual([]);
        expect(readByApi(objectIn(changed)).flatMap(unsoundFacts)).toEqual([]);
      }),
      { numRuns: RUNS * 5 },
    );
  });

  it("removed fields never make it throw", () => {
    const unsound = EVENTS.flatMap((event) =>
      pathsOf(event).flatMap((path) => unsoundIn(replaced(structuredClone(event), path, undefined))),
    );
    expect(unsound).toEqual([]);
  });

  it("deep nesting and long lists are read no further than is of use", () => {
    const deep = Array.from({ length: 5000 }).reduce<unknown>((inner) => ({ id: inner, data: inner }), null);
    const long = { data: Array.from({ length: 100_000 }, (_, index) => ({ promotion_code: `promo_${index}` })) };
    const event = EVENTS.find(({ type }) => type === "checkout.session.completed");
    for (const value of [deep, long]) {
      const object = { ...event?.data.object, discounts: value, customer: value, metadata: value };
      expect(unsoundIn({ ...event, data: { object } })).toEqual([]);
      expect(factsOfSession(object, 0).objects[0]?.promotions.length).toBeLessThanOrEqual(500);
    }
  });
});

function readByApi(object: unknown): readonly StripeFacts[] {
  return [
    factsOfCustomer(object, 0),
    factsOfSession(object, 0),
    factsOfInvoice(object),
    factsOfPromotionCode(object, 0),
    factsOfInvoicePayment(object),
  ];
}

function objectIn(event: unknown): unknown {
  return (event as { readonly data?: { readonly object?: unknown } | null } | null)?.data?.object;
}

/** What breaks a promise of `Translation`. */
function unsoundIn(event: unknown): readonly unknown[] {
  const translation = translateEvent(event);
  if (translation.kind === "facts") return unsoundFacts(translation.facts);
  const known: readonly string[] = IGNORED_REASONS;
  if (translation.kind === "returned") return unsoundReversal(translation.reversal);
  return translation.kind === "deauthorized" || known.includes(translation.reason) ? [] : [translation];
}

function unsoundReversal(reversal: TransferReversal): readonly unknown[] {
  const { transfer, payoutId, appId, amountCents, reversedCents } = reversal;
  const isSound =
    isId(transfer) && isText(payoutId) && isText(appId) && reversedCents >= 1 && reversedCents <= amountCents;
  return isSound && Number.isSafeInteger(reversedCents) ? [] : [reversal];
}

/** Which facts break what the types in domain/stripe-facts.ts promise in words. */
function unsoundFacts(facts: StripeFacts): readonly unknown[] {
  return [
    ...facts.objects.filter((object) => !isSoundObject(object)),
    ...facts.links.filter((link) => link.length < 2 || !areNames(link)),
    ...facts.bindings.filter(({ object, value, fromAt }) => !isId(object) || !isText(value) || !isMoment(fromAt)),
    ...facts.customers.filter(({ id, email, createdAt }) => !isId(id) || !isText(email) || !isMoment(createdAt ?? 0)),
    ...facts.charges.filter(
      (charge) =>
        !isId(charge.id) ||
        ![charge.capturedCents, charge.uncapturedCents, charge.refundedCents].every((c) =>
          isShare(c, MAX_AMOUNT_CENTS),
        ),
    ),
    ...[...facts.refunds, ...facts.disputes].filter(
      (back) => !isId(back.id) || !isId(back.charge) || !isPaid(back.amountCents) || !isCurrency(back.currency),
    ),
  ];
}

function isSoundObject(object: StripeObject): boolean {
  const { money, names } = object;
  return (
    isId(object.id) &&
    areNames(names) &&
    !names.includes(object.id) &&
    areNames(object.promotions) &&
    [object.ref, object.bareRef, object.userId, object.email].every(isText) &&
    (object.ref === null) === (object.rank === null) &&
    (money === null ||
      (isPaid(money.capturedCents) &&
        isShare(money.netOfTaxCents, money.capturedCents) &&
        isCurrency(money.currency) &&
        isMoment(money.occurredAt)))
  );
}

function areNames(names: readonly string[]): boolean {
  return names.every(isId) && new Set(names).size === names.length;
}

function isId(id: string): boolean {
  return /^[a-z]+_[A-Za-z0-9_]{1,250}$/.test(id);
}

function isText(text: string | null): boolean {
  if (text === null) return true;
  return text.length >= 1 && text.length <= 256 && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function isPaid(cents: number): boolean {
  return Number.isSafeInteger(cents) && cents >= 1 && cents <= MAX_AMOUNT_CENTS;
}

function isShare(cents: number, of: number): boolean {
  return Number.isSafeInteger(cents) && cents >= 0 && cents <= of;
}

function isCurrency(currency: string): boolean {
  return /^[a-z]{3}$/.test(currency);
}

function isMoment(millis: number): boolean {
  return Number.isSafeInteger(millis) && !Number.isNaN(new Date(millis).getTime());
}

/** Every field of an event, the outer ones too. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])]);
}

/** The same JSON with another value at a path, as far as the path still leads somewhere. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof value !== "object" || value === null) return value;
  const fields = value as StripeJson;
  return Object.assign(value, { [key]: replaced(fields[key], rest, by) });
}
