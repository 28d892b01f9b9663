import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import type { LeftOut } from "../domain/payout-eligibility.ts";
import { LEFT_OUT } from "../domain/payout-eligibility.ts";
import { METHOD_KINDS, type MethodKind, STRIPE_PAYERS } from "../domain/payout-method.ts";
import { IN_REVIEW, JOIN_METHOD, MINIMUM, payableThrough, whyLeftOut } from "./payout-eligibility.ts";
import { mailOfPayout } from "./outbox-store.ts";
import type { PayoutMethodRow } from "./payout-method-store.ts";
import type { Payer, Rail } from "./payout-policy-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";
import type { Cursor } from "./cursor.ts";

export const PAYOUT_STATUSES = ["processing", "settled", "failed"] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/** An intent to pay, and what became of it. */
export interface Payout {
  readonly id: string;
  readonly batchId: string;
  readonly affiliateId: string;
  readonly currency: string;
  readonly amountCents: number;
  readonly throughDay: number;
  readonly rail: Rail;
  readonly payer: Payer;
  /** Where it goes. */
  readonly methodId: string;
  readonly status: PayoutStatus;
  readonly attempt: number;
  /** When the attempt was first sent. */
  readonly sentAt: number | null;
  readonly nextAt: number | null;
  readonly reference: string | null;
  readonly error: string | null;
  /** What came back after it was settled, so far. */
  readonly returnedCents: number;
  readonly createdAt: number;
  readonly settledAt: number | null;
}

/** What a page of a payout binds: which line, and the ids made for it once per try. */
export interface PayoutPage {
  readonly batchId: string;
  readonly affiliateId: string;
  readonly currency: string;
  readonly payoutId: string;
  /** The most conversions, of earnings and of clawbacks each. */
  readonly page: number;
  /** The app's currency and the least payout in it where none is set. */
  readonly ownCurrency: string;
  readonly defaultMinimum: number;
  readonly actor: string;
  readonly today: number;
  readonly now: number;
}

/**
 * The batch that pays one page of an approved line: it writes the payout, what it covers, and posts it, all or nothing. Nothing,
 * where the batch is not under way, the line is done, or the affiliate may not be paid: then the line is done, with the reason.
 *
 * Oldest first, clawbacks before earnings, never more than was approved: what is beyond stays for the next batch. All that
 * decides is read here, so of any number of runs at once each conversion is paid by one. Its answer is read with `readPage`.
 */
export function writePayoutPage(appId: string, page: PayoutPage): readonly Statement[] {
  const { batchId, affiliateId, payoutId, ownCurrency, defaultMinimum, ...rest } = page;
  const params = {
    app: appId,
    batch: batchId,
    affiliate: affiliateId,
    payout: payoutId,
    own_currency: ownCurrency,
    default_minimum: defaultMinimum,
    ...rest,
  };
  return PAGE.map((build) => build(params));
}

export interface PageAnswer {
  readonly payout: Payout | null;
  /** Nothing is left to write for the line. */
  readonly isDone: boolean;
  readonly reason: LeftOut | null;
}

/** Reads the last statements of a page's batch; null: there is no such line. */
export function readPage(results: readonly (readonly Row[])[]): PageAnswer | null {
  const [payout, line] = results.slice(-2).map((rows) => rows[0]);
  if (line === undefined) return null;
  return {
    payout: payout === undefined ? null : toPayout(payout),
    isDone: integerOf(line, "done") === 1,
    reason: line["reason"] === null ? null : oneOf(line, "reason", LEFT_OUT),
  };
}

/** A payout's end as somebody told it. */
export interface PayoutEnd {
  readonly payoutId: string;
  readonly audit: AuditEntry;
}

/** The batch that says a payout has arrived: nothing, where it has ended already. Read with `readPayout`. */
export function settlePayout(
  appId: string,
  { payoutId, reference, audit }: PayoutEnd & { readonly reference: string | null },
): readonly Statement[] {
  const params = { app: appId, payout: payoutId, reference, now: audit.now };
  return [
    SETTLE(params),
    insertAuditOfChange(appId, audit),
    mailOfPayout(appId, { payoutId, auditId: audit.id, now: audit.now }),
    END_BATCH_OF_PAYOUT(params),
    READ_PAYOUT(params),
  ];
}

/**
 * The batch that says a payout has not arrived and never will: it gives back what it took of each conversion and correction,
 * once. Nothing, where it has ended already. Read with `readPayout`.
 */
export function failPayout(
  appId: string,
  { payoutId, error, audit }: PayoutEnd & { readonly error: string },
): readonly Statement[] {
  const params = { app: appId, payout: payoutId, error, now: audit.now };
  return [
    ...FAIL.map((build) => build(params)),
    insertAuditOfChange(appId, audit),
    END_BATCH_OF_PAYOUT(params),
    READ_PAYOUT(params),
  ];
}

/** Reads the last statement of a batch about a payout. */
export function readPayout(results: readonly (readonly Row[])[]): Payout | null {
  const row = results.at(-1)?.[0];
  return row === undefined ? null : toPayout(row);
}

export async function findPayout(db: Db, appId: string, payoutId: string): Promise<Payout | null> {
  const [row] = await db.query(READ_PAYOUT({ app: appId, payout: payoutId }));
  return row === undefined ? null : toPayout(row);
}

/** An app's payouts, newest first, from before a cursor: of one batch or one affiliate where given. */
export async function listPayouts(
  db: Db,
  appId: string,
  page: {
    batchId: string | null;
    affiliateId: string | null;
    status: PayoutStatus | null;
    before: Cursor;
    limit: number;
  },
): Promise<readonly Payout[]> {
  const { batchId, affiliateId, status, before, limit } = page;
  const build = batchId !== null ? LIST.batch : affiliateId !== null ? LIST.affiliate : LIST.app;
  const params = { app: appId, batch: batchId, affiliate: affiliateId, status, at: before.at, id: before.id, limit };
  return (await db.query(build(params))).map(toPayout);
}

/** Pages of clawbacks that one page nets, and of earnings it takes then: reading them is cheap, and seldom is there one. */
const CLAWBACK_PAGES = 10;

/** A payout under way, as whoever makes it by hand needs it. */
export interface PayoutToPay {
  readonly id: string;
  readonly affiliateId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly currency: string;
  readonly amountCents: number;
  readonly createdAt: number;
  readonly method: Pick<PayoutMethodRow, "kind" | "sealedDetails" | "payer">;
}

/** The payouts of a batch that are under way, oldest first: by one kind of method and in one currency where given. */
export async function listToPay(
  db: Db,
  appId: string,
  of: { batchId: string; kind: MethodKind | null; currency: string | null; limit: number },
): Promise<readonly PayoutToPay[]> {
  const { batchId, kind, currency, limit } = of;
  const rows = await db.query(TO_PAY({ app: appId, batch: batchId, kind, currency, limit }));
  return rows.map((row) => ({
    id: textOf(row, "id"),
    affiliateId: textOf(row, "affiliate"),
    email: textOrNull(row, "email"),
    name: textOrNull(row, "name"),
    currency: textOf(row, "currency"),
    amountCents: integerOf(row, "amount"),
    createdAt: integerOf(row, "created_at"),
    method: {
      kind: oneOf(row, "kind", METHOD_KINDS),
      sealedDetails: textOrNull(row, "details"),
      payer: row["payer"] === null ? null : oneOf(row, "payer", STRIPE_PAYERS),
    },
  }));
}

/** What a payout covers of one conversion, or one correction. */
export interface PayoutItem {
  readonly id: string;
  readonly createdAt: number;
  readonly conversionId: string | null;
  readonly correctionId: string | null;
  readonly amountCents: number;
}

/** What a payout covers, or gave back where it failed: by the time of each, after a cursor. */
export async function listItems(
  db: Db,
  appId: string,
  page: { payoutId: string; after: Cursor; limit: number },
): Promise<readonly PayoutItem[]> {
  const { payoutId, after, limit } = page;
  const rows = await db.query(ITEMS_OF({ app: appId, payout: payoutId, at: after.at, id: after.id, limit }));
  return rows.map((row) => ({
    id: textOf(row, "id"),
    createdAt: integerOf(row, "created_at"),
    conversionId: textOrNull(row, "conversion"),
    correctionId: textOrNull(row, "correction"),
    amountCents: integerOf(row, "amount"),
  }));
}

/** What is clear of a conversion `c`: what a payout may have taken in all. Written as the indexes have it. */
const CLEAR = "iif(c.posted_lane = 'clear', c.posted_net, 0)";

/** Of these, with `day` and `place` for their order. */
const conversions = (filter: string) => `
  SELECT c.id AS conversion, NULL AS correction, c.mature_day AS day, c.rowid AS place, ${CLEAR} - c.settled_net AS amount
  FROM payout_batch b CROSS JOIN conversion c INDEXED BY ${filter}`;
const OF_LINE =
  "b.app = :app AND b.id = :batch AND c.app = :app AND c.affiliate = :affiliate AND c.currency = :currency";
const corrections = (filter: string) => `
  SELECT NULL, k.id, k.created_at / 86400000, k.rowid, k.amount FROM correction k
  WHERE k.app = :app AND k.affiliate = :affiliate AND k.currency = :currency AND k.payout IS NULL AND ${filter}`;

/** A bonus given after the batch was drafted was seen by nobody who approved it: it waits for the next. */
const SEEN = "k.created_at <= (SELECT b.created_at FROM payout_batch b WHERE b.app = :app AND b.id = :batch)";

/** What was paid and has been refunded, or is held since: it is owed back, whatever day it matured on. */
const OWED_BACK = `
  SELECT * FROM (${conversions(`conversion_overpaid WHERE ${OF_LINE} AND c.settled_net > ${CLEAR}`)}
    UNION ALL ${corrections("k.amount < 0")}) ORDER BY day, place LIMIT :page * ${CLAWBACK_PAGES}`;

/**
 * What had matured by the batch's day, the oldest first, then corrections: each as far as it can be paid of what was approved. A
 * bonus given since pushes out nothing that was.
 */
const EARNED = `
  SELECT * FROM (
    SELECT * FROM (${conversions(`conversion_unsettled WHERE ${OF_LINE} AND c.settled_net < ${CLEAR} AND c.mature_day <= b.through_day
      AND ${CLEAR} - c.settled_net <= (SELECT cents FROM room) ORDER BY c.mature_day, c.rowid LIMIT (SELECT rows FROM room)`)})
    UNION ALL SELECT * FROM (${corrections(`k.amount > 0 AND ${SEEN} AND k.amount <= (SELECT cents FROM room) LIMIT (SELECT rows FROM room)`)})
  ) ORDER BY correction IS NOT NULL, day, place LIMIT (SELECT rows FROM room)`;

/** What the line may still be paid of what was approved. */
const LEFT_OF_LINE = `(
  SELECT l.amount - coalesce((SELECT sum(w.amount) FROM payout w
      WHERE w.app = l.app AND w.batch = l.batch AND w.affiliate = l.affiliate AND w.currency = l.currency
        AND w.status <> 'failed' AND w.id <> :payout), 0)
  FROM payout_line l WHERE l.app = :app AND l.batch = :batch AND l.affiliate = :affiliate AND l.currency = :currency)`;

/**
 * The page: clawbacks first, so that nothing is paid that is owed back, then earnings while they are within what was approved.
 * Where much is owed back it takes more earnings, to come to something that can be paid.
 */
const ITEMS = `
  WITH owed AS MATERIALIZED (${OWED_BACK}),
    room AS MATERIALIZED (SELECT ${LEFT_OF_LINE} - coalesce(sum(amount), 0) AS cents,
      iif(count(*) = 0, :page, :page * ${CLAWBACK_PAGES}) AS rows FROM owed),
    earned AS MATERIALIZED (${EARNED})
  SELECT conversion, correction, amount FROM owed
  UNION ALL
  SELECT n.conversion, n.correction, n.amount FROM (
    SELECT e.*, sum(e.amount) OVER (ORDER BY e.correction IS NOT NULL, e.day, e.place ROWS UNBOUNDED PRECEDING) AS running FROM earned e
  ) n WHERE n.running <= (SELECT cents FROM room)`;

/** The line has been paid before: what is left of it need not reach the minimum by itself. */
const IS_BEGUN = `EXISTS (SELECT 1 FROM payout w WHERE w.app = :app AND w.batch = :batch AND w.affiliate = :affiliate
  AND w.currency = :currency AND w.status <> 'failed' AND w.id <> :payout)`;

/**
 * What is payable by the batch's day. By the sums, unless a later batch has paid what matured after that day: then by what is
 * unsettled, each.
 */
const PAYABLE = `(CASE WHEN EXISTS (
      SELECT 1 FROM payout w WHERE w.app = l.app AND w.affiliate = l.affiliate AND w.currency = l.currency
        AND w.status <> 'failed' AND w.through_day > b.through_day)
    THEN (SELECT coalesce(sum(amount), 0) FROM (
      ${conversions(`conversion_overpaid WHERE ${OF_LINE} AND c.settled_net > ${CLEAR}`)}
      UNION ALL ${conversions(`conversion_unsettled WHERE ${OF_LINE} AND c.settled_net < ${CLEAR} AND c.mature_day <= b.through_day`)}
      UNION ALL ${corrections("true")}))
    ELSE ${payableThrough("b.through_day")} END)`;

/** The line as it may be paid: one row, with `reason` where it may not, and what stands in the way. */
const LINE = `
  SELECT l.app, l.batch, l.affiliate, l.currency, l.done, b.status AS batch_status, b.through_day, b.rail, b.payer, m.id AS method,
    CASE WHEN b.payer = 'operator' AND p.operator_funded = 0 THEN 'other_method' ELSE ${whyLeftOut({
      payable: PAYABLE,
      inReview: IN_REVIEW,
      minimum: `iif(${IS_BEGUN}, 1, ${MINIMUM})`,
      rail: "b.rail",
      payer: "b.payer",
      since: "b.created_at",
    })} END AS reason
  FROM payout_line l CROSS JOIN payout_batch b ON b.app = l.app AND b.id = l.batch
  JOIN app p ON p.id = l.app
  JOIN affiliate o ON o.app = l.app AND o.id = l.affiliate
  JOIN total t ON t.app = l.app AND t.affiliate = l.affiliate AND t.currency = l.currency
  ${JOIN_METHOD}
  WHERE l.app = :app AND l.batch = :batch AND l.affiliate = :affiliate AND l.currency = :currency`;

/** The payout that this batch has just written: its effects happen once. */
const NEW_PAYOUT = "SELECT n.* FROM payout n WHERE n.app = :app AND n.id = :payout AND n.posted = 0";

/** A batch is settled once every line is done and no payout of it is under way. */
const IS_OVER = `
  payout_batch.status = 'running'
  AND NOT EXISTS (SELECT 1 FROM payout_line l WHERE l.app = payout_batch.app AND l.batch = payout_batch.id AND l.done = 0)
  AND NOT EXISTS (SELECT 1 FROM payout w
    WHERE w.app = payout_batch.app AND w.batch = payout_batch.id AND w.status = 'processing')`;

const PAYOUT_COLUMNS = "w.*";

const PAGE = [
  statement(`
    INSERT INTO payout (app, id, batch, affiliate, currency, amount, through_day, rail, payer, method, next_at, actor, created_at)
    SELECT z.app, :payout, z.batch, z.affiliate, z.currency, z.amount, z.through_day, z.rail, z.payer, z.method,
      iif(z.rail = 'stripe', :now, NULL), :actor, :now
    FROM (SELECT y.*, (SELECT sum(i.amount) FROM (${ITEMS}) i) AS amount FROM (${LINE}) y
      WHERE y.batch_status = 'running' AND y.done = 0 AND y.reason IS NULL) z
    WHERE z.amount >= 1
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO payout_item (app, payout, conversion, amount)
    SELECT n.app, n.id, i.conversion, i.amount FROM (${NEW_PAYOUT}) n CROSS JOIN (${ITEMS}) i WHERE i.conversion IS NOT NULL
    ON CONFLICT DO NOTHING`),
  statement(`
    UPDATE correction SET payout = n.id FROM (${NEW_PAYOUT}) n
    WHERE correction.app = n.app AND correction.payout IS NULL
      AND correction.id IN (SELECT i.correction FROM (${ITEMS}) i WHERE i.correction IS NOT NULL)`),
  // Says in the database that the payout is what it covers: where it were not, the trigger on its amount ends the batch.
  statement(`
    UPDATE payout SET amount = v.covered FROM (
      SELECT n.app, n.id,
        coalesce((SELECT sum(i.amount) FROM payout_item i WHERE i.app = n.app AND i.payout = n.id), 0)
        + coalesce((SELECT sum(k.amount) FROM correction k WHERE k.app = n.app AND k.affiliate = n.affiliate
            AND k.currency = n.currency AND k.payout = n.id), 0) AS covered
      FROM (${NEW_PAYOUT}) n) v
    WHERE payout.app = v.app AND payout.id = v.id AND payout.amount <> v.covered`),
  statement(`
    UPDATE conversion SET settled_net = settled_net + i.amount FROM payout_item i
    WHERE i.app = :app AND i.payout = (SELECT n.id FROM (${NEW_PAYOUT}) n) AND conversion.app = :app AND conversion.id = i.conversion`),
  statement(`
    UPDATE total SET paid = paid + n.amount FROM (${NEW_PAYOUT}) n
    WHERE total.app = n.app AND total.affiliate = n.affiliate AND total.currency = n.currency`),
  statement(`
    INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
    SELECT n.app, 'payout', n.id, n.id, n.affiliate, n.currency, -n.amount, :now FROM (${NEW_PAYOUT}) n`),
  // Done where nothing was written, and why; and where what was written was not a whole page.
  statement(`
    UPDATE payout_line SET done = 1, reason = v.reason FROM (
      SELECT y.app, y.batch, y.affiliate, y.currency, n.id AS payout,
        iif(n.id IS NOT NULL OR (coalesce(y.reason, '') IN ('', 'nothing_payable', 'negative_balance') AND ${IS_BEGUN}), NULL,
          coalesce(y.reason, 'more_than_approved')) AS reason
      FROM (${LINE}) y LEFT JOIN payout n ON n.app = :app AND n.id = :payout
      WHERE y.batch_status = 'running' AND y.done = 0 AND (n.id IS NULL OR (n.posted = 0
        AND (SELECT count(*) FROM payout_item i WHERE i.app = n.app AND i.payout = n.id) < :page))) v
    WHERE payout_line.app = v.app AND payout_line.batch = v.batch AND payout_line.affiliate = v.affiliate
      AND payout_line.currency = v.currency`),
  statement("UPDATE payout SET posted = 1 WHERE app = :app AND id = :payout AND posted = 0"),
  statement(
    `UPDATE payout_batch SET status = 'settled', ended_at = :now WHERE app = :app AND id = :batch AND ${IS_OVER}`,
  ),
  statement(`SELECT ${PAYOUT_COLUMNS} FROM payout w WHERE w.app = :app AND w.id = :payout`),
  statement(`
    SELECT l.done, l.reason FROM payout_line l
    WHERE l.app = :app AND l.batch = :batch AND l.affiliate = :affiliate AND l.currency = :currency`),
];

const SETTLE = statement(`
  UPDATE payout SET status = 'settled', settled_at = :now, reference = coalesce(:reference, reference), next_at = NULL, error = NULL
  WHERE app = :app AND id = :payout AND status = 'processing'`);

/**
 * The statements that fail a payout under way and give back what it took, where a condition about it, `n`, holds as well. The last
 * is the payout's own: what comes after it sees by `changes()` whether it failed.
 */
export function failingWhere(condition: string): readonly ReturnType<typeof statement>[] {
  const failing = `SELECT n.* FROM payout n WHERE n.app = :app AND n.id = :payout AND n.status = 'processing' AND ${condition}`;
  return [
    statement(`
      UPDATE conversion SET settled_net = settled_net - i.amount FROM payout_item i
      WHERE i.app = :app AND i.payout = (SELECT n.id FROM (${failing}) n) AND conversion.app = :app AND conversion.id = i.conversion`),
    statement(`
      UPDATE correction SET payout = NULL FROM (${failing}) n
      WHERE correction.app = n.app AND correction.affiliate = n.affiliate AND correction.currency = n.currency
        AND correction.payout = n.id`),
    statement(`
      UPDATE total SET paid = paid - n.amount FROM (${failing}) n
      WHERE total.app = n.app AND total.affiliate = n.affiliate AND total.currency = n.currency`),
    statement(`
      INSERT INTO ledger (app, kind, cause, fact, affiliate, currency, net, created_at)
      SELECT n.app, 'payout_return', n.id, n.id, n.affiliate, n.currency, n.amount, :now FROM (${failing}) n`),
    statement(`
      UPDATE payout AS n SET status = 'failed', error = :error, next_at = NULL
      WHERE n.app = :app AND n.id = :payout AND n.status = 'processing' AND ${condition}`),
  ];
}

const FAIL = failingWhere("true");
/** Ends the payout's batch where it was the last. */
export const END_BATCH_OF_PAYOUT = statement(`
  UPDATE payout_batch SET status = 'settled', ended_at = :now
  WHERE app = :app AND id = (SELECT w.batch FROM payout w WHERE w.app = :app AND w.id = :payout) AND ${IS_OVER}`);
export const READ_PAYOUT = statement(`SELECT ${PAYOUT_COLUMNS} FROM payout w WHERE w.app = :app AND w.id = :payout`);

const ITEMS_OF = statement(`
  SELECT * FROM (
    SELECT c.id, c.created_at, c.id AS conversion, NULL AS correction, i.amount
    FROM payout_item i JOIN conversion c ON c.app = i.app AND c.id = i.conversion WHERE i.app = :app AND i.payout = :payout
    UNION ALL
    SELECT k.id, k.created_at, NULL, k.id, k.amount FROM payout w CROSS JOIN correction k
    WHERE w.app = :app AND w.id = :payout AND k.app = w.app AND k.affiliate = w.affiliate AND k.currency = w.currency
      AND k.payout = w.id
  ) WHERE (created_at, id) > (:at, :id) ORDER BY created_at, id LIMIT :limit`);

const TO_PAY = statement(`
  SELECT w.id, w.affiliate, o.email, o.name, w.currency, w.amount, w.created_at, m.kind, m.details, m.payer
  FROM payout w JOIN affiliate o ON o.app = w.app AND o.id = w.affiliate
    JOIN payout_method m ON m.app = w.app AND m.id = w.method
  WHERE w.app = :app AND w.batch = :batch AND w.status = 'processing' AND (:kind IS NULL OR m.kind = :kind)
    AND (:currency IS NULL OR w.currency = :currency)
  ORDER BY w.created_at, w.id LIMIT :limit`);

const listing = (filter: string) =>
  statement(`
    SELECT ${PAYOUT_COLUMNS} FROM payout w
    WHERE w.app = :app ${filter} AND (:status IS NULL OR w.status = :status) AND (w.created_at, w.id) < (:at, :id)
    ORDER BY w.created_at DESC, w.id DESC LIMIT :limit`);
const LIST = {
  app: listing(""),
  batch: listing("AND w.batch = :batch AND (:affiliate IS NULL OR w.affiliate = :affiliate)"),
  affiliate: listing("AND w.affiliate = :affiliate"),
};

export function toPayout(row: Row): Payout {
  return {
    id: textOf(row, "id"),
    batchId: textOf(row, "batch"),
    affiliateId: textOf(row, "affiliate"),
    currency: textOf(row, "currency"),
    amountCents: integerOf(row, "amount"),
    throughDay: integerOf(row, "through_day"),
    rail: oneOf(row, "rail", ["manual", "stripe"]),
    payer: oneOf(row, "payer", ["app", "operator"]),
    methodId: textOf(row, "method"),
    status: oneOf(row, "status", PAYOUT_STATUSES),
    attempt: integerOf(row, "attempt"),
    sentAt: integerOrNull(row, "sent_at"),
    nextAt: integerOrNull(row, "next_at"),
    reference: textOrNull(row, "reference"),
    error: textOrNull(row, "error"),
    returnedCents: integerOf(row, "returned"),
    createdAt: integerOf(row, "created_at"),
    settledAt: integerOrNull(row, "settled_at"),
  };
}
