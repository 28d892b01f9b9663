import { isMature } from "./maturation.ts";
import type { Lane } from "./trust.ts";

/** `pending → confirmed → paid | cancelled`, read from the facts and today's date, never stored. */
export type CommissionStatus = "pending" | "confirmed" | "paid" | "cancelled";

export interface StatusFacts {
  readonly voided: boolean;
  readonly refundedCents: number;
  readonly capturedCents: number;
  /** A positive item of it lies in a settled payout: paid for ever, later refunds are clawed back. */
  readonly everPaid: boolean;
  readonly lane: Lane;
  readonly matureDay: number;
}

/** The status of a commission at `now` (epoch milliseconds). */
export function commissionStatus(facts: StatusFacts, now: number): CommissionStatus {
  if (facts.everPaid) return "paid";
  if (facts.voided || facts.refundedCents >= facts.capturedCents) return "cancelled";
  return isMature(facts.matureDay, now) && facts.lane !== "held" ? "confirmed" : "pending";
}
