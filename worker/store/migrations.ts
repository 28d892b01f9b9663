import spine from "../../schema/migrations/0001_spine.sql";
import stripe from "../../schema/migrations/0002_stripe.sql";
import payouts from "../../schema/migrations/0003_payouts.sql";
import mail from "../../schema/migrations/0004_mail.sql";
import accounts from "../../schema/migrations/0005_accounts.sql";
import programs from "../../schema/migrations/0006_programs.sql";
import conversionList from "../../schema/migrations/0007_conversion_list.sql";
import activity from "../../schema/migrations/0008_activity.sql";
import mailOrder from "../../schema/migrations/0009_mail_order.sql";
import credits from "../../schema/migrations/0010_credits.sql";
import friendInvitations from "../../schema/migrations/0011_friend_invitations.sql";
import creditTotals from "../../schema/migrations/0012_credit_totals.sql";
import console from "../../schema/migrations/0013_console.sql";
import bookChecks from "../../schema/migrations/0014_book_checks.sql";
import consoleLists from "../../schema/migrations/0015_console_lists.sql";
import events from "../../schema/migrations/0016_events.sql";
import webhooks from "../../schema/migrations/0017_webhooks.sql";
import alike from "../../schema/migrations/0018_alike.sql";
import clickCount from "../../schema/migrations/0019_click_count.sql";
import type { Migration } from "./migrate.ts";
import { MIGRATION_NAMES } from "./migration-names.ts";

const SQL: Readonly<Record<(typeof MIGRATION_NAMES)[number], string>> = {
  "0001_spine": spine,
  "0002_stripe": stripe,
  "0003_payouts": payouts,
  "0004_mail": mail,
  "0005_accounts": accounts,
  "0006_programs": programs,
  "0007_conversion_list": conversionList,
  "0008_activity": activity,
  "0009_mail_order": mailOrder,
  "0010_credits": credits,
  "0011_friend_invitations": friendInvitations,
  "0012_credit_totals": creditTotals,
  "0013_console": console,
  "0014_book_checks": bookChecks,
  "0015_console_lists": consoleLists,
  "0016_events": events,
  "0017_webhooks": webhooks,
  "0018_alike": alike,
  "0019_click_count": clickCount,
};

/** The migrations with their text, which the edge door has no use for. */
export const MIGRATIONS: readonly Migration[] = MIGRATION_NAMES.map((name) => ({ name, sql: SQL[name] }));
