import { isNotNull, sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
import { integer, sequence } from "./integer.ts";

const RAILS = ["manual", "stripe"] as const;
const PAYERS = ["app", "operator"] as const;

export const payoutPolicy = sqliteTable("payout_policy", {
  app: text("app").primaryKey(),
  rail: text("rail", { enum: RAILS }).notNull().default("manual"),
  schedule: text("schedule", { enum: ["none", "weekly", "monthly"] })
    .notNull()
    .default("none"),
  scheduleDay: integer("schedule_day").notNull().default(1),
  stripeKey: text("stripe_key"),
  changedAt: integer("changed_at").notNull(),
});

export const payoutMinimum = sqliteTable(
  "payout_minimum",
  {
    app: text("app").notNull(),
    currency: text("currency").notNull(),
    cents: integer("cents").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.currency] })],
);

export const payoutMethod = sqliteTable(
  "payout_method",
  {
    seq: sequence(),
    app: text("app").notNull(),
    id: text("id").notNull(),
    affiliate: text("affiliate").notNull(),
    kind: text("kind", { enum: ["paypal", "bank", "stripe", "other", "none"] }).notNull(),
    details: text("details"),
    label: text("label").notNull(),
    payer: text("payer", { enum: PAYERS }),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    unique().on(t.app, t.id),
    unique().on(t.app, t.affiliate, t.id),
    index("payout_method_of_affiliate").on(t.app, t.affiliate, t.seq),
  ],
);

export const stripeRecipient = sqliteTable(
  "stripe_recipient",
  {
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    payer: text("payer", { enum: PAYERS }).notNull(),
    account: text("account").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.affiliate, t.payer] })],
);

export const payoutBatch = sqliteTable(
  "payout_batch",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    kind: text("kind", { enum: ["hand", "schedule", "request"] }).notNull(),
    rail: text("rail", { enum: RAILS }).notNull(),
    payer: text("payer", { enum: PAYERS }).notNull(),
    status: text("status", { enum: ["draft", "approved", "running", "settled", "cancelled"] })
      .notNull()
      .default("draft"),
    throughDay: integer("through_day").notNull(),
    period: text("period"),
    affiliate: text("affiliate"),
    currency: text("currency"),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
    approvedBy: text("approved_by"),
    approvedAt: integer("approved_at"),
    endedAt: integer("ended_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    uniqueIndex("payout_batch_of_period").on(t.app, t.period).where(isNotNull(t.period)),
    uniqueIndex("payout_batch_requested")
      .on(t.app, t.affiliate, t.currency)
      .where(sql`${t.kind} = 'request' AND ${t.status} IN ('draft', 'approved', 'running')`),
    index("payout_batch_by_time").on(t.app, t.createdAt, t.id),
    index("payout_batch_of_all").on(t.createdAt, t.id),
    index("payout_batch_by_status").on(t.status, t.createdAt, t.id),
    index("payout_batch_of_app_by_status").on(t.app, t.status, t.createdAt, t.id),
    index("payout_batch_waiting")
      .on(t.createdAt)
      .where(sql`${t.status} = 'draft'`),
    index("payout_batch_running")
      .on(t.approvedAt)
      .where(sql`${t.status} = 'running'`),
  ],
);

export const payoutLine = sqliteTable(
  "payout_line",
  {
    app: text("app").notNull(),
    batch: text("batch").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    amount: integer("amount").notNull(),
    done: integer("done").notNull().default(0),
    reason: text("reason"),
  },
  (t) => [primaryKey({ columns: [t.app, t.batch, t.affiliate, t.currency] })],
);

export const payout = sqliteTable(
  "payout",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    batch: text("batch").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    amount: integer("amount").notNull(),
    throughDay: integer("through_day").notNull(),
    rail: text("rail", { enum: RAILS }).notNull(),
    payer: text("payer", { enum: PAYERS }).notNull(),
    method: text("method").notNull(),
    status: text("status", { enum: ["processing", "settled", "failed"] })
      .notNull()
      .default("processing"),
    attempt: integer("attempt").notNull().default(1),
    sentAt: integer("sent_at"),
    nextAt: integer("next_at"),
    reference: text("reference"),
    error: text("error"),
    returned: integer("returned").notNull().default(0),
    actor: text("actor").notNull(),
    posted: integer("posted").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    settledAt: integer("settled_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("payout_by_affiliate").on(t.app, t.affiliate, t.currency, t.status),
    index("payout_by_batch").on(t.app, t.batch, t.affiliate, t.currency),
    index("payout_by_time").on(t.app, t.createdAt, t.id),
    index("payout_of_affiliate").on(t.app, t.affiliate, t.createdAt, t.id),
    index("payout_of_batch").on(t.app, t.batch, t.createdAt, t.id),
    index("payout_to_send").on(t.nextAt).where(isNotNull(t.nextAt)),
    index("payout_of_all").on(t.createdAt, t.id),
    index("payout_by_status").on(t.status, t.createdAt, t.id),
    index("payout_of_app_by_status").on(t.app, t.status, t.createdAt, t.id),
    index("payout_of_batch_by_status").on(t.app, t.batch, t.status, t.createdAt, t.id),
    index("payout_by_id").on(t.id),
    index("payout_by_reference").on(t.app, t.reference).where(isNotNull(t.reference)),
    index("payout_failed")
      .on(t.createdAt)
      .where(sql`${t.status} = 'failed'`),
  ],
);

export const payoutItem = sqliteTable(
  "payout_item",
  {
    app: text("app").notNull(),
    payout: text("payout").notNull(),
    conversion: text("conversion").notNull(),
    amount: integer("amount").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.payout, t.conversion] }),
    index("payout_item_by_conversion").on(t.app, t.conversion, t.amount),
  ],
);

export const feeCollection = sqliteTable(
  "fee_collection",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    currency: text("currency").notNull(),
    amount: integer("amount").notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.id] }), index("fee_collection_by_time").on(t.app, t.createdAt, t.id)],
);
