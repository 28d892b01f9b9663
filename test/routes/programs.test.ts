import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { rowsOf } from "../support/dump.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const CREATED_AT = "2026-01-15T12:00:00.000Z";

/** A new app as it is shown, to be overridden. */
const APP = {
  id: anyId("app"),
  name: "Shop",
  mode: "live",
  currency: "usd",
  domain: null,
  commission_percent: 30,
  commission_next: null,
  holding_days: 14,
  platform_fee_bps: 500,
  max_months: null,
  conversions: "open",
  origins: [],
  max_event_cents: null,
  max_day_cents: null,
  dedupe_seconds: 10,
  new_customers_only: false,
  credits: {
    referrer_award: 100,
    referee_award: 100,
    cap: 10_000,
    qualifying_event: "signup",
    bonus_when_capped: true,
    pending_days: 90,
    accounts: "all",
    countries: [],
    share_url: null,
    about: null,
  },
  approval: "auto",
  operator_funded: false,
  enable_platform_referrals: { enabled: true, from: "environment" },
  enable_settings_affiliates: { enabled: true, from: "environment" },
  created_at: CREATED_AT,
};

let world: World;

beforeEach(async () => {
  world = await createWorld();
});

describe("POST /api/v1/apps", () => {
  test("R-apps makes an app with its first key", async () => {
    const made = await create({ name: "Shop", commission_percent: 30 });
    const secret_key = expect.stringMatching(/^al_sk_[0-9A-Za-z]{36}$/);
    expect(made).toEqual(answered(201, { app: APP, secret_key }));
    expect(await world.call("/api/v1/app", undefined, { key: made.body.secret_key })).toEqual(
      answered(200, { app: made.body.app }),
    );
  });

  test("R-apps takes currency, domain and mode", async () => {
    const body = { currency: "EUR", domain: "Shop.Example.test:8080", mode: "test", commission_percent: "12.50" };
    expect((await create({ name: "Shop", ...body })).body.app).toEqual({
      ...APP,
      currency: "eur",
      domain: "shop.example.test:8080",
      mode: "test",
      commission_percent: 12.5,
    });
  });

  test("R-apps two of the same name are two", async () => {
    const first = await create({ name: "Shop", commission_percent: 30 });
    const second = await create({ name: "Shop", commission_percent: 30 });
    expect(second.body.app.id).not.toBe(first.body.app.id);
    expect(second.body.secret_key).not.toBe(first.body.secret_key);
  });

  test("R-apps keeps the key as a hash, and audits who made the app", async () => {
    const { secret_key } = (await create({ name: "Shop", commission_percent: 30 })).body;
    const keys = await rowsOf(world.db, "api_key");
    expect(keys).toMatchObject([{ prefix: "al_sk_", last4: secret_key.slice(-4) }]);
    expect(JSON.stringify(keys)).not.toContain(secret_key);
    expect(await rowsOf(world.db, "audit")).toMatchObject([
      { actor: "operator", action: "app.created" },
      { actor: "operator", action: "key.created", object: keys[0]?.["id"] },
    ]);
  });

  test.each([
    ["no name", { name: undefined }, "name"],
    ["an empty name", { name: "" }, "name"],
    ["a name of 257 characters", { name: "n".repeat(257) }, "name"],
    ["no percentage", { commission_percent: undefined }, "commission_percent"],
    ["a percentage over 100", { commission_percent: 100.01 }, "commission_percent"],
    ["three decimals", { commission_percent: "1.005" }, "commission_percent"],
    ["an unknown currency", { currency: "abc" }, "currency"],
    ["a URL as domain", { domain: "https://shop.example.test/" }, "domain"],
    ["an unknown mode", { mode: "sandbox" }, "mode"],
  ])("R-apps refuses %s", async (_, body, path) => {
    expect(await create({ name: "Shop", commission_percent: 30, ...body })).toEqual(
      refused(400, "invalid_request", [path]),
    );
    expect(await rowsOf(world.db, "app")).toEqual([]);
  });
});

describe("GET /api/v1/apps", () => {
  test("R-apps D-lists each app on exactly one page, whatever the limit", async () => {
    const ids: string[] = [];
    for (let made = 0; made < 7; made++) {
      ids.push((await world.newApp()).id);
      if (made % 3 === 0) world.advance(1);
    }
    for (const limit of [1, 2, 3, 6, 7, 8, 100]) {
      const pages = await walkPages(world, { path: "/api/v1/apps", items: "apps", limit, key: world.operatorKey });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      const listed = pages.flat().map((app: Json) => app.id);
      expect(new Set(listed)).toEqual(new Set(ids));
    }
  });

  test("R-apps answers 50 unless told, whole apps, none when there is none", async () => {
    expect(await list("")).toEqual(answered(200, { apps: [], next_cursor: null }));
    const app = await world.newApp();
    expect(await list("")).toEqual(
      answered(200, {
        apps: [{ ...APP, id: app.id, name: "App 1", domain: "shop.example.test" }],
        next_cursor: null,
      }),
    );
  });

  test.each(["0", "101", "-1", "1.5", "ten", "", "1e1", "%00"])("D-lists a limit of %j is refused", async (limit) => {
    expect(await list(`?limit=${limit}`)).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
  });

  test.each(["x", "1", "1.", ".a", "1.a b", "-1.a", "1.a.b", "1e3.a", "", `1.${"a".repeat(65)}`, "%00"])(
    "D-lists a cursor of %j is refused",
    async (cursor) => {
      const answer = await list(`?cursor=${encodeURI(cursor)}`);
      expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
    },
  );
});

describe("PATCH /api/v1/apps/:id", () => {
  let app: TestApp;

  beforeEach(async () => {
    app = await world.newApp();
  });

  test("R-apps changes what the owner may, the fee, and who funds it", async () => {
    const body = { name: "Renamed", holding_days: 7, platform_fee_bps: 250, operator_funded: true };
    const domain = "shop.example.test";
    expect(await patch(body)).toEqual(answered(200, { app: { ...APP, id: app.id, domain, ...body } }));
    expect((await patch({ platform_fee_bps: null, operator_funded: false })).body.app).toMatchObject({
      platform_fee_bps: 500,
      operator_funded: false,
      holding_days: 7,
    });
  });

  test("R-apps an unknown app is not found", async () => {
    expect(await patch({ name: "x" }, "app_none")).toEqual(refused(404, "not_found"));
  });

  test.each([
    ["a fee over 100 %", { platform_fee_bps: 10_001 }, "platform_fee_bps"],
    ["a negative fee", { platform_fee_bps: -1 }, "platform_fee_bps"],
    ["a fraction of a basis point", { platform_fee_bps: 0.5 }, "platform_fee_bps"],
    ["words for yes", { operator_funded: "yes" }, "operator_funded"],
    ["a number for yes", { operator_funded: 1 }, "operator_funded"],
  ])("R-apps refuses %s", async (_, body, path) => {
    expect(await patch(body)).toEqual(refused(400, "invalid_request", [path]));
  });

  function patch(body: object, id = app.id) {
    return world.call(`/api/v1/apps/${id}`, body, { key: world.operatorKey, method: "PATCH" });
  }
});

describe("/api/v1/app", () => {
  let app: TestApp;

  beforeEach(async () => {
    app = await world.newApp();
  });

  test("R-app shows the key's own app", async () => {
    expect(await world.call("/api/v1/app", undefined, { key: app.key })).toEqual(
      answered(200, { app: { ...APP, id: app.id, name: "App 1", domain: "shop.example.test" } }),
    );
  });

  test("R-app changes what is named and leaves the rest, setting by setting", async () => {
    const changes: readonly Record<string, unknown>[] = [
      { name: "Renamed" },
      { commission_percent: 12.5 },
      { currency: "eur" },
      { domain: null },
      { holding_days: 0 },
      { max_months: 1_200 },
      { conversions: "keyed" },
      { dedupe_seconds: 3_600 },
      { max_months: null },
      { origins: ["https://shop.example.test", "http://localhost:3000"] },
      { origins: [] },
      { max_event_cents: 1 },
      { max_day_cents: 999_999_999_999 },
      { max_event_cents: null },
      { max_day_cents: null },
      { new_customers_only: true },
      { new_customers_only: false },
      { approval: "manual" },
      { approval: "auto" },
    ];
    const expected = { ...APP, id: app.id, name: "App 1", domain: "shop.example.test" };
    for (const change of changes) {
      Object.assign(expected, change);
      expect(await patch(change)).toEqual(answered(200, { app: expected }));
    }
    expect(await world.call("/api/v1/app", undefined, { key: app.key })).toEqual(answered(200, { app: expected }));
  });

  test("R-app origins are kept as browsers send them, each once", async () => {
    const origins = [
      "HTTPS://Shop.Example.test:443/",
      "https://shop.example.test",
      "https://shop.example.test:8443",
      "https://bücher.example",
      "http://localhost",
      "http://127.0.0.1:3000",
      "http://[::1]:3000",
    ];
    expect((await patch({ origins })).body.app.origins).toEqual([
      "https://shop.example.test",
      "https://shop.example.test:8443",
      "https://xn--bcher-kva.example",
      "http://localhost",
      "http://127.0.0.1:3000",
      "http://[::1]:3000",
    ]);
    const fifty = Array.from({ length: 50 }, (_, site) => `https://s${site}.example.test`);
    expect((await patch({ origins: fifty })).body.app.origins).toEqual(fifty);
  });

  test.each([
    "https://*.shop.example.test",
    "*",
    "null",
    "",
    "shop.example.test",
    "http://shop.example.test",
    "http://localhost.example.test",
    "https://shop.example.test/path",
    "https://shop.example.test?",
    "https://shop.example.test#x",
    "https://kim@shop.example.test",
    "ftp://shop.example.test",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "chrome-extension://abc",
    7,
    null,
  ])("R-app refuses %j for an origin", async (origin) => {
    const answer = await patch({ origins: ["https://shop.example.test", origin] });
    expect(answer).toEqual(refused(400, "invalid_request", ["origins.1"]));
  });

  test("R-app two changes at once do not undo each other", async () => {
    await Promise.all([patch({ holding_days: 3 }), patch({ dedupe_seconds: 4 }), patch({ name: "Both" })]);
    expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app).toMatchObject({
      holding_days: 3,
      dedupe_seconds: 4,
      name: "Both",
    });
  });

  test("R-app mode, fee, id and age are read-only, and keys it does not know are ignored", async () => {
    const before = (await world.call("/api/v1/app", undefined, { key: app.key })).body;
    const body = { mode: "test", platform_fee_bps: 0, operator_funded: true, id: "app_x", created_at: 0, unknown: [] };
    expect(await patch(body)).toEqual(answered(200, before));
  });

  test("R-app a change is audited with who, before and after", async () => {
    await patch({ holding_days: 7 });
    const entry = (await rowsOf(world.db, "audit")).find((row) => row["action"] === "app.changed");
    expect(entry).toMatchObject({ app: app.id, actor: expect.stringMatching(/^key:key_/), object: app.id });
    expect(JSON.parse(String(entry?.["before"]))).toMatchObject({ holdingDays: 14 });
    expect(String(entry?.["after"])).toContain('"holding_days":7');
  });

  test.each([
    ["a name that is null", { name: null }, "name"],
    ["a currency that is null", { currency: null }, "currency"],
    ["an unknown mode of conversions", { conversions: "trusting" }, "conversions"],
    ["no months", { max_months: 0 }, "max_months"],
    ["1201 months", { max_months: 1_201 }, "max_months"],
    ["months as text", { max_months: "12" }, "max_months"],
    ["half a day", { holding_days: 0.5 }, "holding_days"],
    ["a domain with a path", { domain: "shop.example.test/path" }, "domain"],
    ["an event of nothing", { max_event_cents: 0 }, "max_event_cents"],
    ["an event beyond all amounts", { max_event_cents: 1_000_000_000_000 }, "max_event_cents"],
    ["a day of half a cent", { max_day_cents: 1.5 }, "max_day_cents"],
    ["a day as text", { max_day_cents: "100" }, "max_day_cents"],
    ["a number for yes", { new_customers_only: 1 }, "new_customers_only"],
    ["an approval nobody knows", { approval: "maybe" }, "approval"],
    ["origins that are null", { origins: null }, "origins"],
    ["one origin without a list", { origins: "https://shop.example.test" }, "origins"],
    ["51 origins", { origins: Array.from({ length: 51 }, (_, site) => `https://s${site}.example.test`) }, "origins"],
  ])("R-app refuses %s and changes nothing", async (_, body, path) => {
    const before = (await world.call("/api/v1/app", undefined, { key: app.key })).body;
    expect(await patch({ name: "Renamed", ...body })).toEqual(refused(400, "invalid_request", [path]));
    expect(await world.call("/api/v1/app", undefined, { key: app.key })).toEqual(answered(200, before));
  });

  function patch(body: object) {
    return world.call("/api/v1/app", body, { key: app.key, method: "PATCH" });
  }
});

function create(body: object) {
  return world.call("/api/v1/apps", body, { key: world.operatorKey });
}

function list(query: string) {
  return world.call(`/api/v1/apps${query}`, undefined, { key: world.operatorKey });
}
