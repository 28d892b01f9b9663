import type { Db, Row, Statement } from "./db.ts";
import { dueOf } from "./settle.ts";

/** One thing that is off in the books: which check failed, and the row that shows it. */
export interface Discrepancy {
  readonly check: string;
  readonly row: Row;
}

/** More rows than this of one check say nothing new. */
const MAX_ROWS = 20;

/**
 * Recomputes the books from the facts and compares: totals and buckets with the ledger, what is posted with what is due,
 * one posting history with its conversion, the type of every money column. Empty when all is right. Reads everything.
 */
export async function checkBooks(db: Db): Promise<readonly Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const [check, query] of CHECKS) {
    for (const row of await db.query(query)) found.push({ check, row });
  }
  return found;
}

function rows(sql: string): Statement {
  return { sql: `${sql} LIMIT ${MAX_ROWS}`, args: [] };
}

const LEDGER_BY_AFFILIATE = `
  SELECT app, affiliate, currency, sum(iif(lane = 'clear', net, 0)) AS clear, sum(iif(lane = 'review', net, 0)) AS review,
    sum(iif(lane = 'held', net, 0)) AS held, sum(iif(kind = 'adjust', net, 0)) AS adjust,
    -sum(iif(kind IN ('payout', 'payout_return'), net, 0)) AS paid, sum(fee) AS fee
  FROM ledger GROUP BY 1, 2, 3`;

const LEDGER_BY_BUCKET = `
  SELECT app, affiliate, currency, lane, mature_day, sum(net) AS net FROM ledger WHERE lane IS NOT NULL GROUP BY 1, 2, 3, 4, 5`;

const MONEY_COLUMNS: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ["claim", ["base", "captured"]],
  [
    "conversion",
    ["base", "captured", "refunded", "due_net", "due_fee", "posted_net", "posted_fee", "settled_net", "mature_day"],
  ],
  ["charge", ["captured", "refunded_total", "uncaptured"]],
  ["refund_part", ["amount"]],
  ["dispute", ["amount"]],
  ["correction", ["amount"]],
  ["ledger", ["net", "fee"]],
  ["bucket", ["net", "mature_day"]],
  ["total", ["earned_clear", "earned_review", "earned_held", "adjust", "paid", "fee"]],
  ["payout", ["amount"]],
  ["payout_item", ["amount"]],
  ["review_rule", ["max_event_cents", "max_day_cents", "day_cents"]],
];

const CHECKS: readonly (readonly [string, Statement])[] = [
  [
    "total = Σ ledger",
    rows(`
      SELECT t.app, t.affiliate, t.currency FROM total t
      LEFT JOIN (${LEDGER_BY_AFFILIATE}) l ON l.app = t.app AND l.affiliate = t.affiliate AND l.currency = t.currency
      WHERE t.earned_clear <> coalesce(l.clear, 0) OR t.earned_review <> coalesce(l.review, 0)
        OR t.earned_held <> coalesce(l.held, 0) OR t.adjust <> coalesce(l.adjust, 0) OR t.paid <> coalesce(l.paid, 0)
        OR t.fee <> coalesce(l.fee, 0)`),
  ],
  [
    "every ledger row has its total",
    rows(`
      SELECT l.app, l.affiliate, l.currency FROM (${LEDGER_BY_AFFILIATE}) l
      LEFT JOIN total t ON t.app = l.app AND t.affiliate = l.affiliate AND t.currency = l.currency WHERE t.app IS NULL`),
  ],
  [
    "bucket = Σ ledger",
    rows(`
      SELECT b.app, b.affiliate, b.currency, b.lane, b.mature_day, b.net, l.net AS ledger FROM bucket b
      LEFT JOIN (${LEDGER_BY_BUCKET}) l ON l.app = b.app AND l.affiliate = b.affiliate AND l.currency = b.currency
        AND l.lane = b.lane AND l.mature_day = b.mature_day
      WHERE b.net <> coalesce(l.net, 0)`),
  ],
  [
    "every ledger row has its bucket",
    rows(`
      SELECT l.app, l.affiliate, l.currency, l.lane, l.mature_day, l.net FROM (${LEDGER_BY_BUCKET}) l
      LEFT JOIN bucket b ON b.app = l.app AND b.affiliate = l.affiliate AND b.currency = l.currency
        AND b.lane = l.lane AND b.mature_day = l.mature_day
      WHERE b.app IS NULL AND l.net <> 0`),
  ],
  [
    "posted = f(facts)",
    rows(`
      SELECT c.app, c.id, c.posted_net, d.net AS due_net, c.posted_fee, d.fee AS due_fee, c.posted_lane, d.lane AS due_lane
      FROM conversion c JOIN (${dueOf("conversion c")}) d ON d.app = c.app AND d.id = c.id
      WHERE c.dirty <> 0 OR c.posted_net <> d.net OR c.posted_fee <> d.fee
        OR (c.voided_at IS NULL AND (c.posted_lane <> d.lane OR c.refunded <> d.refunded))`),
  ],
  [
    "posted = Σ ledger of the conversion",
    rows(`
      SELECT c.app, c.id, c.posted_net, c.posted_fee, l.net, l.fee FROM conversion c
      LEFT JOIN (SELECT app, conversion, sum(net) AS net, sum(fee) AS fee FROM ledger WHERE conversion IS NOT NULL GROUP BY 1, 2) l
        ON l.app = c.app AND l.conversion = c.id
      WHERE c.posted_net <> coalesce(l.net, 0) OR c.posted_fee <> coalesce(l.fee, 0)`),
  ],
  [
    "a payment has one conversion in force, and it is its best claim's",
    rows(`
      SELECT c.app, c.payment, c.id FROM conversion c
      WHERE c.voided_at IS NULL AND c.claim <> (SELECT b.id FROM claim b WHERE b.app = c.app AND b.payment = c.payment
        ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`),
  ],
  [
    "what was rejected is void",
    rows(`
      SELECT c.app, c.id FROM approval a JOIN conversion c ON c.app = a.app AND c.id = a.conversion
      WHERE a.decision = 'reject' AND c.voided_at IS NULL`),
  ],
  [
    "a rule's day = Σ what it approved on it",
    rows(`
      SELECT r.app, r.id, r.day, r.day_cents, s.captured FROM review_rule r
      LEFT JOIN (
        SELECT a.app, a.actor, a.created_at / 86400000 AS day, sum(c.captured) AS captured
        FROM approval a JOIN conversion c ON c.app = a.app AND c.id = a.conversion GROUP BY 1, 2, 3
      ) s ON s.app = r.app AND s.actor = 'rule:' || r.id AND s.day = r.day
      WHERE r.day_cents <> coalesce(s.captured, 0)`),
  ],
  [
    "a payment of Stripe's that counts has its conversion's claim, and none is left half decided",
    rows(`
      SELECT s.app, s.payment, s.state FROM stripe_payment s
      WHERE s.state = 'deciding' OR (s.state = 'counted' AND NOT EXISTS (
        SELECT 1 FROM claim m WHERE m.app = s.app AND m.payment = s.payment AND m.source = 'stripe'))`),
  ],
  [
    "an object of Stripe's is of the payment that has its name",
    rows(`
      SELECT o.app, o.id, o.payment FROM stripe_object o LEFT JOIN payment_ref p
        ON p.app = o.app AND p.account = o.account AND p.livemode = o.livemode AND p.ref = o.id
      WHERE p.payment IS NOT o.payment`),
  ],
  [
    "every recorded call has had its effects",
    rows("SELECT app, id FROM claim WHERE counted = 0 UNION ALL SELECT app, id FROM refund WHERE counted = 0"),
  ],
  ...MONEY_COLUMNS.map(([table, columns]): readonly [string, Statement] => [
    `${table}: every money column is an integer`,
    rows(`SELECT * FROM ${table} WHERE ${columns.map((column) => `typeof(${column}) <> 'integer'`).join(" OR ")}`),
  ]),
];
