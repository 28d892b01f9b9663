import { beforeEach, describe, expect, test } from "vitest";
import { disconnectAccount } from "../../worker/services/stripe/disconnect-account.ts";
import { answered, refused } from "../support/answers.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../support/dump.ts";
import type { FakeStripe } from "../support/fake-stripe.ts";
import { issueKey } from "../support/keys.ts";
import { beginConnect, comeBack, connect, createConnectWorld } from "../support/stripe-connect.ts";
import { type Answer, createWorld, type Json, type TestApp, type World, START } from "../support/world.ts";

const SECRET = "whsec_of_the_endpoint";
const KEY = "rk_live_that_reads_9x7Q";
const MINUTE_MS = 60_000;

/** What an app has before it says anything. */
const DEFAULTS = {
  mode: "live",
  account: null,
  webhook_secrets: 0,
  restricted_key: null,
  net_of_tax: true,
  bare_client_reference_ids: false,
  out_of_band: false,
  changed_at: null,
};

let world: World;
let fake: FakeStripe;
let app: TestApp;
let logged: Json[];

beforeEach(async () => {
  logged = [];
  ({ world, fake } = await createConnectWorld({ log: (entry) => void logged.push(entry) }));
  app = await world.newApp();
});

describe("GET and PUT /api/v1/app/stripe", () => {
  test("R-stripe an app that has said nothing has the defaults, and an address for Stripe to call", async () => {
    const webhook_url = `https://links.example.test/api/stripe/webhook/${app.id}`;
    expect(await read()).toEqual(answered(200, { stripe: { ...DEFAULTS, webhook_url } }));
    expect(await rowsOf(world.db, "stripe_connection")).toEqual([]);
  });

  test("R-stripe a change keeps what it does not name, and a null forgets the key", async () => {
    await put({ webhook_secrets: [SECRET, `${SECRET}_2`, SECRET], restricted_key: KEY });
    world.advance(1_000);
    await put({ net_of_tax: false, bare_client_reference_ids: true, out_of_band: true });
    const changed_at = "2026-01-15T12:00:01.000Z";
    const settings = { net_of_tax: false, bare_client_reference_ids: true, out_of_band: true, changed_at };
    expect(await connection()).toMatchObject({ webhook_secrets: 2, restricted_key: "rk_live_…9x7Q", ...settings });
    await put({ restricted_key: null });
    expect(await connection()).toMatchObject({ webhook_secrets: 2, restricted_key: null, ...settings });
    await put({ webhook_secrets: [SECRET] });
    expect(await connection()).toMatchObject({ webhook_secrets: 1, ...settings });
    await put({});
    expect(await connection()).toMatchObject({ webhook_secrets: 1, ...settings });
  });

  test("R-stripe two changes at once keep both", async () => {
    await Promise.all([put({ webhook_secrets: [SECRET] }), put({ restricted_key: KEY }), put({ out_of_band: true })]);
    expect(await connection()).toMatchObject({
      webhook_secrets: 1,
      restricted_key: "rk_live_…9x7Q",
      out_of_band: true,
    });
  });

  test("R-stripe the same change again ends in the same state", async () => {
    const [first, again] = [await put({ restricted_key: KEY }), await put({ restricted_key: KEY })];
    expect(again).toEqual(first);
    expect(await rowsOf(world.db, "stripe_connection")).toHaveLength(1);
  });

  test("R-stripe one app's change is nothing to another", async () => {
    const other = await world.newApp();
    await put({ webhook_secrets: [SECRET] }, other.key);
    const theirs = await dumpApp(world.db, other.id);
    await put({ restricted_key: KEY, net_of_tax: false });
    await disconnect();
    expect(await dumpApp(world.db, other.id)).toEqual(theirs);
  });

  test("R-stripe R-audit the first secret connects, the rest changes, and no line holds a secret", async () => {
    await put({ net_of_tax: false });
    await put({ webhook_secrets: [SECRET] });
    await put({ restricted_key: KEY });
    await put({ restricted_key: null, bare_client_reference_ids: true });
    await disconnect();
    await disconnect();
    const lines = await audit();
    expect(lines.map(({ action, object }: Json) => [action, object])).toEqual([
      ["stripe.disconnected", app.id],
      ["stripe.changed", app.id],
      ["stripe.changed", app.id],
      ["stripe.connected", app.id],
      ["stripe.changed", app.id],
    ]);
    const nothing = { account: null, webhook_secrets: false, restricted_key: false };
    expect(lines[3]).toMatchObject({ before: nothing, after: { webhook_secrets: 1 } });
    expect(lines[2]).toMatchObject({ before: { webhook_secrets: true }, after: { restricted_key: true } });
    expect(lines[1]).toMatchObject({
      before: { restricted_key: true, bare_client_reference_ids: false },
      after: { restricted_key: false, bare_client_reference_ids: true },
    });
    expect(JSON.stringify(lines)).not.toMatch(/whsec_|9x7Q/);
  });

  test.each([
    ["no secrets", { webhook_secrets: [] }, ["webhook_secrets"]],
    ["a secret that is none", { webhook_secrets: [SECRET, "sk_live_of_the_shop"] }, ["webhook_secrets.1"]],
    ["a short secret", { webhook_secrets: ["whsec_1234567"] }, ["webhook_secrets.0"]],
    ["a secret with a blank", { webhook_secrets: ["whsec_of the endpoint"] }, ["webhook_secrets.0"]],
    ["eleven secrets", { webhook_secrets: Array.from({ length: 11 }, (_, n) => SECRET + n) }, ["webhook_secrets"]],
    ["null for secrets", { webhook_secrets: null }, ["webhook_secrets"]],
    ["a secret alone", { webhook_secrets: SECRET }, ["webhook_secrets"]],
    ["a publishable key", { restricted_key: "pk_live_of_the_shop" }, ["restricted_key"]],
    ["a key without a mode", { restricted_key: "rk_of_the_shop_1" }, ["restricted_key"]],
    ["a key of the other mode", { restricted_key: "rk_test_of_the_shop" }, ["restricted_key"]],
    ["a secret key of the other mode", { restricted_key: "sk_test_of_the_shop" }, ["restricted_key"]],
    ["words for settings", { net_of_tax: "yes", out_of_band: 1 }, ["net_of_tax", "out_of_band"]],
    ["null for a setting", { bare_client_reference_ids: null }, ["bare_client_reference_ids"]],
  ])("R-stripe refuses %s, and changes nothing", async (_, body, paths) => {
    const before = await dumpDatabase(world.db);
    expect(await put({ ...body })).toEqual(refused(400, "invalid_request", paths));
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-stripe an app in test mode takes keys of test mode alone", async () => {
    const key = await newTestApp();
    expect(await put({ restricted_key: KEY }, key)).toEqual(refused(400, "invalid_request", ["restricted_key"]));
    expect((await put({ restricted_key: "sk_test_of_the_shop_1234" }, key)).body.stripe).toMatchObject({
      mode: "test",
      restricted_key: "sk_test_…1234",
    });
  });

  test("R-stripe secrets that cannot be read any more are given again, or forgotten", async () => {
    await put({ webhook_secrets: [SECRET], restricted_key: KEY });
    await world.db.batch([
      { sql: "UPDATE stripe_connection SET webhook_secrets = 'x', restricted_key = 'x'", args: [] },
    ]);
    expect(await read()).toEqual(refused(500, "internal"));
    expect((await put({ webhook_secrets: [SECRET], restricted_key: KEY })).status).toBe(200);
    expect(await connection()).toMatchObject({ webhook_secrets: 1, restricted_key: "rk_live_…9x7Q" });
    await world.db.batch([{ sql: "UPDATE stripe_connection SET webhook_secrets = 'x'", args: [] }]);
    expect((await disconnect()).status).toBe(204);
    expect(await connection()).toMatchObject({ webhook_secrets: 0 });
  });
});

describe("DELETE /api/v1/app/stripe", () => {
  test("R-stripe forgets secrets, key and account, keeps the settings, and is nothing to repeat", async () => {
    await put({ webhook_secrets: [SECRET], restricted_key: KEY, net_of_tax: false });
    expect(await disconnect()).toEqual(answered(204, null));
    expect(await connection()).toMatchObject({ webhook_secrets: 0, restricted_key: null, net_of_tax: false });
    const after = await dumpDatabase(world.db);
    expect(await disconnect()).toEqual(answered(204, null));
    expect(await dumpDatabase(world.db)).toEqual(after);
  });

  test.each(["500", "lost"] as const)(
    "ST2 R-stripe should Stripe fail (%s), the account is forgotten here all the same, and it is logged",
    async (fault) => {
      await connect({ world, fake }, app, { account: "acct_1" });
      fake.fail(fault);
      expect((await disconnect()).status).toBe(204);
      expect(await connection()).toMatchObject({ account: null });
      expect(logged).toContainEqual(expect.objectContaining({ level: "error", work: "afterwards" }));
      expect(JSON.stringify(logged)).not.toContain("sk_live_of_the_platform");
    },
  );

  test("ST2 an installation that gave up Connect asks Stripe for nothing", async () => {
    await connect({ world, fake }, app, { account: "acct_1" });
    const later = await createWorld({ db: world.db });
    const seen = fake.requests.length;
    expect((await later.call("/api/v1/app/stripe", undefined, { key: app.key, method: "DELETE" })).status).toBe(204);
    expect(fake.requests).toHaveLength(seen);
    expect(await connection()).toMatchObject({ account: null });
  });
});

describe("POST /api/v1/app/stripe/connect", () => {
  test("ST2 E-conflict an installation that is not set up for Connect says so", async () => {
    for (const stripe of [{ clientId: null }, { secretKey: null }]) {
      const without = await createConnectWorld({ config: { stripe: { ...world.deps.config.stripe, ...stripe } } });
      const shop = await without.world.newApp();
      const path = "/api/v1/app/stripe/connect";
      const answer = await without.world.call(path, undefined, { key: shop.key, method: "POST" });
      expect(answer).toEqual(refused(409, "conflict"));
      expect(answer.body.error.message).toContain("not set up for Connect");
    }
  });

  test("ST2 a state is stored as its hash, and old ones do not pile up", async () => {
    const state = await beginConnect(world, app);
    expect(state).toMatch(new RegExp(`^${app.id}\\.[\\w-]{43}$`));
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(state.slice(-43));
    await beginConnect(world, await world.newApp());
    expect(await rowsOf(world.db, "stripe_oauth_state")).toHaveLength(2);
    world.advance(10 * MINUTE_MS);
    await beginConnect(world, app);
    expect(await rowsOf(world.db, "stripe_oauth_state")).toHaveLength(1);
  });
});

describe("GET /api/stripe/oauth/callback", () => {
  beforeEach(() => fake.grant("ac_1", { account: "acct_1", livemode: true }));

  test("ST2 answers a page that loads only what is ours, is not kept, and tells nobody its address", async () => {
    const good = await comeBack(world, { state: await beginConnect(world, app), code: "ac_1" });
    const bad = await comeBack(world, { state: "x", code: "ac_1" });
    for (const [response, status] of [
      [good, 200],
      [bad, 400],
    ] as const) {
      expect(response.status).toBe(status);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "text/html; charset=UTF-8",
        "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'self'; style-src 'self'; /),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
      });
    }
    expect(await good.text()).toMatch(/<html lang="en">[^]*<title>Stripe is connected[^]*<main [^]*acct_1/);
    expect(await bad.text()).toMatch(/<html lang="en">[^]*<title>Stripe is not connected[^]*<main /);
  });

  test("ST2 nothing of what Stripe says is read as HTML", async () => {
    fake.grant("ac_2", { account: "acct_<script>", livemode: true });
    const response = await comeBack(world, { state: await beginConnect(world, app), code: "ac_2" });
    expect(await response.text()).not.toContain("<script>");
  });

  test("ST2 R-audit the account is the app's, on the word of whoever began", async () => {
    const keyId = (await rowsOf(world.db, "api_key")).find((row) => row["name"] === "First key")?.["id"];
    await comeBack(world, { state: await beginConnect(world, app), code: "ac_1" });
    const [line] = await audit();
    expect(line).toMatchObject({ action: "stripe.connected", actor: `key:${keyId}`, after: { account: "acct_1" } });
    fake.grant("ac_2", { account: "acct_2", livemode: true });
    await comeBack(world, { state: await beginConnect(world, app, world.operatorKey), code: "ac_2" });
    expect((await audit())[0]).toMatchObject({ actor: "operator", after: { account: "acct_2" } });
  });

  test("ST2 keeps the app's own secrets and settings, and gives the account of before back", async () => {
    await put({ webhook_secrets: [SECRET], out_of_band: true });
    await connect({ world, fake }, app, { account: "acct_0" });
    expect((await comeBack(world, { state: await beginConnect(world, app), code: "ac_1" })).status).toBe(200);
    expect(await connection()).toMatchObject({ account: "acct_1", webhook_secrets: 1, out_of_band: true });
    expect([fake.isConnected("acct_0"), fake.isConnected("acct_1")]).toEqual([false, true]);
  });

  test("ST2 connected once more, an account stays", async () => {
    await connect({ world, fake }, app, { account: "acct_1" });
    expect((await comeBack(world, { state: await beginConnect(world, app), code: "ac_1" })).status).toBe(200);
    expect(await connection()).toMatchObject({ account: "acct_1" });
    expect(fake.isConnected("acct_1")).toBe(true);
  });

  test("ST2 a state is good for ten minutes", async () => {
    const [first, second] = [await beginConnect(world, app), await beginConnect(world, app)];
    world.advance(10 * MINUTE_MS - 1);
    expect((await comeBack(world, { state: first, code: "ac_1" })).status).toBe(200);
    world.advance(1);
    await expectRefused({ state: second, code: "ac_1" });
  });

  test("ST2 a state dies with the key that began, revoked or ended", async () => {
    const revoked = await issueKey(world, app);
    const ended = await issueKey(world, app, { expiresAt: world.deps.now() + MINUTE_MS });
    const states = [await beginConnect(world, app, revoked), await beginConnect(world, app, ended)];
    const id = await idOfKey(revoked);
    await world.call(`/api/v1/keys/${id}`, undefined, { key: app.key, method: "DELETE" });
    world.advance(MINUTE_MS);
    const pages = [];
    for (const state of states) pages.push(await expectRefused({ state, code: "ac_1" }));
    expect(new Set(pages).size).toBe(1);
  });

  test("ST2 D-tenancy a state is of its app alone", async () => {
    const other = await world.newApp();
    const state = await beginConnect(world, app);
    await expectRefused({ state: state.replace(app.id, other.id), code: "ac_1" });
    expect((await comeBack(world, { state, code: "ac_1" })).status).toBe(200);
  });

  test("ST2 every bad state has one answer", async () => {
    const state = await beginConnect(world, app);
    const bad = ["", "x", state.slice(0, -1), `${state}x`, `${state.slice(0, -4)}AAAA`, `${app.id}.`, "%00"];
    const pages = new Set<string>();
    for (const text of bad) pages.add(await expectRefused({ state: text, code: "ac_1" }));
    pages.add(await expectRefused({ code: "ac_1" }));
    pages.add(await expectRefused({}));
    expect(pages.size).toBe(1);
    // Of a control character no page hears at all.
    await expectRefused({ state: "\0", code: "ac_1" });
  });

  test("ST2 an owner who declines connects nothing, and begins anew", async () => {
    const state = await beginConnect(world, app);
    const declined = { state, error: "access_denied", error_description: "The user denied your request" };
    expect(await expectRefused(declined)).toContain("declined");
    await expectRefused({ state, code: "ac_1" });
    await expectRefused({ state: await beginConnect(world, app) });
    const both = { state: await beginConnect(world, app), error: "access_denied", code: "ac_1" };
    expect(await expectRefused(both)).toContain("declined");
  });

  test("ST2 E-conflict an account of another app stays there, and nothing is told of it", async () => {
    const other = await world.newApp();
    await connect({ world, fake }, other, { account: "acct_2" });
    const theirs = await dumpApp(world.db, other.id);
    const [response, lines] = [await connect({ world, fake }, app, { account: "acct_2" }), await audit()];
    expect(response.status).toBe(409);
    expect(await response.text()).not.toContain(other.id);
    expect(lines).toEqual([]);
    expect(await dumpApp(world.db, other.id)).toEqual(theirs);
    expect(fake.isConnected("acct_2")).toBe(true);
  });

  test("ST2 a code that Stripe does not take connects nothing", async () => {
    const page = await expectRefused({ state: await beginConnect(world, app), code: "ac_unknown" }, 1);
    expect(page).toContain("did not take its own code");
  });

  test.each(["500", "lost"] as const)("ST2 E-unavailable with Stripe away (%s) nothing is connected", async (fault) => {
    const state = await beginConnect(world, app);
    fake.fail(fault);
    const response = await comeBack(world, { state, code: "ac_1" });
    expect(response.status).toBe(503);
    expect(await connection()).toMatchObject({ account: null });
    expect(JSON.stringify(logged)).not.toMatch(/ac_1|sk_live/);
  });

  test("ST2 ST8 an account opened in the other mode is refused", async () => {
    const key = await newTestApp();
    const answer = await world.call("/api/v1/app/stripe/connect", undefined, { key, method: "POST" });
    const state = new URL(answer.body.url).searchParams.get("state") ?? "";
    const page = await expectRefused({ state, code: "ac_1" }, 1);
    expect(page).toContain("live mode");
  });

  test("ST2 E-rate_limited an address comes back thirty times a minute at most", async () => {
    const limited = await createConnectWorld({ limits: "memory" });
    const statuses: number[] = [];
    for (let n = 0; n < 31; n++) statuses.push((await comeBack(limited.world, { state: "x" })).status);
    expect(new Set(statuses.slice(0, 30))).toEqual(new Set([400]));
    const last = await comeBack(limited.world, { state: "x" });
    expect([statuses[30], last.headers.get("Retry-After")]).toEqual([429, expect.stringMatching(/^\d+$/)]);
  });
});

describe("account.application.deauthorized", () => {
  test("ST2 forgets the account of its mode alone, once, and keeps the app's own secrets", async () => {
    await put({ webhook_secrets: [SECRET] });
    await connect({ world, fake }, app, { account: "acct_1" });
    const before = await dumpDatabase(world.db);
    await disconnectAccount(world.deps, { account: "acct_1", livemode: true, toldAt: START - 60_000 });
    await disconnectAccount(world.deps, { account: "acct_1", livemode: false, toldAt: START });
    await disconnectAccount(world.deps, { account: "acct_2", livemode: true, toldAt: START });
    expect(await dumpDatabase(world.db)).toEqual(before);
    await disconnectAccount(world.deps, { account: "acct_1", livemode: true, toldAt: START });
    expect(await connection()).toMatchObject({ account: null, webhook_secrets: 1 });
    const lines = await audit();
    expect(lines[0]).toMatchObject({ actor: "stripe", action: "stripe.disconnected", before: { account: "acct_1" } });
    await disconnectAccount(world.deps, { account: "acct_1", livemode: true, toldAt: START });
    expect(await audit()).toEqual(lines);
  });
});

function read(key = app.key): Promise<Answer> {
  return world.call("/api/v1/app/stripe", undefined, { key });
}

async function connection(): Promise<Json> {
  return (await read()).body.stripe;
}

function put(body: object, key = app.key): Promise<Answer> {
  return world.call("/api/v1/app/stripe", body, { key, method: "PUT" });
}

function disconnect(): Promise<Answer> {
  return world.call("/api/v1/app/stripe", undefined, { key: app.key, method: "DELETE" });
}

/** The app's lines about Stripe's connection, newest first. */
async function audit(): Promise<Json> {
  const { entries } = (await world.call(`/api/v1/audit?object=${app.id}`, undefined, { key: app.key })).body;
  return entries.filter(({ action }: Json) => /^stripe\.(?!connect_started)/.test(action));
}

/** A refused return asks Stripe nothing (but where its code is at fault) and changes nothing but that the state is used. */
async function expectRefused(query: Readonly<Record<string, string>>, exchanges = 0): Promise<string> {
  const seen = fake.requests.length;
  const before = { ...(await dumpDatabase(world.db)), stripe_oauth_state: [] };
  const response = await comeBack(world, query);
  expect(response.status).toBe(400);
  expect(fake.requests).toHaveLength(seen + exchanges);
  expect({ ...(await dumpDatabase(world.db)), stripe_oauth_state: [] }).toEqual(before);
  return response.text();
}

async function newTestApp(): Promise<string> {
  const body = { name: "Test app", commission_percent: 30, mode: "test" };
  return (await world.call("/api/v1/apps", body, { key: world.operatorKey })).body.secret_key;
}

async function idOfKey(secretKey: string): Promise<string> {
  const rows = await rowsOf(world.db, "api_key");
  return String(rows.find((row) => row["last4"] === secretKey.slice(-4) && row["app"] === app.id)?.["id"]);
}
