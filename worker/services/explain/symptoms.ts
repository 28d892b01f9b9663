import { funnelFindings, joinFindings, redemptionFinding } from "../../domain/account-findings.ts";
import { affiliateFindings, codeFindings, type Finding, finding, gather } from "../../domain/findings.ts";
import type { FlagState } from "../../domain/flags.ts";
import type { ExplainedAccount, ProgramFacts, SymptomExplanation } from "./explain-account.ts";
import { findingsOf } from "./explain-payouts.ts";
import { refusalOf } from "./explain-user.ts";

/** The five things that an account's user may complain of, each with what explains it. */
export function symptomsOf(account: ExplainedAccount, now: number): readonly SymptomExplanation[] {
  return [noPage(account), joinFails(account), noCredits(account), noCommissions(account, now), noTab(account)];
}

/** The page is there whenever its flag is on; what is on it depends on whether the account has joined. */
function noPage({ flags, affiliate }: ExplainedAccount): SymptomExplanation {
  const off = programOff(flags.platformReferrals);
  const joined = affiliate === null ? [finding("not_joined")] : affiliateFindings(affiliate);
  return { symptom: "no_referrals_page", ok: off.length === 0, findings: [...off, ...joined] };
}

function joinFails({ flags, affiliate, policy, isListed, refusals }: ExplainedAccount): SymptomExplanation {
  if (affiliate !== null) {
    return { symptom: "join_fails", ok: affiliate.status !== "applied", findings: affiliateFindings(affiliate) };
  }
  const standing = joinFindings(policy, isListed);
  const past = refusals.filter(({ kind }) => kind === "join").map(({ reason, at }) => joinRefusal(reason, at));
  // A refusal of before the policy was changed is over where the policy says so no more.
  const ended = past.map((one) => {
    const isOver =
      !standing.some(({ reason }) => reason === one.reason) && (one.since ?? 0) <= (policy.changedAt ?? -1);
    return isOver ? { ...one, until: policy.changedAt } : one;
  });
  const told = new Set(past.map(({ reason }) => reason));
  const findings = [
    ...programOff(flags.platformReferrals),
    ...standing.filter(({ reason }) => !told.has(reason)),
    ...gather(ended),
  ];
  return { symptom: "join_fails", ok: findings.every(({ until }) => until !== null), findings };
}

/** `join_refused:` and which rule it was, or another refusal of the call. */
function joinRefusal(reason: string, since: number): Finding {
  const [code, rule = null] = reason.split(":");
  return code === "join_refused"
    ? finding("join_refused", { reason: rule, since })
    : finding("call_refused", { reason, since });
}

function noCredits({ redemptions }: ExplainedAccount): SymptomExplanation {
  const found = redemptions.map(redemptionFinding).filter((one) => one !== null);
  const findings = redemptions.length === 0 ? [finding("no_redemption")] : gather(found);
  return { symptom: "friend_got_no_credits", ok: findings.length === 0, findings };
}

function noCommissions({ affiliate, program }: ExplainedAccount, now: number): SymptomExplanation {
  const symptom = "no_commissions_yet";
  if (affiliate === null || program === null) return { symptom, ok: false, findings: [finding("not_joined")] };
  const earned = program.balances.some(
    ({ pendingCents, availableCents, paidCents }) => pendingCents + availableCents + paidCents > 0,
  );
  const findings = gather([
    ...affiliateFindings(affiliate),
    ...deadCodes(program, now),
    ...funnelFindings(program.counts),
    ...program.conversions.flatMap((one) => one.findings),
    ...findingsOf(program.payouts, null),
    ...program.drops.map(refusalOf),
  ]);
  return { symptom, ok: earned, findings };
}

/** What is said of codes where none of them is live any more. */
function deadCodes({ codes }: ProgramFacts, now: number): readonly Finding[] {
  const ofCodes = codes.map((code) => codeFindings({ ...code, affiliate: LIVE }, now));
  return ofCodes.some((found) => found.length === 0) ? [] : ofCodes.flat();
}

/** What the affiliate's own status says is said once, not of each code. */
const LIVE = { status: "active", statusSince: null } as const;

function noTab({ flags }: ExplainedAccount): SymptomExplanation {
  const findings = programOff(flags.settingsAffiliates);
  return { symptom: "operator_tab_missing", ok: findings.length === 0, findings };
}

function programOff({ enabled, from }: FlagState): readonly Finding[] {
  return enabled ? [] : [finding("program_off", { reason: from })];
}
