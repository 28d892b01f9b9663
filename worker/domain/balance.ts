import { startOfDay } from "./maturation.ts";
import type { Lane } from "./trust.ts";

/** Everything an affiliate ever earned in one currency, by lane, in minor units. The row of `total`. */
export interface Totals {
  readonly earned: Readonly<Record<Lane, number>>;
  readonly adjustCents: number;
  readonly paidCents: number;
}

/** Net money of one lane, clear or in review, that matures on one day still to come. */
export interface Upcoming {
  readonly lane: Exclude<Lane, "held">;
  readonly matureDay: number;
  readonly netCents: number;
}

export interface Balance {
  readonly pendingCents: number;
  readonly availableCents: number;
  /** The part of available that no payout takes before the owner approves it. */
  readonly inReviewCents: number;
  readonly heldCents: number;
  readonly paidCents: number;
  readonly next: readonly { readonly availableAt: number; readonly amountCents: number }[];
}

/**
 * A balance at a day, from the totals and the buckets that mature after it.
 *
 * Always earned + adjust = paid + pending + available + held. Only `available` can be negative, after a refund of what
 * was already paid out.
 */
export function balanceOf(totals: Totals, upcoming: readonly Upcoming[]): Balance {
  const pendingCents = sumNet(upcoming);
  const { clear, review, held } = totals.earned;
  return {
    pendingCents,
    availableCents: clear + review + totals.adjustCents - totals.paidCents - pendingCents,
    inReviewCents: review - sumNet(upcoming.filter((bucket) => bucket.lane === "review")),
    heldCents: held,
    paidCents: totals.paidCents,
    next: byDay(upcoming),
  };
}

function sumNet(buckets: readonly Upcoming[]): number {
  return buckets.reduce((sum, bucket) => sum + bucket.netCents, 0);
}

function byDay(buckets: readonly Upcoming[]): Balance["next"] {
  const days = new Map<number, number>();
  for (const { matureDay, netCents } of buckets) days.set(matureDay, (days.get(matureDay) ?? 0) + netCents);
  return [...days]
    .filter(([, amountCents]) => amountCents > 0)
    .toSorted(([a], [b]) => a - b)
    .map(([day, amountCents]) => ({ availableAt: startOfDay(day), amountCents }));
}
