import type { DbError, Row, Statement } from "./db.ts";
import { type EmbeddedConnection, toDbError } from "./embedded-connection.ts";

/** What became of one batch. */
export type Outcome = { readonly rows: readonly (readonly Row[])[] } | { readonly error: DbError };

/**
 * Runs batches as one transaction, each in a savepoint of its own, and returns their outcomes in order, after the
 * commit: one sync to disk for all of them. A batch that fails is undone alone. When the transaction itself is lost
 * (BEGIN or COMMIT fails, or SQLite rolls everything back, as on a full disk) every batch comes out `unavailable`, but
 * the one at fault.
 *
 * A key declared DEFERRABLE INITIALLY DEFERRED would be checked at the shared COMMIT and fail its neighbours: the
 * schema has none.
 */
export function runGroup(
  connection: EmbeddedConnection,
  batches: readonly (readonly Statement[])[],
): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  try {
    connection.exec("BEGIN IMMEDIATE");
    for (const batch of batches) {
      outcomes.push(runBatch(connection, batch));
      if (!connection.inTransaction()) throw new Error("the transaction was rolled back");
    }
    connection.exec("COMMIT");
    return outcomes;
  } catch (cause) {
    rollBack(connection);
    return loseAll(batches, outcomes, cause);
  }
}

/** Throws only when the savepoint itself cannot be handled: then the transaction is of no use to anybody. */
function runBatch(connection: EmbeddedConnection, batch: readonly Statement[]): Outcome {
  connection.exec("SAVEPOINT batch");
  const outcome = runStatements(connection, batch);
  if ("rows" in outcome) connection.exec("RELEASE batch");
  else if (connection.inTransaction()) connection.exec("ROLLBACK TO batch; RELEASE batch");
  return outcome;
}

function runStatements(connection: EmbeddedConnection, batch: readonly Statement[]): Outcome {
  const rows: (readonly Row[])[] = [];
  try {
    for (const statement of batch) rows.push(connection.run(statement));
    return { rows };
  } catch (error) {
    return { error: toDbError(error, { statementIndex: rows.length }) };
  }
}

function rollBack(connection: EmbeddedConnection): void {
  try {
    if (connection.inTransaction()) connection.exec("ROLLBACK");
  } catch {
    // The next BEGIN fails in its turn, and its batches are told so.
  }
}

/** A batch that failed by itself keeps its own error: it wrote nothing, whatever happened to the others. */
function loseAll(
  batches: readonly (readonly Statement[])[],
  outcomes: readonly Outcome[],
  cause: unknown,
): readonly Outcome[] {
  const lost: Outcome = { error: toDbError(cause, { kind: "unavailable" }) };
  return batches.map((_, index) => {
    const own = outcomes[index];
    return own !== undefined && "error" in own ? own : lost;
  });
}
