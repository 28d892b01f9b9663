import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import { type EventPage, readEvents } from "../../store/event-store.ts";

/** An app's events after a number, oldest first, at most `limit`, of some kinds or of all. */
export async function readAppEvents(
  deps: Deps,
  appId: string,
  query: { readonly after: number; readonly kinds: readonly EventKind[] | null; readonly limit: number },
): Promise<EventPage> {
  return readEvents(deps.db, appId, query);
}
