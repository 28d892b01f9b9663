import { isNotNull, sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const webhookEndpoint = sqliteTable(
  "webhook_endpoint",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    url: text("url").notNull(),
    description: text("description"),
    kinds: text("kinds"),
    secret: text("secret"),
    secretPrefix: text("secret_prefix").notNull(),
    previousSecret: text("previous_secret"),
    previousUntil: integer("previous_until"),
    status: text("status", { enum: ["active", "disabled", "deleted"] })
      .notNull()
      .default("active"),
    disabledReason: text("disabled_reason", { enum: ["owner", "failing", "gone"] }),
    afterSeq: integer("after_seq").notNull(),
    failingSince: integer("failing_since"),
    lastFailureAt: integer("last_failure_at"),
    lastSuccessAt: integer("last_success_at"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("webhook_endpoint_active")
      .on(t.app, t.id)
      .where(sql`${t.status} = 'active'`),
    index("webhook_endpoint_deleted")
      .on(t.app, t.id)
      .where(sql`${t.status} = 'deleted'`),
    index("webhook_endpoint_failing")
      .on(t.failingSince, t.app, t.id)
      .where(sql`${t.failingSince} IS NOT NULL AND ${t.status} <> 'deleted'`),
  ],
);

export const webhookDelivery = sqliteTable(
  "webhook_delivery",
  {
    app: text("app").notNull(),
    endpoint: text("endpoint").notNull(),
    seq: integer("seq").notNull(),
    kind: text("kind").notNull(),
    object: text("object").notNull(),
    status: text("status", { enum: ["waiting", "delivered", "failed"] }).notNull(),
    attempts: integer("attempts").notNull().default(0),
    nextAt: integer("next_at"),
    lease: text("lease"),
    leasedUntil: integer("leased_until"),
    lastStatus: integer("last_status"),
    lastError: text("last_error", {
      enum: ["timeout", "connection", "tls", "name", "not_public", "redirect", "status", "secret", "skipped"],
    }),
    createdAt: integer("created_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.endpoint, t.seq] }),
    index("webhook_delivery_due").on(t.app, t.endpoint, t.nextAt, t.seq).where(isNotNull(t.nextAt)),
    index("webhook_delivery_waiting")
      .on(t.app, t.endpoint, t.object, t.seq)
      .where(sql`${t.status} = 'waiting'`),
    index("webhook_delivery_by_age").on(t.app, t.endpoint, t.createdAt, t.seq),
    index("webhook_delivery_by_status").on(t.app, t.endpoint, t.status, t.createdAt, t.seq),
    index("webhook_delivery_ended").on(t.endedAt).where(isNotNull(t.endedAt)),
  ],
);

export const webhookAttempt = sqliteTable(
  "webhook_attempt",
  {
    app: text("app").notNull(),
    endpoint: text("endpoint").notNull(),
    seq: integer("seq").notNull(),
    attempt: integer("attempt").notNull(),
    at: integer("at").notNull(),
    durationMs: integer("duration_ms").notNull(),
    status: integer("status"),
    error: text("error", {
      enum: ["timeout", "connection", "tls", "name", "not_public", "redirect", "status", "secret"],
    }),
    excerpt: text("excerpt"),
    manual: integer("manual").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.endpoint, t.seq, t.attempt] })],
);
