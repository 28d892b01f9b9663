import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const friendInvitation = sqliteTable(
  "friend_invitation",
  {
    app: text("app").notNull(),
    account: text("account").notNull(),
    address: text("address").notNull(),
    id: text("id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.account, t.address] }),
    unique().on(t.app, t.id),
    index("friend_invitation_of_account").on(t.app, t.account, t.createdAt),
    index("friend_invitation_by_time").on(t.app, t.createdAt),
    index("friend_invitation_by_address").on(t.app, t.address),
  ],
);

export const friendInvitationOptout = sqliteTable(
  "friend_invitation_optout",
  {
    app: text("app").notNull(),
    address: text("address").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.address] })],
);
