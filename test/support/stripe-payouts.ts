import { onTestFinished } from "vitest";
import { dayOf } from "../../worker/domain/maturation.ts";
import { defaultMinimumCents } from "../../worker/domain/payout-minimum.ts";
import { approveBatch, insertBatch, startBatch } from "../../worker/store/payout-batch-store.ts";
import { type Payer, writePayoutPolicy } from "../../worker/store/payout-policy-store.ts";
import { type Payout, readPage, writePayoutPage } from "../../worker/store/payout-store.ts";
import { seal } from "../../worker/services/sealing.ts";
import { type FakeStripe, startFakeStripe } from "./fake-stripe.ts";
import { createWorld, NO_STRIPE, type TestApp, type World, type WorldOptions } from "./world.ts";

/** The app's own platform key, and the installation's. */
export const APP_KEY = "sk_live_of_the_shop";
export const OPERATOR_STRIPE_KEY = "sk_live_of_the_platform";

const DAY_MS = 86_400_000;

/** A world at a Stripe of its own, whose idempotency keys go by the world's clock. */
export interface PayoutWorld {
  readonly world: World;
  readonly fake: FakeStripe;
}

export async function createPayoutWorld(options: WorldOptions = {}): Promise<PayoutWorld> {
  const clock = { now: atTheBeginning };
  const fake = await startFakeStripe({ now: () => clock.now() });
  onTestFinished(() => fake.close());
  const stripe = { ...NO_STRIPE, secretKey: OPERATOR_STRIPE_KEY, ...options.config?.stripe, apiBase: fake.url };
  const world = await createWorld({ ...options, config: { ...options.config, stripe } });
  clock.now = world.deps.now;
  return { world, fake };
}

/** Stores the key by which the app pays its creators; null takes it away. */
export async function storePayoutKey(world: World, app: TestApp, key: string | null = APP_KEY): Promise<void> {
  const { authSecret } = world.deps.config;
  const stripe_key = key === null ? null : await seal(authSecret, key, world.deps.randomBytes);
  await world.db.batch(
    writePayoutPolicy(app.id, {
      patch: { stripe_key },
      minimums: {},
      audit: auditOf(world, "payouts.changed", app.id),
    }),
  );
}

/** Lets the operator pay for an app. */
export async function fundByOperator(world: World, app: TestApp, operator_funded = true): Promise<void> {
  await world.call(`/api/v1/apps/${app.id}`, { operator_funded }, { key: world.operatorKey, method: "PATCH" });
}

/** Gives an affiliate an account at Stripe, ready for transfers, as their payout method. */
export async function giveRecipient(
  { world, fake }: PayoutWorld,
  app: TestApp,
  { payer = "app", account = `acct_${app.ref}` }: { readonly payer?: Payer; readonly account?: string } = {},
): Promise<string> {
  fake.payouts.addRecipient(payer === "app" ? APP_KEY : OPERATOR_STRIPE_KEY, account);
  await setRecipient(world, app, { payer, account });
  return account;
}

/** The account is the payout method since so long ago that nothing waits for it. */
export async function setRecipient(
  world: World,
  app: TestApp,
  { payer, account }: { readonly payer: Payer; readonly account: string },
): Promise<void> {
  const details = await seal(world.deps.config.authSecret, JSON.stringify({ account }), world.deps.randomBytes);
  await world.db.batch([
    {
      sql: `INSERT INTO payout_method (app, id, affiliate, kind, details, label, payer, actor, created_at)
        VALUES (?1, ?2, ?3, 'stripe', ?4, 'Stripe', ?5, 'a test', 0)`,
      args: [app.id, world.deps.newId("pm"), app.affiliateId, details, payer],
    },
  ]);
}

/** Earns 57.00 dollars net a sale, and waits until they have matured. */
export async function earn(world: World, app: TestApp, sales = 1): Promise<void> {
  for (let n = 0; n < sales; n++) {
    const sale = { ref: app.ref, user_id: `u${n}`, amount_cents: 20_000, event_id: world.deps.newId("sale") };
    await world.call("/api/track/conversion", sale, { key: app.key });
  }
  world.advance(20 * DAY_MS);
}

/** Writes the payout of all that an affiliate has, as an approved batch does: it is due now, and not sent. */
export async function writeStripePayout(world: World, app: TestApp, payer: Payer = "app"): Promise<Payout> {
  return writePage(world, app, { batchId: await startBatchOf(world, app, payer), page: 5_000 });
}

/** The same as a payout for each sale, so many of them. */
export async function writeStripePayouts(world: World, app: TestApp, count: number): Promise<void> {
  const batchId = await startBatchOf(world, app, "app");
  for (let n = 0; n < count; n++) await writePage(world, app, { batchId, page: 1 });
}

const LEAST = { ownCurrency: "usd", defaultMinimum: defaultMinimumCents("usd") };

async function startBatchOf(world: World, app: TestApp, payer: Payer): Promise<string> {
  const batchId = world.deps.newId("pb");
  const now = world.deps.now();
  await world.db.batch(
    insertBatch(app.id, {
      ...LEAST,
      id: batchId,
      kind: "hand",
      rail: "stripe",
      payer,
      period: null,
      affiliateId: null,
      currency: null,
      today: dayOf(now),
      audit: auditOf(world, "payouts.drafted", batchId),
    }),
  );
  const audit = auditOf(world, "payouts.approved", batchId);
  await world.db.batch(approveBatch(app.id, { batchId, isOperator: true, audit }));
  await world.db.batch(startBatch(app.id, { batchId, audit: auditOf(world, "payouts.run", batchId) }));
  return batchId;
}

async function writePage(
  world: World,
  app: TestApp,
  { batchId, page }: { readonly batchId: string; readonly page: number },
): Promise<Payout> {
  const now = world.deps.now();
  const of = { batchId, affiliateId: app.affiliateId, currency: "usd", payoutId: world.deps.newId("po"), page };
  const statements = writePayoutPage(app.id, { ...LEAST, ...of, actor: "operator", today: dayOf(now), now });
  const answer = readPage(await world.db.batch(statements));
  if (answer?.payout == null) throw new Error(`no payout: ${JSON.stringify(answer)}`);
  return answer.payout;
}

function auditOf(world: World, action: string, object: string) {
  return { id: world.deps.newId("aud"), actor: "operator", action, object, now: world.deps.now() };
}

/** Until there is a world. */
function atTheBeginning(): number {
  return 0;
}
