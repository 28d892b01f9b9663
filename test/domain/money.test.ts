import { describe, expect, test } from "vitest";
import { floorShare, FULL_BPS, isAmount, isCorrection, MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";

const MAX = MAX_AMOUNT_CENTS;

test.each([
  [1, true, "the smallest amount there is"],
  [MAX, true, "the largest amount taken"],
  [0, false, "nothing was paid"],
  [-1, false, "a refund is a call of its own"],
  [MAX + 1, false, "beyond it a product could leave 64 bits"],
  [1.5, false, "minor units are whole"],
  [0.1 + 0.2, false, "a float is no amount"],
  [Number.NaN, false, "no number"],
  [Infinity, false, "no amount"],
  [2 ** 53, false, "no exact whole number"],
])("isAmount(%d) is %s: %s", (value, expected) => {
  expect(isAmount(value)).toBe(expected);
});

test.each([
  [1, true, "the smallest bonus"],
  [-1, true, "the smallest claim"],
  [MAX, true, "the largest bonus"],
  [-MAX, true, "the largest claim"],
  [0, false, "nothing is corrected"],
  [-0, false, "nor by nothing below zero"],
  [MAX + 1, false, "no payment is as large"],
  [-MAX - 1, false, "nor is what is taken back"],
  [-1.5, false, "minor units are whole"],
  [Number.NaN, false, "no number"],
  [-Infinity, false, "no amount"],
])("isCorrection(%d) is %s: %s", (value, expected) => {
  expect(isCorrection(value)).toBe(expected);
});

describe("floorShare", () => {
  test.each([
    [10_000, 3_000, FULL_BPS, 3_000, "exact"],
    [333, 3_000, FULL_BPS, 99, "99.9 floors"],
    [1, 9_999, FULL_BPS, 0, "0.9999 floors"],
    [0, 5, 7, 0, "of nothing"],
    [7, 0, 5, 0, "no share"],
    [7, 5, 5, 7, "the whole"],
    [7, 6, 5, 8, "more than the whole is no matter of this function"],
    [2, 2, 3, 1, "1.33"],
    [MAX, MAX, MAX, MAX, "a product of 80 bits"],
    [MAX, MAX - 1, MAX, MAX - 1, "a product of 80 bits, exact"],
    [MAX - 1, MAX - 1, MAX, MAX - 2, "a product of 80 bits, floored"],
    [2 ** 53 - 1, 2, 2, 2 ** 53 - 1, "the largest whole number, though the product is none"],
  ])("⌊%i × %i / %i⌋ = %i: %s", (value, numerator, denominator, expected) => {
    expect(floorShare(value, { numerator, denominator })).toBe(expected);
  });

  test.each([
    [-1, 1, 1, "BigInt division rounds towards zero: a negative value would not be floored"],
    [1, -1, 1, "nor a negative share"],
    [1, 1, 0, "a share of nothing is undefined"],
    [1, 1, -1, "nor does a negative whole make sense"],
  ])("refuses ⌊%i × %i / %i⌋: %s", (value, numerator, denominator) => {
    expect(() => floorShare(value, { numerator, denominator })).toThrow("invariant broken");
  });

  test("refuses a fraction, which BigInt cannot hold", () => {
    expect(() => floorShare(1.5, { numerator: 1, denominator: 2 })).toThrow(RangeError);
  });
});
