import { describe, expect, onTestFinished, test } from "vitest";
import { workerUrl } from "../support/edge-door.ts";
import { type FakeFault, type FakeObject, type FakeStripe, startFakeStripe } from "../support/fake-stripe.ts";
import { connect, CONNECT, createConnectWorld } from "../support/stripe-connect.ts";
import { type StripeEvent, type StripeJson, type StripeShape, shapes, stripeEvents } from "../support/stripe-events.ts";
import { type Story, STORIES } from "../support/stripe-stories.ts";
import { CREATORS, deliverTo, expectBooks, openShop, SECRET, type StripeShop } from "../support/stripe-world.ts";
import { createWorld, type Json, NO_STRIPE, START, type World } from "../support/world.ts";

// An app with a restricted key: what events leave out, or never told, Stripe is asked for.

const KEY = `rk_live_${"k".repeat(24)}`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** One story in so many. In workerd each takes ten times as long. */
const here = workerUrl() === null;
const EVERY = { whole: here ? 1 : 8, failing: here ? 9 : 50 };
/** What Stripe's API answers with: its version is the client's, whatever shape an endpoint's events have. */
const api = stripeEvents("newest").objects;
/** 30 % of 10,000, less the platform's 5 % of that. */
const OF_10_000 = 2_850;

describe.each(shapes)("in the shape of %s", (shape) => {
  const s = stripeEvents(shape);

  test("ST3 ST3b the guide's integration needs no customer event: invoice.paid alone counts, by one read of its customer", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    expect(reads(fake)).toEqual(["/v1/checkout/sessions", "/v1/customers/cus_1", "/v1/invoices/in_1"]);

    // The first payment made the referral that the others go by.
    for (const id of ["in_2", "in_3"]) {
      await deliver(shop, s.invoicePaid({ id, customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
    }
    expect((await shop.balance()).pending_cents).toBe(3 * OF_10_000);
    expect(fake.requests).toHaveLength(3);
    await expectBooks(shop.world);
  });

  test("ST3 a subscription whose checkout was never told is found by the session it began with", async () => {
    const { shop, fake } = await openKeyed();
    const session = {
      id: "cs_1",
      mode: "subscription",
      customer: "cus_1",
      subscription: "sub_1",
      invoice: "in_1",
    } as const;
    put(fake, api.session({ ...session, amountTotal: 10_000, clientReferenceId: `al-${shop.refs.mara}` }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
    await deliver(shop, s.invoicePaid({ id: "in_2", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
    expect((await shop.balance()).pending_cents).toBe(2 * OF_10_000);
  });

  test("ST3b what is stored answers before the API: for what it says nothing is asked", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.customerUpdated({ id: "cus_1", ref: shop.refs.nils }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await pendingOf(shop)).toEqual({ mara: 0, nils: OF_10_000, olga: 0 });
    expect(fake.requests).toEqual([]);
  });

  test("ST3b a stored ref that nobody has leaves it to the API", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.customerUpdated({ id: "cus_1", ref: "nobody_has_it", at: secondsAt(-DAY) }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await pendingOf(shop)).toEqual({ mara: OF_10_000, nils: 0, olga: 0 });
  });

  test("ST3b what was read by API gives way to what is told of the time before the payment, however late", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000 }));
    expect(await statesOf(shop)).toEqual([["parked", "waits_for_invoice"]]);
    expect(reads(fake)).toContain("/v1/customers/cus_1");
    await deliver(shop, s.customerUpdated({ id: "cus_1", ref: shop.refs.nils, at: secondsAt(-DAY) }));
    await passTime(shop.world, HOUR);
    expect(await pendingOf(shop)).toEqual({ mara: 0, nils: OF_10_000, olga: 0 });
  });

  test("ST3b a stored ref that was not yet there when the payment was made leaves it to the API", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.customerUpdated({ id: "cus_1", ref: shop.refs.nils, at: secondsAt(2 * HOUR) }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await pendingOf(shop)).toEqual({ mara: OF_10_000, nils: 0, olga: 0 });
  });

  test("ST3b what Stripe does not have parks the payment as no_ref, and is asked for once until more is told", async () => {
    const { shop, fake } = await openKeyed();
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
    await expectAskedNoMore(shop, fake);

    // More of the same payment: the customer has a ref by now.
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaymentSucceeded({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });

  test("ST3b a key that is gone parks the payment as no_ref, and is not tried again until more is told", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    fake.revoke(KEY);
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
    await expectAskedNoMore(shop, fake);

    const renewed = { restricted_key: `${KEY}2` };
    await shop.world.call("/api/v1/app/stripe", renewed, { key: shop.app.key, method: "PUT" });
    await replay(shop);
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });

  test("ST3b Stripe is asked once: not again after the hour of a payment intent, by a ref that nobody has, or at the end", async () => {
    const { shop, fake } = await openKeyed();
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000 }));
    const asked = fake.requests.length;
    await passTime(shop.world, HOUR);
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
    await deliver(shop, s.customerUpdated({ id: "cus_1", ref: "nobody_has_it", at: secondsAt(-DAY) }));
    expect(await statesOf(shop)).toEqual([["parked", "unknown_ref"]]);
    await passTime(shop.world, 30 * DAY);
    expect(await statesOf(shop)).toEqual([["closed", "unknown_ref"]]);
    expect([asked, fake.requests.length]).toEqual([3, 3]);
  });

  test("ST3b of a customer without a ref each payment asks once", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1" }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    await deliver(shop, s.invoicePaid({ id: "in_2", customer: "cus_1", amountPaid: 10_000 }));
    expect(reads(fake)).toEqual([
      "/v1/customers/cus_1",
      "/v1/customers/cus_1",
      "/v1/invoices/in_1",
      "/v1/invoices/in_2",
    ]);
    await expectAskedNoMore(shop, fake);
  });

  test("ST1 without a key Stripe is never asked", async () => {
    const { world, fake } = await openWorld();
    const shop = await openShop(world);
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_2", customer: "cus_1", amount: 10_000 }));
    await passMinutes(world, 3);
    expect(await statesOf(shop)).toEqual([
      ["parked", "no_ref"],
      ["parked", "waits_for_invoice"],
    ]);
    expect(fake.requests).toEqual([]);
  });

  test("ST3 a promotion code that no event told is read by the id in the session, and counts for its creator", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.promotionCode({ id: "promo_1", code: shop.refs.mara.toUpperCase() }));
    const session = { id: "cs_1", customer: "cus_1", paymentIntent: "pi_1", amountTotal: 10_000 };
    await deliver(shop, s.sessionCompleted({ ...session, promotionCode: "promo_1" }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    expect(reads(fake)).toContain("/v1/promotion_codes/promo_1");
  });

  test("ST3 a promotion code behind an invoice's discount, of which events tell the id alone, is read with the invoice", async () => {
    const { shop, fake } = await openKeyed();
    const discount = { id: "di_1", object: "discount", promotion_code: "promo_1" };
    put(fake, api.promotionCode({ id: "promo_1", code: "SPRING", ref: shop.refs.mara }));
    put(fake, api.invoice({ id: "in_1", customer: "cus_1", amountPaid: 10_000, fields: { discounts: [discount] } }));
    const discounts = ["di_1"];
    await deliver(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, fields: { discounts } }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });

  test("ST4 a payment intent alone finds its session at once", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.session({ id: "cs_1", paymentIntent: "pi_1", amountTotal: 10_000, ref: shop.refs.mara }));
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000 }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    const { payments } = await shop.books();
    expect(payments).toMatchObject([{ state: "counted", names: "cs_1,pi_1" }]);
  });

  test("ST3 a payment intent alone finds its invoice, and the promotion code behind that one's discount", async () => {
    const { shop, fake } = await openKeyed();
    const discount = { id: "di_1", object: "discount", promotion_code: "promo_1" };
    put(fake, api.promotionCode({ id: "promo_1", code: shop.refs.mara }));
    put(fake, api.invoice({ id: "in_1", customer: "cus_1", amountPaid: 10_000, fields: { discounts: [discount] } }));
    put(fake, api.invoicePayment({ invoice: "in_1", paymentIntent: "pi_1" }));
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000 }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });

  test("ST4 a payment intent alone finds its invoice at once, and counts as that, net of tax", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    put(fake, api.invoicePayment({ invoice: "in_1", paymentIntent: "pi_1" }));
    const invoice = { id: "in_1", customer: "cus_1", amountPaid: 11_900, totalExcludingTax: 10_000 };
    put(fake, api.invoice(invoice));
    await deliver(shop, s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 11_900 }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    // Told later, or never, it is the same payment.
    await deliver(shop, s.invoicePaid(invoice));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    expect(await shop.commissions()).toHaveLength(1);
    await expectBooks(shop.world);
  });
});

describe("ST5 money that did not come through Stripe, as the API alone tells of today's invoices", () => {
  const s = stripeEvents("newest");
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 10_000, collectionMethod: "send_invoice" } as const;
  const recorded = { payment: { type: "payment_record", payment_record: "pyr_1" } };

  test.each([
    [
      "its payments are records of what was paid elsewhere",
      {},
      [api.invoicePayment({ invoice: "in_1", fields: recorded })],
    ],
    ["all of it was paid off Stripe", { amount_paid_off_stripe: 10_000 }, []],
  ] as const)("earns nothing: %s", async (_, fields, payments) => {
    const { shop, fake } = await openKeyed();
    for (const object of [api.invoice({ ...invoice, fields }), ...payments]) put(fake, object);
    await deliver(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid(invoice));
    expect(await statesOf(shop)).toEqual([["parked", "out_of_band"]]);
    await expectAskedNoMore(shop, fake);
    expect(await shop.commissions()).toEqual([]);
  });

  test("earns in an app that says so, and needs no question", async () => {
    const { shop, fake } = await openKeyed({ out_of_band: true });
    await deliver(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid(invoice));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    expect(fake.requests).toEqual([]);
  });

  test("earns once an app says so and takes the event again", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.invoice(invoice));
    put(fake, api.invoicePayment({ invoice: "in_1", fields: recorded }));
    await deliver(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid(invoice));
    const change = { out_of_band: true };
    await shop.world.call("/api/v1/app/stripe", change, { key: shop.app.key, method: "PUT" });
    await replay(shop);
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });

  test("earns where a payment of Stripe's is among them", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.invoice(invoice));
    put(fake, api.invoicePayment({ invoice: "in_1", paymentIntent: "pi_1" }));
    await deliver(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, s.invoicePaid(invoice));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });
});

describe("ST2 whose key reads", () => {
  const s = stripeEvents("newest", { account: "acct_1" });
  const invoice = s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 });

  test("of a connected account it is the platform's, in the account's name", async () => {
    const { shop, fake } = await openConnected();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }), "acct_1");
    await deliverToPlatform(shop.world, invoice);
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
    const headers = readsOf(fake).map((request) => request.headers);
    expect(headers.map((each) => [each.authorization, each["stripe-account"]])).toEqual([
      [`Bearer ${CONNECT.secretKey}`, "acct_1"],
      [`Bearer ${CONNECT.secretKey}`, "acct_1"],
    ]);
  });

  test("of an account of its own it is the app's, in nobody's name", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    await deliver(shop, stripeEvents("newest").invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    const headers = fake.requests.map((request) => request.headers);
    expect(headers.map((each) => [each.authorization, each["stripe-account"]])).toEqual([
      [`Bearer ${KEY}`, undefined],
      [`Bearer ${KEY}`, undefined],
    ]);
  });

  test("ST3b an account that no longer lets the platform in leaves the payment as no_ref, and is not asked again", async () => {
    const { shop, fake } = await openConnected();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }), "acct_1");
    await disconnectAtStripe(fake, "acct_1");
    await deliverToPlatform(shop.world, invoice);
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
    await expectAskedNoMore(shop, fake);
  });
});

describe.each(shapes)("ST7 stories whose other half is read by API, in the shape of %s", (shape) => {
  test.each(STORIES.filter((_, index) => index % EVERY.whole === 0))(
    "end in what the whole story comes to: $title",
    async (story) => {
      const { world, shop, wanted, tell } = await openStory(story, shape);
      await tell();
      expect(await booksOf(shop)).toEqual(wanted);
      await expectBooks(world);
    },
  );

  // What went wrong has nothing to do with the shape of events.
  const faults = shape === "newest" ? (["500", "429", "lost", "unreadable"] as const) : (["lost"] as const);
  const played = STORIES.flatMap((story) => faults.map((fault) => ({ ...story, fault })));
  test.each(played.filter((_, index) => index % EVERY.failing === 0))(
    "… also when Stripe's first answers are $fault: $title",
    async ({ fault, ...story }) => {
      const { shop, wanted } = await playThrough(story, shape, fault);
      expect(await booksOf(shop)).toEqual(wanted);
    },
  );
});

// Both at once: each request is waited for until its real time is up.
test("ST7 … also when Stripe does not answer in time: the guide's own in the one shape, a creator's promotion code in the other", async () => {
  const told = [
    ["the guide's own", "newest"],
    ["a creator's promotion code", "2024"],
  ] as const;
  await Promise.all(
    told.map(async ([title, shape]) => {
      const story = STORIES.find((one) => one.title.startsWith(title)) ?? expect.fail("no such story");
      const { shop, wanted } = await playThrough(story, shape, "timeout");
      expect(await booksOf(shop)).toEqual(wanted);
    }),
  );
}, 60_000);

describe("ST7 while Stripe does not answer", () => {
  const s = stripeEvents("newest");
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 10_000 };

  test("it is asked again after a minute, then after twice as long each time, up to six hours", async () => {
    const { shop, fake } = await openKeyed();
    fake.fail(...times(100, "500"));
    // Of nobody: there is one thing to ask, so that each attempt is one request.
    await deliver(shop, s.invoicePaid({ id: "in_1", amountPaid: 10_000 }));
    for (const minutes of [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]) {
      const asked = fake.requests.length;
      await passTime(shop.world, minutes * MINUTE - 1);
      expect(fake.requests.length, `before ${minutes} minutes have passed`).toBe(asked);
      await passTime(shop.world, 1);
      expect(fake.requests.length, `after ${minutes} minutes`).toBe(asked + 1);
    }
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
  });

  test("every payment waits by itself, and an answer ends it", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    fake.fail(...times(100, "429"));
    for (const id of ["in_1", "in_2", "in_3"]) await deliver(shop, s.invoicePaid({ ...invoice, id }));
    expect(await statesOf(shop)).toEqual(times(3, ["parked", "no_ref"]));
    fake.recover();
    await passMinutes(shop.world, 1);
    expect((await shop.balance()).pending_cents).toBe(3 * OF_10_000);
    await expectAskedNoMore(shop, fake);
  });

  test("nothing more is asked in the same delivery, or by the same job: of many payments that are due the first finds out", async () => {
    const { shop, fake } = await openKeyed();
    const ids = ["in_1", "in_2", "in_3"];
    for (const id of ids) put(fake, api.invoice({ id, amountPaid: 10_000, ref: shop.refs.mara }));
    fake.fail(...times(100, "500"));
    for (const id of ids) await deliver(shop, s.invoicePaid({ id, amountPaid: 10_000 }));
    expect(fake.requests).toHaveLength(3);
    shop.world.advance(MINUTE);
    await deliver(shop, s.customerCreated({ id: "cus_9", ref: shop.refs.nils }));
    expect(fake.requests).toHaveLength(4);
    await passTime(shop.world, 2 * MINUTE);
    expect(fake.requests).toHaveLength(5);
    fake.recover();
    await passTime(shop.world, 4 * MINUTE);
    expect((await shop.balance()).pending_cents).toBe(3 * OF_10_000);
  });

  test("ST3b for 30 days the payment is closed, and asks no more; taken again later, it counts", async () => {
    const { shop, fake } = await openKeyed();
    put(fake, api.customer({ id: "cus_1", ref: shop.refs.mara }));
    fake.fail(...times(1_000, "500"));
    await deliver(shop, s.invoicePaid(invoice));
    for (let day = 1; day < 30; day++) await passTime(shop.world, DAY);
    expect(await statesOf(shop)).toEqual([["parked", "no_ref"]]);
    await passTime(shop.world, DAY);
    expect(await statesOf(shop)).toEqual([["closed", "no_ref"]]);
    await expectAskedNoMore(shop, fake);

    fake.recover();
    await replay(shop);
    // The two weeks of its commission ran from the payment.
    expect((await shop.balance()).available_cents).toBe(OF_10_000);
    expect(await statesOf(shop)).toEqual([["counted", null]]);
    await expectBooks(shop.world);
  });

  test("what is told of the payment meanwhile counts without it", async () => {
    const { shop, fake } = await openKeyed();
    fake.fail(...times(100, "lost"));
    await deliver(shop, s.invoicePaid(invoice));
    await deliver(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    expect((await shop.balance()).pending_cents).toBe(OF_10_000);
  });
});

/** A world at a Stripe of its own. */
async function openWorld(): Promise<{ readonly world: World; readonly fake: FakeStripe }> {
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  return { world: await createWorld({ config: { stripe: { ...NO_STRIPE, apiBase: fake.url } } }), fake };
}

/** A shop there that gave its key. */
async function openKeyed(settings: StripeJson = {}): Promise<{ readonly shop: StripeShop; readonly fake: FakeStripe }> {
  const { world, fake } = await openWorld();
  return { shop: await openShop(world, { settings: { restricted_key: KEY, ...settings } }), fake };
}

/** A shop that connected its account, and has no key. */
async function openConnected(): Promise<{ readonly shop: StripeShop; readonly fake: FakeStripe }> {
  const stripe = { ...CONNECT, webhookSecrets: [SECRET] };
  const there = await createConnectWorld({ config: { stripe } });
  const shop = await openShop(there.world);
  expect((await connect(there, shop.app, { account: "acct_1" })).status).toBe(200);
  return { shop, fake: there.fake };
}

/** As an owner does in Stripe's dashboard: here nobody hears of it. */
async function disconnectAtStripe(fake: FakeStripe, account: string): Promise<void> {
  const body = new URLSearchParams({ client_id: CONNECT.clientId, stripe_user_id: account });
  const headers = { Authorization: `Bearer ${CONNECT.secretKey}` };
  expect((await fetch(`${fake.url}/oauth/deauthorize`, { method: "POST", headers, body })).status).toBe(200);
}

async function deliver(shop: StripeShop, event: StripeJson): Promise<void> {
  const { status, body } = await shop.deliver(event);
  expect([status, body.received]).toEqual([200, true]);
}

/** To the endpoint that all connected accounts share. */
async function deliverToPlatform(world: World, event: StripeJson): Promise<void> {
  expect((await deliverTo(world, "/api/stripe/webhook", event)).status).toBe(200);
}

/** Takes the last invoice that was told once more, as its owner may. */
async function replay(shop: StripeShop): Promise<void> {
  const event = (await shop.events()).find(({ type }) => type === "invoice.paid");
  const path = `/api/v1/app/stripe/events/${event.id}/replay`;
  expect((await shop.world.call(path, undefined, { key: shop.app.key, method: "POST" })).status).toBe(200);
}

/** What the two halves of a story are told to: events to the endpoint, the rest to Stripe's API. */
async function openStory(story: Story, shape: StripeShape) {
  const { world, fake } = await openWorld();
  const { settings = {} } = story;
  const told = await openShop(world, { settings });
  for (const event of story.events(stripeEvents(shape), told.refs)) await deliver(told, event);
  const shop = await openShop(world, { settings: { ...settings, restricted_key: KEY } });
  for (const { data } of story.events(stripeEvents("newest"), shop.refs).map(asEvent)) put(fake, data.object);
  return {
    world,
    fake,
    shop,
    wanted: await booksOf(told),
    tell: async () => {
      const events = story.events(stripeEvents(shape), shop.refs);
      for (const event of events) if (!isReadInstead(event, events)) await deliver(shop, event);
    },
  };
}

/**
 * Whether Stripe is asked for what the event tells: where that is not known whose the payment is. It finds sessions by their
 * payment intent, and a subscription's has none; the invoice of an intent that has a ref of its own is for events to tell.
 */
function isReadInstead(event: StripeJson, story: readonly StripeJson[]): boolean {
  const { type, data } = asEvent(event);
  if (type.startsWith("checkout.session.")) return data.object["mode"] === "payment";
  if (type === "invoice_payment.paid") return !story.map(asEvent).some(hasOwnRef);
  return ["customer.created", "promotion_code.created"].includes(type);
}

function hasOwnRef({ type, data }: StripeEvent): boolean {
  return type === "payment_intent.succeeded" && JSON.stringify(data.object["metadata"]) !== "{}";
}

/** A story is told while every answer fails, and Stripe is asked again once it answers. */
async function playThrough(story: Story, shape: StripeShape, fault: FakeFault) {
  const { world, fake, shop, wanted, tell } = await openStory(story, shape);
  fake.fail(...times(100, fault));
  await tell();
  const { payments } = await shop.books();
  expect(payments.map((payment: Json) => payment.state)).not.toContain("closed");
  fake.recover();
  // Each event of a payment was a failure: after five of them it waits for half an hour.
  for (const minutes of [1, 32, 16]) await passTime(world, minutes * MINUTE);
  await expectBooks(world);
  return { shop, wanted };
}

async function expectAskedNoMore({ world }: StripeShop, fake: FakeStripe): Promise<void> {
  const asked = fake.requests.length;
  for (const millis of [MINUTE, HOUR, DAY]) await passTime(world, millis);
  expect(fake.requests).toHaveLength(asked);
}

async function passMinutes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) await passTime(world, MINUTE);
}

async function passTime(world: World, millis: number): Promise<void> {
  world.advance(millis);
  await world.runJobs();
}

function put(fake: FakeStripe, object: StripeJson, account?: string): void {
  const whole = asFakeObject(object);
  // The builder names an invoice's payment after the invoice, which may have several.
  const { payment } = whole;
  const id = whole.object === "invoice_payment" ? `inpay_${JSON.stringify(payment)}` : whole.id;
  fake.put({ ...whole, id }, account === undefined ? {} : { account });
}

/** The paths that were read, without what was asked about them. */
function reads(fake: FakeStripe): readonly string[] {
  return readsOf(fake)
    .map(({ path }) => path.replace(/\?.*/, ""))
    .toSorted();
}

function readsOf(fake: FakeStripe) {
  return fake.requests.filter(({ method }) => method === "GET");
}

/** What everybody has. Of whom it names the API may tell more, or not be asked. */
async function booksOf(shop: StripeShop): Promise<Json> {
  const books = await shop.books();
  const own = CREATORS.map((creator) => {
    const { commissions, ...sums } = books[creator];
    return [creator, { ...sums, commissions: commissions.map((one: string) => ({ ...JSON.parse(one), user_id: "" })) }];
  });
  return Object.fromEntries(own);
}

async function pendingOf(shop: StripeShop): Promise<Json> {
  const own = CREATORS.map(async (creator) => [creator, (await shop.balance(creator)).pending_cents]);
  return Object.fromEntries(await Promise.all(own));
}

/** Why each payment waits. */
async function statesOf(shop: StripeShop): Promise<readonly Json[]> {
  return (await shop.books()).payments.map(({ state, reason }: Json) => [state, reason]);
}

/** Epoch seconds, so many milliseconds after the tests' noon. */
function secondsAt(millis: number): number {
  return (START + millis) / 1_000;
}

function times<const Item>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item);
}

/** The builders make nothing without these. */
function asFakeObject(object: StripeJson): FakeObject {
  return object as FakeObject;
}

function asEvent(event: StripeJson): StripeEvent {
  return event as StripeEvent;
}
