import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findFriendCode, readCode, writeNextCode } from "../../store/credit-account-store.ts";
import { drawCode } from "../affiliates/draw-code.ts";
import { MAX_DRAWS, readReferralCode, toReferralCode } from "./read-referral-code.ts";

/** Codes that an account gets within 24 hours, the first one among them. */
const MAX_CODES_A_DAY = 21;
const DAY_S = 86_400;

export interface RefreshedCode {
  readonly oldCode: string;
  readonly newCode: string;
  readonly referralUrl: string;
}

/**
 * Gives an account another friend code. The old one is dead for new friends, also for those whose redemption is pending, and is
 * never issued again; other codes of its affiliate stay. Fails like `readReferralCode`, and with `rate_limited`
 * beyond 20 a day.
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
    const code = foldCode(ref);
    const now = deps.now();
    const change = { before: { ref: oldCode }, after: { ref }, now };
    const audit = { id: deps.newId("aud"), actor, action: "referral_code.refreshed", object: appId, ...change };
    const limit = { since: now - DAY_S * 1_000, max: MAX_CODES_A_DAY };
    const written = readCode(await deps.db.batch(writeNextCode(appId, { account, ref, code, ...limit, audit })));
    const made = toReferralCode(deps, written);
    if (!made.ok) return made;
    const { referralCode, referralUrl } = made.value;
    if (referralCode === ref) return ok({ oldCode, newCode: ref, referralUrl });
    // Nobody has it, so it was not refused for being taken.
    if ((await findFriendCode(deps.db, appId, { code, now })) === null) return tooMany();
  }
  return fail("code_unavailable", "No free code was found; try again.");
}

function tooMany(): Result<never> {
  const message = `A code is refreshed at most ${MAX_CODES_A_DAY - 1} times a day.`;
  return { ok: false, failure: { code: "rate_limited", message, retryAfterS: DAY_S } };
}
