import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type StripeJson, shapes, stripeEvents } from "../support/stripe-events.ts";
import { type Story, STORIES } from "../support/stripe-stories.ts";
import { CREATORS, expectBooks, openShop, type StripeShop } from "../support/stripe-world.ts";
import { createWorld, type World } from "../support/world.ts";

// A story's events in many an order, with repeats, in one world: each order has an app of its own.

/** One order in so many. */
const EVERY = 9;

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  await expectBooks(world);
  await world.db.close();
});

describe.each(shapes)("in the shape of %s", (shape) => {
  test.each(STORIES)(
    "ST4 ST6 ST9 $title: any order, with repeats, ends in one state",
    async (story) => {
      const straight = await play(story, (events) => events);
      expectStory(story, straight.shop, await straight.books());
      const books = await straight.books();
      const count = eventsOf(story, straight.shop).length;
      for (const [at, order] of permutations([...Array(count).keys()]).entries()) {
        if (at % EVERY !== 0) continue;
        const { shop } = await play(story, (events) => {
          const arranged = order.map((index) => events[index] ?? expect.fail("no such event"));
          // Some come twice: at once, and after everything else.
          return [
            ...arranged.slice(0, 2),
            ...arranged.slice(at % count, (at % count) + 1),
            ...arranged.slice(2),
            ...arranged.slice(0, 1),
          ];
        });
        expect(await shop.books(), `in the order ${order.join(" ")}`).toEqual(books);
      }
    },
    120_000,
  );

  async function play(story: Story, arrange: (events: readonly StripeJson[]) => readonly StripeJson[]) {
    const shop = await openShop(world, story.settings === undefined ? {} : { settings: story.settings });
    for (const event of arrange(eventsOf(story, shop))) {
      const { status, body } = await shop.deliver(event);
      expect([status, body.received]).toEqual([200, true]);
    }
    return { shop, books: () => shop.books() };
  }

  function eventsOf(story: Story, shop: StripeShop): readonly StripeJson[] {
    return story.events(stripeEvents(shape), shop.refs);
  }
});

function expectStory(story: Story, _shop: StripeShop, books: ReturnType<typeof JSON.parse>): void {
  const commissions = CREATORS.flatMap((creator) => books[creator].commissions.map((one: string) => JSON.parse(one)));
  const amounts = commissions.map((one) => [one.amount_cents, one.refunded_cents]);
  expect(amounts.toSorted(([a], [b]) => a - b)).toEqual(story.commissions);
  for (const creator of CREATORS) {
    const [balance] = books[creator].balances;
    expect([creator, balance.pending_cents, balance.held_cents]).toEqual([
      creator,
      story.pending[creator] ?? 0,
      story.held?.[creator] ?? 0,
    ]);
  }
}

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length <= 1) return [items];
  return items.flatMap((first, at) =>
    permutations([...items.slice(0, at), ...items.slice(at + 1)]).map((rest) => [first, ...rest]),
  );
}
