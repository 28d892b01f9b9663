import type { Deps } from "../../deps.ts";
import { type AuditFilter, listAllAudit, type ListedAudit } from "../../store/console-audit-store.ts";
import type { Cursor } from "../../store/cursor.ts";

/**
 * Who changed what in the whole installation, newest first, at most `limit` after a cursor whose id is the line's number: of one
 * app, actor, action and object where given. For operators.
 */
export async function readAllAudit(
  deps: Deps,
  { after, ...page }: AuditFilter & { after: Cursor | null; limit: number },
): Promise<readonly ListedAudit[]> {
  return listAllAudit(deps.db, { ...page, before: after === null ? Number.MAX_SAFE_INTEGER : Number(after.id) });
}
