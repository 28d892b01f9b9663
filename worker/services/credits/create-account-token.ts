import { sign } from "hono/jwt";
import type { Deps } from "../../deps.ts";
import { foldEmail } from "../../domain/email.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { noteAccountEmail } from "../../store/credit-account-store.ts";
import { hmac } from "../hashing.ts";
import { signingKey } from "./token-keys.ts";

/** How long a token is good for, in seconds: a page asks its backend for another one. */
export const TOKEN_TTL_S = 1_800;

export interface AccountToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/**
 * A token for one account of an app, for the app's own front end: a JWT (RFC 7519) under the app's key, its audience the app,
 * for 30 minutes. The e-mail, where the app says it, is what friends are told who invited them. Fails with `not_found`.
 */
export async function createAccountToken(
  deps: Deps,
  appId: string,
  { account, email }: { account: string; email: string | null },
): Promise<Result<AccountToken>> {
  const key = await signingKey(deps, appId);
  if (key === null) return fail("not_found", "No such app.");
  const now = deps.now();
  const folded = email === null ? null : foldEmail(email);
  if (folded !== null) {
    const emailHmac = await hmac(deps.config.authSecret, folded);
    await deps.db.batch([noteAccountEmail(appId, { account, emailHmac, now })]);
  }
  const iat = Math.floor(now / 1_000);
  const exp = iat + TOKEN_TTL_S;
  const claims = { iss: deps.config.publicUrl, aud: appId, sub: account, kid: key.id, iat, exp };
  const token = await sign({ ...claims, ...(folded === null ? {} : { email: folded }) }, key.secret, "HS256");
  return ok({ token, expiresAt: exp * 1_000 });
}
