import { beforeEach, expect, test } from "vitest";
import { sendDuePayouts } from "../../../worker/services/payouts/send-due-payouts.ts";
import { StripeError } from "../../../worker/gateways/stripe/stripe.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { findPayout } from "../../../worker/store/payout-store.ts";
import {
  createPayoutWorld,
  earn,
  giveRecipient,
  type PayoutWorld,
  storePayoutKey,
  writeStripePayout,
  writeStripePayouts,
} from "../../support/stripe-payouts.ts";
import type { TestApp, World } from "../../support/world.ts";

const MINUTE = 60_000;
const SILENT_KEY = "sk_live_of_the_silent";

let payouts: PayoutWorld;
let world: World;
let silent: TestApp;
/** Whom Stripe was asked to pay for the silent app. */
let asked: string[];

beforeEach(async () => {
  payouts = await createPayoutWorld();
  world = payouts.world;
  asked = [];
  silent = await world.newApp({ ref: "silent" });
  const stripe = { ...world.deps.stripe };
  Object.assign(world.deps.stripe, {
    transfer: async (...[credentials, request]: Parameters<typeof stripe.transfer>) => {
      if (credentials.key !== SILENT_KEY) return stripe.transfer(credentials, request);
      asked.push(request.payoutId);
      throw new StripeError("unavailable");
    },
  });
});

test("D-transfers an app that Stripe gives no answer for keeps no other, however many payouts of it are due", async () => {
  await writeMany(silent, 120);
  const app = await world.newApp({ ref: "mara" });
  await storePayoutKey(world, app);
  await giveRecipient(payouts, app);
  await earn(world, app);
  const { id } = await writeStripePayout(world, app);
  await sendDuePayouts(world.deps);
  expect((await findPayout(world.db, app.id, id))?.status).toBe("settled");
  // It is asked once in a run, and what it leaves comes again.
  expect(asked).toHaveLength(1);
  await sendDuePayouts(world.deps);
  expect(asked).toHaveLength(1);
  world.advance(5 * MINUTE);
  await sendDuePayouts(world.deps);
  expect(asked).toHaveLength(2);
  expect(await checkBooks(world.db)).toEqual([]);
});

test("D-transfers what was put off for its app is sent once Stripe answers, each once", async () => {
  await writeMany(silent, 60);
  await sendDuePayouts(world.deps);
  const status = "SELECT status, sent_at IS NULL AS unsent, count(*) AS n FROM payout GROUP BY 1, 2 ORDER BY 2";
  expect(await world.db.query({ sql: status, args: [] })).toEqual([
    { status: "processing", unsent: 0, n: 1 },
    { status: "processing", unsent: 1, n: 59 },
  ]);
  await storePayoutKey(world, silent);
  for (let run = 0; run < 3; run++) {
    world.advance(5 * MINUTE);
    await sendDuePayouts(world.deps);
  }
  expect(await world.db.query({ sql: "SELECT status, count(*) AS n FROM payout GROUP BY 1", args: [] })).toEqual([
    { status: "settled", n: 60 },
  ]);
  expect(payouts.fake.payouts.transfers()).toHaveLength(60);
});

/** Payouts of one sale each, all due, by the key that has no answer. */
async function writeMany(app: TestApp, count: number): Promise<void> {
  await storePayoutKey(world, app, SILENT_KEY);
  await giveRecipient(payouts, app);
  await earn(world, app, count);
  await writeStripePayouts(world, app, count);
}
