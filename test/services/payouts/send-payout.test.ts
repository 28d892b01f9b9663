import { beforeEach, describe, expect, test } from "vitest";
import { runJobs } from "../../../worker/jobs/run-jobs.ts";
import { sendPayout } from "../../../worker/services/payouts/send-payout.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { StripeError } from "../../../worker/gateways/stripe/stripe.ts";
import type { Statement } from "../../../worker/store/db.ts";
import { failPayout, findPayout, type Payout, settlePayout } from "../../../worker/store/payout-store.ts";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import type { FakeFault, FakeStripe } from "../../support/fake-stripe.ts";
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
import type { TestApp, World } from "../../support/world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The creator's part of one sale. */
const NET = 5_700;

let db: FaultyDb;
const logged: Readonly<Record<string, unknown>>[] = [];
let world: World;
let fake: FakeStripe;
let app: TestApp;
let account: string;
let payout: Payout;

beforeEach(async () => {
  logged.length = 0;
  db = openFaultyDb();
  ({ world, fake } = await createPayoutWorld({ db, log: (entry) => void logged.push(entry) }));
  app = await world.newApp({ ref: "mara" });
  await storePayoutKey(world, app);
  account = await giveRecipient({ world, fake }, app);
  await earn(world, app);
  payout = await writeStripePayout(world, app);
});

describe("a payout", () => {
  test("D-transfers is one transfer of its amount, to its account, by the app's own key, and is written down", async () => {
    expect(await send()).toBe("settled");
    expect(fake.payouts.transfers()).toMatchObject([
      { amount: NET, currency: "usd", destination: account, transfer_group: payout.id },
    ]);
    expect(fake.requests.at(-1)?.headers.authorization).toBe(`Bearer ${APP_KEY}`);
    const reference = fake.payouts.transfers()[0]?.id;
    expect(await found()).toMatchObject({ status: "settled", reference, attempt: 1, nextAt: null, error: null });
    expect(await send()).toBe("taken");
    await runJobs(world.deps);
    await expectPaidOnce();
    const { body } = await world.call("/api/v1/audit?action=payout.settled", undefined, { key: app.key });
    expect(body.entries).toMatchObject([{ actor: "stripe", object: payout.id, after: { reference } }]);
  });

  test("D-transfers of twenty that send it at once, one does", async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, send));
    expect(outcomes.toSorted()).toEqual(["settled", ...Array.from({ length: 19 }, () => "taken")]);
    expect(sendings()).toHaveLength(1);
    await expectPaidOnce();
  });

  test("D-transfers that nobody has sent is sent by the job, and one of another app beside it", async () => {
    const other = await world.newApp({ ref: `${app.ref}2` });
    await storePayoutKey(world, other);
    await giveRecipient({ world, fake }, other);
    await earn(world, other);
    const second = await writeStripePayout(world, other);
    await runJobs(world.deps);
    expect(fake.payouts.sentByGroup()).toEqual({ [payout.id]: NET, [second.id]: NET });
    expect((await findPayout(db, other.id, second.id))?.status).toBe("settled");
    expect(await sendPayout(world.deps, other.id, payout.id)).toBe("taken");
    await expectPaidOnce();
  });

  test("D-transfers is one also while the database applies every batch twice", async () => {
    db.fault("repeated");
    expect(await send()).toBe("settled");
    await expectPaidOnce();
  });
});

describe("without an answer", () => {
  test.each(["429", "500", "500 done", "in use", "lost", "unreadable"] as const satisfies readonly FakeFault[])(
    "D-transfers after %s it is not known what was sent: the same key is sent again until it is",
    async (fault) => {
      fake.fail(fault);
      expect(await send()).toMatch(/waits|silent/);
      expect(await found()).toMatchObject({ status: "processing", attempt: 1, nextAt: world.deps.now() + MINUTE });
      expect((await found())?.error).toMatch(/^(?:rate_limit|api_error|idempotency_key_in_use|no_answer)$/);
      await expectBooks();
      // Too early: nobody asks.
      await runJobs(world.deps);
      expect(sendings()).toHaveLength(1);
      for (let hour = 0; hour < 24; hour++) {
        world.advance(HOUR);
        await runJobs(world.deps);
      }
      expect(keys().slice(0, 2)).toEqual([`${payout.id}:1`, `${payout.id}:1`]);
      expect((await found())?.status).toBe("settled");
      await expectPaidOnce();
    },
  );

  test("D-transfers it is asked for after 1, 5 and 15 minutes, and then each hour", async () => {
    const at: number[] = [];
    const from = world.deps.now();
    for (let minute = 0; minute < 200; minute++) {
      fake.fail("429");
      const before = sendings().length;
      await runJobs(world.deps);
      if (sendings().length > before) at.push((world.deps.now() - from) / MINUTE);
      world.advance(MINUTE);
    }
    expect(at).toEqual([0, 1, 6, 21, 81, 141]);
    await expectBooks();
  });

  test("D-transfers an error that stays under its key ends after 20 hours: what was sent all the same is found", async () => {
    fake.fail("500 done");
    await send();
    for (let hour = 0; hour <= 19; hour++) {
      world.advance(HOUR);
      await runJobs(world.deps);
    }
    expect((await found())?.status).toBe("processing");
    world.advance(2 * HOUR);
    await runJobs(world.deps);
    expect(lookups()).toBe(1);
    expect(await found()).toMatchObject({ status: "settled", attempt: 1, reference: fake.payouts.transfers()[0]?.id });
    await expectPaidOnce();
  });

  test("D-transfers after 20 hours nothing is sent before it is looked up, and then under another key", async () => {
    fake.fail("500");
    await send();
    world.advance(20 * HOUR + 1);
    fake.fail("500");
    await runJobs(world.deps);
    expect([lookups(), sendings().length]).toEqual([1, 1]);
    expect(await found()).toMatchObject({ attempt: 1, status: "processing" });
    world.advance(HOUR);
    expect(await Promise.all(Array.from({ length: 20 }, send))).toContain("settled");
    expect(keys()).toEqual([`${payout.id}:1`, `${payout.id}:2`]);
    expect(await found()).toMatchObject({ status: "settled", attempt: 2 });
    await expectPaidOnce();
  });

  test("D-transfers a transfer by hand in its name is not taken for it", async () => {
    fake.fail("500");
    await send();
    await world.deps.stripe.transfer(
      { key: APP_KEY, account: null },
      { payoutId: payout.id, attempt: 99, appId: app.id, amountCents: 1, currency: "usd", destination: account },
    );
    world.advance(21 * HOUR);
    await runJobs(world.deps);
    expect(await found()).toMatchObject({ status: "settled", reference: fake.payouts.transfers()[1]?.id });
  });

  test("D-transfers a silent Stripe is asked for one payout of an app in a run", async () => {
    const more = await world.newApp({ ref: `${app.ref}2` });
    await storePayoutKey(world, more);
    for (const n of [1, 2]) {
      await giveRecipient({ world, fake }, more, { account: `acct_${n}${app.ref}` });
      await earn(world, more);
      await writeStripePayout(world, more);
    }
    fake.fail("lost", "lost", "lost");
    await runJobs(world.deps);
    expect(sendings()).toHaveLength(2);
    for (let run = 0; run < 2; run++) {
      world.advance(5 * MINUTE);
      await runJobs(world.deps);
    }
    expect(fake.payouts.transfers()).toHaveLength(3);
    await expectBooks();
  });
});

describe("cut short", () => {
  test("D-transfers before anything is sent, it is sent by the job", async () => {
    db.fault("away", 0);
    await expect(send()).rejects.toMatchObject({ name: "DbError" });
    db.fault("lost-answer");
    await expect(send()).rejects.toMatchObject({ name: "DbError" });
    db.fault("none");
    expect(fake.payouts.transfers()).toEqual([]);
    await later();
    await expectPaidOnce();
  });

  test("D-transfers between the transfer and its line, it is found sent", async () => {
    db.fault("away", 1);
    await expect(send()).rejects.toMatchObject({ name: "DbError" });
    db.fault("none");
    expect(fake.payouts.transfers()).toHaveLength(1);
    expect((await found())?.status).toBe("processing");
    // The other runner is given ten minutes.
    expect(await send()).toBe("taken");
    await later();
    expect((await found())?.status).toBe("settled");
    await expectPaidOnce();
  });

  test("D-transfers between a refusal and its end, it is tried once more", async () => {
    fake.payouts.setActive(account, false);
    db.fault("away", 1);
    await expect(send()).rejects.toMatchObject({ name: "DbError" });
    db.fault("none");
    expect(await found()).toMatchObject({ status: "processing", attempt: 1 });
    fake.payouts.setActive(account, true);
    await later();
    expect(keys()).toEqual([`${payout.id}:1`, `${payout.id}:1`]);
    await expectPaidOnce();
  });

  test("D-transfers a runner that comes to itself too late ends nothing that another has taken up", async () => {
    // It holds the payout, and its call waits for so long that the payout is another's.
    fake.payouts.setActive(account, false);
    const sleep = Promise.withResolvers<void>();
    const { stripe } = world.deps;
    const late = sendPayout(
      {
        ...world.deps,
        stripe: {
          ...stripe,
          async transfer(credentials, request) {
            const error: unknown = await stripe.transfer(credentials, request).catch((thrown: unknown) => thrown);
            await sleep.promise;
            throw error;
          },
        },
      },
      app.id,
      payout.id,
    );
    await fake.received("POST", "/v1/transfers");
    fake.payouts.setActive(account, true);
    fake.fail("lost");
    await later();
    sleep.resolve();
    expect(await late).toBe("taken");
    expect(await found()).toMatchObject({ status: "processing", attempt: 1 });
    world.advance(HOUR);
    await runJobs(world.deps);
    await expectPaidOnce();
  });
});

describe("refused", () => {
  test("D-transfers a payout fails with Stripe's code, and its money is there again", async () => {
    fake.payouts.fund(APP_KEY, "usd", NET - 1);
    expect(await send()).toBe("failed");
    expect(await found()).toMatchObject({ status: "failed", error: "balance_insufficient", nextAt: null });
    expect((await world.balance(app)).available_cents).toBe(NET);
    expect(lookups()).toBe(0);
    expect(await send()).toBe("taken");
    await expectBooks();
    fake.payouts.fund(APP_KEY, "usd", NET);
    payout = await writeStripePayout(world, app);
    expect(await send()).toBe("settled");
    expect(sent()).toBe(NET);
    await expectBooks();
  });

  test("D-transfers after an answer that was lost, what was sent is looked up first", async () => {
    fake.fail("500 done");
    await send();
    // Stripe forgets the key, and the account may receive no longer.
    world.advance(19 * HOUR);
    fake.payouts.setActive(account, false);
    const { stripe } = world.deps;
    const deps = {
      ...world.deps,
      stripe: { ...stripe, transfer: refuse },
    };
    expect(await sendPayout(deps, app.id, payout.id)).toBe("settled");
    expect(lookups()).toBe(1);
    await expectPaidOnce();
  });

  test("D-transfers a key that is gone refuses what was never sent, and leaves open what was", async () => {
    fake.fail("lost");
    await send();
    fake.revoke(APP_KEY);
    for (let hour = 0; hour < 30; hour++) {
      world.advance(HOUR);
      await runJobs(world.deps);
    }
    expect(await found()).toMatchObject({ status: "processing", attempt: 1 });
    await storePayoutKey(world, app, null);
    world.advance(HOUR);
    await runJobs(world.deps);
    expect(await found()).toMatchObject({ status: "processing", attempt: 1 });
    fake.payouts.roll(APP_KEY, "rk_live_rolled");
    await storePayoutKey(world, app, "rk_live_rolled");
    world.advance(HOUR);
    await runJobs(world.deps);
    expect((await found())?.status).toBe("settled");
    await expectPaidOnce();
  });

  test("D-transfers another platform's key does not say that the one before sent nothing", async () => {
    fake.fail("lost");
    await send();
    await storePayoutKey(world, app, "sk_live_another");
    for (let hour = 0; hour < 30; hour++) {
      world.advance(HOUR);
      await runJobs(world.deps);
      expect(await found()).toMatchObject({ status: "processing", attempt: 1 });
    }
    expect((await found())?.error).toBe("not_found_yet");
    await storePayoutKey(world, app);
    world.advance(HOUR);
    await runJobs(world.deps);
    await expectPaidOnce();
  });

  test.each([
    ["the app has taken its key away", () => storePayoutKey(world, app, null), "no_key"],
    ["the key is of the other mode", () => storePayoutKey(world, app, "sk_test_of_the_shop"), "no_key"],
    ["the key is another platform's", () => storePayoutKey(world, app, "sk_live_another"), "resource_missing"],
    ["the key was revoked", async () => fake.revoke(APP_KEY), "invalid_request_error"],
  ])("D-transfers a payout fails when %s", async (_, change, error) => {
    await change();
    expect(await send()).toBe("failed");
    expect(await found()).toMatchObject({ status: "failed", error });
    expect(fake.payouts.transfers()).toEqual([]);
    await expectBooks();
  });

  test("D-transfers a key that cannot be read keeps no other payout", async () => {
    await db.batch([{ sql: "UPDATE payout_policy SET stripe_key = 'unreadable' WHERE app = ?1", args: [app.id] }]);
    await runJobs(world.deps);
    expect(await found()).toMatchObject({ status: "processing", sentAt: null, nextAt: world.deps.now() + HOUR });
    expect(JSON.stringify(logged)).toContain(payout.id);
  });

  test("D-transfers what the books gave back is told when Stripe has it all the same", async () => {
    const { stripe } = world.deps;
    const deps = {
      ...world.deps,
      stripe: {
        ...stripe,
        transfer: async (...call: Parameters<typeof stripe.transfer>) => {
          await failByHand();
          return stripe.transfer(...call);
        },
      },
    };
    expect(await sendPayout(deps, app.id, payout.id)).toBe("failed");
    expect(logged.slice(-1)).toMatchObject([
      { level: "error", payout: payout.id, error: expect.stringContaining("failed payout") },
    ]);
  });
});

describe("paid by the operator", () => {
  let own: TestApp;
  let funded: Payout;

  beforeEach(async () => {
    own = await world.newApp({ ref: `${app.ref}3` });
    await fundByOperator(world, own);
    await giveRecipient({ world, fake }, own, { payer: "operator" });
    await earn(world, own);
    funded = await writeStripePayout(world, own, "operator");
  });

  test("D-transfers it goes by the installation's key, whatever key the app stores meanwhile", async () => {
    await storePayoutKey(world, own, "sk_live_another");
    expect(await sendPayout(world.deps, own.id, funded.id)).toBe("settled");
    expect(fake.requests.at(-1)?.headers.authorization).toBe(`Bearer ${OPERATOR_STRIPE_KEY}`);
  });

  test("D-transfers an operator who no longer pays for the app pays nothing", async () => {
    await fundByOperator(world, own, false);
    expect(await sendPayout(world.deps, own.id, funded.id)).toBe("failed");
    expect(await findPayout(db, own.id, funded.id)).toMatchObject({ error: "no_key" });
    expect(fake.payouts.transfers()).toEqual([]);
  });

  test("D-transfers nor after a process that ended before it said so", async () => {
    await fundByOperator(world, own, false);
    for (const batches of [0, 1]) {
      db.fault("away", batches);
      await sendPayout(world.deps, own.id, funded.id).catch(() => null);
      db.fault("none");
    }
    world.advance(12 * MINUTE);
    expect(await sendPayout(world.deps, own.id, funded.id)).toMatch(/failed|taken/);
    expect(await findPayout(db, own.id, funded.id)).toMatchObject({ status: "failed", error: "no_key", sentAt: null });
    expect((await world.balance(own)).available_cents).toBe(NET);
    expect(fake.payouts.transfers()).toEqual([]);
    await expectBooks();
  });

  test("D-transfers nor where they say so between the look at it and its sending", async () => {
    const late = { ...db, batch: async (batch: readonly Statement[]) => (await stopFunding(), db.batch(batch)) };
    expect(await sendPayout({ ...world.deps, db: late }, own.id, funded.id)).toBe("failed");
    expect(fake.payouts.transfers()).toEqual([]);
    await expectBooks();

    async function stopFunding(): Promise<void> {
      await fundByOperator(world, own, false);
    }
  });

  test("D-transfers and what fails unsent fails once, though its batch is applied twice", async () => {
    await fundByOperator(world, own, false);
    db.fault("repeated");
    expect(await sendPayout(world.deps, own.id, funded.id)).toBe("failed");
    expect((await world.balance(own)).available_cents).toBe(NET);
    await expectBooks();
    const { body } = await world.call("/api/v1/audit?action=payout.failed", undefined, { key: own.key });
    expect(body.entries).toMatchObject([{ actor: "stripe", object: funded.id, after: { error: "no_key" } }]);
  });

  test("D-transfers but learns what became of what was sent before", async () => {
    fake.fail("lost");
    await sendPayout(world.deps, own.id, funded.id);
    await fundByOperator(world, own, false);
    world.advance(MINUTE);
    expect(await sendPayout(world.deps, own.id, funded.id)).toBe("settled");
    expect(fake.payouts.transfers()).toHaveLength(1);
  });
});

test("D-transfers an end that was told by hand meanwhile stands", async () => {
  const audit = { id: "aud_1", actor: "operator", action: "payout.settled", object: payout.id, now: world.deps.now() };
  await db.batch(settlePayout(app.id, { payoutId: payout.id, reference: "by hand", audit }));
  expect(await send()).toBe("taken");
  expect(await found()).toMatchObject({ status: "settled", reference: "by hand" });
  expect(sendings()).toEqual([]);
});

/** Says by hand that the payout has failed. */
async function failByHand(): Promise<void> {
  const audit = { id: "aud_2", actor: "operator", action: "payout.failed", object: payout.id, now: world.deps.now() };
  await db.batch(failPayout(app.id, { payoutId: payout.id, error: "by hand", audit }));
}

/** As Stripe refuses a key that it has forgotten. */
async function refuse(): Promise<string> {
  throw new StripeError("refused", [400], "insufficient_capabilities_for_transfer");
}

function send() {
  return sendPayout(world.deps, app.id, payout.id);
}

function found(): Promise<Payout | null> {
  return findPayout(db, app.id, payout.id);
}

/** After a process has ended, the job waits until nobody can have the payout any more. */
async function later(): Promise<void> {
  world.advance(12 * MINUTE);
  await runJobs(world.deps);
}

function sendings() {
  return fake.requests.filter(({ method, path }) => method === "POST" && path === "/v1/transfers");
}

function keys(): readonly string[] {
  return sendings().map(({ headers }) => String(headers["idempotency-key"]));
}

function lookups(): number {
  return fake.requests.filter(({ method, path }) => method === "GET" && path.startsWith("/v1/transfers")).length;
}

function sent(): number {
  return Object.values(fake.payouts.sentByGroup()).reduce((sum, cents) => sum + cents, 0);
}

async function expectBooks(): Promise<void> {
  expect(await checkBooks(db)).toEqual([]);
}

/** The ledger says of this payout what Stripe has. */
async function expectPaidOnce(): Promise<void> {
  await expectBooks();
  expect(fake.payouts.sentByGroup()[payout.id]).toBe(NET);
  const paid =
    "SELECT coalesce(-sum(net), 0) AS paid FROM ledger WHERE app = ?1 AND kind IN ('payout', 'payout_return')";
  expect(await db.query({ sql: paid, args: [app.id] })).toEqual([{ paid: NET }]);
  expect((await world.balance(app)).available_cents).toBe(0);
  expect((await found())?.status).toBe("settled");
}
