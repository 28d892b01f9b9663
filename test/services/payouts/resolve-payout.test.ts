import { beforeEach, expect, test } from "vitest";
import { runJobs } from "../../../worker/jobs/run-jobs.ts";
import { type Resolution, resolvePayout } from "../../../worker/services/payouts/resolve-payout.ts";
import { sendPayout } from "../../../worker/services/payouts/send-payout.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { findPayout, type Payout } from "../../../worker/store/payout-store.ts";
import { refused } from "../../support/answers.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import type { FakeStripe } from "../../support/fake-stripe.ts";
import { outboxOf } from "../../support/mails.ts";
import { payOut, step } from "../../support/payouts.ts";
import {
  APP_KEY,
  createPayoutWorld,
  earn,
  fundByOperator,
  giveRecipient,
  OPERATOR_STRIPE_KEY,
  storePayoutKey,
  writeStripePayout,
} from "../../support/stripe-payouts.ts";
import { type Answer, type Json, NO_STRIPE, type TestApp, type World } from "../../support/world.ts";

const HOUR = 3_600_000;
const NET = 5_700;

let db: FaultyDb;
let world: World;
let fake: FakeStripe;
let app: TestApp;
let payout: Payout;

beforeEach(async () => {
  db = openFaultyDb();
  ({ world, fake } = await createPayoutWorld({ db }));
  app = await world.newApp({ ref: "mara" });
  await storePayoutKey(world, app);
  await giveRecipient({ world, fake }, app);
  await earn(world, app);
  payout = await writeStripePayout(world, app);
  fake.fail("lost");
  await sendPayout(world.deps, app.id, payout.id);
});

test.each([
  ["was taken away", async () => storePayoutKey(world, app, null), "no_key"],
  ["was revoked", async () => fake.revoke(APP_KEY), "not_found_yet"],
  ["is another platform's", async () => storePayoutKey(world, app, "sk_live_another"), "not_found_yet"],
])(
  "D-transfers of a payout whose key %s the operator says that it failed: its money is there again",
  async (_, lose, error) => {
    await lose();
    await wait(30);
    expect(await found()).toMatchObject({ status: "processing", error });
    const answer = await resolve({ status: "failed", reason: "not in the export of the old account" });
    expect(answer).toMatchObject({ status: 200, body: { payout: { id: payout.id, status: "failed" } } });
    expect(await outboxOf(db, "payout_sent")).toEqual([]);
    expect((await world.balance(app)).available_cents).toBe(NET);
    expect((await batchOf()).status).toBe("settled");
    await expectBooks();
    await wait(2);
    expect(fake.payouts.transfers()).toHaveLength(1);
    const { body } = await world.call("/api/v1/audit?action=payout.resolved", undefined, { key: app.key });
    expect(body.entries).toMatchObject([
      {
        actor: "operator",
        object: payout.id,
        before: { error },
        after: { status: "failed" },
        reason: "not in the export of the old account",
      },
    ]);
  },
);

test("D-transfers or that it arrived, under the transfer's id: it is paid, and the next can be asked for", async () => {
  await storePayoutKey(world, app, null);
  await wait(30);
  const answer = await resolve({ status: "settled", reference: "tr_old", reason: "in the bank's list" });
  expect(answer.body.payout).toMatchObject({ status: "settled", reference: "tr_old", error: null });
  expect(await world.balance(app)).toMatchObject({ available_cents: 0, paid_cents: NET });
  expect((await batchOf()).status).toBe("settled");
  await expectBooks();
  const again = await resolve({ status: "settled", reference: null, reason: "in the bank's list" });
  expect(again.body.payout).toMatchObject({ status: "settled", reference: "tr_old" });
  expect(await resolve({ status: "failed", reason: "a second thought" })).toEqual(refused(409, "conflict"));
  expect(await outboxOf(db, "payout_sent")).toMatchObject([
    { affiliate: app.affiliateId, data: { payout: payout.id } },
  ]);
});

test("D-transfers once, though its batch is applied twice", async () => {
  await storePayoutKey(world, app, null);
  await wait(30);
  db.fault("repeated");
  expect((await resolve({ status: "failed", reason: "a test" })).status).toBe(200);
  expect((await world.balance(app)).available_cents).toBe(NET);
  await expectBooks();
});

test("D-transfers never by a key of the app, whose owner is not the one who asks Stripe", async () => {
  await storePayoutKey(world, app, null);
  await wait(30);
  const tried = await step(world, app, `${payout.id}/resolve`, { status: "failed", reason: "a test" });
  expect(tried).toEqual(refused(404, "not_found"));
  expect((await found())?.status).toBe("processing");
});

test.each([
  ["no reason", { status: "failed" }, ["reason"]],
  ["no status", { reason: "a test" }, ["status"]],
  ["another status", { status: "processing", reason: "a test" }, ["status"]],
])("D-transfers not with %s", async (_, body, fields) => {
  await storePayoutKey(world, app, null);
  await wait(30);
  expect(await call(body)).toEqual(refused(400, "invalid_request", fields));
  expect((await found())?.status).toBe("processing");
});

test("D-transfers not within 24 hours of its sending", async () => {
  await storePayoutKey(world, app, null);
  await wait(23);
  expect(await found()).toMatchObject({ status: "processing", error: "no_key" });
  await expectRefused();
  world.advance(HOUR);
  expect(world.deps.now() - ((await found())?.sentAt ?? 0)).toBe(24 * HOUR);
  await expectRefused();
  world.advance(1);
  expect((await resolve({ status: "failed", reason: "a test" })).status).toBe(200);
});

test("D-transfers not while Stripe can be asked, also where nobody has yet", async () => {
  await storePayoutKey(world, app, null);
  await wait(30);
  await storePayoutKey(world, app);
  expect((await found())?.error).toBe("no_key");
  await expectRefused();
  await wait(1);
  expect((await found())?.status).toBe("settled");
  expect(fake.payouts.sentByGroup()).toEqual({ [payout.id]: NET });
});

test("D-transfers not while Stripe is away", async () => {
  await storePayoutKey(world, app, "sk_live_another");
  await wait(30);
  fake.fail("500", "lost");
  await expectRefused();
  expect((await resolve({ status: "failed", reason: "it answers" })).status).toBe(200);
});

test("D-transfers not what waits for Stripe's answer", async () => {
  for (let hour = 0; hour < 20; hour++) fake.fail("500");
  await wait(18);
  await storePayoutKey(world, app, null);
  world.advance(10 * HOUR);
  expect((await found())?.error).toBe("api_error");
  await expectRefused();
});

test("D-transfers not what was never sent: that fails by itself", async () => {
  await earn(world, app);
  const { id } = await writeStripePayout(world, app);
  await db.batch([{ sql: "UPDATE payout SET error = 'no_key' WHERE app = ?1 AND id = ?2", args: [app.id, id] }]);
  await storePayoutKey(world, app, null);
  world.advance(30 * HOUR);
  expect(await call({ status: "failed", reason: "a test" }, id)).toEqual(refused(409, "conflict"));
  await runJobs(world.deps);
  expect((await findPayout(db, app.id, id))?.status).toBe("failed");
});

test("D-transfers not one made by hand, which has words of its own", async () => {
  const other = await world.newApp({ ref: "byhand" });
  await earn(world, other);
  const id = await payOut(world, other);
  expect(await call({ status: "failed", reason: "a test" }, id, other)).toEqual(refused(409, "conflict"));
  expect(await call({ status: "failed", reason: "a test" }, "po_none")).toEqual(refused(404, "not_found"));
});

test("D-transfers not where the app's key is stored again at that moment", async () => {
  await storePayoutKey(world, app, "sk_live_another");
  await wait(30);
  const answer = await resolveWhile(async () => {
    world.advance(1);
    await storePayoutKey(world, app);
  });
  expect(answer.ok).toBe(false);
  expect((await found())?.status).toBe("processing");
});

test("D-transfers not where a runner has it at that moment", async () => {
  await fundByOperator(world, app);
  await storePayoutKey(world, app, null);
  await giveRecipient({ world, fake }, app, { payer: "operator", account: "acct_of_the_operator" });
  await earn(world, app);
  const funded = await writeStripePayout(world, app, "operator");
  fake.fail("lost");
  await sendPayout(world.deps, app.id, funded.id);
  const elsewhere = { ...world.deps, config: withKey("sk_live_another") };
  world.advance(30 * HOUR);
  await sendPayout(elsewhere, app.id, funded.id);
  expect(await findPayout(db, app.id, funded.id)).toMatchObject({ error: "not_found_yet", payer: "operator" });
  world.advance(2 * HOUR);
  // It is claimed, and cut short before anything of it is known.
  const claimed = await resolveWhile(
    async () => {
      db.fault("away", 1);
      await sendPayout({ ...world.deps, config: withKey(OPERATOR_STRIPE_KEY) }, app.id, funded.id).catch(() => null);
      db.fault("none");
    },
    { deps: elsewhere, id: funded.id },
  );
  expect(claimed.ok).toBe(false);
  expect(await findPayout(db, app.id, funded.id)).toMatchObject({ status: "processing" });
});

async function wait(hours: number): Promise<void> {
  for (let hour = 0; hour < hours; hour++) {
    world.advance(HOUR);
    await runJobs(world.deps);
  }
}

function resolve(resolution: Resolution): Promise<Answer> {
  return call({ ...resolution });
}

function call(body: Json, id = payout.id, of = app): Promise<Answer> {
  return world.call(`/api/v1/payouts/${id}/resolve?app_id=${of.id}`, body, { key: world.operatorKey });
}

/** Both words are refused, and nothing is changed. */
async function expectRefused(): Promise<void> {
  const before = await found();
  expect(await resolve({ status: "failed", reason: "a test" })).toEqual(refused(409, "conflict"));
  expect(await resolve({ status: "settled", reference: null, reason: "a test" })).toEqual(refused(409, "conflict"));
  expect(await found()).toEqual(before);
}

/** Resolves it while something happens between the question to Stripe and the writing. */
function resolveWhile(happens: () => Promise<void>, { deps = world.deps, id = payout.id } = {}) {
  const { stripe } = deps;
  const slow = {
    ...stripe,
    recipient: async (...asked: Parameters<typeof stripe.recipient>) => {
      await happens();
      return stripe.recipient(...asked);
    },
  };
  const resolution = { status: "failed", reason: "a test" } as const;
  return resolvePayout({ ...deps, stripe: slow }, app.id, { actor: "operator", payoutId: id, resolution });
}

function withKey(secretKey: string) {
  return { ...world.deps.config, stripe: { ...NO_STRIPE, ...world.deps.config.stripe, secretKey } };
}

function found(): Promise<Payout | null> {
  return findPayout(db, app.id, payout.id);
}

async function batchOf(): Promise<Json> {
  const path = `/api/v1/payouts/batches/${payout.batchId}`;
  return (await world.call(path, undefined, { key: app.key })).body.batch;
}

async function expectBooks(): Promise<void> {
  expect(await checkBooks(db)).toEqual([]);
}
