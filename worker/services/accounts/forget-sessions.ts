import type { Deps } from "../../deps.ts";
import { forgetEnded } from "../../store/auth-store.ts";

/** Nothing is counted for longer than a day. */
export const LONGEST_WINDOW_MS = 86_400_000;
/** So many of a kind at once, so that no other writer waits. */
const PAGE = 500;
const MAX_PAGES = 20;

/** Forgets sessions and codes that ended, and counts whose window is over. Throws DbError. */
export async function forgetSessions(deps: Deps): Promise<void> {
  const realNow = deps.realNow();
  const countedBefore = realNow - LONGEST_WINDOW_MS;
  for (let page = 0; page < MAX_PAGES; page++) {
    const forgotten = await deps.db.batch(forgetEnded({ realNow, countedBefore, limit: PAGE }));
    if (forgotten.every((rows) => rows.length < PAGE)) return;
  }
}
