import { expect, test } from "vitest";
import { centsOf } from "../../worker/domain/amount-text.ts";
import { MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";

const AMOUNTS: readonly (readonly [text: string, currency: string, cents: number | null, reason: string])[] = [
  ["12.50", "usd", 1_250, "as it is shown"],
  ["12.5", "usd", 1_250, "a decimal may be left out"],
  ["12", "usd", 1_200, "so may both"],
  [" 7 ", "usd", 700, "blanks around it say nothing"],
  ["007.10", "usd", 710, "zeros in front say nothing"],
  ["500", "jpy", 500, "a currency without decimals"],
  ["1.234", "kwd", 1_234, "one with three"],
  ["-3", "eur", -300, "taken away"],
  ["−3", "eur", -300, "with the minus that amounts are shown with"],
  ["-0", "eur", 0, "there is no negative zero"],
  ["9999999999.99", "usd", MAX_AMOUNT_CENTS, "the largest"],
  ["10000000000.00", "usd", null, "a cent beyond it, and more"],
  ["999999999999", "jpy", MAX_AMOUNT_CENTS, "the largest without decimals"],
  ["12.505", "usd", null, "nothing is rounded"],
  ["1.5", "jpy", null, "nor where there are no decimals"],
  ["12,50", "usd", null, "a comma is a point to some and marks thousands to others"],
  ["1,000", "usd", null, "so it is neither"],
  ["1e3", "usd", null, "no power"],
  [".5", "usd", null, "a digit comes first"],
  ["5.", "usd", null, "and after a point"],
  ["+5", "usd", null, "no plus"],
  ["", "usd", null, "nothing is no amount"],
  ["٣", "usd", null, "other digits"],
];

test.each(AMOUNTS)("%j %s is %s: %s", (text, currency, cents) => {
  expect(centsOf(text, currency)).toBe(cents);
});
