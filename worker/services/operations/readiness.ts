import { type Db, DbError } from "../../store/db.ts";
import { MIGRATION_NAMES } from "../../store/migration-names.ts";
import { probe, readMigrations } from "../../store/probe-store.ts";

/** Whether calls can be served: by which migration, or why not. */
export type Readiness =
  | { readonly ready: true; readonly schema: string }
  | {
      readonly ready: false;
      /** `away`: it cannot be written. `behind`: it lacks a migration. `ahead`: it has one that this code does not know. */
      readonly why: "away" | "behind" | "ahead";
    };

/** Tells whether the database takes writes and has the tables this code expects. */
export interface ReadinessProbe {
  readonly check: () => Promise<Readiness>;
}

/** An outcome is told for this long: whoever asks without end writes no more than this often. */
const TOLD_FOR_MS = 10_000;
/** A probe takes at most 8 s (`HTTP_LIMITS`). One that has not ended by then was cut off with the request it ran for. */
const PROBE_MS = 10_000;

/**
 * Writes to the database, at most once in `TOLD_FOR_MS` and one at a time. Whoever asks meanwhile is told the last outcome,
 * for at the edge no request can wait for another's work; before there is one, that it is not ready.
 */
export function createReadinessProbe({ db, now }: { db: Db; now: () => number }): ReadinessProbe {
  let told: { readonly readiness: Readiness; readonly at: number } | null = null;
  let probingSince: number | null = null;
  return {
    async check() {
      const askedAt = now();
      if (told !== null && askedAt - told.at < TOLD_FOR_MS) return told.readiness;
      if (probingSince !== null && askedAt - probingSince < PROBE_MS) return told?.readiness ?? NOT_YET;
      probingSince = askedAt;
      const readiness = await probeOnce(db, askedAt);
      told = { readiness, at: now() };
      probingSince = null;
      return readiness;
    },
  };
}

const NOT_YET: Readiness = { ready: false, why: "away" };

async function probeOnce(db: Db, now: number): Promise<Readiness> {
  try {
    return compare(readMigrations(await db.batch(probe(now))));
  } catch (error) {
    // A database without our tables takes no statement about them.
    const isEmpty = error instanceof DbError && error.kind === "invalid";
    return { ready: false, why: isEmpty ? "behind" : "away" };
  }
}

function compare(applied: readonly string[]): Readiness {
  if (MIGRATION_NAMES.some((name) => !applied.includes(name))) return { ready: false, why: "behind" };
  const [newest = ""] = MIGRATION_NAMES.slice(-1);
  const known: readonly string[] = MIGRATION_NAMES;
  return applied.every((name) => known.includes(name))
    ? { ready: true, schema: newest }
    : { ready: false, why: "ahead" };
}
