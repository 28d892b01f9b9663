import { beforeEach, expect, test } from "vitest";
import type { ImportLine, ImportRow } from "../../../worker/domain/import-plan.ts";
import { findTarget, moveIn, planMoveIn } from "../../../worker/services/import/move-in.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { type Db, DbError } from "../../../worker/store/db.ts";
import { openHttpDb } from "../../../worker/store/http-db.ts";
import { addCreator, commissionsOf, setProgram, setStatus, statsOf } from "../../support/creators.ts";
import { closedAfterwards, startTestServer } from "../../support/db-drivers.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../../support/dump.ts";
import { openFaultyDb } from "../../support/faulty-db.ts";
import { stripeEvents } from "../../support/stripe-events.ts";
import { openStripeWorld } from "../../support/stripe-world.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

const MARCH = Date.UTC(2025, 2, 1);
/** A hundred affiliates, each with two codes, six customers and a balance in one of two currencies: a thousand rows. */
const AFFILIATES = 100;
const SUMS = { usd: 50 * 1_000 + 2_450, eur: 50 * 1_000 + 2_500 };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp({ ref: "mara" });
});

test("D-moving_in a thousand rows twice come to the same: each thing is there once, and the sums are the file's", async () => {
  const lines = thousand();
  expect(lines).toHaveLength(1_000);
  const before = await dumpDatabase(world.db);
  const planned = await planMoveIn(world.deps, app.id, lines);
  expect(outcomesOf(planned)).toEqual({ make: 1_000 });
  expect(await dumpDatabase(world.db)).toEqual(before);

  const moved = await moveIn(world.deps, app.id, lines);
  expect(outcomesOf(moved)).toEqual({ known: 1_000 });
  expect(moved.every(({ isMade }) => isMade)).toBe(true);
  expect(await stateOf(world.db)).toEqual(expectedState());
  expect(await checkBooks(world.db)).toEqual([]);

  const after = await dumpDatabase(world.db);
  world.advance(86_400_000);
  const again = await moveIn(world.deps, app.id, lines.toReversed());
  expect(outcomesOf(again)).toEqual({ known: 1_000 });
  expect(again.some(({ isMade }) => isMade)).toBe(false);
  expect(await dumpDatabase(world.db)).toEqual(after);
});

test("D-moving_in broken off before or after any of its batches, or applied twice, it comes to the same when it is run again", async () => {
  const lines = thousand();
  const batches = await countBatches(lines);
  expect(batches).toBeGreaterThan(5);
  for (const fault of ["away", "lost-answer"] as const) {
    const db = openFaultyDb();
    const broken = await createWorld({ db });
    const target = await broken.newApp({ ref: "mara" });
    // It goes on where it was broken off, and is broken off again one batch later.
    for (let run = 0; run < batches; run++) {
      db.fault(fault, 1);
      await moveIn(broken.deps, target.id, lines).catch((error: unknown) => expect(error).toBeInstanceOf(DbError));
      db.fault("none");
    }
    const last = await moveIn(broken.deps, target.id, lines);
    expect(outcomesOf(last)).toEqual({ known: 1_000 });
    expect(await stateOf(db)).toEqual(expectedState());
    expect(await checkBooks(db)).toEqual([]);
  }
  const twice = openFaultyDb();
  const repeated = await createWorld({ db: twice });
  const target = await repeated.newApp({ ref: "mara" });
  twice.fault("repeated");
  expect(outcomesOf(await moveIn(repeated.deps, target.id, lines))).toEqual({ known: 1_000 });
  expect(await stateOf(twice)).toEqual(expectedState());
  expect(await checkBooks(twice)).toEqual([]);
}, 30_000);

test("D-moving_in over a libSQL server it is the same", async () => {
  const db = closedAfterwards(openHttpDb(await startTestServer({ migrated: true })));
  const there = await createWorld({ db });
  const target = await there.newApp({ ref: "mara" });
  const lines = thousand();
  expect(outcomesOf(await moveIn(there.deps, target.id, lines))).toEqual({ known: 1_000 });
  expect(await stateOf(db)).toEqual(expectedState());
  expect(outcomesOf(await moveIn(there.deps, target.id, lines))).toEqual({ known: 1_000 });
  expect(await stateOf(db)).toEqual(expectedState());
});

test("D-moving_in two runs at once, of two files, make each thing once; the first amount stands, and the other is told", async () => {
  const one = [
    affiliate("kim@example.test", "kim"),
    referral("u1", "kim@example.test"),
    balance("kim@example.test", 500),
  ];
  const other = [
    affiliate("kim@example.test", "kim"),
    referral("u1", "kim@example.test"),
    balance("kim@example.test", 900),
  ];
  const runs = await Promise.all([one, other].map((rows) => moveIn(world.deps, app.id, numbered(rows))));
  const [opening] = await openingsOf(world.db);
  expect(await openingsOf(world.db)).toHaveLength(1);
  const loser = opening?.["amount"] === 500 ? runs[1] : runs[0];
  expect(loser?.[2]).toMatchObject({ outcome: "problem", reason: "opened_otherwise", isMade: false });
  expect(await rowsOf(world.db, "referral")).toHaveLength(1);
  expect(await checkBooks(world.db)).toEqual([]);
});

test("D-moving_in a balance is available at once, tells the affiliate what it is, and is paid like any money", async () => {
  const email = "kim@example.test";
  const rows = [
    affiliate(email, "kim"),
    { ...balance(email, 12_345), note: "Until March" },
    balance(email, -500, "eur"),
  ];
  await moveIn(world.deps, app.id, numbered(rows));
  const kim = await find(email);
  expect(await world.balance(kim, "eur")).toMatchObject({ available_cents: -500 });
  expect(await world.balance(kim)).toMatchObject({ available_cents: 12_345, pending_cents: 0, paid_cents: 0 });
  const statement = await world.call(`${path(kim)}/statement`, undefined, { key: app.key });
  expect(statement.body.statement.lines).toMatchObject([
    { kind: "opening", amount_cents: 12_345, description: "Carried over: Until March" },
  ]);
  const { body } = await world.call(`${path(kim)}/corrections`, undefined, { key: app.key });
  expect(body.corrections.find((one: { currency: string }) => one.currency === "usd")).toMatchObject({
    kind: "opening",
    reason: "Until March",
    actor: "import",
  });
  const drafted = await world.call("/api/v1/payouts/preview", undefined, { key: app.key });
  expect(JSON.stringify(drafted.body)).toContain("12345");
});

test("D-moving_in an affiliate has the file's code, rate, status and day; nobody is mailed, and the log says who brought it", async () => {
  const kim = { ...affiliate("kim@example.test", "007"), name: "Kim", rateBps: 1_250, status: "suspended" as const };
  world.advance(1);
  await moveIn(world.deps, app.id, numbered([{ ...kim, createdAt: MARCH }, affiliate("lee@example.test", null)]));
  const list = await world.call("/api/v1/affiliates", undefined, { key: app.key });
  expect(list.body.affiliates).toMatchObject([
    {
      email: "kim@example.test",
      name: "Kim",
      ref: "007",
      commission_percent: 12.5,
      status: "suspended",
      created_at: "2025-03-01T00:00:00.000Z",
    },
    { email: "creator1@example.test" },
    {
      email: "lee@example.test",
      ref: expect.stringMatching(/^[a-z0-9]{8}$/),
      commission_percent: 30,
      status: "active",
    },
  ]);
  await world.runJobs();
  expect(world.mails().map(({ to }) => to)).toEqual(["creator1@example.test"]);
  const log = await world.call("/api/v1/audit?action=affiliate.created&limit=2", undefined, { key: app.key });
  expect(log.body.entries).toMatchObject([
    { actor: "import", reason: "Moved in" },
    { actor: "import", reason: "Moved in" },
  ]);
});

test("D-moving_in a customer who moved in earns for their affiliate, is vouched for, and counts as no signup, now or later", async () => {
  await setProgram(world, app, { max_months: 12, conversions: "keyed" });
  const rows = [
    affiliate("kim@example.test", "kim"),
    { ...referral("old", "kim@example.test"), createdAt: MARCH },
    { ...referral("older", null, "kim"), createdAt: Date.UTC(2024, 11, 1) },
    { ...referral("self", "kim@example.test"), customerEmail: "kim@example.test" },
  ];
  await moveIn(world.deps, app.id, numbered(rows));
  const kim = await find("kim@example.test");
  for (const user_id of ["old", "older", "self"]) {
    await track("signup", { ref: "mara", user_id, event_id: user_id });
    await track("conversion", { user_id, amount_cents: 10_000, event_id: user_id });
  }
  const commissions = await commissionsOf(world, kim);
  // Twelve months from December 2024 are over, and an affiliate does not earn by themselves.
  const told = commissions.map(({ user_id, reason, lane, net_commission_cents: net }) => [
    user_id,
    [reason, lane, net],
  ]);
  expect(Object.fromEntries(told)).toEqual({
    old: [null, "clear", 2_850],
    older: ["month_limit", "clear", 0],
    self: ["self_referral", "clear", 0],
  });
  const signups = (await statsOf(world, kim)).reduce((sum, day) => sum + day.signups, 0);
  expect([signups, await statsOf(world, app)]).toEqual([0, []]);
});

test("D-moving_in a customer by their id at Stripe earns by what Stripe tells, also what waited for them", async () => {
  const shop = await openStripeWorld();
  const s = stripeEvents("newest");
  const paid = (id: string) => s.invoicePaid({ id, customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 });
  await shop.deliver(paid("in_1"));
  expect(await shop.commissions("nils")).toEqual([]);
  await moveIn(
    shop.world.deps,
    shop.app.id,
    numbered([{ ...referral("cus_1", null, shop.refs.nils), createdAt: MARCH }]),
  );
  await shop.world.runJobs();
  await shop.deliver(paid("in_2"));
  expect((await shop.commissions("nils")).map(({ net_commission_cents }) => net_commission_cents)).toEqual([
    2_850, 2_850,
  ]);
  expect(await checkBooks(shop.world.db)).toEqual([]);
});

test("D-moving_in what waited for them at Stripe earns at the file's rate, not the program's", async () => {
  const shop = await openStripeWorld();
  const event = { id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 };
  await shop.deliver(stripeEvents("newest").invoicePaid(event));
  shop.world.advance(3_600_000);
  const kim = { ...affiliate("kim@example.test", "kim"), rateBps: 5_000 };
  await moveIn(shop.world.deps, shop.app.id, numbered([kim, referral("cus_1", "kim@example.test")]));
  await shop.world.runJobs();
  expect(await rowsOf(shop.world.db, "conversion")).toMatchObject([{ rate_bps: 5_000, posted_net: 4_750 }]);
});

test("D-moving_in what live calls said first stands where it was vouched for, and gives way where it was the public's", async () => {
  const nils = await addCreator(world, app, "nils");
  await track("signup", { ref: "mara", user_id: "vouched" });
  await world.call("/api/track/signup", { ref: "mara", user_id: "public" });
  await world.call("/api/track/signup", { ref: "nils", user_id: "same" });
  const lines = numbered(["vouched", "public", "same"].map((user) => referral(user, "nils@example.test")));
  expect(await moveIn(world.deps, app.id, lines)).toMatchObject([
    { outcome: "problem", reason: "user_of_another" },
    { outcome: "known", isMade: true },
    { outcome: "known", isMade: true },
  ]);
  const owners = new Map((await rowsOf(world.db, "referral")).map((row) => [row["user_id"], row]));
  expect(owners.get("vouched")).toMatchObject({ affiliate: app.affiliateId });
  expect(owners.get("public")).toMatchObject({ affiliate: nils.affiliateId, trust: "vouched" });
  expect(owners.get("same")).toMatchObject({ affiliate: nils.affiliateId, trust: "vouched", flag: null });
  await track("signup", { ref: "mara", user_id: "public" });
  expect((await rowsOf(world.db, "referral")).filter((row) => row["affiliate"] === nils.affiliateId)).toHaveLength(2);
});

test("D-moving_in a live signup between the look and the batch is left as it is, and told", async () => {
  await addCreator(world, app, "nils");
  let isFirst = true;
  const batch: Db["batch"] = async (statements) => {
    if (isFirst) {
      isFirst = false;
      await track("signup", { ref: "mara", user_id: "u1" });
    }
    return world.db.batch(statements);
  };
  const deps = { ...world.deps, db: { ...world.db, batch } };
  const moved = await moveIn(
    deps,
    app.id,
    numbered([referral("u1", "nils@example.test"), referral("u2", "nils@example.test")]),
  );
  expect(moved).toMatchObject([
    { outcome: "problem", reason: "user_of_another", isMade: false },
    { outcome: "known", isMade: true },
  ]);
  expect((await rowsOf(world.db, "referral")).find((row) => row["user_id"] === "u1")).toMatchObject({
    affiliate: app.affiliateId,
  });
});

test("D-moving_in a code that goes, and an affiliate who is revoked, between the look and the batch get nothing, and are told", async () => {
  const [nils, gone] = [await addCreator(world, app, "nils"), await addCreator(world, app, "gone")];
  const other = await world.newApp({ ref: "other" });
  let isFirst = true;
  const batch: Db["batch"] = async (statements) => {
    if (isFirst) {
      isFirst = false;
      await world.call(`${path(other)}/codes`, { ref: "wanted" }, { key: other.key });
      await setStatus(world, gone, "revoked");
    }
    return world.db.batch(statements);
  };
  const rows = [
    code("nils@example.test", "wanted"),
    code("gone@example.test", "late"),
    referral("u1", "gone@example.test"),
  ];
  const moved = await moveIn({ ...world.deps, db: { ...world.db, batch } }, app.id, numbered(rows));
  expect(moved).toMatchObject([
    { outcome: "problem", reason: "code_taken" },
    { outcome: "problem", reason: "affiliate_revoked" },
    { outcome: "problem", reason: "affiliate_revoked" },
  ]);
  expect((await rowsOf(world.db, "audit")).filter(({ actor }) => actor === "import")).toEqual([]);
  expect((await rowsOf(world.db, "code")).filter((row) => row["affiliate"] === nils.affiliateId)).toHaveLength(1);
});

test("D-moving_in beside live signups of the same users each user has one affiliate, who counts once", async () => {
  await addCreator(world, app, "nils");
  const users = Array.from({ length: 20 }, (_, n) => `u${n}`);
  const lines = numbered(users.map((user) => referral(user, "nils@example.test")));
  const calls = users.map((user_id) => track("signup", { ref: "mara", user_id }));
  const [moved] = await Promise.all([moveIn(world.deps, app.id, lines), ...calls]);
  const referrals = await rowsOf(world.db, "referral");
  expect(referrals).toHaveLength(users.length);
  const told = new Map(lines.map(({ row }, at) => ["userId" in row ? row.userId : "", moved[at]?.outcome]));
  for (const row of referrals) {
    expect(told.get(String(row["user_id"]))).toBe(row["affiliate"] === app.affiliateId ? "problem" : "known");
  }
});

test("D-moving_in D-tenancy nothing of another app is read, moved or said", async () => {
  const other = await world.newApp({ ref: "other" });
  await world.call("/api/v1/affiliates", { email: "kim@example.test", ref: "kim" }, { key: other.key });
  await world.call("/api/track/signup", { ref: "kim", user_id: "u1" }, { key: other.key });
  const before = await dumpApp(world.db, other.id);
  const lines = numbered([
    affiliate("kim@example.test", "kim"),
    affiliate("lee@example.test", "lee"),
    referral("u1", "lee@example.test"),
    referral("u2", null, "kim"),
    referral("u3", "lee@example.test", "kim"),
  ]);
  expect(await moveIn(world.deps, app.id, lines)).toMatchObject([
    { outcome: "problem", reason: "code_taken" },
    { outcome: "known", isMade: true },
    { outcome: "known", isMade: true },
    { outcome: "problem", reason: "no_code" },
    { outcome: "problem", reason: "no_code" },
  ]);
  expect(await dumpApp(world.db, other.id)).toEqual(before);
});

test("D-moving_in a run after the owner has changed things undoes none of it", async () => {
  const lines = numbered([
    { ...affiliate("kim@example.test", "kim"), name: "Kim", rateBps: 1_000 },
    affiliate("lee@example.test", "lee"),
    code("kim@example.test", "kim-two"),
    referral("u1", "lee@example.test"),
    balance("lee@example.test", 700),
  ]);
  await moveIn(world.deps, app.id, lines);
  const [kim, lee] = [await find("kim@example.test"), await find("lee@example.test")];
  await world.call(path(kim), { name: "Kimberly", commission_percent: 40 }, { key: app.key, method: "PATCH" });
  await world.call(`${path(kim)}/codes/kim-two`, undefined, { key: app.key, method: "DELETE" });
  await setStatus(world, lee, "revoked");
  const before = await dumpDatabase(world.db);
  expect(outcomesOf(await moveIn(world.deps, app.id, lines))).toEqual({ known: 4, problem: 1 });
  expect(await dumpDatabase(world.db)).toEqual(before);
});

test("D-moving_in a code that two of a page would have fails the page whole, and a code that was drawn twice is drawn again", async () => {
  const draws = [1, 1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
  await moveIn({ ...world.deps, randomBytes: () => draws.shift() ?? new Uint8Array(32).fill(4) }, app.id, [
    ...numbered([affiliate("kim@example.test", null), affiliate("lee@example.test", null)]),
  ]);
  // What is drawn next is somebody's already.
  const again = [1, 5].map((byte) => new Uint8Array(32).fill(byte));
  const deps = { ...world.deps, randomBytes: () => again.shift() ?? new Uint8Array(32).fill(6) };
  expect(await moveIn(deps, app.id, numbered([affiliate("max@example.test", null)]))).toMatchObject([{ isMade: true }]);
  const codes = await rowsOf(world.db, "code");
  expect(new Set(codes.map((row) => row["affiliate"])).size).toBe(codes.length);
  expect(codes).toHaveLength(4);
});

test("an app that is not there, and a secret that is not the server's, are refused before anything is read", async () => {
  expect(await findTarget(world.deps, "app_none")).toMatchObject({ ok: false, failure: { code: "not_found" } });
  expect(await findTarget(world.deps, app.id)).toMatchObject({ ok: true });
  const config = { ...world.deps.config, authSecret: "another".padEnd(32, "-") };
  expect(await findTarget({ ...world.deps, config }, app.id)).toMatchObject({
    ok: false,
    failure: { code: "misconfigured" },
  });
  // As most are that somebody moves into: nobody is in it yet.
  const made = await world.call("/api/v1/apps", { name: "New", commission_percent: 30 }, { key: world.operatorKey });
  const fresh = made.body.app.id;
  expect(await findTarget(world.deps, fresh)).toMatchObject({ ok: true });
  expect(await findTarget({ ...world.deps, config }, fresh)).toMatchObject({ failure: { code: "misconfigured" } });
});

function affiliate(email: string, ref: string | null) {
  const plain = { name: null, rateBps: null, createdAt: null };
  return { type: "affiliate", email, ref, status: "active", ...plain } as const;
}

function code(email: string, ref: string) {
  return { type: "code", email, ref, createdAt: null } as const;
}

function referral(userId: string, email: string | null, ref: string | null = null) {
  return { type: "referral", userId, email, ref, customerEmail: null, createdAt: null } as const;
}

function balance(email: string, amountCents: number, currency = "usd") {
  return { type: "balance", email, currency, amountCents, note: null } as const;
}

function numbered(rows: readonly ImportRow[]): readonly ImportLine[] {
  return rows.map((row, at) => ({ line: at + 2, row }));
}

function thousand(): readonly ImportLine[] {
  const rows = Array.from({ length: AFFILIATES }, (_, n): readonly ImportRow[] => {
    const email = `creator-${n}@example.test`;
    const customers = Array.from({ length: 6 }, (_none, u): ImportRow => {
      const by = u % 2 === 0 ? referral(`user-${n}-${u}`, email) : referral(`user-${n}-${u}`, null, `Second-${n}`);
      return { ...by, customerEmail: `user-${n}-${u}@example.test`, createdAt: MARCH + u };
    });
    return [
      { ...affiliate(email, `first-${n}`), rateBps: n % 2 === 0 ? 1_000 : null },
      code(email, `second-${n}`),
      code(email, `third-${n}`),
      ...customers,
      balance(email, 1_000 + n, n % 2 === 0 ? "usd" : "eur"),
    ];
  });
  return numbered(rows.flat());
}

/** What the thousand rows come to, without ids. */
function expectedState() {
  return {
    affiliates: AFFILIATES + 1,
    codes: 3 * AFFILIATES + 1,
    rates: 1 + AFFILIATES / 2,
    referrals: 6 * AFFILIATES,
    vouched: 6 * AFFILIATES,
    openings: AFFILIATES,
    postings: AFFILIATES,
    lines: AFFILIATES + 2 * AFFILIATES + 6 * AFFILIATES + AFFILIATES,
    events: AFFILIATES + 1 + 6 * AFFILIATES,
    sums: SUMS,
  };
}

async function stateOf(db: Db) {
  const of = (table: string) => rowsOf(db, table);
  const [referrals, totals, audit] = [await of("referral"), await of("total"), await of("audit")];
  const sum = (currency: string) =>
    totals.filter((row) => row["currency"] === currency).reduce((cents, row) => cents + Number(row["adjust"]), 0);
  return {
    affiliates: (await of("affiliate")).length,
    codes: (await of("code")).length,
    rates: (await of("rate")).length,
    referrals: new Set(referrals.map((row) => `${row["user_id"]} ${row["affiliate"]} ${row["code"]}`)).size,
    vouched: referrals.filter((row) => row["trust"] === "vouched" && row["counted"] === 1).length,
    openings: (await openingsOf(db)).length,
    postings: (await of("ledger")).length,
    lines: audit.filter((row) => row["actor"] === "import").length,
    events: (await of("event")).length,
    sums: { usd: sum("usd"), eur: sum("eur") },
  };
}

async function openingsOf(db: Db) {
  return (await rowsOf(db, "correction")).filter((row) => row["kind"] === "opening");
}

async function countBatches(lines: readonly ImportLine[]): Promise<number> {
  let batches = 0;
  const counted = await createWorld();
  const target = await counted.newApp({ ref: "mara" });
  const batch: Db["batch"] = (statements) => {
    batches += 1;
    return counted.db.batch(statements);
  };
  await moveIn({ ...counted.deps, db: { ...counted.db, batch } }, target.id, lines);
  return batches;
}

function outcomesOf(verdicts: readonly { readonly outcome: string }[]) {
  const counts: Record<string, number> = {};
  for (const { outcome } of verdicts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

async function find(email: string): Promise<TestApp> {
  const list = await world.call("/api/v1/affiliates", undefined, { key: app.key });
  const one = list.body.affiliates.find((row: { email: string }) => row.email === email);
  return { ...app, affiliateId: one.id, ref: one.ref };
}

function path(one: TestApp): string {
  return `/api/v1/affiliates/${one.affiliateId}`;
}

async function track(call: "signup" | "conversion", body: object) {
  return world.call(`/api/track/${call}`, body, { key: app.key });
}
