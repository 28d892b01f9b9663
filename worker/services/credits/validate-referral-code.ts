import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { findFriendCode } from "../../store/credit-account-store.ts";

export type Validity =
  | { readonly valid: true; readonly referrer: string }
  | { readonly valid: false; readonly message: string };

/** Whether an account could redeem a code, in any case of its letters, and whose it is. Throws DbError. */
export async function validateReferralCode(
  deps: Deps,
  appId: string,
  { account, code }: { account: string; code: string },
): Promise<Validity> {
  const found = isCode(code) ? await findFriendCode(deps.db, appId, { code: foldCode(code), now: deps.now() }) : null;
  if (found === null || !found.mayRefer) return { valid: false, message: "Invalid referral code" };
  if (found.account === account) return { valid: false, message: "You cannot use your own referral code" };
  return { valid: true, referrer: found.account };
}
