import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { refused } from "../support/answers.ts";
import { commissionsOf, DAY_MS, setProgram } from "../support/creators.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { asAccount, codeOf, creditsOf, redeem, setCredits } from "../support/friends.ts";
import { payOut } from "../support/payouts.ts";
import { type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { openStripeWorld, type StripeShop } from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

// The twelve stories of docs/reliability.md. Unless a story says otherwise a payment is of 100.00 USD at 30 %, of which the
// platform has 5 %: 30.00, 1.50 and 28.50. Each story ends with exact sums and with books that balance.

const stripe = stripeEvents("newest");
const NET = 2_850;
/** A day after the last holding period has ended. */
const MATURED = 15 * DAY_MS;

test("Redelivery", async () => {
  const shop = await openStripeWorld();
  const paid = payment(shop, "pi_1");
  const refunded = stripe.refundCreated({ id: "re_1", charge: "ch_pi_1", amount: 2_500, status: "succeeded" });
  const copies = [paid, refunded, paid, refunded, paid, refunded];
  const answers = await Promise.all(copies.map((event) => shop.deliver(event)));
  expect(answers.map(({ status }) => status)).toEqual(copies.map(() => 200));
  expect((await shop.deliver(paid)).status).toBe(200);
  expect((await shop.commissions()).map(({ refunded_cents }) => refunded_cents)).toEqual([2_500]);
  // 75.00 are left: 22.50, of which 1.12 are the platform's.
  await expectSums(shop.world, shop.app, { pending_cents: 2_138 });
});

test("Crash, then retry", async () => {
  const db = openFaultyDb();
  const world = await createWorld({ db });
  const app = await world.newApp();
  const call = { user_id: "u1", amount_cents: 10_000, event_id: "order-1" };
  // The first time nothing arrives. The second time all is written, and nobody learns of it.
  for (const fault of ["away", "lost-answer"] as const) {
    expect(await withFault(db, fault, () => convert(world, app, call))).toEqual(refused(503, "unavailable"));
  }
  const retried = await convert(world, app, call);
  expect([retried.status, retried.headers.get("Idempotent-Replayed")]).toEqual([200, "true"]);
  const refund = { event_id: "back-1", user_id: "u1", amount_cents: 5_000 };
  expect(await withFault(db, "lost-answer", () => giveBack(world, app, refund))).toEqual(refused(503, "unavailable"));
  expect((await giveBack(world, app, refund)).body.reversed.net_commission_cents).toBe(1_425);
  await expectSums(world, app, { pending_cents: 1_425 });
});

test("Refund before payment", async () => {
  const shop = await openStripeWorld();
  const { world, app } = shop;
  expect((await giveBack(world, app, { payment_ref: "order-1", amount_cents: 4_000 })).status).toBe(202);
  await expectSums(world, app, {});
  await convert(world, app, { user_id: "u1", amount_cents: 10_000, payment_ref: "order-1" });
  // 60.00 are left: 18.00 less 0.90.
  await expectSums(world, app, { pending_cents: 1_710 });
  await deliver(shop, stripe.refundCreated({ id: "re_1", charge: "ch_pi_2", amount: 10_000, status: "succeeded" }));
  await deliver(shop, payment(shop, "pi_2"));
  await expectSums(world, app, { pending_cents: 1_710 });
});

test("Two partial refunds", async () => {
  const { world, app } = await openApp();
  const { conversion_id } = (await convert(world, app, { user_id: "u1", amount_cents: 9_999 })).body;
  // 99.99 earn 29.99 less 1.49. A third goes back, and each time what is left is floored anew.
  for (const [amount_cents, left] of [
    [3_333, 1_900],
    [3_333, 950],
    [3_333, 0],
  ] as const) {
    expect((await giveBack(world, app, { conversion_id, amount_cents })).status).toBe(200);
    await expectSums(world, app, { pending_cents: left });
  }
  expect(await commissionsOf(world, app)).toMatchObject([{ refunded_cents: 9_999, commission_cents: 0 }]);
});

test("Over-refund", async () => {
  const shop = await openStripeWorld();
  const { world, app } = shop;
  const { conversion_id } = (await convert(world, app, { user_id: "u1", amount_cents: 10_000 })).body;
  await giveBack(world, app, { conversion_id, amount_cents: 6_000 });
  const tooMuch = await giveBack(world, app, { conversion_id, amount_cents: 4_001 });
  expect(tooMuch).toEqual(refused(422, "refund_exceeds_conversions"));
  await expectSums(world, app, { pending_cents: 1_140 });
  // Stripe does not ask us: 60.00 by refund and 100.00 by a dispute take what there was.
  await deliver(shop, payment(shop, "pi_1"));
  await deliver(shop, stripe.refundCreated({ id: "re_1", charge: "ch_pi_1", amount: 6_000, status: "succeeded" }));
  await deliver(shop, stripe.disputeClosed({ id: "dp_1", charge: "ch_pi_1", amount: 10_000, status: "lost" }));
  await expectSums(world, app, { pending_cents: 1_140 });
});

test("Refund without an invoice", async () => {
  const shop = await openStripeWorld();
  const { mara } = shop.refs;
  await deliver(shop, stripe.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: mara }));
  // Today's charges and refunds name no invoice: nothing says yet whose this one is.
  await deliver(
    shop,
    stripe.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 5_000 }),
  );
  await expectSums(shop.world, shop.app, { pending_cents: NET });
  await deliver(shop, stripe.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }));
  expect((await shop.commissions()).map(({ refunded_cents }) => refunded_cents)).toEqual([5_000]);
  await expectSums(shop.world, shop.app, { pending_cents: 1_425 });
});

test("Refund after payout", async () => {
  const { world, app } = await openApp();
  const { conversion_id } = (await convert(world, app, { user_id: "u1", amount_cents: 10_000 })).body;
  world.advance(MATURED);
  await payOut(world, app);
  expect((await giveBack(world, app, { conversion_id })).status).toBe(200);
  await expectSums(world, app, { available_cents: -NET, paid_cents: NET });
  await convert(world, app, { user_id: "u1", amount_cents: 20_000 });
  world.advance(MATURED);
  // 57.00 were earned since; the 28.50 that were paid for nothing are taken from them.
  await expectSums(world, app, { available_cents: NET, paid_cents: NET });
  await payOut(world, app);
  await expectSums(world, app, { paid_cents: 2 * NET });
});

test("Dispute lost", async () => {
  const shop = await openStripeWorld();
  await deliver(shop, payment(shop, "pi_1"));
  await deliver(shop, stripe.disputeCreated({ id: "dp_1", charge: "ch_pi_1", amount: 10_000 }));
  shop.world.advance(MATURED);
  // Its day has come, and nobody can be paid with it.
  await expectSums(shop.world, shop.app, { held_cents: NET });
  await deliver(shop, stripe.disputeClosed({ id: "dp_1", charge: "ch_pi_1", amount: 10_000, status: "lost" }));
  expect((await shop.commissions()).map(({ status }) => status)).toEqual(["cancelled"]);
  await expectSums(shop.world, shop.app, {});
});

test("Zero amount", async () => {
  const shop = await openStripeWorld();
  const { world, app } = shop;
  for (const amount_cents of [0, -1]) {
    const answer = await convert(world, app, { user_id: "u1", amount_cents });
    expect(answer).toEqual(refused(422, "amount_out_of_range"));
  }
  await deliver(shop, stripe.customerCreated({ id: "cus_1", ref: shop.refs.mara }));
  await deliver(shop, stripe.invoicePaid({ id: "in_0", customer: "cus_1", subscription: "sub_1", amountPaid: 0 }));
  await expectSums(world, app, {});
  // The trial is over: the customer is still hers, and the first real payment counts.
  await deliver(shop, stripe.invoicePaid({ id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
  await expectSums(world, app, { pending_cents: NET });
  // Three cents at 30 % are less than one.
  await convert(world, app, { user_id: "u1", amount_cents: 3 });
  await expectSums(world, app, { pending_cents: NET });
});

test("Zero-decimal currency", async () => {
  const { world, app } = await openApp();
  // 500 JPY are 500 of its smallest unit, not 5.
  const paid = await convert(world, app, { user_id: "u1", amount_cents: 500, currency: "jpy" });
  expect(paid.body.commission).toMatchObject({ commission_cents: 150, platform_fee_cents: 7 });
  await convert(world, app, { user_id: "u1", amount_cents: 500 });
  await giveBack(world, app, { user_id: "u1", amount_cents: 250, currency: "jpy" });
  // 250 JPY are left: 75 less 3. The dollars stay: 1.50 less 0.07.
  await expectSums(world, app, { pending_cents: 72 }, "jpy");
  await expectSums(world, app, { pending_cents: 143 });
});

test("Concurrent cap", async () => {
  const { world, app } = await openApp();
  await setCredits(world, app, { referrer_award: 9_950 });
  const code = await codeOf(world, app, "acc_1");
  await redeem(world, app, { code, referred_account_id: "first" });
  await setCredits(world, app, { referrer_award: 100 });
  const friends = Array.from({ length: 20 }, (_, n) => `friend_${n}`);
  await Promise.all(friends.map((friend) => redeem(world, app, { code, referred_account_id: friend })));
  expect(await creditsOf(world, app, "acc_1")).toBe(10_000);
  expect(await Promise.all(friends.map((friend) => creditsOf(world, app, friend)))).toEqual(friends.map(() => 100));
  // A cap on money does the same: what is over it waits for the owner.
  await setProgram(world, app, { max_day_cents: 25_000 });
  await Promise.all(friends.map((user_id) => convert(world, app, { user_id, amount_cents: 10_000 })));
  await expectSums(world, app, { pending_cents: 2 * NET, held_cents: 18 * NET });
});

test("Code refresh", async () => {
  const { world, app } = await openApp();
  const old = await codeOf(world, app, "acc_1");
  await redeem(world, app, { code: old, referred_account_id: "before" });
  await redeem(world, app, { code: old, referred_account_id: "waits", pending: true });
  const fresh = (await asAccount(world, app, "acc_1").post("/api/v1/referrals/refresh")).body.new_code;
  const late = await redeem(world, app, { code: old, referred_account_id: "after" });
  const waited = await world.call("/api/v1/referrals/complete", { referred_account_id: "waits" }, { key: app.key });
  expect([late.body.success, waited.body.success]).toEqual([false, false]);
  await redeem(world, app, { code: fresh, referred_account_id: "after" });
  const credits = await Promise.all(["acc_1", "before", "waits", "after"].map((who) => creditsOf(world, app, who)));
  expect(credits).toEqual([200, 100, 0, 100]);
  // Nobody can take the old one over, and with it the next friends.
  const taken = await world.call("/api/v1/affiliates", { email: "x@example.test", ref: old }, { key: app.key });
  expect(taken).toEqual(refused(409, "code_unavailable"));
  await expectSums(world, app, {});
});

async function openApp(): Promise<{ readonly world: World; readonly app: TestApp }> {
  const world = await createWorld();
  return { world, app: await world.newApp() };
}

/** A payment of 100.00 that mara earns on, with a charge of its own name. */
function payment(shop: StripeShop, id: string): StripeJson {
  return stripe.paymentIntentSucceeded({ id, amount: 10_000, latestCharge: `ch_${id}`, ref: shop.refs.mara });
}

async function deliver(shop: StripeShop, event: StripeJson): Promise<void> {
  expect((await shop.deliver(event)).status).toBe(200);
}

function convert(world: World, app: TestApp, body: Json): Promise<Answer> {
  return world.call("/api/track/conversion", { ref: app.ref, ...body }, { key: app.key });
}

function giveBack(world: World, app: TestApp, body: Json): Promise<Answer> {
  return world.call("/api/track/refund", body, { key: app.key });
}

async function withFault(db: FaultyDb, fault: "away" | "lost-answer", call: () => Promise<Answer>): Promise<Answer> {
  db.fault(fault);
  const answer = await call();
  db.fault("none");
  return answer;
}

/** What the app's creator has in a currency, what is not named being nothing; and the books of the whole world balance. */
async function expectSums(world: World, app: TestApp, sums: Json, currency = "usd"): Promise<void> {
  const { pending_cents, available_cents, held_cents, paid_cents, in_review_cents, processing_cents } =
    await world.balance(app, currency);
  const nothing = { pending_cents: 0, available_cents: 0, held_cents: 0, paid_cents: 0 };
  const told = { pending_cents, available_cents, held_cents, paid_cents, in_review_cents, processing_cents };
  expect(told).toEqual({ ...nothing, in_review_cents: 0, processing_cents: 0, ...sums });
  const { body } = await world.call("/api/v1/books", undefined, { key: app.key });
  expect([body.books.balanced, await checkBooks(world.db)]).toEqual([true, []]);
}
