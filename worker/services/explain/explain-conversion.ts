import type { Deps } from "../../deps.ts";
import { arithmeticOf, type ArithmeticStep } from "../../domain/arithmetic.ts";
import { type StandingReason, standingReason } from "../../domain/claim-standing.ts";
import { conversionFindings } from "../../domain/conversion-findings.ts";
import { type CommissionStatus, commissionStatus } from "../../domain/conversion-status.ts";
import { type Finding, gather } from "../../domain/findings.ts";
import { dayOf, isMature, matureDay, startOfDay } from "../../domain/maturation.ts";
import { rateSource } from "../../domain/rate-source.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { App } from "../../store/app-store.ts";
import {
  type ConversionDetails,
  type ExplainedClaim,
  type ExplainedConversion,
  findExplained,
  type RateRow,
  readDetails,
} from "../../store/explain-conversion-store.ts";
import { type ExplainedReferral, findReferral } from "../../store/explain-user-store.ts";
import { conversionTimeline } from "./conversion-timeline.ts";
import { explainPayouts, findingsOf } from "./explain-payouts.ts";
import { forAffiliate } from "./for-affiliate.ts";
import type { Moment } from "./timeline.ts";

/** Everything that makes a conversion what it is. */
export interface ConversionFacts {
  readonly conversion: ExplainedConversion;
  /** The user's referral as it stands now. */
  readonly referral: ExplainedReferral | null;
  readonly details: ConversionDetails;
}

export interface ConversionExplanation extends ConversionFacts {
  readonly subject: "conversion";
  readonly status: CommissionStatus;
  readonly findings: readonly Finding[];
  /** The announcements of its payment, the best first, and why each stands where it does. */
  readonly claims: readonly {
    readonly claim: ExplainedClaim;
    readonly inForce: boolean;
    readonly why: StandingReason;
  }[];
  /** Where the rate comes from; null where no rate that is left explains it. */
  readonly rate: RateRow | null;
  readonly arithmetic: readonly ArithmeticStep[];
  readonly maturation: {
    readonly occurredAt: number;
    readonly holdingDays: number;
    readonly availableAt: number;
    readonly isMature: boolean;
  };
  readonly timeline: readonly Moment[];
  /** Told to an affiliate, who is advised nothing. */
  readonly isNarrowed: boolean;
}

/**
 * Why a conversion earns what it does: every statement from stored facts, its sums those of the books. `affiliateId` narrows it
 * to one affiliate's own, and leaves out what is the customer's, the owner's or another affiliate's. Fails with `not_found`.
 */
export async function explainConversion(
  deps: Deps,
  app: App,
  { conversionId, affiliateId }: { conversionId: string; affiliateId: string | null },
): Promise<Result<ConversionExplanation>> {
  const conversion = await findExplained(deps.db, app.id, { conversionId, affiliateId });
  if (conversion === null) return fail("not_found", "No such conversion.");
  const { userId } = conversion.commission;
  const [details, referral] = await Promise.all([
    readDetails(deps.db, app.id, conversion),
    userId === null ? null : findReferral(deps.db, app.id, userId),
  ]);
  const facts = { conversion, referral, details };
  const now = deps.now();
  const findings = await findingsOfConversion(deps, app, { conversion, now });
  const narrowed = affiliateId === null ? facts : forAffiliate(facts, affiliateId);
  return ok({ ...explain(narrowed, now), findings, isNarrowed: affiliateId !== null });
}

/** What its own facts say, and, where it waits for a payout only, what keeps that back. */
async function findingsOfConversion(
  deps: Deps,
  app: App,
  { conversion, now }: { conversion: ExplainedConversion; now: number },
): Promise<readonly Finding[]> {
  const own = conversionFindings(conversion.state, now);
  if (!own.some(({ code }) => code === "available")) return own;
  const { affiliateId, commission } = conversion;
  const prospect = await explainPayouts(deps, app, { affiliateId, now });
  return gather([...own, ...findingsOf(prospect, commission.currency)]);
}

function explain(facts: ConversionFacts, now: number): Omit<ConversionExplanation, "findings" | "isNarrowed"> {
  const { conversion, details } = facts;
  const { terms, status, reason, voidReason } = conversion.commission;
  const maturesOn = status.matureDay;
  const earnsNothing = terms.rateBps === 0 && reason !== null;
  const maturation = {
    occurredAt: conversion.occurredAt,
    // The setting may have changed since: the day was fixed by what it was then.
    holdingDays: maturesOn - matureDay(conversion.occurredAt, 0),
    availableAt: startOfDay(maturesOn),
    isMature: isMature(maturesOn, now),
  };
  return {
    ...facts,
    subject: "conversion",
    status: commissionStatus(status, now),
    claims: standingsOf(details.claims, voidReason === null ? conversion.claimId : null),
    rate: rateSource(details.rates, earnsNothing ? null : terms.rateBps),
    arithmetic: arithmeticOf(terms, { refundedCents: status.refundedCents, isVoid: status.voided }),
    maturation,
    timeline: conversionTimeline(facts, { today: dayOf(now) }),
  };
}

/** The best against the next, every other against the best. */
function standingsOf(claims: readonly ExplainedClaim[], inForce: string | null): ConversionExplanation["claims"] {
  const [best, second] = claims;
  return claims.map((claim) => ({
    claim,
    inForce: claim.id === inForce,
    why: best === undefined || claim === best ? standingReason(claim, second ?? null) : standingReason(best, claim),
  }));
}
