import { assertBindable, assertReadOnly, type Db, DbError, type Row, type Statement } from "./db.ts";
import {
  type EmbeddedConnection,
  type EmbeddedLocation,
  type EmbeddedOptions,
  openConnection,
  toDbError,
} from "./embedded-connection.ts";
import { runGroup } from "./embedded-group.ts";

/**
 * Opens the embedded database: a file that this process writes, or memory.
 *
 * Batches that wait share one transaction and one sync to disk (group commit: with 16 HTTP connections 14,000 answered
 * inserts a second, where one transaction each gives 3,400). Each is answered only after that commit. `close` first
 * runs what was accepted; afterwards every call rejects as `unavailable`.
 *
 * Throws a DbError of kind `unavailable` when the file cannot be opened.
 */
export function openEmbeddedDb(location: EmbeddedLocation, options: EmbeddedOptions = {}): Db {
  return embeddedDbOn(openConnection(location, options));
}

/** The same on a connection that is open, and ends with it. */
export function embeddedDbOn(connection: EmbeddedConnection): Db {
  const waiting: Waiting[] = [];
  let closed = false;

  /** What waited a turn of the event loop ago, and for how many turns the first one has. */
  let gathered = { count: 0, turns: 0 };
  const gather = () => {
    const { count, turns } = gathered;
    const isGrowing = waiting.length > count && waiting.length < MAX_BATCHES_PER_GROUP && turns < MAX_TURNS;
    gathered = isGrowing ? { count: waiting.length, turns: turns + 1 } : { count: 0, turns: 0 };
    if (isGrowing) setImmediate(gather);
    else flush();
  };
  const flush = () => {
    const group = waiting.splice(0, MAX_BATCHES_PER_GROUP);
    if (group.length === 0) return;
    const outcomes = runGroup(
      connection,
      group.map((one) => one.statements),
    );
    for (const [index, one] of group.entries()) settle(one, outcomes[index]);
    if (waiting.length > 0) setImmediate(gather);
  };

  return {
    async batch(statements) {
      for (const statement of statements) assertBindable(statement);
      if (closed) throw closedError();
      if (waiting.length >= MAX_WAITING_BATCHES) throw new DbError("unavailable", "too many batches wait");
      if (waiting.length === 0) setImmediate(gather);
      return new Promise((resolve, reject) => waiting.push({ statements, resolve, reject }));
    },
    async query(statement) {
      assertBindable(statement);
      assertReadOnly(statement);
      if (closed) throw closedError();
      return runRead(() => connection.run(statement));
    },
    async close() {
      if (closed) return;
      closed = true;
      while (waiting.length > 0) flush();
      connection.close();
    },
  };
}

interface Waiting {
  readonly statements: readonly Statement[];
  readonly resolve: (rows: readonly (readonly Row[])[]) => void;
  readonly reject: (error: DbError) => void;
}

/**
 * Bounds how long one group holds the event loop (some 5 ms at ten statements each), and what a lost transaction takes
 * along.
 */
const MAX_BATCHES_PER_GROUP = 128;
/**
 * A turn of Node's event loop accepts one connection: if each turn ended in a commit, calls that come on connections of their
 * own, as browsers' do, would never share one. So a group is closed once a turn brings nothing new, or after this many.
 */
const MAX_TURNS = 32;
/** Under a second of work at the measured rate: whoever comes later is better told to come back. */
const MAX_WAITING_BATCHES = 10_000;

function settle(one: Waiting, outcome: ReturnType<typeof runGroup>[number] | undefined): void {
  if (outcome === undefined) one.reject(new DbError("unavailable", "the batch has no outcome"));
  else if ("error" in outcome) one.reject(outcome.error);
  else one.resolve(outcome.rows);
}

/** Reads run at once: groups run without a pause, so no read ever sees an open transaction. */
function runRead(read: () => readonly Row[]): readonly Row[] {
  try {
    return read();
  } catch (error) {
    throw toDbError(error);
  }
}

function closedError(): DbError {
  return new DbError("unavailable", "the database is closed");
}
