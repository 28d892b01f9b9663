import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { endSessionOfToken } from "../../store/auth-store.ts";
import { openAuth } from "./auth.ts";
import { checkGuess, type CodeFlow } from "./request-code.ts";

/**
 * Begins a session for who has the code of a folded address, and ends the one of `oldToken`: what a browser had before is
 * never who it is now. `flow`: of the browser that asked for the code. Answers the `Set-Cookie` lines. Fails with `invalid_request`
 * for a code that is wrong, too old, used, or was guessed at too often. Throws DbError.
 */
export async function signIn(
  deps: Deps,
  {
    email,
    code,
    flow,
    oldToken,
  }: { readonly email: string; readonly code: string; readonly flow: CodeFlow; readonly oldToken: string | null },
): Promise<Result<readonly string[]>> {
  const guessed = await checkGuess(deps, flow, code);
  if (!guessed.ok) return guessed;
  const begun = await (await openAuth(deps)).signIn(email, code);
  if (begun === null) return fail("invalid_request", "The code is not right.");
  if (oldToken !== null) await deps.db.batch([endSessionOfToken(oldToken)]);
  return ok(begun.setCookies);
}
