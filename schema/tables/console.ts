import { sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const appSum = sqliteTable(
  "app_sum",
  {
    app: text("app").notNull(),
    currency: text("currency").notNull(),
    captured: integer("captured").notNull().default(0),
    refunded: integer("refunded").notNull().default(0),
    earnedClear: integer("earned_clear").notNull().default(0),
    earnedReview: integer("earned_review").notNull().default(0),
    earnedHeld: integer("earned_held").notNull().default(0),
    adjust: integer("adjust").notNull().default(0),
    paid: integer("paid").notNull().default(0),
    fee: integer("fee").notNull().default(0),
    collected: integer("collected").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.app, t.currency] })],
);

export const bulkChange = sqliteTable(
  "bulk_change",
  {
    id: text("id").primaryKey(),
    action: text("action", { enum: ["approve", "suspend", "reactivate", "revoke", "rate"] }).notNull(),
    reason: text("reason").notNull(),
    actor: text("actor").notNull(),
    undoes: text("undoes"),
    createdAt: integer("created_at").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
  },
  (t) => [
    index("bulk_change_by_time").on(t.createdAt, t.id),
    index("bulk_change_running")
      .on(t.startedAt)
      .where(sql`${t.startedAt} IS NOT NULL AND ${t.endedAt} IS NULL`),
  ],
);

export const bulkLine = sqliteTable(
  "bulk_line",
  {
    change: text("change").notNull(),
    seq: integer("seq").notNull(),
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    rateBps: integer("rate_bps"),
    state: text("state", { enum: ["waiting", "done", "skipped", "failed"] })
      .notNull()
      .default("waiting"),
    wasStatus: text("was_status", { enum: ["applied", "active", "suspended", "revoked"] }),
    wasBps: integer("was_bps"),
    note: text("note"),
  },
  (t) => [
    primaryKey({ columns: [t.change, t.seq] }),
    unique().on(t.change, t.app, t.affiliate),
    index("bulk_line_in_state").on(t.change, t.state, t.seq),
  ],
);
