import type { Deps } from "../../deps.ts";
import type { JobRuns } from "../../domain/health.ts";
import { noteJobs as note } from "../../store/health-store.ts";

/** Notes for the page of the installation's health when jobs did their work, and when they could not. Throws DbError. */
export async function noteJobs(deps: Deps, runs: JobRuns): Promise<void> {
  await deps.db.batch([note(runs)]);
}
