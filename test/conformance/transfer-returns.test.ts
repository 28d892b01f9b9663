import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { findPayout, type Payout, settlePayout } from "../../worker/store/payout-store.ts";
import { returnPayout } from "../../worker/store/payout-return-store.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { earn, fundByOperator, setRecipient, storePayoutKey, writeStripePayout } from "../support/stripe-payouts.ts";
import { deliverTo, SECRET } from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, NO_STRIPE, type TestApp, type World } from "../support/world.ts";

const INSTALLATION = `whsec_${"i".repeat(32)}`;
/** The creator's part of one sale. */
const NET = 5_700;

let world: World;
let app: TestApp;
let payout: Payout;

beforeEach(async () => {
  const stripe = { ...NO_STRIPE, webhookSecrets: [INSTALLATION], secretKey: "sk_live_of_the_platform" };
  world = await createWorld({ config: { stripe } });
  app = await world.newApp();
  await world.call("/api/v1/app/stripe", { webhook_secrets: [SECRET] }, { key: app.key, method: "PUT" });
  await storePayoutKey(world, app);
  await setRecipient(world, app, { payer: "app", account: "acct_mara" });
  await earn(world, app);
  payout = await writeStripePayout(world, app);
});

describe("of a payout that the app paid", () => {
  beforeEach(() => settle(app, payout));

  test("D-transfer_returns what comes back is the creator's again, each part once, in any order", async () => {
    expect((await returned(2_000)).body).toEqual({ received: true, outcome: "recorded" });
    expect(await available()).toBe(2_000);
    // Again, by the same event and by another.
    await returned(2_000, { id: "evt_same" });
    await returned(2_000, { id: "evt_same" });
    expect(await available()).toBe(2_000);
    await returned(NET);
    await returned(3_000);
    expect(await available()).toBe(NET);
    expect(await corrections()).toEqual([
      { id: `${payout.id}_2000`, amount: 2_000, kind: "transfer_return", actor: "stripe", reason: "Stripe: tr_1" },
      {
        id: `${payout.id}_${NET}`,
        amount: NET - 2_000,
        kind: "transfer_return",
        actor: "stripe",
        reason: "Stripe: tr_1",
      },
    ]);
    expect(await findPayout(world.db, app.id, payout.id)).toMatchObject({ status: "settled", returnedCents: NET });
    expect(await world.balance(app)).toMatchObject({ paid_cents: NET });
    await expectBooks();
  });

  test("D-transfer_returns told twenty times at once it comes back once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => returned(n < 10 ? 1_500 : 4_000, { id: `evt_${n}` })));
    expect(await available()).toBe(4_000);
    await expectBooks();
  });

  test("D-transfer_returns it is paid with the next batch", async () => {
    await returned(NET);
    const next = await writeStripePayout(world, app);
    expect(next.amountCents).toBe(NET);
    await settle(app, next);
    expect(await available()).toBe(0);
    await expectBooks();
  });

  test("D-transfer_returns the inbox has each, and the audit log tells what came back", async () => {
    await returned(2_000);
    await returned(2_000, { transfer: "tr_other" });
    const { body } = await world.call("/api/v1/app/stripe/events", undefined, { key: app.key });
    expect(body.events.map((event: Json) => [event.type, event.object, event.outcome, event.reason])).toEqual(
      expect.arrayContaining([
        ["transfer.reversed", "tr_1", "recorded", null],
        ["transfer.reversed", "tr_other", "ignored", "not_a_payout"],
      ]),
    );
    const audit = await world.call("/api/v1/audit?action=payout.returned", undefined, { key: app.key });
    expect(audit.body.entries).toMatchObject([
      { actor: "stripe", object: payout.id, after: { returned_cents: 2_000 } },
    ]);
  });

  test.each([
    ["another transfer", { transfer: "tr_2" }],
    ["another payout", { payoutId: "po_none" }],
    ["the other mode", { livemode: false }],
  ])("D-transfer_returns of %s nothing comes back", async (_, of) => {
    expect((await returned(2_000, of)).body.outcome).toMatch(/not_a_payout|wrong_mode/);
    expect(await available()).toBe(0);
    await expectBooks();
  });

  test("D-tenancy D-transfer_returns neither the installation's account nor another app's moves it", async () => {
    expect((await returned(2_000, { path: "/api/stripe/webhook", secret: INSTALLATION })).body.outcome).toBe(
      "not_a_payout",
    );
    const stranger = await world.newApp();
    const secret = `whsec_${"o".repeat(32)}`;
    await world.call("/api/v1/app/stripe", { webhook_secrets: [secret] }, { key: stranger.key, method: "PUT" });
    const told = await returned(2_000, { path: `/api/stripe/webhook/${stranger.id}`, secret });
    expect(told.body.outcome).toBe("not_a_payout");
    expect(await available()).toBe(0);
    await expectBooks();
  });
});

describe("of a payout that the operator paid", () => {
  let own: TestApp;
  let funded: Payout;

  beforeEach(async () => {
    own = await world.newApp();
    await fundByOperator(world, own);
    await setRecipient(world, own, { payer: "operator", account: "acct_nils" });
    await earn(world, own);
    funded = await writeStripePayout(world, own, "operator");
    await settle(own, funded);
  });

  const of = () => ({ payoutId: funded.id, appId: own.id });

  test("D-transfer_returns it comes back at the installation's endpoint, of two apps to the right one", async () => {
    const told = await returned(2_000, { ...of(), path: "/api/stripe/webhook", secret: INSTALLATION });
    expect(told.body.outcome).toBe("recorded");
    expect((await world.balance(own)).available_cents).toBe(2_000);
    await expectBooks();
  });

  test("D-transfer_returns not at the app's own endpoint, where its owner signs", async () => {
    await world.call("/api/v1/app/stripe", { webhook_secrets: [SECRET] }, { key: own.key, method: "PUT" });
    const told = await returned(2_000, { ...of(), path: `/api/stripe/webhook/${own.id}` });
    expect(told.body.outcome).toBe("not_a_payout");
    expect((await world.balance(own)).available_cents).toBe(0);
  });

  test("D-transfer_returns of no app's it is nobody's", async () => {
    const options = { path: "/api/stripe/webhook", secret: INSTALLATION };
    expect((await returned(2_000, { ...options, appId: "app_none" })).body.outcome).toBe("no_app");
  });
});

test("D-transfer_returns what came back before its answer did says that it was sent", async () => {
  expect((await returned(2_000)).body.outcome).toBe("recorded");
  expect(await findPayout(world.db, app.id, payout.id)).toMatchObject({
    status: "settled",
    reference: "tr_1",
    returnedCents: 2_000,
    nextAt: null,
  });
  expect(await available()).toBe(2_000);
  await expectBooks();
});

test("D-transfer_returns the batch of it applied twice leaves what it leaves once", async () => {
  await settle(app, payout);
  const audit = { id: "aud_r", actor: "key:1", action: "payout.returned", object: payout.id, now: world.deps.now() };
  const batch = returnPayout(app.id, { payoutId: payout.id, returnedCents: NET + 1, reason: "by hand", audit });
  await world.db.batch(batch);
  await world.db.batch(batch);
  expect(await available()).toBe(NET);
  await expectBooks();
});

interface Told {
  readonly id?: string;
  readonly transfer?: string;
  readonly payoutId?: string;
  readonly appId?: string;
  readonly livemode?: boolean;
  readonly path?: string;
  readonly secret?: string;
}

/** Stripe tells how much of a transfer has come back in all. */
function returned(cents: number, of: Told = {}): Promise<Answer> {
  const make = stripeEvents("newest", { livemode: of.livemode ?? true });
  const event = make.transferReversed({
    id: of.transfer ?? "tr_1",
    amount: NET,
    reversed: cents,
    metadata: { agentlinks_payout: of.payoutId ?? payout.id, agentlinks_app: of.appId ?? app.id },
  });
  const told = of.id === undefined ? event : { ...event, id: of.id };
  const { path = `/api/stripe/webhook/${app.id}`, secret = SECRET } = of;
  return deliverTo(world, path, told, { secret });
}

async function settle(of: TestApp, { id: payoutId }: Payout): Promise<void> {
  const audit = { id: world.deps.newId("aud"), actor: "stripe", action: "payout.settled", object: payoutId };
  const end = { payoutId, reference: "tr_1", audit: { ...audit, now: world.deps.now() } };
  await world.db.batch(settlePayout(of.id, end));
}

async function available(): Promise<number> {
  return (await world.balance(app)).available_cents;
}

async function corrections(): Promise<readonly Json[]> {
  const sql = "SELECT id, amount, kind, actor, reason FROM correction WHERE app = ?1 ORDER BY amount";
  return (await world.db.query({ sql, args: [app.id] })).map((row) => ({ ...row }));
}

async function expectBooks(): Promise<void> {
  expect(await checkBooks(world.db)).toEqual([]);
}
