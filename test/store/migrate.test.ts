import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Db, SqlValue, Statement } from "../../worker/store/db.ts";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { type Migration, migrate } from "../../worker/store/migrate.ts";
import { closedAfterwards, dbDrivers, startTestServer } from "../support/db-drivers.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { runScript } from "../support/run-script.ts";
import { tempFolder } from "../support/temp-folder.ts";

const NOW = 1_700_000_000_000;
const FIRST: Migration = {
  name: "0001_item",
  sql: `-- The first table.
CREATE TABLE item (id INTEGER PRIMARY KEY NOT NULL, amount INTEGER NOT NULL) STRICT;
--> statement-breakpoint
CREATE TRIGGER item_guard BEFORE INSERT ON item WHEN NEW.amount < 0 BEGIN
  SELECT CASE WHEN NEW.amount < -1 THEN RAISE(ABORT, 'far too little') END;
  SELECT RAISE(ABORT, 'too little');
END;
--> statement-breakpoint
-- Nothing to run after the last breakpoint.
`,
};
const SECOND: Migration = { name: "0002_seed", sql: "INSERT INTO item (id, amount) VALUES (1, 5)" };

describe.each(dbDrivers)("migrating over $name", ({ open }) => {
  test("applies each migration once, in order, and records when", async () => {
    const db = await open();
    expect(await migrate(db, [FIRST], NOW)).toEqual(["0001_item"]);
    expect(await migrate(db, [FIRST, SECOND], NOW + 1)).toEqual(["0002_seed"]);
    expect(await migrate(db, [FIRST, SECOND], NOW + 2)).toEqual([]);
    expect(
      await db.query(sql("SELECT name, applied_at, typeof(applied_at) AS type FROM migration ORDER BY name")),
    ).toEqual([
      { name: "0001_item", applied_at: NOW, type: "integer" },
      { name: "0002_seed", applied_at: NOW + 1, type: "integer" },
    ]);
    expect(await db.query(sql("SELECT id FROM item"))).toEqual([{ id: 1 }]);
  });

  test("a migration that fails leaves nothing of itself, keeps those before it, and may be mended", async () => {
    const db = await open();
    const broken = {
      name: "0002_seed",
      sql: `${SECOND.sql}\n--> statement-breakpoint\nINSERT INTO nowhere VALUES (1)`,
    };
    await expect(migrate(db, [FIRST, broken], NOW)).rejects.toMatchObject({ name: "DbError", kind: "invalid" });
    expect(await db.query(sql("SELECT name FROM migration"))).toEqual([{ name: "0001_item" }]);
    expect(await db.query(sql("SELECT id FROM item"))).toEqual([]);
    expect(await migrate(db, [FIRST, SECOND], NOW)).toEqual(["0002_seed"]);
  });

  test("a constraint that refuses the data of a migration is its error", async () => {
    const db = await open();
    const negative = { name: "0002_seed", sql: "INSERT INTO item (id, amount) VALUES (1, -1)" };
    await expect(migrate(db, [FIRST, negative], NOW)).rejects.toMatchObject({ kind: "constraint", statementIndex: 1 });
  });

  test("two at a time share the work", async () => {
    const db = await open();
    const applied = await Promise.all([migrate(db, [FIRST, SECOND], NOW), migrate(db, [FIRST, SECOND], NOW)]);
    expect(applied.flat().toSorted()).toEqual(["0001_item", "0002_seed"]);
  });
});

test("processes that start at once on a new file all end well", async () => {
  const file = join(tempFolder(), "new", "test.db");
  const script = `
    import { openEmbeddedDb } from "./worker/store/embedded-db.ts";
    import { migrate } from "./worker/store/migrate.ts";
    const db = openEmbeddedDb({ file: ${JSON.stringify(file)} });
    console.log(JSON.stringify(await migrate(db, ${JSON.stringify([FIRST, SECOND])}, ${NOW})));
    await db.close();
  `;
  const outputs = await Promise.all(Array.from({ length: 4 }, () => runScript(script).ended));
  const applied = outputs.flatMap((output) => JSON.parse(output) as string[]);
  expect(applied.toSorted()).toEqual(["0001_item", "0002_seed"]);
});

test("a migration whose answer is lost is found applied", async () => {
  const server = await startTestServer();
  const proxy = await startFaultProxy(server.url);
  const db = closedAfterwards(openHttpDb({ url: proxy.url, authToken: server.authToken, sleep: async () => {} }));
  // The table of migrations, the list of those applied, and then each of the two.
  proxy.failNext("drop-answer", "pass", "drop-answer", "pass", "pass", "drop-answer");
  await migrate(db, [FIRST, SECOND], NOW);
  expect(await db.query(sql("SELECT name FROM migration ORDER BY name"))).toEqual([
    { name: "0001_item" },
    { name: "0002_seed" },
  ]);
  expect(await db.query(sql("SELECT id FROM item"))).toEqual([{ id: 1 }]);
});

test("a forgotten breakpoint is refused before anything runs: the second statement would be lost", async () => {
  const db = memory();
  const forgotten = { name: "0001", sql: "CREATE TABLE a (id INTEGER) STRICT; CREATE TABLE b (id INTEGER) STRICT;" };
  const afterTrigger = { name: "0002", sql: `${FIRST.sql.split("--> statement-breakpoint")[1]} DROP TABLE item;` };
  await expect(migrate(db, [forgotten], NOW)).rejects.toThrow(/more than one statement/);
  await expect(migrate(db, [afterTrigger], NOW)).rejects.toThrow(/more than one statement/);
  expect(await db.query(sql("SELECT name FROM migration"))).toEqual([]);
});

test("two migrations of one name are refused", async () => {
  await expect(migrate(memory(), [FIRST, { ...SECOND, name: FIRST.name }], NOW)).rejects.toBeInstanceOf(TypeError);
});

function memory(): Db {
  return closedAfterwards(openEmbeddedDb({ memory: true }));
}

function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}
