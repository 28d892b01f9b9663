import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { authorize } from "../../services/programs/authorize.ts";
import { isConsoleOn } from "../../services/programs/read-flags.ts";
import type { KeyScope } from "../../store/key-store.ts";
import { type AppEnv, refuse } from "../context.ts";

/** No id, code, date or cursor holds a control character, and a database cannot bind a NUL. */
const ESCAPED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;

/**
 * Lets in an operator, or a secret key with this scope. `?app_id=` says which app an operator means. For an affiliate's token
 * the route is not there.
 */
export function keyAccess(deps: Deps, scope: KeyScope) {
  return access(deps, scope, () => null);
}

/** The same, and besides the token of the affiliate whose the route `…/:id…` is. For another affiliate's it is not there. */
export function affiliateAccess(deps: Deps, scope: KeyScope) {
  return access(deps, scope, (c) => c.req.param("id") ?? null);
}

/** Lets in an operator only: for a key the route is not there. */
export function operatorAccess(deps: Deps) {
  const keyed = keyAccess(deps, "manage");
  return createMiddleware<AppEnv>(async (c, next) => {
    const refused = await keyed(c, async () => {});
    if (refused instanceof Response) return refused;
    if (!c.get("access").isOperator) return refuse(c, { code: "not_found", message: "No such route." });
    return next();
  });
}

/**
 * Lets in an operator only, and only while the installation's administration of affiliates is on: for what the console shows of
 * all apps.
 */
export function consoleAccess(deps: Deps) {
  const operator = operatorAccess(deps);
  return createMiddleware<AppEnv>(async (c, next) => {
    const refused = await operator(c, async () => {});
    if (refused instanceof Response) return refused;
    if (!(await isConsoleOn(deps))) return refuse(c, { code: "not_found", message: "No such route." });
    return next();
  });
}

/** Whether a request's path or query holds a control character. */
export function hasControlCharacter(c: Context<AppEnv>): boolean {
  const { pathname, search } = new URL(c.req.url);
  return ESCAPED_CONTROL.test(pathname) || ESCAPED_CONTROL.test(search);
}

function access(deps: Deps, scope: KeyScope, affiliateOf: (c: Context<AppEnv>) => string | null) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const credentials = {
      authorization: c.req.header("Authorization") ?? null,
      fromBrowser: c.req.header("Origin") !== undefined,
      appId: c.req.query("app_id") ?? null,
      address: c.get("address"),
      isClick: false,
      affiliateId: affiliateOf(c),
    };
    const granted = await authorize(deps, credentials, scope);
    if (!granted.ok) return refuse(c, granted.failure);
    c.set("access", granted.value);
    const { pathname, search } = new URL(c.req.url);
    if (ESCAPED_CONTROL.test(pathname)) return refuse(c, { code: "not_found", message: "No such route." });
    if (ESCAPED_CONTROL.test(search)) {
      return refuse(c, { code: "invalid_request", message: "The query must not hold control characters." });
    }
    return next();
  });
}
