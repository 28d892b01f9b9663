import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commissionDue } from "../../worker/domain/commission.ts";
import { MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";

const MAX = MAX_AMOUNT_CENTS;
/** Fixed, so that every run tries the same cases. */
const SEED = 1;

/** base, captured, rate, fee, refunded → gross, fee, net. */
type Case = readonly [
  base: number,
  captured: number,
  rateBps: number,
  feeBps: number,
  refunded: number,
  gross: number,
  fee: number,
  net: number,
  why: string,
];

const UNREFUNDED: readonly Case[] = [
  [
    10_000,
    10_000,
    3_000,
    500,
    0,
    3_000,
    150,
    2_850,
    "the worked example: 30 % of $100, of which 5 % is the platform's",
  ],
  [10_000, 10_000, 0, 500, 0, 0, 0, 0, "a rate of 0 earns nothing, and no fee is taken of nothing"],
  [10_000, 10_000, 1, 500, 0, 1, 0, 1, "0.01 % of $100 is one cent; 5 % of a cent floors away, the creator keeps it"],
  [9_999, 9_999, 1, 500, 0, 0, 0, 0, "0.01 % of $99.99 is 0.9999 cents: the merchant never pays above the rate"],
  [10_000, 10_000, 10_000, 500, 0, 10_000, 500, 9_500, "100 % earns the whole payment"],
  [10_000, 10_000, 3_000, 0, 0, 3_000, 0, 3_000, "without a fee the creator has all of it"],
  [10_000, 10_000, 3_000, 10_000, 0, 3_000, 3_000, 0, "with a fee of 100 % the creator has none of it"],
  [1, 1, 10_000, 500, 0, 1, 0, 1, "one cent at 100 %: the fee's remainder stays with the creator"],
  [1, 1, 9_999, 500, 0, 0, 0, 0, "one cent at 99.99 % floors to nothing"],
  [3, 3, 5_000, 5_000, 0, 1, 0, 1, "half of 3 is 1, half of 1 is 0"],
  [3, 3, 10_000, 3_333, 0, 3, 0, 3, "33.33 % of 3 is 0.9999: floored, not rounded"],
  [333, 333, 3_000, 500, 0, 99, 4, 95, "99.9 floors to 99, its 5 % 4.95 to 4"],
  [333, 333, 3_333, 1_000, 0, 110, 11, 99, "110.9889 floors to 110, a tenth of that is exact"],
  [MAX, MAX, 10_000, 0, 0, MAX, 0, MAX, "the largest payment at 100 % is exact"],
  [MAX, MAX, 3_000, 500, 0, 299_999_999_999, 14_999_999_999, 285_000_000_000, "the largest payment, floored twice"],
  [MAX, MAX, 1, 1, 0, 99_999_999, 9_999, 99_990_000, "the smallest rate and fee of the largest payment"],
];

const PARTLY_EARNING: readonly Case[] = [
  [8_403, 10_000, 3_000, 500, 0, 2_520, 126, 2_394, "base < captured: tax was paid, and earns nothing"],
  [
    8_403,
    10_000,
    3_000,
    500,
    5_000,
    1_260,
    63,
    1_197,
    "half of the captured goes back: 4,201 of base is lost, 4,202 stays",
  ],
  [8_403, 10_000, 3_000, 500, 9_999, 0, 0, 0, "all but a cent goes back: 1 of base stays, 30 % of it floors to 0"],
  [8_403, 10_000, 3_000, 500, 10_000, 0, 0, 0, "all of the captured goes back: nothing stays, whatever base was"],
  [0, 10_000, 10_000, 500, 0, 0, 0, 0, "base 0: paid with credit, say, and earns nothing"],
  [1, MAX, 10_000, 0, MAX - 1, 1, 0, 1, "the only cent that earns stays until the last cent goes back"],
  [1, MAX, 10_000, 0, MAX, 0, 0, 0, "… and is gone with it"],
  [MAX - 1, MAX, 10_000, 0, MAX - 1, 1, 0, 1, "⌊(MAX−1)² / MAX⌋ needs 80 bits: MAX − 2 is lost, 1 stays"],
];

const REFUNDED: readonly Case[] = [
  [10_000, 10_000, 3_000, 500, 1, 2_999, 149, 2_850, "a cent back costs the merchant's rate on it, floored: 2,999.7"],
  [10_000, 10_000, 3_000, 500, 5_000, 1_500, 75, 1_425, "half back, half kept"],
  [10_000, 10_000, 3_000, 500, 10_000, 0, 0, 0, "all back"],
  [
    10_000,
    10_000,
    3_000,
    500,
    10_001,
    0,
    0,
    0,
    "more than all counts as all: two reports of one refund never go below zero",
  ],
  [333, 333, 3_000, 500, 111, 66, 3, 63, "a third back: 66.6 floors to 66"],
  [333, 333, 3_000, 500, 222, 33, 1, 32, "two thirds back"],
  [3, 3, 10_000, 0, 1, 2, 0, 2, "3 in thirds, one"],
  [3, 3, 10_000, 0, 2, 1, 0, 1, "3 in thirds, two"],
  [3, 3, 10_000, 0, 3, 0, 0, 0, "3 in thirds, three: exactly zero"],
];

describe.each([
  ["a payment", UNREFUNDED],
  ["a payment of which only a part earns", PARTLY_EARNING],
  ["a payment of which some went back", REFUNDED],
])("%s", (_what, cases) => {
  test.each(cases)(
    "base %i of %i at %i bps, fee %i bps, %i back → %i = %i + %i: %s",
    (baseCents, capturedCents, rateBps, feeBps, refunded, grossCents, feeCents, netCents) => {
      const due = commissionDue({ baseCents, capturedCents, rateBps, feeBps }, refunded);
      expect(due).toEqual({ grossCents, feeCents, netCents });
    },
  );
});

const anyAmount = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: MAX }), fc.constant(MAX));
const anyBps = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constantFrom(0, 1, 9_999, 10_000));
const anyTerms = fc
  .record({ capturedCents: anyAmount, share: fc.nat({ max: MAX }), rateBps: anyBps, feeBps: anyBps })
  .map(({ capturedCents, share, rateBps, feeBps }) => ({
    baseCents: share % (capturedCents + 1),
    capturedCents,
    rateBps,
    feeBps,
  }));

describe("for all terms", () => {
  test("the amounts are the exact floors, at any size", () => {
    fc.assert(
      fc.property(anyTerms, fc.nat({ max: MAX }), (terms, back) => {
        const [base, captured] = [BigInt(terms.baseCents), BigInt(terms.capturedCents)];
        const refunded = BigInt(back) > captured ? captured : BigInt(back);
        const gross = ((base - (base * refunded) / captured) * BigInt(terms.rateBps)) / 10_000n;
        const fee = (gross * BigInt(terms.feeBps)) / 10_000n;
        const due = commissionDue(terms, back);
        expect([due.grossCents, due.feeCents, due.netCents].map(BigInt)).toEqual([gross, fee, gross - fee]);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  test("nothing is ever negative, and more money back never means more to pay", () => {
    fc.assert(
      fc.property(anyTerms, fc.nat({ max: MAX }), fc.nat({ max: MAX }), (terms, one, other) => {
        const [less, more] = [commissionDue(terms, Math.min(one, other)), commissionDue(terms, Math.max(one, other))];
        expect(Math.min(more.grossCents, more.feeCents, more.netCents)).toBeGreaterThanOrEqual(0);
        expect(more.grossCents).toBeLessThanOrEqual(less.grossCents);
        expect(more.feeCents).toBeLessThanOrEqual(less.feeCents);
        expect(more.netCents).toBeLessThanOrEqual(less.netCents);
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  test("the merchant never pays above the rate, and the platform never takes above its fee", () => {
    fc.assert(
      fc.property(anyTerms, (terms) => {
        const { grossCents, feeCents } = commissionDue(terms, 0);
        expect(BigInt(grossCents) * 10_000n).toBeLessThanOrEqual(BigInt(terms.baseCents) * BigInt(terms.rateBps));
        expect(BigInt(feeCents) * 10_000n).toBeLessThanOrEqual(BigInt(grossCents) * BigInt(terms.feeBps));
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  test("refunds in any split end at exactly zero", () => {
    fc.assert(
      fc.property(anyTerms, fc.array(fc.nat({ max: MAX }), { maxLength: 8 }), (terms, cuts) => {
        const marks = cuts.map((cut) => cut % terms.capturedCents).toSorted((a, b) => a - b);
        const steps = [...marks, terms.capturedCents].map((back) => commissionDue(terms, back));
        const reversed = steps.map((due, at) => (steps[at - 1] ?? commissionDue(terms, 0)).netCents - due.netCents);
        const firstReversal = commissionDue(terms, 0).netCents - (steps[0]?.netCents ?? 0);
        const all = firstReversal + reversed.slice(1).reduce((sum, cents) => sum + cents, 0);
        expect(steps.at(-1)).toEqual({ grossCents: 0, feeCents: 0, netCents: 0 });
        expect(all).toBe(commissionDue(terms, 0).netCents);
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});

test("a refund taken of the whole, not of each part: three thirds of 100 at 30 % cost 30, not 27", () => {
  const terms = { baseCents: 100, capturedCents: 100, rateBps: 3_000, feeBps: 0 };
  const left = [33, 66, 100].map((back) => commissionDue(terms, back).netCents);
  expect(left).toEqual([20, 10, 0]);
});
