import { describe, expect, test } from "vitest";
import { parsePercent, percentOf } from "../../worker/domain/percent.ts";

describe("parsePercent", () => {
  test.each<[string, number | null, string]>([
    ["30", 3_000, "a whole percentage"],
    ["12.5", 1_250, "one decimal"],
    ["12.05", 1_205, "two decimals: 05 is five hundredths"],
    ["0.01", 1, "the smallest rate"],
    ["0", 0, "no commission"],
    ["0.00", 0, "no commission, written out"],
    ["100", 10_000, "everything"],
    ["100.00", 10_000, "everything, written out"],
    ["99.99", 9_999, "nearly everything"],
    ["8.2", 820, "8.2 × 100 is 819.9999999999999 as a float: read from the digits"],
    ["1.1", 110, "1.1 × 100 is 110.00000000000001 as a float"],
    ["016", 1_600, "leading zeros are no octal"],
    ["100.01", null, "more than everything"],
    ["101", null, "more than everything"],
    ["1000", null, "too many digits"],
    ["12.345", null, "a third decimal is no basis point"],
    ["-5", null, "no negative commission"],
    ["+5", null, "no sign"],
    [".5", null, "no digit before the point"],
    ["5.", null, "no digit after it"],
    ["1e1", null, "no exponent: String(1e-7) has one"],
    ["5%", null, "no percent sign"],
    ["12,5", null, "no comma"],
    [" 5", null, "no blanks"],
    ["5\n", null, "no line break behind it"],
    ["٥", null, "ASCII digits"],
    ["", null, "nothing"],
    ["NaN", null, "no number"],
    ["Infinity", null, "no number"],
  ])("%j is %j: %s", (text, expected) => {
    expect(parsePercent(text)).toBe(expected);
  });
});

test.each([
  [0, 0],
  [1, 0.01],
  [10, 0.1],
  [820, 8.2],
  [1_205, 12.05],
  [1_250, 12.5],
  [3_000, 30],
  [10_000, 100],
])("percentOf(%i) is %d", (bps, percent) => {
  expect(percentOf(bps)).toBe(percent);
});

test("every rate is read back from what it is shown as", () => {
  const all = Array.from({ length: 10_001 }, (_, bps) => bps);
  expect(all.map((bps) => parsePercent(String(percentOf(bps))))).toEqual(all);
});
