import type { Deps } from "../../deps.ts";
import { isSecretKey } from "../../domain/secret-key.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { KeyScope } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

/** On whose authority a request acts, and for which app. An operator without an app acts on the installation. */
export interface Access {
  /** `operator`, or `key:` and the key's id: what the audit log names. */
  readonly actor: string;
  readonly isOperator: boolean;
  readonly appId: string | null;
}

export interface Credentials {
  /** The `Authorization` header. */
  readonly authorization: string | null;
  /** True when a browser sent the request (it has an `Origin`): a secret key has no business there. */
  readonly fromBrowser: boolean;
  /** The app an operator means. */
  readonly appId: string | null;
}

/**
 * Who this is, when the credential is good for `scope`. Fails with `unauthorized` (missing, unknown, expired, revoked: one
 * answer), `secret_key_in_browser` and `scope_required`.
 */
export async function authorize(deps: Deps, credentials: Credentials, scope: KeyScope): Promise<Result<Access>> {
  const token = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(credentials.authorization ?? "")?.[1];
  if (token === undefined) return unauthorized();
  const access = isSecretKey(token)
    ? await keyAccess(deps, { token, scope })
    : await operatorAccess(deps, { token, appId: credentials.appId });
  return access.ok && credentials.fromBrowser ? inBrowser() : access;
}

async function keyAccess(deps: Deps, { token, scope }: { token: string; scope: KeyScope }): Promise<Result<Access>> {
  const key = await deps.keys.find(token);
  if (key === null) return unauthorized();
  if (!key.scopes.includes(scope)) return fail("scope_required", `This key lacks the scope ${scope}.`);
  return ok({ actor: `key:${key.id}`, isOperator: false, appId: key.appId });
}

async function operatorAccess(
  deps: Deps,
  { token, appId }: { token: string; appId: string | null },
): Promise<Result<Access>> {
  if (!(await isSame(token, deps.config.operatorKey))) return unauthorized();
  return ok({ actor: "operator", isOperator: true, appId });
}

function unauthorized(): Result<never> {
  return fail("unauthorized", "A valid key is required.");
}

function inBrowser(): Result<never> {
  return fail("secret_key_in_browser", "A secret key was sent by a browser. Roll it now: whoever saw the page has it.");
}

/** Compares hashes, so that the time it takes tells nothing of the key. */
async function isSame(token: string, secret: string): Promise<boolean> {
  return (await sha256(token)) === (await sha256(secret));
}
