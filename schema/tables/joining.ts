import { index, primaryKey, sqliteTable, text, unique } from "drizzle-orm/sqlite-core";
import { integer } from "./integer.ts";

export const programTerms = sqliteTable(
  "program_terms",
  {
    app: text("app").notNull(),
    version: integer("version").notNull(),
    text: text("text").notNull(),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.version] })],
);

export const termsAcceptance = sqliteTable(
  "terms_acceptance",
  {
    app: text("app").notNull(),
    affiliate: text("affiliate").notNull(),
    version: integer("version").notNull(),
    shown: text("shown").notNull(),
    acceptedAt: integer("accepted_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.app, t.affiliate, t.version] })],
);

export const invitation = sqliteTable(
  "invitation",
  {
    app: text("app").notNull(),
    id: text("id").notNull(),
    email: text("email"),
    name: text("name"),
    rateBps: integer("rate_bps"),
    actor: text("actor").notNull(),
    createdAt: integer("created_at").notNull(),
    acceptedAt: integer("accepted_at"),
    withdrawnAt: integer("withdrawn_at"),
  },
  (t) => [
    primaryKey({ columns: [t.app, t.id] }),
    unique().on(t.app, t.email),
    index("invitation_by_time").on(t.app, t.createdAt, t.id),
  ],
);

export const tagChoice = sqliteTable("tag_choice", {
  app: text("app").primaryKey(),
  cookieDays: integer("cookie_days").notNull().default(60),
  attribution: text("attribution", { enum: ["last", "first"] })
    .notNull()
    .default("last"),
  changedAt: integer("changed_at").notNull(),
});
