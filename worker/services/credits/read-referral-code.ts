import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { shareLink } from "../../domain/credit-program.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type AccountCode, findAccountCode, readCode, writeFirstCode } from "../../store/credit-account-store.ts";
import { drawCode } from "../affiliates/draw-code.ts";

/** A friend code and the link to share it by. */
export interface ReferralCode {
  readonly referralCode: string;
  readonly referralUrl: string;
}

/** Draws of a free code before giving up: with 10^11 codes a second is already rare. */
export const MAX_DRAWS = 5;

/**
 * An account's friend code, made on first need. Fails with `join_refused` for an account that may not refer, `not_found`
 * without an app, and `code_unavailable` where no free code was found.
 */
export async function readReferralCode(deps: Deps, appId: string, account: string): Promise<Result<ReferralCode>> {
  const known = await findAccountCode(deps.db, appId, account);
  if (known?.ref !== null) return toReferralCode(deps, known);
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const ref = drawCode(deps);
    const batch = writeFirstCode(appId, { account, ref, code: foldCode(ref), now: deps.now() });
    const made = readCode(await deps.db.batch(batch));
    if (made === null || made.ref !== null || !made.mayRefer) return toReferralCode(deps, made);
  }
  return fail("code_unavailable", "No free code was found; try again.");
}

/** What a code's rows say. Fails like `readReferralCode`. */
export function toReferralCode({ config }: Pick<Deps, "config">, found: AccountCode | null): Result<ReferralCode> {
  if (found === null) return fail("not_found", "No such app.");
  if (!found.mayRefer) return fail("join_refused", "This account may not refer friends.");
  if (found.ref === null) return fail("code_unavailable", "No free code was found; try again.");
  return ok({ referralCode: found.ref, referralUrl: shareLink(found.ref, { ...found, ...config }) });
}
