/** Every mail that waits in the outbox. Codes to sign in are sent at once and never wait. */
export const MAIL_TEMPLATES = [
  // To a creator.
  "welcome",
  "application_received",
  "application_decided",
  "first_commission",
  "weekly_digest",
  "payout_sent",
  "status_changed",
  "payout_method_changed",
  // To an app's owners.
  "application",
  "payout_due",
  "no_events_7d",
  "webhook_disabled",
  // To somebody whom an owner invites.
  "invitation",
  // To a friend whom an account of the app invites.
  "friend_invitation",
] as const;

export type MailTemplate = (typeof MAIL_TEMPLATES)[number];

/** Those an app's owner may switch off: not what guards money, and not what somebody asked for just now. */
export const SWITCHABLE_MAILS = [
  "welcome",
  "application_received",
  "application_decided",
  "first_commission",
  "weekly_digest",
  "payout_sent",
  "status_changed",
  "application",
  "payout_due",
  "no_events_7d",
] as const satisfies readonly MailTemplate[];

export type SwitchableMail = (typeof SWITCHABLE_MAILS)[number];

/** Those a creator may switch off for themselves: the others are news about their account. */
export const OPTIONAL_MAILS = ["first_commission", "weekly_digest"] as const satisfies readonly MailTemplate[];

export type OptionalMail = (typeof OPTIONAL_MAILS)[number];

export function isOptionalMail(template: string): template is OptionalMail {
  return OPTIONAL_MAILS.some((optional) => optional === template);
}

export function isMailTemplate(template: unknown): template is MailTemplate {
  return MAIL_TEMPLATES.some((known) => known === template);
}

/** What became of a mail. `schema/README.md` says what each means. */
export const MAIL_OUTCOMES = [
  "sent",
  "refused",
  "dead_address",
  "suppressed",
  "switched_off",
  "opted_out",
  "obsolete",
  "expired",
  "unreadable",
] as const;

export type MailOutcome = (typeof MAIL_OUTCOMES)[number];
