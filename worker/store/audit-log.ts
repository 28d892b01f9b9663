import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

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
  return INSERT_AUDIT(paramsOf(appId, entry));
}

/** The same, written only when the batch's statement just before it wrote something: what did not happen is not told. */
export function insertAuditOfChange(appId: string, entry: AuditEntry): Statement {
  return INSERT_AUDIT_OF_CHANGE(paramsOf(appId, entry));
}

/** A line as it was written; `before` and `after` are JSON. */
export interface AuditLine {
  readonly id: string;
  readonly createdAt: number;
  readonly actor: string;
  readonly action: string;
  readonly object: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly reason: string | null;
}

/**
 * An app's lines, newest first, at most `limit` after the one that `after` names, of one action and one object where
 * given. After a line that is not this app's there are none.
 */
export async function listAudit(
  db: Db,
  appId: string,
  page: { action: string | null; object: string | null; after: Cursor | null; limit: number },
): Promise<readonly AuditLine[]> {
  const { action, object, after, limit } = page;
  const build = LIST[`${action === null ? "any" : "one"} action, ${object === null ? "any" : "one"} object`];
  return (await db.query(build({ app: appId, action, object, after: after?.id ?? null, limit }))).map(toAuditLine);
}

function paramsOf(appId: string, entry: AuditEntry) {
  return {
    app: appId,
    id: entry.id,
    actor: entry.actor,
    action: entry.action,
    object: entry.object,
    before: entry.before === undefined ? null : JSON.stringify(entry.before),
    after: entry.after === undefined ? null : JSON.stringify(entry.after),
    reason: entry.reason ?? null,
    now: entry.now,
  };
}

const COLUMNS = "app, id, actor, action, object, before, after, reason, created_at";
const VALUES = ":app, :id, :actor, :action, :object, :before, :after, :reason, :now";
const INSERT_AUDIT = statement(`INSERT INTO audit (${COLUMNS}) VALUES (${VALUES})`);
const INSERT_AUDIT_OF_CHANGE = statement(`INSERT INTO audit (${COLUMNS}) SELECT ${VALUES} WHERE changes() > 0`);

/** By the number, for the order of lines within a millisecond; a number beyond all others stands for no cursor. */
const AFTER = `a.seq < iif(:after IS NULL, 9223372036854775807,
  (SELECT c.seq FROM audit c WHERE c.app = :app AND c.id = :after))`;
const listing = (filter: string) =>
  statement(`SELECT a.* FROM audit a WHERE a.app = :app ${filter} AND ${AFTER} ORDER BY a.seq DESC LIMIT :limit`);
/** Each is a walk along an index of its own, which the limit ends. */
const LIST = {
  "any action, any object": listing(""),
  "one action, any object": listing("AND a.action = :action"),
  "any action, one object": listing("AND a.object = :object"),
  "one action, one object": listing("AND a.object = :object AND a.action = :action"),
};

/** A row of `audit`. */
export function toAuditLine(row: Row): AuditLine {
  return {
    id: textOf(row, "id"),
    createdAt: integerOf(row, "created_at"),
    actor: textOf(row, "actor"),
    action: textOf(row, "action"),
    object: textOf(row, "object"),
    before: textOrNull(row, "before"),
    after: textOrNull(row, "after"),
    reason: textOrNull(row, "reason"),
  };
}
