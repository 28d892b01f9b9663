import { findLiveCode, type LiveCode } from "../../store/click-store.ts";
import type { Db } from "../../store/db.ts";

/** Tells whose a live code is. */
export interface CodeBook {
  /** By the folded code; null when nobody's live one. Throws DbError when the store is away. */
  readonly find: (code: string) => Promise<LiveCode | null>;
}

/** A code is believed to be live for this long, so that clicks cost no look-up each: a revocation takes as long. */
const CODE_TTL_MS = 60_000;
/** Ten thousand codes in use at once; beyond that the memory is cleared and looked up anew. */
const MAX_CODES = 10_000;

/** A code that is not live is looked up at each click: one made a second ago tracks, for a `false` costs its visitor the cookie. */
export function createCodeBook({ db, now }: { db: Db; now: () => number }): CodeBook {
  const known = new Map<string, { readonly code: LiveCode; readonly until: number }>();
  return {
    async find(code) {
      const cached = known.get(code);
      if (cached !== undefined && now() < Math.min(cached.until, cached.code.expiresAt ?? Infinity)) return cached.code;
      known.delete(code);
      const found = await findLiveCode(db, { code, now: now() });
      if (found === null) return null;
      if (known.size >= MAX_CODES) known.clear();
      known.set(code, { code: found, until: now() + CODE_TTL_MS });
      return found;
    },
  };
}
