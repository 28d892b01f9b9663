import { beforeEach, describe, expect, test } from "vitest";
import { KEY_SCOPES } from "../../worker/store/key-store.ts";
import { refused } from "../support/answers.ts";
import { type Dump, dumpApp, dumpDatabase } from "../support/dump.ts";
import { issueKey, issueToken, unknownKey } from "../support/keys.ts";
import { headersOf, KEYED_ROUTES, OPERATOR_ROUTES, type Route, TRACK_ROUTES } from "../support/routes.ts";
import { stageOnce } from "../support/stage.ts";
import { createConnectWorld } from "../support/stripe-connect.ts";
import { announce } from "../support/waiting.ts";
import { type Answer, type CallOptions, type TestApp, type World } from "../support/world.ts";

const ORIGIN = { Origin: "https://shop.example.test" };

let world: World;
let app: TestApp;
let stranger: TestApp;
let before: Dump;

const open = stageOnce(async (db) => {
  const { world: made } = await createConnectWorld({ db });
  const apps = [await made.newApp(), await made.newApp()] as const;
  for (const own of apps) {
    const payment = { ref: own.ref, user_id: "u0", amount_cents: 10_000, payment_ref: "in_0" };
    await made.call("/api/track/conversion", payment, { key: own.key });
    await announce(made, own);
  }
  return { apps, before: await dumpDatabase(db) };
});

beforeEach(async () => {
  const { db, stage } = await open();
  ({ world } = await createConnectWorld({ db }));
  [app, stranger] = stage.apps;
  ({ before } = stage);
});

describe.each(KEYED_ROUTES)("$method $name", (route) => {
  test("D-keys opens to the app's key, and to an operator who names the app", async () => {
    expect((await send(route, { key: app.key })).status).toBe(route.status);
    await refresh();
    expect((await send(route, { key: world.operatorKey }, `?app_id=${app.id}`)).status).toBe(route.status);
  });

  test("D-keys E-unauthorized 401 without a live key, however it is spelled", async () => {
    for (const options of await badCredentials()) {
      expect({ options, ...(await send(route, options)) }).toEqual({ options, ...refused(401, "unauthorized") });
    }
    expect(await send(route, {}, `?key=${app.key}&access_token=${app.key}`)).toEqual(refused(401, "unauthorized"));
    await expectUnchanged();
  });

  test("D-keys E-scope_required 403 for a key with every scope but its own", async () => {
    const others = KEY_SCOPES.filter((scope) => scope !== route.scope);
    const lacking = await issueKey(world, app, { scopes: others });
    const only = await issueKey(world, app, { scopes: [route.scope] });
    before = await dumpDatabase(world.db);
    expect(await send(route, { key: lacking })).toEqual(refused(403, "scope_required"));
    await expectUnchanged();
    expect((await send(route, { key: only })).status).toBe(route.status);
  });

  test("D-keys E-secret_key_in_browser 403 for a good key with an Origin", async () => {
    for (const key of [app.key, world.operatorKey]) {
      const options = { key, headers: ORIGIN };
      expect(await send(route, options, `?app_id=${app.id}`)).toEqual(refused(403, "secret_key_in_browser"));
    }
    await expectUnchanged();
  });

  test("D-keys an operator says which app: none is 400, one that does not exist 404", async () => {
    const key = world.operatorKey;
    expect(await send(route, { key })).toEqual(refused(400, "invalid_request", ["app_id"]));
    expect(await send(route, { key }, "?app_id=app_none")).toEqual(refused(404, "not_found"));
    expect(await send(route, { key }, "?app_id=")).toEqual(refused(404, "not_found"));
    expect(await send(route, { key }, "?app_id=%00")).toEqual(refused(400, "invalid_request"));
    expect(await send(route, { key }, "?x=?&app_id=%00")).toEqual(refused(400, "invalid_request"));
    await expectUnchanged();
  });

  test("D-tenancy another app's key reads and moves nothing here, not even by naming this app", async () => {
    const mine = await dumpApp(world.db, app.id);
    for (const query of ["", `?app_id=${app.id}`]) {
      const answer = await send(route, { key: stranger.key }, query);
      if (route.name.includes(":id")) expect(answer).toEqual(refused(404, "not_found"));
      expect(JSON.stringify(answer.body)).not.toContain(app.id);
      expect(JSON.stringify(answer.body)).not.toContain(app.affiliateId);
      expect(JSON.stringify(answer.body)).not.toContain(`"${app.ref}"`);
      expect(await dumpApp(world.db, app.id)).toEqual(mine);
    }
  });
});

describe.each(KEYED_ROUTES)("$method $name by an affiliate's token", (route) => {
  test("D-affiliate_tokens opens to the affiliate's own where it is theirs, and is not there for anybody else", async () => {
    const { own, strangers } = await everyToken();
    const there = route.own === true;
    for (const key of there ? strangers : [own, ...strangers]) {
      for (const query of ["", `?app_id=${app.id}`]) {
        expect(await send(route, { key }, query)).toEqual(refused(404, "not_found"));
      }
    }
    await expectUnchanged();
    if (there) expect((await send(route, { key: own })).status).toBe(route.status);
  });

  test("D-affiliate_tokens E-unauthorized 401 for one that is unknown, expired or revoked", async () => {
    for (const options of await badTokens()) {
      expect({ options, ...(await send(route, options)) }).toEqual({ options, ...refused(401, "unauthorized") });
    }
    await expectUnchanged();
  });

  test("D-affiliate_tokens E-secret_key_in_browser 403 for a good one with an Origin, where it is let in at all", async () => {
    const { own } = await everyToken();
    const there = route.own === true;
    const refusal = there ? refused(403, "secret_key_in_browser") : refused(404, "not_found");
    expect(await send(route, { key: own, headers: ORIGIN })).toEqual(refusal);
    await expectUnchanged();
  });
});

describe.each(OPERATOR_ROUTES)("$method $name", (route) => {
  test("D-affiliate_tokens E-not_found to an affiliate's token it is not there", async () => {
    const { own, strangers } = await everyToken();
    for (const key of [own, ...strangers]) expect(await send(route, { key })).toEqual(refused(404, "not_found"));
    await expectUnchanged();
  });

  test("D-keys opens to an operator", async () => {
    expect((await send(route, { key: world.operatorKey })).status).toBe(route.status);
  });

  test("D-keys E-unauthorized 401 without a live key", async () => {
    for (const options of await badCredentials()) {
      expect({ options, ...(await send(route, options)) }).toEqual({ options, ...refused(401, "unauthorized") });
    }
    await expectUnchanged();
  });

  test("D-keys E-not_found to an app's key it is not there, whatever its scopes", async () => {
    expect(await send(route, { key: app.key })).toEqual(refused(404, "not_found"));
    expect(await send(route, { key: stranger.key })).toEqual(refused(404, "not_found"));
    const reader = await issueKey(world, app, { scopes: ["track", "read", "payouts"] });
    before = await dumpDatabase(world.db);
    expect(await send(route, { key: reader })).toEqual(refused(403, "scope_required"));
    await expectUnchanged();
  });

  test("D-keys E-secret_key_in_browser 403 with an Origin", async () => {
    for (const key of [world.operatorKey, app.key]) {
      expect(await send(route, { key, headers: ORIGIN })).toEqual(refused(403, "secret_key_in_browser"));
    }
    await expectUnchanged();
  });
});

describe.each(TRACK_ROUTES)("$name with a key", (route) => {
  test("D-affiliate_tokens E-unauthorized an affiliate's token vouches for nothing, nor is it taken for none", async () => {
    const { own, strangers } = await everyToken();
    const tokens = [own, ...strangers].map((key) => ({ key }));
    for (const options of [...tokens, { key: own, headers: ORIGIN }, ...(await badTokens())]) {
      expect(await send(route, options)).toEqual(refused(401, "unauthorized"));
    }
    await expectUnchanged();
  });

  test("D-keys a key that is not good is never taken for none", async () => {
    for (const options of await badCredentials()) {
      const hasNone = options.key === undefined && options.headers?.["Authorization"] === undefined;
      if (hasNone) continue;
      expect({ options, ...(await send(route, options)) }).toEqual({ options, ...refused(401, "unauthorized") });
    }
    await expectUnchanged();
  });

  test("D-keys needs the scope track, and no browser", async () => {
    const lacking = await issueKey(world, app, { scopes: ["read", "manage", "payouts"] });
    const only = await issueKey(world, app, { scopes: ["track"] });
    before = await dumpDatabase(world.db);
    expect(await send(route, { key: lacking })).toEqual(refused(403, "scope_required"));
    expect(await send(route, { key: app.key, headers: ORIGIN })).toEqual(refused(403, "secret_key_in_browser"));
    await expectUnchanged();
    expect((await send(route, { key: only })).status).toBe(route.status);
  });

  test("D-keys an operator names the app in the body", async () => {
    const named = route.body?.(app) ?? {};
    const { app_id: _, ...unnamed } = named;
    const post = (body: object) => world.call(route.path(app), body, { key: world.operatorKey });
    expect(await post(unnamed)).toEqual(refused(400, "invalid_request", ["app_id"]));
    await expectUnchanged();
    expect((await post(named)).status).toBe(route.status);
  });

  test("D-tenancy another app's key does nothing here", async () => {
    expect(await send(route, { key: stranger.key })).toEqual(refused(404, "unknown_ref"));
    await expectUnchanged();
  });
});

describe("a key", () => {
  test("D-keys that expires does so to the millisecond, though it was just used", async () => {
    const key = await issueKey(world, app, { expiresAt: world.deps.now() + 1_000 });
    world.advance(999);
    expect((await programOf(key)).status).toBe(200);
    world.advance(1);
    expect(await programOf(key)).toEqual(refused(401, "unauthorized"));
  });

  test("D-keys that is revoked is refused within a minute, and at once where it was not in use", async () => {
    const [used, unused] = [await issueKey(world, app), await issueKey(world, app)];
    expect((await programOf(used)).status).toBe(200);
    await world.db.batch([{ sql: "UPDATE api_key SET revoked_at = ?1 WHERE app = ?2", args: [1n, app.id] }]);
    expect(await programOf(unused)).toEqual(refused(401, "unauthorized"));
    world.advance(60_000);
    expect(await programOf(used)).toEqual(refused(401, "unauthorized"));
  });

  test("D-keys several live at once, each with what it may do", async () => {
    const reader = await issueKey(world, app, { scopes: ["read"] });
    expect((await programOf(reader)).status).toBe(200);
    expect((await programOf(app.key)).status).toBe(200);
    const options = { key: reader, method: "PATCH" };
    expect(await world.call("/api/v1/app", { name: "x" }, options)).toEqual(refused(403, "scope_required"));
  });

  test("D-keys with scopes nobody knows may do nothing", async () => {
    const key = await issueKey(world, app);
    const sql = "UPDATE api_key SET scopes = ?1 WHERE app = ?2";
    await world.db.batch([{ sql, args: ['["everything","*",1,null]', app.id] }]);
    expect(await programOf(key)).toEqual(refused(403, "scope_required"));
  });
});

/** One call of the route on `app`, as the table has it. */
function send(route: Route, options: CallOptions, query = ""): Promise<Answer> {
  const path = route.path(app);
  const more = path.includes("?") ? query.replace("?", "&") : query;
  const headers = { ...headersOf(route), ...options.headers };
  return world.call(path + more, route.body?.(app), { ...options, headers, method: route.method });
}

/** None, unknown, mistyped, malformed, expired and revoked ones. */
async function badCredentials(): Promise<readonly CallOptions[]> {
  const { key } = app;
  const flipped = key.endsWith("0") ? "1" : "0";
  const keys = [
    unknownKey(world),
    await issueKey(world, app, { expiresAt: world.deps.now() }),
    await issueKey(world, app, { revokedAt: world.deps.now() }),
    key.slice(0, -1) + flipped,
    key.slice(0, -1),
    `${key}0`,
    key.toLowerCase(),
    world.operatorKey.slice(0, -1),
    "al_sk_",
    "null",
    "x".repeat(257),
  ];
  const headers = [
    "",
    "Bearer",
    "Bearer ",
    key,
    `Basic ${key}`,
    `Bearer  ${key}`,
    `Bearer ${key}, Bearer ${key}`,
    "Bearer a b",
  ];
  before = await dumpDatabase(world.db);
  return [
    {},
    ...keys.map((bad) => ({ key: bad })),
    ...headers.map((header) => ({ headers: { Authorization: header } })),
  ];
}

/** The token of the app's affiliate, those of another one of the app and of another app's, and what the database holds then. */
async function everyToken(): Promise<{ own: string; strangers: readonly string[] }> {
  const body = { email: "other@example.test", ref: "othercreator" };
  const other = await world.call("/api/v1/affiliates", body, { key: app.key });
  const strangers = [
    await issueToken(world, app, { affiliateId: other.body.affiliate.id }),
    await issueToken(world, stranger),
  ];
  const own = await issueToken(world, app);
  before = await dumpDatabase(world.db);
  return { own, strangers };
}

async function badTokens(): Promise<readonly CallOptions[]> {
  const token = await issueToken(world, app, { revokedAt: 1 });
  const expired = await issueToken(world, app, { expiresAt: world.deps.now() });
  before = await dumpDatabase(world.db);
  const unknown = [unknownKey(world, "al_at_"), app.key.replace("al_sk_", "al_at_"), token.replace("al_at_", "al_sk_")];
  return [token, expired, ...unknown, "al_at_"].map((key) => ({ key }));
}

async function expectUnchanged(): Promise<void> {
  expect(await dumpDatabase(world.db)).toEqual(before);
}

/** A world as at the beginning of the test, for a second call of a route that changes something. */
async function refresh(): Promise<void> {
  const { db } = await open();
  ({ world } = await createConnectWorld({ db }));
}

function programOf(key: string): Promise<Answer> {
  return world.call("/api/v1/app", undefined, { key });
}
