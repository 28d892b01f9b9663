import { describe, expect, test } from "vitest";
import { shapes, type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { payOut } from "../support/payouts.ts";
import { expectBooks, openStripeWorld, type StripeShop } from "../support/stripe-world.ts";
import { type Json, START } from "../support/world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const s = stripeEvents("newest");

async function deliverAll(shop: StripeShop, ...events: readonly StripeJson[]): Promise<void> {
  for (const event of events) expect((await shop.deliver(event)).status).toBe(200);
  await expectBooks(shop.world);
}

async function states(shop: StripeShop): Promise<readonly string[]> {
  const { payments } = await shop.books();
  return payments.map((one: Json) => (one.reason === null ? one.state : `${one.state}: ${one.reason}`));
}

/** A payment of 100.00 by u_1, who is cus_1 at Stripe, that mara earns on. */
function paid(shop: StripeShop): StripeJson {
  return s.paymentIntentSucceeded({
    id: "pi_1",
    amount: 10_000,
    customer: "cus_1",
    latestCharge: "ch_1",
    userId: "u_1",
    ref: shop.refs.mara,
  });
}

/** What each `refund.created` of the feed says went back. */
async function toldRefunds(shop: StripeShop): Promise<readonly number[]> {
  const feed = await shop.world.call("/api/v1/events?type=refund.created&limit=100", undefined, { key: shop.app.key });
  return feed.body.events.map(({ data }: Json) => data.amount_cents);
}

/** A tracking call of the shop's backend. */
async function call(shop: StripeShop, path: "conversion" | "refund", body: StripeJson): Promise<Json> {
  const answer = await shop.world.call(`/api/track/${path}`, body, { key: shop.app.key });
  await expectBooks(shop.world);
  return { http: answer.status, ...answer.body };
}

describe.each(shapes)("what earns, in the shape of %s", (shape) => {
  const told = stripeEvents(shape);
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 11_900 } as const;

  test.each<[why: string, settings: StripeJson, money: StripeJson, earned: number]>([
    ["cash without tax", {}, { total: 11_900, totalExcludingTax: 10_000 }, 3_000],
    ["cash with tax where the app says so", { net_of_tax: false }, { total: 11_900, totalExcludingTax: 10_000 }, 3_570],
    [
      "the paid share, where credit paid the rest: floored",
      {},
      { amountPaid: 5_951, total: 11_900, totalExcludingTax: 10_000 },
      1_500,
    ],
    [
      "never the subtotal: a discount is not paid",
      {},
      { amountPaid: 100, total: 100, totalExcludingTax: 100, fields: { subtotal: 9_900 } },
      30,
    ],
    ["all of it where no tax is told", {}, {}, 3_570],
  ])("ST5 %s", async (_why, settings, money, earned) => {
    const shop = await openStripeWorld({ settings });
    await deliverAll(
      shop,
      told.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      told.invoicePaid({ ...invoice, ...money }),
    );
    expect((await shop.commissions()).map((one) => one.commission_cents)).toEqual([earned]);
  });

  test.each([
    ["free", 0],
    ["negative", -500],
  ])("ST5 an invoice that is %s earns nothing", async (_what, amountPaid) => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      told.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      told.invoicePaid({ ...invoice, amountPaid, total: amountPaid, totalExcludingTax: amountPaid }),
    );
    expect(await shop.commissions()).toEqual([]);
  });

  test("ST5 an invoice that says itself that it was paid elsewhere is, whatever payment intent it once had", async () => {
    const shop = await openStripeWorld();
    const old = stripeEvents("2024");
    await deliverAll(
      shop,
      old.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      old.invoicePaid({ ...invoice, outOfBand: true }),
      told.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    );
    expect([await shop.commissions(), await states(shop)]).toEqual([[], ["parked: out_of_band"]]);
  });

  test("ST5 a setting that is switched on lets what waited for it count", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      told.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      told.invoicePaid({ ...invoice, collectionMethod: "send_invoice", outOfBand: true }),
      told.sessionCompleted({ id: "cs_2", mode: "payment", amountTotal: 5_000, clientReferenceId: shop.refs.mara }),
    );
    expect(await shop.commissions()).toEqual([]);
    const on = { out_of_band: true, bare_client_reference_ids: true };
    await shop.world.call("/api/v1/app/stripe", on, { key: shop.app.key, method: "PUT" });
    await shop.world.runJobs();
    expect(await shop.commissions()).toHaveLength(2);
  });

  test("ST5 money that did not come through Stripe earns nothing, unless the app says so", async () => {
    for (const [settings, earned] of [
      [{}, []],
      [{ out_of_band: true }, [3_570]],
    ] as const) {
      const shop = await openStripeWorld({ settings });
      const sent = { ...invoice, collectionMethod: "send_invoice", outOfBand: true } as const;
      await deliverAll(shop, told.customerCreated({ id: "cus_1", ref: shop.refs.mara }), told.invoicePaid(sent));
      expect((await shop.commissions()).map((one) => one.commission_cents)).toEqual(earned);
    }
  });
});

describe("one payment", () => {
  test("ST4 of a payment intent that only its customer attributes waits an hour for its invoice, and then counts", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1" }),
    );
    expect(await states(shop)).toEqual(["parked: waits_for_invoice"]);
    shop.world.advance(HOUR - 1);
    await shop.world.runJobs();
    expect(await shop.commissions()).toEqual([]);
    shop.world.advance(1);
    await shop.world.runJobs();
    expect(await states(shop)).toEqual(["counted"]);
    expect((await shop.balance()).pending_cents).toBe(2_850);
    // Its invoice comes late: it takes the place of what counted, with its tax.
    await deliverAll(
      shop,
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, total: 10_000, totalExcludingTax: 8_000 }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    );
    expect((await shop.commissions()).map((one) => one.commission_cents)).toEqual([2_400]);
    expect((await shop.balance()).pending_cents).toBe(2_280);
  });

  test("ST4 told as two that both count becomes one, with the refund of either and a hold of either", async () => {
    const shop = await openStripeWorld();
    const { mara, nils } = shop.refs;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: nils }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: mara }),
      s.refundCreated({ id: "re_1", charge: "ch_1", amount: 1_000, status: "succeeded" }),
    );
    // The invoice has made the customer nils's, as far as is known; the payment intent's own ref goes before that.
    expect((await shop.balance("nils")).pending_cents).toBe(2_850 + 2_565);
    await deliverAll(shop, s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }));
    expect((await shop.balance("nils")).pending_cents).toBe(0);
    expect((await shop.balance("mara")).pending_cents).toBe(2_565);
    expect([await shop.commissions("nils"), await shop.commissions("mara")].map((list) => list.length)).toEqual([0, 1]);
    expect(await toldRefunds(shop)).toEqual([1_000]);
  });

  test("ST4 told as a payment intent and an invoice that nothing links is looked at before it is paid twice", async () => {
    for (const invoiceFirst of [true, false]) {
      const shop = await openStripeWorld();
      const intent = s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: shop.refs.mara });
      const invoice = s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara });
      await deliverAll(shop, ...(invoiceFirst ? [invoice, intent] : [intent, invoice]));
      const told = (await shop.commissions()).map((one) => [one.lane, one.reason]);
      expect(told.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
        ["clear", null],
        ["review", "possible_duplicate"],
      ]);
      await deliverAll(shop, s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }));
      expect((await shop.commissions()).map((one) => one.lane)).toEqual(["clear"]);
      // Another payment of the same amount, an hour and more apart, is another one.
      const at = START / 1_000 + 3 * 3_600;
      await deliverAll(
        shop,
        s.paymentIntentSucceeded({ id: "pi_2", amount: 10_000, customer: "cus_1", ref: shop.refs.mara, at }),
      );
      expect((await shop.commissions()).map((one) => one.lane)).toEqual(["clear", "clear"]);
    }
  });

  test("ST4 told as two becomes one that is held, where one of them was held by hand", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.sessionCompleted({ id: "cs_1", mode: "payment", amountTotal: 10_000, ref: shop.refs.mara }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, ref: shop.refs.mara }),
    );
    const held = `INSERT INTO hold (app, id, payment, action, reason, actor, created_at)
      SELECT p.app, 'hld_1', p.payment, 'hold', 'a test', 'operator', 1 FROM payment_ref p WHERE p.app = ?1 AND p.ref = 'pi_1'`;
    await shop.world.db.batch([{ sql: held, args: [shop.app.id] }]);
    await deliverAll(
      shop,
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        paymentIntent: "pi_1",
        amountTotal: 10_000,
        ref: shop.refs.mara,
      }),
    );
    expect((await shop.commissions()).map((one) => one.lane)).toEqual(["held"]);
    expect(await shop.balance()).toMatchObject({ pending_cents: 0, held_cents: 2_850 });
  });

  test("ST4 that a backend reported by two of Stripe's names is one, with what was refunded of either", async () => {
    const shop = await openStripeWorld();
    const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000 };
    await call(shop, "conversion", { ...sale, payment_ref: "in_1", event_id: "1" });
    await call(shop, "conversion", { ...sale, payment_ref: "pi_1", event_id: "2" });
    await call(shop, "refund", { payment_ref: "in_1", amount_cents: 1_000, event_id: "3" });
    await call(shop, "refund", { payment_ref: "pi_1", amount_cents: 2_000, event_id: "4" });
    await deliverAll(shop, s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }));
    expect((await shop.commissions()).map((one) => one.refunded_cents)).toEqual([3_000]);
    expect((await shop.balance()).pending_cents).toBe(1_995);
    expect(await toldRefunds(shop)).toEqual([1_000, 2_000]);
  });

  test("ST4 of a backend and of Stripe is one, whoever tells it first: Stripe's amount, the backend's customer", async () => {
    for (const stripeFirst of [true, false]) {
      const shop = await openStripeWorld();
      const sale = {
        ref: shop.refs.mara,
        user_id: "u_1",
        amount_cents: 11_900,
        payment_ref: "pi_1",
        event_id: "order-1",
      };
      const session = s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        paymentIntent: "pi_1",
        amountTotal: 11_900,
        tax: 1_900,
      });
      if (stripeFirst) await deliverAll(shop, session);
      expect((await call(shop, "conversion", sale)).http).toBe(200);
      if (!stripeFirst) await deliverAll(shop, session);
      await shop.world.runJobs();
      const told = (await shop.commissions()).map((one) => [one.commission_cents, one.user_id, one.lane]);
      expect(told).toEqual([[3_000, "u_1", "clear"]]);
      expect(await call(shop, "conversion", sale)).toMatchObject({
        http: 200,
        commission: { commission_cents: 3_570 },
      });
      await expectBooks(shop.world);
    }
  });

  test("ST3b ST4 whose customer a backend named stays theirs when the customer's own ref is learnt later", async () => {
    const shop = await openStripeWorld();
    const { mara, nils } = shop.refs;
    const session = s.sessionCompleted({
      id: "cs_1",
      mode: "payment",
      customer: "cus_1",
      paymentIntent: "pi_1",
      amountTotal: 10_000,
    });
    await deliverAll(shop, session);
    await call(shop, "conversion", {
      ref: nils,
      user_id: "u_1",
      amount_cents: 10_000,
      payment_ref: "pi_1",
      event_id: "1",
    });
    await shop.world.runJobs();
    await deliverAll(shop, s.customerCreated({ id: "cus_1", ref: mara }), session);
    await shop.world.runJobs();
    expect([await shop.commissions("mara"), await shop.commissions("nils")].map((list) => list.length)).toEqual([0, 1]);
  });

  test("ST4 D-review what a stranger said of it and the owner rejected attributes nothing", async () => {
    const shop = await openStripeWorld();
    const claimed = { ref: shop.refs.nils, user_id: "u_1", amount_cents: 10_000, payment_ref: "pi_1" };
    const { body } = await shop.world.call("/api/track/conversion", claimed);
    const no = { decision: "reject", conversion_ids: [body.conversion_id], reason: "a test" };
    await shop.world.call("/api/v1/review", no, { key: shop.app.key });
    await deliverAll(
      shop,
      s.sessionCompleted({ id: "cs_1", mode: "payment", paymentIntent: "pi_1", amountTotal: 10_000 }),
    );
    await shop.world.runJobs();
    expect(await states(shop)).toEqual(["parked: no_ref"]);
  });

  test("ST4 of a payment intent that is known to be an invoice's waits for it, however long", async () => {
    for (const told of [
      [s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", invoice: "in_1" })],
      [
        s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
        s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1" }),
      ],
    ]) {
      const shop = await openStripeWorld();
      await deliverAll(shop, s.customerCreated({ id: "cus_1", ref: shop.refs.mara }), ...told);
      shop.world.advance(2 * HOUR);
      await shop.world.runJobs();
      expect(await states(shop)).toEqual(["parked: waits_for_invoice"]);
      await deliverAll(shop, s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
      expect(await shop.commissions()).toHaveLength(1);
    }
  });

  test("ST3 whose better ref comes late takes the customer along: later payments are that creator's", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.nils }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: shop.refs.mara }),
      s.invoicePaid({ id: "in_2", customer: "cus_1", amountPaid: 10_000 }),
    );
    expect([await shop.commissions("mara"), await shop.commissions("nils")].map((list) => list.length)).toEqual([2, 0]);
    const { body } = await shop.world.call("/api/v1/audit?action=referral.replaced", undefined, { key: shop.app.key });
    expect(body.entries.map((one: Json) => [one.actor, one.reason])).toEqual([
      ["stripe", "a better ref of the same payment"],
    ]);
  });

  test("ST3 but a signup by the backend says by itself whose the user is, and nothing late moves that", async () => {
    const shop = await openStripeWorld();
    const { mara, nils } = shop.refs;
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: nils, userId: "u_1" }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
    );
    await shop.world.call("/api/track/signup", { ref: nils, user_id: "u_1" }, { key: shop.app.key });
    await deliverAll(
      shop,
      s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", ref: mara }),
    );
    expect([await shop.commissions("mara"), await shop.commissions("nils")].map((list) => list.length)).toEqual([0, 1]);
  });

  test("ST4 ST8 of a connected account is the same as the backend's by the same name, whoever tells it first", async () => {
    for (const stripeFirst of [true, false]) {
      const shop = await openStripeWorld();
      const connected = "UPDATE stripe_connection SET account = 'acct_1' WHERE app = ?1";
      await shop.world.db.batch([{ sql: connected, args: [shop.app.id] }]);
      const event = stripeEvents("newest", { account: "acct_1" }).invoicePaid({
        id: "in_1",
        customer: "cus_1",
        amountPaid: 10_000,
        ref: shop.refs.mara,
      });
      const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000, payment_ref: "in_1", event_id: "1" };
      if (stripeFirst) await deliverAll(shop, event);
      await call(shop, "conversion", sale);
      if (!stripeFirst) await deliverAll(shop, event);
      expect(await shop.commissions()).toHaveLength(1);
      expect((await call(shop, "refund", { payment_ref: "in_1", amount_cents: 1 })).reason).toBe("reported_by_stripe");
    }
  });

  test("ST4 that a backend tells without its name, and Stripe the like of within a day, is looked at before it is paid", async () => {
    for (const stripeFirst of [true, false]) {
      const shop = await openStripeWorld();
      const events = [
        s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
        s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
      ];
      const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000, event_id: "order-1" };
      if (stripeFirst) await deliverAll(shop, ...events);
      await call(shop, "conversion", sale);
      if (!stripeFirst) await deliverAll(shop, ...events);
      const lanes = (await shop.commissions()).map((one) => [one.user_id, one.lane, one.reason]);
      expect(lanes.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
        ["cus_1", "clear", null],
        ["u_1", "review", "possible_duplicate"],
      ]);
    }
  });

  test.each<[what: string, change: StripeJson]>([
    ["another amount", { amount_cents: 9_999 }],
    ["a payment it names", { payment_ref: "order-1" }],
    ["another user than Stripe's", { user_id: "u_2" }],
    ["another creator's customer", { user_id: "u_3" }],
  ])("ST4 but %s is another payment", async (_what, change) => {
    const shop = await openStripeWorld();
    if (change["user_id"] === "u_3")
      await call(shop, "conversion", { ref: shop.refs.nils, user_id: "u_3", amount_cents: 1, event_id: "0" });
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara, userId: "u_1" }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
    );
    const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000, event_id: "order-1", ...change };
    expect((await call(shop, "conversion", sale)).reason).toBeNull();
  });

  test("ST4 nor is money called back that a payout has taken", async () => {
    const shop = await openStripeWorld();
    const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000, event_id: "order-1" };
    await call(shop, "conversion", sale);
    shop.world.advance(15 * DAY);
    await payOut(shop.world, shop.app);
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
    );
    expect((await shop.commissions()).map((one) => one.lane)).toEqual(["clear", "clear"]);
  });

  test("ST4 and a day later it is another one", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }),
    );
    shop.world.advance(DAY + 1);
    const sale = { ref: shop.refs.mara, user_id: "u_1", amount_cents: 10_000, event_id: "order-1" };
    expect((await call(shop, "conversion", sale)).reason).toBeNull();
  });

  test("ST4 a transfer to a creator, seen from their account, is none", async () => {
    const shop = await openStripeWorld();
    const transfer = s.chargeSucceeded({ id: "py_1", amount: 5_000, sourceTransfer: "tr_1", ref: shop.refs.mara });
    const { body } = await shop.deliver(transfer);
    expect(body.outcome).toBe("own_transfer");
    expect(await shop.commissions()).toEqual([]);
  });

  test("ST4 whose announcement the owner rejected stays rejected when more is told of it", async () => {
    const shop = await openStripeWorld({ program: { max_event_cents: 5_000 } });
    await deliverAll(
      shop,
      s.sessionCompleted({
        id: "cs_1",
        mode: "payment",
        paymentIntent: "pi_1",
        amountTotal: 10_000,
        ref: shop.refs.mara,
      }),
    );
    const [held] = await shop.commissions();
    expect([held.lane, held.reason]).toEqual(["held", "cap"]);
    const no = { decision: "reject", conversion_ids: [held.id], reason: "a test" };
    await shop.world.call("/api/v1/review", no, { key: shop.app.key });
    await deliverAll(
      shop,
      s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, latestCharge: "ch_1", ref: shop.refs.nils }),
      s.chargeSucceeded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000 }),
    );
    expect((await shop.balance("mara")).held_cents + (await shop.balance("nils")).held_cents).toBe(0);
  });
});

describe("currencies", () => {
  test.each([
    ["jpy", 1_000, 300, 15],
    ["kwd", 12_340, 3_702, 185],
    ["eur", 9_999, 2_999, 149],
    ["idr", 150_000_000_000, 45_000_000_000, 2_250_000_000],
    ["usd", 1, 0, 0],
  ])(
    "ST5 AL-i1 %s stays apart, in Stripe's own units, and nothing is divided by 100",
    async (currency, amount, gross, fee) => {
      const shop = await openStripeWorld();
      await deliverAll(
        shop,
        s.customerCreated({ id: "cus_1", ref: shop.refs.mara }),
        s.invoicePaid({ id: "in_0", customer: "cus_1", amountPaid: 10_000 }),
        s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: amount, currency }),
      );
      const commission = (await shop.commissions()).find((one) => one.amount_cents === amount);
      expect([commission.currency, commission.commission_cents, commission.platform_fee_cents]).toEqual([
        currency,
        gross,
        fee,
      ]);
      expect((await shop.balance("mara", currency)).pending_cents).toBe(gross - fee + (currency === "usd" ? 2_850 : 0));
      expect((await shop.balance("mara", "usd")).pending_cents).toBe(2_850);
    },
  );
});

describe("money that went back", () => {
  test("ST6 after maturation takes from what is available, and a refund that fails gives it back", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    shop.world.advance(15 * DAY);
    expect((await shop.balance()).available_cents).toBe(2_850);
    await deliverAll(shop, s.refundCreated({ id: "re_1", charge: "ch_1", amount: 10_000, status: "pending" }));
    expect((await shop.balance()).available_cents).toBe(0);
    await deliverAll(shop, s.chargeRefundUpdated({ id: "re_1", charge: "ch_1", amount: 10_000, status: "failed" }));
    expect((await shop.balance()).available_cents).toBe(2_850);
  });

  test("ST6 AL32 is counted per code and day, and one that failed is none", async () => {
    const shop = await openStripeWorld();
    const refunds = async () => {
      const path = `/api/v1/affiliates/${shop.ids.mara}/stats`;
      return (await shop.world.call(path, undefined, { key: shop.app.key })).body.days.map((day: Json) => day.refunds);
    };
    await deliverAll(shop, paid(shop));
    for (const id of ["re_1", "re_2"]) {
      await deliverAll(shop, s.refundCreated({ id, charge: "ch_1", amount: 100, status: "pending" }));
    }
    expect(await refunds()).toEqual([2]);
    await deliverAll(shop, s.refundFailed({ id: "re_1", charge: "ch_1", amount: 100, status: "failed" }));
    expect(await refunds()).toEqual([1]);
  });

  test("ST6 by a dispute in another currency is all of it", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      paid(shop),
      s.disputeClosed({ id: "dp_1", charge: "ch_1", amount: 100, currency: "eur", status: "lost" }),
    );
    expect((await shop.commissions()).map((one) => [one.refunded_cents, one.status])).toEqual([[10_000, "cancelled"]]);
  });

  test("ST6 on a charge whose payment is learnt last counts then", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara }),
      s.refundCreated({ id: "re_1", charge: "ch_1", amount: 4_000, status: "succeeded" }),
      s.disputeCreated({ id: "dp_1", charge: "ch_1", amount: 1_000, status: "needs_response" }),
      s.invoicePaymentPaid({ invoice: "in_1", charge: "ch_1" }),
    );
    expect((await shop.commissions()).map((one) => [one.refunded_cents, one.lane])).toEqual([[4_000, "held"]]);
  });

  test("ST6 never more than was paid, by refund and dispute together", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      paid(shop),
      s.refundCreated({ id: "re_1", charge: "ch_1", amount: 6_000, status: "succeeded" }),
      s.disputeClosed({ id: "dp_1", charge: "ch_1", amount: 10_000, status: "lost" }),
    );
    expect((await shop.balance()).pending_cents).toBe(0);
  });

  test("ST6 of two charges of one payment intent each counts by itself", async () => {
    const shop = await openStripeWorld();
    await deliverAll(
      shop,
      paid(shop),
      s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 1_000 }),
      s.refundCreated({ id: "re_2", charge: "ch_2", paymentIntent: "pi_1", amount: 2_000, status: "succeeded" }),
    );
    expect((await shop.commissions()).map((one) => one.refunded_cents)).toEqual([3_000]);
  });
});

describe("a backend's refund of what Stripe reports", () => {
  const nothing = { commission_cents: 0, platform_fee_cents: 0, net_commission_cents: 0 };

  test.each<[how: string, body: (shop: StripeShop, conversion: string) => StripeJson]>([
    ["its payment", () => ({ payment_ref: "pi_1", amount_cents: 1_000 })],
    ["its payment's charge, all of it", () => ({ payment_ref: "ch_1" })],
    ["its conversion", (_, conversion) => ({ conversion_id: conversion, amount_cents: 1_000, event_id: "refund-1" })],
    ["its user", () => ({ user_id: "u_1", amount_cents: 1_000 })],
    ["its code", (shop) => ({ ref: shop.refs.mara, amount_cents: 1_000 })],
  ])("ST6 AL31 by %s is Stripe's to report: 202, applied false, nothing moves", async (_how, body) => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    const [{ id }] = await shop.commissions();
    const before = await shop.books();
    const answer = await call(shop, "refund", body(shop, id));
    expect(answer).toMatchObject({
      http: 202,
      refund_id: null,
      applied: false,
      reason: "reported_by_stripe",
      reversed: nothing,
    });
    expect(await shop.books()).toEqual(before);
  });

  test("ST6 that came before Stripe told anything waits, and does not count twice once it does", async () => {
    const shop = await openStripeWorld();
    expect((await call(shop, "refund", { payment_ref: "pi_1", amount_cents: 4_000, event_id: "r" })).applied).toBe(
      false,
    );
    await deliverAll(
      shop,
      paid(shop),
      s.refundCreated({ id: "re_1", charge: "ch_1", amount: 4_000, status: "succeeded" }),
    );
    expect((await shop.commissions()).map((one) => one.refunded_cents)).toEqual([4_000]);
  });

  test("ST6 AL43 by Stripe's own id is that refund, whoever tells it first and however often", async () => {
    for (const stripeFirst of [true, false]) {
      const shop = await openStripeWorld();
      await deliverAll(shop, paid(shop));
      const event = s.refundCreated({
        id: "re_1",
        charge: "ch_1",
        paymentIntent: "pi_1",
        amount: 4_000,
        status: "succeeded",
      });
      const body = { payment_ref: "pi_1", amount_cents: 4_000, event_id: "re_1" };
      if (stripeFirst) await deliverAll(shop, event);
      const first = await call(shop, "refund", body);
      expect(first).toMatchObject({ http: 200, applied: true, amount_cents: 4_000, currency: "usd" });
      expect(first.reversed.net_commission_cents).toBe(1_140);
      if (!stripeFirst) await deliverAll(shop, event);
      const again = await call(shop, "refund", body);
      expect([again.refund_id, again.applied]).toEqual([first.refund_id, true]);
      expect((await shop.commissions()).map((one) => one.refunded_cents)).toEqual([4_000]);
      expect((await shop.balance()).pending_cents).toBe(1_710);
    }
  });

  test("D-trust the public is told nothing of it", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    const body = { ref: shop.refs.mara, payment_ref: "pi_1", amount_cents: 1_000 };
    expect((await shop.world.call("/api/track/refund", body)).body.error.code).toBe("key_required");
  });

  test("AL39b and what the backend itself reported is refunded by it as ever", async () => {
    const shop = await openStripeWorld();
    await deliverAll(shop, paid(shop));
    await call(shop, "conversion", {
      user_id: "u_9",
      ref: shop.refs.mara,
      amount_cents: 5_000,
      event_id: "own",
      payment_ref: "order-9",
    });
    expect((await call(shop, "refund", { payment_ref: "order-9" })).applied).toBe(true);
  });
});

test("the tests' clock and Stripe's are of the same time", () => {
  expect(s.customerCreated({ id: "cus_1" }).created * 1_000).toBe(START);
});
