import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Deps } from "../../deps.ts";
import { hasSecureCookies } from "../../services/accounts/auth.ts";
import type { PageEnv } from "../context.ts";
import { type JoinForm, parseJoinForm } from "./join-form.ts";

/** A code is good for 10 minutes; who sends for another finds what they filled in still there. */
const MAX_AGE_S = 15 * 60;

/** What somebody filled in who waits for a code: only the browser's own word. */
export interface Waiting extends JoinForm {
  readonly appId: string;
}

export function setWaiting(c: Context<PageEnv>, deps: Deps, waiting: Waiting): void {
  setCookie(c, nameOf(deps), JSON.stringify(waiting), { ...attributesOf(deps), maxAge: MAX_AGE_S });
}

/** What was filled in for this app; null for none. */
export function readWaiting(c: Context<PageEnv>, deps: Deps, appId: string): Waiting | null {
  try {
    const said: unknown = JSON.parse(getCookie(c, nameOf(deps)) ?? "");
    if (typeof said !== "object" || said === null) return null;
    const entries = Object.entries(said).filter(([, value]) => typeof value === "string");
    const { appId: of, ...rest } = Object.fromEntries(entries);
    const { form, problems } = parseJoinForm({ ...rest, accept: "1" });
    return of === appId && Object.keys(problems).length === 0 ? { ...form, appId } : null;
  } catch {
    return null;
  }
}

export function endWaiting(c: Context<PageEnv>, deps: Deps): void {
  deleteCookie(c, nameOf(deps), attributesOf(deps));
}

function nameOf({ config }: Deps): string {
  return hasSecureCookies(config) ? "__Host-al_join" : "al_join";
}

function attributesOf({ config }: Deps) {
  return { path: "/", httpOnly: true, secure: hasSecureCookies(config), sameSite: "Lax" } as const;
}
