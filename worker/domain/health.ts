import { JOB_NAMES, type JobName } from "./job-names.ts";

/** When a job last did its work, and when it last could not, epoch millis. */
export interface JobRun {
  readonly ok?: number | undefined;
  readonly failed?: number | undefined;
}
export type JobRuns = Readonly<Partial<Record<JobName, JobRun>>>;

/** What waits to be done: how many, counted up to a maximum, and since when the first of them is due. */
export interface Backlog {
  readonly waiting: number;
  readonly dueSince: number | null;
}

/** What is known of an installation. */
export interface HealthFacts {
  readonly database: { readonly ready: true } | { readonly ready: false; readonly why: "away" | "behind" | "ahead" };
  readonly jobs: JobRuns;
  readonly mail: Backlog & { readonly hasWayOut: boolean };
  readonly payouts: Backlog;
  readonly payments: Backlog;
  /** The longest of the newest events between Stripe's making it and its arrival; null: no event yet. */
  readonly eventLagMs: number | null;
  /** Since this process began. */
  readonly limiterErrors: number;
  readonly databaseErrors: number;
}

export const HEALTH_CHECKS = ["database", "jobs", "mail", "payouts", "payments", "events", "limits", "errors"] as const;
export type HealthCheck = (typeof HEALTH_CHECKS)[number];
export type HealthTone = "good" | "wait" | "bad";

/** How something stands, and which of the sentences about it says what to do. */
export interface Verdict {
  readonly check: HealthCheck;
  readonly tone: HealthTone;
  readonly advice: string;
}

const MINUTE_MS = 60_000;
/** Jobs run each minute; at the edge one may be left out. */
const JOBS_LATE_MS = 5 * MINUTE_MS;
const JOBS_STOPPED_MS = 15 * MINUTE_MS;
/** Work that is due is done within a minute or two; much later, something keeps it. */
const LATE_MS = 10 * MINUTE_MS;
const STUCK_MS = 60 * MINUTE_MS;
/** Stripe sends an event in seconds, and again for days to an endpoint that did not take it. */
const LAG_LATE_MS = 15 * MINUTE_MS;
const LAG_BAD_MS = 2 * 60 * MINUTE_MS;

/** How each part stands at `now`, epoch millis, in the order of `HEALTH_CHECKS`. */
export function judgeHealth(facts: HealthFacts, now: number): readonly Verdict[] {
  const { database, mail, payouts, payments, eventLagMs, limiterErrors, databaseErrors } = facts;
  const late = (check: HealthCheck, { dueSince }: Backlog): Verdict => ofBacklog(check, dueSince, now);
  return [
    database.ready ? good("database") : { check: "database", tone: "bad", advice: database.why },
    ofJobs(facts.jobs, now),
    mail.hasWayOut ? late("mail", mail) : { check: "mail", tone: "wait", advice: "no_way_out" },
    late("payouts", payouts),
    late("payments", payments),
    ofLag(eventLagMs),
    limiterErrors > 0 ? { check: "limits", tone: "bad", advice: "broken" } : good("limits"),
    databaseErrors > 0 ? { check: "errors", tone: "wait", advice: "some" } : good("errors"),
  ];
}

/** The worst of several; good where there is none. */
export function worstOf(tones: readonly HealthTone[]): HealthTone {
  if (tones.includes("bad")) return "bad";
  return tones.includes("wait") ? "wait" : "good";
}

/** How one job stands. A failure counts until the job has done its work again. */
export function judgeJob(run: JobRun | undefined, now: number): HealthTone {
  const ok = run?.ok ?? null;
  const hasFailed = (run?.failed ?? -1) > (ok ?? -1);
  if (ok === null) return hasFailed ? "bad" : "wait";
  if (now - ok > JOBS_STOPPED_MS) return "bad";
  return hasFailed || now - ok > JOBS_LATE_MS ? "wait" : "good";
}

function ofJobs(jobs: JobRuns, now: number): Verdict {
  const tone = worstOf(JOB_NAMES.map((name) => judgeJob(jobs[name], now)));
  if (tone === "good") return good("jobs");
  const newest = Math.max(-1, ...JOB_NAMES.map((name) => jobs[name]?.ok ?? -1));
  if (newest === -1) return { check: "jobs", tone, advice: "never" };
  return { check: "jobs", tone, advice: now - newest > JOBS_LATE_MS ? "stopped" : "failing" };
}

function ofBacklog(check: HealthCheck, dueSince: number | null, now: number): Verdict {
  if (dueSince === null || now - dueSince <= LATE_MS) return good(check);
  return { check, tone: now - dueSince > STUCK_MS ? "bad" : "wait", advice: "late" };
}

function ofLag(lagMs: number | null): Verdict {
  if (lagMs === null) return { check: "events", tone: "good", advice: "none" };
  if (lagMs <= LAG_LATE_MS) return good("events");
  return { check: "events", tone: lagMs > LAG_BAD_MS ? "bad" : "wait", advice: "late" };
}

function good(check: HealthCheck): Verdict {
  return { check, tone: "good", advice: "good" };
}
