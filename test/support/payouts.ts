import { changePayoutMethod } from "../../worker/services/payouts/change-payout-method.ts";
import type { Answer, Json, TestApp, World } from "./world.ts";

const PAYOUTS = "/api/v1/payouts";

/** Gives a creator a way to be paid. */
export async function giveMethod(world: World, creator: TestApp): Promise<void> {
  const method = { kind: "other", details: "cash" } as const;
  const change = { affiliateId: creator.affiliateId, actor: "a test", method };
  const given = await changePayoutMethod(world.deps, creator.id, change);
  if (!given.ok) throw new Error(`no payout method: ${given.failure.message}`);
}

/** The least payouts of an app, by currency. */
export async function setMinimums(world: World, app: TestApp, minimums: Readonly<Record<string, number | null>>) {
  return done(await world.call("/api/v1/app/payouts", { minimums }, { key: app.key, method: "PUT" }));
}

/** A draft of everybody, or of what `scope` says. */
export async function draft(world: World, app: TestApp, scope: Json = {}): Promise<Answer> {
  return world.call(`${PAYOUTS}/batches`, scope, { key: app.key });
}

/** A step of a batch, or of a payout. */
export async function step(world: World, app: TestApp, path: string, body?: Json): Promise<Answer> {
  return world.call(`${PAYOUTS}/${path}`, body, { key: app.key, method: "POST" });
}

/** Drafts, approves and runs a batch, and answers it. */
export async function runBatch(world: World, app: TestApp, scope: Json = {}): Promise<Json> {
  // Lists are by time: what comes later is later.
  world.advance(1);
  const { batch } = done(await draft(world, app, scope));
  done(await step(world, app, `batches/${batch.id}/approve`));
  return done(await step(world, app, `batches/${batch.id}/run`)).batch;
}

export async function payoutsOf(world: World, app: TestApp, query = ""): Promise<readonly Json[]> {
  return done(await world.call(`${PAYOUTS}?limit=100${query}`, undefined, { key: app.key })).payouts;
}

/** Pays a creator all that is matured and clear, whatever the minimum, and says that it has arrived. Answers the payout. */
export async function payOut(world: World, creator: TestApp): Promise<string> {
  await setMinimums(world, creator, { usd: 1 });
  await giveMethod(world, creator);
  const [payout = "", ...rest] = await startPayouts(world, creator);
  for (const id of [payout, ...rest]) done(await step(world, creator, `${id}/settle`, {}));
  return payout;
}

/** The same of whoever has a method, in whatever currency has a minimum: what is paid is under way. Answers the payouts. */
export async function startPayouts(world: World, creator: TestApp): Promise<readonly string[]> {
  const batch = await runBatch(world, creator, { affiliate_id: creator.affiliateId });
  return (await payoutsOf(world, creator, `&batch_id=${batch.id}`)).map(({ id }) => id);
}

/** A payout under way fails, and gives back what it took. */
export async function failPayout(world: World, app: TestApp, payout: string): Promise<void> {
  done(await step(world, app, `${payout}/fail`, { reason: "a test asks for it" }));
}

/** A correction by hand. Answers its id. */
export async function correct(
  world: World,
  creator: TestApp,
  { amount, ...rest }: { amount: number; reason?: string; currency?: string },
): Promise<string> {
  const body = { amount_cents: amount, reason: "a test asks for it", ...rest };
  const path = `/api/v1/affiliates/${creator.affiliateId}/corrections`;
  return done(await world.call(path, body, { key: creator.key })).correction.id;
}

function done(answer: Answer): Json {
  if (answer.status >= 300) throw new Error(`refused: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
