import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Db, Row, SqlValue, Statement } from "../../worker/store/db.ts";
import { openConnection } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn, openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { closedAfterwards } from "../support/db-drivers.ts";
import { runScript } from "../support/run-script.ts";
import { tempFolder } from "../support/temp-folder.ts";

describe("opening", () => {
  test("creates the folder and sets what durability and integrity need", async () => {
    const db = closedAfterwards(openEmbeddedDb({ file: join(tempFolder(), "deep", "er", "test.db") }));
    expect(await pragma(db, "journal_mode")).toEqual({ journal_mode: "wal" });
    expect(await pragma(db, "synchronous")).toEqual({ synchronous: 2 }); // FULL
    expect(await pragma(db, "foreign_keys")).toEqual({ foreign_keys: 1 });
    expect(await pragma(db, "busy_timeout")).toEqual({ timeout: 5_000 });
  });

  test("what is deleted is not left in the file", async () => {
    const file = join(tempFolder(), "test.db");
    const db = openEmbeddedDb({ file });
    await db.batch([sql("CREATE TABLE salt (day INTEGER PRIMARY KEY, salt TEXT) STRICT")]);
    await db.batch([sql("INSERT INTO salt VALUES (1, 'salt-of-yesterday'), (2, 'salt-of-today')")]);
    await db.batch([sql("DELETE FROM salt WHERE day = 1")]);
    await db.close();
    const bytes = readFileSync(file, "latin1");
    expect(bytes).toContain("salt-of-today");
    expect(bytes).not.toContain("salt-of-yesterday");
  });

  test("each memory database is its own", async () => {
    const one = await openWithTable({ memory: true });
    const other = closedAfterwards(openEmbeddedDb({ memory: true }));
    await one.batch([insert(1n)]);
    expect(await other.query(sql("SELECT name FROM sqlite_schema"))).toEqual([]);
  });

  test.each([
    ["a file that is no database", (folder: string) => join(folder, "notes.txt")],
    ["a folder", (folder: string) => folder],
    ["a path through a file", (folder: string) => join(folder, "notes.txt", "test.db")],
  ])("%s is unavailable", (_, path) => {
    const folder = tempFolder();
    writeFileSync(join(folder, "notes.txt"), "not a database ".repeat(100));
    expect(() => openEmbeddedDb({ file: path(folder) })).toThrow(
      expect.objectContaining({ name: "DbError", kind: "unavailable" }),
    );
  });
});

describe("group commit", () => {
  test("a failing batch is undone alone, its neighbours in the same group are written", async () => {
    const db = await openWithTable({ memory: true });
    const outcomes = await Promise.allSettled([
      db.batch([insert(1n), sql("SELECT count(*) AS count FROM item")]),
      db.batch([insert(2n), insert(3n), insert(1n)]),
      db.batch([sql("SELEC 1")]),
      db.batch([insert(4n), sql("SELECT count(*) AS count FROM item")]),
    ]);
    expect(outcomes).toMatchObject([
      { value: [[], [{ count: 1 }]] },
      { reason: { kind: "constraint", statementIndex: 2 } },
      { reason: { kind: "invalid", statementIndex: 0 } },
      { value: [[], [{ count: 2 }]] },
    ]);
    expect(await ids(db)).toEqual([1, 4]);
  });

  test("a batch is answered only after the commit: another connection sees it by then", async () => {
    const file = join(tempFolder(), "test.db");
    const db = await openWithTable({ file });
    const other = closedAfterwards(openEmbeddedDb({ file }));
    const seen = await Promise.all([1n, 2n, 3n].map((id) => db.batch([insert(id)]).then(() => ids(other))));
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  test("batches that come one in a turn of the event loop, as calls on connections of their own do, share commits", async () => {
    const { db, commits } = await openCounted();
    const answers: Promise<unknown>[] = [];
    for (let n = 0; n < 40; n++) {
      answers.push(db.batch([insert(BigInt(n))]));
      await turn();
    }
    await Promise.all(answers);
    expect(commits()).toBe(2);
  });

  test("a batch that comes alone waits for one more turn, and not for company", async () => {
    const { db, commits } = await openCounted();
    const answer = db.batch([insert(1n)]);
    for (let n = 0; n < 2; n++) await turn();
    expect(commits()).toBe(1);
    await answer;
  });

  test("a rollback of the whole transaction fails its batch for itself and its neighbours as unavailable", async () => {
    const db = await openWithTable({ memory: true });
    await db.batch([
      sql("CREATE TRIGGER bomb BEFORE INSERT ON item WHEN NEW.id = 2 BEGIN SELECT RAISE(ROLLBACK, 'all gone'); END"),
    ]);
    expect(
      await Promise.allSettled([db.batch([insert(1n)]), db.batch([insert(2n)]), db.batch([insert(3n)])]),
    ).toMatchObject([
      { reason: { kind: "unavailable" } },
      { reason: { kind: "constraint" } },
      { reason: { kind: "unavailable" } },
    ]);
    await db.batch([insert(4n)]);
    expect(await ids(db)).toEqual([4]);
  });

  test("a commit that fails makes the whole group unavailable, and the next group works", async () => {
    const db = await openWithTable({ memory: true });
    await db.batch([sql("CREATE TABLE late (id INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED) STRICT")]);
    const outcomes = await Promise.allSettled([
      db.batch([insert(1n)]),
      db.batch([sql("INSERT INTO late (id) VALUES (99)")]),
    ]);
    expect(outcomes).toMatchObject([{ reason: { kind: "unavailable" } }, { reason: { kind: "unavailable" } }]);
    await db.batch([insert(2n)]);
    expect(await ids(db)).toEqual([2]);
  });

  test("a batch that ends the transaction by itself is not taken for a success", async () => {
    const db = await openWithTable({ memory: true });
    await expect(db.batch([insert(1n), sql("COMMIT")])).rejects.toMatchObject({ kind: "unavailable" });
    await db.batch([insert(2n)]);
  });

  test("a lock held by another process makes a batch unavailable after the busy timeout", async () => {
    const file = join(tempFolder(), "test.db");
    await openWithTable({ file });
    const impatient = closedAfterwards(openEmbeddedDb({ file }, { busyTimeoutMs: 20 }));
    const locker = runScript(`
      import Database from "libsql";
      const native = new Database(${JSON.stringify(file)});
      native.exec("BEGIN IMMEDIATE");
      console.log("locked");
      setInterval(() => {}, 1000);
    `);
    await firstOutput(locker.process);
    await expect(impatient.batch([insert(1n)])).rejects.toMatchObject({ kind: "unavailable" });
    locker.process.kill("SIGKILL");
    await locker.ended;
    await impatient.batch([insert(1n)]);
    expect(await ids(impatient)).toEqual([1]);
  });

  test("10,000 batches may wait; the one after them is turned away and writes nothing", async () => {
    const db = await openWithTable({ memory: true });
    const batches = Array.from({ length: 10_001 }, (_, index) => db.batch([insert(BigInt(index))]));
    const outcomes = await Promise.allSettled(batches);
    expect(outcomes.slice(0, -1).every((outcome) => outcome.status === "fulfilled")).toBe(true);
    expect(outcomes.at(-1)).toMatchObject({ reason: { kind: "unavailable" } });
    expect(await db.query(sql("SELECT count(*) AS count FROM item"))).toEqual([{ count: 10_000 }]);
  });

  test("an integer that cannot be answered undoes its batch", async () => {
    const db = await openWithTable({ memory: true });
    await expect(db.batch([insert(1n), sql("SELECT 9007199254740993 AS big")])).rejects.toMatchObject({
      kind: "invalid",
      statementIndex: 1,
    });
    expect(await ids(db)).toEqual([]);
  });
});

describe("prepared statements", () => {
  test("stay right when the table changes under them", async () => {
    const db = await openWithTable({ memory: true });
    await db.batch([insert(1n)]);
    expect(await db.query(sql("SELECT * FROM item"))).toEqual([{ id: 1 }]);
    await db.batch([sql("ALTER TABLE item ADD COLUMN note TEXT")]);
    expect(await db.query(sql("SELECT * FROM item"))).toEqual([{ id: 1, note: null }]);
  });

  test("are forgotten when there are many, and prepared again", async () => {
    const db = await openWithTable({ memory: true });
    for (let round = 0; round < 2; round += 1) {
      for (let n = 0; n < 600; n += 1) expect(await db.query(sql(`SELECT ${n} AS n`))).toEqual([{ n }]);
    }
  });

  test("run again after they failed", async () => {
    const db = await openWithTable({ memory: true });
    await db.batch([insert(1n)]);
    await expect(db.batch([insert(1n)])).rejects.toMatchObject({ kind: "constraint" });
    await db.batch([insert(2n)]);
    expect(await ids(db)).toEqual([1, 2]);
  });
});

describe("durability", () => {
  test("close writes what was accepted, and leaves nothing in the log beside the file", async () => {
    const file = join(tempFolder(), "test.db");
    const db = await openWithTable({ file });
    const accepted = Array.from({ length: 300 }, (_, index) => db.batch([insert(BigInt(index))]));
    await db.close();
    await Promise.all(accepted);
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    expect(await ids(closedAfterwards(openEmbeddedDb({ file })))).toHaveLength(300);
  });

  test("what was answered is there after the process is killed", async () => {
    const file = join(tempFolder(), "test.db");
    const db = await openWithTable({ file });
    const writer = runScript(`
      import { openEmbeddedDb } from "./worker/store/embedded-db.ts";
      const db = openEmbeddedDb({ file: ${JSON.stringify(file)} });
      for (let id = 1n; ; id += 1n) {
        await db.batch([{ sql: "INSERT INTO item (id) VALUES (?1)", args: [id] }]);
        console.log(String(id));
      }
    `);
    await firstOutput(writer.process);
    writer.process.kill("SIGKILL");
    // The last line may be cut short by the kill: only whole lines were surely printed.
    const answered = (await writer.ended).split("\n").slice(0, -1).map(Number);
    expect(answered.length).toBeGreaterThan(0);
    expect((await ids(db)).slice(0, answered.length)).toEqual(answered);
  });
});

async function openWithTable(location: Parameters<typeof openEmbeddedDb>[0]): Promise<Db> {
  const db = closedAfterwards(openEmbeddedDb(location));
  await db.batch([sql("CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL) STRICT")]);
  return db;
}

function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}

function insert(id: bigint): Statement {
  return sql("INSERT INTO item (id) VALUES (?1)", id);
}

async function ids(db: Db): Promise<readonly unknown[]> {
  return (await db.query(sql("SELECT id FROM item ORDER BY id"))).map((row) => row["id"]);
}

async function pragma(db: Db, name: string): Promise<Row | undefined> {
  return (await db.query(sql(`PRAGMA ${name}`)))[0];
}

function firstOutput(child: ReturnType<typeof runScript>["process"]): Promise<unknown> {
  return new Promise((resolve) => child.stdout?.once("data", resolve));
}

/** A database with its table, and how often it was committed to since. */
async function openCounted(): Promise<{ readonly db: Db; readonly commits: () => number }> {
  const connection = openConnection({ memory: true }, {});
  let commits = 0;
  const exec = (text: string) => {
    if (text === "COMMIT") commits += 1;
    connection.exec(text);
  };
  const db = closedAfterwards(embeddedDbOn({ ...connection, exec }));
  await db.batch([sql("CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL) STRICT")]);
  commits = 0;
  return { db, commits: () => commits };
}
