import { currencyDecimals } from "./currency.ts";
import { MAX_AMOUNT_CENTS } from "./money.ts";

/** Digits that any amount of ours fits into. */
const MAX_DIGITS = 12;

/**
 * Minor units of an amount as people write it: ("12.5", "usd") → 1250, ("500", "jpy") → 500, ("−3", "eur") → −300. Null for
 * anything else, also for more decimals than the currency has: nothing is rounded. No thousands are marked, for a comma is
 * a decimal point to many.
 */
export function centsOf(text: string, currency: string): number | null {
  const match = /^([-−])?(\d{1,15})(?:\.(\d{1,3}))?$/.exec(text.trim());
  if (match === null) return null;
  const [, sign, whole = "", fraction = ""] = match;
  const decimals = currencyDecimals(currency);
  if (fraction.length > decimals) return null;
  const digits = `${whole}${fraction.padEnd(decimals, "0")}`.replace(/^0+(?=\d)/, "");
  if (digits.length > MAX_DIGITS) return null;
  const cents = Number(digits);
  if (cents > MAX_AMOUNT_CENTS) return null;
  return sign === undefined || cents === 0 ? cents : -cents;
}
