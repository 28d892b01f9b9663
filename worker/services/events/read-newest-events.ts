import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import { type EventPage, readNewestEvents as readNewest } from "../../store/event-store.ts";

/** An app's newest events, newest first, at most `limit`, of some kinds or of all; from before a number on, null for the newest. */
export async function readNewestEvents(
  deps: Deps,
  appId: string,
  query: { readonly before: number | null; readonly kinds: readonly EventKind[] | null; readonly limit: number },
): Promise<EventPage> {
  return readNewest(deps.db, appId, query);
}
