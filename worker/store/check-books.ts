import type { Db, Row, Statement } from "./db.ts";
import { dueOf } from "./settle.ts";
import { statement } from "./statement.ts";

/** One thing that is off in the books: which check failed, and the row that shows it. */
export interface Discrepancy {
  readonly check: string;
  readonly row: Row;
}

/** More rows than this of one check say nothing new. */
const MAX_ROWS = 20;

/**
 * Recomputes the books from the facts and compares: totals and buckets with the ledger, what is posted with what is due,
 * one posting history with its conversion, what is paid with what was settled, the type of every money column. Empty when
 * all is right. Reads everything: of one app, where one is named, and nothing of any other's.
 */
export async function checkBooks(db: Db, appId: string | null = null): Promise<readonly Discrepancy[]> {
  const found: Discrepancy[] = [];
  for (const [check, query] of checksOf(appId)) {
    for (const row of await db.query(query)) found.push({ check, row });
  }
  return found;
}

/** The checks, each by its name and the statement that finds what is off. */
export function checksOf(appId: string | null): readonly (readonly [check: string, query: Statement])[] {
  return appId === null
    ? OF_ALL.map(([check, build]) => [check, build({})])
    : OF_ONE.map(([check, build]) => [check, build({ app: appId })]);
}

/** Which rows of a table count, by the name it goes by in the statement: all, or one app's. */
type Scope = (alias: string) => string;

/** By affiliate and currency what two sides of an equation differ in: the second side is entered with a minus. */
const byAffiliate = (parts: string) => `
  SELECT n.app, n.affiliate, n.currency, sum(n.cents) AS difference FROM (${parts}) n GROUP BY 1, 2, 3 HAVING sum(n.cents) <> 0`;
/** The same by an id within the app. */
const byId = (parts: string) => `
  SELECT n.app, n.id, sum(n.cents) AS difference FROM (${parts}) n GROUP BY 1, 2 HAVING sum(n.cents) <> 0`;

const ledgerByAffiliate = (only: Scope) => `
  SELECT app, affiliate, currency, sum(iif(lane = 'clear', net, 0)) AS clear, sum(iif(lane = 'review', net, 0)) AS review,
    sum(iif(lane = 'held', net, 0)) AS held, sum(iif(kind = 'adjust', net, 0)) AS adjust,
    -sum(iif(kind IN ('payout', 'payout_return'), net, 0)) AS paid, sum(fee) AS fee
  FROM ledger g WHERE ${only("g")} GROUP BY 1, 2, 3`;

const ledgerByBucket = (only: Scope) => `
  SELECT app, affiliate, currency, lane, mature_day, sum(net) AS net FROM ledger g
  WHERE ${only("g")} AND lane IS NOT NULL GROUP BY 1, 2, 3, 4, 5`;

/** What payouts that did not fail took of conversions. */
const itemsOf = (only: Scope) => `
  payout o JOIN payout_item i ON i.app = o.app AND i.payout = o.id WHERE ${only("o")} AND o.status <> 'failed'`;

/** The tables with money, the columns that name a row of theirs, and those that hold amounts. */
const MONEY_COLUMNS: readonly (readonly [table: string, names: readonly string[], amounts: readonly string[]])[] = [
  ["claim", ["id"], ["base", "captured"]],
  [
    "conversion",
    ["id"],
    ["base", "captured", "refunded", "due_net", "due_fee", "posted_net", "posted_fee", "settled_net", "mature_day"],
  ],
  ["charge", ["account", "livemode", "id"], ["captured", "refunded_total", "uncaptured"]],
  ["refund_part", ["refund", "origin"], ["amount"]],
  ["dispute", ["account", "livemode", "id"], ["amount"]],
  ["correction", ["id"], ["amount"]],
  ["ledger", ["seq"], ["net", "fee"]],
  ["bucket", ["affiliate", "currency", "lane"], ["net", "mature_day"]],
  ["total", ["affiliate", "currency"], ["earned_clear", "earned_review", "earned_held", "adjust", "paid", "fee"]],
  ["payout", ["id"], ["amount", "returned"]],
  ["payout_item", ["payout", "conversion"], ["amount"]],
  ["payout_line", ["batch", "affiliate", "currency"], ["amount"]],
  ["payout_minimum", ["currency"], ["cents"]],
  ["fee_collection", ["id"], ["amount"]],
  [
    "app_sum",
    ["currency"],
    ["captured", "refunded", "earned_clear", "earned_review", "earned_held", "adjust", "paid", "fee", "collected"],
  ],
  ["review_rule", ["id"], ["max_event_cents", "max_day_cents", "day_cents"]],
];

const checks = (only: Scope): readonly (readonly [check: string, sql: string])[] => [
  [
    "total = Σ ledger",
    `SELECT t.app, t.affiliate, t.currency FROM total t
      LEFT JOIN (${ledgerByAffiliate(only)}) l ON l.app = t.app AND l.affiliate = t.affiliate AND l.currency = t.currency
      WHERE ${only("t")} AND (
        t.earned_clear <> coalesce(l.clear, 0) OR t.earned_review <> coalesce(l.review, 0)
        OR t.earned_held <> coalesce(l.held, 0) OR t.adjust <> coalesce(l.adjust, 0) OR t.paid <> coalesce(l.paid, 0)
        OR t.fee <> coalesce(l.fee, 0))`,
  ],
  [
    "every ledger row has its total",
    `SELECT l.app, l.affiliate, l.currency FROM (${ledgerByAffiliate(only)}) l
      LEFT JOIN total t ON t.app = l.app AND t.affiliate = l.affiliate AND t.currency = l.currency WHERE t.app IS NULL`,
  ],
  [
    "bucket = Σ ledger",
    `SELECT b.app, b.affiliate, b.currency, b.lane, b.mature_day, b.net, l.net AS ledger FROM bucket b
      LEFT JOIN (${ledgerByBucket(only)}) l ON l.app = b.app AND l.affiliate = b.affiliate AND l.currency = b.currency
        AND l.lane = b.lane AND l.mature_day = b.mature_day
      WHERE ${only("b")} AND b.net <> coalesce(l.net, 0)`,
  ],
  [
    "every ledger row has its bucket",
    `SELECT l.app, l.affiliate, l.currency, l.lane, l.mature_day, l.net FROM (${ledgerByBucket(only)}) l
      LEFT JOIN bucket b ON b.app = l.app AND b.affiliate = l.affiliate AND b.currency = l.currency
        AND b.lane = l.lane AND b.mature_day = l.mature_day
      WHERE b.app IS NULL AND l.net <> 0`,
  ],
  [
    "posted = f(facts)",
    `SELECT c.app, c.id, c.posted_net, d.net AS due_net, c.posted_fee, d.fee AS due_fee, c.posted_lane, d.lane AS due_lane
      FROM (${dueOf(`conversion c WHERE ${only("c")}`)}) d CROSS JOIN conversion c ON c.app = d.app AND c.id = d.id
      WHERE c.dirty <> 0 OR c.posted_net <> d.net OR c.posted_fee <> d.fee
        OR (c.voided_at IS NULL AND (c.posted_lane <> d.lane OR c.refunded <> d.refunded))`,
  ],
  [
    "posted = Σ ledger of the conversion",
    `SELECT c.app, c.id, c.posted_net, c.posted_fee, l.net, l.fee FROM conversion c
      LEFT JOIN (
        SELECT app, conversion, sum(net) AS net, sum(fee) AS fee FROM ledger g
        WHERE ${only("g")} AND conversion IS NOT NULL GROUP BY 1, 2
      ) l ON l.app = c.app AND l.conversion = c.id
      WHERE ${only("c")} AND (c.posted_net <> coalesce(l.net, 0) OR c.posted_fee <> coalesce(l.fee, 0))`,
  ],
  [
    "paid = Σ settled of conversions + Σ corrections settled",
    byAffiliate(`
      SELECT t.app, t.affiliate, t.currency, t.paid AS cents FROM total t WHERE ${only("t")}
      UNION ALL SELECT c.app, c.affiliate, c.currency, -c.settled_net FROM conversion c WHERE ${only("c")} AND c.settled_net <> 0
      UNION ALL SELECT k.app, k.affiliate, k.currency, -k.amount FROM correction k WHERE ${only("k")} AND k.payout IS NOT NULL`),
  ],
  [
    "adjust = Σ corrections",
    byAffiliate(`
      SELECT t.app, t.affiliate, t.currency, t.adjust AS cents FROM total t WHERE ${only("t")}
      UNION ALL SELECT k.app, k.affiliate, k.currency, -k.amount FROM correction k WHERE ${only("k")}`),
  ],
  [
    "a correction has its one posting",
    byId(`
      SELECT k.app, k.id, k.amount AS cents FROM correction k WHERE ${only("k")}
      UNION ALL SELECT g.app, g.cause, -g.net FROM ledger g WHERE ${only("g")} AND g.kind = 'adjust'`),
  ],
  [
    "a payout = Σ its items + Σ corrections it settled, unless it failed",
    byId(`
      SELECT o.app, o.id, o.amount AS cents FROM payout o WHERE ${only("o")} AND o.status <> 'failed'
      UNION ALL SELECT i.app, i.payout, -i.amount FROM ${itemsOf(only)}
      UNION ALL SELECT k.app, k.payout, -k.amount FROM correction k WHERE ${only("k")} AND k.payout IS NOT NULL`),
  ],
  [
    "settled = Σ items of the payouts that did not fail",
    byId(`
      SELECT c.app, c.id, c.settled_net AS cents FROM conversion c WHERE ${only("c")} AND c.settled_net <> 0
      UNION ALL SELECT i.app, i.conversion, -i.amount FROM ${itemsOf(only)}`),
  ],
  [
    "a payout is in the ledger, and a failed one back in it",
    byId(`
      SELECT o.app, o.id, iif(o.status = 'failed', 0, o.amount) AS cents FROM payout o WHERE ${only("o")}
      UNION ALL SELECT g.app, g.cause, g.net FROM ledger g WHERE ${only("g")} AND g.kind IN ('payout', 'payout_return')`),
  ],
  [
    "a payment has one conversion in force, and it is its best claim's",
    `SELECT c.app, c.payment, c.id FROM conversion c
      WHERE ${only("c")} AND c.voided_at IS NULL AND c.claim <> (SELECT b.id FROM claim b
        WHERE b.app = c.app AND b.payment = c.payment ORDER BY b.standing DESC, b.received_at, b.source_ref LIMIT 1)`,
  ],
  [
    "what was rejected is void",
    `SELECT c.app, c.id FROM approval a CROSS JOIN conversion c ON c.app = a.app AND c.id = a.conversion
      WHERE ${only("a")} AND a.decision = 'reject' AND c.voided_at IS NULL`,
  ],
  [
    "a rule's day = Σ what it approved on it",
    `SELECT r.app, r.id, r.day, r.day_cents, s.captured FROM review_rule r
      LEFT JOIN (
        SELECT a.app, a.actor, a.created_at / 86400000 AS day, sum(c.captured) AS captured
        FROM approval a CROSS JOIN conversion c ON c.app = a.app AND c.id = a.conversion
        WHERE ${only("a")} GROUP BY 1, 2, 3
      ) s ON s.app = r.app AND s.actor = 'rule:' || r.id AND s.day = r.day
      WHERE ${only("r")} AND r.day_cents <> coalesce(s.captured, 0)`,
  ],
  [
    "a payment of Stripe's that counts has its conversion's claim, and none is left half decided",
    `SELECT s.app, s.payment, s.state FROM stripe_payment s
      WHERE ${only("s")} AND (s.state = 'deciding' OR (s.state = 'counted' AND NOT EXISTS (
        SELECT 1 FROM claim m WHERE m.app = s.app AND m.payment = s.payment AND m.source = 'stripe')))`,
  ],
  [
    "an object of Stripe's is of the payment that has its name",
    `SELECT o.app, o.id, o.payment FROM stripe_object o LEFT JOIN payment_ref p
        ON p.app = o.app AND p.account = o.account AND p.livemode = o.livemode AND p.ref = o.id
      WHERE ${only("o")} AND p.payment IS NOT o.payment`,
  ],
  [
    "an app's sums = Σ its conversions, totals and collections",
    `SELECT n.app, n.currency FROM (
        SELECT app, currency, captured, refunded, earned_clear, earned_review, earned_held, adjust, paid, fee, collected
        FROM app_sum s WHERE ${only("s")}
        UNION ALL SELECT app, currency, -captured, -refunded, 0, 0, 0, 0, 0, 0, 0 FROM conversion c
          WHERE ${only("c")} AND c.voided_at IS NULL
        UNION ALL SELECT app, currency, 0, 0, -earned_clear, -earned_review, -earned_held, -adjust, -paid, -fee, 0
          FROM total t WHERE ${only("t")}
        UNION ALL SELECT app, currency, 0, 0, 0, 0, 0, 0, 0, 0, -amount FROM fee_collection f WHERE ${only("f")}
      ) n
      GROUP BY 1, 2
      HAVING sum(captured) <> 0 OR sum(refunded) <> 0 OR sum(earned_clear) <> 0 OR sum(earned_review) <> 0
        OR sum(earned_held) <> 0 OR sum(adjust) <> 0 OR sum(paid) <> 0 OR sum(fee) <> 0 OR sum(collected) <> 0`,
  ],
  [
    "every recorded call and payout has had its effects",
    `SELECT m.app, m.id FROM claim m WHERE ${only("m")} AND m.counted = 0
      UNION ALL SELECT r.app, r.id FROM refund r WHERE ${only("r")} AND r.counted = 0
      UNION ALL SELECT o.app, o.id FROM payout o WHERE ${only("o")} AND o.posted = 0`,
  ],
  ...MONEY_COLUMNS.map(([table, names, amounts]): readonly [string, string] => [
    `${table}: every money column is an integer`,
    `SELECT n.app, ${[...names, ...amounts].map((column) => `n.${column}`).join(", ")} FROM ${table} n
      WHERE ${only("n")} AND (${amounts.map((column) => `typeof(n.${column}) <> 'integer'`).join(" OR ")})`,
  ]),
];

const limited = (only: Scope) =>
  checks(only).map(([check, sql]) => [check, statement(`${sql} LIMIT ${MAX_ROWS}`)] as const);
const OF_ALL = limited(() => "1");
const OF_ONE = limited((alias) => `${alias}.app = :app`);
