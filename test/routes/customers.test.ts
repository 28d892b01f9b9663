import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { answered, refused } from "../support/answers.ts";
import { addCreator, commissionsOf } from "../support/creators.ts";
import { type Dump, dumpDatabase, rowsOf } from "../support/dump.ts";
import { asAccount, codeOf, creditsOf, redeem } from "../support/friends.ts";
import { type Answer, type CallOptions, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const KIM = "customer-4711";
const EMAIL = "kim@example.com";
const SIGNUP = { user_id: KIM, email: EMAIL, event_id: "s1", customer_created_at: "2026-01-15T11:00:00Z" };
const SALE = { user_id: KIM, amount_cents: 10_000, event_id: "c1", payment_ref: "in_1", metadata: { of: "blue-xl" } };
const REFUND = { user_id: KIM, amount_cents: 1_000, event_id: "r1" };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("DELETE /api/v1/customers/:user_id", () => {
  test("R-customers leaves nothing that names them, nor a hash of what was said of them, and all the money", async () => {
    await live();
    const before = { balance: await world.balance(app), commissions: await commissionsOf(world, app) };
    const hashes = (await rowsOf(world.db, "referral")).map((row) => String(row["email_hmac"]));
    expect(JSON.stringify(await dumpDatabase(world.db))).toContain(hashOf([KIM, 10_000, null, "in_1", app.ref]));
    expect(await erase(KIM)).toEqual(answered(204, null));

    const kept = JSON.stringify(await dumpDatabase(world.db));
    const said = [
      hashOf([KIM, 10_000, null, "in_1", app.ref]),
      hashOf([KIM, 777, null, null, app.ref]),
      hashOf([KIM, 1_000, null, null, app.ref, null]),
      hashOf([KIM, app.ref, hashes[0] ?? ""]),
      hashOf([KIM, app.ref, null]),
    ];
    for (const name of [KIM, EMAIL, "k•••@example.com", "blue-xl", ...hashes, ...said])
      expect(kept).not.toContain(name);
    expect(await world.balance(app)).toEqual(before.balance);
    expect(await commissionsOf(world, app)).toEqual(before.commissions.map((row) => ({ ...row, user_id: null })));
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-customers of everything else it leaves each row as it was", async () => {
    await live();
    await live({ user_id: "other", prefix: "o", payment_ref: "in_2" });
    const before = await dumpDatabase(world.db);
    await erase(KIM);
    const after = await dumpDatabase(world.db);
    const touched = new Set(["audit", "claim", "conversion", "drop", "referral", "refund", "request_key"]);
    expect(without(after, touched)).toEqual(without(before, touched));
    expect(rowsOfOther(after)).toEqual(rowsOfOther(before));
  });

  test("R-customers of who brought whom it leaves the credits, and no name", async () => {
    const code = await codeOf(world, app, KIM);
    await redeem(world, app, { code, referred_account_id: "friend", email: "friend@example.test" });
    await redeem(world, app, { code: await codeOf(world, app, "other"), referred_account_id: KIM, email: EMAIL });
    await asAccount(world, app, KIM).post("/api/v1/credits/spend", { amount: 30, reference: "order_1" });
    const events = (await rowsOf(world.db, "event")).length;
    expect(await erase(KIM)).toEqual(answered(204, null));
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(KIM);
    expect(await rowsOf(world.db, "event")).toHaveLength(events);
    const accounts = await rowsOf(world.db, "credit_account");
    expect(accounts.map(({ balance }) => Number(balance)).toSorted((a, b) => a - b)).toEqual([100, 100, 170]);
    expect(await creditsOf(world, app, KIM)).toBe(0);
    expect((await redeem(world, app, { code, referred_account_id: "next" })).body.success).toBe(false);
    const audit = await rowsOf(world.db, "audit");
    expect(audit.find(({ action }) => action === "customer.erased")).toBeDefined();
  });

  test("R-customers leaves a line in the audit log that does not name them", async () => {
    await live();
    const [referral] = await rowsOf(world.db, "referral");
    await erase(KIM);
    const lines = await linesOf();
    expect(lines).toMatchObject([{ actor: expect.stringMatching(/^key:/), object: referral?.["id"], reason: null }]);
    expect(JSON.parse(String(lines[0]?.["after"]))).toEqual({ payments: 3, refunds: 2, signups: 2 });
  });

  test("R-customers answers the same for nobody, and once more for somebody, and does nothing", async () => {
    await live();
    await erase(KIM);
    const before = await dumpDatabase(world.db);
    for (const user of [KIM, "nobody", "null", "erased", "%", "'; DROP TABLE claim; --", "x".repeat(2_000)]) {
      expect(await erase(user)).toEqual(answered(204, null));
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test.each(["a/b", "ü ö", "%41", "a?b#c", "a%2Fb", "+", "kim@example.com", "4711", "\u{1F600}"])(
    "R-customers finds %j",
    async (user_id) => {
      await live({ user_id });
      await erase(user_id);
      for (const table of ["claim", "conversion", "refund", "referral", "request_key"]) {
        const left = (await rowsOf(world.db, table)).map((row) => row["user_id"]);
        expect(left).toEqual(left.map(() => null));
        expect(left).not.toEqual([]);
      }
    },
  );

  test("R-customers by an operator, of the app that it names", async () => {
    await live();
    const options = { key: world.operatorKey, method: "DELETE" };
    const answer = await world.call(`/api/v1/customers/${KIM}?app_id=${app.id}`, undefined, options);
    expect(answer.status).toBe(204);
    expect(await linesOf()).toMatchObject([{ actor: "operator" }]);
  });
});

describe("after an erasure", () => {
  beforeEach(async () => {
    await live();
    await erase(KIM);
  });

  test.each([
    ["backend's signup", "signup", SIGNUP, true],
    ["backend's conversion", "conversion", SALE, true],
    ["backend's refund", "refund", REFUND, true],
    ["stranger's signup", "signup", { user_id: KIM, event_id: "s1" }, false],
    ["stranger's conversion", "conversion", { user_id: KIM, amount_cents: 888, event_id: "c2" }, false],
    ["stranger's refund", "refund", { user_id: KIM, amount_cents: 77, event_id: "r2" }, false],
  ])("R-customers AL43 a %s sent again under its key is refused and moves nothing", async (_, verb, body, keyed) => {
    const before = without(await dumpDatabase(world.db), new Set(["drop"]));
    expect(await send(verb, body, keyed ? { key: app.key } : {})).toEqual(refused(409, "idempotency_mismatch"));
    expect(without(await dumpDatabase(world.db), new Set(["drop"]))).toEqual(before);
  });

  test("R-customers what names a payment or a conversion still refunds it", async () => {
    const [newest] = await commissionsOf(world, app);
    const pending = (await world.balance(app)).pending_cents;
    expect((await track("refund", { payment_ref: "in_1", amount_cents: 1_000 })).body.applied).toBe(true);
    expect((await track("refund", { conversion_id: newest.id, amount_cents: 100 })).status).toBe(200);
    expect(await track("refund", { ...REFUND, event_id: "r9" })).toEqual(refused(422, "refund_exceeds_conversions"));
    expect((await world.balance(app)).pending_cents).toBeLessThan(pending);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-customers a payment that was reported counts once, whoever reports it again", async () => {
    const again = await track("conversion", { ...SALE, event_id: "c9" });
    expect(again.body).toMatchObject({ deduplicated: true });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-customers the same user id is a new customer, free for the next code", async () => {
    const rival = await addCreator(world, app, "rival");
    const signup = await track("signup", { ref: "rival", user_id: KIM, event_id: "s9" });
    expect(signup.body.referral).toMatchObject({ ref: "rival", user_id: KIM, status: "active" });
    await track("conversion", { ref: undefined, user_id: KIM, amount_cents: 10_000, event_id: "c9" });
    expect((await world.balance(rival)).pending_cents).toBe(2_850);
    await erase(KIM);
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(KIM);
    expect(await linesOf()).toHaveLength(2);
  });
});

describe("many rows", () => {
  test("R-customers go in pages", async () => {
    await plant(1_200);
    expect((await erase(KIM)).status).toBe(204);
    const lines = (await linesOf()).map((line) => JSON.parse(String(line["after"])).payments);
    expect(lines).toEqual([500, 500, 200]);
    expect(JSON.stringify(await rowsOf(world.db, "claim"))).not.toContain(KIM);
  });

  test("R-customers too many for one call are 503, and the next call does the rest", async () => {
    await plant(50_001);
    expect(await erase(KIM)).toEqual(refused(503, "unavailable"));
    expect(await erase(KIM)).toEqual(answered(204, null));
    expect(JSON.stringify(await rowsOf(world.db, "claim"))).not.toContain(KIM);
  });
});

test("R-customers an erasure and calls about the customer at once leave right books", async () => {
  const calls = Array.from({ length: 10 }, (_, at) => at).flatMap((at) => [
    track("conversion", { ...SALE, event_id: `c${at}`, payment_ref: `in_${at}` }),
    track("signup", { ...SIGNUP, event_id: `s${at}` }),
    erase(KIM),
    track("refund", { payment_ref: `in_${at}`, amount_cents: 5_000 }),
  ]);
  expect((await Promise.all(calls)).map(({ status }) => status)).not.toContain(500);
  expect(await world.balance(app)).toMatchObject({ pending_cents: 10 * 1_425 });
  await erase(KIM);
  expect(JSON.stringify(without(await dumpDatabase(world.db), new Set(["drop"])))).not.toContain(KIM);
  expect(await checkBooks(world.db)).toEqual([]);
});

/** What a shop's backend and a stranger may say of somebody. */
async function live({ user_id = KIM, prefix = "", payment_ref = "in_1" } = {}): Promise<void> {
  const calls: readonly (readonly [verb: string, body: Json, key?: string])[] = [
    ["signup", SIGNUP, app.key],
    ["signup", {}],
    ["signup", { event_id: "s1" }],
    ["conversion", { ...SALE, payment_ref }, app.key],
    ["conversion", { amount_cents: 777 }],
    ["conversion", { amount_cents: 888, event_id: "c2" }],
    ["refund", REFUND, app.key],
    ["refund", { amount_cents: 77, event_id: "r2" }],
    ["signup", { ref: "nobody" }, app.key],
  ];
  for (const [verb, body, key] of calls) {
    const named = { ref: app.ref, ...body, user_id };
    const keyed = body.event_id === undefined ? named : { ...named, event_id: `${prefix}${body.event_id}` };
    await world.call(`/api/track/${verb}`, keyed, { key });
    world.advance(1);
  }
}

function track(verb: string, body: object): Promise<Answer> {
  return send(verb, body, { key: app.key });
}

function send(verb: string, body: object, options: CallOptions): Promise<Answer> {
  return world.call(`/api/track/${verb}`, { ref: app.ref, ...body }, options);
}

function erase(userId: string): Promise<Answer> {
  const path = `/api/v1/customers/${encodeURIComponent(userId)}`;
  return world.call(path, undefined, { key: app.key, method: "DELETE" });
}

/** So many claims of the customer, as they are stored. */
async function plant(count: number): Promise<void> {
  const sql = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
    INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, user_id, affiliate, attribution, currency,
      base, captured, occurred_at, received_at, counted)
    SELECT ?2, 'clm_' || i, 'key', 'e:' || i, 'call', 'h', 'pay', ?3, ?4, 'vouched', 'usd', 1, 1, i / 7, i / 7, 1 FROM n`;
  await world.db.batch([{ sql, args: [BigInt(count), app.id, KIM, app.affiliateId] }]);
}

async function linesOf() {
  return (await rowsOf(world.db, "audit")).filter((line) => line["action"] === "customer.erased");
}

function rowsOfOther(dump: Dump): readonly string[] {
  return Object.values(dump).flatMap((rows) => rows.filter((row) => row.includes('"other"')));
}

function without(dump: Dump, tables: ReadonlySet<string>): Dump {
  return Object.fromEntries(Object.entries(dump).filter(([table]) => !tables.has(table)));
}

function hashOf(parts: readonly (string | number | null)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
