import type { Deps } from "../../deps.ts";
import type { Cursor } from "../../store/cursor.ts";
import { type DropKind, type DropLine, listDrops } from "../../store/drop-store.ts";

/** The refused calls of an app, newest first, at most `limit` after a cursor. */
export async function readDrops(
  deps: Deps,
  appId: string,
  { after, ...page }: { kind: DropKind | null; reason: string | null; after: Cursor | null; limit: number },
): Promise<readonly DropLine[]> {
  return listDrops(deps.db, appId, { ...page, before: beforeOf(after) });
}

/** By the number, which is the id of these rows; a cursor of another list names none of them. */
function beforeOf(after: Cursor | null): number {
  if (after === null) return Number.MAX_SAFE_INTEGER;
  return /^\d{1,15}$/.test(after.id) ? Number(after.id) : 0;
}
