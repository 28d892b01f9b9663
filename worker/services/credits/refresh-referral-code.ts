import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { readCode, writeNextCode } from "../../store/credit-account-store.ts";
import { drawCode } from "../affiliates/draw-code.ts";
import { MAX_DRAWS, readReferralCode, toReferralCode } from "./read-referral-code.ts";

export interface RefreshedCode {
  readonly oldCode: string;
  readonly newCode: string;
  readonly referralUrl: string | null;
}

/**
 * Gives an account another friend code. The old one is dead for new friends, also for those whose redemption is pending, and is
 * never issued again; other codes of its affiliate stay. Fails like `readReferralCode`.
 */
export async function refreshReferralCode(
  deps: Deps,
  appId: string,
  { actor, account }: { actor: string; account: string },
): Promise<Result<RefreshedCode>> {
  const old = await readReferralCode(deps, appId, account);
  if (!old.ok) return old;
  const oldCode = old.value.referralCode;
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const ref = drawCode(deps);
    const id = deps.newId("aud");
    const change = { before: { ref: oldCode }, after: { ref }, now: deps.now() };
    const audit = { id, actor, action: "referral_code.refreshed", object: appId, ...change };
    const written = readCode(await deps.db.batch(writeNextCode(appId, { account, ref, code: foldCode(ref), audit })));
    const made = toReferralCode(written);
    if (!made.ok) return made;
    const { referralCode, referralUrl } = made.value;
    if (referralCode === ref) return ok({ oldCode, newCode: ref, referralUrl });
  }
  return fail("code_unavailable", "No free code was found; try again.");
}
