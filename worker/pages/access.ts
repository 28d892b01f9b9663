import type { Context } from "hono";
import { getSignedCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../deps.ts";
import { openAuth, sessionCookieName } from "../services/accounts/auth.ts";
import type { Person } from "../services/accounts/person.ts";
import { readMyApp } from "../services/accounts/read-my-apps.ts";
import { readMyProgram } from "../services/accounts/read-my-programs.ts";
import { readPerson } from "../services/accounts/read-person.ts";
import { formToken, isFormToken, signInSecret } from "../services/accounts/sign-in-secret.ts";
import { readFlags } from "../services/programs/read-flags.ts";
import { isFromThisMachine } from "../wire/dev.ts";
import { CSRF_FIELD } from "./components/form.tsx";
import type { PageEnv } from "./context.ts";
import { isOwnPath } from "./own-path.ts";
import { pageRefusal } from "./refusal.tsx";

/** How long a code counts as just proved: long enough for one thing, too short for whoever finds the machine open. */
const FRESH_MS = 15 * 60_000;

/** What a form may be sent as: nothing else can be sent from another page without being asked about first. */
const FORM_TYPE = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i;

const AFFILIATES_OF_APP = /^\/apps\/[^/]+\/affiliates(?:\/|$)/;

const NO_SUCH_PAGE = { code: "not_found", message: "No such page." } as const;

/** Says who is signed in, null for nobody, and makes a session that is in use live on. */
export function withPerson(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    c.set("person", null);
    c.set("csrf", "");
    const token = await sessionToken(c, deps);
    const read = token === null ? null : await readPerson(deps, token);
    if (read !== null) {
      c.set("person", read.person);
      c.set("csrf", await formToken(deps, read.person.sessionId));
      if (read.isToRoll) {
        const setCookies = await (await openAuth(deps)).roll(c.req.header("Cookie") ?? "");
        for (const line of setCookies) c.header("Set-Cookie", line, { append: true });
      }
    }
    return next();
  });
}

/** The session's token in a request's cookie, null without one that we signed. */
export async function sessionToken(c: Context<PageEnv>, deps: Deps): Promise<string | null> {
  const token = await getSignedCookie(c, await signInSecret(deps), sessionCookieName(deps.config));
  return typeof token === "string" && token !== "" ? token : null;
}

/**
 * Lets a form through that our own page sent: by what the browser says of where it comes from, by its kind, and, signed in, by the
 * token of that very session; a form that cannot be read gets no further. After `withPerson`.
 */
export function ownForms(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    if (!isFromOwnPage(c, deps) || !FORM_TYPE.test(c.req.header("Content-Type") ?? "")) return forged(c);
    const form = await readForm(c);
    if (form === null) return pageRefusal(c, { code: "invalid_request", message: "The form cannot be read." });
    const person = c.get("person");
    if (person === null) return next();
    const sent = form[CSRF_FIELD];
    return typeof sent === "string" && (await isFormToken(deps, person.sessionId, sent)) ? next() : forged(c);
  });
}

/** A form's fields, null for one that is none: whatever reads it later gets it as it was read here. */
async function readForm(c: Context<PageEnv>) {
  try {
    return await c.req.parseBody();
  } catch (error) {
    // What the platform says of a form in no form.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** Sends whoever is not signed in to do that, and back. */
export function signedIn() {
  return createMiddleware<PageEnv>(async (c, next) =>
    c.get("person") === null ? c.redirect(`/signin?next=${encodeURIComponent(hereOf(c))}`, 303) : next(),
  );
}

/**
 * For `/apps/:appId…`: lets in an operator and the app's owners, and sets `app`. To everybody else the app is not there, and to its
 * owners its affiliates are not while that flag is off.
 */
export function appAccess(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    const [person, appId] = [c.get("person"), idOf(c)];
    const app = person === null || appId === null ? null : await readMyApp(deps, person, appId);
    if (app === null) return pageRefusal(c, NO_SUCH_PAGE);
    // Operators have the console: what an app's flag says is about its owners.
    const manages = person?.hasConsole === true || readFlags(deps, app).settingsAffiliates.enabled;
    if (!manages && AFFILIATES_OF_APP.test(c.req.path)) return pageRefusal(c, NO_SUCH_PAGE);
    c.set("app", app);
    c.set("managesAffiliates", manages);
    return next();
  });
}

/** For `/referrals/:appId…`: lets in the app's affiliate of the person's address, and sets `app` and `affiliate`. Else it is not there. */
export function promoterAccess(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    const [person, appId] = [c.get("person"), idOf(c)];
    const program = person === null || appId === null ? null : await readMyProgram(deps, person, appId);
    if (program === null) return pageRefusal(c, NO_SUCH_PAGE);
    c.set("app", program.app);
    c.set("affiliate", program.affiliate);
    return next();
  });
}

/** Asks whoever proved more than 15 minutes ago who they are for a fresh code first. Signed out it asks to sign in. */
export function freshCode(deps: Deps) {
  return createMiddleware<PageEnv>(async (c, next) => {
    const person = c.get("person");
    if (person !== null && isFresh(deps, person)) return next();
    const where = person === null ? "/signin" : "/signin/confirm";
    return c.redirect(`${where}?next=${encodeURIComponent(hereOf(c))}`, 303);
  });
}

/** Whether a person proved at most 15 minutes ago who they are, by the machine's own clock. */
function isFresh(deps: Deps, person: Person): boolean {
  return deps.realNow() - person.confirmedAt <= FRESH_MS;
}

/** The page somebody is on: of a form the one that holds it. */
function hereOf(c: Context<PageEnv>): string {
  const { method } = c.req;
  const url = method === "GET" || method === "HEAD" ? c.req.url : (c.req.header("Referer") ?? "");
  if (!URL.canParse(url)) return "/";
  const { pathname, search, host } = new URL(url);
  const path = `${pathname}${search}`;
  return host === new URL(c.req.url).host && isOwnPath(path) ? path : "/";
}

/** No id holds anything else, and a database cannot bind everything that a path may. */
function idOf(c: Context<PageEnv>): string | null {
  const id = c.req.param("appId") ?? "";
  return /^app_[\w-]{1,64}$/.test(id) ? id : null;
}

/**
 * Every browser of today says both with a form. The origin is the installation's; in dev, which has no name of its own, this
 * machine under the name that was called.
 */
function isFromOwnPage(c: Context<PageEnv>, { config }: Deps): boolean {
  const site = c.req.header("Sec-Fetch-Site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = c.req.header("Origin");
  if (origin === undefined) return false;
  if (origin === new URL(config.publicUrl).origin) return true;
  return config.env === "dev" && isFromThisMachine(c.req.raw);
}

function forged(c: Context<PageEnv>): Response | Promise<Response> {
  return pageRefusal(c, { code: "origin_not_allowed", message: "The form is not from a page of ours." });
}
