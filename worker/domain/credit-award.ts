import type { CreditProgram } from "./credit-program.ts";

/** What a redemption brings, in credits, and whether the referrer was at the cap. */
export interface Awards {
  readonly referrer: number;
  readonly referee: number;
  readonly isCapped: boolean;
}

/**
 * Both awards of a redemption that is completed now: the referrer's up to what the cap leaves, the friend's in full, at the cap
 * too where the program says so. `earned` is what the referrer has earned with friends in a lifetime. The statement that decides
 * is store/redemption-store.ts; a property test holds the two equal.
 */
export function awardsOf(
  program: Pick<CreditProgram, "referrerAward" | "refereeAward" | "cap" | "bonusWhenCapped">,
  earned: number,
): Awards {
  const isCapped = earned >= program.cap;
  const referrer = Math.max(0, Math.min(program.referrerAward, program.cap - earned));
  return { referrer, referee: isCapped && !program.bonusWhenCapped ? 0 : program.refereeAward, isCapped };
}

/** What is left to earn below the cap, never negative: a cap that was lowered takes nothing back. */
export function remainingCredits(cap: number, earned: number): number {
  return Math.max(0, cap - earned);
}

/** Credits in US dollars, as the field writes them: 10000 → `$100.00`. */
export function dollarsOf(credits: number): string {
  const cents = String(credits % 100).padStart(2, "0");
  return `$${Math.trunc(credits / 100)}.${cents}`;
}
