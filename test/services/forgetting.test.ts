import { beforeEach, describe, expect, test } from "vitest";
import { createDeps, type Deps } from "../../worker/deps.ts";
import { DAY_MS, dayOf } from "../../worker/domain/maturation.ts";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import {
  CLICK_DAYS,
  CLICKS_PER_DELETE,
  CODES_PER_RUN,
  DELETES_PER_RUN,
  forgetClicks,
} from "../../worker/services/track/forget-clicks.ts";
import type { Db, Statement } from "../../worker/store/db.ts";
import { addCreator, HOUR_MS, moveTo, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { openMigratedDb } from "../support/template-db.ts";
import { createWorld, START, type TestApp, type World } from "../support/world.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const TODAY = dayOf(START);
/** The first day whose clicks are still kept. */
const KEPT = TODAY - CLICK_DAYS;

let world: World;
let app: TestApp;
/** What reached the database, and what it is told to refuse. */
let line: { queries: number; batches: number; refuses: RegExp | null };

beforeEach(async () => {
  line = { queries: 0, batches: 0, refuses: null };
  world = await createWorld({ db: watched(openMigratedDb()) });
  app = await world.newApp();
});

describe("clicks", () => {
  test("of 90 days stay and older ones go, to the hour in which their day begins", async () => {
    await plant(app, { hour: KEPT * 24 });
    await plant(app, { hour: KEPT * 24 - 1 });
    await plant(app, { hour: 0 });
    await click();
    await run();
    expect(await hours()).toEqual([KEPT * 24, Math.floor(START / HOUR_MS)]);
  });

  test("that are forgotten stay counted, and nothing else is touched", async () => {
    await click();
    const body = { user_id: "u1", ref: app.ref, amount_cents: 1_000, event_id: "order-1" };
    await world.call("/api/track/conversion", body, { key: app.key });
    const others = async () => [await rowsOf(world.db, "code_day"), await rowsOf(world.db, "ledger")];
    const before = await others();
    world.advance((CLICK_DAYS + 1) * DAY_MS);
    await run();
    expect(await rowsOf(world.db, "click")).toEqual([]);
    expect(await others()).toEqual(before);
    const day = new Date(START).toISOString().slice(0, 10);
    expect(await statsOf(world, app, `?from=${day}&to=${day}`)).toMatchObject([{ clicks: 1, conversions: 1 }]);
  });

  test("go in every app, and under codes that are dead", async () => {
    const apps = [app, await world.newApp(), await world.newApp()];
    for (const one of apps) await plant(one, { hour: 1 });
    await world.db.batch([{ sql: "UPDATE code SET state = 'retired'", args: [] }]);
    await run();
    expect(await hours()).toEqual([]);
  });

  test("go by the day: once a walk is done, a run until midnight costs one read", async () => {
    await run();
    await plant(app, { hour: 1 });
    moveTo(world, "2026-01-15T23:59:59.999Z");
    expect(await costOf(run)).toEqual({ queries: 1, batches: 0 });
    expect(await hours()).toEqual([1]);
    world.advance(1);
    await run();
    expect(await hours()).toEqual([]);
  });

  test("of one code go in pages, and the next run goes on where the last one ended", async () => {
    const late = await addCreator(world, app, "zz-late");
    await plant(app, { hour: 1, visitors: 2 * CLICKS_PER_DELETE + 1 });
    await plant(late, { hour: 1 });
    await run();
    expect(await hours()).toHaveLength(CLICKS_PER_DELETE + 2);
    await run();
    expect(await hours()).toHaveLength(2);
    await run();
    expect(await hours()).toEqual([]);
  });

  test("of many codes go over several runs, each of which is bounded", async () => {
    await plantCodes(DELETES_PER_RUN + 1);
    expect((await costOf(run)).batches).toBe(DELETES_PER_RUN + 1);
    expect(await hours()).toHaveLength(1);
    await run();
    expect(await hours()).toEqual([]);
    expect(await costOf(run)).toEqual({ queries: 1, batches: 0 });
  });

  test("of a code far behind many without any are found, also when their number is that of a page", async () => {
    const others = (await rowsOf(world.db, "code")).length;
    await plantCodes(2 * CODES_PER_RUN - others, { lastOnly: true });
    await run();
    expect(await hours()).toHaveLength(1);
    await run();
    expect(await hours()).toEqual([]);
    await run();
    expect(await costOf(run)).toEqual({ queries: 1, batches: 0 });
  });

  test("are walked through to the end although midnight comes in between", async () => {
    await plantCodes(2 * CODES_PER_RUN, { lastOnly: true });
    moveTo(world, "2026-01-15T23:59:00Z");
    for (let time = 0; time < 3; time++) {
      await run();
      world.advance(60_000);
    }
    expect(await hours()).toEqual([]);
  });

  test("go on being forgotten after a failure, from the place that was reached before", async () => {
    await plantCodes(DELETES_PER_RUN + 5);
    await run();
    line.refuses = /DELETE FROM click/;
    await expect(run()).rejects.toThrow("refused");
    line.refuses = null;
    await run();
    expect(await hours()).toEqual([]);
  });

  test("may be forgotten by two runs at once", async () => {
    await plant(app, { hour: 1, visitors: CLICKS_PER_DELETE + 1 });
    await plant(app, { hour: KEPT * 24 });
    await plantCodes(DELETES_PER_RUN + 1);
    for (let time = 0; time < 3; time++) await Promise.all([run(), run()]);
    expect(await hours()).toEqual([KEPT * 24]);
    expect(await costOf(run)).toEqual({ queries: 1, batches: 0 });
  });
});

describe("salts", () => {
  test("go when two midnights have passed, also when nobody clicks any more", async () => {
    await click();
    moveTo(world, "2026-01-16T23:59:59.999Z");
    await runJobs(world.deps);
    expect(await days()).toEqual([TODAY]);
    world.advance(1);
    await runJobs(world.deps);
    expect(await days()).toEqual([]);
  });

  test("go from memory too: the visitors of that day have no names any more", async () => {
    const nameOf = async () => (await world.deps.salts.visitorsOf(TODAY))("somebody");
    const name = await nameOf();
    await world.deps.salts.forget(TODAY + 1);
    expect(await nameOf()).toBe(name);
    await world.deps.salts.forget(TODAY + 2);
    expect(await nameOf()).not.toBe(name);
  });

  test("of today stay: a visitor is still the same one after the jobs", async () => {
    await click();
    await runJobs(world.deps);
    await click();
    expect(await counted()).toBe(1);
  });

  test("of yesterday stay for whoever's clock is behind: it still knows its visitors after midnight", async () => {
    moveTo(world, "2026-01-15T23:59:59.999Z");
    await click();
    const slow = lagging(world.deps, 1_000);
    world.advance(1);
    await click();
    await runJobs(world.deps);
    const nameOf = await slow.salts.visitorsOf(dayOf(slow.now()));
    const [before, after] = await rowsOf(world.db, "click");
    expect(await nameOf(`browser\n192.0.2.1\n${CHROME}`)).toBe(before?.["visitor"]);
    expect(after?.["visitor"]).not.toBe(before?.["visitor"]);
    expect(await counted()).toBe(2);
  });
});

describe("the jobs", () => {
  test.each([
    ["finishRevocations", /FROM affiliate WHERE status = 'revoked'/],
    ["forgetSalts", /visitor_salt/],
    ["forgetClicks", /FROM setting.*forget_clicks_walk/],
  ])("%s fails alone, and the log names it", async (job, refuses) => {
    await world.deps.salts.visitorsOf(TODAY - 2);
    await plant(app, { hour: 1 });
    await revokeWithCommission();
    const entries: unknown[] = [];
    line.refuses = refuses;
    await runJobs({ ...world.deps, log: (entry) => void entries.push(entry) });
    line.refuses = null;
    expect(entries).toEqual([{ level: "error", job, error: expect.stringContaining("refused") }]);
    const undone = { finishRevocations: !(await isVoided()), forgetSalts: (await days()).length > 0 };
    expect({ ...undone, forgetClicks: (await hours()).length > 0 }).toEqual({
      finishRevocations: job === "finishRevocations",
      forgetSalts: job === "forgetSalts",
      forgetClicks: job === "forgetClicks",
    });
  });

  test("say nothing when all goes well", async () => {
    const entries: unknown[] = [];
    await runJobs({ ...world.deps, log: (entry) => void entries.push(entry) });
    expect(entries).toEqual([]);
  });
});

/** One run of the job that forgets clicks. */
function run(): Promise<void> {
  return forgetClicks(world.deps);
}

function click() {
  const headers = { Origin: "https://shop.example.test", "User-Agent": CHROME };
  return world.call("/api/track/click", { ref: app.ref }, { headers });
}

/** Clicks on a creator's code in an hour, as they were stored then. */
async function plant(creator: TestApp, { hour, visitors = 1 }: { hour: number; visitors?: number }): Promise<void> {
  const sql = `
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?4)
    INSERT INTO click (app, code, hour, visitor, counted) SELECT ?1, ?2, ?3, 'v' || i, 1 FROM n`;
  await world.db.batch([{ sql, args: [creator.id, creator.ref, BigInt(hour), BigInt(visitors)] }]);
}

/** Codes of the app's creator, each with one old click, or only the last one. */
async function plantCodes(count: number, { lastOnly = false } = {}): Promise<void> {
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
  const name = "'many-' || substr('0000' || i, -5)";
  await world.db.batch([
    {
      sql: `${numbers} INSERT INTO code (code, app, affiliate, ref, created_at) SELECT ${name}, ?2, ?3, ${name}, 0 FROM n`,
      args: [BigInt(count), app.id, app.affiliateId],
    },
    {
      sql: `${numbers} INSERT INTO click (app, code, hour, visitor) SELECT ?2, ${name}, 1, 'v' FROM n WHERE ?3 = 0 OR i = ?1`,
      args: [BigInt(count), app.id, lastOnly ? 1n : 0n],
    },
  ]);
}

/** A revocation as it is when it was cut short before anything was voided. */
async function revokeWithCommission(): Promise<void> {
  const body = { user_id: "u1", ref: app.ref, amount_cents: 1_000 };
  expect((await world.call("/api/track/conversion", body, { key: app.key })).status).toBe(200);
  const sql = "UPDATE affiliate SET status = 'revoked', revoked_at = ?1, status_at = ?1 WHERE id = ?2";
  await world.db.batch([{ sql, args: [BigInt(world.deps.now()), app.affiliateId] }]);
}

async function isVoided(): Promise<boolean> {
  return (await rowsOf(world.db, "affiliate")).every((row) => row["voided"] === 1);
}

async function hours(): Promise<readonly unknown[]> {
  return (await rowsOf(world.db, "click")).map((row) => row["hour"]);
}

async function days(): Promise<readonly unknown[]> {
  return (await rowsOf(world.db, "visitor_salt")).map((row) => row["day"]);
}

async function counted(): Promise<number> {
  return (await statsOf(world, app)).reduce((sum, day) => sum + day.clicks, 0);
}

/** Another process on the same database, whose clock is behind. */
function lagging({ db, config, log, limits, newId, randomBytes, now, realNow }: Deps, millis: number): Deps {
  return createDeps({ db, config, log, limits, runtime: { newId, randomBytes, realNow, now: () => now() - millis } });
}

async function costOf(work: () => Promise<void>): Promise<{ queries: number; batches: number }> {
  const { queries, batches } = line;
  await work();
  return { queries: line.queries - queries, batches: line.batches - batches };
}

/** A database that counts its calls and refuses what it is told to. */
function watched(db: Db): Db {
  return {
    ...db,
    batch: async (statements) => {
      line.batches += 1;
      statements.forEach(refuse);
      return db.batch(statements);
    },
    query: async (statement) => {
      line.queries += 1;
      refuse(statement);
      return db.query(statement);
    },
  };
}

function refuse({ sql, args }: Statement): void {
  if (line.refuses?.test(`${sql} ${args.join(" ")}`)) throw new Error("refused");
}
