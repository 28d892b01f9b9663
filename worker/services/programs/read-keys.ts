import type { Deps } from "../../deps.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import { type ApiKey, listKeys } from "../../store/key-store.ts";

/** An app's keys, oldest first, at most `limit` after a cursor: also the expired ones, none of the revoked. */
export async function readKeys(
  deps: Deps,
  appId: string,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly ApiKey[]> {
  return listKeys(deps.db, appId, { after: after ?? START_OF_TIME, limit });
}
