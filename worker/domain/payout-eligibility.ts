import type { AffiliateStatus } from "./affiliate-status.ts";
import type { MethodKind, StripePayer } from "./payout-method.ts";

/** Why an affiliate is left out of a batch, or skipped by its run. */
export const LEFT_OUT = [
  "applied",
  "suspended",
  "revoked",
  "revocation_under_way",
  "negative_balance",
  "in_review",
  "nothing_payable",
  "minimum_not_set",
  "below_minimum",
  "no_method",
  "other_method",
  "method_changed",
  "more_than_approved",
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

/** A payout method as it matters here. */
export interface MethodFacts {
  readonly kind: MethodKind;
  readonly payer: StripePayer | null;
  readonly changedAt: number;
  /** It took the place of another one. */
  readonly isChange: boolean;
}

export interface EligibilityFacts {
  readonly status: AffiliateStatus;
  readonly revokedAt: number | null;
  /** Everything that the revocation voids is void. */
  readonly isVoided: boolean;
  /** Matured and clear, plus corrections, less what was paid. */
  readonly payableCents: number;
  /** Matured, and waiting for the owner's approval. */
  readonly inReviewCents: number;
  /** Null: none is set for this currency. */
  readonly minimumCents: number | null;
  readonly method: MethodFacts | null;
}

/** A change of payout details keeps payouts back for this long, so that whoever changed them unasked is found out first. */
export const METHOD_BLOCK_MS = 48 * 3_600_000;

/**
 * Why an affiliate gets no payout of one currency, null when they get one. What the affiliate is comes first, then what there
 * is to pay, then where it would go. `since`: who was revoked after it was seen that they are not is skipped; who was revoked
 * before keeps what had matured, and is paid.
 */
export function whyLeftOut(
  facts: EligibilityFacts,
  batch: {
    readonly rail: "manual" | "stripe";
    readonly payer: "app" | "operator";
    readonly since: number;
    readonly now: number;
  },
): LeftOut | null {
  const { status, revokedAt, isVoided, method, minimumCents, payableCents } = facts;
  if (status === "suspended" || status === "applied") return status;
  if (status === "revoked" && (revokedAt ?? 0) > batch.since) return "revoked";
  if (status === "revoked" && !isVoided) return "revocation_under_way";
  if (payableCents < 0) return "negative_balance";
  if (payableCents === 0) return facts.inReviewCents > 0 ? "in_review" : "nothing_payable";
  if (minimumCents === null) return "minimum_not_set";
  if (payableCents < minimumCents) return "below_minimum";
  if (method === null || method.kind === "none") return "no_method";
  const isOfRail = (method.kind === "stripe") === (batch.rail === "stripe");
  if (!isOfRail || (method.kind === "stripe" && method.payer !== batch.payer)) return "other_method";
  return method.isChange && method.changedAt > batch.now - METHOD_BLOCK_MS ? "method_changed" : null;
}
