import type { Deps } from "../../deps.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import { listWaiting, type OwnersCommission } from "../../store/review-store.ts";

/** An app's commissions that wait for a decision, oldest first, at most `limit` after a cursor, with the time they are read at. */
export async function readReview(
  deps: Deps,
  appId: string,
  page: { lane: "held" | "review"; after: Cursor | null; limit: number },
): Promise<{ readonly waiting: readonly OwnersCommission[]; readonly now: number }> {
  const now = deps.now();
  return { waiting: await listWaiting(deps.db, appId, { ...page, after: page.after ?? START_OF_TIME }), now };
}
