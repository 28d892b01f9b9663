import { decode, verify } from "hono/jwt";
import * as v from "valibot";
import type { Deps } from "../../deps.ts";
import { TOKEN_TTL_S } from "./create-account-token.ts";
import { believedKeys } from "./token-keys.ts";

/** Who a token speaks for. */
export interface TokenHolder {
  readonly appId: string;
  readonly account: string;
  /** As the app's backend said it, folded. */
  readonly email: string | null;
}

const ClaimsSchema = v.object({
  iss: v.string(),
  aud: v.string(),
  sub: v.pipe(v.string(), v.nonEmpty()),
  kid: v.string(),
  exp: v.pipe(v.number(), v.safeInteger()),
  email: v.optional(v.string()),
});

/** A JSON Web Token in its compact form, which no secret key looks like. */
export function isAccountToken(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}

/** What a token comes to: its holder, or that it is one of ours and over, or none. */
export interface ReadToken {
  readonly holder: TokenHolder | null;
  readonly isOurs: boolean;
}

/**
 * Whose a token is: nobody's is one that we did not sign, that is over, that has no end, or that is not for an app of ours. Time is
 * the product's own, so that dev's clock moves it too. Throws DbError.
 */
export async function readAccountToken(deps: Deps, token: string): Promise<ReadToken> {
  const told = claimsOf(() => decode(token).payload);
  if (told === null || !/^app_[\w-]{1,64}$/.test(told.aud)) return FOREIGN;
  const keys = await believedKeys(deps, told.aud);
  const key = keys.find(({ id }) => id === told.kid);
  if (key === undefined) return FOREIGN;
  const claims = await verified(token, { secret: key.secret, iss: deps.config.publicUrl, aud: told.aud });
  if (claims === null) return FOREIGN;
  const nowS = deps.now() / 1_000;
  if (claims.exp <= nowS || claims.exp > nowS + TOKEN_TTL_S + 1) return { holder: null, isOurs: true };
  return { holder: { appId: claims.aud, account: claims.sub, email: claims.email ?? null }, isOurs: true };
}

const FOREIGN: ReadToken = { holder: null, isOurs: false };

/** The claims of a token that is signed with the secret, by the one algorithm we sign with. */
async function verified(token: string, { secret, iss, aud }: { secret: string; iss: string; aud: string }) {
  try {
    // hono takes a token without `exp` and goes by its own clock: that is checked above.
    const payload = await verify(token, secret, { alg: "HS256", iss, aud, exp: false, iat: false, nbf: false });
    return claimsOf(() => payload);
  } catch {
    return null;
  }
}

function claimsOf(payload: () => unknown) {
  try {
    const parsed = v.safeParse(ClaimsSchema, payload());
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
