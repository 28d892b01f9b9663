import { LEFT_OUT, type LeftOut } from "../domain/payout-eligibility.ts";
import { wholePeriod } from "../domain/payout-schedule.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { mailOfDueBatch } from "./outbox-store.ts";
import { IN_REVIEW, JOIN_METHOD, MINIMUM, payableThrough, whyLeftOut } from "./payout-eligibility.ts";
import { type Payer, type Rail, RAILS } from "./payout-policy-store.ts";
import { type Payout, toPayout } from "./payout-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";

export const BATCH_STATUSES = ["draft", "approved", "running", "settled", "cancelled"] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];
export type BatchKind = "hand" | "schedule" | "request";

/** The most lines of a batch: who is beyond waits for the next. */
const MAX_LINES = 5_000;

/** What a batch is about. */
export interface BatchScope {
  /** Null: all of them. */
  readonly affiliateId: string | null;
  readonly currency: string | null;
}

export interface NewBatch extends BatchScope {
  readonly id: string;
  readonly kind: BatchKind;
  readonly rail: Rail;
  readonly payer: Payer;
  /** Of a schedule: one batch for each, and for each part of it. */
  readonly period: string | null;
  readonly ownCurrency: string;
  readonly defaultMinimum: number;
  readonly today: number;
  readonly audit: AuditEntry;
}

export interface PayoutBatch extends BatchScope {
  readonly id: string;
  readonly kind: BatchKind;
  readonly rail: Rail;
  readonly payer: Payer;
  readonly status: BatchStatus;
  readonly throughDay: number;
  readonly period: string | null;
  readonly actor: string;
  readonly approvedBy: string | null;
  readonly approvedAt: number | null;
  readonly endedAt: number | null;
  readonly createdAt: number;
  readonly sums: readonly BatchSum[];
}

/** A batch in one currency. */
export interface BatchSum {
  readonly currency: string;
  readonly lines: number;
  readonly doneLines: number;
  readonly skippedLines: number;
  readonly approvedCents: number;
  readonly processingCents: number;
  readonly settledCents: number;
  readonly failedPayouts: number;
}

/** An affiliate in one currency, as a batch made now would have them. */
export interface PreviewRow {
  /** For the order of the list: both begin with the affiliate's. */
  readonly id: string;
  readonly createdAt: number;
  readonly affiliateId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly currency: string;
  readonly payableCents: number;
  readonly inReviewCents: number;
  readonly heldCents: number;
  readonly minimumCents: number | null;
  readonly method: string | null;
  /** Null: they are paid. */
  readonly reason: LeftOut | null;
}

export interface BatchLine {
  readonly id: string;
  readonly createdAt: number;
  readonly affiliateId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly currency: string;
  readonly approvedCents: number;
  readonly processingCents: number;
  readonly paidCents: number;
  readonly failedCents: number;
  readonly isDone: boolean;
  readonly reason: LeftOut | null;
}

type PreviewParams = Pick<NewBatch, "rail" | "payer" | "ownCurrency" | "defaultMinimum" | "today"> &
  BatchScope & { now: number };

/** Who would be paid what now, and who not and why, by age of the affiliate from after a cursor. */
export async function previewPayouts(
  db: Db,
  appId: string,
  { after, limit, ...batch }: PreviewParams & { after: Cursor; limit: number },
): Promise<readonly PreviewRow[]> {
  const rows = await db.query(
    PREVIEW[whoseOf(batch)]({ ...previewParams(appId, batch), at: after.at, id: after.id, limit }),
  );
  return rows.map(toPreviewRow);
}

/** The sums of who would be paid, by currency. */
export async function sumPreview(
  db: Db,
  appId: string,
  batch: PreviewParams,
): Promise<readonly { readonly currency: string; readonly lines: number; readonly amountCents: number }[]> {
  const rows = await db.query(SUM_PREVIEW[whoseOf(batch)](previewParams(appId, batch)));
  return rows.map((row) => ({
    currency: textOf(row, "currency"),
    lines: integerOf(row, "lines"),
    amountCents: integerOf(row, "amount"),
  }));
}

/**
 * The batch that stores a preview as a draft, with a line for each who would be paid: nothing, where nobody would, where the
 * schedule's period has its batch, or the affiliate's request is open. Read with `readBatch`.
 */
export function insertBatch(appId: string, { audit, ...batch }: NewBatch): readonly Statement[] {
  const { id: batchId, kind, period } = batch;
  const params = {
    ...previewParams(appId, { ...batch, now: audit.now }),
    batch: batchId,
    kind,
    period,
    whole_period: period === null ? null : wholePeriod(period),
    actor: audit.actor,
  };
  return [
    INSERT_BATCH[whoseOf(batch)]({ ...params, audit: audit.id }),
    insertAuditOfChange(appId, audit),
    INSERT_LINES[whoseOf(batch)](params),
    ...(kind === "schedule" ? [mailOfDueBatch(appId, { batchId, now: audit.now })] : []),
    ...readStatements(appId, batchId),
  ];
}

/** The batch that approves a draft, as far as `isOperator` may where the operator pays. Read with `readBatch`. */
export function approveBatch(
  appId: string,
  { batchId, isOperator, audit }: { batchId: string; isOperator: boolean; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, batch: batchId, is_operator: Number(isOperator), actor: audit.actor, now: audit.now };
  return [APPROVE(params), insertAuditOfChange(appId, audit), ...readStatements(appId, batchId)];
}

/** The batch that lets an approved batch run. Read with `readBatch`. */
export function startBatch(
  appId: string,
  { batchId, audit }: { batchId: string; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, batch: batchId };
  return [START(params), insertAuditOfChange(appId, audit), ...readStatements(appId, batchId)];
}

/** Makes a batch that is under way wait until somebody lets it run again. */
export function stopBatch(
  appId: string,
  { batchId, audit }: { batchId: string; audit: AuditEntry },
): readonly Statement[] {
  return [STOP({ app: appId, batch: batchId }), insertAuditOfChange(appId, audit)];
}

/** The batch that calls off what has not begun. Read with `readBatch`. */
export function cancelBatch(
  appId: string,
  { batchId, audit }: { batchId: string; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, batch: batchId, now: audit.now };
  return [CANCEL(params), insertAuditOfChange(appId, audit), ...readStatements(appId, batchId)];
}

/** The batch that opens the line of a failed payout again, and its batch. Read with `readBatch`. */
export function reopenLine(
  appId: string,
  { batchId, payoutId, audit }: { batchId: string; payoutId: string; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, batch: batchId, payout: payoutId };
  return [
    REOPEN({ ...params, audit: audit.id }),
    insertAuditOfChange(appId, audit),
    RESUME(params),
    ...readStatements(appId, batchId),
  ];
}

/** The same for several failed payouts of one batch. */
export function reopenLines(
  appId: string,
  { batchId, audits }: { batchId: string; audits: readonly AuditEntry[] },
): readonly Statement[] {
  const params = { app: appId, batch: batchId };
  return [
    ...audits.flatMap((audit) => [
      REOPEN({ ...params, payout: audit.object, audit: audit.id }),
      insertAuditOfChange(appId, audit),
    ]),
    RESUME(params),
    ...readStatements(appId, batchId),
  ];
}

/** The failed payouts whose lines have something left to pay, one a line, the oldest first. */
export async function listToRetry(
  db: Db,
  appId: string,
  { batchId, limit }: { batchId: string; limit: number },
): Promise<readonly Payout[]> {
  return (await db.query(TO_RETRY({ app: appId, batch: batchId, limit }))).map(toPayout);
}

export async function findBatch(db: Db, appId: string, batchId: string): Promise<PayoutBatch | null> {
  const [batch, sums] = await Promise.all(readStatements(appId, batchId).map((one) => db.query(one)));
  return readBatch([batch ?? [], sums ?? []]);
}

/** Reads the last two statements of a batch about a payout batch; null: there is none. */
export function readBatch(results: readonly (readonly Row[])[]): PayoutBatch | null {
  const [rows, sums] = results.slice(-2);
  const row = rows?.[0];
  return row === undefined ? null : { ...toBatch(row), sums: (sums ?? []).map(toSum) };
}

/** The affiliate's request that has not ended. */
export async function findOpenRequest(
  db: Db,
  appId: string,
  { affiliateId, currency }: { affiliateId: string; currency: string },
): Promise<PayoutBatch | null> {
  const [row] = await db.query(OPEN_REQUEST({ app: appId, affiliate: affiliateId, currency }));
  return row === undefined ? null : findBatch(db, appId, textOf(row, "id"));
}

/** How far a schedule's period is drafted. */
export interface DraftedPeriod {
  /** Batches of it, also those that were called off. */
  readonly parts: number;
  /** The last of them holds all it can: there may be more to draft. */
  readonly isFull: boolean;
}

export async function readDraftedPeriod(db: Db, appId: string, period: string): Promise<DraftedPeriod> {
  const [row] = await db.query(OF_PERIOD({ app: appId, whole_period: period }));
  if (row === undefined) return { parts: 0, isFull: false };
  return { parts: integerOf(row, "parts"), isFull: integerOf(row, "lines") === MAX_LINES };
}

/** An app's batches, newest first, from before a cursor. */
export async function listBatches(
  db: Db,
  appId: string,
  page: { status: BatchStatus | null; before: Cursor; limit: number },
): Promise<readonly Omit<PayoutBatch, "sums">[]> {
  const { status, before, limit } = page;
  return (await db.query(LIST({ app: appId, status, at: before.at, id: before.id, limit }))).map(toBatch);
}

/** A batch's lines by age of the affiliate, with what became of them. */
export async function listLines(
  db: Db,
  appId: string,
  page: { batchId: string; after: Cursor; limit: number },
): Promise<readonly BatchLine[]> {
  const { batchId, after, limit } = page;
  return (await db.query(LINES({ app: appId, batch: batchId, at: after.at, id: after.id, limit }))).map(toLine);
}

/** The next lines of a batch under way for which there may be something to write. */
export async function listOpenLines(
  db: Db,
  appId: string,
  { batchId, limit }: { batchId: string; limit: number },
): Promise<readonly { readonly affiliateId: string; readonly currency: string }[]> {
  const rows = await db.query(OPEN_LINES({ app: appId, batch: batchId, limit }));
  return rows.map((row) => ({ affiliateId: textOf(row, "affiliate"), currency: textOf(row, "currency") }));
}

/** Batches under way that have lines left, of whichever apps: for the job. */
export async function listRunning(
  db: Db,
  limit: number,
): Promise<readonly { readonly appId: string; readonly batchId: string }[]> {
  const rows = await db.query(RUNNING({ limit }));
  return rows.map((row) => ({ appId: textOf(row, "app"), batchId: textOf(row, "id") }));
}

function previewParams(appId: string, batch: PreviewParams) {
  const { affiliateId, ownCurrency, defaultMinimum, rail, payer, currency, today, now } = batch;
  const minimum = { own_currency: ownCurrency, default_minimum: defaultMinimum };
  return { app: appId, affiliate: affiliateId, currency, rail, payer, today, now, ...minimum };
}

function readStatements(appId: string, batchId: string): readonly Statement[] {
  return [READ({ app: appId, batch: batchId }), SUMS({ app: appId, batch: batchId })];
}

/** The batches of the whole period: what begins with it, and a dot. */
function isOfPeriod(batch: string): string {
  return `${batch}.period >= :whole_period AND ${batch}.period < :whole_period || '/'`;
}

/** What a batch made now reads, of everybody or of one affiliate. */
type Whose = "everybody" | "one";

function whoseOf({ affiliateId }: BatchScope): Whose {
  return affiliateId === null ? "everybody" : "one";
}

/** A statement for each: to ask for one affiliate is to search for it, not to walk all that the app has. */
function forEach(text: (rows: string) => string) {
  return { everybody: statement(text(ROWS.everybody)), one: statement(text(ROWS.one)) };
}

/** Every currency there was money of, as a batch made now would have it. `from` is the app and its totals, in an order that holds. */
const rowsOf = (from: string) => `
  SELECT t.app, t.affiliate, t.currency, t.payable, t.in_review, t.earned_held AS held, t.minimum, o.created_at, o.email, o.name,
    nullif(m.kind, 'none') AS method,
    ${whyLeftOut({
      payable: "t.payable",
      inReview: "t.in_review",
      minimum: "t.minimum",
      rail: ":rail",
      payer: ":payer",
      since: ":now",
    })} AS reason
  FROM (
    SELECT t.app, t.affiliate, t.currency, t.earned_held, ${payableThrough(":today")} AS payable, ${IN_REVIEW} AS in_review,
      ${MINIMUM} AS minimum
    FROM ${from} AND (:currency IS NULL OR t.currency = :currency)
  ) t`;
const ROWS: Readonly<Record<Whose, string>> = {
  everybody: `${rowsOf("app p JOIN total t ON t.app = p.id WHERE p.id = :app")}
  JOIN affiliate o ON o.app = t.app AND o.id = t.affiliate ${JOIN_METHOD}`,
  one: `${rowsOf("app p CROSS JOIN total t WHERE p.id = :app AND t.app = :app AND t.affiliate = :affiliate")}
  CROSS JOIN affiliate o ON o.app = t.app AND o.id = t.affiliate ${JOIN_METHOD}`,
};

const PREVIEW = forEach(
  (rows) => `
  SELECT r.*, r.affiliate || '_' || r.currency AS id FROM (${rows}) r
  WHERE (r.created_at, r.affiliate || '_' || r.currency) > (:at, :id)
    AND (r.payable <> 0 OR r.in_review <> 0 OR r.held <> 0)
  ORDER BY r.created_at, r.affiliate || '_' || r.currency LIMIT :limit`,
);
const SUM_PREVIEW = forEach(
  (rows) => `
  SELECT r.currency, count(*) AS lines, sum(r.payable) AS amount FROM (${rows}) r WHERE r.reason IS NULL
  GROUP BY r.currency ORDER BY r.currency`,
);

/** Who has no line in another batch of the period: a schedule drafts each once. All have none where it is no schedule's. */
const NOT_DRAFTED = `NOT EXISTS (
  SELECT 1 FROM payout_batch d CROSS JOIN payout_line l ON l.app = d.app AND l.batch = d.id
  WHERE d.app = :app AND ${isOfPeriod("d")} AND d.id <> :batch AND l.affiliate = r.affiliate AND l.currency = r.currency)`;

const INSERT_BATCH = forEach(
  (rows) => `
  INSERT INTO payout_batch (app, id, kind, rail, payer, through_day, period, affiliate, currency, actor, created_at)
  SELECT :app, :batch, :kind, :rail, :payer, :today, :period, :affiliate, :currency, :actor, :now
  WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.app = :app AND a.id = :audit)
    AND EXISTS (SELECT 1 FROM (${rows}) r WHERE r.reason IS NULL AND ${NOT_DRAFTED})
  ON CONFLICT DO NOTHING`,
);
// Only for the draft that was just made: what is in a draft was seen.
const INSERT_LINES = forEach(
  (rows) => `
  INSERT INTO payout_line (app, batch, affiliate, currency, amount)
  SELECT r.app, b.id, r.affiliate, r.currency, r.payable FROM payout_batch b CROSS JOIN (${rows}) r
  WHERE b.app = :app AND b.id = :batch AND b.status = 'draft' AND b.created_at = :now AND r.reason IS NULL AND ${NOT_DRAFTED}
    AND NOT EXISTS (SELECT 1 FROM payout_line l WHERE l.app = :app AND l.batch = :batch)
  ORDER BY r.created_at, r.affiliate, r.currency LIMIT ${MAX_LINES}`,
);
const APPROVE = statement(`
  UPDATE payout_batch SET status = 'approved', approved_by = :actor, approved_at = :now
  WHERE app = :app AND id = :batch AND status = 'draft'
    AND (payer = 'app' OR (:is_operator = 1 AND EXISTS (SELECT 1 FROM app p WHERE p.id = :app AND p.operator_funded = 1)))`);
const START = statement(`
  UPDATE payout_batch SET status = 'running' WHERE app = :app AND id = :batch AND status = 'approved'`);
const STOP = statement(`
  UPDATE payout_batch SET status = 'approved' WHERE app = :app AND id = :batch AND status = 'running'`);
const CANCEL = statement(`
  UPDATE payout_batch SET status = 'cancelled', ended_at = :now
  WHERE app = :app AND id = :batch AND status IN ('draft', 'approved')`);
/** One request of an affiliate is open at a time: an older one resumes when it has ended. */
const NO_OTHER_REQUEST = `NOT EXISTS (
  SELECT 1 FROM payout_batch r JOIN payout_batch n ON n.app = r.app AND n.affiliate = r.affiliate AND n.currency = r.currency
  WHERE r.app = :app AND r.id = :batch AND r.kind = 'request' AND n.id <> r.id AND n.kind = 'request'
    AND n.status IN ('draft', 'approved', 'running'))`;
/**
 * What a failed payout gave back; what was skipped in the same line stays so for its own reason. Once: the batch repeated after the
 * line was paid would open it again.
 */
const REOPEN = statement(`
  UPDATE payout_line SET done = 0, reason = NULL FROM payout w
  WHERE w.app = :app AND w.id = :payout AND w.batch = :batch AND w.status = 'failed' AND payout_line.app = w.app
    AND payout_line.batch = w.batch AND payout_line.affiliate = w.affiliate AND payout_line.currency = w.currency
    AND payout_line.done = 1 AND ${NO_OTHER_REQUEST}
    AND NOT EXISTS (SELECT 1 FROM audit l WHERE l.app = :app AND l.id = :audit)`);
const RESUME = statement(`
  UPDATE payout_batch SET status = 'running', ended_at = NULL
  WHERE app = :app AND id = :batch AND status = 'settled' AND EXISTS (
    SELECT 1 FROM payout_line l WHERE l.app = :app AND l.batch = :batch AND l.done = 0)`);
/** Of a line the last that failed; what is under way or has arrived is less than was approved. */
const TO_RETRY = statement(`
  SELECT w.* FROM payout w
  CROSS JOIN payout_line l ON l.app = w.app AND l.batch = w.batch AND l.affiliate = w.affiliate AND l.currency = w.currency
  WHERE w.app = :app AND w.batch = :batch AND w.status = 'failed' AND l.done = 1
    AND coalesce((SELECT sum(x.amount) FROM payout x WHERE x.app = l.app AND x.batch = l.batch AND x.affiliate = l.affiliate
      AND x.currency = l.currency AND x.status <> 'failed'), 0) < l.amount
    AND NOT EXISTS (SELECT 1 FROM payout y WHERE y.app = l.app AND y.batch = l.batch AND y.affiliate = l.affiliate
      AND y.currency = l.currency AND y.status = 'failed' AND (y.created_at, y.id) > (w.created_at, w.id))
  ORDER BY w.created_at, w.id LIMIT :limit`);
const READ = statement("SELECT b.* FROM payout_batch b WHERE b.app = :app AND b.id = :batch");
const SUMS = statement(`
  SELECT l.currency, count(*) AS lines, sum(l.done) AS done, sum(l.reason IS NOT NULL) AS skipped, sum(l.amount) AS approved,
    coalesce((SELECT sum(w.amount) FROM payout w WHERE w.app = :app AND w.batch = :batch AND w.currency = l.currency
      AND w.status = 'processing'), 0) AS processing,
    coalesce((SELECT sum(w.amount) FROM payout w WHERE w.app = :app AND w.batch = :batch AND w.currency = l.currency
      AND w.status = 'settled'), 0) AS settled,
    (SELECT count(*) FROM payout w WHERE w.app = :app AND w.batch = :batch AND w.currency = l.currency
      AND w.status = 'failed') AS failed
  FROM payout_line l WHERE l.app = :app AND l.batch = :batch GROUP BY l.currency ORDER BY l.currency`);
const LIST = statement(`
  SELECT b.* FROM payout_batch b
  WHERE b.app = :app AND (:status IS NULL OR b.status = :status) AND (b.created_at, b.id) < (:at, :id)
  ORDER BY b.created_at DESC, b.id DESC LIMIT :limit`);
const sumOf = (status: string) => `
  coalesce((SELECT sum(w.amount) FROM payout w WHERE w.app = l.app AND w.batch = l.batch AND w.affiliate = l.affiliate
    AND w.currency = l.currency AND w.status = '${status}'), 0)`;
const LINES = statement(`
  SELECT l.affiliate || '_' || l.currency AS id, o.created_at, l.affiliate, o.email, o.name, l.currency, l.amount, l.done, l.reason,
    ${sumOf("processing")} AS processing, ${sumOf("settled")} AS settled, ${sumOf("failed")} AS failed
  FROM payout_line l JOIN affiliate o ON o.app = l.app AND o.id = l.affiliate
  WHERE l.app = :app AND l.batch = :batch AND (o.created_at, l.affiliate || '_' || l.currency) > (:at, :id)
  ORDER BY o.created_at, l.affiliate || '_' || l.currency LIMIT :limit`);
const OPEN_REQUEST = statement(`
  SELECT b.id FROM payout_batch b WHERE b.app = :app AND b.affiliate = :affiliate AND b.currency = :currency
    AND b.kind = 'request' AND b.status IN ('draft', 'approved', 'running')`);
const OF_PERIOD = statement(`
  SELECT count(*) OVER () AS parts, (SELECT count(*) FROM payout_line l WHERE l.app = b.app AND l.batch = b.id) AS lines
  FROM payout_batch b WHERE b.app = :app AND ${isOfPeriod("b")} ORDER BY length(b.period) DESC, b.period DESC LIMIT 1`);
const OPEN_LINES = statement(`
  SELECT l.affiliate, l.currency FROM payout_line l WHERE l.app = :app AND l.batch = :batch AND l.done = 0
  ORDER BY l.affiliate, l.currency LIMIT :limit`);
const RUNNING = statement(`
  SELECT b.app, b.id FROM payout_batch b
  WHERE b.status = 'running' AND EXISTS (SELECT 1 FROM payout_line l WHERE l.app = b.app AND l.batch = b.id AND l.done = 0)
  ORDER BY b.approved_at LIMIT :limit`);

function toPreviewRow(row: Row): PreviewRow {
  return {
    ...toPerson(row),
    payableCents: integerOf(row, "payable"),
    inReviewCents: integerOf(row, "in_review"),
    heldCents: integerOf(row, "held"),
    minimumCents: integerOrNull(row, "minimum"),
    method: textOrNull(row, "method"),
    reason: row["reason"] === null ? null : oneOf(row, "reason", LEFT_OUT),
  };
}

function toPerson(row: Row) {
  return {
    id: textOf(row, "id"),
    createdAt: integerOf(row, "created_at"),
    affiliateId: textOf(row, "affiliate"),
    email: textOrNull(row, "email"),
    name: textOrNull(row, "name"),
    currency: textOf(row, "currency"),
  };
}

function toLine(row: Row): BatchLine {
  return {
    ...toPerson(row),
    approvedCents: integerOf(row, "amount"),
    processingCents: integerOf(row, "processing"),
    paidCents: integerOf(row, "settled"),
    failedCents: integerOf(row, "failed"),
    isDone: integerOf(row, "done") === 1,
    reason: row["reason"] === null ? null : oneOf(row, "reason", LEFT_OUT),
  };
}

/** A row of `payout_batch`. */
export function toBatch(row: Row): Omit<PayoutBatch, "sums"> {
  return {
    id: textOf(row, "id"),
    kind: oneOf(row, "kind", ["hand", "schedule", "request"]),
    rail: oneOf(row, "rail", RAILS),
    payer: oneOf(row, "payer", ["app", "operator"]),
    status: oneOf(row, "status", BATCH_STATUSES),
    throughDay: integerOf(row, "through_day"),
    period: textOrNull(row, "period"),
    affiliateId: textOrNull(row, "affiliate"),
    currency: textOrNull(row, "currency"),
    actor: textOf(row, "actor"),
    approvedBy: textOrNull(row, "approved_by"),
    approvedAt: integerOrNull(row, "approved_at"),
    endedAt: integerOrNull(row, "ended_at"),
    createdAt: integerOf(row, "created_at"),
  };
}

function toSum(row: Row): BatchSum {
  return {
    currency: textOf(row, "currency"),
    lines: integerOf(row, "lines"),
    doneLines: integerOf(row, "done"),
    skippedLines: integerOf(row, "skipped"),
    approvedCents: integerOf(row, "approved"),
    processingCents: integerOf(row, "processing"),
    settledCents: integerOf(row, "settled"),
    failedPayouts: integerOf(row, "failed"),
  };
}
