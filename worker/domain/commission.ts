import { FULL_BPS, floorShare } from "./money.ts";

/** The terms of a payment, frozen for life when it was recorded. `base` earns, `captured` is what the customer paid. */
export interface ConversionTerms {
  readonly baseCents: number;
  readonly capturedCents: number;
  readonly rateBps: number;
  readonly feeBps: number;
}

/** What a payment earns, in its currency's minor units. Always gross = fee + net. */
export interface Commission {
  readonly grossCents: number;
  readonly feeCents: number;
  readonly netCents: number;
}

/**
 * What is due for a payment of which `refundedCents` (of `captured`) went back to the customer.
 *
 * Every step floors: the merchant never pays above the rate, and the creator keeps the fee's remainder. The share is
 * taken of everything refunded so far, not of each refund, so refunds in any split end at exactly zero.
 */
export function commissionDue(terms: ConversionTerms, refundedCents: number): Commission {
  const refunded = Math.min(refundedCents, terms.capturedCents);
  const lost = floorShare(terms.baseCents, { numerator: refunded, denominator: terms.capturedCents });
  const grossCents = floorShare(terms.baseCents - lost, { numerator: terms.rateBps, denominator: FULL_BPS });
  const feeCents = floorShare(grossCents, { numerator: terms.feeBps, denominator: FULL_BPS });
  return { grossCents, feeCents, netCents: grossCents - feeCents };
}
