import { findLiveCode, type LiveCode } from "../../store/click-store.ts";
import { type Db, DbError } from "../../store/db.ts";

/** Tells whose a live code is. */
export interface CodeBook {
  /** By the folded code; null when nobody's live one. Throws DbError when the store is away. */
  readonly find: (code: string) => Promise<LiveCode | null>;
}

/** A code is believed to be live for this long, so that clicks cost no look-up each: a revocation takes as long. */
const CODE_TTL_MS = 60_000;
/**
 * While the store is away it is believed for longer, as long as a queue keeps what it is given: a click is better counted
 * than lost, and no money follows from it.
 */
const CODE_TTL_AWAY_MS = 3_600_000;
/** Ten thousand codes in use at once; beyond that the memory is cleared and looked up anew. */
const MAX_CODES = 10_000;

/** A code that is not live is looked up at each click: one made a second ago tracks, for a `false` costs its visitor the cookie. */
export function createCodeBook({ db, now }: { db: Db; now: () => number }): CodeBook {
  const known = new Map<string, { readonly code: LiveCode; readonly at: number }>();
  /** What was read less than `ttlMs` ago. */
  const believed = (code: string, ttlMs: number) => {
    const cached = known.get(code);
    if (cached === undefined || now() >= Math.min(cached.at + ttlMs, cached.code.expiresAt ?? Infinity)) return null;
    return cached.code;
  };
  const remember = (code: string, found: LiveCode | null) => {
    known.delete(code);
    if (found === null) return null;
    if (known.size >= MAX_CODES) known.clear();
    known.set(code, { code: found, at: now() });
    return found;
  };
  return {
    async find(code) {
      const recent = believed(code, CODE_TTL_MS);
      if (recent !== null) return recent;
      try {
        return remember(code, await findLiveCode(db, { code, now: now() }));
      } catch (error) {
        const last = isAway(error) ? believed(code, CODE_TTL_AWAY_MS) : null;
        if (last === null) throw error;
        return last;
      }
    },
  };
}

function isAway(error: unknown): boolean {
  return error instanceof DbError && error.kind === "unavailable";
}
