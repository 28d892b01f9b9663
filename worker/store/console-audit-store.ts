import { type AuditLine, toAuditLine } from "./audit-log.ts";
import type { Db } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** A line of any app's. */
export interface ListedAudit extends AuditLine {
  /** Its number in the whole installation. */
  readonly seq: number;
  readonly appId: string;
  readonly appName: string;
}

/** Null: whichever. */
export interface AuditFilter {
  readonly appId: string | null;
  readonly actor: string | null;
  readonly action: string | null;
  readonly object: string | null;
}

/** The lines of all apps, newest first, from before a number, of one app, actor, action and object where given. */
export async function listAllAudit(
  db: Db,
  { before, limit, ...filter }: AuditFilter & { before: number; limit: number },
): Promise<readonly ListedAudit[]> {
  const { appId: app, actor, action, object } = filter;
  const rows = await db.query(LIST[walkOf(filter)]({ app, actor, action, object, before, limit }));
  return rows.map((row) => ({
    ...toAuditLine(row),
    seq: integerOf(row, "seq"),
    appId: textOf(row, "app"),
    appName: textOf(row, "app_name"),
  }));
}

type Scope = "app" | "all";
type Walk = `${Scope} ${"by time" | "by object" | "by action" | "by actor" | "by actor and action"}`;

/** Of an object there are few lines: whatever else is asked for is looked up in them. All else is a walk along its own index. */
function walkOf({ appId, actor, action, object }: AuditFilter): Walk {
  const scope: Scope = appId === null ? "all" : "app";
  if (object !== null) return `${scope} by object`;
  if (actor !== null) return action === null ? `${scope} by actor` : `${scope} by actor and action`;
  return action === null ? `${scope} by time` : `${scope} by action`;
}

function listing({ index, where }: { index?: string; where: readonly string[] }) {
  const conditions = [...where, "a.seq < :before"].join(" AND ");
  const indexed = index === undefined ? "" : `INDEXED BY ${index}`;
  return statement(`
    SELECT a.*, p.name AS app_name FROM audit a ${indexed} CROSS JOIN app p ON p.id = a.app
    WHERE ${conditions} ORDER BY a.seq DESC LIMIT :limit`);
}

const APP = "a.app = :app";
const ACTOR = "a.actor = :actor";
const ACTION = "a.action = :action";
const OBJECT =
  "a.object = :object AND (:actor IS NULL OR a.actor = :actor) AND (:action IS NULL OR a.action = :action)";
const LIST: Readonly<Record<Walk, ReturnType<typeof statement>>> = {
  "all by time": listing({ where: [] }),
  "all by object": listing({ index: "audit_of_all_by_object", where: [OBJECT] }),
  "all by action": listing({ index: "audit_of_all_by_action", where: [ACTION] }),
  "all by actor": listing({ index: "audit_by_actor", where: [ACTOR] }),
  "all by actor and action": listing({ index: "audit_by_actor_and_action", where: [ACTOR, ACTION] }),
  "app by time": listing({ index: "audit_by_app", where: [APP] }),
  "app by object": listing({ index: "audit_by_object", where: [APP, OBJECT] }),
  "app by action": listing({ index: "audit_by_action", where: [APP, ACTION] }),
  "app by actor": listing({ index: "audit_of_app_by_actor", where: [APP, ACTOR] }),
  "app by actor and action": listing({ index: "audit_of_app_by_actor_and_action", where: [APP, ACTOR, ACTION] }),
};
