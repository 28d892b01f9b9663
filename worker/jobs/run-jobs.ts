import type { Deps } from "../deps.ts";
import { finishRevocations } from "../services/affiliates/void-revoked.ts";

/** How often the jobs run: on Workers by cron, on one machine by a timer. */
export const JOBS_EVERY_MS = 60_000;

/** Everything that is finished outside a request. A run that fails is logged; the next one finds the same work. */
export async function runJobs(deps: Deps): Promise<void> {
  try {
    await finishRevocations(deps);
  } catch (error) {
    deps.log({ level: "error", job: "finishRevocations", error: String(error) });
  }
}
