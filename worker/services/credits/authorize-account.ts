import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findApp, isListedOrigin } from "../../store/app-store.ts";
import type { KeyScope } from "../../store/key-store.ts";
import { countCall } from "../limits/count-call.ts";
import { authorize, type Credentials } from "../programs/authorize.ts";
import { readApp } from "../programs/read-apps.ts";
import { isAccountToken, readAccountToken } from "./read-account-token.ts";

/** For which account of which app a request speaks. */
export interface AccountAccess {
  readonly appId: string;
  readonly account: string;
  /** The account's, where its token says it. */
  readonly email: string | null;
  /** What the audit log names. */
  readonly actor: string;
}

export interface AccountCredentials extends Credentials {
  /** The `X-Account-Id` header, checked. */
  readonly account: string | null;
  /** The page's, null where no browser sent the request. */
  readonly origin: string | null;
  /** Whether an account's own token is good for the call, too. */
  readonly tokens: boolean;
}

/** A token with its claims is longer than a key; longer than this is none of ours. */
const BEARER = /^Bearer ([\w.-]{1,4096})$/i;

/**
 * For whom a request for one account speaks: an app's key (or an operator) that names the account, or the account's own token.
 * Fails with `unauthorized`, `secret_key_in_browser`, `scope_required`, `rate_limited`; with `invalid_request` where a key names
 * no account; with `not_found` for a token that names another account or app than its own; and with `origin_not_allowed` for a
 * token that comes from a page of no origin of its app's.
 */
export async function authorizeAccount(
  deps: Deps,
  credentials: AccountCredentials,
  scope: KeyScope,
): Promise<Result<AccountAccess>> {
  const token = BEARER.exec(credentials.authorization ?? "")?.[1] ?? "";
  if (credentials.tokens && isAccountToken(token)) return byToken(deps, credentials, token);
  const access = await authorize(deps, credentials, scope);
  if (!access.ok) return access;
  const app = await readApp(deps, access.value);
  if (!app.ok) return app;
  const { account } = credentials;
  if (account === null) {
    return fail("invalid_request", "The request is not valid.", [{ path: "X-Account-Id", message: "is required" }]);
  }
  return ok({ appId: app.value.id, account, email: null, actor: access.value.actor });
}

async function byToken(deps: Deps, credentials: AccountCredentials, token: string): Promise<Result<AccountAccess>> {
  const read = await readAccountToken(deps, token);
  // One of ours that is over is a page left open. A good one passes, whatever its neighbours sent.
  const counts = read.holder === null && !read.isOurs;
  const checked = counts ? await countCall(deps, "wrong_key", credentials) : ok(null);
  if (!checked.ok) return checked;
  if (read.holder === null) return fail("unauthorized", "A valid key or token is required.");
  const { appId, account, email } = read.holder;
  const counted = await countCall(deps, "key", { ...credentials, keyId: `account:${appId}:${account}` });
  if (!counted.ok) return counted;
  const isOther = (credentials.appId ?? appId) !== appId || (credentials.account ?? account) !== account;
  if (isOther) return fail("not_found", "No such account.");
  if (credentials.origin !== null) {
    const app = await findApp(deps.db, appId, deps.now());
    if (app?.origins.includes(credentials.origin) !== true) {
      return fail("origin_not_allowed", "This app takes calls from the pages of its own origins only.");
    }
  }
  return ok({ appId, account, email, actor: "account-token" });
}

/** Whether a browser may be told that its page's calls are taken: some app lists its origin. */
export function takesOrigin(deps: Deps, origin: string): Promise<boolean> {
  return isListedOrigin(deps.db, origin);
}
