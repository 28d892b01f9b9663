import type { AffiliateStatus } from "./affiliate-status.ts";
import { type Finding, finding } from "./findings.ts";
import { isMature, startOfDay } from "./maturation.ts";
import type { Lane } from "./trust.ts";

/** A conversion as far as it says what became of its money. Times are epoch milliseconds, amounts minor units. */
export interface ConversionState {
  readonly createdAt: number;
  readonly rateBps: number;
  readonly capturedCents: number;
  readonly refundedCents: number;
  readonly netCents: number;
  /** What payouts took of it. */
  readonly settledCents: number;
  readonly lane: Lane;
  readonly entryLane: Lane;
  readonly reason: string | null;
  readonly matureDay: number;
  readonly voidedAt: number | null;
  readonly voidReason: string | null;
  /** How many announcements of its payment there are. */
  readonly claims: number;
  readonly decision: { readonly decision: "approve" | "reject"; readonly at: number } | null;
  /** Since when it is held by hand. */
  readonly heldAt: number | null;
  readonly disputeOpenAt: number | null;
  readonly disputeLostAt: number | null;
  readonly affiliateStatus: AffiliateStatus;
  readonly payouts: readonly PayoutOfConversion[];
}

export interface PayoutOfConversion {
  readonly id: string;
  readonly status: "processing" | "settled" | "failed";
  /** What it took of the conversion; negative where it netted a refund. */
  readonly amountCents: number;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

/** What a conversion's own facts keep from it for life: it earns nothing. */
const EARNS_NOTHING = ["self_referral", "existing_customer", "month_limit", "affiliate_revoked"] as const;

/** Why a conversion earned what it did, and what of it can be paid: the most final first. */
export function conversionFindings(state: ConversionState, now: number): readonly Finding[] {
  if (state.voidedAt !== null) return [...whyVoid(state, state.voidedAt), ...payoutsOf(state)];
  const nothing = EARNS_NOTHING.find((code) => code === state.reason);
  if (nothing !== undefined && state.rateBps === 0) {
    return [finding(nothing, { since: state.createdAt, ...(nothing === "affiliate_revoked" ? LATER : {}) })];
  }
  return [
    ...whyNotPayable(state),
    ...takenBack(state),
    ...(state.claims > 1
      ? [finding("duplicate", { reason: "announced_again", since: state.createdAt, count: state.claims - 1 })]
      : []),
    ...(state.netCents > 0 ? whenPayable(state, now) : earnsZero(state)),
    ...payoutsOf(state),
  ];
}

const LATER = { reason: "later_payment" };

function whyVoid({ voidReason, decision }: ConversionState, since: number): readonly Finding[] {
  if (voidReason === "superseded") return [finding("duplicate", { reason: "superseded", since })];
  if (voidReason === "rejected") return [finding("rejected", { since: decision?.at ?? since })];
  return [finding("affiliate_revoked", { reason: "voided", since })];
}

/** An open dispute and a hold by hand outweigh an approval, an approval outweighs why it waited. */
function whyNotPayable(state: ConversionState): readonly Finding[] {
  const { disputeOpenAt, heldAt, decision, entryLane, reason, createdAt } = state;
  const isApproved = decision?.decision === "approve";
  return [
    ...(disputeOpenAt === null ? [] : [finding("disputed", { reason: "open", since: disputeOpenAt })]),
    ...(heldAt === null ? [] : [finding("held", { reason: "by_hand", since: heldAt })]),
    ...(entryLane === "held" && !isApproved ? [finding("held", { reason, since: createdAt })] : []),
    ...(entryLane === "review" && !isApproved ? [finding("in_review", { reason, since: createdAt })] : []),
    ...(state.affiliateStatus === "suspended" ? [finding("affiliate_suspended")] : []),
  ];
}

function takenBack({ disputeLostAt, refundedCents, capturedCents }: ConversionState): readonly Finding[] {
  const share = refundedCents >= capturedCents ? "whole" : "part";
  return [
    ...(disputeLostAt === null ? [] : [finding("disputed", { reason: "lost", since: disputeLostAt })]),
    ...(refundedCents === 0 ? [] : [finding("refunded", { reason: share })]),
  ];
}

function whenPayable({ lane, matureDay, netCents, settledCents }: ConversionState, now: number): readonly Finding[] {
  const maturesAt = startOfDay(matureDay);
  if (!isMature(matureDay, now)) return [finding("pending", { until: maturesAt })];
  return lane === "clear" && netCents > settledCents ? [finding("available", { since: maturesAt })] : [];
}

function earnsZero({ rateBps, refundedCents }: ConversionState): readonly Finding[] {
  if (refundedCents > 0) return [];
  return [finding("earns_zero", { reason: rateBps === 0 ? "rate" : "rounded_down" })];
}

function payoutsOf({ payouts, settledCents, netCents, lane, voidedAt }: ConversionState): readonly Finding[] {
  const left = lane === "clear" && voidedAt === null ? netCents : 0;
  const settled = payouts.findLast(({ status, amountCents }) => status === "settled" && amountCents > 0);
  const processing = payouts.findLast(({ status }) => status === "processing");
  const failed = payouts.findLast(({ status }) => status === "failed");
  return [
    ...(settled === undefined ? [] : [finding("paid", { since: settled.settledAt })]),
    ...(processing === undefined ? [] : [finding("payout_processing", { since: processing.createdAt })]),
    ...(failed === undefined || failed !== payouts.at(-1)
      ? []
      : [finding("payout_failed", { since: failed.createdAt })]),
    ...(settledCents > left ? [finding("clawed_back")] : []),
  ];
}
