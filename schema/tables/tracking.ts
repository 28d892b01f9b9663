import { isNotNull } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const visitorSalt = sqliteTable("visitor_salt", {
  day: integer("day").primaryKey(),
  salt: text("salt").notNull(),
});

export const click = sqliteTable(
  "click",
  {
    app: text("app").notNull(),
    code: text("code").notNull(),
    hour: integer("hour").notNull(),
    visitor: text("visitor").notNull(),
    referrerHost: text("referrer_host"),
    country: text("country"),
    counted: integer("counted").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.app, t.code, t.hour, t.visitor] })],
);

export const codeDay = sqliteTable(
  "code_day",
  {
    app: text("app").notNull(),
    code: text("code").notNull(),
    day: integer("day").notNull(),
    clicks: integer("clicks").notNull().default(0),
    signups: integer("signups").notNull().default(0),
    conversions: integer("conversions").notNull().default(0),
    refunds: integer("refunds").notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.app, t.code, t.day] }), index("code_day_of_day").on(t.app, t.day)],
);

export const appDay = sqliteTable(
  "app_day",
  {
    app: text("app").notNull(),
    day: integer("day").notNull(),
    currency: text("currency").notNull(),
    trust: text("trust", { enum: ["vouched", "public"] }).notNull(),
    captured: integer("captured").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.day, t.currency, t.trust] })],
);

export const requestKey = sqliteTable(
  "request_key",
  {
    app: text("app").notNull(),
    kind: text("kind", { enum: ["signup", "spend", "redeem"] }).notNull(),
    source: text("source", { enum: ["key", "public"] }).notNull(),
    key: text("key").notNull(),
    userId: text("user_id"),
    bodyHash: text("body_hash").notNull(),
    fact: text("fact").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.kind, t.source, t.key] }),
    index("request_key_by_user").on(t.app, t.userId).where(isNotNull(t.userId)),
  ],
);

export const referral = sqliteTable(
  "referral",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    userId: text("user_id"),
    affiliate: text("affiliate").notNull(),
    code: text("code").notNull(),
    trust: text("trust", { enum: ["vouched", "public"] }).notNull(),
    fixedAt: integer("fixed_at"),
    flag: text("flag"),
    emailHmac: text("email_hmac"),
    emailMask: text("email_mask"),
    emailTrust: text("email_trust", { enum: ["vouched", "public"] }),
    customerCreatedAt: integer("customer_created_at"),
    seenAt: integer("seen_at").notNull(),
    createdAt: integer("created_at").notNull(),
    counted: integer("counted").notNull().default(0),
    payment: text("payment"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.userId),
    index("referral_by_affiliate").on(t.app, t.affiliate),
    index("referral_of_app").on(t.app, t.createdAt, t.id),
    index("referral_by_payment").on(t.app, t.payment).where(isNotNull(t.payment)),
  ],
);
