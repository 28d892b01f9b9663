import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { CallParams } from "./call.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** Calls kept of an app: enough to see what goes wrong today. */
export const MAX_DROPS = 1_000;

const DROP_KINDS = ["click", "signup", "conversion", "refund", "join"] as const;
export type DropKind = (typeof DROP_KINDS)[number];

export interface DropParams extends CallParams {
  readonly kind: DropKind;
  readonly reason: string;
  readonly user_id: string | null;
  /** What a backend's call said, as JSON; null where it is not kept. */
  readonly body: string | null;
}

/** A refused call as it is kept. */
export interface DropLine {
  /** Its number, which gives the order. */
  readonly id: string;
  readonly kind: DropKind;
  readonly reason: string;
  readonly code: string | null;
  readonly userId: string | null;
  readonly body: string | null;
  readonly rerunAt: number | null;
  readonly createdAt: number;
}

/** Notes a refused call for the app it speaks for, if there is one, and forgets the oldest of that app beyond the newest 1,000. */
export function insertDrop(params: DropParams): readonly Statement[] {
  return DROP.map((build) => build(params));
}

/** The refused calls of an app, newest first, from before a number, of one kind and one reason where given. */
export async function listDrops(
  db: Db,
  appId: string,
  page: { kind: DropKind | null; reason: string | null; before: number; limit: number },
): Promise<readonly DropLine[]> {
  return (await db.query(LIST({ app: appId, ...page }))).map(toLine);
}

export async function findDrop(db: Db, appId: string, seq: number): Promise<DropLine | null> {
  const [row] = await db.query(FIND({ app: appId, seq }));
  return row === undefined ? null : toLine(row);
}

/** Notes that a refused call was run again and taken, with its line in the audit log: once, however often it is. */
export function markRerun(appId: string, { seq, audit }: { seq: number; audit: AuditEntry }): readonly Statement[] {
  return [MARK_RERUN({ app: appId, seq, now: audit.now }), insertAuditOfChange(appId, audit)];
}

/** A refused call may name an app without a code of it. */
const DROP_APP = `coalesce(:app, (SELECT k.app FROM code k WHERE k.code = :code AND k.app = coalesce(:claimed_app, k.app)), :claimed_app)`;

const DROP = [
  statement(`
    INSERT INTO "drop" (app, kind, reason, code, user_id, body, created_at)
    SELECT p.id, :kind, :reason, :code, :user_id, :body, :now FROM app p WHERE p.id = ${DROP_APP}`),
  statement(`
    DELETE FROM "drop" WHERE app = ${DROP_APP} AND seq <= (
      SELECT d.seq FROM "drop" d WHERE d.app = ${DROP_APP} ORDER BY d.seq DESC LIMIT 1 OFFSET ${MAX_DROPS})`),
];

const COLUMNS = "d.seq, d.kind, d.reason, d.code, d.user_id, d.body, d.rerun_at, d.created_at";

const LIST = statement(`
  SELECT ${COLUMNS} FROM "drop" d
  WHERE d.app = :app AND d.seq < :before AND (:kind IS NULL OR d.kind = :kind) AND (:reason IS NULL OR d.reason = :reason)
  ORDER BY d.seq DESC LIMIT :limit`);
const FIND = statement(`SELECT ${COLUMNS} FROM "drop" d WHERE d.app = :app AND d.seq = :seq`);
const MARK_RERUN = statement(`
  UPDATE "drop" SET rerun_at = :now WHERE app = :app AND seq = :seq AND rerun_at IS NULL`);

function toLine(row: Row): DropLine {
  return {
    id: String(integerOf(row, "seq")),
    kind: oneOf(row, "kind", DROP_KINDS),
    reason: textOf(row, "reason"),
    code: textOrNull(row, "code"),
    userId: textOrNull(row, "user_id"),
    body: textOrNull(row, "body"),
    rerunAt: integerOrNull(row, "rerun_at"),
    createdAt: integerOf(row, "created_at"),
  };
}
