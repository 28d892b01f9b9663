import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import { authorizeAccount, takesOrigin } from "../../services/credits/authorize-account.ts";
import type { KeyScope } from "../../store/key-store.ts";
import { parseAccount } from "../../wire/credits.ts";
import { type AppEnv, refuse } from "../context.ts";
import { hasControlCharacter } from "./key-access.ts";

/** A preflight is remembered for ten minutes: an origin taken off an app's list is soon asked about again. */
const PREFLIGHT_TTL_S = 600;
/** No browser names a longer one. */
const MAX_ORIGIN_LENGTH = 300;

/**
 * What browsers are told of a route that an end user's token may call: pages of origins that an app lists may, and no others.
 * Which app a token is for comes later, with the token itself.
 */
export function accountCors(deps: Deps) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.header("Vary", "Origin");
    const origin = c.req.header("Origin");
    const isListed = origin !== undefined && origin.length <= MAX_ORIGIN_LENGTH && (await takesOrigin(deps, origin));
    if (isListed) {
      c.header("Access-Control-Allow-Origin", origin);
      c.header("Access-Control-Expose-Headers", "Retry-After");
    }
    if (c.req.method !== "OPTIONS") return next();
    if (isListed) {
      c.header("Access-Control-Allow-Methods", "GET, POST");
      c.header("Access-Control-Allow-Headers", "Authorization, Content-Type");
      c.header("Access-Control-Max-Age", String(PREFLIGHT_TTL_S));
    }
    return c.body(null, 204);
  });
}

/**
 * Lets in who speaks for one account: a secret key with this scope (or an operator) together with `X-Account-Id`, or the
 * account's own token.
 */
export function accountAccess(deps: Deps, scope: KeyScope) {
  return access(deps, scope, { tokens: true });
}

/** The same without tokens: what takes the app's own key alone. */
export function keyedAccountAccess(deps: Deps, scope: KeyScope) {
  return access(deps, scope, { tokens: false });
}

function access(deps: Deps, scope: KeyScope, { tokens }: { tokens: boolean }) {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (hasControlCharacter(c)) {
      return refuse(c, { code: "invalid_request", message: "The query must not hold control characters." });
    }
    const header = c.req.header("X-Account-Id");
    const account = header === undefined ? null : parseAccount(header);
    const origin = c.req.header("Origin") ?? null;
    const granted = await authorizeAccount(
      deps,
      {
        authorization: c.req.header("Authorization") ?? null,
        fromBrowser: origin !== null,
        origin,
        appId: c.req.query("app_id") ?? null,
        address: c.get("address"),
        isClick: false,
        affiliateId: null,
        account: account?.ok === true ? account.value : null,
        tokens,
      },
      scope,
    );
    if (!granted.ok) {
      if (granted.failure.code === "origin_not_allowed") c.res.headers.delete("Access-Control-Allow-Origin");
      return refuse(c, granted.failure);
    }
    if (account?.ok === false) {
      const fields = [{ path: "X-Account-Id", message: "is not valid" }];
      return refuse(c, { code: "invalid_request", message: "The request is not valid.", fields });
    }
    c.set("account", granted.value);
    return next();
  });
}
