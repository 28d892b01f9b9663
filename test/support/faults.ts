import { type Db, DbError } from "../../worker/store/db.ts";

/**
 * What happens to calls on the way to the database. `away`: none arrives. `read-only`: no batch arrives. `lost-answer`:
 * a batch is applied, and nobody learns of it. `repeated`: a batch is applied twice, as a store does after a lost
 * answer, and the second answer counts. `broken`: the driver throws something nobody expects.
 */
export type DbFault = "none" | "away" | "read-only" | "lost-answer" | "repeated" | "broken";

export interface FaultyDb extends Db {
  /** From now on every call meets this fault. `after` lets that many batches pass before. */
  readonly fault: (fault: DbFault, after?: number) => void;
  /** Calls that the product has made of it, those that met a fault too. */
  readonly calls: () => number;
}

/** What a driver could say that no caller may read. */
export const DRIVER_SECRET = "connection to db-7.internal as root:hunter2 failed";

/** A database whose line can be cut. */
export function withFaults(inner: Db): FaultyDb {
  let fault: DbFault = "none";
  let passes = 0;
  let calls = 0;
  return {
    fault: (next, after = 0) => {
      fault = next;
      passes = after;
    },
    calls: () => calls,
    async batch(statements) {
      calls += 1;
      if (passes > 0) {
        passes -= 1;
        return inner.batch(statements);
      }
      refuse(fault, { writing: true });
      if (fault === "repeated" || fault === "lost-answer") await inner.batch(statements);
      if (fault === "lost-answer") throw new DbError("unavailable", DRIVER_SECRET);
      return inner.batch(statements);
    },
    async query(statement) {
      calls += 1;
      if (passes === 0) refuse(fault, { writing: false });
      return inner.query(statement);
    },
    close: () => inner.close(),
  };
}

function refuse(fault: DbFault, { writing }: { writing: boolean }): void {
  if (fault === "away" || (fault === "read-only" && writing)) throw new DbError("unavailable", DRIVER_SECRET);
  if (fault === "broken") throw new Error(DRIVER_SECRET);
}
