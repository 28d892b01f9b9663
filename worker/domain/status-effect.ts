import type { AffiliateStatus } from "./affiliate-status.ts";
import type { Balance } from "./balance.ts";

/** What a change of status does to an affiliate's money in one currency. */
export interface MoneyEffect {
  /** Net money that becomes void. */
  readonly voidedCents: number;
  /** The available balance afterwards. */
  readonly availableCents: number;
}

/**
 * What becoming `to` does to a balance. A revocation voids what has not matured and what is held or in review; matured clear
 * money stays theirs. Nothing else moves money. The store's statement of what is to be voided is its twin.
 */
export function moneyEffect(
  balance: Pick<Balance, "pendingCents" | "inReviewCents" | "heldCents" | "availableCents">,
  { from, to }: { from: AffiliateStatus; to: AffiliateStatus },
): MoneyEffect {
  const { pendingCents, inReviewCents, heldCents, availableCents } = balance;
  if (to !== "revoked" || from === "revoked") return { voidedCents: 0, availableCents };
  return { voidedCents: pendingCents + inReviewCents + heldCents, availableCents: availableCents - inReviewCents };
}
