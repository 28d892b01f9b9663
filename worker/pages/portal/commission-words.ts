import { commissionStatus } from "../../domain/conversion-status.ts";
import type { CommissionFacts } from "../../store/commission-row.ts";
import { PORTAL } from "../../texts/portal.ts";
import type { Tone } from "../components/data.tsx";

/** Held from the beginning, until the owner decides: no dispute, and nobody's hold. */
const HELD_FOR_REVIEW: ReadonlySet<string | null> = new Set(["cap", "below_mode", "self_referral"]);

/** How a commission stands, as its creator reads it. */
export function standingOf(
  commission: CommissionFacts,
  now: number,
): { readonly word: string; readonly tone: Tone | undefined } {
  const { words } = PORTAL;
  const status = commissionStatus(commission.status, now);
  if (status === "paid") return { word: words.paid, tone: "accent" };
  if (status === "cancelled") return { word: words.cancelled, tone: undefined };
  if (commission.lane === "held") {
    return HELD_FOR_REVIEW.has(commission.reason)
      ? { word: words.review, tone: "wait" }
      : { word: words.frozen, tone: "bad" };
  }
  if (status === "pending") return { word: words.pending, tone: undefined };
  return commission.lane === "review" ? { word: words.review, tone: "wait" } : { word: words.available, tone: "good" };
}
