/** What is done outside requests, each by its name in the log, in the order in which a run does it. */
export const JOB_NAMES = [
  "forgetSalts",
  "forgetClicks",
  "forgetStripeEvents",
  "forgetSessions",
  "decideStripePayments",
  "tellConfirmed",
  "draftPayouts",
  "runPayouts",
  "sendPayouts",
  "forgetMail",
  "queueDigests",
  "tellQuietApps",
  "sendMail",
  "forgetWebhooks",
  "deliverWebhooks",
  "finishBulkChanges",
  "finishRevocations",
] as const;
export type JobName = (typeof JOB_NAMES)[number];
