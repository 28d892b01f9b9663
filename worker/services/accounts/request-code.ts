import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { MailError } from "../../gateways/mail/mail.ts";
import { countUnder } from "../../store/auth-store.ts";
import { integerOf } from "../../store/statement.ts";
import { hmac } from "../hashing.ts";
import { sendSignInCode } from "../mail/send-sign-in-code.ts";
import { CODE_ATTEMPTS, CODE_TTL_S, openAuth } from "./auth.ts";
import { signInSecret } from "./sign-in-secret.ts";

/**
 * Codes that each kind of asker gets for one mailbox, so that nobody fills somebody else's. Guesses are bounded by it alone: each code
 * has its own `CodeFlow`, and that takes 5. So strangers have 25 guesses of a million in 15 minutes, at most 2,400 in a day: 1 in 400,
 * for 480 mails that the mailbox gets. Whoever is signed in, or known, loses at most the code that waits to each of a stranger's 5.
 */
const MAX_CODES = 5;
/** In so many milliseconds. */
const CODES_WINDOW_MS = 15 * 60_000;

/** Who asks for a code: somebody in a session of that mailbox, a browser that was in one before, or anybody. */
export type Asker = "session" | "known" | "stranger";

/** What the browser that asked for a code keeps, signed: without it no guess counts against the code. */
export interface CodeFlow {
  readonly id: string;
  /** Recognises the code. */
  readonly mark: string;
  /** In real time, with the code's. */
  readonly endsAt: number;
}

/**
 * Mails a code to a folded address, whoever has it, known or not, and answers what a guess of it must come with. In a session
 * somebody proves once more who they are. Fails with `rate_limited` for a mailbox that got its codes, `invalid_request` for an address
 * that takes no mail, and `unavailable` when none goes out. Throws DbError.
 */
export async function requestCode(
  deps: Deps,
  { email, asker }: { readonly email: string; readonly asker: Asker },
): Promise<Result<CodeFlow>> {
  if (deps.mail === null) return noMail();
  const counted = await countFor(deps, `codes:${asker}`, email, MAX_CODES);
  if (!counted.ok) return counted;
  const code = await (await openAuth(deps)).makeCode(email);
  try {
    await sendSignInCode(deps, { to: email, code, confirms: asker === "session" });
    const id = deps.newId("flw");
    return ok({ id, mark: await markOf(deps, id, code), endsAt: deps.realNow() + CODE_TTL_S * 1_000 });
  } catch (error) {
    if (!(error instanceof MailError)) throw error;
    deps.log({ level: "error", mail: error.kind });
    return error.kind === "refused" ? fail("invalid_request", "This address takes no mail.") : noMail();
  }
}

/**
 * Counts a guess: so many at once are no more than so many in turn. Fails with `invalid_request` for a wrong one, one too many, or one
 * that is too late: the code itself never hears of it, so that nobody ends another's. Throws DbError.
 */
export async function checkGuess(deps: Deps, flow: CodeFlow, code: string): Promise<Result<null>> {
  const counted = await countFor(deps, "guesses", flow.id, CODE_ATTEMPTS);
  // A flow outlives its code by nothing: else old ones would pile up, each with guesses of its own.
  const isRight = counted.ok && deps.realNow() < flow.endsAt && (await markOf(deps, flow.id, code)) === flow.mark;
  return isRight ? ok(null) : fail("invalid_request", "The code is not right.");
}

/** Under our secret: whoever has the cookie could try a million hashes. */
async function markOf(deps: Deps, id: string, code: string): Promise<string> {
  return hmac(await signInSecret(deps), `code ${id} ${code}`);
}

async function countFor(deps: Deps, what: string, whose: string, most: number): Promise<Result<null>> {
  const realNow = deps.realNow();
  const key = `${what}:${await hmac(await signInSecret(deps), whose)}`;
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
