import { primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const mailSuppression = sqliteTable("mail_suppression", {
  address: text("address").primaryKey(),
  reason: text("reason", { enum: ["dead_address", "by_hand"] }).notNull(),
  createdAt: integer("created_at").notNull(),
});

export const mailSwitch = sqliteTable(
  "mail_switch",
  {
    app: text("app").notNull(),
    template: text("template", {
      enum: [
        "welcome",
        "application_received",
        "application_decided",
        "first_commission",
        "weekly_digest",
        "payout_sent",
        "status_changed",
        "application",
        "payout_due",
        "no_events_7d",
      ],
    }).notNull(),
    enabled: integer("enabled").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.template] })],
);

export const mailOptout = sqliteTable(
  "mail_optout",
  {
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    template: text("template", { enum: ["first_commission", "weekly_digest"] }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.affiliate, t.template] })],
);
