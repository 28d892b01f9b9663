import Database from "libsql";
import { expect, test } from "vitest";
import { type ClickParams, writeClick, writeCountedClicks } from "../../worker/store/click-store.ts";
import type { Db, Statement } from "../../worker/store/db.ts";
import { connectionOf } from "../../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../../worker/store/embedded-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { all, insert, type RawDatabase, ROWS, SHOP } from "../support/rows.ts";

const BEFORE = MIGRATIONS.slice(
  0,
  MIGRATIONS.findIndex(({ name }) => name === "0019_click_count"),
);
const { hour } = ROWS.click;

test("a program that is deployed before its migration loses no click unnoticed: it writes none", async () => {
  const { native, db } = await databaseBefore();
  await expect(db.batch(click("direct"))).rejects.toMatchObject({ kind: "constraint" });
  await expect(db.batch(queued("queued"))).rejects.toMatchObject({ kind: "constraint" });
  expect(all(native, "SELECT * FROM click")).toEqual([]);
  await migrate(db, MIGRATIONS, 1);
  for (const batch of [click("direct"), queued("queued"), queued("direct")]) await db.batch(batch);
  expect(clicks(native)).toBe(2);
});

test("an older program that goes on after the migration counts each click once, beside its successor", async () => {
  const { native, db } = await databaseBefore();
  await db.batch(olderClick("before"));
  await migrate(db, MIGRATIONS, 1);
  const batches = [olderClick("older"), olderClick("older"), click("older"), click("before"), click("newer")];
  for (const batch of [...batches, olderClick("newer"), queued("newer")]) await db.batch(batch);
  expect(clicks(native)).toBe(3);
});

async function databaseBefore(): Promise<{ native: RawDatabase; db: Db }> {
  const native = new Database(":memory:");
  const db = embeddedDbOn(connectionOf(native));
  await migrate(db, BEFORE, 1);
  const { app, affiliate } = SHOP;
  insert(native, "app", { ...ROWS.app, id: app });
  insert(native, "affiliate", { ...ROWS.affiliate, app, id: affiliate });
  insert(native, "code", ROWS.code);
  return { native, db };
}

function click(visitor: string): readonly Statement[] {
  const call = { app: SHOP.app, claimed_app: null, code: "ann42", source: "key", now: Date.now() } as const;
  const params: ClickParams = { ...call, hour, visitor, referrer_host: null, country: null, counts: 1 };
  return writeClick(params);
}

function queued(visitor: string): readonly Statement[] {
  return writeCountedClicks(SHOP.app, [{ code: "ann42", hour, visitor, referrerHost: null, country: null }]);
}

/** The batch of the version before, which counts by itself. */
function olderClick(visitor: string): readonly Statement[] {
  const args = [SHOP.app, BigInt(hour), visitor];
  const ofThis = "app = ?1 AND code = 'ann42' AND hour = ?2 AND visitor = ?3";
  return [
    { sql: "INSERT INTO click (app, code, hour, visitor) VALUES (?1, 'ann42', ?2, ?3) ON CONFLICT DO NOTHING", args },
    {
      sql: `INSERT INTO code_day (app, code, day, clicks) SELECT app, code, hour / 24, 1 FROM click WHERE ${ofThis} AND counted = 0
        ON CONFLICT DO UPDATE SET clicks = clicks + 1`,
      args,
    },
    { sql: `UPDATE click SET counted = 1 WHERE ${ofThis}`, args },
  ];
}

function clicks(native: RawDatabase): number {
  return Number(all(native, "SELECT sum(clicks) AS clicks FROM code_day")[0]?.["clicks"]);
}
