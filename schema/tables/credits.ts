import { isNull } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
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
    byWord: integer("by_word").notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.referredAccount] }),
    unique().on(t.app, t.id),
    index("redemption_by_referrer").on(t.app, t.referrerAccount, t.createdAt),
    index("redemption_by_time").on(t.app, t.createdAt, t.id),
    index("redemption_by_status").on(t.app, t.status, t.createdAt, t.id),
  ],
);

export const tokenKey = sqliteTable(
  "token_key",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    secret: text("secret").notNull(),
    createdAt: integer("created_at").notNull(),
    endsAt: integer("ends_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    uniqueIndex("token_key_that_signs").on(t.app).where(isNull(t.endsAt)),
  ],
);

export const creditAccount = sqliteTable(
  "credit_account",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    code: text("code"),
    emailHmac: text("email_hmac"),
    earned: integer("earned").notNull().default(0),
    revoked: integer("revoked").notNull().default(0),
    spent: integer("spent").notNull().default(0),
    balance: integer("balance").notNull().default(0),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.account] })],
);

export const creditEntry = sqliteTable(
  "credit_entry",
  {
    app: text("app").notNull(),
    kind: text("kind", {
      enum: ["referrer_award", "referee_award", "referrer_revoked", "referee_revoked", "spend"],
    }).notNull(),
    cause: text("cause").notNull(),
    id: text("id").notNull(),
    account: text("account").notNull(),
    amount: integer("amount").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.kind, t.cause, t.account] }),
    unique().on(t.app, t.id),
    index("credit_entry_by_account").on(t.app, t.account, t.createdAt, t.id),
  ],
);

export const creditTotal = sqliteTable("credit_total", {
  app: text("app").primaryKey(),
  awarded: integer("awarded").notNull().default(0),
  takenBack: integer("taken_back").notNull().default(0),
  spent: integer("spent").notNull().default(0),
  open: integer("open").notNull().default(0),
  pending: integer("pending").notNull().default(0),
  successful: integer("successful").notNull().default(0),
  capped: integer("capped").notNull().default(0),
  revoked: integer("revoked").notNull().default(0),
});
