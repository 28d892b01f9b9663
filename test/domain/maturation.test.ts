import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, dayOf, isMature, matureDay, startOfDay } from "../../worker/domain/maturation.ts";

const at = (iso: string): number => Date.parse(iso);

describe("matureDay", () => {
  test.each([
    ["2026-01-15T12:00:00.000Z", 14, "2026-01-30", "14 days end at noon of the 29th: the next midnight"],
    ["2026-01-15T00:00:00.000Z", 14, "2026-01-29", "exactly midnight: 14 days end at a midnight, and that is it"],
    ["2026-01-15T00:00:00.001Z", 14, "2026-01-30", "one millisecond later a whole day later"],
    [
      "2026-01-14T23:59:59.999Z",
      14,
      "2026-01-29",
      "one millisecond before midnight: the midnight 1 ms after the 14 days",
    ],
    ["2026-01-15T12:00:00.000Z", 0, "2026-01-16", "no holding days: still the next midnight"],
    ["2026-01-15T00:00:00.000Z", 0, "2026-01-15", "no holding days at midnight: at once"],
    ["2026-01-15T12:00:00.000Z", 1, "2026-01-17", "at least one whole day"],
    ["2028-02-15T12:00:00.000Z", 14, "2028-03-01", "a leap year has a 29th of February"],
    ["2026-02-15T12:00:00.000Z", 14, "2026-03-02", "other years do not"],
    ["2028-02-29T12:00:00.000Z", 365, "2029-03-01", "days, not calendar years"],
    ["2026-12-31T23:59:59.999Z", 0, "2027-01-01", "into the next year"],
    ["2026-12-20T12:00:00.000Z", 14, "2027-01-04", "over the end of the year"],
    [
      "2026-03-20T12:00:00.000Z",
      14,
      "2026-04-04",
      "no clock is put forward in UTC (European summer time begins on the 29th)",
    ],
    ["1970-01-01T00:00:00.000Z", 0, "1970-01-01", "the first day is day 0"],
  ])("%s, held %i days, matures on %s: %s", (occurred, days, expected) => {
    expect(startOfDay(matureDay(at(occurred), days))).toBe(at(`${expected}T00:00:00.000Z`));
  });

  test("is the first midnight after at least the holding days", () => {
    fc.assert(
      fc.property(fc.nat({ max: at("2100-01-01T00:00:00Z") }), fc.nat({ max: 365 }), (occurred, days) => {
        const held = startOfDay(matureDay(occurred, days)) - (occurred + days * DAY_MS);
        expect(held).toBeGreaterThanOrEqual(0);
        expect(held).toBeLessThan(DAY_MS);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

describe("isMature", () => {
  const day = dayOf(at("2026-01-30T00:00:00Z"));

  test.each([
    ["2026-01-29T23:59:59.999Z", false, "one millisecond before its day"],
    ["2026-01-30T00:00:00.000Z", true, "at its first millisecond"],
    ["2026-01-30T00:00:00.001Z", true, "one millisecond into it"],
    ["2027-01-30T00:00:00.000Z", true, "for good"],
    ["2025-12-31T23:59:59.999Z", false, "a year's end before it"],
  ])("at %s: %s, %s", (now, expected) => {
    expect(isMature(day, at(now))).toBe(expected);
  });
});

test.each([
  ["1970-01-01T00:00:00.000Z", 0],
  ["1970-01-01T23:59:59.999Z", 0],
  ["1970-01-02T00:00:00.000Z", 1],
  ["2026-01-15T12:00:00.000Z", 20_468],
])("dayOf(%s) is %i", (instant, day) => {
  expect(dayOf(at(instant))).toBe(day);
});
