import { expect, test } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { openServedDb, type ServedDb } from "./edge-server.ts";

test("the test and the worker have the same database, and no other has it", async () => {
  const [one, other] = [openServedDb(), openServedDb()];
  await note(await remoteOf(one), "by HTTP");
  await note(one.db, "in the process");
  for (const db of [one.db, await remoteOf(one)]) expect(await notes(db)).toEqual(["by HTTP", "in the process"]);
  for (const db of [other.db, await remoteOf(other)]) expect(await notes(db)).toEqual([]);
});

test("batches that come at once are all written", async () => {
  const { db, ...served } = openServedDb();
  const remote = await remoteOf({ db, ...served });
  const keys = Array.from({ length: 40 }, (_, n) => `key ${String(n).padStart(2, "0")}`);
  await Promise.all(keys.map((key, n) => note(n % 4 === 0 ? db : remote, key)));
  expect(await notes(db)).toEqual(keys);
});

const ended: ServedDb[] = [];

test.each([1, 2, 3])("each test has one like new (%i)", async (n) => {
  const served = openServedDb();
  for (const db of [served.db, await remoteOf(served)]) expect(await notes(db)).toEqual([]);
  await note(await remoteOf(served), `of test ${n}`);
  expect(await notes(served.db)).toEqual([`of test ${n}`]);
  ended.push(served);
});

test("whoever still holds that of a test before reaches nothing of the next test's", async () => {
  const { db } = openServedDb();
  expect(ended).toHaveLength(3);
  for (const before of ended) {
    await expect(note(before.db, "late")).rejects.toThrow("closed");
    await expect(note(await remoteOf(before), "late")).rejects.toThrow("401");
  }
  expect(await notes(db)).toEqual([]);
});

async function remoteOf({ address }: ServedDb): Promise<Db> {
  return openHttpDb({ ...(await address()), sleep: async () => {} });
}

async function note(db: Db, key: string): Promise<void> {
  await db.batch([{ sql: "INSERT INTO setting (key, value) VALUES (?1, '1')", args: [key] }]);
}

async function notes(db: Db): Promise<readonly unknown[]> {
  return (await db.query({ sql: "SELECT key FROM setting ORDER BY key", args: [] })).map(({ key }) => key);
}
