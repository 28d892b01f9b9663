import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findKeyById, readKeyOutcome, rollKey as writeRoll } from "../../store/key-store.ts";
import { type KeyAuthority, notIssued, scopeLacking } from "./create-key.ts";
import { type IssuedKey, issueKey, MAX_LIVE_KEYS } from "./issue-key.ts";

/**
 * Gives a live key a successor with its name, scopes and expiry. The old one ends `overlapMs` from now, or when it would
 * have anyway: rolled once more it does not live longer, and 0 ends it at once.
 *
 * Fails with `not_found` (also for one that has expired or was revoked), `scope_required` when the key may do what its
 * changer may not, `conflict` at `MAX_LIVE_KEYS` live keys or when it outlives its changer, and `unauthorized` when the changer has just been revoked.
 */
export async function rollKey(
  deps: Deps,
  appId: string,
  { by, keyId, overlapMs }: { by: KeyAuthority; keyId: string; overlapMs: number },
): Promise<Result<IssuedKey>> {
  const now = deps.now();
  const old = await findKeyById(deps.db, appId, { keyId, now });
  if (old === null) return fail("not_found", "No such live key.");
  const lacking = scopeLacking(by, old.scopes);
  if (lacking !== null) return lacking;
  const { name, scopes, expiresAt } = old;
  const endsAt = now + overlapMs;
  const { secretKey, secret } = await issueKey(deps);
  const entry = () => ({ id: deps.newId("aud"), actor: by.actor, now });
  const results = await deps.db.batch(
    writeRoll(appId, {
      oldId: old.id,
      secret,
      changer: by,
      endsAt,
      maxLive: MAX_LIVE_KEYS,
      created: {
        ...entry(),
        action: "key.created",
        object: secret.id,
        after: { name, scopes, expiresAt, rolledFrom: old.id },
      },
      rolled: {
        ...entry(),
        action: "key.rolled",
        object: old.id,
        before: { expiresAt },
        after: { expiresAt: Math.min(expiresAt ?? endsAt, endsAt), rolledTo: secret.id },
      },
      now,
    }),
  );
  const { key, ...why } = readKeyOutcome(results);
  if (key !== null) {
    deps.keys.forget(old.id);
    return ok({ key, secretKey });
  }
  const isGone = (await findKeyById(deps.db, appId, { keyId, now })) === null;
  return why.isChangerLive && isGone ? fail("not_found", "No such live key.") : notIssued(why);
}
