import type { ConversionTerms } from "./commission.ts";
import { FULL_BPS, floorShare } from "./money.ts";
import { percentOf } from "./percent.ts";

/** One line of the sum that a commission is: in words, and with its numbers. */
export interface ArithmeticStep {
  readonly step: "captured" | "base" | "refunded" | "retained" | "commission" | "fee" | "net" | "void";
  readonly words: string;
  readonly formula: string;
  readonly cents: number;
}

/**
 * How a commission comes to what it is, step by step as `domain/commission.ts` counts it. The steps `fee` and `net` are what
 * the books hold, unless the conversion is void: then a last step takes all of it away.
 */
export function arithmeticOf(
  { baseCents, capturedCents, rateBps, feeBps }: ConversionTerms,
  { refundedCents, isVoid }: { refundedCents: number; isVoid: boolean },
): readonly ArithmeticStep[] {
  const refunded = Math.min(refundedCents, capturedCents);
  const lost = floorShare(baseCents, { numerator: refunded, denominator: capturedCents });
  const retained = baseCents - lost;
  const commission = floorShare(retained, { numerator: rateBps, denominator: FULL_BPS });
  const fee = floorShare(commission, { numerator: feeBps, denominator: FULL_BPS });
  const net = commission - fee;
  return [
    step("captured", capturedCents, "What the customer paid.", `${capturedCents}`),
    step("base", baseCents, "What of it earns.", `${baseCents}`),
    step("refunded", refunded, "What went back to the customer so far, by refunds and lost disputes.", `${refunded}`),
    step(
      "retained",
      retained,
      "What is left of the base: less the refunded share of it, rounded down.",
      `${baseCents} − ⌊${baseCents} × ${refunded} ÷ ${capturedCents}⌋ = ${retained}`,
    ),
    step(
      "commission",
      commission,
      "The rate of that, rounded down.",
      `⌊${retained} × ${percentOf(rateBps)} %⌋ = ${commission}`,
    ),
    step(
      "fee",
      fee,
      "The platform's share of the commission, rounded down.",
      `⌊${commission} × ${percentOf(feeBps)} %⌋ = ${fee}`,
    ),
    step("net", net, "The affiliate's.", `${commission} − ${fee} = ${net}`),
    ...(isVoid ? [step("void", 0, "It counts no longer: nothing is due.", "0")] : []),
  ];
}

function step(name: ArithmeticStep["step"], cents: number, words: string, formula: string): ArithmeticStep {
  return { step: name, words, formula, cents };
}
