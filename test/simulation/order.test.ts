import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import type { Json } from "../support/world.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";
import type { Creator } from "./model.ts";
import { Stage } from "./stage.ts";

// Calls that have keys, and refunds that name their payment, may come in any order and any number of times. What
// decides by time is left out on purpose: the clock stands still, and each user has one code.

const CODE_OF = { u1: "Nora", u2: "Nils", u3: "Nora-2" } as const;
/** What a backend says each payment is of. The public may say anything. */
const PAID = { p1: 1_000, p2: 1_777, p3: 3 } as const;

interface Call {
  readonly path: string;
  readonly keyed: boolean;
  readonly body: Json;
}

const anyPayment = fc.constantFrom("p1", "p2", "p3");
const anySale = fc.record({
  payment: fc.option(anyPayment, { freq: 4 }),
  user: fc.constantFrom("u1", "u2", "u3"),
  keyed: fc.boolean(),
  invented: fc.constantFrom(1, 999, 1_000, 5_000),
});
/** Of a payment all, or a part; the parts of one payment together are never more than it. */
const anyRefund = fc.record({ payment: anyPayment, part: fc.option(fc.integer({ min: 1, max: 400 }), { freq: 4 }) });

const anyCalls = fc
  .record({ sales: fc.array(anySale, { minLength: 1, maxLength: 8 }), refunds: fc.array(anyRefund, { maxLength: 6 }) })
  .map(({ sales, refunds }): readonly Call[] => [
    ...sales.map(({ payment, user, keyed, invented }, at) => ({
      path: "/api/track/conversion",
      keyed,
      body: {
        ref: CODE_OF[user],
        user_id: user,
        amount_cents: keyed && payment !== null ? PAID[payment] : invented,
        event_id: `sale-${at}`,
        ...(payment === null ? {} : { payment_ref: payment }),
      },
    })),
    ...refunds.flatMap(({ payment, part }, at) => {
      const earlier = refunds.slice(0, at).filter((other) => other.payment === payment);
      const left = PAID[payment] - earlier.reduce((sum, other) => sum + (other.part ?? 0), 0);
      const amount = part === null ? {} : { amount_cents: Math.min(part, left) };
      const body = { payment_ref: payment, event_id: `refund-${at}`, ...amount };
      return left > 0 ? [{ path: "/api/track/refund", keyed: true, body }] : [];
    }),
  ]);

/** The calls in another order, some of them more than once: every call at least once. */
const anyOrders = anyCalls.chain((calls) =>
  fc.record({
    calls: fc.constant(calls),
    order: fc
      .array(fc.nat({ max: calls.length - 1 }), { maxLength: 8 })
      .chain((repeated) =>
        fc.shuffledSubarray([...calls.keys(), ...repeated], { minLength: calls.length + repeated.length }),
      ),
  }),
);

test(
  "any order and any number of repeats of the same calls end in the same books",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyOrders, async ({ calls, order }) => {
        const straight = await booksAfter(async (send) => {
          for (const call of calls) await send(call);
        });
        const shuffled = await booksAfter(async (send) => {
          for (const at of order) await send(calls[at]);
        });
        expect(shuffled).toEqual(straight);
      }),
      runs(40),
    );
  },
  TIME_LIMIT_MS,
);

test(
  "and so do all of them sent at once",
  async () => {
    await fc.assert(
      fc.asyncProperty(anyOrders, async ({ calls, order }) => {
        const straight = await booksAfter(async (send) => {
          for (const call of calls) await send(call);
        });
        const atOnce = await booksAfter(async (send) => {
          await Promise.all(order.map((at) => send(calls[at])));
        });
        expect(atOnce).toEqual(straight);
      }),
      runs(25),
    );
  },
  TIME_LIMIT_MS,
);

/** What every creator has after the calls. Only a refund of a payment of which nothing is left may be refused. */
async function booksAfter(play: (send: (call: Call | undefined) => Promise<void>) => Promise<void>): Promise<Json> {
  const stage = await Stage.open();
  const { world, model } = stage;
  const [key = ""] = model.programs.map((program) => stage.appOf(program).key);
  const refused: Json[] = [];
  await play(async (call) => {
    if (call === undefined) throw new Error("no such call");
    const { body } = await world.call(call.path, call.body, call.keyed ? { key } : {});
    if ("error" in body) refused.push(body.error.code);
  });
  expect(refused.filter((code) => code !== "refund_exceeds_conversions")).toEqual([]);
  expect(await checkBooks(world.db)).toEqual([]);
  const books = await Promise.all(model.creators.map((creator) => booksOf(stage, creator)));
  await world.db.close();
  return books;
}

async function booksOf(stage: Stage, creator: Creator): Promise<Json> {
  const { balances } = await stage.read(creator, "balance");
  const { commissions } = await stage.read(creator, "commissions?limit=100");
  const withoutIds = commissions.map((one: Json) => JSON.stringify({ ...one, id: "", conversion_id: "" }));
  return { balances, commissions: withoutIds.toSorted() };
}
