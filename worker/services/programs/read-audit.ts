import type { Deps } from "../../deps.ts";
import { type AuditLine, listAudit } from "../../store/audit-log.ts";
import type { Cursor } from "../../store/cursor.ts";

/** Who changed what in an app, newest first, at most `limit` after a cursor, of one action and one object where given. */
export async function readAudit(
  deps: Deps,
  appId: string,
  page: { action: string | null; object: string | null; after: Cursor | null; limit: number },
): Promise<readonly AuditLine[]> {
  return listAudit(deps.db, appId, page);
}
