import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { growBooks } from "../support/grown-books.ts";
import { createWorld, START } from "../support/world.ts";

const MANY = 3_000;

test("what the bench fills a database with are books that balance, and take a payment as any others do", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const growth = { affiliate: app.affiliateId, code: app.ref, currency: "usd", holdingDays: 14, priceCents: 1_000 };
  const within = { count: MANY, now: START, spanMs: 3_000_000, users: 1, prices: 1 };
  await world.db.batch(growBooks({ app: app.id, ...growth, ...within }, { from: 0, until: MANY }));
  expect(await checkBooks(world.db)).toEqual([]);
  const before = await world.balance(app);
  const [user] = await world.db.query({ sql: "SELECT DISTINCT user_id FROM claim", args: [] });
  const payment = { user_id: String(user?.["user_id"]), amount_cents: 1_000, event_id: "e1" };
  expect((await world.call("/api/track/conversion", payment, { key: app.key })).status).toBe(200);
  expect((await world.balance(app)).pending_cents - before.pending_cents).toBe(285);
  expect(await checkBooks(world.db)).toEqual([]);
});
