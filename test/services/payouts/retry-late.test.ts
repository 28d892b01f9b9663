import { expect, test } from "vitest";
import { reopenLine } from "../../../worker/store/payout-batch-store.ts";
import { addCreator } from "../../support/creators.ts";
import { correct, failPayout, giveMethod, setMinimums, startPayouts, step } from "../../support/payouts.ts";
import { createWorld } from "../../support/world.ts";

test("a retry that arrives again after its line was paid leaves the line done", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const creator = await addCreator(world, app, "mara-late");
  await setMinimums(world, app, { usd: 1 });
  await giveMethod(world, creator);
  await correct(world, creator, { amount: 5_000 });
  const [payoutId = ""] = await startPayouts(world, creator);
  await failPayout(world, app, payoutId);
  const batchId = await batchOf(world, app.key, payoutId);
  const audit = { id: "aud_late", actor: "a test", action: "payout.retried", object: payoutId, now: world.deps.now() };
  const late = reopenLine(app.id, { batchId, payoutId, audit });
  await world.db.batch(late);
  expect((await step(world, app, `batches/${batchId}/run`)).status).toBe(200);
  await world.db.batch(late);

  const { lines } = (await world.call(`/api/v1/payouts/batches/${batchId}/lines`, undefined, { key: app.key })).body;
  expect(lines).toMatchObject([{ done: true, reason: null }]);
});

async function batchOf(world: Awaited<ReturnType<typeof createWorld>>, key: string, payoutId: string): Promise<string> {
  return (await world.call(`/api/v1/payouts/${payoutId}`, undefined, { key })).body.payout.batch_id;
}
