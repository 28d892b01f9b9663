/** A conversion a refund may reach, with what is left of it in captured minor units. */
export interface RefundCandidate {
  readonly conversionId: string;
  readonly occurredAt: number;
  /** A backend or Stripe reported it: taken before what anybody could have sent. */
  readonly vouched: boolean;
  readonly leftCents: number;
}

export interface Allocation {
  readonly conversionId: string;
  readonly amountCents: number;
}

/** A refund that names no conversion reaches at most this many of the newest ones; older ones need to be named. */
export const MAX_REFUND_CANDIDATES = 100;

/**
 * Spreads a refund over the newest conversions first, all or nothing: null when more is asked than is left.
 * Ties in time go to the greater id, so that every reading of the same facts gives the same answer.
 */
export function allocateRefund(
  candidates: readonly RefundCandidate[],
  amountCents: number,
): readonly Allocation[] | null {
  const newestFirst = candidates
    .filter((candidate) => candidate.leftCents > 0)
    .toSorted(
      (a, b) =>
        Number(b.vouched) - Number(a.vouched) ||
        b.occurredAt - a.occurredAt ||
        (a.conversionId < b.conversionId ? 1 : -1),
    )
    .slice(0, MAX_REFUND_CANDIDATES);
  const allocations: Allocation[] = [];
  let rest = amountCents;
  for (const candidate of newestFirst) {
    if (rest === 0) break;
    const taken = Math.min(rest, candidate.leftCents);
    allocations.push({ conversionId: candidate.conversionId, amountCents: taken });
    rest -= taken;
  }
  return rest === 0 ? allocations : null;
}
