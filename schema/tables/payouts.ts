import { index, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const payout = sqliteTable(
  "payout",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    affiliate: text("affiliate").notNull(),
    currency: text("currency").notNull(),
    amount: integer("amount").notNull(),
    throughDay: integer("through_day").notNull(),
    rail: text("rail", { enum: ["manual", "stripe"] }).notNull(),
    status: text("status", { enum: ["processing", "settled", "failed"] }).notNull(),
    attempt: integer("attempt").notNull().default(1),
    reference: text("reference"),
    actor: text("actor").notNull(),
    posted: integer("posted").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    settledAt: integer("settled_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("payout_by_affiliate").on(t.app, t.affiliate, t.currency, t.status),
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
    index("payout_item_by_conversion").on(t.app, t.conversion),
  ],
);
