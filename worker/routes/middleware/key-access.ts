import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { authorize } from "../../services/programs/authorize.ts";
import type { KeyScope } from "../../store/key-store.ts";
import { type AppEnv, refuse } from "../context.ts";

/** No id, code, date or cursor holds a control character, and a database cannot bind a NUL. */
const ESCAPED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;

/** Lets in an operator, or a secret key with this scope. `?app_id=` says which app an operator means. */
export function keyAccess(deps: Deps, scope: KeyScope) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const credentials = {
      authorization: c.req.header("Authorization") ?? null,
      fromBrowser: c.req.header("Origin") !== undefined,
      appId: c.req.query("app_id") ?? null,
      address: c.get("address"),
      isClick: false,
    };
    const access = await authorize(deps, credentials, scope);
    if (!access.ok) return refuse(c, access.failure);
    c.set("access", access.value);
    const { pathname, search } = new URL(c.req.url);
    if (ESCAPED_CONTROL.test(pathname)) return refuse(c, { code: "not_found", message: "No such route." });
    if (ESCAPED_CONTROL.test(search)) {
      return refuse(c, { code: "invalid_request", message: "The query must not hold control characters." });
    }
    return next();
  });
}

/** Lets in an operator only: for a key the route is not there. */
export function operatorAccess(deps: Deps) {
  const access = keyAccess(deps, "manage");
  return createMiddleware<AppEnv>(async (c, next) => {
    const refused = await access(c, async () => {});
    if (refused instanceof Response) return refused;
    if (!c.get("access").isOperator) return refuse(c, { code: "not_found", message: "No such route." });
    return next();
  });
}
