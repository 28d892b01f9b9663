import { expect, test } from "vitest";
import { duePeriod } from "../../../worker/domain/payout-schedule.ts";
import { draftScheduled } from "../../../worker/services/payouts/draft-scheduled.ts";
import { DbError } from "../../../worker/store/db.ts";
import { statement } from "../../../worker/store/statement.ts";
import { DAY_MS } from "../../support/creators.ts";
import { giveMethod } from "../../support/payouts.ts";
import { createWorld, type Json, type TestApp, type World } from "../../support/world.ts";

/** What two batches hold, to the last. */
const MANY = 10_000;

test("R-payouts one app's draft that fails, whatever is wrong with it, keeps no other app's", async () => {
  const logged: Json[] = [];
  const world = await createWorld({ log: (entry) => void logged.push(entry) });
  const apps = [await world.newApp(), await world.newApp(), await world.newApp()];
  for (const app of apps) {
    await giveMethod(world, app);
    await world.call("/api/track/conversion", { ref: app.ref, user_id: "u1", amount_cents: 20_000 }, { key: app.key });
    await schedule(world, app);
  }
  await toTheDay(world);
  const [first = "", ...others] = apps.map(({ id }) => id).toSorted();
  const breakIt = `CREATE TRIGGER broken BEFORE INSERT ON payout_batch WHEN NEW.app = '${first}'
    BEGIN SELECT RAISE(ABORT, 'something is wrong with this one'); END`;
  await world.db.batch([{ sql: breakIt, args: [] }]);
  await draftScheduled(world.deps);
  expect(await draftedApps(world)).toEqual(others);
  expect(logged.filter(({ work }) => work === "payouts")).toMatchObject([{ level: "error", app: first }]);
  await world.db.batch([{ sql: "DROP TRIGGER broken", args: [] }]);
  await draftScheduled(world.deps);
  expect(await draftedApps(world)).toEqual([first, ...others]);
});

test("R-payouts while the database is away no app is tried after another", async () => {
  const world = await createWorld();
  for (const app of [await world.newApp(), await world.newApp()]) await schedule(world, app);
  await toTheDay(world);
  let tries = 0;
  const db = {
    ...world.db,
    batch: async () => {
      tries += 1;
      throw new DbError("unavailable", "it is away");
    },
  };
  await expect(draftScheduled({ ...world.deps, db })).rejects.toMatchObject({ kind: "unavailable" });
  expect(tries).toBe(1);
});

test("R-payouts a schedule drafts all who can be paid, 5,000 a batch, and each of them once", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  await addPayable(world, app, MANY);
  await schedule(world, app);
  await toTheDay(world);
  for (let run = 0; run < 5; run++) await draftScheduled(world.deps);
  const period = duePeriod({ schedule: "weekly", scheduleDay: 1 }, Math.floor(world.deps.now() / DAY_MS));
  const lines = `SELECT b.period, b.status, count(l.affiliate) AS lines FROM payout_batch b
    LEFT JOIN payout_line l ON l.app = b.app AND l.batch = b.id GROUP BY b.id ORDER BY b.period`;
  expect(await world.db.query({ sql: lines, args: [] })).toEqual([
    { period, status: "draft", lines: 5_000 },
    { period: `${period}.2`, status: "draft", lines: 5_000 },
  ]);
  const people = "SELECT count(*) AS n, count(DISTINCT affiliate) AS d FROM payout_line";
  expect(await world.db.query({ sql: people, args: [] })).toEqual([{ n: MANY, d: MANY }]);
});

test("R-payouts who can be paid only after the period's draft waits for the next period", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  await addPayable(world, app, 2);
  await schedule(world, app);
  await toTheDay(world);
  await draftScheduled(world.deps);
  await addPayable(world, app, 3);
  for (let run = 0; run < 2; run++) await draftScheduled(world.deps);
  expect(await linesOf(world)).toEqual([2]);
  world.advance(7 * DAY_MS);
  await draftScheduled(world.deps);
  // Who waits in the first is in the second, too: whichever runs first pays them, once.
  expect(await linesOf(world)).toEqual([2, 5]);
});

async function schedule(world: World, app: TestApp): Promise<void> {
  const weekly = { schedule: "weekly", schedule_day: 1 };
  await world.call("/api/v1/app/payouts", weekly, { key: app.key, method: "PUT" });
}

/** To a Monday on which everything has matured. */
async function toTheDay(world: World): Promise<void> {
  world.advance(20 * DAY_MS);
  while (new Date(world.deps.now()).getUTCDay() !== 1) world.advance(DAY_MS);
}

async function draftedApps(world: World): Promise<readonly string[]> {
  const rows = await world.db.query({ sql: "SELECT app FROM payout_batch ORDER BY app", args: [] });
  return rows.map((row) => String(row["app"]));
}

async function linesOf(world: World): Promise<readonly number[]> {
  const sql =
    "SELECT count(*) AS n FROM payout_line l JOIN payout_batch b ON b.app = l.app AND b.id = l.batch GROUP BY b.id";
  const rows = await world.db.query({ sql: `${sql} ORDER BY b.created_at`, args: [] });
  return rows.map((row) => Number(row["n"]));
}

/** So many affiliates with a method and a bonus of 100.00 each: what the verbs leave of them that a draft reads. */
async function addPayable(world: World, app: TestApp, count: number): Promise<void> {
  const [row] = await world.db.query({ sql: "SELECT count(*) AS n FROM affiliate", args: [] });
  const from = Number(row?.["n"]);
  const params = { app: app.id, from, until: from + count, now: world.deps.now() };
  await world.db.batch(INSERT.map((build) => build(params)));
}

const INSERT = [
  `INSERT INTO affiliate (app, id, email, code, created_at) SELECT :app, 'aff_' || n, n || '@example.test', 'ref' || n, :now + n`,
  `INSERT INTO payout_method (app, id, affiliate, kind, details, label, actor, created_at)
    SELECT :app, 'pm_' || n, 'aff_' || n, 'other', 'sealed', 'Other', 'a test', 0`,
  `INSERT INTO total (app, affiliate, currency, adjust) SELECT :app, 'aff_' || n, 'usd', 10000`,
].map((sql) =>
  statement(`${sql} FROM (
    WITH RECURSIVE k(n) AS (SELECT :from UNION ALL SELECT n + 1 FROM k WHERE n < :until - 1) SELECT n FROM k)`),
);
