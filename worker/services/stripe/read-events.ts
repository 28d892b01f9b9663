import type { Deps } from "../../deps.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import { listStripeEvents, type StripeEventLine } from "../../store/stripe-event-store.ts";

/** What Stripe has told an app, newest first, at most `limit` after a cursor. */
export async function readEvents(
  deps: Deps,
  appId: string,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly StripeEventLine[]> {
  return listStripeEvents(deps.db, appId, { before: after ?? END_OF_TIME, limit });
}
