import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { isLiveCode } from "../../store/affiliate-store.ts";

/** Whether a code typed at a checkout of this app would be accepted. Tells nothing else about it. */
export async function validateCode(deps: Deps, appId: string, ref: string): Promise<{ readonly valid: boolean }> {
  if (!isCode(ref)) return { valid: false };
  return { valid: await isLiveCode(deps.db, appId, { code: foldCode(ref), now: deps.now() }) };
}
