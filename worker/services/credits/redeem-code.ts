import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { dollarsOf } from "../../domain/credit-award.ts";
import { foldEmail } from "../../domain/email.ts";
import {
  completeRedemption as writeCompletion,
  readRedeemed,
  type Redeemed,
  type RedeemRefusal,
  type Redemption,
  writeRedemption,
} from "../../store/redemption-store.ts";
import { hmac } from "../hashing.ts";

export interface RedeemCall {
  readonly code: string;
  readonly account: string;
  readonly email: string | null;
  readonly country: string | null;
  /** True: `completeRedemption` is to follow. */
  readonly pending: boolean;
  /** False: the account was made by accepting an invitation into somebody's team. */
  readonly newWorkspace: boolean;
}

/** What a redemption brought, in credits. Without success nothing was credited to the referrer, and `message` says why. */
export interface RedeemAnswer {
  readonly success: boolean;
  readonly message: string;
  readonly creditsAwarded: number;
  readonly refereeCreditsAwarded: number;
  /** Null where the account was not referred by this. */
  readonly redemptionId: string | null;
  /** The same was asked before: nothing was credited now. */
  readonly replayed: boolean;
}

/**
 * An account was brought by the owner of a code: both get their credits in one batch, once ever for the account, and the
 * referrer never more than the program's cap. Whatever stands against it is an answer, not a failure: nobody's signup fails by
 * it. Repeated with the same code it answers what the first call did. Throws DbError.
 */
export async function redeemCode(deps: Deps, appId: string, call: RedeemCall): Promise<RedeemAnswer> {
  const { account, country, email, pending, newWorkspace } = call;
  if (!newWorkspace) return refused("An account that joined somebody's team does not qualify");
  const code = isCode(call.code) ? foldCode(call.code) : "";
  const redemption = deps.newId("rdm");
  const email_hmac = email === null ? null : await hmac(deps.config.authSecret, foldEmail(email));
  const who = { app: appId, code, account, redemption, country, email_hmac, pending: pending ? 1 : 0 } as const;
  const redeemed = readRedeemed(await deps.db.batch(writeRedemption({ ...who, now: deps.now() })));
  return answer(redeemed, { code, redemption });
}

/**
 * Completes what was redeemed as pending: the code must still be its referrer's, the program's time not be over, and the cap is
 * looked at now. Repeated it answers what the first call did. Throws DbError.
 */
export async function completeRedemption(deps: Deps, appId: string, account: string): Promise<RedeemAnswer> {
  const before = deps.now();
  const redeemed = readRedeemed(await deps.db.batch(writeCompletion(appId, { account, now: before })));
  const { redemption } = redeemed;
  if (redemption === null) return refused("This account has no pending referral");
  if (redemption.status !== "pending") {
    return outcome(redemption, { cap: redeemed.cap, replayed: redemption.completedAt !== before });
  }
  if (redemption.isExpired) return refused("The referral has expired", redemption.id);
  if (!redemption.isCodeLive) return refused("The referral code is no longer valid", redemption.id);
  return refused(REFUSALS.not_eligible, redemption.id);
}

function answer({ redemption, refusal, cap }: Redeemed, asked: { code: string; redemption: string }): RedeemAnswer {
  if (redemption === null) return refused(REFUSALS[refusal ?? "unknown_code"]);
  if (redemption.code !== asked.code) return refused("This account has already been referred");
  return outcome(redemption, { cap, replayed: redemption.id !== asked.redemption });
}

function outcome(redemption: Redemption, { cap, replayed }: { cap: number; replayed: boolean }): RedeemAnswer {
  const { id, status, referrerAward, refereeAward } = redemption;
  const credited = { creditsAwarded: referrerAward, refereeCreditsAwarded: refereeAward, redemptionId: id, replayed };
  switch (status) {
    case "successful":
      return { success: true, message: "Referral code redeemed successfully", ...credited };
    case "capped":
      return { success: false, message: `Maximum earnable credits limit reached: ${dollarsOf(cap)}`, ...credited };
    case "pending":
      return { success: true, message: "Referral recorded, credits follow when it is completed", ...credited };
    case "revoked":
      return { ...refused("This referral was revoked", id), replayed };
  }
}

function refused(message: string, redemptionId: string | null = null): RedeemAnswer {
  return { success: false, message, creditsAwarded: 0, refereeCreditsAwarded: 0, redemptionId, replayed: false };
}

const REFUSALS: Readonly<Record<RedeemRefusal, string>> = {
  closed: "This program takes no referrals at the moment",
  unknown_code: "Invalid referral code",
  self: "You cannot use your own referral code",
  not_eligible: "The owner of this code may not refer friends",
  country: "Referrals are not offered in this country, or nobody said which it is",
};
