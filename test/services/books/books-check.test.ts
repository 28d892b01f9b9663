import { expect, test } from "vitest";
import { createBooksCheck } from "../../../worker/services/books/books-check.ts";
import type { Db } from "../../../worker/store/db.ts";
import { createWorld } from "../../support/world.ts";

/** A check on a database that counts what it is asked, on a clock that stands still. */
async function openCheck() {
  const { db } = await createWorld();
  const asked = { times: 0, now: 1_000, wait: Promise.resolve(), fails: false };
  const listening: Db = {
    ...db,
    async query(statement) {
      asked.times += 1;
      await asked.wait;
      if (asked.fails) throw new Error("the database is away");
      return db.query(statement);
    },
  };
  return { asked, ...createBooksCheck({ db: listening, now: () => asked.now }) };
}

test("an outcome is told for a minute, for each app and for all of them apart", async () => {
  const { asked, check } = await openCheck();
  expect(await check("app_1")).toEqual({ checkedAt: 1_000, discrepancies: [] });
  const once = asked.times;
  asked.now += 59_999;
  expect(await check("app_1")).toEqual({ checkedAt: 1_000, discrepancies: [] });
  expect(asked.times).toBe(once);
  expect(await check("app_2")).toEqual({ checkedAt: 60_999, discrepancies: [] });
  expect(await check(null)).toEqual({ checkedAt: 60_999, discrepancies: [] });
  expect(asked.times).toBe(3 * once);
  asked.now += 1;
  expect(await check("app_1")).toEqual({ checkedAt: 61_000, discrepancies: [] });
});

test("one checks at a time: the others are told the last outcome, or that there is none yet", async () => {
  const { asked, check } = await openCheck();
  const first = check(null);
  expect(await check(null)).toBeNull();
  expect(await first).toEqual({ checkedAt: 1_000, discrepancies: [] });
  asked.now += 60_000;
  const second = check(null);
  expect(await check(null)).toEqual({ checkedAt: 1_000, discrepancies: [] });
  expect(await second).toEqual({ checkedAt: 61_000, discrepancies: [] });
});

test("one that fails, or was cut off, keeps nobody from the next", async () => {
  const { asked, check } = await openCheck();
  asked.fails = true;
  await expect(check(null)).rejects.toThrow("away");
  asked.fails = false;
  asked.wait = new Promise(() => {});
  void check(null);
  asked.wait = Promise.resolve();
  expect(await check(null)).toBeNull();
  asked.now += 60_000;
  expect(await check(null)).toEqual({ checkedAt: 61_000, discrepancies: [] });
});
