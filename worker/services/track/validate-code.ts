import type { Deps } from "../../deps.ts";
import { foldCode, isCode } from "../../domain/code.ts";
import { ok, type Result } from "../../domain/result.ts";
import { checkCode } from "../../store/code-store.ts";
import { originNotAllowed } from "./run-call.ts";

/**
 * Whether a code typed at a checkout of this app would be accepted. Tells nothing else about it. `origin` is null where no
 * browser asks. Fails with `origin_not_allowed`.
 */
export async function validateCode(
  deps: Deps,
  { appId, ref, origin }: { appId: string; ref: string; origin: string | null },
): Promise<Result<{ readonly valid: boolean }>> {
  const code = isCode(ref) ? foldCode(ref) : "";
  const { isLive, isOriginRefused } = await checkCode(deps.db, appId, { code, origin, now: deps.now() });
  return isOriginRefused ? originNotAllowed() : ok({ valid: isLive });
}
