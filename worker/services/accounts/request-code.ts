import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { MailError } from "../../gateways/mail/mail.ts";
import { countUnder } from "../../store/auth-store.ts";
import { integerOf } from "../../store/statement.ts";
import { hmac } from "../hashing.ts";
import { sendSignInCode } from "../mail/send-sign-in-code.ts";
import { CODE_ATTEMPTS, openAuth } from "./auth.ts";
import { signInSecret } from "./sign-in-secret.ts";

/** Codes that one mailbox gets, so that nobody fills somebody else's. With it go the guesses: 5 of each code. */
const MAX_CODES = 5;
/** In so many milliseconds. */
const CODES_WINDOW_MS = 15 * 60_000;

/**
 * Mails a code to a folded address, whoever has it, known or not. `confirms`: somebody signed in proves it once more. Fails with
 * `rate_limited` for a mailbox that got its codes, `invalid_request` for an address that takes no mail, and `unavailable` when none goes
 * out. Throws DbError.
 */
export async function requestCode(
  deps: Deps,
  { email, confirms }: { readonly email: string; readonly confirms: boolean },
): Promise<Result<null>> {
  if (deps.mail === null) return noMail();
  const counted = await countFor(deps, "codes", email, MAX_CODES);
  if (!counted.ok) return counted;
  const code = await (await openAuth(deps)).makeCode(email);
  try {
    await sendSignInCode(deps, { to: email, code, confirms });
    return ok(null);
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    deps.log({ level: "error", mail: error.kind });
    return error.kind === "refused" ? fail("invalid_request", "This address takes no mail.") : noMail();
  }
}

/** Counts a guess of a mailbox's code: so many at once are no more than so many in turn. Fails with `rate_limited`. */
export function countGuess(deps: Deps, email: string): Promise<Result<null>> {
  return countFor(deps, "guesses", email, MAX_CODES * CODE_ATTEMPTS);
}

async function countFor(deps: Deps, what: string, email: string, most: number): Promise<Result<null>> {
  const realNow = deps.realNow();
  const key = `${what}:${await hmac(await signInSecret(deps), email)}`;
  const count = countUnder(key, { id: deps.newId("lim"), realNow, windowMs: CODES_WINDOW_MS });
  const [[row] = []] = await deps.db.batch([count]);
  if (row === undefined || integerOf(row, "count") <= most) return ok(null);
  const waitMs = integerOf(row, "last_request") + CODES_WINDOW_MS - realNow;
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1_000));
  return { ok: false, failure: { code: "rate_limited", message: "Too many codes.", retryAfterS } };
}

function noMail(): Result<never> {
  return fail("unavailable", "No mail goes out.");
}
