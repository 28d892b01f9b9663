import { parseCurrency } from "../../domain/currency.ts";
import { isAmount } from "../../domain/money.ts";
import type { StripeMoney } from "../../domain/stripe-facts.ts";
import { textOf } from "./read-object.ts";
import type { IgnoredReason } from "./translation.ts";

/**
 * The money of a payment, null where nothing was paid, or why it cannot be counted. Amounts stay in the minor unit that
 * Stripe counts, whatever the currency's decimals are. The net is held between 0 and what was captured: a tax larger than
 * the cash paid (part of it by credit) leaves nothing, and a negative tax adds nothing.
 */
export function readMoney(paid: {
  readonly captured: number | null;
  readonly netOfTax: number;
  readonly currency: unknown;
  readonly occurredAt: number | null;
}): StripeMoney | null | IgnoredReason {
  const { captured, occurredAt } = paid;
  if (captured === null || occurredAt === null) return "unreadable";
  if (captured <= 0) return null;
  const amount = readAmount(captured, paid.currency);
  if (typeof amount === "string") return amount;
  const netOfTaxCents = Math.min(Math.max(paid.netOfTax, 0), captured);
  return { capturedCents: amount.amountCents, netOfTaxCents, currency: amount.currency, occurredAt };
}

/** An amount of 1 to 999,999,999,999 in a currency that exists, or why it cannot be counted. */
export function readAmount(
  amountCents: number | null,
  currency: unknown,
): { readonly amountCents: number; readonly currency: string } | IgnoredReason {
  if (amountCents === null || amountCents <= 0) return "unreadable";
  if (!isAmount(amountCents)) return "amount_out_of_range";
  const known = parseCurrency(textOf(currency) ?? "");
  return known === null ? "unknown_currency" : { amountCents, currency: known };
}
