import { type Finding, finding } from "./findings.ts";
import { METHOD_BLOCK_MS, type LeftOut } from "./payout-eligibility.ts";

/** What the host's users are told by their application, as they would complain of it. */
export const SYMPTOMS = [
  "no_referrals_page",
  "join_fails",
  "friend_got_no_credits",
  "no_commissions_yet",
  "operator_tab_missing",
] as const;
export type Symptom = (typeof SYMPTOMS)[number];

/** Who may join, as an app says it. */
export interface JoinPolicy {
  readonly accounts: "all" | "listed" | "none";
  readonly countries: readonly string[];
  readonly changedAt: number | null;
}

/**
 * What the policy alone would say to an account. A country is known only when the account calls, so a policy that names some
 * is told as `country`: it may let them in.
 */
export function joinFindings(policy: JoinPolicy, isListed: boolean): readonly Finding[] {
  const since = policy.changedAt;
  if (policy.accounts === "none") return [finding("join_refused", { reason: "closed", since })];
  if (policy.accounts === "listed" && !isListed) return [finding("join_refused", { reason: "account", since })];
  return policy.countries.length === 0 ? [] : [finding("join_refused", { reason: "country", since })];
}

/** A referred account and what became of its credits. */
export interface RedemptionFacts {
  readonly status: "pending" | "successful" | "capped" | "revoked";
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Why a redemption gave no credits, null where it gave them. */
export function redemptionFinding({ status, createdAt, revokedAt }: RedemptionFacts): Finding | null {
  switch (status) {
    case "successful":
      return null;
    case "pending":
      return finding("credits_pending", { since: createdAt });
    case "capped":
      return finding("capped", { since: createdAt });
    case "revoked":
      return finding("credits_revoked", { since: revokedAt });
  }
}

/** Why a batch made now would leave an affiliate out in one currency. What the money itself says is left to its own findings. */
export function payoutFinding(
  reason: LeftOut,
  { methodChangedAt }: { methodChangedAt: number | null },
): Finding | null {
  switch (reason) {
    case "below_minimum":
      return finding("below_minimum");
    case "minimum_not_set":
      return finding("below_minimum", { reason });
    case "method_changed":
      return finding("payouts_blocked", {
        reason,
        since: methodChangedAt,
        until: methodChangedAt === null ? null : methodChangedAt + METHOD_BLOCK_MS,
      });
    case "no_method":
    case "other_method":
    case "negative_balance":
    case "revocation_under_way":
      return finding("payouts_blocked", { reason });
    case "applied":
    case "suspended":
    case "revoked":
    case "in_review":
    case "nothing_payable":
    case "more_than_approved":
      return null;
  }
}

/** How far an affiliate's codes have come: the first step that nobody has taken. */
export function funnelFindings(counts: {
  readonly clicks: number;
  readonly signups: number;
  readonly conversions: number;
}): readonly Finding[] {
  if (counts.conversions > 0) return [];
  if (counts.signups > 0) return [finding("no_conversions")];
  return [finding(counts.clicks > 0 ? "no_signups" : "no_clicks")];
}
