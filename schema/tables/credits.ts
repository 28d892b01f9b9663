import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const redemption = sqliteTable(
  "redemption",
  {
    app: text("app").notNull(),
    referredAccount: text("referred_account").notNull(),
    id: text("id").notNull(),
    referrerAccount: text("referrer_account").notNull(),
    code: text("code").notNull(),
    status: text("status", { enum: ["pending", "successful", "capped", "revoked"] }).notNull(),
    referrerAward: integer("referrer_award").notNull().default(0),
    referredAward: integer("referred_award").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    completedAt: integer("completed_at"),
    revokedAt: integer("revoked_at"),
    reason: text("reason"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.referredAccount] }),
    unique().on(t.app, t.id),
    index("redemption_by_referrer").on(t.app, t.referrerAccount, t.createdAt),
  ],
);
