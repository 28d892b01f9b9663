import { expect, test } from "vitest";
import { MAX_COUNTRIES, parseCountry } from "../../worker/domain/country.ts";

test("every country of ISO 3166-1, and Kosovo", () => {
  expect(MAX_COUNTRIES).toBe(249 + 1);
});

test.each([
  ["NL", "NL"],
  ["de", "DE"],
  ["xk", "XK"],
  ["UK", null],
  ["XX", null],
  ["T1", null],
  ["NLD", null],
  ["", null],
])("%j is %j", (text, expected) => {
  expect(parseCountry(text)).toBe(expected);
});
