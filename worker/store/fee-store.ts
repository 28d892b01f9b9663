import type { AuditEntry } from "./audit-log.ts";
import { insertAuditOfChange } from "./audit-log.ts";
import { type Cursor, START_OF_TIME } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** What one app earned its creators and the platform in a span of time, in one currency, and what the platform has got of it. */
export interface FeeSums {
  readonly app: { readonly id: string; readonly createdAt: number };
  readonly currency: string;
  /** Of what was posted to lane clear: gross = fee + net. Reversals count on the day they are posted. */
  readonly feeCents: number;
  readonly netCents: number;
  readonly paidOutCents: number;
  readonly collectedCents: number;
  /** All fees up to the end of the span less all that was collected by then. */
  readonly owedCents: number;
}

export interface Span {
  /** Epoch milliseconds: the first that is in it, and the first after it. */
  readonly start: number;
  readonly end: number;
}

/** The fees of one app, one row a currency, its own always among them. */
export async function readFees(db: Db, appId: string, span: Span): Promise<readonly FeeSums[]> {
  return (await db.query(OF_ONE({ app: appId, ...span }))).map(toSums);
}

/** The fees of apps, oldest first, at most `limit` apps after a cursor. */
export async function listFees(
  db: Db,
  { after, limit, ...span }: Span & { readonly after: Cursor | null; readonly limit: number },
): Promise<readonly FeeSums[]> {
  const { at, id } = after ?? START_OF_TIME;
  return (await db.query(OF_PAGE({ ...span, at, id, limit }))).map(toSums);
}

/** What the platform got of its fees, or gave back of them. */
export interface Collection {
  readonly id: string;
  readonly currency: string;
  readonly amountCents: number;
  readonly reason: string;
  readonly actor: string;
  readonly createdAt: number;
}

/** The batch that records a collection once: the first by its id stands. Its answer is read with `readRecorded`. */
export function insertCollection(
  appId: string,
  collection: Omit<Collection, "createdAt">,
  audit: AuditEntry,
): readonly Statement[] {
  const { id, currency, amountCents: amount, reason, actor } = collection;
  const params = { app: appId, id, currency, amount, reason, actor, audit: audit.id, now: audit.now };
  return [INSERT(params), insertAuditOfChange(appId, audit), RECORDED(params)];
}

/** The collection that stands under the id, and whether it is this call's; null without such an app. */
export function readRecorded(
  results: readonly (readonly Row[])[],
): { readonly collection: Collection; readonly isNew: boolean } | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : { collection: toCollection(row), isNew: integerOf(row, "is_new") === 1 };
}

/** An app's collections, newest first, at most `limit` from before a cursor. */
export async function listCollections(
  db: Db,
  appId: string,
  { before, limit }: { before: Cursor; limit: number },
): Promise<readonly Collection[]> {
  return (await db.query(COLLECTIONS({ app: appId, at: before.at, id: before.id, limit }))).map(toCollection);
}

/** What became clear on a day, in one currency: reversals are on the day they were posted, with a minus. */
export interface FeeDay {
  readonly currency: string;
  /** Whole days since 1970. */
  readonly day: number;
  readonly feeCents: number;
  readonly netCents: number;
}

/** The days of a span on which an app's fee moved, oldest first. It reads the postings of the span. */
export async function listFeeDays(db: Db, appId: string, { start, end }: Span): Promise<readonly FeeDay[]> {
  return (await db.query(DAYS({ app: appId, start, end }))).map((row) => ({
    currency: textOf(row, "currency"),
    day: integerOf(row, "day"),
    feeCents: integerOf(row, "fee"),
    netCents: integerOf(row, "net"),
  }));
}

/** An app's collections of a span, oldest first, at most `limit`. */
export async function listCollectionsOf(
  db: Db,
  appId: string,
  { start, end, limit }: Span & { readonly limit: number },
): Promise<readonly Collection[]> {
  return (await db.query(COLLECTIONS_OF({ app: appId, start, end, limit }))).map(toCollection);
}

/**
 * The fee that is clear now is the fee of all lanes less that of what waits, by the index of what waits. What was posted and
 * collected after the span is taken off again, so that it costs the postings since `start`, not all.
 */
const read = (apps: string) =>
  statement(`
    WITH w AS MATERIALIZED (${apps}),
    n AS (
      SELECT w.id AS app, w.currency, 0 AS fee, 0 AS net, 0 AS paid_out, 0 AS collected, 0 AS owed FROM w
      UNION ALL
      SELECT t.app, t.currency, 0, 0, 0, 0, t.fee FROM w CROSS JOIN total t ON t.app = w.id
      UNION ALL
      SELECT c.app, c.currency, 0, 0, 0, 0, -c.posted_fee FROM w CROSS JOIN conversion c INDEXED BY conversion_for_review
        ON c.app = w.id AND c.posted_lane IN ('held', 'review') AND c.posted_lane <> 'clear' AND c.voided_at IS NULL
      UNION ALL
      SELECT l.app, l.currency, iif(l.lane = 'clear' AND l.created_at < :end, l.fee, 0),
        iif(l.lane = 'clear' AND l.created_at < :end, l.net, 0),
        iif(l.kind IN ('payout', 'payout_return') AND l.created_at < :end, -l.net, 0), 0,
        iif(l.lane = 'clear' AND l.created_at >= :end, -l.fee, 0)
      FROM w CROSS JOIN ledger l INDEXED BY ledger_by_time ON l.app = w.id AND l.created_at >= :start
      UNION ALL
      SELECT f.app, f.currency, 0, 0, 0, iif(f.created_at >= :start, f.amount, 0), -f.amount
      FROM w CROSS JOIN fee_collection f ON f.app = w.id AND f.created_at < :end
    )
    SELECT n.app, (SELECT w.created_at FROM w WHERE w.id = n.app) AS app_created_at, n.currency, sum(n.fee) AS fee,
      sum(n.net) AS net, sum(n.paid_out) AS paid_out, sum(n.collected) AS collected, sum(n.owed) AS owed
    FROM n GROUP BY n.app, n.currency ORDER BY app_created_at, n.app, n.currency`);

const OF_ONE = read("SELECT id, currency, created_at FROM app WHERE id = :app");
const OF_PAGE = read(`SELECT id, currency, created_at FROM app WHERE (created_at, id) > (:at, :id)
  ORDER BY created_at, id LIMIT :limit`);

const INSERT = statement(`
  INSERT INTO fee_collection (app, id, currency, amount, reason, actor, created_at)
  SELECT a.id, :id, :currency, :amount, :reason, :actor, :now FROM app a WHERE a.id = :app
  ON CONFLICT DO NOTHING`);

const RECORDED = statement(`
  SELECT f.*, EXISTS (SELECT 1 FROM audit l WHERE l.app = f.app AND l.id = :audit) AS is_new
  FROM fee_collection f WHERE f.app = :app AND f.id = :id`);

const COLLECTIONS = statement(`
  SELECT f.* FROM fee_collection f WHERE f.app = :app AND (f.created_at, f.id) < (:at, :id)
  ORDER BY f.created_at DESC, f.id DESC LIMIT :limit`);

const COLLECTIONS_OF = statement(`
  SELECT f.* FROM fee_collection f WHERE f.app = :app AND f.created_at >= :start AND f.created_at < :end
  ORDER BY f.created_at, f.id LIMIT :limit`);

const DAYS = statement(`
  SELECT l.currency, l.created_at / 86400000 AS day, sum(l.fee) AS fee, sum(l.net) AS net
  FROM ledger l INDEXED BY ledger_by_time
  WHERE l.app = :app AND l.created_at >= :start AND l.created_at < :end AND l.lane = 'clear'
  GROUP BY 1, 2 HAVING sum(l.fee) <> 0 OR sum(l.net) <> 0 ORDER BY 2, 1`);

function toSums(row: Row): FeeSums {
  return {
    app: { id: textOf(row, "app"), createdAt: integerOf(row, "app_created_at") },
    currency: textOf(row, "currency"),
    feeCents: integerOf(row, "fee"),
    netCents: integerOf(row, "net"),
    paidOutCents: integerOf(row, "paid_out"),
    collectedCents: integerOf(row, "collected"),
    owedCents: integerOf(row, "owed"),
  };
}

function toCollection(row: Row): Collection {
  return {
    id: textOf(row, "id"),
    currency: textOf(row, "currency"),
    amountCents: integerOf(row, "amount"),
    reason: textOf(row, "reason"),
    actor: textOf(row, "actor"),
    createdAt: integerOf(row, "created_at"),
  };
}
