import { expect, test } from "vitest";
import { dayOf } from "../../../worker/domain/maturation.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { openHttpDb } from "../../../worker/store/http-db.ts";
import { statement } from "../../../worker/store/statement.ts";
import { DAY_MS } from "../../support/creators.ts";
import { startTestServer } from "../../support/db-drivers.ts";
import { giveMethod, payoutsOf, runBatch } from "../../support/payouts.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

const CONVERSIONS = 100_000;
/** Rows of one batch of the test's own: below the store's limit of 3 seconds, like those it looks at. */
const CHUNK = 10_000;
const NET = 285;

// By HTTP, where the store gives each try of a batch 3 seconds and no more: a page that took longer would end the run.
test("AR18 one affiliate with 100,000 unpaid conversions is paid by one run, in pages of 5,000", async () => {
  const world = await createWorld({ db: openHttpDb(await startTestServer()) });
  const app = await world.newApp();
  await giveMethod(world, app);
  for (let from = 0; from < CONVERSIONS; from += CHUNK) await insertConversions(world, app, from);
  world.advance(15 * DAY_MS);
  const batch = await runBatch(world, app);
  expect(batch.totals).toMatchObject([{ approved_cents: CONVERSIONS * NET, done_lines: 1, skipped_lines: 0 }]);
  const payouts = await payoutsOf(world, app);
  expect(payouts.map(({ amount_cents }) => amount_cents)).toEqual(Array.from({ length: 20 }, () => 5_000 * NET));
  const items = "SELECT count(*) AS n, count(DISTINCT conversion) AS d, max(amount) AS a FROM payout_item";
  expect(await world.db.query({ sql: items, args: [] })).toEqual([{ n: CONVERSIONS, d: CONVERSIONS, a: NET }]);
  expect(await world.balance(app)).toMatchObject({ available_cents: 0, paid_cents: CONVERSIONS * NET });
  const discrepancies = await checkBooks(world.db);
  expect(discrepancies).toEqual([]);
}, 120_000);

/** Sales of 10.00 at 30 %, as the verb leaves the books, without 100,000 calls. */
async function insertConversions(world: World, app: TestApp, from: number): Promise<void> {
  const now = world.deps.now();
  const params = {
    app: app.id,
    affiliate: app.affiliateId,
    code: app.ref,
    now,
    day: dayOf(now) + 15,
    from,
    until: from + CHUNK,
    net: NET,
  };
  await world.db.batch(INSERT.map((build) => build(params)));
}

const INSERT = [
  `INSERT INTO payment (app, id, created_at) SELECT :app, 'pay_' || n, :now`,
  `INSERT INTO claim (app, id, source, source_ref, form, body_hash, payment, user_id, code, affiliate, attribution, currency, base,
      captured, conversion, occurred_at, received_at, counted)
    SELECT :app, 'clm_' || n, 'key', 'e:' || n, 'call', 'h', 'pay_' || n, 'u', :code, :affiliate, 'vouched', 'usd', 1000, 1000,
      'conv_' || n, :now, :now, 1`,
  `INSERT INTO conversion (app, id, payment, claim, attribution_claim, user_id, affiliate, code, currency, base, captured, rate_bps,
      fee_bps, trust, entry_lane, occurred_at, created_at, mature_day, due_lane, due_net, due_fee, posted_lane, posted_net,
      posted_fee, rev, dirty)
    SELECT :app, 'conv_' || n, 'pay_' || n, 'clm_' || n, 'clm_' || n, 'u', :affiliate, :code, 'usd', 1000, 1000, 3000,
      500, 'verified', 'clear', :now, :now, :day, 'clear', :net, 15, 'clear', :net, 15, 1, 0`,
  `INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, conversion, lane, mature_day, net, fee, created_at)
    SELECT :app, 'in', 'conv_' || n || '#0', 'clm_' || n, :affiliate, 'usd', 'conv_' || n, 'clear', :day, :net, 15, :now`,
  `INSERT INTO bucket (app, affiliate, currency, lane, mature_day, net)
    SELECT :app, :affiliate, 'usd', 'clear', :day, sum(:net)`,
  `INSERT INTO total (app, affiliate, currency, earned_clear, fee) SELECT :app, :affiliate, 'usd', sum(:net), sum(15)`,
].map((sql) => {
  const numbers =
    "FROM (WITH RECURSIVE k(n) AS (SELECT :from UNION ALL SELECT n + 1 FROM k WHERE n < :until - 1) SELECT n FROM k)";
  const onConflict = /INTO bucket/.test(sql)
    ? "WHERE true ON CONFLICT DO UPDATE SET net = net + excluded.net"
    : "WHERE true ON CONFLICT DO UPDATE SET earned_clear = earned_clear + excluded.earned_clear, fee = fee + excluded.fee";
  return statement(`${sql} ${numbers} ${/INTO (bucket|total)/.test(sql) ? onConflict : ""}`);
});
