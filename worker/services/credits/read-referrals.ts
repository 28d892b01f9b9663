import type { Deps } from "../../deps.ts";
import { remainingCredits } from "../../domain/credit-award.ts";
import { ok, type Result } from "../../domain/result.ts";
import { listRedemptionsOf, readReferrerSums, type Redemption } from "../../store/redemption-store.ts";
import { readReferralCode } from "./read-referral-code.ts";
import { assert } from "../../domain/assert.ts";

/** What an account brought and earned by it, in credits. */
export interface ReferralStats {
  readonly referralCode: string | null;
  /** All uses of its codes, also those that brought nothing. */
  readonly totalReferrals: number;
  /** Those with an award, as long as it was not revoked. */
  readonly successfulReferrals: number;
  /** In a lifetime: a revocation takes credits, but gives no room below the cap. */
  readonly totalCreditsEarned: number;
  readonly remainingEarnableCredits: number;
  readonly maxEarnableCredits: number;
  readonly hasReachedLimit: boolean;
  readonly lastReferralAt: number | null;
}

/** One friend. A referral at the cap is `successful` with nothing awarded. */
export interface HistoryEntry {
  readonly id: string;
  readonly referredAccount: string;
  readonly createdAt: number;
  readonly completedAt: number | null;
  readonly status: "successful" | "pending";
  readonly creditsAwarded: number;
  /** Why nothing was, or will be, awarded. */
  readonly reason: "limit_reached" | "revoked" | "expired" | "code_refreshed" | null;
}

/** An account's sums; its code is made on first need, and null where it may not refer. Fails with `not_found`. */
export async function readReferralStats(deps: Deps, appId: string, account: string): Promise<Result<ReferralStats>> {
  const code = await readReferralCode(deps, appId, account);
  if (!code.ok && code.failure.code !== "join_refused") return code;
  const sums = await readReferrerSums(deps.db, appId, account);
  assert(sums !== null, "an app is never deleted");
  const { total, successful, earned, cap, lastAt } = sums;
  return ok({
    referralCode: code.ok ? code.value.referralCode : null,
    totalReferrals: total,
    successfulReferrals: successful,
    totalCreditsEarned: earned,
    remainingEarnableCredits: remainingCredits(cap, earned),
    maxEarnableCredits: cap,
    hasReachedLimit: earned >= cap,
    lastReferralAt: lastAt,
  });
}

/** Whom an account brought, newest first. Throws DbError. */
export async function readReferralHistory(
  deps: Deps,
  appId: string,
  page: { account: string; limit: number; offset: number },
): Promise<readonly HistoryEntry[]> {
  return (await listRedemptionsOf(deps.db, appId, { ...page, now: deps.now() })).map(toEntry);
}

/** The same, and how many there are in all. Throws DbError. */
export async function readReferralList(
  deps: Deps,
  appId: string,
  page: { account: string; limit: number; offset: number },
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly totalCount: number }> {
  const [entries, sums] = await Promise.all([
    readReferralHistory(deps, appId, page),
    readReferrerSums(deps.db, appId, page.account),
  ]);
  return { entries, totalCount: sums?.total ?? 0 };
}

function toEntry(redemption: Redemption): HistoryEntry {
  const { id, referredAccount, createdAt, completedAt, status, referrerAward } = redemption;
  return {
    id,
    referredAccount,
    createdAt,
    completedAt,
    status: status === "pending" ? "pending" : "successful",
    creditsAwarded: status === "revoked" ? 0 : referrerAward,
    reason: reasonOf(redemption),
  };
}

function reasonOf({ status, isExpired, isCodeLive }: Redemption): HistoryEntry["reason"] {
  if (status === "revoked") return "revoked";
  if (status === "capped") return "limit_reached";
  if (status !== "pending") return null;
  if (isExpired) return "expired";
  return isCodeLive ? null : "code_refreshed";
}
