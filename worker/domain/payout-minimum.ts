import { currencyDecimals } from "./currency.ts";

/** The least payout in an app's own currency while the app has not set another: 50.00, as the field pays at the earliest. */
const DEFAULT_MINIMUM_UNITS = 50;

/** That minimum in the currency's minor unit: 5000 of usd, 50 of jpy. */
export function defaultMinimumCents(currency: string): number {
  return DEFAULT_MINIMUM_UNITS * 10 ** currencyDecimals(currency);
}
