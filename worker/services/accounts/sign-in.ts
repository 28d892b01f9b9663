import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { endSessionOfToken } from "../../store/auth-store.ts";
import { openAuth } from "./auth.ts";
import { countGuess } from "./request-code.ts";

/**
 * Begins a session for who has the code of a folded address, and ends the one of `oldToken`: what a browser had before is
 * never who it is now. Answers the `Set-Cookie` lines. Fails with `invalid_request` for a wrong code, and `rate_limited` for a mailbox
 * whose codes were guessed at too often. Throws DbError.
 */
export async function signIn(
  deps: Deps,
  { email, code, oldToken }: { readonly email: string; readonly code: string; readonly oldToken: string | null },
): Promise<Result<readonly string[]>> {
  const counted = await countGuess(deps, email);
  if (!counted.ok) return counted;
  const begun = await (await openAuth(deps)).signIn(email, code);
  if (begun === null) return fail("invalid_request", "The code is not right.");
  if (oldToken !== null) await deps.db.batch([endSessionOfToken(oldToken)]);
  return ok(begun.setCookies);
}
