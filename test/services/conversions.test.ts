import { expect, test } from "vitest";
import { readConversions } from "../../worker/services/conversions/read-conversions.ts";
import type { Cursor } from "../../worker/store/cursor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const EVERYTHING = { status: null, lane: null } as const;

test("an app's conversions come newest first, page by page, each once, whoever's they are", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const other = await world.newApp();
  const ids: string[] = [];
  for (const user of ["a", "b", "c", "d", "e"]) ids.unshift(await pay(world, app, user));
  await pay(world, other, "theirs");
  expect(await walk(world, app, { limit: 2, lookedThrough: 100 })).toEqual([
    ids.slice(0, 2),
    ids.slice(2, 4),
    [ids[4]],
  ]);
});

test("what is rare is looked for in pages that each look through so many, and may be empty", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const ids: string[] = [];
  for (const user of ["a", "b", "c", "d", "e"]) ids.unshift(await pay(world, app, user));
  const [, , third = ""] = ids;
  await world.call(`/api/v1/conversions/${third}/hold`, { reason: "a test" }, { key: app.key });
  const held = { lane: "held", status: null, limit: 50, lookedThrough: 2 } as const;
  expect(await walk(world, app, held)).toEqual([[], [third], []]);
  const pending = { lane: null, status: "pending", limit: 1, lookedThrough: 2 } as const;
  expect((await walk(world, app, pending)).flat()).toEqual(ids);
});

test("of conversions of one millisecond none is left out and none comes twice", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  const ids: string[] = [];
  for (const user of ["a", "b", "c", "d"]) ids.push(await pay(world, app, user, 0));
  const pages = await walk(world, app, { limit: 50, lookedThrough: 1 });
  expect(pages.flat().toSorted()).toEqual(ids.toSorted());
});

async function walk(
  world: World,
  app: TestApp,
  page: Partial<Parameters<typeof readConversions>[2]> & { limit: number },
): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  let after: Cursor | null = null;
  do {
    const { conversions, next } = await readConversions(world.deps, app.id, { ...EVERYTHING, ...page, after });
    pages.push(conversions.map(({ id }) => id));
    after = next;
  } while (after !== null && pages.length < 20);
  return pages;
}

async function pay(world: World, app: TestApp, user: string, later = 1): Promise<string> {
  world.advance(later);
  const payment = { ref: app.ref, user_id: user, amount_cents: 1_000, event_id: user };
  return (await world.call("/api/track/conversion", payment, { key: app.key })).body.conversion_id;
}
