import type { Deps } from "../../deps.ts";
import { hmac } from "../hashing.ts";

/** What signs the cookies of sessions: a key for this alone, made of `AUTH_SECRET`. */
export function signInSecret(deps: Pick<Deps, "config">): Promise<string> {
  return hmac(deps.config.authSecret, "agentlinks sign-in v1");
}

/** What a form must send back that a session's page holds: other sites, and other sessions, do not know it. */
export async function formToken(deps: Pick<Deps, "config">, sessionId: string): Promise<string> {
  return hmac(await hmac(deps.config.authSecret, "agentlinks forms v1"), sessionId);
}

/** Whether a form sent that back. Hashes are compared, so that the time it takes tells nothing. */
export async function isFormToken(deps: Pick<Deps, "config">, sessionId: string, sent: string): Promise<boolean> {
  const expected = await formToken(deps, sessionId);
  return (await hmac(expected, sent)) === (await hmac(expected, expected));
}

/** What a browser keeps that signed in with a mailbox: it tells nobody which. */
export async function knownMark(deps: Pick<Deps, "config">, email: string): Promise<string> {
  return hmac(await signInSecret(deps), `known ${email}`);
}
