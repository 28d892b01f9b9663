/** Every migration, in order. A new one is added at the end; none is ever changed once released. */
export const MIGRATION_NAMES = [
  "0001_spine",
  "0002_stripe",
  "0003_payouts",
  "0004_mail",
  "0005_accounts",
  "0006_programs",
  "0007_conversion_list",
  "0008_activity",
  "0009_mail_order",
  "0010_credits",
  "0011_friend_invitations",
  "0012_credit_totals",
  "0013_console",
  "0014_book_checks",
  "0015_console_lists",
  "0017_webhooks",
] as const;
