import { beforeEach, expect, test } from "vitest";
import { rowsOf } from "../support/dump.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

test("a refused call leaves its reason for the app it speaks for", async () => {
  await world.call("/api/track/signup", { ref: "Nobody", app_id: app.id, user_id: "u1" });
  await world.call("/api/track/conversion", { user_id: "u2", amount_cents: 0 }, { key: app.key });
  await world.call("/api/track/refund", { ref: app.ref.toUpperCase(), user_id: "u3", amount_cents: 1 });
  await expect.poll(drops).toEqual([
    [app.id, "signup", "unknown_ref", "nobody", "u1"],
    [app.id, "conversion", "amount_out_of_range", null, "u2"],
    [app.id, "refund", "key_required", app.ref, "u3"],
  ]);
});

test("one that speaks for no app, or for one that is not there, leaves nothing, and no stranger writes into another app", async () => {
  const other = await world.newApp();
  await world.call("/api/track/signup", { ref: "nobody", user_id: "u1" });
  await world.call("/api/track/signup", { ref: "nobody", app_id: "app_none", user_id: "u1" });
  await world.call("/api/track/conversion", { ref: app.ref, user_id: "u1", amount_cents: 1 }, { key: other.key });
  await expect.poll(drops).toEqual([[other.id, "conversion", "unknown_ref", app.ref, "u1"]]);
});

test("the newest 1,000 of an app stay, and each app has its own", async () => {
  const other = await world.newApp();
  await world.call("/api/track/signup", { ref: "nobody", app_id: other.id, user_id: "mine" });
  for (let at = 0; at < 1_005; at++) {
    await world.call("/api/track/signup", { ref: "nobody", app_id: app.id, user_id: `u${at}` });
  }
  const users = async () => (await drops()).filter(([of]) => of === app.id).map(([, , , , user]) => user);
  await expect.poll(async () => (await users()).at(-1)).toBe("u1004");
  expect(await users()).toHaveLength(1_000);
  expect((await drops()).filter(([of]) => of === other.id)).toHaveLength(1);
});

async function drops() {
  const rows = await rowsOf(world.db, "drop");
  return rows.map(({ app: of, kind, reason, code, user_id }) => [of, kind, reason, code, user_id]);
}
