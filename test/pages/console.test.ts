import { beforeEach, describe, expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { draftBulkChange, finishBulkChanges, runBulkChange } from "../../worker/services/affiliates/bulk-change.ts";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { claimLine } from "../../worker/store/bulk-store.ts";
import { addApplicant, addCreator, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CONSOLE = "/settings/affiliates";
const LIST = `${CONSOLE}/affiliates`;
const OWNER = "owner@example.test";
/** Longer than a code counts as just proved. */
const STALE_MS = 16 * 60_000;

let world: World;
let app: TestApp;
let other: TestApp;
let operator: Visitor;

beforeEach(async () => {
  world = await createWorld();
  [app, other] = [await world.newApp(), await world.newApp()];
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  operator = await signIn("operator@example.test");
});

describe("the overview", () => {
  test("R-console_overview tells the sums of all apps, each currency by itself, and what waits", async () => {
    await pay(app, { user: "a", amount: 10_000 });
    await pay(other, { user: "b", amount: 5_000 });
    await pay(app, { user: "c", amount: 7_000, currency: "eur" });
    await world.call("/api/track/refund", { user_id: "a", amount_cents: 4_000, event_id: "r1" }, { key: app.key });
    await addApplicant(world, app, "hopeful");
    const { text } = await operator.get(CONSOLE);
    // 100.00 + 50.00 − 40.00 captured less refunded; 30 % of it, of which 5 % is the platform's.
    expect(text).toMatch(/Gross sales.*110\.00.*USD.*150\.00.*40\.00/s);
    expect(text).toMatch(/aria-label="EUR".*70\.00/s);
    expect(text).toMatch(/Applications to decide.*status=applied">1</s);
    const fee = { app_id: app.id, currency: "usd", amount_cents: 100, reason: "invoice 1" };
    await world.call("/api/v1/platform/fees/collections", fee, { key: world.operatorKey });
    const [books] = (await world.call("/api/v1/platform/books", undefined, { key: world.operatorKey })).body.books
      .currencies;
    expect(await rowsOf(world.db, "app_sum")).toContainEqual(expect.objectContaining({ app: app.id, collected: 100 }));
    expect(books).toBeDefined();
    expect(await auditBooks(world.db)).toEqual([]);
  });
});

describe("affiliates of all apps", () => {
  test("AR16 R-console_affiliates are found by code, id, account and the beginning of an e-mail or a name", async () => {
    const mara = await addCreator(world, other, "mara", { email: "mara@example.test", name: "Mara Whittaker" });
    await world.call("/api/v1/affiliates", { email: "zoe@example.test", account_id: "acc_77" }, { key: other.key });
    for (const q of ["MARA", mara.affiliateId, "mara@ex", "mara whit"]) {
      const { text } = await operator.get(`${LIST}?q=${encodeURIComponent(q)}`);
      expect([q, text]).toEqual([q, expect.stringContaining("Mara Whittaker")]);
      expect(text).not.toContain("zoe@example.test");
    }
    expect((await operator.get(`${LIST}?q=acc_77`)).text).toContain("zoe@example.test");
    expect((await operator.get(`${LIST}?q=mara&status=suspended`)).text).toContain("Nobody matches");
    expect((await operator.get(`${LIST}?app=${app.id}`)).text).not.toContain("Mara Whittaker");
  });

  test("R-console_affiliates the whole list is paged, nobody twice and nobody left out", async () => {
    await seedAffiliates(120);
    const seen: string[] = [];
    for (let path: string | null = LIST; path !== null;) {
      const { text }: { text: string } = await operator.get(path);
      seen.push(...[...text.matchAll(/name="pick\.(app_[\w-]+\.[\w-]+)"/g)].map(([, name = ""]) => name));
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll("&amp;", "&") ?? null;
    }
    const all = (await rowsOf(world.db, "affiliate")).map(({ app: of, id }) => `${String(of)}.${String(id)}`);
    expect(seen.toSorted()).toEqual(all.toSorted());
  });
});

describe("a change of several at once", () => {
  test("AR16 R-console_bulk is looked at first, done line by line, told, audited in each app, and taken back", async () => {
    const [a, b] = [await addCreator(world, app, "anna"), await addCreator(world, other, "ben")];
    await setStatus(world, b, "suspended");
    const drafted = await draft([app, a, b], { action: "suspend", reason: "looks odd" });
    const before = await statuses();
    expect((await operator.get(drafted)).text).toMatch(/Suspends 2 creators.*Leaves 1 creator alone: suspended/s);
    expect(await statuses()).toEqual(before);

    expect((await operator.post(`${drafted}/run`)).location).toBe(drafted);
    const after = (await operator.get(drafted)).text;
    expect(after).toMatch(/Changed<.*>2<.*Left alone<.*>1</s);
    expect(await statusOf(a)).toBe("suspended");
    const { entries } = (await world.call("/api/v1/audit?action=affiliate.changed", undefined, { key: app.key })).body;
    expect(entries[0]).toMatchObject({ actor: expect.stringMatching(/^operator:usr_/), reason: "looks odd" });

    const undo = (await operator.post(`${drafted}/undo`, { reason: "a mistake" })).location ?? "";
    expect((await operator.get(undo)).text).toContain("Reactivates 2 creators");
    await operator.post(`${undo}/run`);
    expect([await statusOf(app), await statusOf(a), await statusOf(b)]).toEqual(["active", "active", "suspended"]);
  });

  test("R-console_bulk a revocation says what becomes void and what stays, asks for a fresh code, and is final", async () => {
    await pay(app, { user: "u", amount: 10_000, key: app.key });
    const drafted = await draft([app], { action: "revoke", reason: "fraud" });
    const { text } = await operator.get(drafted);
    expect(text).toMatch(/1 code stops working.*28\.50.*becomes void/s);
    await staleSessions();
    expect((await operator.post(`${drafted}/run`)).location).toMatch(/^\/signin\/confirm/);
    expect(await statusOf(app)).toBe("active");
    operator = await signIn("operator@example.test");
    await operator.get(drafted);
    await operator.post(`${drafted}/run`);
    expect(await statusOf(app)).toBe("revoked");
    const done = (await operator.get(drafted)).text;
    expect(done).toContain("cannot be taken back");
    expect((await operator.post(`${drafted}/undo`, { reason: "no" })).status).toBe(409);
    expect(await auditBooks(world.db)).toEqual([]);
  });

  test("R-console_bulk a rate is given, and an undo gives each the rate they had", async () => {
    const a = await addCreator(world, app, "anna");
    await world.call(
      `/api/v1/affiliates/${a.affiliateId}`,
      { commission_percent: 12 },
      { key: app.key, method: "PATCH" },
    );
    world.advance(1_000);
    const drafted = await draft([app, a], { action: "rate", reason: "summer", commission_percent: "40" });
    await operator.post(`${drafted}/run`);
    expect([await rateOf(app), await rateOf(a)]).toEqual([40, 40]);
    world.advance(1_000);
    const undo = (await operator.post(`${drafted}/undo`, { reason: "autumn" })).location ?? "";
    await operator.post(`${undo}/run`);
    expect([await rateOf(app), await rateOf(a)]).toEqual([30, 12]);
  });

  test("R-console_bulk a line is done once, though two runs meet it, and what a crash left the job goes on with", async () => {
    const made = await draftBulkChange(world.deps, "operator", {
      action: "suspend",
      reason: "r",
      rateBps: null,
      picked: { by: "filter", filter: { status: null, appId: null } },
    });
    const { id } = made.ok ? made.value : expect.fail("no draft");
    await world.db.batch([{ sql: "UPDATE bulk_change SET started_at = 1 WHERE id = ?", args: [id] }]);
    const claim = claimLine(id, { seq: 1, wasStatus: "active", wasBps: null });
    await world.db.batch([claim]);
    await expect(world.db.batch([claim])).rejects.toThrow(/NOT NULL/);
    await runJobs(world.deps);
    await finishBulkChanges(world.deps);
    await runBulkChange(world.deps, { actor: "operator", changeId: id });
    const lines = await rowsOf(world.db, "bulk_line");
    expect(lines.map(({ state }) => state)).toEqual(["done", "done"]);
    // Of the first the mark was all: its run ended before. No line is done a second time.
    expect((await rowsOf(world.db, "audit")).filter(({ action }) => action === "affiliate.changed")).toHaveLength(1);
  });

  test("R-console_bulk hundreds go on by steps until all are done, and nobody ticked is nobody changed", async () => {
    await seedAffiliates(120);
    const none = await operator.post(LIST, { whom: "picked", action: "suspend", reason: "r" });
    expect([none.status, none.text]).toEqual([400, expect.stringContaining("Tick at least one creator")]);
    const all = await operator.post(LIST, { whom: "matching", action: "suspend", reason: "r" });
    const path = all.location ?? "";
    await operator.get(path);
    await operator.post(`${path}/run`);
    const text = (await operator.get(path)).text;
    expect(text).toMatch(/50 of 122 done/);
    for (const _ of [1, 2]) await operator.post(`${path}/continue`);
    expect((await operator.get(path)).text).toMatch(/Changed<.*>122</s);
  });
});

describe("apps", () => {
  test("AR17 R-console_apps the fee and who pays are changed after a fresh code, and a flag of one app is that app's", async () => {
    const path = `${CONSOLE}/apps/${app.id}`;
    await operator.get(path);
    expect((await operator.post(`${path}/money`, { fee: "7.5", operator_funded: "1" })).status).toBe(303);
    const shown = (await world.call("/api/v1/app", undefined, { key: app.key })).body.app;
    expect([shown.platform_fee_bps, shown.operator_funded]).toEqual([750, true]);
    expect((await operator.post(`${path}/money`, { fee: "101" })).status).toBe(400);
    await operator.post(`${path}/flags`, { settingsAffiliates: "off", platformReferrals: "" });
    const owner = await signIn(OWNER);
    expect((await owner.get(`/apps/${app.id}/affiliates`)).status).toBe(404);
    expect((await operator.get(`/apps/${app.id}/affiliates`)).status).toBe(200);
    expect((await operator.get(`${CONSOLE}/apps?q=${app.id}`)).text).toContain("7.5 %");
    await staleSessions();
    expect((await operator.post(`${path}/money`, { fee: "1" })).location).toMatch(/^\/signin\/confirm/);
  });
});

describe("switched off", () => {
  test("AR1 AR3 R-console_flag nothing of the console is there for an operator, and /apps says how to switch it on", async () => {
    world = await createWorld({ config: { flags: { platformReferrals: true, settingsAffiliates: false } } });
    app = await world.newApp();
    operator = await signIn("operator@example.test");
    for (const path of ["", "/affiliates", "/bulk", "/apps", `/apps/${app.id}`]) {
      expect([path, (await operator.get(`${CONSOLE}${path}`)).status]).toEqual([path, 404]);
    }
    const before = await dumpDatabase(world.db);
    expect((await operator.post(LIST, { whom: "matching", action: "suspend", reason: "r" })).status).toBe(404);
    expect(await dumpDatabase(world.db)).toEqual(before);
    const apps = (await operator.get("/apps")).text;
    expect(apps).not.toContain(`href="${CONSOLE}"`);
    expect(apps).toContain("The console is switched off");
    expect((await operator.post("/apps/console")).location).toBe(CONSOLE);
    expect((await operator.get(CONSOLE)).status).toBe(200);
    expect((await operator.get("/apps")).text).toContain(`href="${CONSOLE}"`);
  });

  test("R-console_flag a stranger and an owner find nothing, and switch nothing on", async () => {
    const owner = await signIn(OWNER);
    await owner.get("/apps");
    expect((await owner.get(CONSOLE)).status).toBe(404);
    expect((await owner.post("/apps/console")).status).toBe(404);
    expect((await owner.post(LIST, { whom: "matching", action: "revoke", reason: "r" })).status).toBe(404);
  });
});

async function signIn(email: string): Promise<Visitor> {
  const visitor = openVisitor(world);
  await visitor.signIn(email);
  // A form is sent from a page: its token comes from there.
  await visitor.get("/account");
  return visitor;
}

/** As if every code had been proved too long ago. */
async function staleSessions(): Promise<void> {
  await world.db.batch([{ sql: "UPDATE sessions SET created_at = created_at - ?", args: [BigInt(STALE_MS)] }]);
}

async function pay(
  own: TestApp,
  { user, amount, currency, key }: { user: string; amount: number; currency?: string; key?: string },
): Promise<void> {
  const body = { ref: own.ref, user_id: user, amount_cents: amount, event_id: `p-${user}` };
  const answer = await world.call("/api/track/conversion", currency === undefined ? body : { ...body, currency }, {
    key: key ?? own.key,
  });
  expect(answer.status).toBe(200);
}

/** Ticks these on the list, and answers where the draft is. */
async function draft(picked: readonly TestApp[], fields: Readonly<Record<string, string>>): Promise<string> {
  const ticked = Object.fromEntries(picked.map((one) => [`pick.${one.id}.${one.affiliateId}`, "1"]));
  const answer = await operator.post(LIST, { whom: "picked", ...ticked, ...fields });
  expect([answer.status, answer.location]).toEqual([303, expect.stringMatching(/\/bulk\/bulk_/)]);
  return answer.location ?? "";
}

async function affiliateOf(of: TestApp) {
  const path = `/api/v1/affiliates/${of.affiliateId}`;
  return (await world.call(path, undefined, { key: of.key })).body.affiliate;
}

async function statusOf(of: TestApp): Promise<string> {
  return (await affiliateOf(of)).status;
}

async function rateOf(of: TestApp): Promise<number> {
  return (await affiliateOf(of)).commission_percent;
}

async function statuses(): Promise<readonly unknown[]> {
  return (await rowsOf(world.db, "affiliate")).map(({ status }) => status);
}

/** More affiliates of `app`, as rows: to make each by a call would take long. */
async function seedAffiliates(count: number): Promise<void> {
  await world.db.batch([
    {
      sql: `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
        INSERT INTO affiliate (app, id, email, code, created_at)
        SELECT ?, printf('aff_seed%04d', i), printf('seed%04d@example.test', i), printf('seed%04d', i), i / 7 FROM n`,
      args: [BigInt(count), app.id],
    },
    {
      sql: `INSERT INTO code (code, app, affiliate, ref, created_at)
        SELECT a.code, a.app, a.id, a.code, a.created_at FROM affiliate a WHERE a.id LIKE 'aff_seed%'`,
      args: [],
    },
  ]);
}
