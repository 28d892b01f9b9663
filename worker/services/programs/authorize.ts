import type { Deps } from "../../deps.ts";
import { isSecretKey } from "../../domain/secret-key.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { KEY_SCOPES, type KeyScope } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";
import { checkCall, countCall } from "../limits/count-call.ts";

/** On whose authority a request acts, and for which app. An operator without an app acts on the installation. */
export interface Access {
  /** `operator`, `key:` and the key's id, or `affiliate:` and whose token it is: what the audit log names. */
  readonly actor: string;
  readonly isOperator: boolean;
  readonly appId: string | null;
  /** The key or token it is, null for an operator. */
  readonly keyId: string | null;
  /** Whose token it is; null for a key and for an operator. */
  readonly affiliateId: string | null;
  /** What it may do, and hand on. */
  readonly scopes: readonly KeyScope[];
}

export interface Credentials {
  /** The `Authorization` header. */
  readonly authorization: string | null;
  /** True when a browser sent the request (it has an `Origin`): a secret key has no business there. */
  readonly fromBrowser: boolean;
  /** The app an operator means. */
  readonly appId: string | null;
  /** Whose address it comes from, and whether it is a click: what limits go by. */
  readonly address: string;
  readonly isClick: boolean;
  /** The affiliate whose own token may make this call too; null where no token may. */
  readonly affiliateId: string | null;
}

/**
 * Who this is, when the credential is good for `scope`. Fails with `unauthorized` (missing, unknown, expired, revoked: one
 * answer), `secret_key_in_browser`, `scope_required` and `rate_limited`. A key that is let in is noted as used today.
 *
 * An affiliate's token has no scope: it is good for what is its affiliate's own, and for it nothing else is there, which
 * fails with `not_found`.
 *
 * Wrong keys are counted by address, and the address that has had too many is looked up no more, but for keys that are in
 * use here: nobody is locked out by a neighbour. A good key's calls are counted by the key, also those it may not make.
 */
export async function authorize(deps: Deps, credentials: Credentials, scope: KeyScope): Promise<Result<Access>> {
  if (credentials.authorization === null) return unauthorized();
  const access = await identify(deps, { ...credentials, authorization: credentials.authorization });
  if (!access.ok) return access;
  const { keyId, appId, affiliateId, scopes } = access.value;
  const counted = await countCall(deps, "key", { ...credentials, keyId: keyId === null ? "operator" : `key:${keyId}` });
  if (!counted.ok) return counted;
  if (affiliateId !== null && affiliateId !== credentials.affiliateId) return fail("not_found", "No such route.");
  if (affiliateId === null && !scopes.includes(scope)) {
    return fail("scope_required", `This key lacks the scope ${scope}.`);
  }
  if (credentials.fromBrowser) return inBrowser();
  if (keyId !== null && appId !== null) deps.keys.noteUse({ appId, keyId });
  return access;
}

async function identify(
  deps: Deps,
  credentials: Credentials & { readonly authorization: string },
): Promise<Result<Access>> {
  const token = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(credentials.authorization)?.[1] ?? "";
  const isForeign = isSecretKey(token) && !deps.keys.isInUse(token);
  const checked = isForeign ? await checkCall(deps, "wrong_key", credentials) : ok(null);
  if (!checked.ok) return checked;
  const access = isSecretKey(token)
    ? await keyAccess(deps, token)
    : await operatorAccess(deps, { token, appId: credentials.appId });
  if (access.ok || access.failure.code !== "unauthorized") return access;
  const counted = await countCall(deps, "wrong_key", credentials);
  return counted.ok ? access : counted;
}

async function keyAccess(deps: Deps, token: string): Promise<Result<Access>> {
  const key = await deps.keys.find(token);
  if (key === null) return unauthorized();
  const { id: keyId, appId, affiliateId, scopes } = key;
  const actor = affiliateId === null ? `key:${keyId}` : `affiliate:${affiliateId}`;
  return ok({ actor, isOperator: false, appId, keyId, affiliateId, scopes });
}

async function operatorAccess(
  deps: Deps,
  { token, appId }: { token: string; appId: string | null },
): Promise<Result<Access>> {
  if (!(await isSame(token, deps.config.operatorKey))) return unauthorized();
  return ok({ actor: "operator", isOperator: true, appId, keyId: null, affiliateId: null, scopes: KEY_SCOPES });
}

function unauthorized(): Result<never> {
  return fail("unauthorized", "A valid key is required.");
}

function inBrowser(): Result<never> {
  return fail("secret_key_in_browser", "A secret was sent by a browser. Replace it now: whoever saw the page has it.");
}

/** Compares hashes, so that the time it takes tells nothing of the key. */
async function isSame(token: string, secret: string): Promise<boolean> {
  return (await sha256(token)) === (await sha256(secret));
}
