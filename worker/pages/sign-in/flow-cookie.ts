import type { Context } from "hono";
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import type { Deps } from "../../deps.ts";
import { hasSecureCookies } from "../../services/accounts/auth.ts";
import type { CodeFlow } from "../../services/accounts/request-code.ts";
import { knownMark, signInSecret } from "../../services/accounts/sign-in-secret.ts";
import { parseEmail } from "../../wire/sign-in.ts";
import type { PageEnv } from "../context.ts";
import { ownPath } from "../own-path.ts";

/** A code is good for 10 minutes; who sends for another finds the address still there. */
const FLOW_AGE_S = 15 * 60;
/** As long as browsers keep any cookie. */
const KNOWN_AGE_S = 400 * 86_400;

/** Whose code a browser asked for, where it goes with it, and what a guess of the code comes with. Signed: nobody makes up one. */
export interface Flow extends CodeFlow {
  readonly email: string;
  readonly next: string;
}

export async function setFlow(c: Context<PageEnv>, deps: Deps, flow: Flow): Promise<void> {
  const { email, next, id, mark, endsAt } = flow;
  const value = JSON.stringify([email, next, id, mark, endsAt]);
  const attributes = { ...attributesOf(deps), maxAge: FLOW_AGE_S };
  await setSignedCookie(c, nameOf(deps, "signin"), value, await signInSecret(deps), attributes);
}

export async function readFlow(c: Context<PageEnv>, deps: Deps): Promise<Flow | null> {
  const value = await getSignedCookie(c, await signInSecret(deps), nameOf(deps, "signin"));
  try {
    const [email, next, id, mark, endsAt]: readonly unknown[] = JSON.parse(value === false ? "" : (value ?? ""));
    const parsed = parseEmail(email);
    if (parsed === null || typeof id !== "string" || typeof mark !== "string" || typeof endsAt !== "number")
      return null;
    return { email: parsed, next: ownPath(next), id, mark, endsAt };
  } catch {
    return null;
  }
}

export function endFlow(c: Context<PageEnv>, deps: Deps): void {
  deleteCookie(c, nameOf(deps, "signin"), attributesOf(deps));
}

/** Keeps that this browser signed in with a mailbox: what strangers ask for does not keep it from a code. */
export async function setKnown(c: Context<PageEnv>, deps: Deps, email: string): Promise<void> {
  const attributes = { ...attributesOf(deps), maxAge: KNOWN_AGE_S };
  await setSignedCookie(c, nameOf(deps, "known"), await knownMark(deps, email), await signInSecret(deps), attributes);
}

/** Whether this browser signed in with the mailbox before. */
export async function isKnown(c: Context<PageEnv>, deps: Deps, email: string): Promise<boolean> {
  const kept = await getSignedCookie(c, await signInSecret(deps), nameOf(deps, "known"));
  return kept === (await knownMark(deps, email));
}

function nameOf({ config }: Deps, name: "signin" | "known"): string {
  return `${hasSecureCookies(config) ? "__Host-" : ""}al_${name}`;
}

function attributesOf({ config }: Deps) {
  return { path: "/", httpOnly: true, secure: hasSecureCookies(config), sameSite: "Lax" } as const;
}
