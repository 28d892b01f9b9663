import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { AFFILIATE_TOKEN_PREFIX } from "../../domain/secret-key.ts";
import { findAffiliate } from "../../store/affiliate-store.ts";
import {
  insertToken,
  listTokens,
  readTokenOutcome,
  revokeToken as writeRevocation,
} from "../../store/affiliate-token-store.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import type { ApiKey } from "../../store/key-store.ts";
import type { KeyAuthority } from "../programs/create-key.ts";
import { issueSecret } from "../programs/issue-key.ts";

/** Live tokens an affiliate may have: one for each of their tools and devices. */
const MAX_LIVE_TOKENS = 20;

/** A token together with its secret, which is shown this once. */
export interface IssuedToken {
  readonly token: ApiKey;
  readonly secret: string;
}

/**
 * Makes a token of an affiliate, whatever their status: one who is suspended or revoked may still read what they are owed.
 * Fails with `not_found`, `invalid_request` for an expiry that is not ahead, `conflict` at `MAX_LIVE_TOKENS` live tokens or
 * for one that would outlive the key that makes it, and `unauthorized` when that key has just been revoked.
 */
export async function createToken(
  deps: Deps,
  appId: string,
  {
    by,
    affiliateId,
    draft,
  }: { by: KeyAuthority; affiliateId: string; draft: { name: string; expiresAt: number | null } },
): Promise<Result<IssuedToken>> {
  const now = deps.now();
  const { name, expiresAt } = draft;
  if ((await findAffiliate(deps.db, appId, affiliateId, deps.now())) === null)
    return fail("not_found", "No such affiliate.");
  if (expiresAt !== null && expiresAt <= now) {
    return fail("invalid_request", "The request is not valid.", [{ path: "expires_at", message: "must be ahead" }]);
  }
  const issued = await issueSecret(deps, { prefix: AFFILIATE_TOKEN_PREFIX, id: deps.newId("tok") });
  const results = await deps.db.batch(
    insertToken(appId, {
      token: { ...issued.secret, affiliateId, name, expiresAt },
      maker: by,
      maxLive: MAX_LIVE_TOKENS,
      audit: {
        id: deps.newId("aud"),
        actor: by.actor,
        action: "token.created",
        object: affiliateId,
        after: { token: issued.secret.id, name, expiresAt },
        now,
      },
    }),
  );
  const { token, isChangerLive } = readTokenOutcome(results);
  if (token !== null) return ok({ token, secret: issued.text });
  if (!isChangerLive) return fail("unauthorized", "A valid key is required.");
  const message = `An affiliate has at most ${MAX_LIVE_TOKENS} live tokens, and a key that ends makes none that outlives it.`;
  return fail("conflict", message);
}

/**
 * Revokes a token for good: refused at once in this process, elsewhere within the minute that a key ring believes it. A
 * repeat changes nothing. Fails with `not_found`, and `unauthorized` when the key that asks has just been revoked.
 */
export async function revokeToken(
  deps: Deps,
  appId: string,
  { by, affiliateId, tokenId }: { by: KeyAuthority; affiliateId: string; tokenId: string },
): Promise<Result<null>> {
  const audit = {
    id: deps.newId("aud"),
    actor: by.actor,
    action: "token.revoked",
    object: affiliateId,
    before: { token: tokenId },
    now: deps.now(),
  };
  const results = await deps.db.batch(writeRevocation(appId, { affiliateId, tokenId, changer: by, audit }));
  const { token, isRevoked } = readTokenOutcome(results);
  if (token === null) return fail("not_found", "No such token.");
  deps.keys.forget(tokenId);
  return isRevoked ? ok(null) : fail("unauthorized", "A valid key is required.");
}

/** An affiliate's tokens, oldest first, at most `limit` after a cursor: also the expired ones, none of the revoked. Fails with `not_found`. */
export async function readTokens(
  deps: Deps,
  appId: string,
  { affiliateId, after, limit }: { affiliateId: string; after: Cursor | null; limit: number },
): Promise<Result<readonly ApiKey[]>> {
  if ((await findAffiliate(deps.db, appId, affiliateId, deps.now())) === null)
    return fail("not_found", "No such affiliate.");
  return ok(await listTokens(deps.db, appId, { affiliateId, after: after ?? START_OF_TIME, limit }));
}
