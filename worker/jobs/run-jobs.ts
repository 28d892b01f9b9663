import type { Deps } from "../deps.ts";
import { dayOf } from "../domain/maturation.ts";
import { forgetSessions } from "../services/accounts/forget-sessions.ts";
import { finishBulkChanges } from "../services/affiliates/bulk-change.ts";
import { finishRevocations } from "../services/affiliates/void-revoked.ts";
import { forgetMail } from "../services/mail/forget-mail.ts";
import { queueDigests } from "../services/mail/queue-digests.ts";
import { tellQuietApps } from "../services/mail/tell-quiet-apps.ts";
import { sendDueMail } from "../services/mail/send-due-mail.ts";
import { draftScheduled } from "../services/payouts/draft-scheduled.ts";
import { runBatches } from "../services/payouts/run-batch.ts";
import { sendDuePayouts } from "../services/payouts/send-due-payouts.ts";
import { decideDuePayments } from "../services/stripe/decide-due-payments.ts";
import { forgetStripeEvents } from "../services/stripe/forget-events.ts";
import { forgetClicks } from "../services/track/forget-clicks.ts";

/** How often the jobs run: on Workers by cron, on one machine by a timer. */
export const JOBS_EVERY_MS = 60_000;

/** By the names they have in the log. */
const JOBS: Readonly<Record<string, (deps: Deps) => Promise<void>>> = {
  forgetSalts: ({ salts, now }) => salts.forget(dayOf(now())),
  forgetClicks,
  forgetStripeEvents,
  forgetSessions,
  decideStripePayments: decideDuePayments,
  draftPayouts: draftScheduled,
  runPayouts: runBatches,
  sendPayouts: sendDuePayouts,
  forgetMail,
  queueDigests,
  tellQuietApps,
  sendMail: sendDueMail,
  finishBulkChanges,
  // The longest comes last: where a run may make only so many calls, it cannot keep the others from theirs.
  finishRevocations,
};

/** Everything that is done outside a request. A job that fails is logged and keeps no other; the next run finds the same work. */
export async function runJobs(deps: Deps): Promise<void> {
  for (const [job, run] of Object.entries(JOBS)) {
    try {
      deps.metrics.add("agentlinks_job_runs_total", { job });
      await run(deps);
      deps.metrics.set("agentlinks_job_last_success_timestamp_seconds", { job }, deps.now() / 1_000);
    } catch (error) {
      deps.metrics.add("agentlinks_job_failures_total", { job });
      deps.log({ level: "error", job, error: String(error) });
    }
  }
}
