import type { Deps } from "../../deps.ts";
import { type ApiKey, findUnrevokedKey } from "../../store/key-store.ts";

/** A key of an app's own by its id, also one that has ended; null for one that was revoked, and for any other. */
export function readKey(deps: Deps, appId: string, keyId: string): Promise<ApiKey | null> {
  return findUnrevokedKey(deps.db, appId, keyId);
}
