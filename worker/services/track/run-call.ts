import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Caller, callParams, refuseOrigin } from "../../store/call.ts";
import { DbError, type Row, type Statement } from "../../store/db.ts";

/**
 * Runs the batch of a tracking call and answers its rows. A browser's fails with `origin_not_allowed`, and nothing of it is
 * written, where the call's app lists origins and the page's is none of them: the batch itself begins with the check.
 */
export async function runCall(
  deps: Deps,
  caller: Caller,
  { code, now, batch }: { code: string | null; now: number; batch: readonly Statement[] },
): Promise<Result<readonly (readonly Row[])[]>> {
  if (caller.source === "key" || caller.origin === null) return ok(await deps.db.batch(batch));
  try {
    const check = refuseOrigin(callParams(caller, { code, now }), caller.origin);
    const [, ...results] = await deps.db.batch([check, ...batch]);
    return ok(results);
  } catch (error) {
    const isRefused = error instanceof DbError && error.kind === "constraint" && error.statementIndex === 0;
    if (isRefused) return originNotAllowed();
    throw error;
  }
}

export function originNotAllowed(): Result<never> {
  return fail("origin_not_allowed", "This app takes calls from the pages of its own origins only.");
}
