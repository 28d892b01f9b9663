import type { HealthCheck } from "../domain/health.ts";
import type { JobName } from "../domain/job-names.ts";

interface CheckWords {
  readonly label: string;
  /** What is said, and what to do, by how it stands. */
  readonly advice: Readonly<Record<string, string>>;
}

const CHECKS: Readonly<Record<HealthCheck, CheckWords>> = {
  database: {
    label: "Database",
    advice: {
      good: "It takes writes, and has the tables that this version needs.",
      away: "It cannot be written. See whether it is reached, full or read-only: until then calls are answered 503, and Stripe sends again.",
      behind: "It lacks a migration. Run npm run migrate.",
      ahead: "It has a migration that this version does not know. Deploy the version that made it.",
    },
  },
  jobs: {
    label: "Jobs",
    advice: {
      good: "Each did its work in the last minutes.",
      never: "None has run yet. Wait a minute; then see that the timer, on Workers the cron trigger, is on.",
      stopped: "None has run for minutes. See that the process lives, on Workers that the cron trigger is on.",
      failing: "One of them fails. Its line below says which; the log says why.",
    },
  },
  mail: {
    label: "Mail",
    advice: {
      good: "What is to be sent is sent within minutes.",
      no_way_out: "No way out is set up: set MAIL_URL and MAIL_FROM. Nobody can sign in without it.",
      late: "Mails wait longer than they should. See Deliveries for what is in vain, then the account of your mail provider.",
    },
  },
  payouts: {
    label: "Payouts by Stripe",
    advice: {
      good: "What is to be sent is sent within minutes.",
      late: "Payouts wait for Stripe. See whether the key still holds and Stripe answers; none is sent twice.",
    },
  },
  payments: {
    label: "Stripe payments",
    advice: {
      good: "What is to be decided is decided within minutes.",
      late: "Payments are due and not decided. See that the job decideStripePayments does its work.",
    },
  },
  events: {
    label: "Stripe events",
    advice: {
      good: "They arrive soon after Stripe made them.",
      none: "None came lately.",
      late: "They arrive late: Stripe sends again what the endpoint did not take. See the endpoint's failures in Stripe's dashboard.",
    },
  },
  limits: {
    label: "Limits",
    advice: {
      good: "Every call can be counted.",
      broken: "Calls cannot be counted: clicks pass, money is refused. On Workers see the [[ratelimits]] bindings.",
    },
  },
  errors: {
    label: "Database errors",
    advice: {
      good: "None since this process began.",
      some: "Some calls of the database failed since this process began. The log says which; a few in a day need nothing.",
    },
  },
};

const JOBS: Readonly<Record<JobName, string>> = {
  forgetSalts: "Forgets the salts of former days",
  forgetClicks: "Forgets old clicks",
  forgetStripeEvents: "Forgets Stripe's old events",
  forgetSessions: "Forgets sessions that ended",
  decideStripePayments: "Decides about payments of Stripe's",
  tellConfirmed: "Tells of commissions that have matured",
  draftPayouts: "Drafts batches that a schedule asks for",
  runPayouts: "Goes on with batches that run",
  sendPayouts: "Sends payouts by Stripe",
  forgetMail: "Gives up and forgets old mails",
  queueDigests: "Writes the weekly summaries",
  tellQuietApps: "Tells owners of quiet apps",
  sendMail: "Sends mails",
  forgetWebhooks: "Forgets old webhooks",
  deliverWebhooks: "Sends webhooks",
  finishBulkChanges: "Goes on with changes of many creators",
  finishRevocations: "Finishes revocations",
};

/** Words of the page of the installation's health. */
export const HEALTH = {
  title: "Health",
  lead: "How the installation stands now, and what to do where it does not stand well.",
  all: { good: "All is well", wait: "Something is to be looked at", bad: "Something is wrong" },
  tones: { good: "Well", wait: "Look at it", bad: "Wrong" },
  checks: CHECKS,
  checksTitle: "What is looked at",
  head: { what: "What", state: "State", say: "What to do" },
  adviceOf: (check: HealthCheck, advice: string) => CHECKS[check].advice[advice] ?? advice,
  waiting: (count: number) => (count === 1 ? "One is due" : `${count} are due`),
  since: "the first since",
  jobsTitle: "Jobs",
  jobsLead: "Each runs every minute.",
  jobs: JOBS,
  jobHead: { job: "Job", ok: "Last done", failed: "Last failed", state: "State" },
  never: "–",
  facts: "Numbers",
  factsLead: "Counted by this process alone; where several run, each counts by itself. /metrics has more.",
  schema: "Version of the tables",
  probed: "Last written to try it",
  newestEvent: "Stripe's newest event",
  lag: "Its way here, of the last 50 the longest",
  seconds: (ms: number) => `${Math.round(ms / 1_000).toLocaleString("en-GB")} s`,
  countedSince: "Counted since",
  refusals: "Calls refused for their number",
  limiterErrors: "Calls that could not be counted",
  databaseErrors: "Calls of the database that failed",
} as const;
