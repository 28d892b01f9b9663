import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { growBooks } from "../support/grown-books.ts";
import { createWorld, START, type TestApp, type World } from "../support/world.ts";

/** What takes a time in proportion to them takes a thousand times as long among so many. */
const MANY = 3_000;
const CALLS = 9;

test("a payment takes as long for a customer with thousands of the same price in this hour as for a new one", async () => {
  const world = await createWorld();
  const [few, many] = [await world.newApp(), await world.newApp()];
  const growth = { affiliate: many.affiliateId, code: many.ref, currency: "usd", holdingDays: 14, priceCents: 1_000 };
  const within = { count: MANY, now: START, spanMs: 3_000_000, users: 1, prices: 1 };
  await world.db.batch(growBooks({ app: many.id, ...growth, ...within }, { from: 0, until: MANY }));
  expect(await checkBooks(world.db)).toEqual([]);
  const [user] = await world.db.query({ sql: "SELECT DISTINCT user_id FROM claim", args: [] });
  const floor = await timeOf(world, few, "somebody");
  expect(await timeOf(world, many, String(user?.["user_id"]))).toBeLessThan(4 * floor);
});

/** The quickest of some calls, in milliseconds: what else the machine does makes none quicker. */
async function timeOf(world: World, app: TestApp, userId: string): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const startedAt = performance.now();
    const body = { ref: app.ref, user_id: userId, amount_cents: 1_000, event_id: `e${call}` };
    const answer = await world.call("/api/track/conversion", body, { key: app.key });
    times.push(performance.now() - startedAt);
    expect(answer).toMatchObject({ status: 200, body: { commission: { net_commission_cents: 285 } } });
  }
  return Math.min(...times);
}
