import { expect, test } from "vitest";
import { addCreator, DAY_MS } from "../../support/creators.ts";
import { giveMethod, payoutsOf, runBatch } from "../../support/payouts.ts";
import { createWorld, type Json } from "../../support/world.ts";

test("AR18 a line that cannot be paid, whatever is wrong with it, keeps no other from being paid", async () => {
  const logged: Json[] = [];
  const world = await createWorld({ log: (entry) => void logged.push(entry) });
  const app = await world.newApp();
  const creators = [app, await addCreator(world, app, "other"), await addCreator(world, app, "third")];
  for (const creator of creators) {
    await giveMethod(world, creator);
    const sale = { ref: creator.ref, user_id: `u-${creator.ref}`, amount_cents: 20_000 };
    await world.call("/api/track/conversion", sale, { key: app.key });
  }
  const [broken = ""] = creators.map(({ affiliateId }) => affiliateId).toSorted();
  const breakIt = `CREATE TRIGGER broken BEFORE INSERT ON payout WHEN NEW.affiliate = '${broken}'
    BEGIN SELECT RAISE(ABORT, 'something is wrong with this one'); END`;
  await world.db.batch([{ sql: breakIt, args: [] }]);
  world.advance(15 * DAY_MS);
  const batch = await runBatch(world, app);
  expect(batch).toMatchObject({ status: "running", totals: [{ lines: 3, done_lines: 2 }] });
  expect(logged.filter(({ work }) => work === "payouts")).toMatchObject([{ app: app.id, batch: batch.id }]);
  await world.runJobs();
  expect(await payoutsOf(world, app)).toHaveLength(2);
  await world.db.batch([{ sql: "DROP TRIGGER broken", args: [] }]);
  await world.runJobs();
  expect(await payoutsOf(world, app)).toHaveLength(3);
});
