import type { AccountExplanation, ProgramFacts } from "../services/explain/explain-account.ts";
import type { ExplainedRedemption } from "../store/explain-account-store.ts";
import type { PayoutOutlook } from "../store/explain-payout-store.ts";
import { presentBalance } from "./affiliates.ts";
import { isoOrNull, presentDrop, presentFindings, presentMoment } from "./explain-parts.ts";
import { presentBrief, presentCounts, presentOwner } from "./explain-user.ts";
import { iso } from "./time.ts";

export function presentAccount(explanation: AccountExplanation) {
  const { subject, accountId, affiliate, flags, policy, isListed, program } = explanation;
  return {
    subject,
    account_id: accountId,
    symptoms: explanation.symptoms.map(({ symptom, ok, findings }) => ({
      symptom,
      ok,
      findings: presentFindings(findings),
    })),
    affiliate: affiliate === null ? null : presentOwner(affiliate),
    flags: { platform_referrals: flags.platformReferrals, settings_affiliates: flags.settingsAffiliates },
    join: {
      accounts: policy.accounts,
      countries: policy.countries,
      listed: isListed,
      changed_at: isoOrNull(policy.changedAt),
    },
    redemptions: explanation.redemptions.map(presentRedemption),
    refused_calls: explanation.refusals.map(presentDrop),
    program: program === null ? null : presentProgram(program),
    timeline: explanation.timeline.map(presentMoment),
  };
}

function presentProgram({ codes, counts, balances, payouts, conversions, drops }: ProgramFacts) {
  return {
    codes: codes.map(({ ref, state, expiresAt }) => ({ ref, state, expires_at: isoOrNull(expiresAt) })),
    counts: presentCounts(counts),
    balances: balances.map(presentBalance),
    payouts: payouts.outlook.map(presentOutlook),
    conversions: conversions.map(presentBrief),
    refused_calls: drops.map(presentDrop),
  };
}

function presentOutlook(outlook: PayoutOutlook) {
  return {
    currency: outlook.currency,
    payable_cents: outlook.payableCents,
    in_review_cents: outlook.inReviewCents,
    minimum_cents: outlook.minimumCents,
    left_out: outlook.reason,
  };
}

function presentRedemption(redemption: ExplainedRedemption) {
  return {
    id: redemption.id,
    role: redemption.role,
    account_id: redemption.otherAccountId,
    status: redemption.status,
    credits: redemption.credits,
    reason: redemption.reason,
    created_at: iso(redemption.createdAt),
    completed_at: isoOrNull(redemption.completedAt),
    revoked_at: isoOrNull(redemption.revokedAt),
  };
}
