import { DAY_MS } from "../domain/maturation.ts";
import { APP_COLUMNS, type App, toApp } from "./app-store.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row } from "./db.ts";
import { IN_TROUBLE } from "./console-webhook-store.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** What an app's books, or all apps', come to in one currency. */
export interface Sums {
  readonly currency: string;
  /** Of conversions in force. */
  readonly capturedCents: number;
  readonly refundedCents: number;
  readonly earned: { readonly clearCents: number; readonly reviewCents: number; readonly heldCents: number };
  readonly adjustedCents: number;
  readonly paidCents: number;
  readonly feeCents: number;
  readonly collectedCents: number;
}

/** What waits for somebody, in all apps; each count goes up to the limit that was asked for. */
export interface Attention {
  readonly applied: number;
  readonly draftBatches: number;
  readonly failedPayouts: number;
  readonly lostMails: number;
  readonly failingWebhooks: number;
  readonly duePayments: number;
  readonly runningChanges: number;
}

/** The sums of all apps, one row a currency: it adds up a row for each app and currency. */
export async function sumAllApps(db: Db): Promise<readonly Sums[]> {
  return (await db.query(SUM_ALL({}))).map(toSums);
}

/** The sums of these apps, by app. */
export async function sumApps(db: Db, appIds: readonly string[]): Promise<ReadonlyMap<string, readonly Sums[]>> {
  const rows = await db.query(SUM_SOME({ ids: JSON.stringify(appIds) }));
  const byApp = new Map<string, Sums[]>();
  for (const row of rows) {
    const id = textOf(row, "app");
    byApp.set(id, [...(byApp.get(id) ?? []), toSums(row)]);
  }
  return byApp;
}

/** How many affiliates these apps have, counted up to `limit` each. */
export async function countAffiliates(
  db: Db,
  appIds: readonly string[],
  limit: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query(COUNT_AFFILIATES({ ids: JSON.stringify(appIds), limit }));
  return new Map(rows.map((row) => [textOf(row, "app"), integerOf(row, "n")]));
}

/** Failed payouts and lost mails count for `days` days; what Stripe told counts when it has waited since `dueBefore`, an endpoint when it fails since `failingBefore`. */
export async function readAttention(
  db: Db,
  {
    now,
    days,
    dueBefore,
    failingBefore,
    limit,
  }: { now: number; days: number; dueBefore: number; failingBefore: number; limit: number },
): Promise<Attention> {
  const since = now - days * DAY_MS;
  const params = { since, due_before: dueBefore, failing_before: failingBefore, limit };
  const [row = {}] = await db.query(ATTENTION(params));
  return {
    applied: integerOf(row, "applied"),
    draftBatches: integerOf(row, "draft_batches"),
    failedPayouts: integerOf(row, "failed_payouts"),
    lostMails: integerOf(row, "lost_mails"),
    failingWebhooks: integerOf(row, "failing_webhooks"),
    duePayments: integerOf(row, "due_payments"),
    runningChanges: integerOf(row, "running_changes"),
  };
}

/** Apps whose id is `text` or whose name begins with it, the newest first, at most `limit` before a cursor. */
export async function searchApps(
  db: Db,
  text: string,
  { before, limit, now }: { before: Cursor; limit: number; now: number },
): Promise<readonly App[]> {
  const params = { text, text_end: `${text}\u{10ffff}`, at: before.at, id: before.id, limit, now };
  return (await db.query(SEARCH_APPS(params))).map(toApp);
}

const SUM = [
  "captured",
  "refunded",
  "earned_clear",
  "earned_review",
  "earned_held",
  "adjust",
  "paid",
  "fee",
  "collected",
];
const SUM_ALL = statement(`
  SELECT s.currency, ${SUM.map((column) => `sum(s.${column}) AS ${column}`).join(", ")} FROM app_sum s
  GROUP BY s.currency ORDER BY s.currency`);
const SUM_SOME = statement(`
  SELECT s.* FROM json_each(:ids) e CROSS JOIN app_sum s ON s.app = e.value ORDER BY e.key, s.currency`);
const COUNT_AFFILIATES = statement(`
  SELECT e.value AS app, (SELECT count(*) FROM (SELECT 1 FROM affiliate a WHERE a.app = e.value LIMIT :limit)) AS n
  FROM json_each(:ids) e`);
const counted = (from: string) => `(SELECT count(*) FROM (SELECT 1 FROM ${from} LIMIT :limit))`;
const ATTENTION = statement(`
  SELECT ${counted("affiliate a WHERE a.status = 'applied'")} AS applied,
    ${counted("payout_batch b WHERE b.status = 'draft' AND b.created_at >= 0")} AS draft_batches,
    ${counted("payout o WHERE o.status = 'failed' AND o.created_at >= :since")} AS failed_payouts,
    ${counted("outbox m WHERE m.outcome IN ('refused', 'dead_address', 'expired', 'unreadable') AND m.done_at >= :since")} AS lost_mails,
    ${counted(IN_TROUBLE)} AS failing_webhooks,
    ${counted("stripe_payment s WHERE s.look_at IS NOT NULL AND s.look_at < :due_before")} AS due_payments,
    ${counted("bulk_change g WHERE g.started_at > 0 AND g.ended_at IS NULL")} AS running_changes`);
const SEARCH_APPS = statement(`
  SELECT ${APP_COLUMNS} FROM (
    SELECT n.id FROM app n WHERE n.id = :text
    UNION SELECT n.id FROM app n WHERE n.name >= :text COLLATE NOCASE AND n.name < :text_end COLLATE NOCASE
  ) f CROSS JOIN app p ON p.id = f.id WHERE (p.created_at, p.id) < (:at, :id)
  ORDER BY p.created_at DESC, p.id DESC LIMIT :limit`);

function toSums(row: Row): Sums {
  return {
    currency: textOf(row, "currency"),
    capturedCents: integerOf(row, "captured"),
    refundedCents: integerOf(row, "refunded"),
    earned: {
      clearCents: integerOf(row, "earned_clear"),
      reviewCents: integerOf(row, "earned_review"),
      heldCents: integerOf(row, "earned_held"),
    },
    adjustedCents: integerOf(row, "adjust"),
    paidCents: integerOf(row, "paid"),
    feeCents: integerOf(row, "fee"),
    collectedCents: integerOf(row, "collected"),
  };
}
