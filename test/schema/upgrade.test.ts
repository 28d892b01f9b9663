import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startLibsqlServer } from "../../dev/libsql-server.ts";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { findDamage } from "../../worker/store/check-file.ts";
import type { Db } from "../../worker/store/db.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATION_NAMES } from "../../worker/store/migration-names.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { DAY_MS } from "../support/creators.ts";
import { closedAfterwards } from "../support/db-drivers.ts";
import { payOut, payoutsOf, step } from "../support/payouts.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { openSnapshot } from "../support/template-db.ts";
import { createWorld, type Json, START, type World } from "../support/world.ts";
import { type Contents, namesOf, openQuickDb, writeEmptyDatabases, writeOldDatabase } from "./old-database.ts";
import { balancesOf, call, type Chapter, type Story, tellStory } from "./upgrade-story.ts";

let story: Story;
let empties: readonly string[];
const folder = mkdtempSync(join(tmpdir(), "agentlinks-empty-"));
beforeAll(async () => {
  story = await tellStory();
  empties = await writeEmptyDatabases(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NUMBERS = MIGRATION_NAMES.map((name, at) => [name, at + 1] as const);

describe("a database of an older version", () => {
  test.each(NUMBERS)("at %s it keeps every row and sum on the way to today's, and works", async (_, number) => {
    const old = writeOld(number);
    const db = closedAfterwards(openQuickDb(old.file));
    await migrate(db, MIGRATIONS, START);
    expect(await findingsOf(db, old)).toEqual([]);
    await expectThatItWorks(await openWorld(db, old.chapter));
  });

  test.each([1, 15])("on a libSQL server, too: from migration %i", async (number) => {
    const old = writeOld(number);
    const db = await serve(old.file);
    await migrate(db, MIGRATIONS, START);
    expect(await findingsOf(db, old)).toEqual([]);
  });
});

describe("a migration that is wrong is noticed", () => {
  test.each([
    ["loses rows", "DELETE FROM code_day WHERE clicks = 0", "code_day: other rows than before"],
    ["changes a sum", "UPDATE bucket SET net = net + 1", "bucket: other rows than before"],
    ["changes a sum, and the books with it", "UPDATE total SET adjust = adjust + 1", "balances: not those of before"],
    ["pays without a payout", "UPDATE total SET paid = paid + 1", "total: other rows than before"],
    ["forgets one of the sums it computes", "UPDATE app_sum SET refunded = 0", /^app_sum: not what today's/],
    ["tells again what was told", "UPDATE conversion SET refunded_told = 0", /^refunded_told: not what today's/],
  ])("one that %s", async (_, sql, finding) => {
    const old = writeOld(12);
    const db = closedAfterwards(openQuickDb(old.file));
    await migrate(db, [...MIGRATIONS, { name: "9999_wrong", sql }], START);
    expect(await findingsOf(db, old)).toContainEqual(expect.stringMatching(finding));
  });
});

/** The old database of a migration, in a file: what it holds, and the chapter of the story that it is about. */
interface Old {
  readonly file: string;
  readonly held: Contents;
  readonly chapter: Chapter;
}

function writeOld(number: number): Old {
  const chapter = story.chapters.findLast(({ from }) => from <= number);
  const empty = empties[number - 1];
  if (chapter === undefined || empty === undefined) throw new Error(`nothing is told of migration ${number}`);
  const file = join(tempFolder(), "old.db");
  const held = writeOldDatabase(file, { empty, number, story: chapter.file, app: story.mara.id });
  return { file, held, chapter };
}

async function serve(file: string): Promise<Db> {
  const server = await startLibsqlServer({ file, durable: false, token: "t" });
  onTestFinished(() => server.close());
  return closedAfterwards(openHttpDb({ url: server.url, authToken: "t" }));
}

/** What is wrong with a database that was brought to today's, a line each. */
async function findingsOf(db: Db, { held, chapter }: Old): Promise<readonly string[]> {
  const today = openSnapshot(chapter.file);
  const findings: string[] = [...(await findDamage(db)), ...(await auditBooks(db))];
  for (const [table, { columns, rows }] of Object.entries(held)) {
    const now = await rowsOf(db, `SELECT ${namesOf(columns)} FROM "${table}" WHERE ${ADDED[table] ?? "true"}`);
    if (now.join("\n") !== rows.join("\n")) findings.push(`${table}: other rows than before`);
  }
  for (const [what, sql] of Object.entries(KEPT_SINCE)) {
    const [kept, computed] = [await rowsOf(today, sql), await rowsOf(db, sql)];
    if (kept.join("\n") !== computed.join("\n")) findings.push(`${what}: not what today's program would have kept`);
  }
  const world = await openWorld(db, chapter);
  const balances = await balancesOf(world, story.apps);
  if (JSON.stringify(balances) !== JSON.stringify(chapter.balances)) findings.push("balances: not those of before");
  return findings;
}

/** All rows but those that a migration adds. */
const ADDED: Readonly<Record<string, string>> = {
  // That who had earned something by then has been told.
  outbox: "NOT (outcome = 'obsolete' AND created_at = 0)",
};

/** What later versions keep beside the facts, and compute once of what was there before. */
const KEPT_SINCE: Readonly<Record<string, string>> = {
  app_origin: "SELECT * FROM app_origin",
  app_sum: "SELECT * FROM app_sum",
  credit_total: "SELECT * FROM credit_total",
  refunded_told: "SELECT app, id, refunded_told FROM conversion",
};

async function rowsOf(db: Db, sql: string): Promise<readonly string[]> {
  return (await db.query({ sql, args: [] })).map((row) => JSON.stringify(row)).toSorted();
}

async function openWorld(db: Db, { endsAt }: Chapter): Promise<World> {
  const world = await createWorld({ db });
  world.advance(endsAt - START);
  return world;
}

/** A payment, refunds and payouts on what was there, each to the cent. */
async function expectThatItWorks(world: World): Promise<void> {
  const { mara } = story;
  const before = await world.balance(mara);
  const sale = { ref: "mara", user_id: "new", amount_cents: 10_000, payment_ref: "order-new" };
  await call(world, mara, "POST", "/api/track/conversion", sale);
  await call(world, mara, "POST", "/api/track/refund", { payment_ref: "order-new", amount_cents: 4_000 });
  // An old one, by half: 30 % of 100 dollars, less 5 %, is what it earned.
  await call(world, mara, "POST", "/api/track/refund", { payment_ref: "order-mara-3", amount_cents: 5_000 });
  expect(sumOf(await world.balance(mara)) - sumOf(before)).toBe(1_710 - 1_425);

  world.advance(20 * DAY_MS);
  await world.runJobs();
  for (const { id, status, rail } of await payoutsOf(world, mara)) {
    if (status === "processing" && rail === "manual") await step(world, mara, `${id}/settle`, {});
  }
  const { available_cents, in_review_cents, paid_cents } = await world.balance(mara);
  await payOut(world, mara);
  expect(await world.balance(mara)).toMatchObject({
    available_cents: in_review_cents,
    paid_cents: paid_cents + available_cents - in_review_cents,
  });
  expect([await findDamage(world.db), await auditBooks(world.db)]).toEqual([[], []]);
}

function sumOf({ pending_cents, available_cents, held_cents }: Json): number {
  return pending_cents + available_cents + held_cents;
}
