import type { Statement } from "./db.ts";
import { statement } from "./statement.ts";

export interface AuditEntry {
  readonly id: string;
  /** `operator`, or `key:` and the key's id. */
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly reason?: string | null;
  readonly now: number;
}

/** One line of who did what, for the batch that does it. */
export function insertAudit(appId: string, entry: AuditEntry): Statement {
  return INSERT_AUDIT({
    app: appId,
    id: entry.id,
    actor: entry.actor,
    action: entry.action,
    object: entry.object,
    before: entry.before === undefined ? null : JSON.stringify(entry.before),
    after: entry.after === undefined ? null : JSON.stringify(entry.after),
    reason: entry.reason ?? null,
    now: entry.now,
  });
}

const INSERT_AUDIT = statement(`
  INSERT INTO audit (app, id, actor, action, object, before, after, reason, created_at)
  VALUES (:app, :id, :actor, :action, :object, :before, :after, :reason, :now)`);
