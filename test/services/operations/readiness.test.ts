import { expect, test } from "vitest";
import { type FaultyDb, openFaultyDb } from "../../support/faulty-db.ts";
import { createWorld, type World } from "../../support/world.ts";

const READY = { status: "ready", schema: "0019_click_count" };

let world: World;

test("R-health one asks the database at a time: the others are told what it was, or that it is not known", async () => {
  const line = heldLine();
  world = await createWorld({ db: line });
  line.hold();
  const first = world.call("/ready");
  expect((await world.call("/ready")).status).toBe(503);
  line.letGo();
  expect((await first).status).toBe(200);
  world.advance(10_000);
  line.hold();
  const second = world.call("/ready");
  expect(await Promise.all([world.call("/ready"), world.call("/ready")])).toMatchObject([
    { body: READY },
    { body: READY },
  ]);
  expect(line.held()).toBe(1);
  // One that was cut off with its request keeps no other from asking.
  world.advance(10_000);
  const third = world.call("/ready");
  await new Promise((resolve) => setImmediate(resolve));
  expect(line.held()).toBe(2);
  line.letGo();
  expect([(await second).status, (await third).status]).toEqual([200, 200]);
});

test("R-metrics counts what a limit refused, and a limiter that is out of order", async () => {
  world = await createWorld({
    limits: {
      count: async (limit) => (limit === "click" ? 7 : null),
      check: () => Promise.reject(new Error("out of order")),
    },
  });
  await world.call("/api/track/click", { ref: "x" });
  await world.call("/api/track/signup", { ref: "x", user_id: "u1" });
  const { metrics: counted } = world.deps;
  const seriesOf = (name: string) => counted.read().find((family) => family.name === name)?.series;
  expect(seriesOf("agentlinks_limit_refusals_total")).toEqual([{ labels: { limit: "click" }, value: 1 }]);
  expect(seriesOf("agentlinks_limiter_errors_total")).toEqual([{ labels: { limit: "unknown_ref" }, value: 1 }]);
});

/** A database whose batches can be made to wait. */
function heldLine() {
  const inner = openFaultyDb();
  let waiting: (() => void)[] | null = null;
  let held = 0;
  return {
    ...inner,
    hold: () => {
      waiting = [];
      held = 0;
    },
    held: () => held,
    letGo: () => {
      for (const go of waiting ?? []) go();
      waiting = null;
    },
    batch: async (...of: Parameters<FaultyDb["batch"]>) => {
      const line = waiting;
      if (line !== null) {
        held += 1;
        await new Promise<void>((go) => void line.push(go));
      }
      return inner.batch(...of);
    },
  };
}
