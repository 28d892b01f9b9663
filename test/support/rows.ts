import { readdirSync, readFileSync } from "node:fs";
import Database from "libsql";

export type RawDatabase = Database.Database;
export type Value = string | number | bigint | null;
export type Row = Readonly<Record<string, Value>>;

/** An in-memory database with every migration applied, through the native driver: no store, no client in between. */
export function migratedDatabase(): RawDatabase {
  const db = new Database(":memory:");
  for (const file of readdirSync(MIGRATIONS).toSorted()) {
    const statements = readFileSync(new URL(file, MIGRATIONS), "utf8").split("--> statement-breakpoint");
    for (const statement of statements) db.exec(statement);
  }
  return db;
}

/** A migrated database in which every row of `ROWS` can be inserted: app `shop` with `ann`, app `other` with `bob`. */
export function seededDatabase(): RawDatabase {
  const db = migratedDatabase();
  for (const app of ["shop", "other"]) insert(db, "app", { ...ROWS.app, id: app });
  for (const own of [SHOP, OTHER]) {
    const { app, affiliate, payment, claim, conversion, refund, method, batch, payout } = own;
    insert(db, "affiliate", { ...ROWS.affiliate, app, id: affiliate, email: `${affiliate}@example.test` });
    insert(db, "payment", { app, id: payment, created_at: 1 });
    insert(db, "claim", { ...ROWS.claim, app, id: claim, source_ref: claim, payment, affiliate });
    const claims = { claim, attribution_claim: claim };
    insert(db, "conversion", { ...ROWS.conversion, ...claims, app, id: conversion, payment, affiliate });
    insert(db, "refund", { ...ROWS.refund, app, id: refund, source_ref: refund });
    insert(db, "payout_method", { ...ROWS.payout_method, app, id: method, affiliate });
    insert(db, "payout_batch", { ...ROWS.payout_batch, app, id: batch });
    insert(db, "payout_line", { ...ROWS.payout_line, app, batch, affiliate, currency: "usd" });
    insert(db, "payout", { ...ROWS.payout, app, id: payout, batch, affiliate, method });
    insert(db, "credit_account", { ...ROWS.credit_account, app, account: own.account });
    insert(db, "webhook_endpoint", { ...ROWS.webhook_endpoint, app, id: own.endpoint });
  }
  insert(db, "users", { ...ROWS.users, id: USER, email: "user@example.test" });
  insert(db, "payment", { app: "shop", id: "pay_1", created_at: 1 });
  insert(db, "claim", { ...ROWS.claim, id: "clm_1", source_ref: "clm_1" });
  return db;
}

/** Inserts one row and returns how many rows changed: 0 when a trigger ignored it. */
export function insert(db: RawDatabase, table: string, row: Row, verb = "INSERT"): number {
  const columns = Object.keys(row);
  const places = columns.map(() => "?").join(", ");
  const statement = db.prepare(`${verb} INTO "${table}" (${columns.join(", ")}) VALUES (${places})`);
  return statement.run(...Object.values(row).map(bindable)).changes;
}

/** The names of the tables, without SQLite's own. */
export function tableNames(db: RawDatabase): readonly string[] {
  return all(db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name").map(
    (row) => String(row["name"]),
  );
}

/** The driver types its rows `unknown`; without blobs in the schema each is a record of these values. */
export function all(db: RawDatabase, sql: string, ...args: readonly Value[]): readonly Row[] {
  return db.prepare(sql).all(...args.map(bindable)) as Row[];
}

/** What `seededDatabase` puts into each of its two apps; foreign keys point here. */
export const SHOP = {
  app: "shop",
  affiliate: "ann",
  payment: "pay_0",
  claim: "clm_0",
  conversion: "con_0",
  refund: "ref_0",
  method: "pm_0",
  batch: "pb_0",
  payout: "po_0",
  account: "acc_0",
  endpoint: "whe_0",
};
export const OTHER = {
  app: "other",
  affiliate: "bob",
  payment: "pay_9",
  claim: "clm_9",
  conversion: "con_9",
  refund: "ref_9",
  method: "pm_9",
  batch: "pb_9",
  payout: "po_9",
  account: "acc_9",
  endpoint: "whe_9",
};

const { app, affiliate } = SHOP;
const payment = "pay_1";
/** Who signed in. */
const USER = "usr_0";
const NOW = 1_760_000_000_000;
const DAY = 20_371;

/** One valid row per table, to be spread and bent: $100.00 at 30 %, of which 5 % is the platform's. */
export const ROWS = {
  setting: { key: "k", value: "v" },
  book_check: { id: "chk_1", of_app: app, actor: "operator", checks: 2, done: 1, found: "[]", started_at: NOW },
  app: { id: "new", name: "Demo Shop", mode: "test", currency: "usd", created_at: NOW },
  api_key: {
    app,
    id: "key_1",
    name: "server",
    hash: "h",
    prefix: "al_sk_",
    last4: "abcd",
    scopes: "[]",
    created_at: NOW,
  },
  affiliate: { app, id: "cat", email: "cat@example.test", code: "cat", created_at: NOW },
  code: { code: "ann42", app, affiliate, ref: "Ann42", created_at: NOW },
  rate: { app, bps: 3_000, effective_from: 0, actor: "operator" },
  visitor_salt: { day: DAY, salt: "s" },
  click: { app, code: "ann42", hour: DAY * 24, visitor: "v" },
  code_day: { app, code: "ann42", day: DAY },
  app_day: { app, day: DAY, currency: "usd", trust: "public", captured: 1 },
  request_key: { app, kind: "signup", source: "key", key: "k", body_hash: "h", fact: "rf_1", created_at: NOW },
  referral: {
    app,
    id: "rf_1",
    user_id: "u1",
    affiliate,
    code: "ann42",
    trust: "public",
    seen_at: NOW,
    created_at: NOW,
  },
  payment: { app, id: "pay_2", created_at: NOW },
  payment_ref: { app, livemode: 0, ref: "in_1", payment },
  claim: {
    app,
    id: "clm_2",
    source: "key",
    source_ref: "k1",
    form: "call",
    body_hash: "h",
    payment,
    affiliate,
    attribution: "vouched",
    currency: "usd",
    base: 10_000,
    captured: 10_000,
    occurred_at: NOW,
    received_at: NOW,
  },
  conversion: {
    app,
    id: "con_1",
    payment,
    claim: "clm_1",
    attribution_claim: "clm_1",
    user_id: "u1",
    affiliate,
    code: "ann42",
    currency: "usd",
    base: 10_000,
    captured: 10_000,
    rate_bps: 3_000,
    fee_bps: 500,
    trust: "verified",
    entry_lane: "clear",
    occurred_at: NOW,
    created_at: NOW,
    mature_day: DAY + 14,
    due_lane: "clear",
    due_net: 2_850,
    due_fee: 150,
    posted_lane: "clear",
    posted_net: 2_850,
    posted_fee: 150,
    dirty: 0,
  },
  charge: { app, account: "", livemode: 0, id: "ch_1", captured: 10_000, created_at: NOW },
  refund: {
    app,
    id: "ref_1",
    source: "key",
    livemode: 0,
    source_ref: "k1",
    body_hash: "h",
    currency: "usd",
    amount: 500,
    applied: 1,
    created_at: NOW,
  },
  refund_part: { app, refund: SHOP.refund, origin: payment, payment, amount: 500 },
  dispute: { app, account: "", livemode: 0, id: "dp_1", charge: "ch_1", amount: 500, status: "open", created_at: NOW },
  hold: { app, id: "hld_1", payment, action: "hold", reason: "r", actor: "owner", created_at: NOW },
  approval: {
    app,
    id: "ap_1",
    conversion: SHOP.conversion,
    decision: "approve",
    reason: "r",
    actor: "owner",
    created_at: NOW,
  },
  review_rule: {
    app,
    id: "rr_1",
    affiliate,
    currency: "usd",
    max_event_cents: 10_000,
    max_day_cents: 100_000,
    reason: "r",
    actor: "owner",
    created_at: NOW,
  },
  correction: {
    app,
    id: "cor_1",
    affiliate,
    currency: "usd",
    amount: -500,
    kind: "correction",
    reason: "r",
    actor: "operator",
    created_at: NOW,
  },
  ledger: {
    app,
    kind: "in",
    cause: "con_0#0",
    fact: "clm_0",
    affiliate,
    currency: "usd",
    conversion: SHOP.conversion,
    lane: "clear",
    mature_day: DAY + 14,
    net: 2_850,
    fee: 150,
    created_at: NOW,
  },
  bucket: { app, affiliate, currency: "usd", lane: "clear", mature_day: DAY + 14, net: 2_850 },
  total: { app, affiliate, currency: "usd" },
  stripe_connection: { app, livemode: 0, account: "acct_1", changed_at: NOW },
  stripe_oauth_state: { app, hash: "h", actor: "owner", expires_at: NOW },
  stripe_event: {
    app,
    account: "acct_1",
    livemode: 0,
    id: "evt_1",
    type: "invoice.paid",
    object: "in_1",
    subject: "cus_1",
    facts: "{}",
    created_at: NOW,
    received_at: NOW,
  },
  stripe_binding: {
    app,
    object: "cus_1",
    says: "user",
    account: "acct_1",
    livemode: 0,
    from_at: NOW,
    value: "u1",
  },
  stripe_customer: { app, account: "acct_1", livemode: 0, id: "cus_1", created_at: NOW },
  stripe_object: {
    app,
    account: "acct_1",
    livemode: 0,
    id: "in_1",
    form: "invoice",
    payment,
    claim: "clm_3",
    customer: "cus_1",
    code: "ann42",
    code_rank: 3,
    currency: "usd",
    captured: 10_000,
    base: 10_000,
    occurred_at: NOW,
    settlement: "on_stripe",
    of_invoice: 0,
    received_at: NOW,
  },
  stripe_payment: {
    app,
    payment,
    account: "acct_1",
    livemode: 0,
    state: "counted",
    user_id: "cus_1",
    code: "ann42",
    code_rank: 3,
    origin: "in_1",
    affiliate,
    attribution: "vouched",
    received_at: NOW,
  },
  app_flag: { app, flag: "platform_referrals", enabled: 0 },
  join_policy: { app, changed_at: NOW },
  join_account: { app, account_id: "acc_1", created_at: NOW },
  program_terms: { app, version: 1, text: "Be honest.", actor: "owner", created_at: NOW },
  terms_acceptance: { app, affiliate, version: 1, shown: "{}", accepted_at: NOW },
  app_sum: { app, currency: "chf" },
  bulk_change: { id: "bulk_1", action: "suspend", reason: "fraud", actor: "operator", created_at: NOW },
  bulk_line: { change: "bulk_1", seq: 1, app, affiliate },
  invitation: { app, id: "inv_1", email: "kim@example.test", actor: "owner", created_at: NOW },
  tag_choice: { app, changed_at: NOW },
  payout_policy: { app, changed_at: NOW },
  payout_minimum: { app, currency: "eur", cents: 5_000 },
  payout_method: {
    app,
    id: "pm_1",
    affiliate,
    kind: "paypal",
    details: "sealed",
    label: "a•••@example.test",
    actor: "owner",
    created_at: NOW,
  },
  stripe_recipient: { app, affiliate, payer: "app", account: "acct_9", created_at: NOW },
  payout_batch: {
    app,
    id: "pb_1",
    kind: "hand",
    rail: "manual",
    payer: "app",
    through_day: DAY,
    actor: "owner",
    created_at: NOW,
  },
  payout_line: { app, batch: SHOP.batch, affiliate, currency: "eur", amount: 2_850 },
  payout: {
    app,
    id: "po_1",
    batch: SHOP.batch,
    affiliate,
    currency: "usd",
    amount: 2_850,
    through_day: DAY,
    rail: "manual",
    payer: "app",
    method: SHOP.method,
    actor: "operator",
    created_at: NOW,
  },
  payout_item: { app, payout: SHOP.payout, conversion: SHOP.conversion, amount: 2_850 },
  fee_collection: { app, id: "fc_1", currency: "usd", amount: 150, reason: "r", actor: "operator", created_at: NOW },
  redemption: {
    app,
    referred_account: "acc_2",
    id: "rd_1",
    referrer_account: "acc_1",
    code: "ann42",
    status: "pending",
    created_at: NOW,
  },
  app_origin: { app, origin: "https://shop.example.test" },
  token_key: { app, id: "tkk_1", secret: "sealed", created_at: NOW },
  credit_account: { app, account: "acc_1", created_at: NOW },
  credit_entry: {
    app,
    kind: "referrer_award",
    cause: "rd_0",
    id: "referrer_award-rd_0",
    account: SHOP.account,
    amount: 100,
    created_at: NOW,
  },
  friend_invitation: { app, account: "acc_1", address: "f".repeat(32), id: "finv_1", created_at: NOW },
  friend_invitation_optout: { app, address: "f".repeat(32), created_at: NOW },
  credit_total: { app, awarded: 200, open: 200, successful: 1 },
  event: { app, seq: 1_000, kind: "conversion.created", fact: "con_0", payload: "{}", created_at: NOW },
  webhook_endpoint: {
    app,
    id: "whe_1",
    url: "https://shop.example.test/hooks",
    secret: "sealed",
    secret_prefix: "whsec_AbCd",
    after_seq: 0,
    created_at: NOW,
  },
  webhook_delivery: {
    app,
    endpoint: SHOP.endpoint,
    seq: 1,
    kind: "conversion.created",
    object: "con_0",
    status: "waiting",
    next_at: NOW,
    created_at: NOW,
  },
  webhook_attempt: {
    app,
    endpoint: SHOP.endpoint,
    seq: 1,
    attempt: 1,
    at: NOW,
    duration_ms: 20,
    status: 200,
    manual: 0,
  },
  outbox: { app, id: "ob_1", kind: "mail", payload: "{}", next_at: NOW, created_at: NOW },
  mail_suppression: { address: "a".repeat(64), reason: "dead_address", created_at: NOW },
  mail_switch: { app, template: "welcome", enabled: 0 },
  mail_optout: { app, affiliate: "ann", template: "weekly_digest", created_at: NOW },
  drop: { app, kind: "conversion", reason: "unknown_ref", created_at: NOW },
  users: {
    id: "usr_1",
    name: "",
    email: "kim@example.test",
    email_verified: 1,
    created_at: NOW,
    updated_at: NOW,
  },
  sessions: { id: "ses_1", user_id: USER, token: "t", expires_at: NOW, created_at: NOW, updated_at: NOW },
  accounts: { id: "acc_1", user_id: USER, account_id: "a", provider_id: "p", created_at: NOW, updated_at: NOW },
  verifications: { id: "ver_1", identifier: "i", value: "v", expires_at: NOW, created_at: NOW, updated_at: NOW },
  rate_limits: { id: "lim_1", key: "k", count: 1, last_request: NOW },
  app_owner: { app, email: "owner@example.test", actor: "operator", created_at: NOW },
  audit: { app, id: "au_1", actor: "operator", action: "rate.set", object: "app", created_at: NOW },
} satisfies Readonly<Record<string, Row>>;

const MIGRATIONS = new URL("../../schema/migrations/", import.meta.url);

/** The driver binds every number as REAL. Whole numbers become BigInt here, a fraction stays what a careless caller sends. */
function bindable(value: Value): Value {
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}
