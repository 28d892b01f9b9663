import { floorShare } from "../../domain/money.ts";
import { isPresent, itemsOf, type Json, wholeOf } from "./read-object.ts";

/**
 * What of the cash paid is not tax, in the invoice's minor unit: the cash in the proportion in which the total is net,
 * rounded down, because part of a total may be paid by credit. All of the cash where the invoice tells no tax, and where
 * nothing was charged (a debit of the customer's balance was paid then). May be more than `paidCents` if the tax is
 * negative: `readMoney` holds it.
 */
export function invoiceNetOfTax(invoice: Json, paidCents: number): number {
  const total = wholeOf(invoice["total"]);
  if (total === null || total <= 0 || paidCents <= 0) return paidCents;
  const net = wholeOf(invoice["total_excluding_tax"]) ?? total - (taxOf(invoice) ?? 0);
  return floorShare(paidCents, { numerator: Math.max(net, 0), denominator: total });
}

/** Inclusive and exclusive tax alike: both are in `total`. */
function taxOf(invoice: Json): number | null {
  return wholeOf(invoice["tax"]) ?? sumOf(invoice["total_taxes"]) ?? sumOf(invoice["total_tax_amounts"]);
}

function sumOf(taxes: unknown): number | null {
  if (!isPresent(taxes)) return null;
  return itemsOf(taxes).reduce((sum, tax) => sum + (wholeOf(tax["amount"]) ?? 0), 0);
}
