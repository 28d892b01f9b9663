import { describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { DAY_MS } from "../support/creators.ts";
import { type Dump, dumpApp, dumpDatabase, rowsOf } from "../support/dump.ts";
import { workerUrl } from "../support/edge-door.ts";
import { type DbFault, DRIVER_SECRET, openFaultyDb } from "../support/faulty-db.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { connect, CONNECT, createConnectWorld } from "../support/stripe-connect.ts";
import { shapes, signStripe, type StripeEvent, stripeEvents, type StripeJson } from "../support/stripe-events.ts";
import { STORIES } from "../support/stripe-stories.ts";
import {
  deliverTo,
  expectBooks,
  openShop,
  openStripeWorld,
  SECRET,
  type ShopOptions,
  type StripeShop,
} from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, NO_STRIPE, type TestApp, type World } from "../support/world.ts";

/** The endpoint of the installation. */
const INSTALLATION = "/api/stripe/webhook";
const EVENTS = "/api/v1/app/stripe/events";
const MIB = 1024 * 1024;
/** In workerd a delivery takes ten times as long: there some stories must do. */
const PLAYED = STORIES.filter((_, n) => workerUrl() === null || n % 6 === 0);

const s = stripeEvents("newest");
const now = () => Math.floor(Date.now() / 1_000);

describe("a delivery that no secret of the endpoint signed is 400, and nothing of it is kept", () => {
  const payload = JSON.stringify(sale("mara_x"));

  test.each<[why: string, header: () => Promise<string | null>]>([
    ["without a signature", async () => null],
    ["with an empty one", async () => ""],
    ["with a garbled one", async () => "sha256=x"],
    ["with a moment alone", async () => `t=${now()}`],
    ["with a signature alone", async () => (await signed()).replace(/^t=\d+,/, "")],
    ["with a signature of another scheme", async () => (await signed()).replace("v1=", "v0=")],
    ["with half a signature", async () => (await signed()).slice(0, -1)],
    ["with a moment it was not signed at", async () => (await signed()).replace(/^t=\d+/, `t=${now() - 60}`)],
    ["with a moment that is none", async () => (await signed()).replace(/^t=\d+/, "t=NaN")],
    ["signed with another secret", () => signStripe(payload, `${SECRET}x`)],
    ["signed with nothing", () => signStripe(payload, " ")],
    ["signed 301 seconds ago", () => signStripe(payload, SECRET, now() - 301)],
  ])("ST7 %s", async (_, header) => {
    const shop = await openStripeWorld();
    const before = await dumpDatabase(shop.world.db);
    const answer = await post(shop.world, { path: pathOf(shop), payload, header: await header() });
    expect(answer).toEqual(refused(400, "invalid_request"));
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });

  test("ST7 with one byte of its body changed, or one more", async () => {
    const shop = await openStripeWorld();
    const before = await dumpDatabase(shop.world.db);
    for (const changed of [
      payload.replace("10000", "10001"),
      `${payload} `,
      `\uFEFF${payload}`,
      payload.slice(0, -1),
    ]) {
      const answer = await post(shop.world, { path: pathOf(shop), payload: changed, header: await signed() });
      expect(answer).toEqual(refused(400, "invalid_request"));
    }
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });

  test("ST7 for an app that is not there, or has no secret: the same answer, and the installation's is no app's", async () => {
    const shop = await openStripeWorld({ config: { stripe: { ...NO_STRIPE, webhookSecrets: ["whsec_of_the_host"] } } });
    const without = await shop.world.newApp();
    const before = await dumpDatabase(shop.world.db);
    const messages = new Set<string>();
    for (const path of [pathOf(shop), `${INSTALLATION}/app_none`, `${INSTALLATION}/${without.id}`]) {
      for (const secret of ["whsec_of_the_host", "whsec_x", ...(path === pathOf(shop) ? [] : [SECRET])]) {
        const answer = await deliverTo(shop.world, path, sale(shop.refs.mara), { secret });
        expect(answer).toEqual(refused(400, "invalid_request"));
        messages.add(answer.body.error.message);
      }
    }
    expect(await deliverTo(shop.world, INSTALLATION, sale(shop.refs.mara))).toEqual(refused(400, "invalid_request"));
    expect(messages.size).toBe(1);
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });

  async function signed(): Promise<string> {
    return signStripe(payload, SECRET);
  }
});

test("ST7 one signed 290 seconds ago counts, also among signatures of other secrets", async () => {
  const shop = await openStripeWorld();
  const payload = JSON.stringify(sale(shop.refs.mara));
  const old = await signStripe(payload, SECRET, now() - 290);
  const header = `${old.replace(/v1=.*/, `v1=${"0".repeat(64)}`)},v0=${"1".repeat(64)},${old.replace(/^t=\d+,/, "")}`;
  expect(await post(shop.world, { path: pathOf(shop), payload, header })).toEqual(received("recorded"));
  expect(await shop.commissions()).toHaveLength(1);
});

test("ST7 while a secret is rolled both count; after that the old one no longer does", async () => {
  const shop = await openStripeWorld();
  const { world, app } = shop;
  const put = (secrets: readonly string[]) =>
    world.call("/api/v1/app/stripe", { webhook_secrets: secrets }, { key: app.key, method: "PUT" });
  const deliver = (secret: string) => deliverTo(world, pathOf(shop), sale(shop.refs.mara), { secret });
  expect((await put([SECRET, "whsec_it_is_rolled_to"])).status).toBe(200);
  expect([await deliver(SECRET), await deliver("whsec_it_is_rolled_to")]).toEqual([
    received("recorded"),
    received("recorded"),
  ]);
  expect((await put(["whsec_it_is_rolled_to"])).status).toBe(200);
  expect(await deliver(SECRET)).toEqual(refused(400, "invalid_request"));
  expect(await deliver("whsec_it_is_rolled_to")).toEqual(received("recorded"));
});

describe("what tells nothing is taken, so that Stripe does not send it again", () => {
  test.each<[what: string, event: StripeJson, reason: string]>([
    ["a kind that is not used", s.event("payout.paid", { id: "po_1", object: "payout" }), "not_used"],
    ["a kind that nobody knows yet", s.event("v3.money.moved", { id: "mm_1" }), "not_used"],
    ["a thin event", s.thinEvent(), "thin_event"],
    ["an object that cannot be read", s.invoicePaid({ id: "in_1", amountPaid: 1, fields: { id: 7 } }), "unreadable"],
    ["no object", { ...s.event("invoice.paid", {}), data: null }, "unreadable"],
    ["no moment", { ...sale("mara_x"), created: "today" }, "unreadable"],
    ["nothing paid", s.paymentIntentSucceeded({ id: "pi_1", amount: 0, amountReceived: 0 }), "no_money"],
    ["no ref and no user", s.promotionCodeCreated({ id: "promo_1", code: "!" }), "nothing_told"],
  ])("ST7 R-stripe %s: 200, and the inbox says why", async (_, event, reason) => {
    const shop = await openStripeWorld();
    const before = withoutInbox(await dumpDatabase(shop.world.db));
    expect(await shop.deliver(event)).toEqual(received(reason));
    expect(await shop.deliver(event)).toEqual(received(reason));
    expect(await shop.events()).toEqual([
      {
        id: event["id"],
        type: event["type"],
        account: null,
        mode: "live",
        object: null,
        outcome: "ignored",
        reason,
        conversion_id: null,
        created_at: "2026-01-15T12:00:00.000Z",
        received_at: "2026-01-15T12:00:00.000Z",
      },
    ]);
    expect(withoutInbox(await dumpDatabase(shop.world.db))).toEqual(before);
  });

  test("ST7 what is no event, though it is signed, leaves not even a line", async () => {
    const shop = await openStripeWorld();
    const before = await dumpDatabase(shop.world.db);
    const { livemode: _, ...ofNoMode } = sale(shop.refs.mara);
    const ofNoAccount = { ...sale(shop.refs.mara), account: { id: "acct_1" } };
    const odd = [ofNoMode, ofNoAccount, { ...ofNoAccount, account: "" }, { id: 1, type: 2 }].map((event) =>
      JSON.stringify(event),
    );
    const payloads = ["null", "[]", "{}", "7", '"evt_1"', "{", " ", ...odd];
    for (const payload of payloads) {
      expect(await deliverTo(shop.world, pathOf(shop), {}, { payload })).toEqual(received("unreadable"));
    }
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });
});

test("ST7 a delivery of 1 MiB is taken", async () => {
  const shop = await openStripeWorld();
  const payload = JSON.stringify(sale(shop.refs.mara)).padEnd(MIB);
  expect(await deliverTo(shop.world, pathOf(shop), {}, { payload })).toEqual(received("recorded"));
  expect(await shop.commissions()).toHaveLength(1);
});

test.each(["GET", "PUT", "PATCH", "DELETE"])("ST7 a %s is 405 at each endpoint", async (method) => {
  const { world, app } = await openStripeWorld();
  for (const path of [INSTALLATION, `${INSTALLATION}/${app.id}`]) {
    expect(await world.call(path, undefined, { method })).toEqual(refused(405, "method_not_allowed"));
  }
});

describe("while the database is away a delivery is 503, and sent again it counts once", () => {
  test.each<[when: string, fault: DbFault, after: number]>([
    ["before anything is known of it", "away", 0],
    ["before its facts are written", "read-only", 0],
    ["with the answer to its facts lost", "lost-answer", 0],
    ["between the facts and the decision", "away", 1],
    ["with the answer to its decision lost", "lost-answer", 1],
  ])("ST7 %s", async (_, fault, after) => {
    const db = openFaultyDb();
    const shop = await openStripeWorld({ db });
    const event = sale(shop.refs.mara);
    const before = await dumpDatabase(db);
    db.fault(fault, after);
    const cut = await shop.deliver(event);
    db.fault("none");
    expect(cut).toEqual(refused(503, "unavailable"));
    expect(cut.headers.get("Retry-After")).toMatch(/^[1-9]\d?$/);
    expect(JSON.stringify(cut.body)).not.toContain(DRIVER_SECRET);
    // The mark of an event is in the batch that stores what it tells.
    if (after === 0 && fault !== "lost-answer") expect(await dumpDatabase(db)).toEqual(before);
    else expect(await shop.events()).toHaveLength(1);
    await expectBooks(shop.world);

    expect(await shop.deliver(event)).toEqual(received("recorded"));
    await expectOneSale(shop);
  });

  test.each<[when: string, fault: DbFault, after: number]>([
    ["is never decided", "away", 1],
    ["is stored, and its answer lost", "lost-answer", 0],
  ])(
    "ST7 what %s is found by the next run of the jobs, though Stripe never sends it again",
    async (_, fault, after) => {
      const db = openFaultyDb();
      const shop = await openStripeWorld({ db });
      db.fault(fault, after);
      expect((await shop.deliver(sale(shop.refs.mara))).status).toBe(503);
      db.fault("none");
      expect(await shop.commissions()).toEqual([]);
      await shop.world.runJobs();
      await expectOneSale(shop);
    },
  );

  test("ST4 ST7 a delivery whose every batch is applied twice counts once", async () => {
    const db = openFaultyDb();
    const shop = await openStripeWorld({ db });
    db.fault("repeated");
    expect(await shop.deliver(sale(shop.refs.mara))).toEqual(received("recorded"));
    db.fault("none");
    await expectOneSale(shop);
  });
});

describe("fifty deliveries at once", () => {
  test("ST4 of one event make one commission", async () => {
    const shop = await openStripeWorld();
    const event = sale(shop.refs.mara);
    const answers = await Promise.all(Array.from({ length: 50 }, () => shop.deliver(event)));
    expect(answers).toEqual(answers.map(() => received("recorded")));
    await expectOneSale(shop);
  });

  // One shape in workerd, as each delivery takes ten times as long by HTTP.
  const atOnceIn = workerUrl() === null ? shapes : (["newest"] as const);
  const five = PLAYED.filter(({ events }) => events(s, { mara: "m", nils: "n", olga: "o" }).length === 5).slice(0, 3);
  test.each(five.flatMap((told) => atOnceIn.map((shape) => ({ ...told, shape }))))(
    "ST4 ten times each event of: $title ($shape)",
    async ({ events, settings, shape }) => {
      const options: ShopOptions = settings === undefined ? {} : { settings };
      const [straight, atOnce] = [await openStripeWorld(options), await openStripeWorld(options)];
      for (const event of events(stripeEvents(shape), straight.refs)) await straight.deliver(event);
      const told = events(stripeEvents(shape), atOnce.refs);
      const times = Array.from({ length: 10 }, () => told).flat();
      const answers = await Promise.all(times.map((event) => atOnce.deliver(event)));
      expect(answers).toEqual(answers.map(() => received("recorded")));
      await expectBooks(atOnce.world);
      expect(await atOnce.events()).toHaveLength(5);
      expect(await atOnce.books()).toEqual(await straight.books());
    },
    60_000,
  );
});

describe("what is not the app's", () => {
  test("ST8 an event of the other mode leaves a line, and touches nothing else, whatever it tells", async () => {
    const shop = await openStripeWorld();
    for (const event of story(s, shop)) await shop.deliver(event);
    const before = withoutInbox(await dumpDatabase(shop.world.db));
    const ofTest = story(stripeEvents("newest", { livemode: false }), shop);
    for (const event of ofTest) expect(await shop.deliver(event)).toEqual(received("wrong_mode"));
    expect(withoutInbox(await dumpDatabase(shop.world.db))).toEqual(before);
    const lines = (await shop.events()).filter(({ mode }) => mode === "test");
    expect(lines).toHaveLength(ofTest.length);
    for (const line of lines) expect(line).toMatchObject({ outcome: "ignored", reason: "wrong_mode", object: null });
  });

  test("ST8 an event of a connected account is not taken at the endpoint of an app that it does not belong to", async () => {
    const shop = await openStripeWorld();
    const before = withoutInbox(await dumpDatabase(shop.world.db));
    const theirs = story(stripeEvents("newest", { account: "acct_theirs" }), shop);
    for (const event of theirs) expect(await shop.deliver(event)).toEqual(received("other_account"));
    expect(withoutInbox(await dumpDatabase(shop.world.db))).toEqual(before);
    for (const line of await shop.events())
      expect(line).toMatchObject({ account: "acct_theirs", reason: "other_account" });
  });

  test("ST8 D-tenancy a merchant whose events name all of another's changes nothing there, and earns that one nothing", async () => {
    const world = await createWorld();
    const [victim, thief] = [await openShop(world), await openShop(world)];
    for (const event of [...story(s, victim), ...promoted(s, victim)]) await victim.deliver(event);
    // What waits to be mailed is mailed.
    await world.runJobs();
    const before = await dumpApp(world.db, victim.app.id);
    for (const event of [...story(s, victim), ...promoted(s, victim), ...takingBack()]) {
      expect(await thief.deliver(event)).toEqual(received("recorded"));
    }
    await world.runJobs();
    expect(await dumpApp(world.db, victim.app.id)).toEqual(before);
    expect(await thief.commissions()).toEqual([]);
    await expectBooks(world);
  });

  test("ST8 D-tenancy nor does a connected account at the endpoint of the installation", async () => {
    const { world, victim, thief } = await openTwoConnected();
    const [ours, theirs] = [accountOf("acct_victim"), accountOf("acct_thief")];
    for (const event of [...story(ours, victim), ...promoted(ours, victim)])
      await deliverTo(world, INSTALLATION, event);
    await world.runJobs();
    const before = await dumpApp(world.db, victim.app.id);
    expect(await victim.commissions()).toHaveLength(3);
    for (const event of [...story(theirs, victim), ...promoted(theirs, victim), ...takingBack("acct_thief")]) {
      expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("recorded"));
    }
    await world.runJobs();
    expect(await dumpApp(world.db, victim.app.id)).toEqual(before);
    expect(await thief.commissions()).toEqual([]);
    await expectBooks(world);
  });

  test("ST8 the same ids in two apps are two of everything", async () => {
    const world = await createWorld();
    const shops = [await openShop(world), await openShop(world)];
    for (const shop of shops) {
      for (const event of story(s, shop)) expect(await shop.deliver(event)).toEqual(received("recorded"));
    }
    await expectSameStory(shops);
  });

  test("ST8 the same ids in two connected accounts are two of everything", async () => {
    const { world, victim, thief } = await openTwoConnected();
    for (const [shop, account] of [
      [victim, "acct_victim"],
      [thief, "acct_thief"],
    ] as const) {
      for (const event of story(accountOf(account), shop)) {
        expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("recorded"));
      }
    }
    await expectSameStory([victim, thief]);
  });

  test("ST8 the same ids live and in test are two of everything", async () => {
    const world = await createWorld({ config: { stripe: { ...NO_STRIPE, webhookSecrets: [SECRET] } } });
    const [live, ofTest] = [await openApp(world, "live"), await openApp(world, "test")];
    for (const [app, livemode] of [
      [live, true],
      [ofTest, false],
    ] as const) {
      const events = story(stripeEvents("newest", { livemode }), { refs: { mara: app.ref, nils: "", olga: "" } });
      for (const event of events) expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("recorded"));
    }
    for (const app of [live, ofTest]) expect(await world.balance(app)).toMatchObject({ pending_cents: 2_138 });
    await expectBooks(world);
  });
});

describe("the endpoint of the installation, for its own account", () => {
  const stripe = { ...NO_STRIPE, webhookSecrets: ["whsec_of_before", SECRET] };

  test("ST1 ST7 tells the only app of the mode, with either of its secrets", async () => {
    const world = await createWorld({ config: { stripe } });
    const app = await world.newApp();
    const answers = ["whsec_of_before", SECRET].map((secret) =>
      deliverTo(world, INSTALLATION, sale(app.ref), { secret }),
    );
    expect(await Promise.all(answers)).toEqual([received("recorded"), received("recorded")]);
    expect(await deliverTo(world, INSTALLATION, sale(app.ref), { secret: "whsec_x" })).toEqual(
      refused(400, "invalid_request"),
    );
    expect(await world.balance(app)).toMatchObject({ pending_cents: 2_850 });
  });

  test("ST7 E-misconfigured with several apps, or none, in the mode it is 503 until STRIPE_APP_ID names one", async () => {
    const db = openFaultyDb();
    const unnamed = await createWorld({ db, config: { stripe } });
    const [first, second] = [await unnamed.newApp({ ref: "first" }), await unnamed.newApp({ ref: "second" })];
    const before = await dumpDatabase(db);
    for (const livemode of [true, false]) {
      const event = sale(second.ref, stripeEvents("newest", { livemode }));
      const answer = await deliverTo(unnamed, INSTALLATION, event);
      expect(answer).toEqual(refused(503, "misconfigured"));
      expect(answer.body.error.message).toContain("STRIPE_APP_ID");
    }
    expect(await dumpDatabase(db)).toEqual(before);

    const named = await createWorld({ db, config: { stripe: { ...stripe, appId: second.id } } });
    expect(await deliverTo(named, INSTALLATION, sale(second.ref))).toEqual(received("recorded"));
    expect(await unnamed.balance(second)).toMatchObject({ pending_cents: 2_850 });
    expect(await unnamed.balance(first)).toMatchObject({ pending_cents: 0 });
  });

  test("ST8 an event of the other mode than the named app's is nobody's", async () => {
    const db = openFaultyDb();
    const app = await (await createWorld({ db })).newApp();
    for (const appId of [app.id, "app_none"]) {
      const world = await createWorld({ db, config: { stripe: { ...stripe, appId } } });
      const before = await dumpDatabase(db);
      const event = sale(app.ref, stripeEvents("newest", { livemode: appId === "app_none" }));
      expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("no_app"));
      expect(await dumpDatabase(db)).toEqual(before);
    }
  });
});

describe("the endpoint of the installation, for connected accounts", () => {
  test("ST2 ST8 an event is its account's app's, in its mode; of an account that is nobody's nothing is kept", async () => {
    const { world, victim } = await openTwoConnected();
    const before = await dumpDatabase(world.db);
    for (const of of [{ account: "acct_nobodys" }, { account: "acct_victim", livemode: false }]) {
      const event = sale(victim.refs.mara, stripeEvents("newest", of));
      expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("no_app"));
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
    expect(await deliverTo(world, INSTALLATION, sale(victim.refs.mara, accountOf("acct_victim")))).toEqual(
      received("recorded"),
    );
    await expectOneSale(victim, "acct_victim");
  });

  test("ST2 Stripe's word that an account was disconnected is enough; its money stays, its events are nobody's", async () => {
    const { world, victim, thief } = await openTwoConnected();
    const account = accountOf("acct_victim");
    await deliverTo(world, INSTALLATION, sale(victim.refs.mara, account));
    expect(await deliverTo(world, INSTALLATION, account.deauthorized())).toEqual(received("recorded"));
    expect(await stripeOf(victim)).toMatchObject({ account: null, webhook_secrets: 1 });
    expect(await stripeOf(thief)).toMatchObject({ account: "acct_thief" });
    expect(new Set((await victim.events()).map(({ type, outcome }) => `${type} ${outcome}`))).toEqual(
      new Set(["account.application.deauthorized recorded", "payment_intent.succeeded counted"]),
    );
    const before = await dumpDatabase(world.db);
    for (const event of [account.deauthorized(), sale(victim.refs.mara, account)]) {
      expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("no_app"));
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
    expect(await victim.balance()).toMatchObject({ pending_cents: 2_850 });
  });

  test("ST4 a merchant whose account is connected and has an endpoint of its own as well is told everything twice", async () => {
    const { world, victim } = await openTwoConnected();
    const [own, connected] = [story(s, victim), story(accountOf("acct_victim"), victim)];
    for (const [at, event] of own.entries()) {
      expect(await victim.deliver(event)).toEqual(received("recorded"));
      const again = connected[at] ?? expect.fail("no such event");
      expect(await deliverTo(world, INSTALLATION, again)).toEqual(received("recorded"));
    }
    await expectSameStory([victim]);
  });

  test("ST4 ST7 what an event lets be decided is decided for the endpoint that told of it, whichever told the event", async () => {
    const at = await createConnectWorld({ config: { stripe: { ...CONNECT, webhookSecrets: [SECRET] } } });
    const { world, fake } = at;
    const shop = await openShop(world, { settings: { restricted_key: "rk_live_that_reads" } });
    await connect(at, shop.app, { account: "acct_own" });
    fake.fail("500", "500", "500");
    await shop.deliver(
      s.sessionCompleted({ id: "cs_9", customer: "cus_9", paymentIntent: "pi_9", amountTotal: 10_000 }),
    );
    expect(await shop.commissions()).toEqual([]);
    const customer = { id: "cus_9", object: "customer", livemode: true, metadata: { agentlinks_ref: shop.refs.mara } };
    fake.put(customer);
    world.advance(10 * 60_000);
    const event = accountOf("acct_own").customerCreated({ id: "cus_1" });
    expect(await deliverTo(world, INSTALLATION, event)).toEqual(received("recorded"));
    expect(await shop.commissions()).toMatchObject([{ amount_cents: 10_000, net_commission_cents: 2_850 }]);
    await expectBooks(world);
  });
});

describe("the inbox", () => {
  test("R-stripe D-lists lists what was told, the newest first: each line is on one page, whatever the limit", async () => {
    const shop = await openStripeWorld();
    const other = await openShop(shop.world);
    await other.deliver(sale(other.refs.mara));
    const told: string[] = [];
    for (let at = 0; at < 9; at++) {
      const event = s.paymentIntentSucceeded({ id: `pi_${at}`, amount: 10_000, ref: shop.refs.mara });
      await shop.deliver(event);
      told.push(event.id);
      // Some come within one millisecond.
      if (at % 3 === 0) shop.world.advance(1);
    }
    for (const limit of [1, 2, 3, 8, 9, 100]) {
      const pages = await walkPages(shop.world, { path: EVENTS, items: "events", limit, key: shop.app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(9, limit));
      const lines = pages.flat();
      expect(new Set(lines.map(({ id }) => id))).toEqual(new Set(told));
      const moments = lines.map((line: Json) => Date.parse(line.received_at));
      expect(moments).toEqual(moments.toSorted((a, b) => b - a));
    }
    for (const query of ["?limit=0", "?limit=101", "?cursor=x"]) {
      const answer = await shop.world.call(EVENTS + query, undefined, { key: shop.app.key });
      expect(answer).toEqual(refused(400, "invalid_request", [query.slice(1).split("=")[0] ?? ""]));
    }
  });

  test("R-stripe says of each event what became of it, and of the payment it is about how it stands today", async () => {
    const shop = await openStripeWorld();
    const counted = sale(shop.refs.mara);
    const parked = s.sessionCompleted({ id: "cs_9", mode: "payment", paymentIntent: "pi_9", amountTotal: 100 });
    const unknown = s.invoicePaid({ id: "in_8", amountPaid: 100, charge: "ch_8", ref: "nobody" });
    const recorded = s.customerCreated({ id: "cus_1", ref: shop.refs.mara });
    const ignored = s.thinEvent();
    for (const event of [counted, parked, unknown, recorded, ignored]) await shop.deliver(event);
    const [commission] = await shop.commissions();
    const line = async (of: StripeJson) => (await shop.events()).find(({ id }) => id === of["id"]);
    expect(await line(counted)).toEqual({
      id: counted.id,
      type: "payment_intent.succeeded",
      account: null,
      mode: "live",
      object: "pi_1",
      outcome: "counted",
      reason: null,
      conversion_id: commission.conversion_id,
      created_at: "2026-01-15T12:00:00.000Z",
      received_at: "2026-01-15T12:00:00.000Z",
    });
    const none = { conversion_id: null };
    expect(await line(parked)).toMatchObject({ ...none, object: "cs_9", outcome: "parked", reason: "no_ref" });
    expect(await line(unknown)).toMatchObject({ ...none, object: "in_8", outcome: "parked", reason: "unknown_ref" });
    expect(await line(recorded)).toMatchObject({ ...none, object: "cus_1", outcome: "recorded", reason: null });
    expect(await line(ignored)).toMatchObject({ ...none, object: null, outcome: "ignored", reason: "thin_event" });
    shop.world.advance(30 * DAY_MS);
    await shop.world.runJobs();
    expect(await line(parked)).toMatchObject({ outcome: "closed", reason: "no_ref" });
    expect(await line(counted)).toMatchObject({ outcome: "counted" });
  });

  test("R-stripe forgets a line after 90 days; what it told stays, and so does the money", async () => {
    const shop = await openStripeWorld();
    await shop.deliver(sale(shop.refs.mara));
    await shop.world.db.batch([
      {
        sql: `INSERT INTO stripe_event (app, account, livemode, id, type, created_at, received_at)
          WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 1200)
          SELECT ?1, '', 1, 'evt_' || n.at, 'payout.paid', 0, ?2 FROM n`,
        args: [shop.app.id, BigInt(shop.world.deps.now() - 1)],
      },
    ]);
    shop.world.advance(90 * DAY_MS);
    await shop.world.runJobs();
    expect(await shop.events()).toHaveLength(1);
    const before = withoutInbox(await dumpDatabase(shop.world.db));
    shop.world.advance(1);
    await shop.world.runJobs();
    expect(await shop.events()).toEqual([]);
    expect(withoutInbox(await dumpDatabase(shop.world.db))).toEqual(before);
    expect(await shop.commissions()).toHaveLength(1);
    await expectBooks(shop.world);
  });
});

describe("an event that its owner has taken once more", () => {
  test("R-stripe counts, when the code it names has been made since; again, it changes nothing", async () => {
    const shop = await openStripeWorld();
    const payment = { id: "cs_1", mode: "payment", paymentIntent: "pi_1", amountTotal: 10_000 } as const;
    const event = s.sessionCompleted({ ...payment, ref: "late_code" });
    await shop.deliver(event);
    expect(await shop.events()).toMatchObject([{ outcome: "parked", reason: "unknown_ref" }]);
    const codes = `/api/v1/affiliates/${shop.ids.nils}/codes`;
    expect((await shop.world.call(codes, { ref: "late_code" }, { key: shop.app.key })).status).toBe(201);

    const replayed = await replay(shop, event.id);
    const [commission] = await shop.commissions("nils");
    const outcome = { outcome: "counted", reason: null, conversion_id: commission.conversion_id };
    expect(replayed).toMatchObject({ status: 200, body: { event: { id: event.id, object: "cs_1", ...outcome } } });
    expect(await shop.events()).toEqual([replayed.body.event]);
    await expectBooks(shop.world);

    const before = withoutAudit(await dumpDatabase(shop.world.db));
    expect(await replay(shop, event.id)).toEqual(answered(200, replayed.body));
    expect(withoutAudit(await dumpDatabase(shop.world.db))).toEqual(before);
  });

  test("R-stripe R-audit leaves a line that tells who did it", async () => {
    const shop = await openStripeWorld();
    const event = sale(shop.refs.mara);
    await shop.deliver(event);
    await replay(shop, event.id);
    await replay(shop, event.id, { key: shop.world.operatorKey, query: `?app_id=${shop.app.id}` });
    const { body } = await shop.world.call("/api/v1/audit?action=stripe.replayed", undefined, { key: shop.app.key });
    expect(body.entries).toMatchObject([
      { id: anyId("aud"), object: event.id, actor: "operator" },
      { object: event.id, actor: expect.stringMatching(/^key:key_/), before: null, after: null },
    ]);
  });

  test("R-stripe D-tenancy is not another app's, nor one that was never told", async () => {
    const shop = await openStripeWorld();
    const stranger = await openShop(shop.world);
    const event = sale(shop.refs.mara);
    await shop.deliver(event);
    const before = await dumpDatabase(shop.world.db);
    expect(await stranger.events()).toEqual([]);
    expect(await replay(stranger, event.id)).toEqual(refused(404, "not_found"));
    expect(await replay(shop, "evt_never_told")).toEqual(refused(404, "not_found"));
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });

  test("R-stripe E-conflict told nothing, and without a key Stripe cannot be asked for it", async () => {
    const shop = await openStripeWorld();
    const event = s.thinEvent();
    await shop.deliver(event);
    const before = await dumpDatabase(shop.world.db);
    expect(await replay(shop, String(event["id"]))).toEqual(refused(409, "conflict"));
    expect(await dumpDatabase(shop.world.db)).toEqual(before);
  });

  test("R-stripe is read from Stripe where it was ignored, by the app's key, and what that tells counts", async () => {
    const { world, fake } = await createConnectWorld();
    const shop = await openShop(world, { settings: { restricted_key: "rk_live_that_reads" } });
    const thin = s.thinEvent("v1.payment_intent.succeeded");
    const id = String(thin["id"]);
    expect(await shop.deliver(thin)).toEqual(received("thin_event"));
    const before = await dumpDatabase(world.db);
    expect(await replay(shop, id)).toEqual(refused(409, "conflict"));
    fake.fail("500");
    expect(await replay(shop, id)).toEqual(refused(503, "unavailable"));
    expect(await dumpDatabase(world.db)).toEqual(before);

    fake.put({ ...sale(shop.refs.mara), id });
    const replayed = await replay(shop, id);
    expect(replayed).toMatchObject({ status: 200, body: { event: { id, outcome: "counted", object: "pi_1" } } });
    await expectBooks(world);
    expect(await shop.commissions()).toHaveLength(1);
    expect((await replay(shop, id)).body).toEqual(replayed.body);
    expect(await shop.commissions()).toHaveLength(1);
  });

  test("R-stripe ST8 of the other mode, or of another account, stays ignored", async () => {
    const { world, fake } = await createConnectWorld();
    const shop = await openShop(world, { settings: { restricted_key: "rk_live_that_reads" } });
    for (const of of [{ livemode: false }, { account: "acct_theirs" }]) {
      const event = sale(shop.refs.mara, stripeEvents("newest", of));
      await shop.deliver(event);
      fake.put({ ...sale(shop.refs.mara), id: event.id });
      const before = await shop.events();
      const { status, body } = await replay(shop, event.id);
      expect([status, body.event?.reason]).toEqual("account" in of ? [200, "other_account"] : [409, undefined]);
      expect(await shop.events()).toEqual(before);
    }
    expect(await shop.commissions()).toEqual([]);
  });
});

describe("a customer", () => {
  const EMAIL = "kim.privately@example.test";
  const MASK = "k•••@example.test";
  const USER = "user-privately-1";
  const CUSTOMER = "cus_Privately1";

  test.each(shapes)("ST7 R-customers of %s: no address is ever stored as it is", async (shape) => {
    const world = await createWorld();
    for (const { events, settings } of PLAYED) {
      const shop = await openShop(world, settings === undefined ? {} : { settings });
      for (const event of events(stripeEvents(shape), shop.refs)) await shop.deliver(withAddress(event));
    }
    const kept = JSON.stringify(await dumpDatabase(world.db));
    expect(kept).toContain(MASK);
    expect(kept).not.toContain(EMAIL);
    expect(kept).not.toContain("kim@example.test");
  });

  const KNOWN: readonly [how: string, names: Naming][] = [
    ["bound to a user by the customer", { customer: USER }],
    ["bound to a user by the session", { session: USER }],
    ["bound to a user by the subscription", { subscription: USER }],
    ["whose user the payments alone name", { payments: USER }],
    ["of nobody's user", {}],
    ["who pays as an account, bound to a user by the customer", { customer: USER, account: "acct_Privately1" }],
    ["who pays as an account, bound to a user by the subscription", { subscription: USER, account: "acct_Privately1" }],
  ];
  const cases = KNOWN.flatMap(([how, names]) =>
    // An account that pays is Stripe's newest shape alone.
    shapes.filter((shape) => shape === "newest" || names.account === undefined).map((shape) => ({ how, names, shape })),
  );

  test.each(cases)(
    "R-customers $how is erased from all that Stripe told ($shape), and no amount changes",
    async (of) => {
      const shop = await openStripeWorld();
      const { world } = shop;
      const events = life(stripeEvents(of.shape), shop, of.names);
      for (const event of events) expect((await shop.deliver(event)).body.received).toBe(true);
      const before = { balance: await shop.balance(), commissions: await shop.commissions() };
      const amounts = before.commissions.map((one) => [one.amount_cents, one.refunded_cents]);
      expect(amounts.toSorted(([a], [b]) => a - b)).toEqual([
        [7_000, 1_000],
        [9_000, 0],
        [10_000, 0],
      ]);
      const hashes = ["stripe_customer", "stripe_object", "referral"].map(async (table) =>
        (await rowsOf(world.db, table)).flatMap(({ email_hmac: hash }) => (hash === null ? [] : [String(hash)])),
      );
      const [hash] = new Set((await Promise.all(hashes)).flat());
      const names = [USER, CUSTOMER, "acct_Privately1", EMAIL, MASK, hash ?? expect.fail("no hash")];
      expect(await rowsThatName(world, names)).not.toEqual([]);

      const name = Object.keys(of.names).length === 0 ? CUSTOMER : USER;
      expect(await erase(shop, name)).toEqual(answered(204, null));
      expect(await rowsThatName(world, names)).toEqual([]);
      expect(await shop.balance()).toEqual(before.balance);
      expect(await shop.commissions()).toEqual(before.commissions.map((one) => ({ ...one, user_id: null })));
      expect(await shop.events()).toHaveLength(events.length);
      await expectBooks(world);

      for (const event of events) expect((await shop.deliver(event)).body.received).toBe(true);
      expect(await shop.balance()).toEqual(before.balance);
      await expectBooks(world);
    },
  );

  test("R-customers R-audit of whom Stripe told, and nothing has come yet, leaves a line too, once", async () => {
    for (const told of [
      s.customerCreated({ id: CUSTOMER, email: EMAIL }),
      s.paymentIntentSucceeded({ id: "pi_1", amount: 100, customer: CUSTOMER }),
    ]) {
      const shop = await openStripeWorld();
      await shop.deliver(told);
      await erase(shop, CUSTOMER);
      await erase(shop, CUSTOMER);
      expect(await rowsThatName(shop.world, [CUSTOMER, MASK])).toEqual([]);
      const { body } = await shop.world.call("/api/v1/audit?action=customer.erased", undefined, { key: shop.app.key });
      expect(body.entries).toHaveLength(1);
    }
  });

  test("R-customers whose erasure was cut short is erased by its repeat", async () => {
    const db = openFaultyDb();
    const shop = await openStripeWorld({ db });
    for (const event of life(s, shop, { payments: USER })) await shop.deliver(event);
    db.fault("away", 1);
    expect(await erase(shop, USER)).toEqual(refused(503, "unavailable"));
    db.fault("none");
    expect(await erase(shop, USER)).toEqual(answered(204, null));
    expect(await rowsThatName(shop.world, [USER, CUSTOMER, EMAIL, MASK])).toEqual([]);
  });

  test("R-customers of more customers of one user than one call erases, the next call erases the others", async () => {
    const { world, app } = await openStripeWorld();
    await world.db.batch([
      {
        sql: `INSERT INTO stripe_binding (app, object, says, account, livemode, from_at, value)
          WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 70)
          SELECT ?1, 'cus_' || n.at, 'user', '', 1, 0, ?2 FROM n`,
        args: [app.id, USER],
      },
    ]);
    const call = () => world.call(`/api/v1/customers/${USER}`, undefined, { key: app.key, method: "DELETE" });
    expect(await call()).toEqual(refused(503, "unavailable"));
    expect(await call()).toEqual(answered(204, null));
    expect(await rowsOf(world.db, "stripe_binding")).toEqual([]);
  });

  test("R-customers D-tenancy of another app, or of another name, keeps everything", async () => {
    const world = await createWorld();
    const [shop, other] = [await openShop(world), await openShop(world)];
    for (const each of [shop, other]) for (const event of life(s, each, { customer: USER })) await each.deliver(event);
    const before = await dumpApp(world.db, other.app.id);
    await erase(shop, USER);
    expect(await dumpApp(world.db, other.app.id)).toEqual(before);
    await erase(other, "somebody-else");
    expect(await dumpApp(world.db, other.app.id)).toEqual(before);
  });

  function withAddress(event: StripeJson): StripeJson {
    return JSON.parse(
      JSON.stringify(event)
        .replaceAll(/"(email|customer_email|receipt_email)":null/g, `"$1":"${EMAIL}"`)
        .replaceAll('"customer_details":null', `"customer_details":{"email":"${EMAIL}"}`),
    );
  }

  /** Who says whose user the customer is; `account`: what pays in the customer's place. */
  interface Naming {
    readonly customer?: string;
    readonly session?: string;
    readonly subscription?: string;
    readonly payments?: string;
    readonly account?: string;
  }

  /** A customer's payments in each form, all with the address. */
  function life(events: typeof s, { refs }: StripeShop, names: Naming): readonly StripeJson[] {
    const { account } = names;
    const who = account === undefined ? { customer: CUSTOMER } : { customer: null, customerAccount: account };
    const payer = { ...who, email: EMAIL };
    const ref = refs.mara;
    const customer = {
      id: CUSTOMER,
      email: EMAIL,
      ref,
      ...by(names.customer),
      ...(account === undefined ? {} : { fields: { customer_account: account } }),
    };
    // An account whose customer names nobody is not known to be that customer: Stripe's events of it are one or the other.
    const isTold = account === undefined || names.customer !== undefined;
    return [
      ...(isTold ? [events.customerCreated(customer)] : []),
      events.subscriptionCreated({ id: "sub_1", ...who, ref, ...by(names.subscription) }),
      events.invoicePaid({
        id: "in_1",
        ...payer,
        subscription: "sub_1",
        amountPaid: 10_000,
        paymentIntent: "pi_1",
        ...by(names.payments),
      }),
      events.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
      events.sessionCompleted({
        id: "cs_2",
        mode: "payment",
        ...payer,
        paymentIntent: "pi_2",
        amountTotal: 7_000,
        ref,
        ...by(names.session),
      }),
      events.paymentIntentSucceeded({
        id: "pi_2",
        ...payer,
        amount: 7_000,
        latestCharge: "ch_2",
        ...by(names.payments),
      }),
      events.chargeSucceeded({ id: "ch_2", ...payer, paymentIntent: "pi_2", amount: 7_000 }),
      events.paymentIntentSucceeded({ id: "pi_3", ...payer, amount: 9_000, ref, ...by(names.payments) }),
      events.refundCreated({ id: "re_3", charge: "ch_2", paymentIntent: "pi_2", amount: 1_000 }),
      ...(isTold ? [events.customerUpdated(customer)] : []),
    ];
  }
});

/** A payment that counts by itself. */
function sale(ref: string, events = s): StripeEvent {
  return events.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref });
}

/** What most merchants' events tell of a customer: five events, of which 2,138 cents come to the creator. */
function story(events: typeof s, { refs }: Pick<StripeShop, "refs">): readonly StripeJson[] {
  return STORIES[0]?.events(events, refs) ?? [];
}

/** A payment by a promotion code, and one by its own ref. */
function promoted(events: typeof s, { refs }: Pick<StripeShop, "refs">): readonly StripeJson[] {
  const payment = { mode: "payment", paymentIntent: "pi_7", amountTotal: 8_000, promotionCode: "promo_7" } as const;
  return [
    events.promotionCodeCreated({ id: "promo_7", code: refs.mara }),
    events.sessionCompleted({ id: "cs_7", ...payment }),
    events.paymentIntentSucceeded({ id: "pi_8", amount: 900, ref: refs.mara }),
  ];
}

/** Refunds, a dispute and another owner, of everything in `story` and `promoted`. */
function takingBack(account?: string): readonly StripeJson[] {
  const events = account === undefined ? s : accountOf(account);
  return [
    events.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 10_000 }),
    events.refundCreated({ id: "re_7", charge: "ch_7", paymentIntent: "pi_7", amount: 8_000 }),
    events.disputeCreated({ id: "dp_1", charge: "ch_1", paymentIntent: "pi_1", amount: 10_000 }),
    events.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_7" }),
    events.customerUpdated({ id: "cus_1", ref: "theirs", userId: "theirs" }),
    events.promotionCodeUpdated({ id: "promo_7", code: "theirs" }),
  ];
}

function accountOf(account: string): typeof s {
  return stripeEvents("newest", { account });
}

/** Two shops, each connected to an account of its own, in an installation whose endpoint has the tests' secret. */
async function openTwoConnected(): Promise<{ world: World; victim: StripeShop; thief: StripeShop }> {
  const at = await createConnectWorld({ config: { stripe: { ...CONNECT, webhookSecrets: [SECRET] } } });
  const { world } = at;
  const [victim, thief] = [await openShop(world), await openShop(world)];
  expect((await connect(at, victim.app, { account: "acct_victim" })).status).toBe(200);
  expect((await connect(at, thief.app, { account: "acct_thief" })).status).toBe(200);
  return { world, victim, thief };
}

/** An app of a mode with one creator. */
async function openApp(world: World, mode: "live" | "test"): Promise<TestApp> {
  const draft = { name: mode, commission_percent: 30, currency: "usd", mode };
  const { app, secret_key: key } = (await world.call("/api/v1/apps", draft, { key: world.operatorKey })).body;
  const email = `${mode}@creators.test`;
  const { affiliate } = (await world.call("/api/v1/affiliates", { email, ref: `of_${mode}` }, { key })).body;
  return { id: app.id, key, affiliateId: affiliate.id, ref: affiliate.ref, spareKeyId: "", ruleId: "" };
}

async function expectOneSale(shop: StripeShop, account: string | null = null): Promise<void> {
  await expectBooks(shop.world);
  const commissions = await shop.commissions();
  expect(commissions).toMatchObject([{ amount_cents: 10_000, net_commission_cents: 2_850 }]);
  expect(await shop.balance()).toMatchObject({ pending_cents: 2_850 });
  expect(await shop.events()).toMatchObject([
    { account, outcome: "counted", conversion_id: commissions[0].conversion_id },
  ]);
}

/** Each of the shops has what `story` comes to, and nothing of the others'. */
async function expectSameStory(shops: readonly StripeShop[]): Promise<void> {
  for (const shop of shops) {
    await expectBooks(shop.world);
    expect(await shop.commissions()).toMatchObject([{ amount_cents: 10_000, refunded_cents: 2_500 }]);
    expect(await shop.balance()).toMatchObject({ pending_cents: 2_138 });
  }
}

function pathOf({ app }: StripeShop): string {
  return `${INSTALLATION}/${app.id}`;
}

async function stripeOf({ world, app }: StripeShop): Promise<Json> {
  return (await world.call("/api/v1/app/stripe", undefined, { key: app.key })).body.stripe;
}

function replay(shop: StripeShop, id: string, { key = shop.app.key, query = "" } = {}): Promise<Answer> {
  return shop.world.call(`${EVENTS}/${id}/replay${query}`, undefined, { key, method: "POST" });
}

function erase({ world, app }: StripeShop, name: string): Promise<Answer> {
  return world.call(`/api/v1/customers/${name}`, undefined, { key: app.key, method: "DELETE" });
}

function post(
  world: World,
  { path, payload, header }: { path: string; payload: string; header: string | null },
): Promise<Answer> {
  return world.call(path, payload, header === null ? { method: "POST" } : { headers: { "Stripe-Signature": header } });
}

function received(outcome: string) {
  return answered(200, { received: true, outcome });
}

/** Nor when jobs last ran. */
function withoutInbox(dump: Dump): Dump {
  const setting = (dump["setting"] ?? []).filter((row) => !row.includes('"key":"jobs"'));
  return { ...dump, setting, stripe_event: [] };
}

function withoutAudit(dump: Dump): Dump {
  return { ...dump, audit: [] };
}

/** The tables with a row that holds one of the names, and what of it. */
async function rowsThatName({ db }: World, names: readonly string[]): Promise<readonly string[]> {
  return Object.entries(await dumpDatabase(db)).flatMap(([table, rows]) =>
    rows.flatMap((row) => names.filter((name) => row.includes(name)).map((name) => `${table}: ${name} in ${row}`)),
  );
}

/** Nothing, where nobody says whose user it is. */
function by(userId: string | undefined): { readonly userId?: string } {
  return userId === undefined ? {} : { userId };
}
