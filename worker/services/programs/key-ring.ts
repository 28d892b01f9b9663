import { dayOf } from "../../domain/maturation.ts";
import type { Db } from "../../store/db.ts";
import { type ApiKey, findKey, markKeyUsed } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

/** Finds the key a caller shows. */
export interface KeyRing {
  /** The live key, or null: unknown, expired and revoked are one answer. Throws DbError when the store is away. */
  readonly find: (secretKey: string) => Promise<ApiKey | null>;
  /** Whether this process has found it and not heard since that it is gone, however long ago. */
  readonly isInUse: (secretKey: string) => boolean;
  /** Lets go of a key that was changed, so that this process goes by the change at once. */
  readonly forget: (keyId: string) => void;
  /** Notes the day a key is used on: once a day, apart from the call, which neither waits for it nor fails with it. */
  readonly noteUse: (key: { readonly appId: string; readonly keyId: string }) => void;
}

/** A found key is believed for this long, so that a busy backend costs no look-up a call: a revocation takes as long. */
const KEY_TTL_MS = 60_000;
/** Ten thousand keys in use at once; beyond that the memory is cleared and looked up anew. */
const MAX_KEYS = 10_000;

export function createKeyRing({
  db,
  now,
  afterwards,
}: {
  db: Db;
  now: () => number;
  afterwards: (work: Promise<unknown>) => void;
}): KeyRing {
  const known = new Map<string, { readonly key: ApiKey; readonly until: number }>();
  /** The last day that each key's use was noted on, or is being noted. */
  const usedOn = new Map<string, number>();
  let changes = 0;

  const noted = (keyId: string, day: number) => {
    if (usedOn.size >= MAX_KEYS) usedOn.clear();
    usedOn.set(keyId, day);
  };

  return {
    async find(secretKey) {
      const cached = known.get(secretKey);
      if (cached !== undefined && now() < Math.min(cached.until, cached.key.expiresAt ?? Infinity)) return cached.key;
      const seen = changes;
      const key = await findKey(db, { hash: await sha256(secretKey), now: now() });
      if (key === null) {
        known.delete(secretKey);
        return null;
      }
      if (key.lastUsedOn !== null && !usedOn.has(key.id)) noted(key.id, key.lastUsedOn);
      if (known.size >= MAX_KEYS) known.clear();
      // Read before a change and remembered after it, a revoked key would live on.
      if (changes === seen) known.set(secretKey, { key, until: now() + KEY_TTL_MS });
      return key;
    },
    isInUse: (secretKey) => known.has(secretKey),
    forget(keyId) {
      changes += 1;
      for (const [secretKey, { key }] of known) if (key.id === keyId) known.delete(secretKey);
    },
    noteUse({ appId, keyId }) {
      const day = dayOf(now());
      if ((usedOn.get(keyId) ?? -1) >= day) return;
      noted(keyId, day);
      const written = db.batch([markKeyUsed(appId, { keyId, day })]).catch((error: unknown) => {
        // The next use tries again: until then one try is under way at most.
        usedOn.delete(keyId);
        throw error;
      });
      afterwards(written);
    },
  };
}
