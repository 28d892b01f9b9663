import { describe, expect, test } from "vitest";
import { currencyDecimals, formatMoney, parseCurrency } from "../../worker/domain/currency.ts";
import { MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz".split("");
/** Every currency there is, found by asking for each of the 17,576 words of three letters. */
const CURRENCIES = LETTERS.flatMap((a) => LETTERS.flatMap((b) => LETTERS.map((c) => a + b + c))).filter(
  (word) => parseCurrency(word) !== null,
);

describe("parseCurrency", () => {
  test.each<[string, string | null, string]>([
    ["usd", "usd", "as it is stored"],
    ["USD", "usd", "as ISO writes it"],
    ["uSd", "usd", "in any case"],
    ["zzz", null, "no such currency"],
    ["xau", null, "gold is no currency to be paid in"],
    ["xxx", null, "ISO's word for no currency"],
    ["btc", null, "not of ISO"],
    ["dem", null, "the mark is gone"],
    ["", null, "nothing"],
    ["us", null, "too short"],
    ["usdt", null, "too long"],
    [" usd", null, "blanks are not trimmed: a caller's slip is told"],
    ["__proto__", null, "a property's name is no currency"],
  ])("%j is %j: %s", (text, expected) => {
    expect(parseCurrency(text)).toBe(expected);
  });
});

describe("the list of currencies", () => {
  test("holds the world's, and each is known to Unicode's", () => {
    const known = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));
    expect(CURRENCIES.length).toBeGreaterThan(150);
    expect(CURRENCIES.filter((code) => !known.has(code))).toEqual([]);
  });

  test("misses none that Unicode has and people pay in", () => {
    // Withdrawn (cuc, hrk, sll, zwl) and units of account (xdr, xsu).
    const noMoney = new Set(["cuc", "hrk", "sll", "zwl", "xdr", "xsu"]);
    const known = Intl.supportedValuesOf("currency").map((code) => code.toLowerCase());
    const missing = known.filter((code) => !CURRENCIES.includes(code) && !noMoney.has(code));
    expect(missing).toEqual([]);
  });

  test.each([
    [0, "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"],
    [3, "bhd iqd jod kwd lyd omr tnd"],
  ])("those of %i decimals", (decimals, codes) => {
    expect(CURRENCIES.filter((code) => currencyDecimals(code) === decimals).join(" ")).toBe(codes);
  });

  test("all others have two: also ISK, HUF, TWD and UGX, as payment processors count them", () => {
    expect(["usd", "eur", "isk", "huf", "twd", "ugx"].map(currencyDecimals)).toEqual([2, 2, 2, 2, 2, 2]);
  });
});

describe("formatMoney", () => {
  test.each([
    [10_000, "usd", "100.00 USD", "two decimals"],
    [1, "usd", "0.01 USD", "a cent"],
    [99, "usd", "0.99 USD", "less than one"],
    [0, "usd", "0.00 USD", "nothing"],
    [-2_850, "usd", "−28.50 USD", "a clawback, with the minus sign of typography"],
    [-5, "usd", "−0.05 USD", "the sign stands before the zero"],
    [500, "jpy", "500 JPY", "no decimals: 500 is 500 yen, not 5"],
    [0, "jpy", "0 JPY", "no decimals, nothing"],
    [1_234_567, "jpy", "1,234,567 JPY", "thousands"],
    [1_234, "kwd", "1.234 KWD", "three decimals"],
    [5, "kwd", "0.005 KWD", "three decimals, padded"],
    [1_234_567, "kwd", "1,234.567 KWD", "three decimals, thousands"],
    [100_000, "usd", "1,000.00 USD", "the first comma"],
    [99_999, "usd", "999.99 USD", "none yet"],
    [MAX_AMOUNT_CENTS, "usd", "9,999,999,999.99 USD", "the largest amount, exactly"],
    [
      9_007_199_254_740_991,
      "usd",
      "90,071,992,547,409.91 USD",
      "the largest whole number: a float would lose the cent",
    ],
  ])("%i %s is %j: %s", (amount, currency, expected) => {
    expect(formatMoney(amount, currency)).toBe(expected);
  });
});
