import { sign } from "hono/jwt";
import { beforeEach, describe, expect, test } from "vitest";
import { believedKeys } from "../../worker/services/credits/token-keys.ts";
import { refused, refusedSomehow } from "../support/answers.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { codeOf, redeem, tokenOf } from "../support/friends.ts";
import { ACCOUNT_ROUTES } from "../support/routes.ts";
import { createWorld, type CallOptions, type TestApp, type World } from "../support/world.ts";

const SHOP = "https://shop.example.test";
const MINUTE = 60_000;

/** What an account's own token may call, and with what. */
const OWN = [
  ...ACCOUNT_ROUTES.map(({ method, name }) => ({ method, name, body: undefined })),
  { method: "POST", name: "/api/v1/referrals/validate", body: { code: "nobodys1" } },
  { method: "GET", name: "/api/v1/credits", body: undefined },
  { method: "POST", name: "/api/v1/referrals/send", body: { email: "kim@example.test" } },
  { method: "POST", name: "/api/v1/referrals/send-bulk", body: { emails: ["kim@example.test"] } },
  { method: "POST", name: "/api/v1/referrals/email", body: { emails: ["kim@example.test"] } },
] as const;

/** What takes the app's own key alone. */
const KEYED_ALONE = [
  { method: "POST", name: "/api/v1/referrals/redeem", body: { code: "x", referred_account_id: "acc_9" } },
  { method: "POST", name: "/api/v1/referrals/complete", body: { referred_account_id: "acc_9" } },
  { method: "POST", name: "/api/v1/credits/spend", body: { amount: 1, reference: "r" } },
  { method: "POST", name: "/api/v1/credits/revoke", body: { redemption_id: "rdm_1", reason: "r" } },
  { method: "POST", name: "/api/v1/tokens", body: { account_id: "acc_9" } },
  { method: "POST", name: "/api/v1/tokens/key/roll", body: {} },
  { method: "GET", name: "/api/v1/redemptions", body: undefined },
  { method: "GET", name: "/api/v1/app", body: undefined },
] as const;

let world: World;
let app: TestApp;
let other: TestApp;
let token: string;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  other = await world.newApp();
  await world.call("/api/v1/app", { origins: [SHOP] }, { key: app.key, method: "PATCH" });
  const code = await codeOf(world, app, "acc_1");
  await redeem(world, app, { code, referred_account_id: "friend" });
  token = await tokenOf(world, app, "acc_1", "mara@example.test");
});

describe.each(OWN)("$method $name", ({ method, name, body }) => {
  const send = (options: CallOptions, query = "") => world.call(name + query, body, { ...options, method });

  test("R-account_tokens opens to an account's own token, from a page of the app's origins and from a backend", async () => {
    const fromPage = await send({ key: token, headers: { Origin: SHOP } });
    expect(fromPage.status).toBe(200);
    expect(fromPage.headers.get("Access-Control-Allow-Origin")).toBe(SHOP);
    expect(fromPage.headers.get("Vary")).toContain("Origin");
    expect((await send({ key: token })).status).toBe(200);
    expect((await send({ key: token, headers: { "X-Account-Id": "acc_1" } }, `?app_id=${app.id}`)).status).toBe(200);
  });

  test("R-account_tokens E-unauthorized E-not_found nobody else learns or moves anything", async () => {
    const strangers = await tokenOf(world, other, "acc_1");
    const before = await dumpDatabase(world.db);
    for (const bad of [undefined, ...(await badTokens())]) {
      expect({ bad, ...(await send({ key: bad })) }).toEqual({ bad, ...refused(401, "unauthorized") });
    }
    const none = refused(404, "not_found");
    expect(await send({ key: token, headers: { "X-Account-Id": "friend" } })).toEqual(none);
    expect(await send({ key: token }, `?app_id=${other.id}`)).toEqual(none);
    expect(await send({ key: strangers }, `?app_id=${app.id}`)).toEqual(none);
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-account_tokens the same account of another app is somebody else", async () => {
    const answer = await send({ key: await tokenOf(world, other, "acc_1") });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).not.toContain("friend");
    expect(JSON.stringify(answer.body)).not.toContain(await codeOf(world, app, "acc_1"));
  });

  test("R-account_tokens ends after 30 minutes to the second", async () => {
    world.advance(30 * MINUTE - 1_000);
    expect((await send({ key: token })).status).toBe(200);
    world.advance(1_000);
    expect(await send({ key: token })).toEqual(refused(401, "unauthorized"));
  });

  test("E-origin_not_allowed 403 from a page of no origin of the app's, and browsers are told so", async () => {
    await world.call("/api/v1/app", { origins: ["https://other.test"] }, { key: other.key, method: "PATCH" });
    const before = await dumpDatabase(world.db);
    for (const Origin of ["https://evil.example", "https://other.test", "null", "x".repeat(500)]) {
      const answer = await send({ key: token, headers: { Origin } });
      expect({ Origin, ...answer }).toEqual({ Origin, ...refused(403, "origin_not_allowed") });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBeNull();
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-account_tokens a preflight lets in the origins that an app lists and no others", async () => {
    const listed = await ask(name, { method, origin: SHOP });
    expect([listed.status, listed.headers.get("Access-Control-Allow-Origin")]).toEqual([204, SHOP]);
    expect(listed.headers.get("Access-Control-Allow-Headers")).toBe("Authorization, Content-Type");
    expect(listed.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    const unlisted = await ask(name, { method, origin: "https://evil.example" });
    expect([unlisted.status, unlisted.headers.get("Access-Control-Allow-Origin")]).toEqual([204, null]);
  });
});

describe.each(KEYED_ALONE)("$method $name", ({ method, name, body }) => {
  test("R-account_tokens E-unauthorized 401 to a token, wherever it comes from", async () => {
    const before = await dumpDatabase(world.db);
    for (const headers of [{}, { Origin: SHOP }, { "X-Account-Id": "acc_1" }]) {
      expect(await world.call(name, body, { key: token, method, headers })).toEqual(refused(401, "unauthorized"));
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });
});

test("D-limits pages left open keep nobody of their address out, and made-up tokens no good one", async () => {
  const strict = await createWorld({ limits: "memory" });
  const shop = await strict.newApp();
  const old = await tokenOf(strict, shop, "acc_1");
  strict.advance(31 * MINUTE);
  for (let times = 0; times < 40; times++) expect(await statusBy(strict, old)).toBe(401);
  const fresh = await tokenOf(strict, shop, "acc_1");
  expect(await statusBy(strict, fresh)).toBe(200);
  const made = [];
  for (let times = 0; times < 40; times++) made.push(await statusBy(strict, "a.b.c"));
  expect([made[0], made.at(-1)]).toEqual([401, 429]);
  expect(await statusBy(strict, fresh)).toBe(200);
});

describe("a key that signs", () => {
  test("R-account_tokens rolled, it signs no more, and what it signed stays good for its time", async () => {
    const rolled = await world.call("/api/v1/tokens/key/roll", {}, { key: app.key });
    expect(rolled.body).toEqual({
      key_id: expect.stringMatching(/^tkk_/),
      previous_ends_at: "2026-01-15T12:30:00.000Z",
    });
    expect((await statsBy(token)).status).toBe(200);
    expect((await statsBy(await tokenOf(world, app, "acc_1"))).status).toBe(200);
    expect((await rowsOf(world.db, "token_key")).filter((row) => row["ends_at"] === null)).toHaveLength(1);
  });

  test("R-account_tokens ended now, so is all that it signed, here and for good", async () => {
    await world.call("/api/v1/tokens/key/roll", { end_now: true }, { key: app.key });
    expect(await statsBy(token)).toEqual(refused(401, "unauthorized"));
    expect((await statsBy(await tokenOf(world, app, "acc_1"))).status).toBe(200);
    await world.call("/api/v1/tokens/key/roll", {}, { key: app.key });
    expect(await statsBy(token)).toEqual(refused(401, "unauthorized"));
  });

  test("R-account_tokens many first tokens at once are signed by one", async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => tokenOf(world, other, "acc_1")));
    for (const one of tokens) expect((await statsBy(one)).status).toBe(200);
    const { length } = (await rowsOf(world.db, "token_key")).filter((row) => row["app"] === other.id);
    expect(length).toBe(1);
  });

  test("R-account_tokens is sealed: no row, no answer and no line of the audit log holds it", async () => {
    const [key] = await believedKeys(world.deps, app.id);
    expect(key?.secret).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(key?.secret);
  });
});

describe("a key that names an account", () => {
  test("E-invalid_request 400 without one, or with what no account is called", async () => {
    expect(await codeWith({})).toEqual(refused(400, "invalid_request", ["X-Account-Id"]));
    for (const id of ["", "x".repeat(257)]) {
      expect(await codeWith({ "X-Account-Id": id })).toEqual(refusedSomehow(400, "invalid_request"));
    }
  });
});

function ask(path: string, { method, origin }: { method: string; origin: string }) {
  return world.request(path, {
    method: "OPTIONS",
    headers: { Origin: origin, "Access-Control-Request-Method": method },
  });
}

function codeWith(headers: Readonly<Record<string, string>>) {
  return world.call("/api/v1/referrals/code", undefined, { key: app.key, headers });
}

async function statusBy(where: World, key: string): Promise<number> {
  const headers = { "X-Test-IP": "203.0.113.9" };
  return (await where.call("/api/v1/referrals/stats", undefined, { key, headers })).status;
}

function statsBy(key: string) {
  return world.call("/api/v1/referrals/stats", undefined, { key });
}

/** Expired, unsigned, of another key, of another algorithm, for another audience, without an end, and mangled ones. */
async function badTokens(): Promise<readonly string[]> {
  const [key] = await believedKeys(world.deps, app.id);
  const [theirs] = await believedKeys(world.deps, other.id);
  const secret = key?.secret ?? "";
  const now = Math.floor(world.deps.now() / 1_000);
  const claims = {
    iss: world.deps.config.publicUrl,
    aud: app.id,
    sub: "acc_1",
    kid: key?.id ?? "",
    iat: now,
    exp: now + 60,
  };
  expect((await statsBy(await sign(claims, secret, "HS256"))).status).toBe(200);
  const [head, payload, signature] = (await sign(claims, secret, "HS256")).split(".");
  const none = base64Url({ alg: "none", typ: "JWT" });
  const { exp: _, ...endless } = claims;
  const changed = [
    { exp: now },
    { exp: now - 60 },
    { exp: now + 3_600 },
    { aud: other.id },
    { aud: "app_none" },
    { aud: [app.id] },
    { iss: "https://evil.example" },
    { sub: "" },
    { kid: theirs?.id ?? "tkk_0" },
  ];
  return [
    ...(await Promise.all(changed.map((change) => sign({ ...claims, ...change }, secret, "HS256")))),
    await sign(endless, secret, "HS256"),
    await sign(claims, secret, "HS512"),
    await sign(claims, theirs?.secret ?? "another secret", "HS256"),
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${head}.${payload}.`,
    `${head}.${base64Url({ ...claims, sub: "friend" })}.${signature}`,
    `${head}.e30.${signature}`,
    "a.b.c",
    "..",
  ];
}

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
