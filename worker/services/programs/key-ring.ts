import type { Db } from "../../store/db.ts";
import { type ApiKey, findKey } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

/** Finds the key a caller shows. */
export interface KeyRing {
  /** The live key, or null: unknown, expired and revoked are one answer. Throws DbError when the store is away. */
  readonly find: (secretKey: string) => Promise<ApiKey | null>;
}

/** A found key is believed for this long, so that a busy backend costs no look-up a call: a revocation takes as long. */
const KEY_TTL_MS = 60_000;
/** Ten thousand keys in use at once; beyond that the memory is cleared and looked up anew. */
const MAX_KEYS = 10_000;

export function createKeyRing({ db, now }: { db: Db; now: () => number }): KeyRing {
  const known = new Map<string, { readonly key: ApiKey; readonly until: number }>();
  return {
    async find(secretKey) {
      const cached = known.get(secretKey);
      if (cached !== undefined && now() < Math.min(cached.until, cached.key.expiresAt ?? Infinity)) return cached.key;
      known.delete(secretKey);
      const key = await findKey(db, { hash: await sha256(secretKey), now: now() });
      if (key === null) return null;
      if (known.size >= MAX_KEYS) known.clear();
      known.set(secretKey, { key, until: now() + KEY_TTL_MS });
      return key;
    },
  };
}
