import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { addCreator, commissionsOf, DAY_MS, HOUR_MS, setProgram, setStatus } from "../support/creators.ts";
import { payOut } from "../support/payouts.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const BROWSER = {
  Origin: "https://shop.example.test",
  "User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0",
};

let world: World;
let app: TestApp;
/** The affiliate `app.ref` belongs to, with an account of the app's own. */
let creator: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  creator = await addCreator(world, app, "mara", { account_id: "acct_mara" });
});

describe("an affiliate who is the customer", () => {
  test.each([
    ["by account", { user_id: "acct_mara" }],
    ["by e-mail", { user_id: "u1", email: "mara@example.test" }],
    ["by e-mail in another case", { user_id: "u1", email: " Mara@Example.test " }],
  ])("D-self_referral earns nothing %s, and the backend is told why", async (_, customer) => {
    await signup(customer, { key: app.key });
    const paid = await pay({ user_id: customer.user_id }, { key: app.key });
    expect(paid.body).toMatchObject({ commission: { net_commission_cents: 0 }, hold: false, reason: "self_referral" });
    expect(await balance()).toMatchObject({ pending_cents: 0, held_cents: 0 });
  });

  test("D-self_referral the same customer by another's code earns for that one", async () => {
    await signup({ ref: app.ref, user_id: "acct_mara", email: "mara@example.test" }, { key: app.key });
    const paid = await pay({ ref: app.ref, user_id: "acct_mara" }, { key: app.key });
    expect(paid.body).toMatchObject({ commission: { net_commission_cents: 2_850 }, reason: null });
  });

  test("D-self_referral on nobody's word but his own is held, and the owner sees why", async () => {
    await signup({ user_id: "u1", email: "mara@example.test" });
    await pay({ user_id: "u1" });
    expect(await commissionsOf(world, creator)).toMatchObject([{ lane: "held", hold: true, reason: "self_referral" }]);
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: 0, held_cents: 2_850 });
  });

  test("D-self_referral a guessed address tells the public nothing: not now, not later, not by a refund", async () => {
    const guesses = ["mara@example.test", "somebody@example.test"];
    const stories = [];
    for (const [at, email] of guesses.entries()) {
      const user_id = `u${at}`;
      const answers = [await signup({ user_id, email }), await pay({ user_id, event_id: `${at}` })];
      answers.push(await refund({ user_id, amount_cents: 1_000 }));
      world.advance(40 * DAY_MS);
      answers.push(await pay({ user_id, event_id: `${at}` }));
      world.advance(-40 * DAY_MS);
      stories.push(answers.map(({ status, body }) => ({ status, body: withoutIds(body) })));
    }
    expect(stories[0]).toEqual(stories[1]);
    expect(stories[0]?.[1]?.body.commission.net_commission_cents).toBe(2_850);
    expect(stories[0]?.[3]?.body.status).toBe("confirmed");
  });

  test.each<[string, () => Promise<unknown>]>([
    ["while a standing rule lets the others pass", async () => {}],
    ["once that money has matured", async () => world.advance(40 * DAY_MS)],
    ["once the creator is revoked", async () => (world.advance(40 * DAY_MS), setStatus(world, creator, "revoked"))],
    ["once the creator is paid", async () => (world.advance(40 * DAY_MS), payOut(world, creator))],
  ])("D-self_referral nor does a guess tell anything %s", async (_, happen) => {
    const rule = { currency: "usd", max_event_cents: 20_000, max_day_cents: 100_000, reason: "small sums" };
    expect((await world.call("/api/v1/review/rules", rule, { key: app.key })).status).toBe(201);
    const guesses = ["mara@example.test", "somebody@example.test"];
    for (const [at, email] of guesses.entries()) {
      await signup({ user_id: `u${at}`, email });
      await pay({ user_id: `u${at}`, event_id: `${at}` });
    }
    const lanes = (await commissionsOf(world, creator)).map(({ lane }) => lane);
    expect(lanes).toEqual(["clear", "held"]);
    await happen();
    const stories = [];
    for (const at of guesses.keys()) {
      const user_id = `u${at}`;
      const answers = [await pay({ user_id, event_id: `${at}` }), await refund({ user_id, amount_cents: 1_000 })];
      stories.push(answers.map(({ status, body }) => ({ status, body: withoutIds(body) })));
    }
    expect(stories[0]).toEqual(stories[1]);
  });

  test("D-self_referral by the address that a backend gives, whatever the public gave before", async () => {
    await signup({ user_id: "u1", email: "kim@example.test" });
    await signup({ user_id: "u1", email: "mara@example.test" }, { key: app.key });
    const paid = await pay({ user_id: "u1" }, { key: app.key });
    expect(paid.body).toMatchObject({ commission: { net_commission_cents: 0 }, reason: "self_referral" });
  });

  test("D-self_referral an address that the public gave does not take away what a backend vouches for", async () => {
    await signup({ user_id: "u1", email: "mara@example.test" });
    await signup({ user_id: "u1", email: "kim@example.test" }, { key: app.key });
    const paid = await pay({ user_id: "u1" }, { key: app.key });
    expect(paid.body).toMatchObject({ commission: { net_commission_cents: 2_850 }, hold: false, reason: null });

    await signup({ user_id: "u2", email: "mara@example.test" });
    const matched = await pay({ ref: undefined, user_id: "u2" }, { key: app.key });
    expect(matched.body).toMatchObject({ commission: { net_commission_cents: 2_850 }, reason: "self_referral" });
    expect((await commissionsOf(world, creator)).map(({ lane }) => lane)).toEqual(["review", "clear"]);
  });
});

describe("signups without a click", () => {
  test("D-no_click from a browser, beyond the code's clicks, sends their money to review", async () => {
    await click();
    for (const user_id of ["u1", "u2"]) await signup({ user_id }, { headers: BROWSER });
    for (const user_id of ["u1", "u2"]) await pay({ ref: undefined, user_id }, { key: app.key });
    expect((await commissionsOf(world, creator)).map((row) => [row.user_id, row.lane, row.reason])).toEqual([
      ["u2", "review", "no_click"],
      ["u1", "clear", null],
    ]);
  });

  test("D-no_click a backend's signup needs no click, and its word clears the flag", async () => {
    await signup({ user_id: "u1" }, { key: app.key });
    await signup({ user_id: "u2" });
    await signup({ user_id: "u3" }, { headers: BROWSER });
    await signup({ user_id: "u3" }, { key: app.key });
    for (const user_id of ["u1", "u2", "u3"]) await pay({ ref: undefined, user_id }, { key: app.key });
    expect((await commissionsOf(world, creator)).map(({ lane }) => lane)).toEqual(["clear", "clear", "clear"]);
  });

  test("D-no_click once a backend vouches for the code, what the public reports is as anybody's", async () => {
    await signup({ user_id: "u1" }, { headers: BROWSER });
    await signup({ user_id: "u1" }, { key: app.key });
    await pay({ user_id: "u1" });
    expect(await commissionsOf(world, creator)).toMatchObject([{ lane: "review", reason: "unverified" }]);
  });

  test("D-no_click the public is told nothing of it", async () => {
    const flagged = [await signup({ user_id: "u1" }, { headers: BROWSER }), await pay({ user_id: "u1" })];
    await click();
    await click("203.0.113.9");
    await click("203.0.113.8");
    const plain = [await signup({ user_id: "u2" }, { headers: BROWSER }), await pay({ user_id: "u2" })];
    expect(flagged.map(({ body }) => withoutIds(body))).toEqual(plain.map(({ body }) => withoutIds(body)));
  });
});

describe("amounts over the app's cap", () => {
  test("D-caps of one event are held, with the same answer", async () => {
    await setProgram(world, app, { max_event_cents: 10_000 });
    const within = await pay({ user_id: "u1", amount_cents: 10_000 });
    const over = await pay({ user_id: "u2", amount_cents: 10_001 });
    expect(Object.keys(over.body)).toEqual(Object.keys(within.body));
    expect(over.body).toMatchObject({ status: "pending", commission: { net_commission_cents: 2_850 } });
    const keyed = await pay({ user_id: "u3", amount_cents: 10_001 }, { key: app.key });
    expect(keyed.body).toMatchObject({ hold: true, reason: "cap" });
    expect((await commissionsOf(world, creator)).map(({ lane }) => lane)).toEqual(["held", "held", "review"]);
  });

  test("D-caps of a day are held, by currency, until the next UTC day", async () => {
    await setProgram(world, app, { max_day_cents: 20_000 });
    const reasons = async (user_id: string, more: object = {}) =>
      (await pay({ user_id, ...more }, { key: app.key })).body.reason;
    expect(await reasons("u1")).toBeNull();
    expect(await reasons("u2")).toBeNull();
    expect(await reasons("u3")).toBe("cap");
    expect(await reasons("u4", { currency: "eur" })).toBeNull();
    expect(await reasons("u4")).toBe("cap");
    world.advance(12 * HOUR_MS);
    expect(await reasons("u5")).toBeNull();
  });

  test("D-caps D-tenancy each app has its own day", async () => {
    const other = await world.newApp();
    for (const one of [app, other]) await setProgram(world, one, { max_day_cents: 20_000 });
    for (const user_id of ["u1", "u2", "u3"]) await pay({ ref: app.ref, user_id }, { key: app.key });
    const theirs = await pay({ ref: other.ref, user_id: "u1" }, { key: other.key });
    const ours = await pay({ ref: app.ref, user_id: "u4" }, { key: app.key });
    expect([theirs.body.reason, ours.body.reason]).toEqual([null, "cap"]);
  });

  test("D-caps what is over the cap of one event takes nothing of the day", async () => {
    await setProgram(world, app, { max_event_cents: 10_000, max_day_cents: 20_000 });
    for (let at = 0; at < 3; at++) await pay({ user_id: `x${at}`, amount_cents: 999_999_999_999 });
    await pay({ user_id: "u1" });
    expect((await commissionsOf(world, creator))[0]).toMatchObject({ lane: "review", reason: "unverified" });
  });

  test("D-caps a stranger cannot use up the day of a backend, nor one payment count twice", async () => {
    await setProgram(world, app, { max_day_cents: 20_000 });
    for (let at = 0; at < 5; at++) await pay({ user_id: `x${at}` });
    for (const event_id of ["1", "2"]) await pay({ user_id: "u1", payment_ref: "p1", event_id }, { key: app.key });
    await pay({ user_id: "u1", payment_ref: "p1", event_id: "2" }, { key: app.key });
    expect((await pay({ user_id: "u2" }, { key: app.key })).body.reason).toBeNull();
    expect((await pay({ user_id: "u3" }, { key: app.key })).body.reason).toBe("cap");
  });
});

describe("new customers only", () => {
  test.each<[string, number | null, string | null]>([
    ["known for longer than a day", 1.001, "existing_customer"],
    ["known for a day", 1, null],
    ["of today", 0, null],
    ["of unknown age", null, null],
  ])("AL48 a customer %s earns accordingly", async (_, days, reason) => {
    await setProgram(world, app, { new_customers_only: true });
    const customer_created_at = days === null ? undefined : daysAgo(days);
    await signup({ user_id: "u1", customer_created_at }, { key: app.key });
    world.advance(30 * DAY_MS);
    const paid = await pay({ user_id: "u1" }, { key: app.key });
    expect(paid.body).toMatchObject({ reason, commission: { net_commission_cents: reason === null ? 2_850 : 0 } });
  });

  test("AL48 the age may come with the payment, and counts from when a ref was first seen", async () => {
    await setProgram(world, app, { new_customers_only: true });
    await signup({ user_id: "u1" }, { key: app.key });
    const since = daysAgo(0);
    world.advance(30 * DAY_MS);
    expect((await pay({ user_id: "u1", customer_created_at: since }, { key: app.key })).body.reason).toBeNull();
    const late = await pay({ user_id: "u2", customer_created_at: since }, { key: app.key });
    expect(late.body.reason).toBe("existing_customer");
  });

  test("AL48 is off unless the app asks for it, and the public's word on an age is not taken", async () => {
    const old = daysAgo(400);
    await signup({ user_id: "u1", customer_created_at: old }, { key: app.key });
    expect((await pay({ user_id: "u1" }, { key: app.key })).body.reason).toBeNull();
    await setProgram(world, app, { new_customers_only: true });
    await signup({ user_id: "u2", customer_created_at: old });
    expect((await pay({ user_id: "u2" }, { key: app.key })).body.reason).toBeNull();
    expect((await pay({ user_id: "u1", event_id: "2" }, { key: app.key })).body.reason).toBe("existing_customer");
  });
});

function daysAgo(days: number): string {
  return new Date(world.deps.now() - days * DAY_MS).toISOString();
}

function signup(body: object, options: object = {}) {
  return world.call("/api/track/signup", { ref: creator.ref, ...body }, options);
}

async function pay(body: object, options: object = {}) {
  const call = { ref: creator.ref, amount_cents: 10_000, ...body };
  // Lists are in the order of time.
  world.advance(1);
  const answer = await world.call("/api/track/conversion", call, options);
  expect(await checkBooks(world.db)).toEqual([]);
  return answer;
}

function refund(body: object) {
  return world.call("/api/track/refund", { ref: creator.ref, ...body });
}

function click(ip = "203.0.113.7") {
  return world.call("/api/track/click", { ref: creator.ref }, { headers: { ...BROWSER, "X-Test-IP": ip } });
}

function balance(): Promise<Json> {
  return world.balance(creator);
}

/** An answer without what is drawn for it, or counts on. */
function withoutIds(body: Json): Json {
  return JSON.parse(
    JSON.stringify(body, (name, value) => (/(?:^|_)id$|_at$|^request_id$|^ref$/.test(name) ? undefined : value)),
  );
}
