import { expect, test } from "vitest";
import { FAILED_OUTCOMES, listMails, countMails } from "../../worker/store/console-mail-store.ts";
import { listAllAudit } from "../../worker/store/console-audit-store.ts";
import { listAllBatches, listAllPayouts, searchPayouts, sumBatches } from "../../worker/store/console-payout-store.ts";
import { listAllEvents, listWaitingPayments } from "../../worker/store/console-stripe-store.ts";
import { END_OF_TIME } from "../../worker/store/cursor.ts";
import type { Db, Statement } from "../../worker/store/db.ts";
import { readStoredHealth } from "../../worker/store/health-store.ts";
import { listToRetry } from "../../worker/store/payout-batch-store.ts";
import { createWorld } from "../support/world.ts";

const APPS = [null, "app_1"];
const ANY_OR = (one: string) => [null, one];

test("each list of the console walks one index from where the reader is: a page costs the same in 100,000 rows", async () => {
  const { db, plain, asked } = await listening();
  for (const appId of APPS) {
    for (const status of [null, "draft"] as const)
      await listAllBatches(db, { appId, status, before: END_OF_TIME, limit: 10 });
    for (const status of [null, "failed"] as const)
      await listAllPayouts(db, { appId, status, before: END_OF_TIME, limit: 10 });
    for (const which of [null, "waiting", "sent"] as const) await listMails(db, { appId, which, before: 9, limit: 10 });
    for (const actor of ANY_OR("operator"))
      for (const action of ANY_OR("x"))
        for (const object of ANY_OR("x"))
          await listAllAudit(db, { appId, actor, action, object, before: 9, limit: 10 });
    await listAllEvents(db, { appId, before: { at: 9, seq: 9 }, limit: 10 });
    await listWaitingPayments(db, { appId, after: { at: 9, seq: 9 }, limit: 10 });
  }
  expect(asked).toHaveLength(2 * (2 + 2 + 3 + 8 + 2));
  for (const one of asked) expect([one.sql, await planOf(plain, one)]).toEqual([one.sql, FROM_A_PLACE]);
});

test("mails that failed are as many such walks as there are ways to fail", async () => {
  const { db, plain, asked } = await listening();
  for (const appId of APPS) await listMails(db, { appId, which: "failed", before: 9, limit: 10 });
  for (const one of asked) {
    const plan = await planOf(plain, one);
    expect(
      plan.match(/SEARCH w USING INDEX outbox_(?:of_app_)?by_outcome \((?:app=\? AND )?outcome=\? AND rowid<\?\)/g),
    ).toHaveLength(FAILED_OUTCOMES.length);
    expect(plan).not.toContain("SCAN w");
  }
});

test("what is searched, counted or added up is found by an index, as far as it is looked at", async () => {
  const { db, plain, asked } = await listening();
  await searchPayouts(db, { search: { id: "x", email: "x", code: "x" }, before: END_OF_TIME, limit: 10 });
  await sumBatches(db, [{ appId: "app_1", id: "bat_1" }]);
  for (const appId of APPS) await countMails(db, { appId, most: 10 });
  await listToRetry(db, "app_1", { batchId: "bat_1", limit: 10 });
  await readStoredHealth(db, 9);
  for (const one of asked) {
    const scans = (await planOf(plain, one)).split("; ").filter((step) => step.startsWith("SCAN "));
    // A page that was found, and the newest events in their order.
    const stored = scans.filter((step) => !/^SCAN (?:f|j VIRTUAL|CONSTANT|\(subquery|e USING INDEX)/.test(step));
    expect([one.sql, stored]).toEqual([one.sql, []]);
  }
});

/** A walk along an index from a place on, and nothing that walks a table or sorts it: what is sorted is a page that was found. */
const FROM_A_PLACE = expect.stringMatching(
  /^(?:CO-ROUTINE [mr]; )?SEARCH [lwasf] USING (?:COVERING INDEX|INDEX|INTEGER PRIMARY KEY)[^;]*[<>](?!.*SCAN [^mr])(?!.*TEMP B-TREE FOR (?!ORDER BY$))/,
);

async function listening(): Promise<{ readonly db: Db; readonly plain: Db; readonly asked: Statement[] }> {
  const { db: plain } = await createWorld();
  const asked: Statement[] = [];
  const db = { ...plain, query: (statement: Statement) => (asked.push(statement), plain.query(statement)) };
  return { db, plain, asked };
}

async function planOf(db: Db, { sql, args }: Statement): Promise<string> {
  const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
  return plan.map((row) => String(row["detail"])).join("; ");
}
