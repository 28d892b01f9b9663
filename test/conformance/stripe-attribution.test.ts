import { describe, expect, test } from "vitest";
import { shapes, type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { expectBooks, openStripeWorld, type StripeShop } from "../support/stripe-world.ts";
import { START } from "../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Stripe counts seconds. */
const at = (millis: number) => Math.floor((START + millis) / 1_000);

async function deliverAll(shop: StripeShop, ...events: readonly StripeJson[]): Promise<void> {
  for (const event of events) expect((await shop.deliver(event)).status).toBe(200);
}

/** Who earns: the creators with a commission in force. */
async function earners(shop: StripeShop): Promise<readonly string[]> {
  await expectBooks(shop.world);
  const all = await Promise.all(
    (["mara", "nils", "olga"] as const).map(async (creator) =>
      (await shop.commissions(creator)).length > 0 ? [creator] : [],
    ),
  );
  return all.flat();
}

async function states(shop: StripeShop): Promise<readonly string[]> {
  const { payments } = await shop.books();
  return payments.map((one: { state: string; reason: string | null }) =>
    one.reason === null ? one.state : `${one.state}: ${one.reason}`,
  );
}

describe.each(shapes)("in the shape of %s, a ref is found", (shape) => {
  const s = stripeEvents(shape);
  const once = { customer: "cus_1", paymentIntent: "pi_1", amountTotal: 10_000 } as const;
  const invoice = { id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 } as const;

  const barely = (clientReferenceId: string) =>
    s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, clientReferenceId });

  test.each<[where: string, events: (ref: string) => readonly StripeJson[]]>([
    ["on the payment intent", (ref) => [s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, ref })]],
    [
      "as referral_code",
      (ref) => [s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, metadata: { referral_code: ref } })],
    ],
    ["in any case", (ref) => [s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, ref: ref.toUpperCase() })]],
    ["on the session", (ref) => [s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, ref })]],
    [
      "in client_reference_id as al-CODE",
      (ref) => [s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, clientReferenceId: `al-${ref}` })],
    ],
    [
      "on the session of a payment intent that came first",
      (ref) => [
        s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1" }),
        s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, ref }),
      ],
    ],
    ["on the invoice", (ref) => [s.invoicePaid({ ...invoice, ref })]],
    [
      "on the subscription, as the invoice keeps it",
      (ref) => [s.invoicePaid({ ...invoice, subscriptionMetadata: { agentlinks_ref: ref } })],
    ],
    [
      "on the subscription, as its own event tells",
      (ref) => [s.subscriptionCreated({ id: "sub_1", customer: "cus_1", ref }), s.invoicePaid(invoice)],
    ],
    ["on the customer", (ref) => [s.customerCreated({ id: "cus_1", ref }), s.invoicePaid(invoice)]],
    [
      "on the customer, changed before the payment",
      (ref) => [s.customerUpdated({ id: "cus_1", ref }), s.invoicePaid(invoice)],
    ],
    [
      "on the session that began the subscription, for its renewals",
      (ref) => [
        s.sessionCompleted({
          id: "cs_1",
          mode: "subscription",
          customer: "cus_1",
          subscription: "sub_1",
          amountTotal: 0,
          paymentStatus: "no_payment_required",
          ref,
        }),
        s.invoicePaid(invoice),
      ],
    ],
    [
      "in a promotion code of a creator's name",
      (ref) => [
        s.promotionCodeCreated({ id: "promo_1", code: ref.toUpperCase() }),
        s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, promotionCode: "promo_1" }),
      ],
    ],
    [
      "in the metadata of a promotion code",
      (ref) => [
        s.promotionCodeCreated({ id: "promo_1", code: "SUMMER", ref }),
        s.sessionCompleted({ id: "cs_1", mode: "payment", ...once, promotionCode: "promo_1" }),
      ],
    ],
  ])("ST3 AL17 %s", async (_where, events) => {
    const shop = await openStripeWorld();
    await deliverAll(shop, ...events(shop.refs.mara));
    expect(await earners(shop)).toEqual(["mara"]);
    expect((await shop.balance()).pending_cents).toBe(2_850);
  });

  test("ST3 but a bare client_reference_id only where the app says that it is one", async () => {
    const strict = await openStripeWorld();
    await deliverAll(strict, barely(strict.refs.mara));
    expect([await earners(strict), await states(strict)]).toEqual([[], ["parked: bare_ref"]]);
    const lenient = await openStripeWorld({ settings: { bare_client_reference_ids: true } });
    await deliverAll(lenient, barely(lenient.refs.mara));
    expect(await earners(lenient)).toEqual(["mara"]);
  });
});

describe("of several refs", () => {
  const s = stripeEvents("newest");

  test("ST3 ST9 an account of Accounts v2 is the customer it was", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara, fields: { customer_account: "acct_v2" } }),
      s.invoicePaid({ id: "in_1", customer: null, customerAccount: "acct_v2", amountPaid: 10_000 }),
    );
    expect(await earners(shop)).toEqual(["mara"]);
  });

  test("ST3 the first that is live counts: an unknown, an expired and another app's code are passed over", async () => {
    const shop = await openStripeWorld();
    const other = await shop.world.newApp();
    const { key } = shop.app;
    const expired = { ref: "gone-tomorrow", expires_at: "2026-01-15T12:00:01Z" };
    await shop.world.call(`/api/v1/affiliates/${shop.ids.nils}/codes`, expired, { key });
    shop.world.advance(2_000);
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        customer: "cus_1",
        paymentIntent: "pi_1",
        amountTotal: 10_000,
        ref: other.ref,
      }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: "producthunt" }),
      s.sessionCompleted({
        id: "cs_2",
        mode: "payment",
        customer: "cus_1",
        paymentIntent: "pi_2",
        amountTotal: 10_000,
        ref: "gone-tomorrow",
      }),
    );
    expect(await earners(shop)).toEqual(["mara"]);
    expect(await shop.commissions()).toHaveLength(2);
  });

  test("ST3 the user's fixed referral goes before any of them", async () => {
    const shop = await openStripeWorld();
    const signup = { ref: shop.refs.mara, user_id: "u_1" };
    await shop.world.call("/api/track/signup", signup, { key: shop.app.key });
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", userId: "u_1", ref: shop.refs.nils }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: shop.refs.olga }),
    );
    expect(await earners(shop)).toEqual(["mara"]);
    expect((await shop.commissions())[0].user_id).toBe("u_1");
  });

  test("ST3 D-trust a public referral that nobody fixed gives way to a ref that Stripe vouches for, and is fixed by it", async () => {
    const shop = await openStripeWorld();
    await shop.world.call("/api/track/signup", { ref: shop.refs.nils, user_id: "u_1" });
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, userId: "u_1", ref: shop.refs.mara }),
      s.paymentIntentSucceeded({ id: "pi_2", amount: 10_000, userId: "u_1", ref: shop.refs.olga }),
    );
    expect(await earners(shop)).toEqual(["mara"]);
    expect(await shop.commissions()).toHaveLength(2);
  });

  test("ST3 D-trust without a ref of Stripe's a public referral stands: the payment is matched", async () => {
    const shop = await openStripeWorld({ program: { conversions: "keyed" } });
    await shop.world.call("/api/track/signup", { ref: shop.refs.mara, user_id: "u_1" });
    await deliverAll(shop, s.sessionCompleted({ id: "cs_1", mode: "payment", amountTotal: 10_000, userId: "u_1" }));
    expect((await shop.commissions()).map((one) => [one.lane, one.reason])).toEqual([["held", "below_mode"]]);
  });

  test("ST3 the subject is the user in the payment's own metadata, else the customer's, else the customer", async () => {
    const shop = await openStripeWorld();
    const { mara: ref } = shop.refs;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", userId: "u_1" }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 1_000, customer: "cus_1", userId: "u_2", ref }),
      s.paymentIntentSucceeded({ id: "pi_2", amount: 2_000, customer: "cus_1", ref }),
      s.paymentIntentSucceeded({ id: "pi_3", amount: 3_000, customer: "cus_3", ref }),
      s.paymentIntentSucceeded({ id: "pi_4", amount: 4_000, ref }),
    );
    const subjects = Object.fromEntries((await shop.commissions()).map((one) => [one.amount_cents, one.user_id]));
    expect(subjects).toEqual({ 1_000: "u_2", 2_000: "u_1", 3_000: "cus_3", 4_000: null });
  });

  test("ST3 a user learnt later is the same customer: payments made before are that user's", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: shop.refs.mara }),
      s.customerUpdated({ id: "cus_1", userId: "u_1", at: at(DAY) }),
    );
    expect((await shop.commissions())[0].user_id).toBe("u_1");
    await shop.world.call(
      "/api/track/conversion",
      { user_id: "u_1", amount_cents: 500, event_id: "e" },
      { key: shop.app.key },
    );
    expect(await shop.commissions()).toHaveLength(2);
  });
});

describe("a payment and the ref of its customer", () => {
  const s = stripeEvents("newest");
  const invoice = (id: string, millis: number) =>
    s.invoicePaid({
      id,
      customer: "cus_1",
      amountPaid: 10_000,
      created: at(millis),
      at: at(millis),
      paidAt: at(millis),
    });

  test("ST3b an hour is left to write it there, and not longer", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      invoice("in_1", -2 * HOUR),
      invoice("in_2", -HOUR),
      s.customerUpdated({ id: "cus_1", ref: shop.refs.mara, at: at(0) }),
    );
    expect(await earners(shop)).toEqual(["mara"]);
    expect(await shop.commissions()).toHaveLength(1);
    expect(await states(shop)).toEqual(["parked: no_ref", "counted"]);
  });

  test("ST3b the one in force at the payment counts, whichever is told first", async () => {
    const shop = await openStripeWorld();
    const { mara, nils } = shop.refs;
    await deliverAll(
      shop,
      s.customerUpdated({ id: "cus_1", ref: nils, at: at(0) }),
      s.customerCreated({ id: "cus_1", ref: mara, created: at(-10 * DAY), at: at(-10 * DAY) }),
      invoice("in_1", -2 * HOUR),
    );
    expect(await earners(shop)).toEqual(["mara"]);
  });

  test("ST3b a payment that is attributed stays so, and so do the customer's later ones", async () => {
    const shop = await openStripeWorld();
    const { mara, nils } = shop.refs;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: mara }),
      invoice("in_1", 0),
      s.customerUpdated({ id: "cus_1", ref: nils, at: at(MINUTE) }),
      invoice("in_2", 2 * HOUR),
    );
    expect(await earners(shop)).toEqual(["mara"]);
    expect(await shop.commissions()).toHaveLength(2);
  });

  test("ST3b without one it waits for 30 days, is closed as no_ref, and costs nobody anything", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, invoice("in_1", 0));
    expect(await states(shop)).toEqual(["parked: no_ref"]);
    shop.world.advance(30 * DAY - 1);
    await shop.world.runJobs();
    expect(await states(shop)).toEqual(["parked: no_ref"]);
    shop.world.advance(1);
    await shop.world.runJobs();
    expect(await states(shop)).toEqual(["closed: no_ref"]);
    await deliverAll(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await shop.world.runJobs();
    expect([await earners(shop), await states(shop)]).toEqual([[], ["closed: no_ref"]]);
  });

  test("ST3b a signup by the backend that crosses with Stripe's event is in time, one much later is not", async () => {
    const shop = await openStripeWorld();
    const { key } = shop.app;
    for (const [id, userId] of [
      ["cs_1", "u_1"],
      ["cs_2", "u_2"],
    ] as const) {
      await deliverAll(shop, s.sessionCompleted({ id, mode: "payment", amountTotal: 10_000, userId }));
    }
    shop.world.advance(30 * MINUTE);
    await shop.world.call("/api/track/signup", { ref: shop.refs.mara, user_id: "u_1" }, { key });
    shop.world.advance(31 * MINUTE);
    await shop.world.call("/api/track/signup", { ref: shop.refs.mara, user_id: "u_2" }, { key });
    await shop.world.runJobs();
    expect((await shop.commissions()).map((one) => one.user_id)).toEqual(["u_1"]);
    expect(await states(shop)).toEqual(["counted", "parked: no_ref"]);
  });

  test("ST3b and so is a sale by the backend that says whose the user is", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, s.sessionCompleted({ id: "cs_1", mode: "payment", amountTotal: 10_000, userId: "u_1" }));
    const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 500, event_id: "1" };
    await shop.world.call("/api/track/conversion", sale, { key: shop.app.key });
    await shop.world.runJobs();
    expect((await shop.commissions()).map((one) => one.amount_cents).toSorted((a, b) => a - b)).toEqual([500, 10_000]);
  });

  test("AL48 a customer known for more than a day before a ref was first seen earns nothing, a new one does", async () => {
    const shop = await openStripeWorld({ program: { new_customers_only: true } });
    const { mara: ref } = shop.refs;
    const trial = 40 * DAY;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref, created: at(-trial), at: at(-trial) }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 1_000 }),
      s.customerCreated({ id: "cus_2", created: at(-trial), at: at(-trial) }),
      s.customerUpdated({ id: "cus_2", ref, created: at(-trial), at: at(-HOUR) }),
      s.invoicePaid({ id: "in_2", customer: "cus_2", amountPaid: 2_000 }),
      s.invoicePaid({ id: "in_3", customer: "cus_3", amountPaid: 3_000, ref }),
    );
    const earned = Object.fromEntries(
      (await shop.commissions()).map((one) => [one.amount_cents, [one.commission_cents, one.reason]]),
    );
    expect(earned).toEqual({ 1_000: [300, null], 2_000: [0, "existing_customer"], 3_000: [900, null] });
  });

  test("D-self_referral a creator who pays by their own link earns nothing, by address or account, with or without a customer", async () => {
    const shop = await openStripeWorld();
    const { mara: ref } = shop.refs;
    const { body } = await shop.world.call(`/api/v1/affiliates/${shop.ids.mara}`, undefined, { key: shop.app.key });
    const email = ` ${body.affiliate.email.toUpperCase()}`;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref, email }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 1_000 }),
      s.sessionCompleted({ id: "cs_2", mode: "payment", amountTotal: 2_000, ref, email }),
      s.sessionCompleted({ id: "cs_3", mode: "payment", amountTotal: 3_000, ref, email: "kim@example.test" }),
    );
    const earned = Object.fromEntries((await shop.commissions()).map((one) => [one.amount_cents, one.reason]));
    expect(earned).toEqual({ 1_000: "self_referral", 2_000: "self_referral", 3_000: null });
    expect((await shop.balance()).pending_cents).toBe(855);
  });

  test("D-revoked the customers of a revoked creator are free for the next live ref, and later payments earn nothing", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }), invoice("in_1", 0));
    const gone = { status: "revoked", reason: "a test" };
    await shop.world.call(`/api/v1/affiliates/${shop.ids.mara}`, gone, { key: shop.app.key, method: "PATCH" });
    await deliverAll(shop, invoice("in_2", HOUR));
    expect((await shop.commissions()).map((one) => [one.status, one.commission_cents])).toContainEqual(["pending", 0]);
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({
        id: "pi_3",
        amount: 10_000,
        customer: "cus_1",
        ref: shop.refs.nils,
        at: at(2 * HOUR),
      }),
    );
    expect(await shop.commissions("nils")).toHaveLength(1);
  });
});
