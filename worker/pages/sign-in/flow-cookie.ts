import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Deps } from "../../deps.ts";
import { hasSecureCookies } from "../../services/accounts/auth.ts";
import { parseEmail } from "../../wire/sign-in.ts";
import type { PageEnv } from "../context.ts";
import { ownPath } from "../own-path.ts";

/** A code is good for 10 minutes; who sends for another finds the address still there. */
const MAX_AGE_S = 15 * 60;

/** Whose code a browser waits for, and where it goes then. Only the browser's own word: nothing follows from it without the code. */
export interface Flow {
  readonly email: string;
  readonly next: string;
}

export function setFlow(c: Context<PageEnv>, deps: Deps, flow: Flow): void {
  setCookie(c, nameOf(deps), JSON.stringify([flow.email, flow.next]), { ...attributesOf(deps), maxAge: MAX_AGE_S });
}

export function readFlow(c: Context<PageEnv>, deps: Deps): Flow | null {
  try {
    const [email, next]: readonly unknown[] = JSON.parse(getCookie(c, nameOf(deps)) ?? "");
    const parsed = parseEmail(email);
    return parsed === null ? null : { email: parsed, next: ownPath(next) };
  } catch {
    return null;
  }
}

export function endFlow(c: Context<PageEnv>, deps: Deps): void {
  deleteCookie(c, nameOf(deps), attributesOf(deps));
}

function nameOf({ config }: Deps): string {
  return hasSecureCookies(config) ? "__Host-al_signin" : "al_signin";
}

function attributesOf({ config }: Deps) {
  return { path: "/", httpOnly: true, secure: hasSecureCookies(config), sameSite: "Lax" } as const;
}
