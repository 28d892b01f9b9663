import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { type BatchStatus, type PayoutBatch, toBatch } from "./payout-batch-store.ts";
import { type Payout, type PayoutStatus, toPayout } from "./payout-store.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** A batch in a list over all apps. */
export interface ListedBatch extends Omit<PayoutBatch, "sums"> {
  readonly appId: string;
  readonly appName: string;
}

/** What a listed batch is about, in one currency. */
export interface ListedSum {
  readonly currency: string;
  readonly lines: number;
  readonly doneLines: number;
  readonly approvedCents: number;
  readonly failedPayouts: number;
}

/** A payout in a list over all apps. */
export interface ListedPayout extends Payout {
  readonly appId: string;
  readonly appName: string;
  /** As they call themselves, else their e-mail, else their code. */
  readonly creator: string;
}

interface ListPage<Status> {
  /** Null: all of them. */
  readonly appId: string | null;
  readonly status: Status | null;
  readonly before: Cursor;
  readonly limit: number;
}

/** The batches of all apps, newest first, from before a cursor: of one app and one status where given. */
export async function listAllBatches(db: Db, page: ListPage<BatchStatus>): Promise<readonly ListedBatch[]> {
  return (await db.query(BATCHES[kindOf(page)](paramsOf(page)))).map((row) => ({ ...toBatch(row), ...appOf(row) }));
}

/** The sums of listed batches by their ids, each by currency. */
export async function sumBatches(
  db: Db,
  batches: readonly Pick<ListedBatch, "appId" | "id">[],
): Promise<ReadonlyMap<string, readonly ListedSum[]>> {
  const rows = await db.query(BATCH_SUMS({ batches: JSON.stringify(batches.map(({ appId, id }) => [appId, id])) }));
  const sums = new Map<string, readonly ListedSum[]>();
  for (const row of rows) sums.set(textOf(row, "batch"), [...(sums.get(textOf(row, "batch")) ?? []), toSum(row)]);
  return sums;
}

/** The payouts of all apps, newest first, from before a cursor: of one app and one status where given. */
export async function listAllPayouts(db: Db, page: ListPage<PayoutStatus>): Promise<readonly ListedPayout[]> {
  return (await db.query(PAYOUTS[kindOf(page)](paramsOf(page)))).map(toListed);
}

/** Whose or which a search for payouts means. */
export interface PayoutSearch {
  /** The id of a payout or of an affiliate. */
  readonly id: string;
  /** Folded. */
  readonly email: string;
  readonly code: string;
}

/** The payouts of all apps that a search means, newest first, from before a cursor. */
export async function searchPayouts(
  db: Db,
  { search, before, limit }: { search: PayoutSearch; before: Cursor; limit: number },
): Promise<readonly ListedPayout[]> {
  const rows = await db.query(SEARCH({ ...search, at: before.at, before: before.id, limit }));
  return rows.map(toListed);
}

type ListKind = `${"any" | "one"} app, ${"any" | "one"} status`;

/** Each is a walk along an index of its own, which the limit ends. */
const FILTERS: Readonly<Record<ListKind, string>> = {
  "any app, any status": "",
  "one app, any status": "l.app = :app AND",
  "any app, one status": "l.status = :status AND",
  "one app, one status": "l.app = :app AND l.status = :status AND",
};

function kindOf({ appId, status }: Pick<ListPage<string>, "appId" | "status">): ListKind {
  return `${appId === null ? "any" : "one"} app, ${status === null ? "any" : "one"} status`;
}

function paramsOf({ appId, status, before, limit }: ListPage<string>) {
  return { app: appId, status, at: before.at, id: before.id, limit };
}

function listing(text: (filter: string) => string) {
  const build = (kind: ListKind) => statement(text(FILTERS[kind]));
  return {
    "any app, any status": build("any app, any status"),
    "one app, any status": build("one app, any status"),
    "any app, one status": build("any app, one status"),
    "one app, one status": build("one app, one status"),
  };
}

const BATCHES = listing(
  (filter) => `
  SELECT l.*, p.name AS app_name FROM payout_batch l CROSS JOIN app p ON p.id = l.app
  WHERE ${filter} (l.created_at, l.id) < (:at, :id) ORDER BY l.created_at DESC, l.id DESC LIMIT :limit`,
);
const BATCH_SUMS = statement(`
  SELECT l.batch, l.currency, count(*) AS lines, sum(l.done) AS done, sum(l.amount) AS approved,
    (SELECT count(*) FROM payout w
      WHERE w.app = l.app AND w.batch = l.batch AND w.status = 'failed' AND w.currency = l.currency) AS failed
  FROM json_each(:batches) j
  CROSS JOIN payout_line l ON l.app = json_extract(j.value, '$[0]') AND l.batch = json_extract(j.value, '$[1]')
  GROUP BY l.app, l.batch, l.currency ORDER BY l.currency`);

const LISTED = "l.*, p.name AS app_name, coalesce(o.name, o.email, k.ref) AS creator";
const JOINED = `
  CROSS JOIN app p ON p.id = l.app CROSS JOIN affiliate o ON o.app = l.app AND o.id = l.affiliate
  CROSS JOIN code k ON k.code = o.code`;
const PAYOUTS = listing(
  (filter) => `
  SELECT ${LISTED} FROM payout l ${JOINED}
  WHERE ${filter} (l.created_at, l.id) < (:at, :id) ORDER BY l.created_at DESC, l.id DESC LIMIT :limit`,
);
const SEARCH = statement(`
  SELECT ${LISTED} FROM (
    SELECT w.app, w.id FROM payout w WHERE w.id = :id
    UNION SELECT w.app, w.id FROM affiliate a CROSS JOIN payout w ON w.app = a.app AND w.affiliate = a.id WHERE a.id = :id
    UNION SELECT w.app, w.id FROM affiliate a CROSS JOIN payout w ON w.app = a.app AND w.affiliate = a.id WHERE a.email = :email
    UNION SELECT w.app, w.id FROM code c CROSS JOIN payout w ON w.app = c.app AND w.affiliate = c.affiliate WHERE c.code = :code
  ) f CROSS JOIN payout l ON l.app = f.app AND l.id = f.id ${JOINED}
  WHERE (l.created_at, l.id) < (:at, :before) ORDER BY l.created_at DESC, l.id DESC LIMIT :limit`);

function appOf(row: Row) {
  return { appId: textOf(row, "app"), appName: textOf(row, "app_name") };
}

function toListed(row: Row): ListedPayout {
  return { ...toPayout(row), ...appOf(row), creator: textOf(row, "creator") };
}

function toSum(row: Row): ListedSum {
  return {
    currency: textOf(row, "currency"),
    lines: integerOf(row, "lines"),
    doneLines: integerOf(row, "done"),
    approvedCents: integerOf(row, "approved"),
    failedPayouts: integerOf(row, "failed"),
  };
}
