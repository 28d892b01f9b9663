import type { Discrepancy } from "../../store/check-books.ts";
import type { Db } from "../../store/db.ts";

/** How the books stood when they were last recomputed. */
export interface BooksChecked {
  readonly checkedAt: number;
  readonly discrepancies: readonly Discrepancy[];
}

/** Tells whether the books balance, of an app or, with null, of all. Null: that is being found out for the first time. */
export interface BooksCheck {
  readonly check: (appId: string | null) => Promise<BooksChecked | null>;
}

/** An outcome is told for this long: a check reads everything of an app, and anybody with its key may ask. */
const TOLD_FOR_MS = 60_000;
/** A check that has not ended by then was cut off with the request it ran for. */
const CHECK_MS = 60_000;
/** Apps whose outcome is remembered, so that asking fills no memory. */
const MAX_APPS = 1_000;

/**
 * Recomputes the books at most once in `TOLD_FOR_MS` for each app and for all of them, and one at a time. Whoever asks
 * meanwhile is told the last outcome, for at the edge no request can wait for another's work.
 */
export function createBooksCheck({ db, now }: { db: Db; now: () => number }): BooksCheck {
  const known = new Map<string | null, Known>();
  return {
    async check(appId) {
      const askedAt = now();
      const before = known.get(appId);
      const told = before?.told ?? null;
      if (told !== null && askedAt - told.checkedAt < TOLD_FOR_MS) return told;
      const since = before?.checkingSince ?? null;
      if (since !== null && askedAt - since < CHECK_MS) return told;
      if (known.size >= MAX_APPS) known.clear();
      known.set(appId, { told, checkingSince: askedAt });
      const outcome = await checkOnce(db, appId, askedAt).catch((error: unknown) => {
        known.set(appId, { told, checkingSince: null });
        throw error;
      });
      known.set(appId, { told: outcome, checkingSince: null });
      return outcome;
    },
  };
}

interface Known {
  readonly told: BooksChecked | null;
  readonly checkingSince: number | null;
}

async function checkOnce(db: Db, appId: string | null, checkedAt: number): Promise<BooksChecked> {
  // Loaded here: every start has this file, and few check.
  const { checkBooks } = await import("../../store/check-books.ts");
  return { checkedAt, discrepancies: await checkBooks(db, appId) };
}
