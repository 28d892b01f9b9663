import { BULK_ACTIONS, type BulkAction, LINE_STATES, type LineState } from "../domain/bulk-action.ts";
import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import { type AffiliatesFilter, FILTERS, filterKey } from "./all-affiliates-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** A change of many affiliates at once, and how many of its lines are in which state. */
export interface BulkChange {
  readonly id: string;
  readonly action: BulkAction;
  readonly reason: string;
  readonly actor: string;
  readonly undoes: string | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly counts: Readonly<Record<LineState, number>>;
}

/** One affiliate of it. `status` and `name` are of now, the others of when it was done. */
export interface BulkLine {
  readonly seq: number;
  readonly appId: string;
  readonly appName: string;
  readonly affiliateId: string;
  readonly name: string;
  readonly ref: string;
  readonly status: AffiliateStatus;
  readonly rateBps: number | null;
  readonly state: LineState;
  readonly wasStatus: AffiliateStatus | null;
  readonly note: string | null;
}

/** What an affiliate of a change has in one currency, as `balanceOf` takes it. */
export interface LineMoney {
  readonly status: AffiliateStatus;
  readonly currency: string;
  readonly clearCents: number;
  readonly reviewCents: number;
  readonly heldCents: number;
  readonly adjustCents: number;
  readonly paidCents: number;
  readonly pendingClearCents: number;
  readonly pendingReviewCents: number;
}

/** Whose lines a new change has: picked ones, those of a filter, or those that another change changed. */
export type Picked =
  | { readonly by: "hand"; readonly affiliates: readonly (readonly [appId: string, affiliateId: string])[] }
  | { readonly by: "filter"; readonly filter: AffiliatesFilter }
  | { readonly by: "undo"; readonly changeId: string };

/** The batch that makes a draft with at most `limit` lines. Applied twice it leaves one. */
export function insertBulkChange(
  change: Pick<BulkChange, "id" | "action" | "reason" | "actor" | "undoes"> & { readonly now: number },
  { picked, rateBps, limit }: { picked: Picked; rateBps: number | null; limit: number },
): readonly Statement[] {
  const params = { change: change.id, rate_bps: rateBps, limit };
  return [INSERT({ ...change, now: change.now }), linesOf(picked)({ ...params, ...paramsOf(picked) })];
}

export async function findBulkChange(db: Db, id: string): Promise<BulkChange | null> {
  const [[row], counts] = await Promise.all([db.query(FIND({ id })), db.query(COUNTS({ change: id }))]);
  if (row === undefined) return null;
  const ofState = (state: LineState) => counts.find((count) => count["state"] === state);
  const counted = LINE_STATES.map((state) => {
    const count = ofState(state);
    return [state, count === undefined ? 0 : integerOf(count, "n")] as const;
  });
  return toChange(row, Object.fromEntries(counted) as Record<LineState, number>);
}

/** Changes, the newest first, at most `limit` before a cursor. Their lines are not counted. */
export async function listBulkChanges(
  db: Db,
  { before, limit }: { before: Cursor; limit: number },
): Promise<readonly Omit<BulkChange, "counts">[]> {
  return (await db.query(LIST({ at: before.at, id: before.id, limit }))).map((row) => toChange(row, NO_COUNTS));
}

/** Started ones that have not ended, the first started first. */
export async function listRunningChanges(db: Db, limit: number): Promise<readonly string[]> {
  return (await db.query(LIST_RUNNING({ limit }))).map((row) => textOf(row, "id"));
}

/** Lines in the order of their numbers, after one, in one state where given. */
export async function listBulkLines(
  db: Db,
  changeId: string,
  { after, limit, state }: { after: number; limit: number; state: LineState | null },
): Promise<readonly BulkLine[]> {
  const list = state === null ? LIST_LINES : LIST_LINES_IN_STATE;
  return (await db.query(list({ change: changeId, after, limit, state }))).map(toLine);
}

/** How many of a change's affiliates are in which status now. */
export async function countStatuses(db: Db, changeId: string): Promise<ReadonlyMap<AffiliateStatus, number>> {
  const rows = await db.query(COUNT_STATUSES({ change: changeId }));
  return new Map(rows.map((row) => [oneOf(row, "status", STATUSES), integerOf(row, "n")]));
}

/** Live codes of a change's affiliates. */
export async function countLiveCodes(db: Db, changeId: string): Promise<number> {
  const [row] = await db.query(COUNT_CODES({ change: changeId }));
  return row === undefined ? 0 : integerOf(row, "n");
}

export async function listLineMoney(db: Db, changeId: string, today: number): Promise<readonly LineMoney[]> {
  const rows = await db.query(LINE_MONEY({ change: changeId, today }));
  return rows.map((row) => ({
    status: oneOf(row, "status", STATUSES),
    currency: textOf(row, "currency"),
    clearCents: integerOf(row, "earned_clear"),
    reviewCents: integerOf(row, "earned_review"),
    heldCents: integerOf(row, "earned_held"),
    adjustCents: integerOf(row, "adjust"),
    paidCents: integerOf(row, "paid"),
    pendingClearCents: integerOf(row, "pending_clear"),
    pendingReviewCents: integerOf(row, "pending_review"),
  }));
}

/** Begins a draft; one that has begun stays as it is. Whoever begins it is who acts. */
export function startBulkChange(id: string, { actor, now }: { actor: string; now: number }): Statement {
  return START({ id, actor, now });
}

/** Ends a change that has no line left. */
export function endBulkChange(id: string, now: number): Statement {
  return END({ id, now });
}

/**
 * Marks a waiting line as done, first in the batch that changes its affiliate. Of a line that is not waiting any more it fails
 * the batch as a constraint: nothing is done twice.
 */
export function claimLine(
  changeId: string,
  line: { seq: number; wasStatus: AffiliateStatus; wasBps: number | null },
): Statement {
  return CLAIM({ change: changeId, seq: line.seq, was_status: line.wasStatus, was_bps: line.wasBps });
}

/** Marks a waiting line as left alone, and why; any other stays as it is. */
export function leaveLine(
  changeId: string,
  line: { seq: number; state: "skipped" | "failed"; note: string },
): Statement {
  return LEAVE({ change: changeId, ...line });
}

const STATUSES = ["applied", "active", "suspended", "revoked"] as const;
const NO_COUNTS = { waiting: 0, done: 0, skipped: 0, failed: 0 } as const;

function linesOf(picked: Picked) {
  if (picked.by === "hand") return LINES_BY_HAND;
  return picked.by === "undo" ? LINES_OF_UNDO : LINES_BY_FILTER[filterKey(picked.filter)];
}

function paramsOf(picked: Picked) {
  if (picked.by === "hand") return { picked: JSON.stringify(picked.affiliates) };
  if (picked.by === "undo") return { undoes: picked.changeId };
  return { status: picked.filter.status, app: picked.filter.appId };
}

const INSERT = statement(`
  INSERT INTO bulk_change (id, action, reason, actor, undoes, created_at)
  VALUES (:id, :action, :reason, :actor, :undoes, :now) ON CONFLICT DO NOTHING`);
const INSERT_LINES = "INSERT INTO bulk_line (change, seq, app, affiliate, rate_bps)";
const LINES_BY_HAND = statement(`
  ${INSERT_LINES}
  SELECT :change, row_number() OVER (ORDER BY e.key), a.app, a.id, :rate_bps
  FROM json_each(:picked) e CROSS JOIN affiliate a ON a.app = e.value ->> 0 AND a.id = e.value ->> 1
  WHERE e.key < :limit ON CONFLICT DO NOTHING`);
const byFilter = (filter: string) =>
  statement(`
    ${INSERT_LINES}
    SELECT :change, row_number() OVER (ORDER BY d.created_at DESC, d.id DESC), d.app, d.id, :rate_bps
    FROM (SELECT a.app, a.id, a.created_at FROM affiliate a WHERE true ${filter}
      ORDER BY a.created_at DESC, a.id DESC LIMIT :limit) d
    WHERE true ON CONFLICT DO NOTHING`);
const LINES_BY_FILTER = {
  all: byFilter(FILTERS.all),
  status: byFilter(FILTERS.status),
  app: byFilter(FILTERS.app),
  both: byFilter(FILTERS.both),
};
const LINES_OF_UNDO = statement(`
  ${INSERT_LINES}
  SELECT :change, d.seq, d.app, d.affiliate, d.was_bps FROM bulk_line d
  WHERE d.change = :undoes AND d.state = 'done' ORDER BY d.seq LIMIT :limit ON CONFLICT DO NOTHING`);
const FIND = statement("SELECT * FROM bulk_change WHERE id = :id");
const LIST = statement(`
  SELECT * FROM bulk_change WHERE (created_at, id) < (:at, :id) ORDER BY created_at DESC, id DESC LIMIT :limit`);
const LIST_RUNNING = statement(`
  SELECT id FROM bulk_change WHERE started_at IS NOT NULL AND ended_at IS NULL ORDER BY started_at LIMIT :limit`);
const COUNTS = statement("SELECT state, count(*) AS n FROM bulk_line WHERE change = :change GROUP BY state");
const lines = (filter: string) =>
  statement(`
    SELECT l.*, p.name AS app_name, coalesce(a.name, a.email, k.ref) AS name, k.ref, a.status
    FROM bulk_line l CROSS JOIN affiliate a ON a.app = l.app AND a.id = l.affiliate
    CROSS JOIN code k ON k.code = a.code CROSS JOIN app p ON p.id = l.app
    WHERE l.change = :change AND l.seq > :after ${filter} ORDER BY l.seq LIMIT :limit`);
const LIST_LINES = lines("");
const LIST_LINES_IN_STATE = lines("AND l.state = :state");
const OF_CHANGE = "bulk_line l CROSS JOIN affiliate a ON a.app = l.app AND a.id = l.affiliate";
const COUNT_STATUSES = statement(`
  SELECT a.status, count(*) AS n FROM ${OF_CHANGE} WHERE l.change = :change GROUP BY a.status`);
const COUNT_CODES = statement(`
  SELECT count(*) AS n FROM bulk_line l CROSS JOIN code k ON k.app = l.app AND k.affiliate = l.affiliate
  WHERE l.change = :change AND k.state = 'active'`);
const pending = (lane: string) => `
  (SELECT coalesce(sum(b.net), 0) FROM bucket b WHERE b.app = t.app AND b.affiliate = t.affiliate
    AND b.currency = t.currency AND b.lane = '${lane}' AND b.mature_day > :today)`;
const LINE_MONEY = statement(`
  SELECT a.status, t.*, ${pending("clear")} AS pending_clear, ${pending("review")} AS pending_review
  FROM ${OF_CHANGE} CROSS JOIN total t ON t.app = l.app AND t.affiliate = l.affiliate WHERE l.change = :change`);
const START = statement(`
  UPDATE bulk_change SET started_at = :now, actor = :actor WHERE id = :id AND started_at IS NULL`);
const END = statement(`
  UPDATE bulk_change SET ended_at = :now WHERE id = :id AND started_at IS NOT NULL AND ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM bulk_line l WHERE l.change = :id AND l.state = 'waiting')`);
// The column refuses a null: nothing of the batch is written.
const CLAIM = statement(`
  UPDATE bulk_line SET state = iif(state = 'waiting', 'done', NULL), was_status = :was_status, was_bps = :was_bps
  WHERE change = :change AND seq = :seq`);
const LEAVE = statement(`
  UPDATE bulk_line SET state = :state, note = :note WHERE change = :change AND seq = :seq AND state = 'waiting'`);

function toChange(row: Row, counts: BulkChange["counts"]): BulkChange {
  return {
    id: textOf(row, "id"),
    action: oneOf(row, "action", BULK_ACTIONS),
    reason: textOf(row, "reason"),
    actor: textOf(row, "actor"),
    undoes: textOrNull(row, "undoes"),
    createdAt: integerOf(row, "created_at"),
    startedAt: integerOrNull(row, "started_at"),
    endedAt: integerOrNull(row, "ended_at"),
    counts,
  };
}

function toLine(row: Row): BulkLine {
  return {
    seq: integerOf(row, "seq"),
    appId: textOf(row, "app"),
    appName: textOf(row, "app_name"),
    affiliateId: textOf(row, "affiliate"),
    name: textOf(row, "name"),
    ref: textOf(row, "ref"),
    status: oneOf(row, "status", STATUSES),
    rateBps: integerOrNull(row, "rate_bps"),
    state: oneOf(row, "state", LINE_STATES),
    wasStatus: row["was_status"] === null ? null : oneOf(row, "was_status", STATUSES),
    note: textOrNull(row, "note"),
  };
}
