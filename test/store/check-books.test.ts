import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks, checksOf } from "../../worker/store/check-books.ts";
import { DAY_MS } from "../support/creators.ts";
import { correct, failPayout, giveMethod, setMinimums, startPayouts } from "../support/payouts.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;
let stranger: TestApp;
/** A payout that stands, and one that failed. */
let paid: string;
let failed: string;

beforeEach(async () => {
  world = await createWorld();
  [app, stranger] = [await world.newApp(), await world.newApp()];
  for (const own of [stranger, app]) {
    await pay(own, "u1");
    world.advance(15 * DAY_MS);
    await correct(world, own, { amount: -50 });
    await giveMethod(world, own);
    await setMinimums(world, own, { usd: 1 });
    [failed = ""] = await startPayouts(world, own);
    await failPayout(world, own, failed);
    [paid = ""] = await startPayouts(world, own);
    await correct(world, own, { amount: 300 });
  }
});

test("payouts, what they settle and what failed balance", async () => {
  expect(await checkBooks(world.db)).toEqual([]);
});

/** What no service does, each with the checks that see it. */
const WRONG: readonly (readonly [what: string, sql: string, seen: readonly string[]])[] = [
  [
    "a conversion settled a second time",
    "UPDATE conversion SET settled_net = settled_net + 1 WHERE app = :app AND user_id = 'u1'",
    ["paid = Σ settled of conversions + Σ corrections settled", "settled = Σ items of the payouts that did not fail"],
  ],
  [
    "a correction that was paid open again",
    "UPDATE correction SET payout = NULL WHERE app = :app",
    [
      "paid = Σ settled of conversions + Σ corrections settled",
      "a payout = Σ its items + Σ corrections it settled, unless it failed",
    ],
  ],
  [
    "a correction that a failed payout keeps",
    "UPDATE correction SET payout = :failed WHERE app = :app AND amount = 300",
    [
      "paid = Σ settled of conversions + Σ corrections settled",
      "a payout = Σ its items + Σ corrections it settled, unless it failed",
    ],
  ],
  [
    "a correction without a posting",
    `INSERT INTO correction (app, id, affiliate, currency, amount, kind, reason, actor, created_at)
      SELECT app, 'cor_x', affiliate, currency, 5, kind, reason, actor, created_at FROM correction WHERE app = :app LIMIT 1`,
    ["adjust = Σ corrections", "a correction has its one posting"],
  ],
  [
    "an item more in a payout",
    `INSERT INTO payout_item (app, payout, conversion, amount)
      SELECT app, :paid, id, 5 FROM conversion WHERE app = :app AND user_id = 'u2'`,
    [
      "a payout = Σ its items + Σ corrections it settled, unless it failed",
      "settled = Σ items of the payouts that did not fail",
    ],
  ],
  [
    "a payout without a posting",
    `INSERT INTO payout (app, id, batch, affiliate, currency, amount, through_day, rail, payer, method, actor, posted, created_at)
      SELECT app, 'po_x', batch, affiliate, currency, 5, 1, rail, payer, method, actor, 1, 1 FROM payout
      WHERE app = :app AND id = :paid`,
    [
      "a payout = Σ its items + Σ corrections it settled, unless it failed",
      "a payout is in the ledger, and a failed one back in it",
    ],
  ],
  [
    "a payout of which it is not known what it took",
    "UPDATE payout SET posted = 0 WHERE app = :app AND id = :paid",
    ["every recorded call and payout has had its effects"],
  ],
  [
    "a sum of an app that is off by one",
    "UPDATE app_sum SET captured = captured + 1 WHERE app = :app",
    ["an app's sums = Σ its conversions, totals and collections"],
  ],
];

describe("it sees", () => {
  test.each(WRONG)("%s, in the app where it is and in no other", async (_, sql, seen) => {
    await pay(app, "u2");
    const args: unknown[] = [];
    const text = sql.replaceAll(/:(app|paid|failed)/g, (_name, name: string) => {
      args.push({ app: app.id, paid, failed }[name]);
      return "?";
    });
    await world.db.batch([{ sql: text, args: args.map(String) }]);
    const found = await checkBooks(world.db, app.id);
    expect(found.map(({ check }) => check)).toEqual(seen);
    expect(found.map(({ row }) => row["app"])).toEqual(seen.map(() => app.id));
    expect(await checkBooks(world.db)).toEqual(found);
    expect(await checkBooks(world.db, stranger.id)).toEqual([]);
  });
});

test("a check of one app reads no row of another's: a table by its app, else the rows of a subquery", async () => {
  const walks: string[] = [];
  for (const [check, { sql, args }] of checksOf(app.id)) {
    const plan = await world.db.query({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const details = plan.map((row) => String(row["detail"]));
    const kept = new Set(details.map((detail) => /^(?:MATERIALIZE|CO-ROUTINE) (\w+)/.exec(detail)?.[1]));
    const isWalk = (detail: string) =>
      detail.startsWith("SEARCH ")
        ? !detail.includes("(app=?")
        : detail.startsWith("SCAN ") && !kept.has(/^SCAN (\w+)/.exec(detail)?.[1]);
    walks.push(...details.filter(isWalk).map((detail) => `${check}: ${detail}`));
  }
  expect(walks).toEqual([]);
});

test("there are the same checks for one app as for all", () => {
  expect(namesOf("app_1")).toEqual(namesOf(null));
  expect(new Set(namesOf(null)).size).toBe(namesOf(null).length);
});

function namesOf(appId: string | null): readonly string[] {
  return checksOf(appId).map(([check]) => check);
}

async function pay(own: TestApp, user: string): Promise<void> {
  const body = { ref: own.ref, user_id: user, amount_cents: 10_000 };
  const answer = await world.call("/api/track/conversion", body, { key: own.key });
  expect(answer.status).toBe(200);
}
