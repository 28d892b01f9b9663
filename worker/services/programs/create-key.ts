import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type KeyOutcome, type KeyScope, readKeyOutcome, writeKey } from "../../store/key-store.ts";
import type { Access } from "./authorize.ts";
import { type IssuedKey, issueKey, MAX_LIVE_KEYS } from "./issue-key.ts";

export interface KeyDraft {
  readonly name: string;
  /** Null: all that its maker may do. */
  readonly scopes: readonly KeyScope[] | null;
  readonly expiresAt: number | null;
}

/** On whose authority a key is made, rolled or revoked. */
export type KeyAuthority = Pick<Access, "actor" | "keyId" | "scopes">;

/**
 * Makes one more key of an app. Fails with `scope_required` for a scope its maker lacks, `invalid_request` for an expiry
 * that is not ahead, `conflict` at `MAX_LIVE_KEYS` live keys or for one that would outlive its maker, and `unauthorized` when the maker has just been revoked.
 */
export async function createKey(
  deps: Deps,
  appId: string,
  { by, draft }: { by: KeyAuthority; draft: KeyDraft },
): Promise<Result<IssuedKey>> {
  const now = deps.now();
  const { name, expiresAt } = draft;
  const scopes = draft.scopes ?? by.scopes;
  const lacking = scopeLacking(by, scopes);
  if (lacking !== null) return lacking;
  if (expiresAt !== null && expiresAt <= now) {
    return fail("invalid_request", "The request is not valid.", [{ path: "expires_at", message: "must be ahead" }]);
  }
  const { secretKey, secret } = await issueKey(deps);
  const results = await deps.db.batch(
    writeKey(appId, {
      key: { ...secret, name, scopes, expiresAt, now },
      maker: by,
      maxLive: MAX_LIVE_KEYS,
      audit: {
        id: deps.newId("aud"),
        actor: by.actor,
        action: "key.created",
        object: secret.id,
        after: { name, scopes, expiresAt },
        now,
      },
    }),
  );
  const { key, ...why } = readKeyOutcome(results);
  return key === null ? notIssued(why) : ok({ key, secretKey });
}

/** Refuses to hand on what a key may not do itself; null when it may. */
export function scopeLacking(by: KeyAuthority, scopes: readonly KeyScope[]): Result<never> | null {
  const lacking = scopes.filter((scope) => !by.scopes.includes(scope));
  if (lacking.length === 0) return null;
  return fail("scope_required", `A key hands on no more than it may do: it lacks ${lacking.join(", ")}.`);
}

/** Why there is no new key: its maker was revoked meanwhile, or ends before it, or there are too many. */
export function notIssued({ isChangerLive }: Pick<KeyOutcome, "isChangerLive">): Result<never> {
  if (!isChangerLive) return fail("unauthorized", "A valid key is required.");
  const message = `An app has at most ${MAX_LIVE_KEYS} live keys, and a key that ends makes none that outlives it.`;
  return fail("conflict", message);
}
