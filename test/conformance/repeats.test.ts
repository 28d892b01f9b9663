import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { addCreator, DAY_MS, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { dumpDatabase } from "../support/dump.ts";
import { type Answer, type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;
let rival: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  rival = await addCreator(world, app, "rival");
});

/** A call of each kind that may carry a key, and other calls that must not be taken for it. */
const KINDS = [
  {
    path: "/api/track/signup",
    body: { user_id: "u1", email: "u1@example.test" },
    others: [{ user_id: "u2" }, { email: "other@example.test" }],
  },
  {
    path: "/api/track/conversion",
    body: { user_id: "u1", amount_cents: 10_000, payment_ref: "in_1", currency: "usd" },
    others: [{ user_id: "u2" }, { amount_cents: 10_001 }, { payment_ref: "in_2" }, { currency: "eur" }],
  },
  {
    path: "/api/track/refund",
    body: { user_id: "u0", amount_cents: 1_000 },
    others: [{ user_id: "u1" }, { amount_cents: 1_001 }, { currency: "eur" }, { payment_ref: "in_1" }],
  },
] as const;

describe.each(KINDS)("$path with a key", ({ path, body, others }) => {
  beforeEach(async () => {
    await world.call("/api/track/conversion", { ref: app.ref, user_id: "u0", amount_cents: 5_000 });
  });

  test.each(["event_id", "header", "both"])("AL43 as %s is the same call when repeated", async (how) => {
    for (const caller of callers()) {
      const first = await send(how, "e1", caller);
      expect(first.status).toBe(200);
      expect(first.headers.has("Idempotent-Replayed")).toBe(false);
      world.advance(DAY_MS);
      // The day's first use of the key is noted, apart from the call.
      await world.balance(app);
      const before = await dumpDatabase(world.db);
      const again = await send(how, "e1", caller);
      expect(again).toEqual(answered(200, first.body));
      expect(again.headers.get("Idempotent-Replayed")).toBe("true");
      expect(await dumpDatabase(world.db)).toEqual(before);
    }
  });

  test("AL43 the header and event_id are one field: one repeats the other", async () => {
    const first = await send("header", "e1");
    expect(await send("event_id", "e1")).toEqual(answered(200, first.body));
  });

  test("AL43 the header and another event_id are a contradiction", async () => {
    expect(await call({ event_id: "e1" }, { headers: { "Idempotency-Key": "e2" } })).toEqual(
      refused(400, "invalid_request", ["event_id"]),
    );
  });

  test.each(["", "x".repeat(257)])("AL43 %j is no Idempotency-Key", async (key) => {
    expect(await call({}, { headers: { "Idempotency-Key": key } })).toEqual(
      refused(400, "invalid_request", ["event_id"]),
    );
  });

  test.each(others.map((other) => [JSON.stringify(other), other]))(
    "AL43 with another body, %s, is a mismatch and changes nothing",
    async (_, other) => {
      for (const caller of callers()) {
        await send("event_id", "e1", caller);
        const before = await dumpDatabase(world.db);
        expect(await call({ event_id: "e1", ...other }, caller)).toEqual(refused(409, "idempotency_mismatch"));
        expect(await dumpDatabase(world.db)).toEqual(before);
      }
    },
  );

  test("AL43 a key of the public never meets a backend's, nor one of another code", async () => {
    await world.call("/api/track/conversion", { ref: rival.ref, user_id: "r0", amount_cents: 5_000 });
    const open = await call({ event_id: "e1" });
    const keyed = await call({ event_id: "e1" }, { key: app.key });
    const user_id = path.endsWith("refund") ? "r0" : "r1";
    const otherCode = await call({ event_id: "e1", ref: rival.ref, user_id, payment_ref: undefined });
    for (const answer of [open, keyed, otherCode]) {
      expect(answer.status).toBe(200);
      expect(answer.headers.has("Idempotent-Replayed")).toBe(false);
    }
  });

  test("AL43 a backend's key that spells a code and a public key is not that key", async () => {
    const open = await call({ event_id: "e1" });
    const keyed = await call({ event_id: `${app.ref}:e1` }, { key: app.key });
    expect([open.status, keyed.status]).toEqual([200, 200]);
    expect(keyed.headers.has("Idempotent-Replayed")).toBe(false);
    expect(await call({ event_id: "e1" })).toEqual(answered(200, open.body));
  });

  test("AL43 a key is of its kind: the same one serves the other calls too", async () => {
    for (const kind of KINDS) {
      const options = { key: app.key, headers: { "Idempotency-Key": "order-1" } };
      const answer = await world.call(kind.path, { ref: app.ref, ...kind.body }, options);
      expect(answer.status).toBe(200);
      expect(answer.headers.has("Idempotent-Replayed")).toBe(false);
    }
  });

  test("AL43 is answered the same when its code has died meanwhile", async () => {
    const first = await send("event_id", "e1");
    const codePath = `/api/v1/affiliates/${app.affiliateId}/codes/${app.ref}`;
    await world.call(codePath, undefined, { key: app.key, method: "DELETE" });
    expect(await send("event_id", "e1")).toEqual(answered(200, first.body));
  });

  test("AL43 many at once are one", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("event_id", "e1", { key: app.key })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers.filter((answer) => !answer.headers.has("Idempotent-Replayed"))).toHaveLength(1);
    const [day] = await statsOf(world, app);
    expect(day).toMatchObject(
      {
        "/api/track/signup": { signups: 1 },
        "/api/track/conversion": { conversions: 2 },
        "/api/track/refund": { refunds: 1 },
      }[path],
    );
  });

  function send(how: string, key: string, options: CallOptions = {}): Promise<Answer> {
    const headers = how === "event_id" ? {} : { "Idempotency-Key": key };
    return call(how === "header" ? {} : { event_id: key }, { ...options, headers });
  }

  function call(more: object, options: CallOptions = {}): Promise<Answer> {
    return world.call(path, { ref: app.ref, ...body, ...more }, options);
  }
});

describe("a repeated call answers what was first recorded, with today's status", () => {
  test("AL43 a conversion: the first commission, though it has matured and been refunded since", async () => {
    const first = await pay({ event_id: "e1" }, { key: app.key });
    await setProgram(world, app, { commission_percent: 50, holding_days: 0 });
    world.advance(15 * DAY_MS);
    const confirmed = await pay({ event_id: "e1" }, { key: app.key });
    expect(confirmed).toEqual(answered(200, { ...first.body, status: "confirmed" }));
    const back = { conversion_id: first.body.conversion_id, event_id: "r1" };
    const refunded = await world.call("/api/track/refund", back, { key: app.key });
    const cancelled = await pay({ event_id: "e1" }, { key: app.key });
    expect(cancelled).toEqual(answered(200, { ...first.body, status: "cancelled" }));
    expect(await world.call("/api/track/refund", back, { key: app.key })).toEqual(answered(200, refunded.body));
  });

  test("AL43 a conversion of a revoked affiliate is cancelled, the numbers stay", async () => {
    const first = await pay({ event_id: "e1" }, { key: app.key });
    await setStatus(world, app, "revoked");
    expect(await pay({ event_id: "e1" }, { key: app.key })).toEqual(
      answered(200, { ...first.body, status: "cancelled" }),
    );
  });

  test("AL43 a mismatch names nothing of the first call", async () => {
    const first = await pay({ event_id: "e1", user_id: "secret-user" }, { key: app.key });
    const mismatch = await pay({ event_id: "e1", user_id: "u2" }, { key: app.key });
    expect(mismatch.status).toBe(409);
    expect(JSON.stringify(mismatch.body)).not.toContain("secret-user");
    expect(JSON.stringify(mismatch.body)).not.toContain(first.body.conversion_id);
  });
});

describe("without a key", () => {
  test.each([
    ["a backend's", () => ({ key: app.key })],
    ["the public's", () => ({})],
  ])("AL44b %s same conversion within 10 s is one call", async (_, options) => {
    const first = await pay({}, options());
    expect(first.body).not.toHaveProperty("deduplicated");
    world.advance(9_999);
    const again = await pay({}, options());
    expect(again).toEqual(answered(200, { ...first.body, deduplicated: true }));
    expect(again.headers.has("Idempotent-Replayed")).toBe(false);
    expect((await world.balance(app)).pending_cents).toBe(2_850);
    world.advance(1);
    const next = await pay({}, options());
    expect(next.body).not.toHaveProperty("deduplicated");
    expect(next.body.conversion_id).not.toBe(first.body.conversion_id);
    expect((await world.balance(app)).pending_cents).toBe(5_700);
    expect(await statsOf(world, app)).toMatchObject([{ conversions: 2 }]);
  });

  test("AL44b the window is counted from the first call, not from the last repeat", async () => {
    await pay({}, { key: app.key });
    world.advance(6_000);
    expect((await pay({}, { key: app.key })).body.deduplicated).toBe(true);
    world.advance(6_000);
    expect((await pay({}, { key: app.key })).body).not.toHaveProperty("deduplicated");
  });

  test.each([
    ["another user", { user_id: "u2" }],
    ["another amount", { amount_cents: 10_001 }],
    ["another currency", { currency: "eur" }],
    ["another payment_ref", { payment_ref: "in_2" }],
    ["a key", { event_id: "e1" }],
  ])("AL44b a call with %s is another one", async (_, other) => {
    await pay({}, { key: app.key });
    expect((await pay(other, { key: app.key })).body).not.toHaveProperty("deduplicated");
  });

  test("AL44b the app's currency, left out or named, is the same one", async () => {
    await pay({}, { key: app.key });
    expect((await pay({ currency: "USD" }, { key: app.key })).body.deduplicated).toBe(true);
  });

  test("AL44b under another code of the same affiliate it is the same call, under a rival's not", async () => {
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "second" }, { key: app.key });
    await pay({});
    expect((await pay({ ref: "second" })).body.deduplicated).toBe(true);
    await pay({ user_id: "u2" });
    const moved = await pay({ user_id: "u2", ref: rival.ref }, { key: app.key });
    expect(moved.body).not.toHaveProperty("deduplicated");
    expect((await world.balance(rival)).pending_cents).toBe(2_850);
  });

  test("AL44b what the public said never swallows what a backend says", async () => {
    await pay({});
    const keyed = await pay({}, { key: app.key });
    expect(keyed.body).not.toHaveProperty("deduplicated");
    expect(keyed.body).toMatchObject({ hold: false, reason: null });
  });

  test("AL44b of another app is another call", async () => {
    const stranger = await world.newApp();
    await pay({});
    expect((await pay({ ref: stranger.ref })).body).not.toHaveProperty("deduplicated");
  });

  test("AL44b a setting of 0 counts each call, one of 60 a minute", async () => {
    await setProgram(world, app, { dedupe_seconds: 0 });
    await pay({});
    expect((await pay({})).body).not.toHaveProperty("deduplicated");
    expect((await world.balance(app)).pending_cents).toBe(5_700);
    await setProgram(world, app, { dedupe_seconds: 60 });
    world.advance(59_999);
    expect((await pay({})).body.deduplicated).toBe(true);
    world.advance(1);
    expect((await pay({})).body).not.toHaveProperty("deduplicated");
  });

  test.each([-1, 3_601, 0.5, "10", null])("AL44b %j is no window", async (dedupe_seconds) => {
    expect(await world.call("/api/v1/app", { dedupe_seconds }, { key: app.key, method: "PATCH" })).toEqual(
      refused(400, "invalid_request", ["dedupe_seconds"]),
    );
  });

  test("AL44b the public's same refund within 10 s is one call", async () => {
    await pay({});
    const first = await refund({});
    world.advance(9_999);
    expect(await refund({})).toEqual(answered(200, { ...first.body, deduplicated: true }));
    world.advance(1);
    const next = await refund({});
    expect(next.body).not.toHaveProperty("deduplicated");
    expect(next.body.refund_id).not.toBe(first.body.refund_id);
    expect((await world.balance(app)).pending_cents).toBe(2_850 - 2 * 285);
  });

  test("AL44b a backend's refunds are never taken for one another", async () => {
    await pay({}, { key: app.key });
    await refund({}, { key: app.key });
    expect((await refund({}, { key: app.key })).body).not.toHaveProperty("deduplicated");
    expect((await world.balance(app)).pending_cents).toBe(2_850 - 2 * 285);
  });
});

function pay(body: object, options?: CallOptions) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, options);
}

/** The public first: what a backend has vouched for is out of its reach. */
function callers(): readonly CallOptions[] {
  return [{}, { key: app.key }];
}

function refund(body: object, options?: CallOptions) {
  return world.call("/api/track/refund", { ref: app.ref, user_id: "u1", amount_cents: 1_000, ...body }, options);
}
