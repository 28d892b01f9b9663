import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balanceOf, type Totals, type Upcoming } from "../../worker/domain/balance.ts";
import { DAY_MS } from "../../worker/domain/maturation.ts";
import type { Lane } from "../../worker/domain/trust.ts";

const NOTHING: Totals = { earned: { clear: 0, review: 0, held: 0 }, adjustCents: 0, paidCents: 0 };
const EMPTY = { pendingCents: 0, availableCents: 0, inReviewCents: 0, heldCents: 0, paidCents: 0, next: [] };

type Case = readonly [why: string, totals: Partial<Totals>, upcoming: readonly Upcoming[], expected: object];

const CASES: readonly Case[] = [
  ["nothing at all", {}, [], {}],
  ["clear, matured", { earned: earned({ clear: 2_850 }) }, [], { availableCents: 2_850 }],
  [
    "clear, to mature",
    { earned: earned({ clear: 2_850 }) },
    [bucket("clear", 10, 2_850)],
    { pendingCents: 2_850, next: [on(10, 2_850)] },
  ],
  [
    "review, to mature: pending like clear money, and not in review yet",
    { earned: earned({ review: 500 }) },
    [bucket("review", 10, 500)],
    { pendingCents: 500, next: [on(10, 500)] },
  ],
  [
    "review, matured: available, and the part no payout takes",
    { earned: earned({ review: 500 }) },
    [],
    { availableCents: 500, inReviewCents: 500 },
  ],
  ["held, matured or not: held", { earned: earned({ held: 700 }) }, [], { heldCents: 700 }],
  [
    "days in order, lanes of one day together",
    { earned: earned({ clear: 900, review: 50 }) },
    [bucket("clear", 12, 300), bucket("review", 11, 50), bucket("clear", 11, 600)],
    { pendingCents: 950, next: [on(11, 650), on(12, 300)] },
  ],
  [
    "a day whose money was refunded is not announced",
    { earned: earned({ clear: 300 }) },
    [bucket("clear", 11, 0), bucket("clear", 12, 300)],
    { pendingCents: 300, next: [on(12, 300)] },
  ],
  [
    "refunded after it was paid: available is negative, pending is not touched",
    { earned: earned({ clear: 400 }), paidCents: 2_850 },
    [bucket("clear", 10, 400)],
    { pendingCents: 400, availableCents: -2_850, paidCents: 2_850, next: [on(10, 400)] },
  ],
  ["a bonus is available at once", { adjustCents: 1_000 }, [], { availableCents: 1_000 }],
  ["a correction below zero as well", { adjustCents: -1_000 }, [], { availableCents: -1_000 }],
];

describe("a balance", () => {
  test.each(CASES)("%s", (_why, totals, upcoming, expected) => {
    expect(balanceOf({ ...NOTHING, ...totals }, upcoming)).toEqual({ ...EMPTY, ...expected });
  });

  const cents = fc.nat({ max: 999_999_999_999 });
  const day = fc.record({ matureDay: fc.nat({ max: 4 }), matured: cents, pending: cents });

  test("always: earned + adjust = paid + pending + available + held", () => {
    const parts = { clear: fc.array(day, { maxLength: 4 }), review: fc.array(day, { maxLength: 4 }), held: cents };
    fc.assert(
      fc.property(fc.record(parts), fc.integer(), cents, ({ clear, review, held }, adjustCents, paidCents) => {
        const sum = (days: typeof clear) => days.reduce((all, one) => all + one.matured + one.pending, 0);
        const totals = { earned: { clear: sum(clear), review: sum(review), held }, adjustCents, paidCents };
        const upcoming = [
          ...clear.map((one) => bucket("clear", one.matureDay, one.pending)),
          ...review.map((one) => bucket("review", one.matureDay, one.pending)),
        ];
        const is = balanceOf(totals, upcoming);
        const allEarned = totals.earned.clear + totals.earned.review + held;
        expect(is.paidCents + is.pendingCents + is.availableCents + is.heldCents).toBe(allEarned + adjustCents);
        expect(is.next.reduce((all, one) => all + one.amountCents, 0)).toBe(is.pendingCents);
        expect(is.inReviewCents).toBe(review.reduce((all, one) => all + one.matured, 0));
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});

function earned(lanes: Partial<Record<Lane, number>>): Totals["earned"] {
  return { ...NOTHING.earned, ...lanes };
}

function bucket(lane: Upcoming["lane"], matureDay: number, netCents: number): Upcoming {
  return { lane, matureDay, netCents };
}

function on(day: number, amountCents: number): { availableAt: number; amountCents: number } {
  return { availableAt: day * DAY_MS, amountCents };
}
