import { expect, test } from "vitest";
import {
  findCreditStanding,
  findRedemptionOfFriend,
  listFriends,
  listMovements,
  listMovementsOfRedemption,
  readCreditTotals,
} from "../../worker/store/credit-report-store.ts";
import { END_OF_TIME } from "../../worker/store/cursor.ts";
import type { Statement } from "../../worker/store/db.ts";
import { createWorld } from "../support/world.ts";

test("what an owner and a creator see of friend credits is found by keys, and its lists are walks that their limit ends", async () => {
  const { db } = await createWorld();
  const asked: Statement[] = [];
  const listening = { ...db, query: (statement: Statement) => (asked.push(statement), db.query(statement)) };
  const page = { account: "acc_1", after: END_OF_TIME, limit: 10, now: 1 };
  await readCreditTotals(listening, "app_1");
  await findCreditStanding(listening, "app_1", "acc_1");
  await findRedemptionOfFriend(listening, "app_1", page);
  await listMovementsOfRedemption(listening, "app_1", "rdm_1");
  await listFriends(listening, "app_1", page);
  await listMovements(listening, "app_1", page);
  const plans = await Promise.all(
    asked.map(async ({ sql, args }) => {
      const plan = await db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      return plan.map((row) => String(row["detail"]));
    }),
  );
  expect(plans).toHaveLength(6);
  for (const plan of plans) expect(plan.filter((detail) => /^SCAN (?!CONSTANT)/.test(detail))).toEqual([]);
  const [totals, , friend, , friends, moves] = plans.map((plan) => plan.join("; "));
  expect(totals).toMatch(/^SEARCH t USING INDEX sqlite_autoindex_credit_total_1 \(app=\?\)$/);
  expect(friend).toMatch(/SEARCH r USING INDEX \w+ \(app=\? AND referred_account=\?\)/);
  expect(friends).toMatch(
    /SEARCH r USING INDEX redemption_by_referrer \(app=\? AND referrer_account=\? AND created_at<\?\)/,
  );
  expect(moves).toMatch(
    /SEARCH e USING INDEX credit_entry_by_account \(app=\? AND account=\? AND \(created_at,id\)<\(\?,\?\)\)/,
  );
  // Only friends of one millisecond are put in order beside the walk.
  expect(friends).not.toContain("TEMP B-TREE FOR ORDER BY");
  expect(moves).not.toContain("TEMP B-TREE");
});
