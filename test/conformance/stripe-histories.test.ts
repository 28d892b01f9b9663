import { describe, expect, test } from "vitest";
import { type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { expectBooks, openStripeWorld, type StripeShop } from "../support/stripe-world.ts";
import { type Json, START } from "../support/world.ts";

// Several payments, several words on one of them, and what happens in between.

const s = stripeEvents("newest");
const NOW_S = START / 1_000;
const DAY_S = 86_400;
const DAY = DAY_S * 1_000;

async function deliverAll(shop: StripeShop, ...events: readonly StripeJson[]): Promise<void> {
  for (const event of events) expect((await shop.deliver(event)).status).toBe(200);
  await expectBooks(shop.world);
}

/** A call of the shop's owner or backend. */
async function ask(shop: StripeShop, path: string, body?: StripeJson, method?: string): Promise<Json> {
  const { status, body: answer } = await shop.world.call(path, body, {
    key: shop.app.key,
    ...(method === undefined ? {} : { method }),
  });
  await expectBooks(shop.world);
  return { http: status, ...answer };
}

async function reject(shop: StripeShop, lane: string): Promise<void> {
  const { conversions } = await ask(shop, `/api/v1/review?lane=${lane}`);
  const conversion_ids = conversions.map((one: Json) => one.id);
  const answer = await ask(shop, "/api/v1/review", { decision: "reject", conversion_ids, reason: "a test" });
  expect(answer.done).toBe(1);
}

/** The app's account is another one from now on, as Connect leaves it. */
async function switchTo(shop: StripeShop, account: string | null): Promise<void> {
  const sql = "UPDATE stripe_connection SET account = ?1, connected_at = ?2 WHERE app = ?3";
  await shop.world.db.batch([{ sql, args: [account, BigInt(shop.world.deps.now()), shop.app.id] }]);
}

describe("a word in a customer's metadata that is no code of the app", () => {
  const tagged = s.customerCreated({
    id: "cus_1",
    metadata: { referral_code: "producthunt" },
    created: NOW_S - 400 * DAY_S,
    at: NOW_S - 400 * DAY_S,
  });

  test("AL15 begins no month limit", async () => {
    const shop = await openStripeWorld({ program: { max_months: 12 } });
    await deliverAll(
      shop,
      tagged,
      s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000, ref: shop.refs.mara }),
    );
    expect((await shop.commissions())[0]).toMatchObject({ reason: null, net_commission_cents: 2_850 });
  });

  test("AL48 makes no new customer of an old one", async () => {
    const shop = await openStripeWorld({ program: { new_customers_only: true } });
    await deliverAll(
      shop,
      tagged,
      s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000, ref: shop.refs.mara }),
    );
    expect((await shop.commissions())[0]).toMatchObject({ reason: "existing_customer" });
  });

  test("ST3b gives nobody a payment that was made before they sent the customer", async () => {
    const shop = await openStripeWorld();
    const before = { created: NOW_S - 20 * DAY_S, at: NOW_S - 20 * DAY_S };
    await deliverAll(
      shop,
      tagged,
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ...before }),
      s.sessionCompleted({ id: "cs_2", mode: "payment", customer: "cus_1", amountTotal: 5_000, ref: shop.refs.mara }),
    );
    await shop.world.runJobs();
    expect((await shop.commissions()).map((one) => one.amount_cents)).toEqual([5_000]);
  });
});

describe("two payments of a customer ten minutes apart, the second with a ref of its own", () => {
  test.each(["as they happened", "the other way round"])("ST3b both count, told %s", async (order) => {
    const shop = await openStripeWorld();
    const first = s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, created: NOW_S });
    const at = NOW_S + 600;
    const second = s.paymentIntentSucceeded({ id: "pi_2", customer: "cus_1", amount: 5_000, ref: shop.refs.mara, at });
    shop.world.advance(600_000);
    await deliverAll(shop, ...(order === "as they happened" ? [first, second] : [second, first]));
    await shop.world.runJobs();
    expect(await shop.commissions()).toHaveLength(2);
  });
});

const paid = (shop: StripeShop, id = "1") =>
  s.paymentIntentSucceeded({ id: `pi_${id}`, amount: 10_000, latestCharge: `ch_${id}`, ref: shop.refs.mara });
const refund = (shop: StripeShop, body: StripeJson) => ask(shop, "/api/track/refund", body);

describe("a backend's refund by Stripe's id", () => {
  test("ST6 of one of two charges is left to Stripe, and counts once", async () => {
    const shop = await openStripeWorld();
    const parts = ["a", "b"].flatMap((part) => [
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: `pi_${part}` }),
      s.paymentIntentSucceeded({ id: `pi_${part}`, customer: "cus_1", amount: 5_000, latestCharge: `ch_${part}` }),
    ]);
    await deliverAll(
      shop,
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara }),
      ...parts,
    );
    const told = await refund(shop, { payment_ref: "pi_b", amount_cents: 5_000, event_id: "re_9" });
    expect(told).toMatchObject({ http: 202, applied: false, reason: "reported_by_stripe" });
    await deliverAll(
      shop,
      s.refundCreated({ id: "re_9", charge: "ch_b", paymentIntent: "pi_b", amount: 5_000, status: "succeeded" }),
      s.chargeRefunded({ id: "ch_b", paymentIntent: "pi_b", amount: 5_000, amountRefunded: 5_000 }),
    );
    expect((await shop.balance()).pending_cents).toBe(1_425);
  });

  test("ST6 with another amount or charge gives way to what Stripe tells, and so does its failure", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop), paid(shop, "2"));
    expect((await refund(shop, { payment_ref: "pi_1", amount_cents: 5_000, event_id: "re_9" })).applied).toBe(true);
    await deliverAll(
      shop,
      s.refundCreated({ id: "re_9", charge: "ch_2", paymentIntent: "pi_2", amount: 2_500, status: "succeeded" }),
    );
    expect((await shop.commissions()).map((one) => one.refunded_cents).toSorted((a, b) => a - b)).toEqual([0, 2_500]);
    await deliverAll(
      shop,
      s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 1_000 }),
      s.refundFailed({ id: "re_9", charge: "ch_2", paymentIntent: "pi_2", amount: 2_500, status: "failed" }),
    );
    expect((await shop.commissions()).map((one) => one.refunded_cents).toSorted((a, b) => a - b)).toEqual([0, 1_000]);
  });

  test("ST6 E-currency_mismatch says an amount no larger than what is left, in the payment's currency", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    const eur = await refund(shop, { payment_ref: "pi_1", amount_cents: 2_500, currency: "eur", event_id: "re_1" });
    expect([eur.http, eur.error.code]).toEqual([422, "currency_mismatch"]);
    for (const amount of [{ amount_cents: 10_001 }, {}]) {
      const answer = await refund(shop, { payment_ref: "pi_1", event_id: "re_1", ...amount });
      expect(answer).toMatchObject({ http: 202, applied: false, reason: "reported_by_stripe" });
    }
    expect((await shop.balance()).pending_cents).toBe(2_850);
  });

  test("ST6 E-idempotency_mismatch is not another one", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    await refund(shop, { payment_ref: "pi_1", amount_cents: 2_500, event_id: "re_1" });
    const other = await refund(shop, { payment_ref: "pi_1", amount_cents: 2_600, event_id: "re_1" });
    expect([other.http, other.error.code]).toEqual([409, "idempotency_mismatch"]);
  });

  test("AL39b of a payment that Stripe knows and does not count takes from what the backend reported", async () => {
    const shop = await openStripeWorld();
    await ask(shop, "/api/track/conversion", {
      user_id: "u_1",
      ref: shop.refs.mara,
      amount_cents: 10_000,
      payment_ref: "in_1",
    });
    const old = stripeEvents("2024");
    await deliverAll(shop, old.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, outOfBand: true }));
    const back = await refund(shop, { payment_ref: "in_1", amount_cents: 10_000, event_id: "r_1" });
    expect(back).toMatchObject({ http: 200, applied: true });
    expect((await shop.balance()).pending_cents).toBe(0);
  });
});

const lift = (shop: StripeShop) => ask(shop, "/api/v1/app", { max_event_cents: null }, "PATCH");

describe("what an owner rejected", () => {
  test("D-review does not come back by a better announcement of Stripe's", async () => {
    const shop = await openStripeWorld({ program: { max_event_cents: 5_000 } });
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000, ref: shop.refs.mara }),
    );
    await reject(shop, "held");
    await lift(shop);
    await deliverAll(
      shop,
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    );
    expect(await shop.balance()).toMatchObject({ held_cents: 0, pending_cents: 0 });
  });

  test("D-review nor what the backend told of it by Stripe's word", async () => {
    const shop = await openStripeWorld({ program: { max_event_cents: 5_000 } });
    await ask(shop, "/api/track/conversion", {
      user_id: "u_1",
      ref: shop.refs.mara,
      amount_cents: 10_000,
      payment_ref: "pi_1",
    });
    await reject(shop, "held");
    await lift(shop);
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000, ref: shop.refs.mara }),
    );
    expect(await shop.balance()).toMatchObject({ held_cents: 0, pending_cents: 0 });
  });

  test("D-review but what a stranger said, and was rejected, earns when Stripe tells it", async () => {
    const shop = await openStripeWorld();
    const claimed = { ref: shop.refs.nils, user_id: "u_9", amount_cents: 10_000, payment_ref: "pi_1" };
    await shop.world.call("/api/track/conversion", claimed);
    await reject(shop, "review");
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000, ref: shop.refs.mara }),
    );
    expect((await shop.balance()).pending_cents).toBe(2_850);
  });
});

test("R-customers a user whom the payment's late ref names is erased from what it earns", async () => {
  const shop = await openStripeWorld();
  await deliverAll(
    shop,
    s.sessionCompleted({
      id: "cs_1",
      mode: "payment",
      paymentIntent: "pi_1",
      amountTotal: 10_000,
      ref: shop.refs.nils,
    }),
    s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, ref: shop.refs.mara, userId: "u_1" }),
  );
  expect((await ask(shop, "/api/v1/customers/u_1", undefined, "DELETE")).http).toBe(204);
  expect((await shop.commissions()).map((one) => one.user_id)).toEqual([null]);
});

test("ST3b a payment that was closed and one that waits, once they are one, wait", async () => {
  const shop = await openStripeWorld();
  const sent = { id: "in_1", customer: "cus_1", amountPaid: 10_000, collectionMethod: "send_invoice" } as const;
  await deliverAll(shop, s.invoicePaid(sent));
  shop.world.advance(29 * DAY);
  await deliverAll(shop, s.paymentIntentSucceeded({ id: "pi_1", customer: "cus_1", amount: 10_000 }));
  shop.world.advance(2 * DAY);
  await shop.world.runJobs();
  await deliverAll(
    shop,
    s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
  );
  await shop.world.runJobs();
  expect(await shop.commissions()).toHaveLength(1);
});

describe("an app that is connected another way than before", () => {
  const connected = stripeEvents("newest", { account: "acct_1" });

  test("ST6 ST8 a dispute that was opened by one and won by the other holds nothing", async () => {
    const shop = await openStripeWorld();
    const disputed = { id: "dp_1", charge: "ch_1", paymentIntent: "pi_1", amount: 10_000 };
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, latestCharge: "ch_1", ref: shop.refs.mara }),
      s.disputeCreated({ ...disputed, status: "needs_response" }),
    );
    expect((await shop.balance()).held_cents).toBe(2_850);
    await switchTo(shop, "acct_1");
    await deliverAll(shop, connected.disputeClosed({ ...disputed, status: "won", at: NOW_S + 60 }));
    expect(await shop.balance()).toMatchObject({ held_cents: 0, pending_cents: 2_850 });
  });

  test("ST3 ST8 has the same customers", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
    await switchTo(shop, "acct_1");
    await deliverAll(shop, connected.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await shop.commissions()).toHaveLength(1);
  });

  test("R-stripe replays the events of before", async () => {
    const shop = await openStripeWorld();
    await switchTo(shop, "acct_1");
    await deliverAll(shop, connected.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    await switchTo(shop, null);
    const [event] = await shop.events();
    expect((await ask(shop, `/api/v1/app/stripe/events/${event.id}/replay`, {})).http).toBe(200);
  });

  test("ST2 stays connected when Stripe's word on an earlier connection comes late", async () => {
    const shop = await openStripeWorld();
    shop.world.advance(3_600_000);
    await switchTo(shop, "acct_1");
    await deliverAll(shop, connected.deauthorized({ at: NOW_S + 1_800 }));
    expect((await ask(shop, "/api/v1/app/stripe")).stripe.account).toBe("acct_1");
    await deliverAll(shop, connected.deauthorized({ at: NOW_S + 3_601 }));
    expect((await ask(shop, "/api/v1/app/stripe")).stripe.account).toBeNull();
  });
});
