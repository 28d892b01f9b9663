// The typed description of the tables; no query is built with it. CHECKs, foreign keys, triggers and STRICT stand in
// schema/migrations alone, which is the authority; test/schema/tables-match-migrations.test.ts holds the two equal in
// everything declared here.
export * from "./programs.ts";
export * from "./tracking.ts";
export * from "./money.ts";
export * from "./stripe.ts";
export * from "./payouts.ts";
export * from "./credits.ts";
export * from "./friend-invitations.ts";
export * from "./joining.ts";
export * from "./log.ts";
export * from "./mail.ts";
export * from "./accounts.ts";
export * from "./console.ts";
export * from "./webhooks.ts";
