import { isNotNull, isNull, sql } from "drizzle-orm";
import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer, sequence } from "./integer.ts";

export const event = sqliteTable(
  "event",
  {
    app: text("app").notNull(),
    seq: integer("seq").notNull(),
    kind: text("kind").notNull(),
    fact: text("fact").notNull(),
    payload: text("payload").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.seq] }), unique().on(t.app, t.kind, t.fact)],
);

export const outbox = sqliteTable(
  "outbox",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    kind: text("kind").notNull(),
    payload: text("payload").notNull(),
    attempt: integer("attempt").notNull().default(0),
    nextAt: integer("next_at").notNull(),
    doneAt: integer("done_at"),
    createdAt: integer("created_at").notNull(),
    outcome: text("outcome"),
    lease: text("lease"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    index("outbox_waiting").on(t.nextAt).where(isNull(t.doneAt)),
    index("outbox_urgent")
      .on(t.nextAt)
      .where(sql`${t.doneAt} is null and substr(${t.id}, 1, 10) <> 'mail.week.'`),
    index("outbox_ended")
      .on(t.doneAt)
      .where(sql`${t.doneAt} is not null and substr(${t.id}, 1, 22) <> 'mail.first_commission.'`),
    index("outbox_by_outcome").on(t.outcome),
    index("outbox_of_app").on(t.app),
    index("outbox_of_app_by_outcome").on(t.app, t.outcome),
    index("outbox_lost")
      .on(t.doneAt)
      .where(sql`${t.outcome} IN ('refused', 'dead_address', 'expired', 'unreadable')`),
  ],
);

export const drop = sqliteTable(
  "drop",
  {
    seq: sequence(),
    app: text("app").notNull(),
    kind: text("kind").notNull(),
    reason: text("reason").notNull(),
    code: text("code"),
    userId: text("user_id"),
    createdAt: integer("created_at").notNull(),
    body: text("body"),
    rerunAt: integer("rerun_at"),
  },
  (t) => [
    index("drop_by_app").on(t.app, t.seq),
    index("drop_by_user").on(t.app, t.userId, t.seq).where(isNotNull(t.userId)),
  ],
);

export const audit = sqliteTable(
  "audit",
  {
    seq: sequence(),
    app: text("app").notNull(),
    id: text("id").notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    object: text("object").notNull(),
    before: text("before"),
    after: text("after"),
    reason: text("reason"),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    unique().on(t.app, t.id),
    index("audit_by_app").on(t.app, t.seq),
    index("audit_by_action").on(t.app, t.action, t.seq),
    index("audit_by_object").on(t.app, t.object, t.seq),
    index("audit_of_all_by_object").on(t.object, t.seq),
    index("audit_of_all_by_action").on(t.action, t.seq),
    index("audit_by_actor").on(t.actor, t.seq),
    index("audit_by_actor_and_action").on(t.actor, t.action, t.seq),
    index("audit_of_app_by_actor").on(t.app, t.actor, t.seq),
    index("audit_of_app_by_actor_and_action").on(t.app, t.actor, t.action, t.seq),
  ],
);
