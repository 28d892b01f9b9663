import { expect, test } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { openMigratedDb } from "./template-db.ts";

test("two that are open have nothing of each other", async () => {
  const [one, other] = [openMigratedDb(), openMigratedDb()];
  await note(one, "here");
  expect([await notes(one), await notes(other)]).toEqual([["here"], []]);
});

test("what is written into one is gone with it, however often a connection has served", async () => {
  for (const key of ["first", "second", "third"]) {
    const db = openMigratedDb();
    expect(await notes(db)).toEqual([]);
    await note(db, key);
    expect(await notes(db)).toEqual([key]);
    await db.close();
  }
});

test("so is a table, and what a table was called", async () => {
  const before = openMigratedDb();
  await before.batch([{ sql: "CREATE TABLE extra (a TEXT) STRICT", args: [] }]);
  await before.batch([{ sql: "ALTER TABLE setting RENAME TO settings", args: [] }]);
  await before.close();
  const db = openMigratedDb();
  expect(await notes(db)).toEqual([]);
  await expect(db.query({ sql: "SELECT * FROM extra", args: [] })).rejects.toThrow("no such table");
});

let ended: Db | null = null;

test("one is open until its test ends", async () => {
  ended = openMigratedDb();
  await note(ended, "here");
  expect(await notes(ended)).toEqual(["here"]);
});

test("who still holds it then gets nothing of the next test's", async () => {
  const db = openMigratedDb();
  expect(await notes(db)).toEqual([]);
  await expect(ended?.query({ sql: "SELECT key FROM setting", args: [] })).rejects.toThrow("closed");
  await expect(ended?.batch([{ sql: "DELETE FROM setting", args: [] }])).rejects.toThrow("closed");
});

async function note(db: Db, key: string): Promise<void> {
  await db.batch([{ sql: "INSERT INTO setting (key, value) VALUES (?1, '1')", args: [key] }]);
}

async function notes(db: Db): Promise<readonly unknown[]> {
  return (await db.query({ sql: "SELECT key FROM setting", args: [] })).map(({ key }) => key);
}
