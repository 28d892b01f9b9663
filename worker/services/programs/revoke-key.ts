import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { readKeyOutcome, revokeKey as writeRevocation } from "../../store/key-store.ts";
import type { KeyAuthority } from "./create-key.ts";

/**
 * Revokes a key for good: refused at once in this process, elsewhere within the minute that a key ring believes it. A
 * repeat changes nothing. An app's last live key with the scope `manage` goes only by an operator, or nobody of the app
 * could make another one.
 *
 * Fails with `not_found`, `conflict` for that last key and for one that outlives its changer, and `unauthorized` when the changer has just been revoked.
 */
export async function revokeKey(
  deps: Deps,
  appId: string,
  { by, keyId }: { by: KeyAuthority; keyId: string },
): Promise<Result<null>> {
  const audit = { id: deps.newId("aud"), actor: by.actor, action: "key.revoked", object: keyId, now: deps.now() };
  const results = await deps.db.batch(writeRevocation(appId, { keyId, changer: by, audit }));
  const { key, isRevoked, isChangerLive } = readKeyOutcome(results);
  if (key === null) return fail("not_found", "No such key.");
  deps.keys.forget(keyId);
  if (isRevoked) return ok(null);
  if (!isChangerLive) return fail("unauthorized", "A valid key is required.");
  const message =
    "It is the app's last live key with the scope manage, or outlives the key that asks: ask with another one.";
  return fail("conflict", message);
}
