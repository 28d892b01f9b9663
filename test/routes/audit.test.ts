import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { rowsOf } from "../support/dump.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { headersOf, KEYED_ROUTES, OPERATOR_ROUTES, type Route } from "../support/routes.ts";
import { stageOnce } from "../support/stage.ts";
import { createConnectWorld } from "../support/stripe-connect.ts";
import { announce } from "../support/waiting.ts";
import { type Answer, type Json, type TestApp, type World } from "../support/world.ts";

/** A recorded fact says by itself who told it. */
const KEYED: readonly Route[] = KEYED_ROUTES.filter(({ method, fact }) => method !== "GET" && fact !== true);
const CHANGING: readonly Route[] = [...KEYED, ...OPERATOR_ROUTES.filter(({ method }) => method !== "GET")];

let world: World;
let app: TestApp;

beforeEach(async () => {
  ({ world } = await createConnectWorld());
  app = await world.newApp();
});

describe("every change leaves a line", () => {
  const open = stageOnce(async (db) => {
    const { world: made } = await createConnectWorld({ db });
    const own = await made.newApp();
    await announce(made, own);
    // What is to be disconnected, and taken off a list.
    await made.call("/api/v1/app/join/accounts/acc_listed", undefined, { key: own.key, method: "PUT" });
    const secrets = { webhook_secrets: ["whsec_of_the_endpoint"] };
    await made.call("/api/v1/app/stripe", secrets, { key: own.key, method: "PUT" });
    return own;
  });
  beforeEach(async () => {
    const { db, stage } = await open();
    ({ world } = await createConnectWorld({ db }));
    app = stage;
  });

  test("R-audit of every route that changes something there is a call below, but of those that record facts", () => {
    const visitor = { ipOf: () => "", countryOf: () => null };
    const routes = createApp(world.deps, { visitor }).routes;
    const methods = new Set(["POST", "PUT", "PATCH", "DELETE"]);
    const served = routes.filter(({ method, path }) => methods.has(method) && path.startsWith("/api/v1"));
    const called = new Set([...KEYED_ROUTES, ...OPERATOR_ROUTES].map(({ method, name }) => `${method} ${name}`));
    const missing = new Set(
      served.map(({ method, path }) => `${method} ${path}`).filter((route) => !called.has(route)),
    );
    expect(served.length).toBeGreaterThan(8);
    expect([...missing]).toEqual([]);
  });

  test.each(KEYED)("R-audit $method $name by a key", async (route) => {
    const id = await idOfKey();
    expect(await linesOf(route, app.key)).toEqual(`key:${id}`);
  });

  // The installation's flags belong to no app: /api/v1/platform/flags itself tells of each change (R-flags).
  const OF_APPS = CHANGING.filter(({ name }) => name !== "/api/v1/platform/flags");

  test.each(OF_APPS)("R-audit $method $name by an operator", async (route) => {
    expect(await linesOf(route, world.operatorKey)).toBe("operator");
  });

  test("R-audit what is refused leaves none", async () => {
    const before = await rowsOf(world.db, "audit");
    await world.call("/api/v1/affiliates", { email: "x@example.test", ref: app.ref }, { key: app.key });
    await world.call(`/api/v1/keys/${app.spareKeyId}/roll`, { overlap_hours: -1 }, { key: app.key });
    await world.call("/api/v1/app", { holding_days: 366 }, { key: app.key, method: "PATCH" });
    expect(await rowsOf(world.db, "audit")).toEqual(before);
  });

  test("R-audit an account that is added to a known affiliate is one, once", async () => {
    const body = { email: "creator1@example.test", account_id: "acc_1" };
    const join = () => world.call("/api/v1/affiliates", body, { key: app.key });
    expect((await Promise.all([join(), join()])).map(({ status }) => status)).toEqual([200, 200]);
    expect((await join()).status).toBe(200);
    const { entries } = (await read("?action=affiliate.changed")).body;
    expect(entries).toMatchObject([
      { object: app.affiliateId, before: { account_id: null }, after: { account_id: "acc_1" } },
    ]);
  });
});

describe("GET /api/v1/audit", () => {
  test("R-audit tells who did what, when and why, newest first", async () => {
    const draft = { name: "Shop", commission_percent: 30 };
    const made = (await world.call("/api/v1/apps", draft, { key: world.operatorKey })).body;
    const key: string = made.secret_key;
    const email = "mara@example.test";
    const { affiliate } = (await world.call("/api/v1/affiliates", { email, ref: "mara" }, { key })).body;
    world.advance(1);
    const change = { status: "suspended", reason: "asked for it", commission_percent: 20 };
    await world.call(`/api/v1/affiliates/${affiliate.id}`, change, { key, method: "PATCH" });
    const { keys } = (await world.call("/api/v1/keys", undefined, { key })).body;
    const line = { id: anyId("aud"), at: "2026-01-15T12:00:00.000Z", before: null, reason: null };
    const byKey = { ...line, actor: `key:${keys[0].id}` };
    const byOperator = { ...line, actor: "operator" };
    expect(await read("", key)).toEqual(
      answered(200, {
        entries: [
          {
            ...byKey,
            at: "2026-01-15T12:00:00.001Z",
            action: "affiliate.changed",
            object: affiliate.id,
            before: { name: null, status: "active", rate_bps: null },
            after: { status: "suspended", rate_bps: 2_000 },
            reason: "asked for it",
          },
          { ...byKey, action: "affiliate.created", object: affiliate.id, after: { ref: "mara" } },
          {
            ...byOperator,
            action: "key.created",
            object: keys[0].id,
            after: { name: "First key", scopes: ["track", "read", "manage", "payouts"], expires_at: null },
          },
          {
            ...byOperator,
            action: "app.created",
            object: made.app.id,
            after: { name: "Shop", currency: "usd", domain: null, mode: "live", rate_bps: 3_000 },
          },
        ],
        next_cursor: null,
      }),
    );
  });

  test("R-audit a rolled key has its line, the successor its own, and both name the other", async () => {
    const { key } = (await world.call(`/api/v1/keys/${app.spareKeyId}/roll`, {}, { key: app.key })).body;
    expect((await read(`?object=${app.spareKeyId}&action=key.rolled`)).body.entries).toMatchObject([
      { before: { expires_at: null }, after: { rolled_to: key.id } },
    ]);
    expect((await read(`?object=${key.id}`)).body.entries).toMatchObject([
      { action: "key.created", after: { name: "Spare", scopes: ["manage"], rolled_from: app.spareKeyId } },
    ]);
  });

  test("R-audit a change of the program tells what was and what was asked for", async () => {
    const change = { holding_days: 7, commission_percent: 10, origins: ["https://a.example.test"] };
    await world.call("/api/v1/app", change, { key: app.key, method: "PATCH" });
    expect((await read("?action=app.changed")).body.entries).toMatchObject([
      {
        object: app.id,
        before: { holding_days: 14, rate_bps: 3_000, origins: [] },
        after: { holding_days: 7, rate_bps: 1_000, origins: ["https://a.example.test"] },
      },
    ]);
  });

  test("R-audit the replaced referral of a customer is in it", async () => {
    await world.call("/api/v1/affiliates", { email: "second@example.test", ref: "second" }, { key: app.key });
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" });
    await world.call("/api/track/signup", { ref: "second", user_id: "u1" }, { key: app.key });
    expect((await read("?action=referral.replaced")).body.entries).toMatchObject([
      { actor: "key", before: { code: app.ref }, after: { code: "second" }, reason: "first vouched event" },
    ]);
  });

  test("R-audit D-lists each line is on exactly one page, whatever the limit and the filter", async () => {
    const before = (await read()).body.entries.length;
    for (let change = 0; change < 5; change++) {
      await world.call("/api/v1/app", { holding_days: change }, { key: app.key, method: "PATCH" });
    }
    for (const [query, total] of [
      ["", before + 5],
      ["?action=app.changed", 5],
      [`?object=${app.id}`, 6],
      [`?object=${app.id}&action=app.changed`, 5],
      ["?object=nobody", 0],
    ] as const) {
      for (const limit of [1, 2, 3, 8, 9, 100]) {
        const list = { path: `/api/v1/audit${query}`, items: "entries", limit, key: app.key };
        const lines = (await walkPages(world, list)).flat();
        expect(new Set(lines.map((line: Json) => line.id)).size).toBe(total);
        const sizes = (await walkPages(world, list)).map((page) => page.length);
        expect(sizes).toEqual(total === 0 ? [0] : pageSizes(total, limit));
      }
    }
    const days = (await read("?action=app.changed")).body.entries.map((line: Json) => line.after.holding_days);
    expect(days).toEqual([4, 3, 2, 1, 0]);
  });

  test("R-audit D-tenancy of the app of the key, or of the one an operator names", async () => {
    const stranger = await world.newApp();
    const own = (await read()).body.entries;
    const [theirs] = (await read("", stranger.key)).body.entries;
    expect(JSON.stringify(own)).not.toContain(stranger.id);
    expect((await read(`?object=${stranger.id}`)).body.entries).toEqual([]);
    const cursor = `${Date.parse(theirs.at)}.${theirs.id}`;
    expect((await read(`?cursor=${cursor}`)).body).toEqual({ entries: [], next_cursor: null });
    expect((await read(`?app_id=${app.id}`, world.operatorKey)).body.entries).toEqual(own);
  });

  test.each([
    ["an empty action", "?action=", ["action"]],
    ["an empty object", "?object=", ["object"]],
    ["a limit of 101", "?limit=101", ["limit"]],
    ["a cursor that is none", "?cursor=x", ["cursor"]],
  ])("R-audit refuses %s", async (_, query, paths) => {
    expect(await read(query)).toEqual(refused(400, "invalid_request", paths));
  });
});

function read(query = "", key = app.key): Promise<Answer> {
  return world.call(`/api/v1/audit${query}`, undefined, { key });
}

async function idOfKey(): Promise<string> {
  const { keys } = (await world.call("/api/v1/keys", undefined, { key: app.key })).body;
  return keys.find((key: Json) => key.last4 === app.key.slice(-4)).id;
}

/** Who acted, as the lines say that a call of this route leaves; fails when it leaves none. */
async function linesOf(route: Route, key: string): Promise<string> {
  const before = (await rowsOf(world.db, "audit")).length;
  const own = route.path(app);
  const path = key === app.key || own.includes("?") ? own : `${own}?app_id=${app.id}`;
  const answer = await world.call(path, route.body?.(app), { key, method: route.method, headers: headersOf(route) });
  expect(answer.status).toBe(route.status);
  const lines = (await rowsOf(world.db, "audit")).slice(before);
  expect(lines.length).toBeGreaterThan(0);
  return [...new Set(lines.map((line) => String(line["actor"])))].join();
}
