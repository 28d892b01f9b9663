import { expect, onTestFinished, test, vi } from "vitest";
import { BACKFILL_DAYS, backfillApps } from "../../../worker/services/stripe/backfill.ts";
import { startFakeStripe } from "../../support/fake-stripe.ts";
import { connect, CONNECT, createConnectWorld } from "../../support/stripe-connect.ts";
import { type StripeEvent, type StripeJson, shapes, stripeEvents } from "../../support/stripe-events.ts";
import { STORIES } from "../../support/stripe-stories.ts";
import { deliverTo, expectBooks, openShop, SECRET, type StripeShop } from "../../support/stripe-world.ts";
import { createWorld, NO_STRIPE, START, type World } from "../../support/world.ts";

const DAY = 86_400_000;
const FROM = START - BACKFILL_DAYS * DAY;
const KEY = `rk_live_${"k".repeat(24)}`;
/** 30 % of 10,000, less the platform's 5 % of that. */
const NET = 2_850;
const CUSTOMERS = 60;
const REFUNDED = 10;
/** Four events of each customer, and ten refunds: three pages. */
const EVENTS = 4 * CUSTOMERS + REFUNDED;

// 250 events are 250 decisions, on whatever machine this is.
vi.setConfig({ testTimeout: 60_000 });

test("ST7 what was missed is counted, page by page, and a second run changes nothing", async () => {
  const { world, shop, list } = await openKeyed();
  list(manyEvents(shop));
  expect(await run(world)).toEqual([
    { appId: shop.app.id, read: EVENTS, outcomes: { recorded: EVENTS }, failure: null },
  ]);
  const books = await shop.books();
  expect(await totals(shop)).toEqual({ pending: CUSTOMERS * NET - REFUNDED * (NET / 2), payments: CUSTOMERS });

  expect((await run(world))[0]).toMatchObject({ read: EVENTS, failure: null });
  expect(await shop.books()).toEqual(books);
  await expectBooks(world);
});

test("ST7 what was delivered already, before or during it, does not count twice", async () => {
  const { world, shop, list } = await openKeyed();
  const events = manyEvents(shop);
  for (const event of events.filter((_, at) => at % 3 === 0)) await shop.deliver(event);
  list(events);
  await Promise.all([run(world), deliverAll(shop, events.slice(0, 40))]);
  await deliverAll(shop, events.slice(40, 80));
  expect(await totals(shop)).toEqual({ pending: CUSTOMERS * NET - REFUNDED * (NET / 2), payments: CUSTOMERS });
  await expectBooks(world);
});

test.each(shapes)("ST4 ST9 the newest comes first, and ends in what the oldest first comes to: %s", async (shape) => {
  for (const story of STORIES) {
    const { world, shop, list } = await openKeyed(story.settings);
    const told = await openShop(world, { settings: { ...story.settings } });
    await deliverAll(told, story.events(stripeEvents(shape), told.refs));
    list(story.events(stripeEvents(shape), shop.refs));
    await run(world);
    expect([story.title, await shop.books()]).toEqual([story.title, await told.books()]);
    await expectBooks(world);
  }
});

test("it reads the last 30 days alone, and only kinds of events that tell something", async () => {
  const { world, shop, fake, list } = await openKeyed();
  const s = stripeEvents("newest");
  const created = FROM / 1_000;
  list([
    s.invoicePaid({ id: "in_old", amountPaid: 10_000, created: created - 1 }),
    s.invoicePaid({ id: "in_new", amountPaid: 10_000, created }),
    s.event("plan.created", { id: "plan_1", object: "plan", created }),
  ]);
  expect(await run(world)).toMatchObject([{ read: 1, outcomes: { recorded: 1 } }]);
  expect((await shop.events()).map(({ object }) => object)).toEqual(["in_new"]);
  const [asked] = fake.requests;
  expect(new URL(asked?.path ?? "", fake.url).searchParams.get("created[gte]")).toBe(String(FROM / 1_000));
});

test("an app without a key is passed over; one that is named is read alone", async () => {
  const { world, shop, list } = await openKeyed();
  const without = await openShop(world);
  const other = await openShop(world, { settings: { restricted_key: `${KEY}2` } });
  list(manyEvents(shop).slice(0, 4));
  const appsOf = async (appId: string | null) => (await run(world, appId)).map((done) => done.appId);
  expect((await appsOf(null)).toSorted()).toEqual([shop.app.id, other.app.id].toSorted());
  expect(await appsOf(other.app.id)).toEqual([other.app.id]);
  expect(await appsOf(without.app.id)).toEqual([]);
  expect(await appsOf("app_that_is_not_there")).toEqual([]);
});

test("events of one app are no other's", async () => {
  const { world, shop, list } = await openKeyed();
  const without = await openShop(world);
  list(manyEvents(shop).slice(0, 10));
  await run(world);
  expect(await without.events()).toEqual([]);
  expect((await without.books()).payments).toEqual([]);
});

test("ST2 of a connected account, what is listed is what was delivered", async () => {
  const there = await createConnectWorld({ config: { stripe: { ...CONNECT, webhookSecrets: [SECRET] } } });
  const shop = await openShop(there.world);
  await connect(there, shop.app, { account: "acct_1" });
  const events = manyEvents(shop);
  for (const event of events.slice(0, 40)) {
    await deliverTo(there.world, "/api/stripe/webhook", { ...event, account: "acct_1" });
  }
  // The list does not name the account it is of.
  for (const event of events) there.fake.put(event, { account: "acct_1" });
  expect(await run(there.world)).toMatchObject([{ read: EVENTS, outcomes: { recorded: EVENTS } }]);
  expect(await totals(shop)).toEqual({ pending: CUSTOMERS * NET - REFUNDED * (NET / 2), payments: CUSTOMERS });
  const lines = await there.world.db.query({ sql: "SELECT DISTINCT account FROM stripe_event", args: [] });
  expect(lines.map((line) => line["account"])).toEqual(["acct_1"]);
  expect(there.fake.requests.filter(({ path }) => path.startsWith("/v1/events")).map(accountOf)).toEqual([
    "acct_1",
    "acct_1",
    "acct_1",
  ]);
});

test.each(["500", "429", "lost", "unreadable"] as const)(
  "ST7 after %s, run again, it comes to its end",
  async (fault) => {
    const { world, shop, fake, list } = await openKeyed();
    list(manyEvents(shop).slice(0, 10));
    fake.fail(fault);
    expect(await run(world)).toMatchObject([{ read: 0, failure: { kind: "unavailable" } }]);
    expect(await totals(shop)).toEqual({ pending: 0, payments: 0 });
    expect(await run(world)).toMatchObject([{ read: 10, failure: null }]);
    expect(await totals(shop)).toEqual({ pending: 2 * (NET / 2), payments: 2 });
  },
);

test("ST7 cut short after a page, it tells how far it came, and run again it comes to its end", async () => {
  const { world, shop, fake, list } = await openKeyed();
  list(manyEvents(shop));
  const cut = run(world);
  while (fake.requests.length === 0) await later();
  fake.fail(...Array.from({ length: 1_000 }, () => "500" as const));
  expect(await cut).toMatchObject([{ read: 100, outcomes: { recorded: 100 }, failure: { kind: "unavailable" } }]);
  // Without a key, 401 is how the fake answers when nothing goes wrong any more.
  while ((await fetch(fake.url)).status === 500);
  expect(await run(world)).toMatchObject([{ read: EVENTS, failure: null }]);
  expect(await totals(shop)).toEqual({ pending: CUSTOMERS * NET - REFUNDED * (NET / 2), payments: CUSTOMERS });
  await expectBooks(world);
});

test("ST7 while reads of single objects fail, payments wait, and count once Stripe answers again", async () => {
  const { world, shop, fake, list } = await openKeyed();
  const s = stripeEvents("newest");
  const api = s.objects.customer({ id: "cus_1", ref: shop.refs.mara });
  list([s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 })]);
  fake.put(asObject(api));
  const page = run(world);
  // The list is answered, what is asked after it is not.
  while (fake.requests.length === 0) await later();
  fake.fail("500", "500");
  expect(await page).toMatchObject([{ read: 1, failure: null }]);
  expect((await shop.books()).payments).toMatchObject([{ state: "parked" }]);
  world.advance(60_000);
  await world.runJobs();
  expect((await shop.balance()).pending_cents).toBe(NET);
});

test("an app whose key is gone, or whose secrets cannot be read, keeps no other from its events", async () => {
  const { world, shop: gone, fake, list } = await openKeyed();
  const sealed = await openShop(world, { settings: { restricted_key: `${KEY}2` } });
  const shop = await openShop(world, { settings: { restricted_key: `${KEY}3` } });
  fake.revoke(KEY);
  const spoil = "UPDATE stripe_connection SET restricted_key = 'spoiled' WHERE app = ?1";
  await world.db.batch([{ sql: spoil, args: [sealed.app.id] }]);
  list(manyEvents(shop).slice(0, 10));
  const results = new Map((await run(world)).map((done) => [done.appId, done]));
  expect(results.get(gone.app.id)).toMatchObject({ read: 0, failure: { kind: "refused" } });
  expect(results.get(sealed.app.id)).toMatchObject({
    read: 0,
    failure: { message: expect.stringMatching("AUTH_SECRET") },
  });
  expect(results.get(shop.app.id)).toMatchObject({ read: 10, failure: null });
  expect((await totals(shop)).payments).toBe(2);
});

/** A world at a Stripe that lists events, and a shop there with a key. */
async function openKeyed(settings: StripeJson = {}) {
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  const world = await createWorld({ config: { stripe: { ...NO_STRIPE, apiBase: fake.url } } });
  const shop = await openShop(world, { settings: { restricted_key: KEY, ...settings } });
  const list = (events: readonly StripeJson[]) => events.forEach((event) => fake.put(asObject(event)));
  return { world, shop, fake, list };
}

/** What it answers, with the outcomes as an object. */
async function run(world: World, appId: string | null = null) {
  const results = await backfillApps(world.deps, { appId, from: FROM });
  return results.map((result) => ({ ...result, outcomes: Object.fromEntries(result.outcomes) }));
}

/** Each customer signs up with a ref and pays 100 dollars; ten get half of it back. A minute apart, in today's shape. */
function manyEvents({ refs }: StripeShop): readonly StripeEvent[] {
  const s = stripeEvents("newest");
  const events = Array.from({ length: CUSTOMERS }, (_, n) => {
    const created = START / 1_000 - DAY / 1_000 + n * 60;
    const [customer, invoice, paymentIntent, charge] = [`cus_${n}`, `in_${n}`, `pi_${n}`, `ch_${n}`];
    const common = { created, customer };
    const refund = { id: charge, paymentIntent, amount: 10_000, amountRefunded: 5_000, created: created + 4 };
    return [
      s.customerCreated({ id: customer, ref: refs.mara, created }),
      s.paymentIntentSucceeded({ id: paymentIntent, amount: 10_000, latestCharge: charge, ...common, at: created + 1 }),
      s.invoicePaid({ id: invoice, amountPaid: 10_000, ...common, at: created + 2 }),
      s.invoicePaymentPaid({ invoice, paymentIntent, created: created + 3 }),
      ...(n < REFUNDED ? [s.chargeRefunded(refund)] : []),
    ];
  });
  return events.flat();
}

async function totals(shop: StripeShop): Promise<{ readonly pending: number; readonly payments: number }> {
  const { payments } = await shop.books();
  return { pending: (await shop.balance()).pending_cents, payments: payments.length };
}

async function later(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1));
}

async function deliverAll(shop: StripeShop, events: readonly StripeJson[]): Promise<void> {
  for (const event of events) expect((await shop.deliver(event)).status).toBe(200);
}

function accountOf({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): unknown {
  return headers["stripe-account"];
}

/** What the builders make has an id. */
function asObject(event: StripeJson): StripeEvent {
  return event as StripeEvent;
}
