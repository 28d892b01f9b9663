import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Limits } from "../../worker/gateways/limits/limits.ts";
import { openMemoryLimits } from "../../worker/gateways/limits/memory-limits.ts";
import { refused } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { issueKey, unknownKey } from "../support/keys.ts";
import { type Answer, type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

const BROKEN: Limits = {
  count: () => Promise.reject(new Error("the limiter is out of order")),
  check: () => Promise.reject(new Error("the limiter is out of order")),
};

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  await open(openMemoryLimits());
});
afterEach(() => {
  vi.useRealTimers();
});

describe("without a key an address may send so many", () => {
  test("D-limits E-rate_limited 429: 300 clicks in ten seconds, and the next is not counted", async () => {
    await expectAll(300, 202, (n) => click({ visitor: `v${n}` }));
    const before = await dumpDatabase(db);
    const answer = await click({ visitor: "one more" });
    expect(answer).toEqual(refused(429, "rate_limited"));
    expect(answer.headers.get("Retry-After")).toBe("10");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
    expect(await dumpDatabase(db)).toEqual(before);
    expect((await click({}, from("192.0.2.2"))).status).toBe(202);
    vi.advanceTimersByTime(10_000);
    expect((await click({})).status).toBe(202);
  });

  test("D-limits E-rate_limited 60 signups, conversions and refunds in ten seconds, all in all", async () => {
    await expectAll(20, 200, (n) => signup({ user_id: `s${n}` }));
    await expectAll(20, 200, (n) => conversion({ user_id: `c${n}` }));
    await expectAll(20, 200, (n) => refund({ user_id: `c${n}`, amount_cents: 100 }));
    const before = await dumpDatabase(db);
    for (const call of [signup, conversion, refund]) {
      const answer = await call({ user_id: "c1", amount_cents: 1 });
      expect(answer).toEqual(refused(429, "rate_limited"));
      expect(answer.headers.get("Retry-After")).toBe("10");
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    }
    expect(await dumpDatabase(db)).toEqual(before);
    expect((await click({})).status).toBe(202);
    expect((await conversion({}, { key: app.key })).status).toBe(200);
    expect((await conversion({ user_id: "u2" }, from("192.0.2.2"))).status).toBe(200);
  });

  test("D-limits a call that is refused counts as well", async () => {
    await expectAll(60, 400, () => world.call("/api/track/signup", "no JSON"));
    expect(await signup({})).toEqual(refused(429, "rate_limited"));
  });

  test("D-limits a preflight does not count", async () => {
    await expectAll(61, 204, () => world.call("/api/track/signup", undefined, { method: "OPTIONS" }));
    expect((await signup({})).status).toBe(200);
  });

  test("D-limits AL49 30 validations a minute, and a backend's as it likes", async () => {
    await expectAll(30, 200, () => validate({}));
    const answer = await validate({});
    expect(answer).toEqual(refused(429, "rate_limited"));
    expect(answer.headers.get("Retry-After")).toBe("60");
    expect((await signup({})).status).toBe(200);
    await expectAll(40, 200, () => validate({}, { key: app.key }));
    vi.advanceTimersByTime(60_000);
    expect((await validate({})).body).toEqual({ valid: true });
  });
});

describe("what a caller may vary begins no new count", () => {
  const VARIED: readonly (readonly [string, (n: number) => [body: object, options: CallOptions]])[] = [
    ["the app", (n) => [{ app_id: `app_${n}` }, {}]],
    ["the app, and leaving it out", (n) => [n % 2 === 0 ? {} : { app_id: app.id }, {}]],
    ["the code", (n) => [{ ref: `code${n}` }, {}]],
    ["the code's case", (n) => [{ ref: n % 2 === 0 ? app.ref : app.ref.toUpperCase() }, {}]],
    ["the last half of an IPv6 address", (n) => [{}, from(`2001:db8:1:2:${n.toString(16)}::${n.toString(16)}`)]],
    ["the spelling of its first half", (n) => [{}, from(n % 2 === 0 ? "2001:db8:1:2::1" : "2001:0DB8:1:2:0::1")]],
    ["the spelling of an IPv4 address", (n) => [{}, from(n % 2 === 0 ? "192.0.2.1" : "::ffff:192.0.2.1")]],
    ["the address it forwards", (n) => [{}, { headers: { "X-Forwarded-For": `198.51.100.${n % 250}` } }]],
    ["the prefix of the path", (n) => [{}, { headers: { "X-Prefix": `/p${n}` } }]],
    ["the browser", (n) => [{}, { headers: { "User-Agent": `agent ${n}`, Origin: `https://${n}.example.test` } }]],
  ];

  test.each(VARIED)("D-limits %s", async (_, varied) => {
    const of = (n: number) => {
      const [body, options] = varied(n);
      const prefix = options.headers?.["X-Prefix"] ?? "";
      return world.call(`${prefix}/api/track/click`, { ref: app.ref, ...body }, options);
    };
    await expectAll(300, 202, of);
    expect(await of(300)).toEqual(refused(429, "rate_limited"));
  });
});

describe("codes that are unknown", () => {
  test("D-limits 30 a minute, then an address is refused before the database is asked, whatever it asks for", async () => {
    await expectAll(10, 404, (n) => signup({ ref: `guess${n}` }));
    await expectAll(10, 404, (n) => conversion({ ref: `guess${n}` }));
    await expectAll(10, 404, (n) => refund({ ref: `guess${n}`, amount_cents: 1 }));
    db.fault("away");
    for (const call of [signup, conversion, refund]) {
      const answer = await call({ amount_cents: 1 });
      expect(answer).toEqual(refused(429, "rate_limited"));
      expect(answer.headers.get("Retry-After")).toBe("60");
    }
    db.fault("none");
    expect((await signup({}, from("192.0.2.2"))).status).toBe(200);
    expect((await signup({}, { key: app.key })).status).toBe(200);
    expect((await click({})).status).toBe(202);
    vi.advanceTimersByTime(60_000);
    expect((await signup({})).status).toBe(200);
  });

  test("D-limits under whatever app, case or host bits they are asked for", async () => {
    for (let n = 0; n < 30; n++) {
      const body = { ref: n % 2 === 0 ? "guess" : "GUESS", app_id: n % 3 === 0 ? app.id : `app_${n}` };
      expect(await signup(body, from(`2001:db8::${n}`))).toEqual(refused(404, "unknown_ref"));
    }
    expect(await signup({}, from("2001:db8::ffff"))).toEqual(refused(429, "rate_limited"));
  });

  test("D-limits many at once are no way around", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => signup({ ref: `guess${n}` })));
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(30);
    const others = answers.filter(({ status }) => status !== 404);
    for (const answer of others) expect(answer).toEqual(refused(429, "rate_limited"));
  });

  test("D-limits calls that succeed do not count, nor do clicks, nor a backend's", async () => {
    await expectAll(30, 200, (n) => signup({ user_id: `u${n}` }));
    await expectAll(60, 202, (n) => click({ ref: `newsletter${n}` }));
    await expectAll(60, 404, (n) => signup({ ref: `guess${n}` }, { key: app.key }));
    expect(await signup({ ref: "guess" })).toEqual(refused(404, "unknown_ref"));
  });
});

describe("with a key", () => {
  test("D-limits E-rate_limited a thousand calls in ten seconds, of whatever kind, by key and not by address", async () => {
    const read = (n: number) => world.call("/api/v1/app", undefined, { key: app.key, ...from(`192.0.2.${n % 250}`) });
    await expectAll(999, 200, read);
    expect((await conversion({}, { key: app.key })).status).toBe(200);
    const before = await dumpDatabase(db);
    for (const call of [click, signup, conversion, validate]) {
      const answer = await call({ user_id: "u2" }, { key: app.key });
      expect(answer).toEqual(refused(429, "rate_limited"));
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    }
    expect(await read(1)).toEqual(refused(429, "rate_limited"));
    expect(await dumpDatabase(db)).toEqual(before);

    const second = await issueKey(world, app);
    expect((await conversion({ user_id: "u2" }, { key: second })).status).toBe(200);
    const other = await world.newApp();
    expect((await world.call("/api/v1/app", undefined, { key: other.key })).status).toBe(200);
    vi.advanceTimersByTime(10_000);
    expect((await read(1)).status).toBe(200);
  });

  test("D-limits also calls that a good key may not make", async () => {
    const made = await world.call("/api/v1/keys", { name: "Reader", scopes: ["read"] }, { key: app.key });
    const key: string = made.body.secret_key;
    await expectAll(1_000, 403, () => signup({ user_id: "u2" }, { key }));
    expect(await signup({ user_id: "u2" }, { key })).toEqual(refused(429, "rate_limited"));
  });

  test("D-limits an operator's calls are counted the same way", async () => {
    await expectAll(1_000, 200, appsOf);
    expect(await appsOf()).toEqual(refused(429, "rate_limited"));
    expect((await conversion({}, { key: app.key })).status).toBe(200);
  });
});

describe("wrong keys", () => {
  test("D-limits E-unauthorized 30 a minute by address, then none is looked up", async () => {
    await expectAll(30, 401, () => programOf(unknownKey(world)));
    const unseen = await issueKey(world, app);
    db.fault("away");
    for (const key of [unknownKey(world), unseen]) {
      const answer = await programOf(key);
      expect(answer).toEqual(refused(429, "rate_limited"));
      expect(answer.headers.get("Retry-After")).toBe("60");
    }
    db.fault("none");
    expect((await programOf(unseen, from("192.0.2.2"))).status).toBe(200);
    vi.advanceTimersByTime(60_000);
    expect((await programOf(unknownKey(world))).status).toBe(401);
  });

  test("D-limits nobody who has a key in use is locked out by a neighbour, nor the operator", async () => {
    await programOf(app.key);
    await expectAll(40, null, () => programOf(unknownKey(world)));
    expect((await programOf(app.key)).status).toBe(200);
    // Beyond the time for which a key is believed it is looked up again, though that fails at first.
    world.advance(61_000);
    db.fault("away");
    expect(await programOf(app.key)).toEqual(refused(503, "unavailable"));
    db.fault("none");
    expect((await programOf(app.key)).status).toBe(200);
    expect((await conversion({}, { key: app.key })).status).toBe(200);
    expect((await appsOf()).status).toBe(200);
    expect((await conversion({ user_id: "u2" })).status).toBe(200);
  });

  test("D-limits a key that is no more is a wrong one", async () => {
    await programOf(app.key);
    await world.db.batch([{ sql: "UPDATE api_key SET revoked_at = ?1 WHERE app = ?2", args: [1n, app.id] }]);
    world.advance(61_000);
    await expectAll(30, 401, () => programOf(app.key));
    db.fault("away");
    expect(await programOf(app.key)).toEqual(refused(429, "rate_limited"));
  });

  test.each([
    ["an operator's", () => "x".repeat(40)],
    ["mistyped ones", () => `${app.key}0`],
    ["ones of no form", () => "a b"],
  ])("D-limits %s count as well, with tracking calls too", async (_, wrong) => {
    await expectAll(30, 401, () => signup({}, { key: wrong() }));
    const answer = await signup({}, { key: wrong() });
    expect(answer).toEqual(refused(429, "rate_limited"));
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  test("D-limits no key at all is no guess", async () => {
    await expectAll(40, 401, () => world.call("/api/v1/app"));
    expect(await world.call("/api/v1/app")).toEqual(refused(401, "unauthorized"));
  });
});

describe("a limiter that is out of order", () => {
  beforeEach(async () => {
    await open(BROKEN);
  });

  test("D-limits lets clicks through, with and without a key", async () => {
    for (const options of [{}, { key: app.key }]) {
      expect(await click({}, options)).toMatchObject({ status: 202, body: { tracked: true } });
    }
  });

  test("D-limits E-unavailable takes no money, with and without a key, and writes nothing", async () => {
    const before = await dumpDatabase(db);
    for (const options of [{}, { key: app.key }]) {
      for (const call of [signup, conversion, refund, validate]) {
        const answer = await call({ user_id: "u1", amount_cents: 1 }, options);
        expect(answer).toEqual(refused(503, "unavailable"));
        expect(answer.headers.get("Retry-After")).toBe("1");
        expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
      }
    }
    expect(await programOf(app.key)).toEqual(refused(503, "unavailable"));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("D-limits lets no wrong key in", async () => {
    expect((await click({}, { key: unknownKey(world) })).status).toBe(401);
    expect(await programOf(unknownKey(world))).toEqual(refused(503, "unavailable"));
  });
});

describe("this machine itself", () => {
  test.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])("D-limits %s is not counted in dev", async (ip) => {
    await open(openMemoryLimits(), "dev");
    await expectAll(70, 404, (n) => signup({ ref: `guess${n}` }, from(ip)));
    await expectAll(40, 401, () => programOf(unknownKey(world), from(ip)));
    await expectAll(300, 202, () => click({}, from(ip)));
    expect((await click({}, from(ip))).status).toBe(202);
  });

  test("D-limits any other address is, and this one in production", async () => {
    await expectAll(300, 202, () => click({}, from("127.0.0.1")));
    expect(await click({}, from("127.0.0.1"))).toEqual(refused(429, "rate_limited"));
    await open(openMemoryLimits(), "dev");
    await expectAll(300, 202, () => click({}));
    expect(await click({})).toEqual(refused(429, "rate_limited"));
  });
});

/** A world with these limits, which count from when its app is made. */
async function open(limits: Limits, env: "dev" | "production" = "production"): Promise<void> {
  let current = openMemoryLimits();
  db = openFaultyDb();
  world = await createWorld({
    db,
    config: { env },
    limits: { count: (...of) => current.count(...of), check: (...of) => current.check(...of) },
  });
  app = await world.newApp();
  // What making the app has counted is over.
  vi.advanceTimersByTime(60_000);
  current = limits;
}

/** Sends so many calls one after the other; each answers this status, unless it does not matter. */
async function expectAll(count: number, status: number | null, send: (n: number) => Promise<Answer>): Promise<void> {
  for (let n = 0; n < count; n++) {
    const answer = await send(n);
    if (status !== null) expect({ n, status: answer.status }).toEqual({ n, status });
  }
}

function from(ip: string): { headers: Record<string, string> } {
  return { headers: { "X-Test-IP": ip } };
}

function click(body: object, options?: CallOptions): Promise<Answer> {
  return world.call("/api/track/click", { ref: app.ref, ...body }, options);
}

function signup(body: object, options?: CallOptions): Promise<Answer> {
  return world.call("/api/track/signup", { ref: app.ref, user_id: "u1", ...body }, options);
}

function conversion(body: object, options?: CallOptions): Promise<Answer> {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, options);
}

function refund(body: object, options?: CallOptions): Promise<Answer> {
  return world.call("/api/track/refund", { ref: app.ref, ...body }, options);
}

function validate(body: object, options?: CallOptions): Promise<Answer> {
  return world.call("/api/track/validate", { ref: app.ref, app_id: app.id, ...body }, options);
}

function appsOf(): Promise<Answer> {
  return world.call("/api/v1/apps?limit=1", undefined, { key: world.operatorKey });
}

function programOf(key: string, options: CallOptions = {}): Promise<Answer> {
  return world.call("/api/v1/app", undefined, { ...options, key });
}
