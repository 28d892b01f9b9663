import {
  copyFileSync,
  existsSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { type Backup, backUp, type Refusal } from "../../../worker/services/operations/back-up.ts";
import { datedBackup, pruneBackups } from "../../../worker/services/operations/dated-backups.ts";
import { type Restored, restoreBackup } from "../../../worker/services/operations/restore-backup.ts";
import { copyAtRest, openCopy } from "../../../worker/store/embedded-copy.ts";
import { openEmbeddedDb } from "../../../worker/store/embedded-db.ts";
import { migrate } from "../../../worker/store/migrate.ts";
import { MIGRATION_NAMES } from "../../../worker/store/migration-names.ts";
import { MIGRATIONS } from "../../../worker/store/migrations.ts";
import { closedAfterwards } from "../../support/db-drivers.ts";
import { insert, OTHER, ROWS, SHOP } from "../../support/rows.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { copyMigratedDb } from "../../support/template-db.ts";

const NOW = Date.UTC(2026, 0, 31, 23, 59, 59);
const NEWEST = MIGRATION_NAMES.at(-1);
const PAGE_BYTES = 4_096;

test("R-backup a backup is one file that its owner alone reads, and nothing is left beside it", async () => {
  const { folder, file, backup } = place();
  write(file, "one");
  expect(await backUp({ from: file, to: backup, now: NOW })).toMatchObject({ schema: NEWEST, offBooks: [] });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder).filter((name) => name.startsWith("backup"))).toEqual(["backup.db"]);
});

test("R-backup a backup has what only the log of a running server holds, and not what it writes afterwards", async () => {
  const { file, backup } = place();
  const server = closedAfterwards(openEmbeddedDb({ file }));
  await server.batch([{ sql: writing("before"), args: [] }]);
  await backUp({ from: file, to: backup, now: NOW });
  await server.batch([{ sql: writing("after"), args: [] }]);
  expect(await written(backup)).toEqual(["before"]);
  expect(await written(file)).toEqual(["after", "before"]);
});

test("R-backup a backup replaces no file, and is made of a database that is there", async () => {
  const { file, backup } = place();
  writeFileSync(backup, "somebody's");
  expect(refusalOf(await backUp({ from: file, to: backup, now: NOW }))).toContain("is there already");
  expect(readFileSync(backup, "utf8")).toBe("somebody's");
  const nowhere = { from: `${file}.missing`, to: `${backup}.2`, now: NOW };
  expect(refusalOf(await backUp(nowhere))).toContain("There is no database");
  expect(existsSync(nowhere.from)).toBe(false);
});

test("R-backup a damaged database is not copied: an older backup is better than one that cannot be read", async () => {
  const { folder, file, backup } = place();
  write(file, "one");
  // A tool that does not know the keys.
  execute(
    file,
    "PRAGMA foreign_keys = OFF; INSERT INTO app_origin (origin, app) VALUES ('https://shop.example', 'gone')",
  );
  expect(refusalOf(await backUp({ from: file, to: backup, now: NOW }))).toContain("names one of app that is not there");
  expect(readdirSync(folder)).toEqual(["shop.db"]);
});

test("R-backup books that are off are told, and copied as they are", async () => {
  const { file, backup } = place();
  const native = new Database(file);
  insert(native, "app", { ...ROWS.app, id: "shop" });
  insert(native, "app_sum", { app: "shop", currency: "usd", paid: 5 });
  expect(await backUp({ from: file, to: backup, now: NOW })).toMatchObject({
    offBooks: [expect.stringContaining("an app's sums")],
  });
  expect(await restoreBackup({ newId, from: backup, to: `${file}.2`, force: false, now: NOW })).toMatchObject({
    offBooks: [expect.stringContaining("an app's sums")],
  });
});

test("R-backup of a folder the newest backups stay, and everything that is none", async () => {
  const { folder, file } = place();
  for (const day of [3, 1, 2]) await backUp({ from: file, to: datedBackup(folder, dayAt(day)), now: dayAt(day) });
  for (const name of ["agentlinks.db", "agentlinks-20250101T000000Z.db.txt", `agentlinks-${"9".repeat(8)}.db`])
    writeFileSync(join(folder, name), "");
  writeFileSync(join(folder, "agentlinks-20260101T120000Z.db.partial"), "");
  expect(pruneBackups(folder, 2)).toEqual(["agentlinks-20260101T000000Z.db", "agentlinks-20260101T120000Z.db.partial"]);
  expect(readdirSync(folder).toSorted()).toEqual([
    "agentlinks-20250101T000000Z.db.txt",
    "agentlinks-20260102T000000Z.db",
    "agentlinks-20260103T000000Z.db",
    "agentlinks-99999999.db",
    "agentlinks.db",
    "shop.db",
  ]);
  expect(pruneBackups(folder, 2)).toEqual([]);
});

test("R-restore what is restored is what was there, up to the moment of the backup, and says when that was", async () => {
  const { file, backup } = place();
  write(file, "before");
  await backUp({ from: file, to: backup, now: NOW });
  write(file, "after");
  const to = join(tempFolder(), "new", "shop.db");
  expect(await restoreBackup({ newId, from: backup, to, force: false, now: NOW + 1 })).toMatchObject({
    backedUpAt: NOW,
    applied: [],
    offBooks: [],
    movedTo: null,
  });
  expect(await written(to)).toEqual(["before"]);
});

test("R-restore a database that is there is moved aside when somebody says so, with what its log holds, and never replaced", async () => {
  const { folder, file, backup } = place();
  write(file, "before");
  await backUp({ from: file, to: backup, now: NOW });
  copyMigratedDb(`${file}.killed`);
  const killed = closedAfterwards(openEmbeddedDb({ file: `${file}.killed` }));
  await killed.batch([{ sql: writing("after"), args: [] }]);
  for (const suffix of ["", "-wal"]) copyFileSync(`${file}.killed${suffix}`, file + suffix);
  expect(refusalOf(await restoreBackup({ newId, from: backup, to: file, force: false, now: NOW }))).toContain(
    "--force",
  );
  expect(await written(file)).toEqual(["after"]);
  const restored = await restoreBackup({ newId, from: backup, to: file, force: true, now: NOW });
  expect(restored).toMatchObject({ movedTo: `${file}.before-20260131T235959Z` });
  expect(await written(file)).toEqual(["before"]);
  expect(await written(`${file}.before-20260131T235959Z`)).toEqual(["after"]);
  expect(readdirSync(folder).filter((name) => name.includes("restoring"))).toEqual([]);
});

test("R-restore a log that another database left is not read as the restored one's", async () => {
  const { file, backup } = place();
  write(file, "before");
  await backUp({ from: file, to: backup, now: NOW });
  const to = join(tempFolder(), "shop.db");
  writeFileSync(`${to}-wal`, "what was left");
  expect(refusalOf(await restoreBackup({ newId, from: backup, to, force: false, now: NOW }))).toContain(
    "is there already",
  );
  await restoreBackup({ newId, from: backup, to, force: true, now: NOW });
  expect(existsSync(`${to}-wal`)).toBe(false);
  expect(readFileSync(`${to}.before-20260131T235959Z-wal`, "utf8")).toBe("what was left");
  expect(await written(to)).toEqual(["before"]);
});

test("R-restore nothing is restored over a database that a process has open, also one that only waits", async () => {
  const { file, backup } = place();
  await backUp({ from: file, to: backup, now: NOW });
  const server = closedAfterwards(openEmbeddedDb({ file }));
  await server.query({ sql: "SELECT count(*) FROM app", args: [] });
  expect(refusalOf(await restoreBackup({ newId, from: backup, to: file, force: true, now: NOW }))).toContain(
    "Stop the server first",
  );
  await server.batch([{ sql: writing("still"), args: [] }]);
  expect(await written(file)).toEqual(["still"]);
});

test("R-restore a batch of payouts that was under way waits for somebody, and what was not sent is taken for sent", async () => {
  const { file, backup } = place();
  const native = new Database(file);
  for (const app of ["shop", "other"]) {
    const { affiliate, method, batch } = app === "shop" ? SHOP : OTHER;
    insert(native, "app", { ...ROWS.app, id: app });
    insert(native, "affiliate", { ...ROWS.affiliate, app, id: affiliate, email: `${affiliate}@example.test` });
    insert(native, "payout_method", { ...ROWS.payout_method, app, id: method, affiliate });
    const approved = { status: "running", rail: "stripe", approved_by: "operator", approved_at: 1 };
    insert(native, "payout_batch", { ...ROWS.payout_batch, ...approved, app, id: batch });
    insert(native, "payout_line", {
      ...ROWS.payout_line,
      app,
      batch,
      affiliate,
      currency: "usd",
      done: app === "shop" ? 0 : 1,
    });
  }
  insert(native, "payout", {
    ...ROWS.payout,
    app: "other",
    id: "po_1",
    batch: OTHER.batch,
    affiliate: OTHER.affiliate,
    method: OTHER.method,
    rail: "stripe",
    next_at: 1,
  });
  await backUp({ from: file, to: backup, now: NOW });
  const to = `${file}.2`;
  expect(await restoreBackup({ newId, from: backup, to, force: false, now: NOW + 1 })).toMatchObject({ stopped: 1 });
  const restored = closedAfterwards(openEmbeddedDb({ file: to }));
  const read = (sql: string) => restored.query({ sql, args: [] });
  expect(await read("SELECT app, status FROM payout_batch ORDER BY app")).toEqual([
    { app: "other", status: "running" },
    { app: "shop", status: "approved" },
  ]);
  expect(await read("SELECT app, action, object FROM audit")).toEqual([
    { app: "shop", action: "payouts.stopped", object: SHOP.batch },
  ]);
  expect(await read("SELECT id, sent_at FROM payout")).toEqual([{ id: "po_1", sent_at: NOW }]);
});

test("R-restore a damaged backup is refused, and what is there stays", async () => {
  const { folder, file, backup } = place();
  write(file, "one");
  await backUp({ from: file, to: backup, now: NOW });
  overwrite(backup, firstPageOf("setting", backup));
  const order = { newId, from: backup, to: file, force: true, now: NOW };
  expect(refusalOf(await restoreBackup(order))).toContain("backup.db is damaged");
  writeFileSync(backup, "x".repeat(PAGE_BYTES));
  expect(refusalOf(await restoreBackup(order))).toContain("file is not a database");
  expect(await written(file)).toEqual(["one"]);
  expect(readdirSync(folder).toSorted()).toEqual(["backup.db", "shop.db"]);
});

test("R-restore what is no database of ours is not restored", async () => {
  const { file, backup } = place();
  const other = openEmbeddedDb({ file: backup });
  await other.batch([{ sql: "CREATE TABLE note (text TEXT)", args: [] }]);
  await other.close();
  const order = { newId, from: backup, to: `${file}.2`, force: false, now: NOW };
  expect(refusalOf(await restoreBackup(order))).toContain("is no database of AgentLinks");
  expect(refusalOf(await restoreBackup({ ...order, from: file, to: file }))).toContain("is the database itself");
});

test("R-newer a newer program's database is neither copied nor restored", async () => {
  const { folder, file, backup } = place();
  await backUp({ from: file, to: backup, now: NOW });
  const newer = "INSERT INTO migration (name, applied_at) VALUES ('9999_later', 1)";
  for (const one of [file, backup]) execute(one, newer);
  expect(refusalOf(await backUp({ from: file, to: `${backup}.2`, now: NOW }))).toContain("does not know 9999_later");
  const order = { newId, from: backup, to: `${file}.2`, force: false, now: NOW };
  expect(refusalOf(await restoreBackup(order))).toContain("does not know 9999_later");
  expect(readdirSync(folder).filter((name) => /\.2/.test(name))).toEqual([]);
});

test("R-restore an older program's backup is brought up to date on the way; one of it is made without looking at its books", async () => {
  const folder = tempFolder();
  const file = join(folder, "old.db");
  const old = openEmbeddedDb({ file });
  await migrate(old, MIGRATIONS.slice(0, -3), 1);
  await old.close();
  const backup = join(folder, "backup.db");
  expect(await backUp({ from: file, to: backup, now: NOW })).toMatchObject({
    schema: MIGRATION_NAMES.at(-4),
    offBooks: null,
  });
  const to = join(folder, "new.db");
  expect(await restoreBackup({ newId, from: backup, to, force: false, now: NOW })).toMatchObject({
    applied: MIGRATION_NAMES.slice(-3),
    offBooks: [],
  });
});

test("R-restore a copy by other means is restored with the log beside it, from a folder that stays as it is", async () => {
  const { file } = place();
  const server = closedAfterwards(openEmbeddedDb({ file }));
  await server.batch([{ sql: writing("logged"), args: [] }]);
  const before = readdirSync(join(file, "..")).toSorted();
  const to = join(tempFolder(), "shop.db");
  expect(await restoreBackup({ newId, from: file, to, force: false, now: NOW })).toMatchObject({ backedUpAt: null });
  expect(await written(to)).toEqual(["logged"]);
  expect(readdirSync(join(file, "..")).toSorted()).toEqual(before);
});

/** A migrated database of nobody else, and where its backup goes. */
function place() {
  const folder = tempFolder();
  const file = join(folder, "shop.db");
  copyMigratedDb(file);
  return { folder, file, backup: join(folder, "backup.db") };
}

const newId = (prefix: string) => `${prefix}_${(ids += 1)}`;
let ids = 0;

function refusalOf(outcome: Backup | Restored | Refusal): string | null {
  return "refused" in outcome ? outcome.refused : null;
}

function dayAt(day: number): number {
  return Date.UTC(2026, 0, day);
}

function writing(value: string): string {
  return `INSERT INTO setting (key, value) VALUES ('test ${value}', '${value}')`;
}

function write(file: string, value: string): void {
  execute(file, writing(value));
}

/** Without a prepared statement, which would keep the file open for as long as this process lives. */
function execute(file: string, sql: string): void {
  const native = new Database(file);
  native.exec(sql);
  native.close();
}

/** The settings of tests, by value, read in a copy: the file is nobody's afterwards. */
async function written(file: string): Promise<readonly unknown[]> {
  const copy = join(tempFolder(), "copy.db");
  copyAtRest({ from: file, to: copy });
  const sql = "SELECT value FROM setting WHERE key LIKE 'test %' ORDER BY value";
  return (await closedAfterwards(openCopy(copy)).query({ sql, args: [] })).map((row) => row["value"]);
}

function firstPageOf(table: string, file: string): number {
  const row = new Database(file).prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(table);
  if (typeof row !== "object" || row === null || !("rootpage" in row)) throw new Error(`no table ${table}`);
  return (Number(row.rootpage) - 1) * PAGE_BYTES;
}

/** A page of zeros, as a disk that fails gives. */
function overwrite(file: string, position: number): void {
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(PAGE_BYTES), 0, PAGE_BYTES, position);
  closeSync(handle);
}
