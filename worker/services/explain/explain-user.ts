import type { Deps } from "../../deps.ts";
import { type ConversionState, conversionFindings } from "../../domain/conversion-findings.ts";
import { type CommissionStatus, commissionStatus } from "../../domain/conversion-status.ts";
import { affiliateFindings, codeFindings, type Finding, finding, gather } from "../../domain/findings.ts";
import type { App } from "../../store/app-store.ts";
import type { CommissionFacts } from "../../store/commission-row.ts";
import { findCodes } from "../../store/explain-code-store.ts";
import type { StatedConversion } from "../../store/explain-conversion-state.ts";
import {
  countWrongMode,
  type ExplainedDrop,
  type ExplainedReferral,
  findReferral,
  readUserFacts,
  type StripePaymentRow,
  type UserFacts,
} from "../../store/explain-user-store.ts";
import { PARKED_MS } from "../../store/stripe-scope.ts";
import { referralMoments } from "./conversion-timeline.ts";
import { amountOf, inOrder, moment, type Moment } from "./timeline.ts";

/** A conversion in short: what it is, and why. */
export interface BriefConversion {
  readonly commission: CommissionFacts;
  readonly state: ConversionState;
  readonly status: CommissionStatus;
  readonly findings: readonly Finding[];
}

/** A code that something named, and what there is to say of it. */
export interface NamedCode {
  readonly code: string;
  readonly findings: readonly Finding[];
}

export interface UserExplanation extends Omit<UserFacts, "conversions"> {
  readonly subject: "user";
  readonly userId: string;
  readonly findings: readonly Finding[];
  readonly referral: ExplainedReferral | null;
  readonly conversions: readonly BriefConversion[];
  readonly codes: readonly NamedCode[];
  readonly timeline: readonly Moment[];
}

/** Why a user earns somebody something, or nobody anything. Of one whom nobody knows it says just that. */
export async function explainUser(deps: Deps, app: App, userId: string): Promise<UserExplanation> {
  const [referral, facts, wrongMode] = await Promise.all([
    findReferral(deps.db, app.id, userId),
    readUserFacts(deps.db, app.id, userId),
    countWrongMode(deps.db, app.id),
  ]);
  const now = deps.now();
  const codes = await codesOf(deps, app, { named: namedIn(facts), now });
  const conversions = facts.conversions.map((conversion) => brief(conversion, now));
  const isPaid = conversions.length > 0 || facts.stripePayments.some(({ state }) => state === "counted");
  const findings = gather([
    ...whyNobody(referral, facts, codes),
    ...facts.drops.map(refusalOf),
    ...facts.stripePayments.flatMap(waiting),
    ...(isPaid || wrongMode.count === 0
      ? []
      : [finding("wrong_mode", { since: wrongMode.lastAt, count: wrongMode.count })]),
  ]);
  return {
    ...facts,
    subject: "user",
    userId,
    findings,
    referral,
    conversions,
    codes,
    timeline: userTimeline(referral, facts),
  };
}

export function brief({ commission, state }: StatedConversion, now: number): BriefConversion {
  return {
    commission,
    state,
    status: commissionStatus(commission.status, now),
    findings: conversionFindings(state, now),
  };
}

/** What a refused call is a sign of. */
export function refusalOf({ reason, at }: ExplainedDrop): Finding {
  return finding("call_refused", { reason, since: at });
}

export function refusalMoment(drop: ExplainedDrop): Moment | null {
  const of = drop.code === null ? "" : ` of the code ${drop.code}`;
  return moment(drop.at, "refusal", `Refused ${drop.kind}${of}: ${drop.reason}`);
}

/** Why a call with any of these codes would be taken or not, as of `now`: another app's code is an unknown one. */
async function codesOf(
  deps: Deps,
  app: App,
  { named, now }: { named: readonly string[]; now: number },
): Promise<readonly NamedCode[]> {
  const known = await findCodes(deps.db, app.id, named);
  return named.map((code) => ({
    code,
    findings: codeFindings(known.find((one) => one.code === code) ?? null, now),
  }));
}

function namedIn({ drops, stripePayments }: UserFacts): readonly string[] {
  const told = stripePayments.flatMap(({ objects }) => objects.flatMap(({ code, bareCode }) => [code, bareCode]));
  return [...new Set([...drops.map(({ code }) => code), ...told].filter((code) => code !== null))];
}

/** Nobody earns for a user without a referral; whose referral it is may be nobody to be paid. */
function whyNobody(
  referral: ExplainedReferral | null,
  { conversions, drops, stripePayments }: UserFacts,
  codes: readonly NamedCode[],
): readonly Finding[] {
  if (referral !== null) {
    const unpaid = conversions.length === 0 ? [finding("no_conversions", { reason: "user" })] : [];
    return [...affiliateFindings(referral.affiliate), ...unpaid];
  }
  const isUnknown = conversions.length + drops.length + stripePayments.length === 0;
  if (isUnknown) return [finding("no_events")];
  return [finding("no_referral"), ...codes.flatMap(({ findings }) => findings)];
}

function waiting({ state, reason, receivedAt }: StripePaymentRow): readonly Finding[] {
  if (state === "counted") return [];
  const until = state === "parked" ? receivedAt + PARKED_MS : null;
  return [finding(state, { reason, since: receivedAt, until })];
}

function userTimeline(referral: ExplainedReferral | null, facts: UserFacts): readonly Moment[] {
  return inOrder([
    ...(referral === null ? [] : referralMoments(referral)),
    ...facts.drops.map(refusalMoment),
    ...facts.stripePayments.map(({ receivedAt, state, reason }) =>
      moment(receivedAt, "stripe", `Stripe told of a payment: ${state}${reason === null ? "" : ` (${reason})`}`),
    ),
    ...facts.conversions.map(({ commission }) =>
      moment(
        commission.createdAt,
        "conversion",
        `Conversion ${commission.id}: net ${amountOf(commission.netCents, commission.currency)}`,
      ),
    ),
  ]);
}
