import type { Db, Row, SqlValue, Statement } from "../../worker/store/db.ts";
import { settle } from "../../worker/store/settle.ts";
import { ROWS } from "../support/rows.ts";
import { openMigratedDb } from "../support/template-db.ts";

/** 2026-01-15 12:00 UTC. */
export const NOW = Date.UTC(2026, 0, 15, 12);
/** The UTC day of `NOW`. */
export const TODAY = 20_468;

/** The Stripe account and mode of the facts here: those of our own callers have an empty account. */
export const STRIPE = { account: "acct_1", livemode: 1 };

/** A database with the apps `shop` (affiliates `ann`, `bob`, `cat`) and `other` (`oda`), each with a code of that name. */
export async function openBooks(): Promise<Db> {
  const db = openMigratedDb();
  await db.batch([
    ...["shop", "other"].map((id) => insertRow("app", { ...ROWS.app, id, mode: "live", created_at: NOW })),
    ...["shop", "other"].map((app) => insertRow("rate", { ...ROWS.rate, app })),
    ...["ann", "bob", "cat"].flatMap((id) => affiliateRows("shop", id)),
    ...affiliateRows("other", "oda"),
  ]);
  return db;
}

/** An INSERT of one row as it is: for facts that another service writes. */
export function insertRow(table: string, row: Row): Statement {
  const columns = Object.keys(row);
  const places = columns.map((_, at) => `?${at + 1}`).join(", ");
  return {
    sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`,
    args: Object.values(row).map(bound),
  };
}

/** Any other statement with its arguments. */
export function sql(text: string, ...args: readonly (string | number | null)[]): Statement {
  return { sql: text, args: args.map(bound) };
}

/** What a conversion that was just recorded differs in from the usual one: $100.00 at 30 %, of which 5 % is the fee. */
export interface NewConversion {
  readonly id: string;
  readonly app?: string;
  readonly affiliate?: string;
  readonly currency?: string;
  readonly base?: number;
  readonly captured?: number;
  readonly rate_bps?: number;
  readonly fee_bps?: number;
  readonly lane?: "clear" | "review" | "held";
  readonly trust?: "verified" | "matched" | "unverified";
  readonly mature_day?: number;
  readonly occurred_at?: number;
  readonly user_id?: string;
  readonly source?: "stripe" | "key";
}

/** A conversion as the ingest batch leaves it to settle, with its claim and its payment `pay_ID`, whose charge is `ch_ID`. */
export function conversionRows(conversion: NewConversion): readonly Statement[] {
  const { id, lane = "clear", app = "shop", affiliate = "ann", occurred_at: at = NOW } = conversion;
  const { currency = "usd", captured = 10_000, base = captured, user_id: user = "u1" } = conversion;
  const { rate_bps: rate = 3_000, fee_bps: fee = 500, mature_day: day = TODAY + 15, trust = "verified" } = conversion;
  const { source = "key" } = conversion;
  const payment = `pay_${id}`;
  const paid = { app, payment, user_id: user, affiliate, currency, base, captured, occurred_at: at };
  return [
    insertRow("payment", { app, id: payment, created_at: NOW }),
    insertRow("payment_ref", { ...STRIPE, app, ref: `ch_${id}`, payment }),
    insertRow("claim", {
      ...ROWS.claim,
      ...paid,
      source,
      id: `clm_${id}`,
      source_ref: `e:${id}`,
      code: affiliate,
      counted: 1,
    }),
    insertRow("conversion", {
      ...ROWS.conversion,
      ...paid,
      id,
      claim: `clm_${id}`,
      attribution_claim: `clm_${id}`,
      code: affiliate,
      rate_bps: rate,
      fee_bps: fee,
      trust,
      entry_lane: lane,
      due_lane: lane,
      posted_lane: lane,
      created_at: at,
      mature_day: day,
      due_net: 0,
      due_fee: 0,
      posted_net: 0,
      posted_fee: 0,
      dirty: 1,
    }),
  ];
}

/** The end of a batch that wrote a fact about a payment: whatever stands on it is settled. */
export function settleAfter(
  fact: string,
  { payment, app = "shop" }: { payment: string; app?: string },
): readonly Statement[] {
  return [
    sql("UPDATE conversion SET dirty = 1 WHERE app = ?1 AND payment = ?2", app, payment),
    ...settle({ app, claimed_app: null, code: null, fact, now: NOW }),
  ];
}

/** What a backend's refund took from a payment, in whatever currency that is. */
export function apiRefund(
  id: string,
  { payment, amount, app = "shop" }: { payment: string; amount: number; app?: string },
) {
  const row = { ...ROWS.refund, app, id, source_ref: `e:${id}`, livemode: 1, currency: null, amount, counted: 1 };
  return [insertRow("refund", row), insertRow("refund_part", { app, refund: id, origin: payment, payment, amount })];
}

function affiliateRows(app: string, id: string): readonly Statement[] {
  return [
    insertRow("affiliate", { ...ROWS.affiliate, app, id, email: `${id}@example.test`, code: id }),
    insertRow("code", { ...ROWS.code, app, affiliate: id, code: id, ref: id }),
  ];
}

function bound(value: string | number | null): SqlValue {
  return typeof value === "number" ? BigInt(value) : value;
}
