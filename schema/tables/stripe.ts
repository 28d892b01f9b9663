import { isNotNull, sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique, uniqueIndex } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const stripeConnection = sqliteTable(
  "stripe_connection",
  {
    app: text("app").primaryKey(),
    livemode: integer("livemode").notNull(),
    account: text("account"),
    webhookSecrets: text("webhook_secrets"),
    restrictedKey: text("restricted_key"),
    netOfTax: integer("net_of_tax").notNull().default(1),
    bareRefs: integer("bare_refs").notNull().default(0),
    outOfBand: integer("out_of_band").notNull().default(0),
    connectedAt: integer("connected_at"),
    changedAt: integer("changed_at").notNull(),
  },
  (t) => [uniqueIndex("stripe_connection_of_account").on(t.account, t.livemode).where(isNotNull(t.account))],
);

export const stripeOauthState = sqliteTable(
  "stripe_oauth_state",
  {
    app: text("app").notNull(),
    hash: text("hash").notNull(),
    actor: text("actor").notNull(),
    expiresAt: integer("expires_at").notNull(),
    usedAt: integer("used_at"),
  },
  (t) => [primaryKey({ columns: [t.app, t.hash] }), index("stripe_oauth_state_by_end").on(t.expiresAt)],
);

export const stripeEvent = sqliteTable(
  "stripe_event",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    id: text("id").notNull(),
    type: text("type").notNull(),
    object: text("object"),
    subject: text("subject"),
    reason: text("reason"),
    facts: text("facts"),
    createdAt: integer("created_at").notNull(),
    receivedAt: integer("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id, t.account, t.livemode] }),
    index("stripe_event_by_time").on(t.app, t.receivedAt, t.id),
    index("stripe_event_by_subject").on(t.app, t.subject).where(isNotNull(t.subject)),
    index("stripe_event_to_forget").on(t.receivedAt),
    index("stripe_event_of_app").on(t.app, t.receivedAt),
  ],
);

export const stripeBinding = sqliteTable(
  "stripe_binding",
  {
    app: text("app").notNull(),
    object: text("object").notNull(),
    says: text("says", { enum: ["ref", "user"] }).notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    fromAt: integer("from_at").notNull(),
    value: text("value").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.object, t.says, t.account, t.livemode, t.fromAt, t.value] }),
    index("stripe_binding_of_user")
      .on(t.app, t.value)
      .where(sql`${t.says} = 'user'`),
  ],
);

export const stripeCustomer = sqliteTable(
  "stripe_customer",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    id: text("id").notNull(),
    createdAt: integer("created_at"),
    emailHmac: text("email_hmac"),
    emailMask: text("email_mask"),
  },
  (t) => [primaryKey({ columns: [t.app, t.id, t.account, t.livemode] })],
);

export const stripeObject = sqliteTable(
  "stripe_object",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    id: text("id").notNull(),
    form: text("form", { enum: ["invoice", "session", "payment_intent", "charge"] }).notNull(),
    payment: text("payment").notNull(),
    claim: text("claim").notNull(),
    customer: text("customer"),
    subscription: text("subscription"),
    promotions: text("promotions").notNull().default("[]"),
    code: text("code"),
    codeRank: integer("code_rank"),
    bareCode: text("bare_code"),
    userId: text("user_id"),
    emailHmac: text("email_hmac"),
    emailMask: text("email_mask"),
    currency: text("currency"),
    captured: integer("captured"),
    base: integer("base"),
    occurredAt: integer("occurred_at"),
    settlement: text("settlement", { enum: ["on_stripe", "out_of_band", "assumed", "unknown"] }).notNull(),
    ofInvoice: integer("of_invoice").notNull(),
    receivedAt: integer("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.account, t.livemode, t.id] }),
    unique().on(t.app, t.claim),
    index("stripe_object_by_payment").on(t.app, t.payment),
    index("stripe_object_by_customer").on(t.app, t.customer, t.receivedAt).where(isNotNull(t.customer)),
    index("stripe_object_by_subscription").on(t.app, t.subscription, t.receivedAt).where(isNotNull(t.subscription)),
    index("stripe_object_with_promotions")
      .on(t.app, t.receivedAt)
      .where(sql`${t.promotions} <> '[]'`),
    index("stripe_object_by_user").on(t.app, t.userId).where(isNotNull(t.userId)),
  ],
);

export const stripePayment = sqliteTable(
  "stripe_payment",
  {
    app: text("app").notNull(),
    payment: text("payment").notNull(),
    account: text("account").notNull(),
    livemode: integer("livemode").notNull(),
    state: text("state", { enum: ["parked", "deciding", "counted", "closed"] }).notNull(),
    reason: text("reason"),
    userId: text("user_id"),
    code: text("code"),
    codeRank: integer("code_rank"),
    origin: text("origin"),
    affiliate: text("affiliate"),
    attribution: text("attribution", { enum: ["vouched", "public"] }),
    seenAt: integer("seen_at"),
    lookAt: integer("look_at"),
    attempts: integer("attempts").notNull().default(0),
    askedAt: integer("asked_at"),
    receivedAt: integer("received_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.payment] }),
    index("stripe_payment_due").on(t.lookAt).where(isNotNull(t.lookAt)),
    index("stripe_payment_due_of_app").on(t.app, t.lookAt).where(isNotNull(t.lookAt)),
    index("stripe_payment_by_user").on(t.app, t.userId).where(isNotNull(t.userId)),
  ],
);
