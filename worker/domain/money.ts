import { assert } from "./assert.ts";

/** The largest amount of one payment or refund, in minor units. A larger one could overflow a 64-bit product into a float. */
export const MAX_AMOUNT_CENTS = 999_999_999_999;

/** 100 % in basis points. */
export const FULL_BPS = 10_000;

/** True for a whole number of minor units from 1 to `MAX_AMOUNT_CENTS`. */
export function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= MAX_AMOUNT_CENTS;
}

/** True for what a correction may say: like an amount, of either sign. */
export function isCorrection(value: number): boolean {
  return isAmount(Math.abs(value));
}

/** ⌊value × numerator / denominator⌋ for non-negative whole numbers, exact at any size. */
export function floorShare(
  value: number,
  { numerator, denominator }: { numerator: number; denominator: number },
): number {
  assert(value >= 0 && numerator >= 0 && denominator > 0, "a share is taken of non-negative whole numbers");
  return Number((BigInt(value) * BigInt(numerator)) / BigInt(denominator));
}
