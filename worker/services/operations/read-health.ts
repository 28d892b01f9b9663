import type { Deps } from "../../deps.ts";
import { type HealthFacts, judgeHealth, type Verdict } from "../../domain/health.ts";
import { readStoredHealth, type StoredHealth } from "../../store/health-store.ts";
import type { Metrics } from "./metrics.ts";
import type { Readiness } from "./readiness.ts";

/** How the installation stands, part by part, with what that is told by. */
export interface Health extends StoredHealth {
  readonly readiness: Readiness;
  readonly verdicts: readonly Verdict[];
  /** Calls refused for their number, those that could not be counted, and failed calls of the database, since `countedSince`. */
  readonly refusals: number;
  readonly limiterErrors: number;
  readonly databaseErrors: number;
  /** When this process began to count. */
  readonly countedSince: number;
  readonly hasMail: boolean;
}

/** How the installation stands. Throws DbError when the database cannot be read. */
export async function readHealth(deps: Deps): Promise<Health> {
  const now = deps.now();
  const readiness = await deps.readiness.check();
  const stored = await readStoredHealth(deps.db, now);
  const [refusals, limiterErrors, databaseErrors] = [
    sumOf(deps.metrics, "agentlinks_limit_refusals_total"),
    sumOf(deps.metrics, "agentlinks_limiter_errors_total"),
    sumOf(deps.metrics, "agentlinks_database_errors_total"),
  ];
  const hasMail = deps.mail !== null;
  const facts: HealthFacts = {
    ...stored,
    database: readiness,
    mail: { ...stored.mail, hasWayOut: hasMail },
    limiterErrors,
    databaseErrors,
  };
  return {
    ...stored,
    readiness,
    verdicts: judgeHealth(facts, now),
    refusals,
    limiterErrors,
    databaseErrors,
    countedSince: sumOf(deps.metrics, "process_start_time_seconds") * 1_000,
    hasMail,
  };
}

function sumOf(metrics: Metrics, name: string): number {
  const family = metrics.read().find((one) => one.name === name);
  return (family?.series ?? []).reduce((sum, { value }) => sum + value, 0);
}
