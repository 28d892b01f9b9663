import { sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer, sequence } from "./integer.ts";

export const setting = sqliteTable("setting", {
  key: text("key").primaryKey(),
  value: text("value").notNull(),
});

export const app = sqliteTable(
  "app",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    mode: text("mode", { enum: ["live", "test"] }).notNull(),
    currency: text("currency").notNull(),
    domain: text("domain"),
    conversions: text("conversions", { enum: ["open", "matched", "keyed"] })
      .notNull()
      .default("open"),
    holdingDays: integer("holding_days").notNull().default(14),
    platformFeeBps: integer("platform_fee_bps"),
    maxMonths: integer("max_months"),
    origins: text("origins").notNull().default("[]"),
    maxEventCents: integer("max_event_cents"),
    maxDayCents: integer("max_day_cents"),
    dedupeSeconds: integer("dedupe_seconds").notNull().default(10),
    newCustomersOnly: integer("new_customers_only").notNull().default(0),
    approval: text("approval", { enum: ["auto", "manual"] })
      .notNull()
      .default("auto"),
    operatorFunded: integer("operator_funded").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    creditReferrerAward: integer("credit_referrer_award").notNull().default(100),
    creditRefereeAward: integer("credit_referee_award").notNull().default(100),
    creditCap: integer("credit_cap").notNull().default(10_000),
    creditQualifyingEvent: text("credit_qualifying_event", { enum: ["signup", "first_payment"] })
      .notNull()
      .default("signup"),
    creditBonusWhenCapped: integer("credit_bonus_when_capped").notNull().default(1),
    creditPendingDays: integer("credit_pending_days").default(90),
    creditAccounts: text("credit_accounts", { enum: ["all", "listed", "none"] })
      .notNull()
      .default("all"),
    creditCountries: text("credit_countries").notNull().default("[]"),
    creditShareUrl: text("credit_share_url"),
    creditAbout: text("credit_about"),
  },
  (t) => [index("app_by_time").on(t.createdAt, t.id), index("app_by_name").on(t.name)],
);

export const appOrigin = sqliteTable(
  "app_origin",
  {
    origin: text("origin").notNull(),
    app: text("app").notNull(),
  },
  (t) => [primaryKey({ columns: [t.origin, t.app] }), index("app_origin_by_app").on(t.app)],
);

export const appFlag = sqliteTable(
  "app_flag",
  {
    app: text("app").notNull(),
    flag: text("flag", { enum: ["platform_referrals", "settings_affiliates"] }).notNull(),
    enabled: integer("enabled").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.flag] })],
);

export const joinPolicy = sqliteTable("join_policy", {
  app: text("app").primaryKey(),
  accounts: text("accounts", { enum: ["all", "listed", "none"] })
    .notNull()
    .default("all"),
  countries: text("countries").notNull().default("[]"),
  changedAt: integer("changed_at").notNull(),
});

export const joinAccount = sqliteTable(
  "join_account",
  {
    app: text("app").notNull(),
    accountId: text("account_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.accountId] })],
);

export const apiKey = sqliteTable(
  "api_key",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    hash: text("hash").notNull(),
    prefix: text("prefix").notNull(),
    last4: text("last4").notNull(),
    scopes: text("scopes").notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    revokedAt: integer("revoked_at"),
    lastUsedOn: integer("last_used_on"),
    affiliate: text("affiliate"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("api_key_by_hash").on(t.hash),
    index("api_key_by_time")
      .on(t.app, t.createdAt, t.id)
      .where(sql`${t.revokedAt} IS NULL AND ${t.affiliate} IS NULL`),
    index("api_key_of_affiliate")
      .on(t.app, t.affiliate, t.createdAt, t.id)
      .where(sql`${t.affiliate} IS NOT NULL AND ${t.revokedAt} IS NULL`),
  ],
);

export const affiliate = sqliteTable(
  "affiliate",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    email: text("email"),
    emailHmac: text("email_hmac"),
    name: text("name"),
    accountId: text("account_id"),
    code: text("code").notNull(),
    status: text("status", { enum: ["applied", "active", "suspended", "revoked"] })
      .notNull()
      .default("active"),
    revokedAt: integer("revoked_at"),
    voided: integer("voided").notNull().default(0),
    createdAt: integer("created_at").notNull(),
    statusAt: integer("status_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.email),
    unique().on(t.app, t.accountId),
    index("affiliate_by_time").on(t.app, t.createdAt, t.id),
    index("affiliate_by_email")
      .on(t.email, t.createdAt)
      .where(sql`${t.email} IS NOT NULL`),
    index("affiliate_applied")
      .on(t.app, t.createdAt, t.id)
      .where(sql`${t.status} = 'applied'`),
    index("affiliate_to_void")
      .on(t.app, t.id)
      .where(sql`${t.status} = 'revoked' AND ${t.voided} = 0`),
    index("affiliate_of_all").on(t.createdAt, t.id),
    index("affiliate_of_status").on(t.status, t.createdAt, t.id),
    index("affiliate_of_app_status").on(t.app, t.status, t.createdAt, t.id),
    index("affiliate_by_id").on(t.id),
    index("affiliate_by_account")
      .on(t.accountId)
      .where(sql`${t.accountId} IS NOT NULL`),
    index("affiliate_by_name")
      .on(t.name)
      .where(sql`${t.name} IS NOT NULL`),
  ],
);

export const code = sqliteTable(
  "code",
  {
    code: text("code").primaryKey(),
    app: text("app").notNull(),
    affiliate: text("affiliate"),
    account: text("account"),
    ref: text("ref").notNull(),
    state: text("state", { enum: ["active", "retired", "revoked"] })
      .notNull()
      .default("active"),
    expiresAt: integer("expires_at"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    index("code_by_affiliate").on(t.app, t.affiliate),
    index("code_by_account")
      .on(t.app, t.account)
      .where(sql`${t.account} IS NOT NULL`),
  ],
);

export const rate = sqliteTable(
  "rate",
  {
    seq: sequence(),
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull().default(""),
    bps: integer("bps"),
    effectiveFrom: integer("effective_from").notNull(),
    actor: text("actor").notNull(),
  },
  (t) => [index("rate_in_force").on(t.app, t.affiliate, t.effectiveFrom, t.seq)],
);
