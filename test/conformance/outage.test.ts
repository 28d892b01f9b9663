import { beforeEach, describe, expect, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { refused } from "../support/answers.ts";
import { DAY_MS, statsOf } from "../support/creators.ts";
import { dumpDatabase } from "../support/dump.ts";
import { DRIVER_SECRET, type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  // A day before, so that no window of seconds reaches it.
  await send("/api/track/conversion", { user_id: "u0", amount_cents: 50_000, event_id: "setup" }, undefined);
  world.advance(DAY_MS);
});

const ROUTES = [
  ["/api/track/click", {}],
  ["/api/track/signup", { user_id: "u1" }],
  ["/api/track/conversion", { user_id: "u1", amount_cents: 10_000 }],
  ["/api/track/refund", { user_id: "u0", amount_cents: 1_000 }],
] as const;
const MONEY_ROUTES = ROUTES.slice(1);
const CALLERS = ["a key", "nobody's word"] as const;

describe.each(CALLERS)("with %s", (caller) => {
  test.each(ROUTES)(
    "AL-i2 %s: the database out of reach is 503, Retry-After, and nothing written",
    async (path, body) => {
      for (const fault of ["away", "read-only"] as const) {
        const before = await dumpDatabase(db);
        db.fault(fault);
        const answer = await send(path, body, caller);
        db.fault("none");
        expect(answer).toEqual(refused(503, "unavailable"));
        expect(answer.headers.get("Retry-After")).toMatch(/^[1-9]\d?$/);
        expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
        expect(JSON.stringify(answer.body)).not.toContain(DRIVER_SECRET);
        expect(await dumpDatabase(db)).toEqual(before);
      }
    },
  );

  test.each(MONEY_ROUTES)(
    "AL-i2 %s: written, but the answer lost: 503, and the caller's repeat counts once",
    async (...call) => {
      const [path, body] = call;
      const keyed = { ...body, event_id: "e1" };
      db.fault("lost-answer");
      const lost = await send(path, keyed, caller);
      db.fault("none");
      expect(lost).toEqual(refused(503, "unavailable"));
      const after = await dumpDatabase(db);
      const repeat = await send(path, keyed, caller);
      expect(repeat.status).toBe(200);
      expect(repeat.headers.get("Idempotent-Replayed")).toBe("true");
      expect(await dumpDatabase(db)).toEqual(after);
      expect(await auditBooks(db)).toEqual([]);
    },
  );

  test("AL-i2 without a key of its own a conversion's prompt repeat counts once too", async () => {
    const [, , [path, body]] = ROUTES;
    db.fault("lost-answer");
    await send(path, body, caller);
    db.fault("none");
    world.advance(1_000);
    expect((await send(path, body, caller)).body).toMatchObject({ deduplicated: true });
    const [, today] = await statsOf(world, app);
    expect(today).toMatchObject({ conversions: 1 });
  });

  test.each(ROUTES)("AL-i2 %s: a batch that is applied twice leaves and answers what one does", async (path, body) => {
    for (const more of [{}, { event_id: "e1" }]) {
      const once = await inFreshWorld("none", { path, body: { ...body, ...more }, caller });
      const twice = await inFreshWorld("repeated", { path, body: { ...body, ...more }, caller });
      expect(twice).toEqual(once);
    }
  });
});

test("AL-i2 what waits for its payment may be written twice as well", async () => {
  db.fault("repeated");
  const body = { payment_ref: "in_1", amount_cents: 1_000 };
  expect((await world.call("/api/track/refund", body, { key: app.key })).status).toBe(202);
  await send("/api/track/conversion", { user_id: "u1", amount_cents: 10_000, payment_ref: "in_1" }, "a key");
  db.fault("none");
  expect((await world.balance(app)).pending_cents).toBe(14_250 + 2_565);
  expect(await auditBooks(db)).toEqual([]);
});

test("AL-i2 a read is 503 too", async () => {
  await world.balance(app);
  db.fault("away");
  const path = `/api/v1/affiliates/${app.affiliateId}/balance`;
  expect(await world.call(path, undefined, { key: app.key })).toEqual(refused(503, "unavailable"));
});

test("AL-i2 D-revoked a revocation cut short is finished by its repeat", async () => {
  const path = `/api/v1/affiliates/${app.affiliateId}`;
  const revoke = () => {
    const body = { status: "revoked", reason: "fraud" };
    return world.call(path, body, { key: app.key, method: "PATCH" });
  };
  // The day's first use of the key is noted in a batch of its own.
  await world.balance(app);
  db.fault("away", 1);
  expect(await revoke()).toEqual(refused(503, "unavailable"));
  db.fault("none");
  expect((await world.balance(app)).pending_cents).toBe(14_250);
  expect((await revoke()).status).toBe(200);
  expect((await world.balance(app)).pending_cents).toBe(0);
  expect(await auditBooks(db)).toEqual([]);
});

function send(path: string, body: object, caller: string | undefined): Promise<Answer> {
  return world.call(path, { ref: app.ref, ...body }, caller === "a key" ? { key: app.key } : {});
}

/** What one call answers and leaves in a world of its own, with ids and hashes made equal. */
async function inFreshWorld(
  fault: "none" | "repeated",
  { path, body, caller }: { path: string; body: object; caller: string },
): Promise<unknown> {
  const line = openFaultyDb();
  const fresh = await createWorld({ db: line });
  const shop = await fresh.newApp();
  await fresh.call("/api/track/conversion", { ref: shop.ref, user_id: "u0", amount_cents: 50_000, event_id: "setup" });
  fresh.advance(DAY_MS);
  line.fault(fault);
  const answer = await fresh.call(path, { ref: shop.ref, ...body }, caller === "a key" ? { key: shop.key } : {});
  line.fault("none");
  const tables = Object.entries(await dumpDatabase(line)).map(([table, rows]) => [
    table,
    rows.map(anonymous).toSorted(),
  ]);
  const replayed = answer.headers.get("Idempotent-Replayed");
  return { status: answer.status, body: anonymous(JSON.stringify(answer.body)), replayed, tables };
}

function anonymous(text: string): string {
  return text
    .replaceAll(/\b[a-z]{2,5}_[\w-]{21}(?![\w-])/g, "ID")
    .replaceAll(/[0-9a-f]{64}/g, "HASH")
    .replaceAll(/"last4":"\w{4}"/g, "");
}
