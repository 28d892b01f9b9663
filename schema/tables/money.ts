import { desc, isNotNull, isNull, sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
import { integer, sequence } from "./integer.ts";

const LANES = ["held", "review", "clear"] as const;
const SOURCES = ["stripe", "key", "public"] as const;

export const payment = sqliteTable(
  "payment",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.id] })],
);

export const paymentRef = sqliteTable(
  "payment_ref",
  {
    app: text("app").notNull(),
    account: text("account").notNull().default(""),
    livemode: integer("livemode").notNull(),
    ref: text("ref").notNull(),
    payment: text("payment").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.account, t.livemode, t.ref] }),
    index("payment_ref_by_payment").on(t.app, t.payment),
  ],
);

export const claim = sqliteTable(
  "claim",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    source: text("source", { enum: SOURCES }).notNull(),
    sourceRef: text("source_ref").notNull(),
    form: text("form", { enum: ["call", "invoice", "session", "payment_intent", "charge"] }).notNull(),
    standing: integer("standing")
      .notNull()
      .generatedAlwaysAs(
        sql`CASE source WHEN 'stripe' THEN 30 WHEN 'key' THEN 20 ELSE 10 END
          + CASE form WHEN 'invoice' THEN 4 WHEN 'session' THEN 3 WHEN 'payment_intent' THEN 2 WHEN 'charge' THEN 1 ELSE 0 END`,
        { mode: "stored" },
      ),
    bodyHash: text("body_hash").notNull(),
    payment: text("payment").notNull(),
    paymentRef: text("payment_ref"),
    userId: text("user_id"),
    code: text("code"),
    affiliate: text("affiliate"),
    attribution: text("attribution", { enum: ["vouched", "public"] }),
    currency: text("currency").notNull(),
    base: integer("base").notNull(),
    captured: integer("captured").notNull(),
    metadata: text("metadata"),
    conversion: text("conversion"),
    occurredAt: integer("occurred_at").notNull(),
    receivedAt: integer("received_at").notNull(),
    counted: integer("counted").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.source, t.sourceRef),
    index("claim_by_payment").on(t.app, t.payment, desc(t.standing), t.receivedAt, t.sourceRef),
    index("claim_by_user").on(t.app, t.userId, t.receivedAt),
    index("claim_of_stripe")
      .on(t.app, t.currency, t.captured, t.occurredAt)
      .where(sql`${t.standing} >= 30`),
    index("claim_unnamed")
      .on(t.app, t.affiliate, t.currency, t.captured, t.occurredAt)
      .where(sql`${t.standing} = 20 AND ${t.paymentRef} IS NULL`),
  ],
);

export const conversion = sqliteTable(
  "conversion",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    payment: text("payment").notNull(),
    claim: text("claim").notNull(),
    attributionClaim: text("attribution_claim").notNull(),
    userId: text("user_id"),
    affiliate: text("affiliate").notNull(),
    code: text("code").notNull(),
    currency: text("currency").notNull(),
    base: integer("base").notNull(),
    captured: integer("captured").notNull(),
    rateBps: integer("rate_bps").notNull(),
    feeBps: integer("fee_bps").notNull(),
    trust: text("trust", { enum: ["verified", "matched", "unverified"] }).notNull(),
    entryLane: text("entry_lane", { enum: LANES }).notNull(),
    reason: text("reason"),
    occurredAt: integer("occurred_at").notNull(),
    createdAt: integer("created_at").notNull(),
    matureDay: integer("mature_day").notNull(),
    voidedAt: integer("voided_at"),
    voidReason: text("void_reason"),
    supersededBy: text("superseded_by"),
    refunded: integer("refunded").notNull().default(0),
    dueLane: text("due_lane", { enum: LANES }).notNull(),
    dueNet: integer("due_net").notNull().default(0),
    dueFee: integer("due_fee").notNull().default(0),
    postedLane: text("posted_lane", { enum: LANES }).notNull(),
    postedNet: integer("posted_net").notNull().default(0),
    postedFee: integer("posted_fee").notNull().default(0),
    settledNet: integer("settled_net").notNull().default(0),
    rev: integer("rev").notNull().default(0),
    dirty: integer("dirty").notNull().default(1),
    refundedTold: integer("refunded_told").notNull().default(0),
    confirmedTold: integer("confirmed_told").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.claim, t.attributionClaim),
    uniqueIndex("conversion_in_force").on(t.app, t.payment).where(isNull(t.voidedAt)),
    index("conversion_by_payment").on(t.app, t.payment),
    index("conversion_dirty")
      .on(t.app)
      .where(sql`${t.dirty} = 1`),
    index("conversion_refundable_by_user")
      .on(t.app, t.userId, t.currency, sql`(${t.trust} = 'unverified')`, desc(t.occurredAt), desc(t.id))
      .where(sql`${t.voidedAt} IS NULL AND ${t.captured} > ${t.refunded}`),
    index("conversion_refundable_by_affiliate")
      .on(t.app, t.affiliate, t.currency, sql`(${t.trust} = 'unverified')`, desc(t.occurredAt), desc(t.id))
      .where(sql`${t.voidedAt} IS NULL AND ${t.captured} > ${t.refunded}`),
    index("conversion_by_time").on(t.app, t.affiliate, t.createdAt, t.id),
    index("conversion_of_app").on(t.app, t.createdAt, t.id),
    index("conversion_of_account").on(t.app, t.affiliate, t.currency, t.createdAt, t.id),
    index("conversion_for_review")
      .on(t.app, t.postedLane, t.createdAt, t.id)
      .where(sql`${t.postedLane} <> 'clear' AND ${t.voidedAt} IS NULL`),
    index("conversion_alike")
      .on(t.app, t.affiliate, t.currency, t.captured, t.userId, t.occurredAt)
      .where(isNull(t.voidedAt)),
    index("conversion_unsettled")
      .on(t.app, t.affiliate, t.currency, t.matureDay)
      .where(sql`${t.settledNet} < iif(${t.postedLane} = 'clear', ${t.postedNet}, 0)`),
    index("conversion_overpaid")
      .on(t.app, t.affiliate, t.currency, t.matureDay)
      .where(sql`${t.settledNet} > iif(${t.postedLane} = 'clear', ${t.postedNet}, 0)`),
    index("conversion_to_confirm")
      .on(t.matureDay, t.app, t.id)
      .where(
        sql`${t.confirmedTold} = 0 AND ${t.voidedAt} IS NULL AND ${t.postedLane} <> 'held' AND ${t.postedNet} > 0`,
      ),
  ],
);

export const charge = sqliteTable(
  "charge",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    id: text("id").notNull(),
    captured: integer("captured").notNull(),
    refundedTotal: integer("refunded_total").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    uncaptured: integer("uncaptured").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.app, t.account, t.livemode, t.id] })],
);

export const refund = sqliteTable(
  "refund",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    source: text("source", { enum: SOURCES }).notNull(),
    account: text("account").notNull().default(""),
    livemode: integer("livemode").notNull(),
    sourceRef: text("source_ref").notNull(),
    bodyHash: text("body_hash").notNull(),
    charge: text("charge"),
    paymentRef: text("payment_ref"),
    conversion: text("conversion"),
    userId: text("user_id"),
    code: text("code"),
    currency: text("currency"),
    amount: integer("amount"),
    applied: integer("applied").notNull(),
    status: text("status", { enum: ["pending", "requires_action", "succeeded", "failed", "canceled"] })
      .notNull()
      .default("succeeded"),
    createdAt: integer("created_at").notNull(),
    counted: integer("counted").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.source, t.account, t.livemode, t.sourceRef),
    index("refund_by_charge").on(t.app, t.account, t.livemode, t.charge).where(isNotNull(t.charge)),
    index("refund_by_time").on(t.app, t.source, t.createdAt),
    index("refund_by_user").on(t.app, t.userId).where(isNotNull(t.userId)),
  ],
);

export const refundPart = sqliteTable(
  "refund_part",
  {
    app: text("app").notNull(),
    refund: text("refund").notNull(),
    origin: text("origin").notNull(),
    payment: text("payment").notNull(),
    conversion: text("conversion"),
    amount: integer("amount").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.refund, t.origin] }), index("refund_part_by_payment").on(t.app, t.payment)],
);

export const dispute = sqliteTable(
  "dispute",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    id: text("id").notNull(),
    charge: text("charge").notNull(),
    amount: integer("amount").notNull(),
    status: text("status", { enum: ["open", "won", "lost"] }).notNull(),
    createdAt: integer("created_at").notNull(),
    currency: text("currency"),
    changedAt: integer("changed_at").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id, t.account, t.livemode] }),
    index("dispute_by_charge").on(t.app, t.account, t.livemode, t.charge),
  ],
);

export const hold = sqliteTable(
  "hold",
  {
    seq: sequence(),
    app: text("app").notNull(),
    id: text("id").notNull(),
    payment: text("payment").notNull(),
    action: text("action", { enum: ["hold", "release"] }).notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [unique().on(t.app, t.id), index("hold_by_payment").on(t.app, t.payment, t.seq)],
);

export const approval = sqliteTable(
  "approval",
  {
    seq: sequence(),
    app: text("app").notNull(),
    id: text("id").notNull(),
    conversion: text("conversion").notNull(),
    decision: text("decision", { enum: ["approve", "reject"] }).notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [unique().on(t.app, t.id), unique().on(t.app, t.conversion)],
);

export const reviewRule = sqliteTable(
  "review_rule",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    affiliate: text("affiliate"),
    currency: text("currency").notNull(),
    maxEventCents: integer("max_event_cents").notNull(),
    maxDayCents: integer("max_day_cents").notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    day: integer("day").notNull().default(0),
    dayCents: integer("day_cents").notNull().default(0),
    endedAt: integer("ended_at"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    uniqueIndex("review_rule_of_affiliate").on(t.app, t.currency, t.affiliate).where(isNull(t.endedAt)),
    uniqueIndex("review_rule_of_all")
      .on(t.app, t.currency)
      .where(sql`${t.endedAt} IS NULL AND ${t.affiliate} IS NULL`),
    index("review_rule_by_time").on(t.app, t.createdAt, t.id).where(isNull(t.endedAt)),
  ],
);

export const correction = sqliteTable(
  "correction",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    amount: integer("amount").notNull(),
    kind: text("kind", { enum: ["correction", "opening", "transfer_return"] }).notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    payout: text("payout"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("correction_unsettled").on(t.app, t.affiliate, t.currency).where(isNull(t.payout)),
    index("correction_of_payout").on(t.app, t.payout).where(isNotNull(t.payout)),
    index("correction_of_affiliate").on(t.app, t.affiliate, t.createdAt, t.id),
  ],
);

export const ledger = sqliteTable(
  "ledger",
  {
    seq: sequence(),
    app: text("app").notNull(),
    kind: text("kind", { enum: ["out", "in", "adjust", "payout", "payout_return"] }).notNull(),
    cause: text("cause").notNull(),
    fact: text("fact").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    conversion: text("conversion"),
    lane: text("lane", { enum: LANES }),
    matureDay: integer("mature_day"),
    net: integer("net").notNull(),
    fee: integer("fee").notNull().default(0),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    unique().on(t.app, t.kind, t.cause),
    index("ledger_by_fact").on(t.app, t.fact),
    index("ledger_by_affiliate").on(t.app, t.affiliate, t.currency, t.createdAt, t.seq),
    index("ledger_by_time").on(t.app, t.createdAt, t.seq),
    index("ledger_by_conversion").on(t.app, t.conversion, t.seq),
  ],
);

export const bucket = sqliteTable(
  "bucket",
  {
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    lane: text("lane", { enum: LANES }).notNull(),
    matureDay: integer("mature_day").notNull(),
    net: integer("net").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.affiliate, t.currency, t.lane, t.matureDay] })],
);

export const total = sqliteTable(
  "total",
  {
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    earnedClear: integer("earned_clear").notNull().default(0),
    earnedReview: integer("earned_review").notNull().default(0),
    earnedHeld: integer("earned_held").notNull().default(0),
    adjust: integer("adjust").notNull().default(0),
    paid: integer("paid").notNull().default(0),
    fee: integer("fee").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.affiliate, t.currency] }),
    index("total_by_currency").on(t.currency, t.app, t.affiliate),
  ],
);

export const bookCheck = sqliteTable(
  "book_check",
  {
    id: text("id").primaryKey(),
    ofApp: text("of_app"),
    actor: text("actor").notNull(),
    checks: integer("checks").notNull(),
    done: integer("done").notNull().default(0),
    found: text("found").notNull().default("[]"),
    startedAt: integer("started_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (t) => [index("book_check_by_time").on(t.startedAt, t.id)],
);
