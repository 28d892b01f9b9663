import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { Db } from "../../worker/store/db.ts";
import { connectionOf } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { all, insert, type RawDatabase, type Row, ROWS, tableNames } from "../support/rows.ts";
import { START } from "../support/world.ts";

/** What a table held, by its name: its columns, and each row as JSON of them, sorted. */
export type Contents = Readonly<
  Record<string, { readonly columns: readonly string[]; readonly rows: readonly string[] }>
>;

/** Tables that nothing wrote to before a migration: the program of that time had no use for them yet. */
const UNUSED_BEFORE: Readonly<Record<string, number>> = {
  charge: 2,
  dispute: 2,
  payout: 3,
  payout_item: 3,
  outbox: 4,
  redemption: 10,
  event: 10,
};
/** Events of cash came later than the table: with the migration that adds their triggers. */
const CASH_EVENTS_FROM = 16;
const CREDIT_EVENTS = "WHERE kind IN ('credit.awarded', 'credit.revoked', 'referral.completed')";

/** Writes an empty database of each migration into a folder. Answers their files, that of the first migration first. */
export async function writeEmptyDatabases(folder: string): Promise<readonly string[]> {
  const native = new Database(":memory:");
  const db = embeddedDbOn(connectionOf(native));
  const files: string[] = [];
  for (const { name } of MIGRATIONS) {
    const file = join(folder, `${name}.db`);
    await migrate(db, MIGRATIONS.slice(0, files.length + 1), START);
    native.prepare("VACUUM INTO ?").run(file);
    files.push(file);
  }
  await db.close();
  return files;
}

/**
 * Fills a copy of an empty database with the rows that today's program wrote to `story`, in the tables and columns that it
 * has, and with one of each table that the story has none in. Triggers look on: what they do is in the rows.
 */
export function writeOldDatabase(
  file: string,
  {
    empty,
    number,
    story,
    app,
  }: { readonly empty: string; readonly number: number; readonly story: string; readonly app: string },
): Contents {
  copyFileSync(empty, file);
  const native = openQuick(file);
  native.exec("PRAGMA foreign_keys = OFF");
  native.exec(`ATTACH '${story}' AS story`);
  native.exec("BEGIN");
  const triggers = all(native, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
  for (const { name } of triggers) native.exec(`DROP TRIGGER "${name}"`);
  const used = tablesOf(native).filter((table) => number >= (UNUSED_BEFORE[table] ?? 0));
  for (const table of used) copyRows(native, table, number);
  for (const table of used) fillEmpty(native, table, app);
  for (const { sql } of triggers) native.exec(String(sql));
  native.exec("COMMIT");
  const contents = contentsOf(native);
  native.close();
  return contents;
}

/** A database in a file, for one test: a crash of the machine may take it. */
export function openQuickDb(file: string): Db {
  const native = openQuick(file);
  native.exec("PRAGMA foreign_keys = ON");
  return embeddedDbOn(connectionOf(native));
}

function openQuick(file: string): RawDatabase {
  const native = new Database(file);
  native.exec("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
  return native;
}

function contentsOf(native: RawDatabase): Contents {
  const entries = tablesOf(native).map((table) => {
    const columns = columnsOf(native, table);
    const rows = all(native, `SELECT ${namesOf(columns)} FROM main."${table}"`);
    return [table, { columns, rows: rows.map((row) => JSON.stringify(row)).toSorted() }] as const;
  });
  return Object.fromEntries(entries);
}

export function namesOf(columns: readonly string[]): string {
  return columns.map((name) => `"${name}"`).join(", ");
}

/** What is the product's: the table of migrations is that of `migrate`. */
function tablesOf(native: RawDatabase): readonly string[] {
  return tableNames(native).filter((name) => name !== "migration");
}

/** The columns that are written, not computed. */
function columnsOf(native: RawDatabase, table: string): readonly string[] {
  const columns = all(native, `SELECT name FROM pragma_table_xinfo('${table}') WHERE hidden = 0 ORDER BY cid`);
  return columns.map(({ name }) => String(name));
}

function copyRows(native: RawDatabase, table: string, number: number): void {
  const names = namesOf(columnsOf(native, table));
  const which = table === "event" && number < CASH_EVENTS_FROM ? CREDIT_EVENTS : "";
  native.exec(`INSERT INTO main."${table}" (${names}) SELECT ${names} FROM story."${table}" ${which}`);
}

/** Puts the sample row into a table that has none: in the story's app, naming what is there. */
function fillEmpty(native: RawDatabase, table: string, app: string): void {
  if (all(native, `SELECT 1 FROM main."${table}" LIMIT 1`).length > 0) return;
  const sample = (ROWS as Readonly<Record<string, Row>>)[table];
  if (sample === undefined) throw new Error(`no sample row of ${table}`);
  const columns = columnsOf(native, table);
  const first = NAMED[table] === undefined ? {} : all(native, NAMED[table])[0];
  const affiliate = all(native, "SELECT id FROM main.affiliate WHERE app = ? ORDER BY created_at, id", app)[0]?.["id"];
  const theirs: Row = { app, of_app: app, affiliate: affiliate ?? null, ...first };
  const row = Object.entries(sample).filter(([name]) => columns.includes(name));
  insert(native, table, Object.fromEntries(row.map(([name, value]) => [name, theirs[name] ?? value])));
}

/** What a sample row names beyond its app and its affiliate. */
const NAMED: Readonly<Record<string, string>> = {
  accounts: "SELECT id AS user_id FROM main.users",
  sessions: "SELECT id AS user_id FROM main.users",
  webhook_attempt: "SELECT app, id AS endpoint FROM main.webhook_endpoint",
  webhook_delivery: "SELECT app, id AS endpoint FROM main.webhook_endpoint",
};
