import type { Deps } from "../deps.ts";
import type { JobRuns } from "../domain/health.ts";
import { JOB_NAMES, type JobName } from "../domain/job-names.ts";
import { dayOf } from "../domain/maturation.ts";
import { forgetSessions } from "../services/accounts/forget-sessions.ts";
import { finishBulkChanges } from "../services/affiliates/bulk-change.ts";
import { finishRevocations } from "../services/affiliates/void-revoked.ts";
import { tellConfirmed } from "../services/events/tell-confirmed.ts";
import { forgetMail } from "../services/mail/forget-mail.ts";
import { queueDigests } from "../services/mail/queue-digests.ts";
import { tellQuietApps } from "../services/mail/tell-quiet-apps.ts";
import { sendDueMail } from "../services/mail/send-due-mail.ts";
import { noteJobs } from "../services/operations/note-jobs.ts";
import { draftScheduled } from "../services/payouts/draft-scheduled.ts";
import { runBatches } from "../services/payouts/run-batch.ts";
import { sendDuePayouts } from "../services/payouts/send-due-payouts.ts";
import { decideDuePayments } from "../services/stripe/decide-due-payments.ts";
import { forgetStripeEvents } from "../services/stripe/forget-events.ts";
import { deliverWebhooks } from "../services/webhooks/deliver-webhooks.ts";
import { forgetWebhooks } from "../services/webhooks/forget-webhooks.ts";
import { forgetClicks } from "../services/track/forget-clicks.ts";

/** How often the jobs run: on Workers by cron, on one machine by a timer. */
export const JOBS_EVERY_MS = 60_000;

const JOBS: Readonly<Record<JobName, (deps: Deps) => Promise<void>>> = {
  forgetSalts: ({ salts, now }) => salts.forget(dayOf(now())),
  forgetClicks,
  forgetStripeEvents,
  forgetSessions,
  decideStripePayments: decideDuePayments,
  tellConfirmed,
  draftPayouts: draftScheduled,
  runPayouts: runBatches,
  sendPayouts: sendDuePayouts,
  forgetMail,
  queueDigests,
  tellQuietApps,
  sendMail: sendDueMail,
  forgetWebhooks,
  deliverWebhooks: (deps) => deliverWebhooks(deps),
  finishBulkChanges,
  // The longest comes last: where a run may make only so many calls, it cannot keep the others from theirs.
  finishRevocations,
};

/** Everything that is done outside a request. A job that fails is logged and keeps no other; the next run finds the same work. */
export async function runJobs(deps: Deps): Promise<void> {
  const runs: Record<string, JobRuns[JobName]> = {};
  for (const job of JOB_NAMES) runs[job] = { [(await runJob(deps, job)) ? "ok" : "failed"]: deps.now() };
  await attempt(deps, "noteJobs", () => noteJobs(deps, runs));
}

async function runJob(deps: Deps, job: JobName): Promise<boolean> {
  deps.metrics.add("agentlinks_job_runs_total", { job });
  const isDone = await attempt(deps, job, () => JOBS[job](deps));
  if (isDone) deps.metrics.set("agentlinks_job_last_success_timestamp_seconds", { job }, deps.now() / 1_000);
  else deps.metrics.add("agentlinks_job_failures_total", { job });
  return isDone;
}

/** Whether it came to its end. */
async function attempt(deps: Deps, job: string, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    deps.log({ level: "error", job, error: String(error) });
    return false;
  }
}
