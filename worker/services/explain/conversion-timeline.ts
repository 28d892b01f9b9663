import { startOfDay } from "../../domain/maturation.ts";
import type { Lane } from "../../domain/trust.ts";
import type { ExplainedPayout, ExplainedPosting } from "../../store/explain-conversion-store.ts";
import type { ExplainedReferral } from "../../store/explain-user-store.ts";
import type { ConversionFacts } from "./explain-conversion.ts";
import { amountOf, because, byWhom, inOrder, moment, type Moment } from "./timeline.ts";

const BY_SOURCE = { stripe: "Stripe", key: "a backend", public: "the public" } as const;

const EVENTS = { payment: "a payment", signup: "a signup", hand: "assigned by hand" } as const;

/** What happened to a conversion and its payment, and when it matures. */
export function conversionTimeline(
  { conversion, referral, details }: ConversionFacts,
  { today }: { today: number },
): readonly Moment[] {
  const { commission, state, supersededBy } = conversion;
  const { currency, terms, status, createdAt } = commission;
  const matured = status.matureDay <= today ? "Matured" : "Matures";
  return inOrder([
    ...(referral === null ? [] : referralMoments(referral)),
    ...details.claims.map((claim) =>
      moment(
        claim.receivedAt,
        "claim",
        `Announced by ${BY_SOURCE[claim.source]} (${claim.form}): ${amountOf(claim.capturedCents, claim.currency)}`,
      ),
    ),
    moment(
      createdAt,
      "conversion",
      `Recorded ${lane(state.entryLane, commission.reason)}: ${amountOf(terms.baseCents, currency)} earn`,
    ),
    ...details.refunds.map((refund) =>
      moment(
        refund.at,
        "refund",
        `Refund (${refund.status}): ${amountOf(Math.min(refund.amountCents, terms.capturedCents), refund.currency ?? currency)}`,
      ),
    ),
    ...details.disputes.flatMap((dispute) => [
      moment(dispute.openedAt, "dispute", `Dispute: ${amountOf(dispute.amountCents, dispute.currency ?? currency)}`),
      dispute.status === "open" ? null : moment(dispute.changedAt, "dispute", `Dispute ${dispute.status}`),
    ]),
    ...details.holds
      .toReversed()
      .map((hold) =>
        moment(
          hold.at,
          "hold",
          `${hold.action === "hold" ? "Held" : "Released"} by hand${byWhom(hold.actor)}${because(hold.reason)}`,
        ),
      ),
    ...details.decisions.map((one) =>
      moment(
        one.at,
        "decision",
        `${one.decision === "approve" ? "Approved" : "Rejected"}${byWhom(one.actor)}${because(one.reason)}`,
      ),
    ),
    moment(
      state.voidedAt,
      "void",
      `Void (${state.voidReason ?? ""})${supersededBy === null ? "" : `: ${supersededBy} stands for it`}`,
    ),
    ...details.postings.map((posting) => postingMoment(posting, currency)),
    ...details.payouts.flatMap((payout) => payoutMoments(payout, currency)),
    moment(startOfDay(status.matureDay), "maturation", `${matured}: the holding days are over`),
  ]);
}

/** How a user's referral came about. */
export function referralMoments(referral: ExplainedReferral): readonly (Moment | null)[] {
  const word = referral.trust === "vouched" ? "vouched for" : "public";
  return [
    moment(referral.createdAt, "referral", `Referred by ${referral.ref}: ${EVENTS[referral.event]} (${word})`),
    referral.fixedAt === referral.createdAt
      ? null
      : moment(referral.fixedAt, "referral", "Fixed by an event that was vouched for"),
    ...referral.changes.map((change) =>
      moment(
        change.at,
        "referral",
        `${change.fromRef === null ? change.action : `Until then ${change.fromRef}'s`}${byWhom(change.actor)}${because(change.reason)}`,
      ),
    ),
  ];
}

const LANES = { clear: "as clear", review: "in review", held: "as held" } as const satisfies Record<Lane, string>;

function lane(entry: Lane, reason: string | null): string {
  return reason === null ? LANES[entry] : `${LANES[entry]} (${reason})`;
}

function postingMoment({ at, kind, lane: of, netCents, feeCents }: ExplainedPosting, currency: string): Moment | null {
  const way = kind === "in" ? "Into" : "Out of";
  return moment(
    at,
    "posting",
    `${way} ${of}: net ${amountOf(netCents, currency)}, fee ${amountOf(feeCents, currency)}`,
  );
}

function payoutMoments(payout: ExplainedPayout, currency: string): readonly (Moment | null)[] {
  const amount = amountOf(payout.amountCents, currency);
  return [
    moment(
      payout.createdAt,
      "payout",
      `Payout ${payout.id}: ${amount}${payout.status === "failed" ? ", failed and given back" : ""}`,
    ),
    moment(payout.settledAt, "payout", `Payout ${payout.id} settled: ${amount}`),
  ];
}
