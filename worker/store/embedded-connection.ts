import Database from "libsql";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DbError, type DbErrorKind, type Row, type Statement } from "./db.ts";
import { toRow } from "./row.ts";

/** Where an embedded database lives; `memory` is private to its connection and ends with it. */
export type EmbeddedLocation = { readonly file: string } | { readonly memory: true };

export interface EmbeddedOptions {
  /** How long a write waits for another process's; the whole process waits with it. */
  readonly busyTimeoutMs?: number;
}

/** One native connection: synchronous, throws what the driver throws. Not to be touched after `close`. */
export interface EmbeddedConnection {
  run(statement: Statement): readonly Row[];
  exec(sql: string): void;
  inTransaction(): boolean;
  close(): void;
}

/** Opens the file (creating it and its folder) or a memory database. Throws a DbError of kind `unavailable`. */
export function openConnection(location: EmbeddedLocation, options: EmbeddedOptions): EmbeddedConnection {
  try {
    return connect(location, options.busyTimeoutMs ?? BUSY_TIMEOUT_MS);
  } catch (error) {
    throw toDbError(error, { kind: "unavailable" });
  }
}

/** A connection of a native one that somebody has opened, with the settings that it has. */
export function connectionOf(native: Database.Database): EmbeddedConnection {
  const prepared = new Map<string, Prepared>();
  return {
    run: ({ sql, args }) => {
      const { statement, answersRows } = prepare(native, prepared, sql);
      if (answersRows) return statement.all(args).map(rowOf);
      statement.run(args);
      return [];
    },
    exec: (sql) => void native.exec(sql),
    inTransaction: () => native.inTransaction,
    close: () => closeNative(native, prepared),
  };
}

/** Maps what the driver or a row conversion threw; `kind` overrides the reading of the error's code. */
export function toDbError(error: unknown, details: { kind?: DbErrorKind; statementIndex?: number } = {}): DbError {
  if (error instanceof DbError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DbError(details.kind ?? kindOf(error), message, { statementIndex: details.statementIndex, cause: error });
}

/** Other processes write rarely and briefly: a command-line tool, the old process of a restart. */
const BUSY_TIMEOUT_MS = 5_000;
/** Preparing costs 11 µs, running 3 µs: keep every text the product has, bounded against texts built without end. */
const MAX_PREPARED_STATEMENTS = 500;

function connect(location: EmbeddedLocation, busyTimeoutMs: number): EmbeddedConnection {
  if ("file" in location) mkdirSync(dirname(location.file), { recursive: true });
  const native = new Database("file" in location ? location.file : ":memory:", { timeout: busyTimeoutMs });
  if ("file" in location) switchToWal(native);
  // FULL, because an answered claim is money: NORMAL may lose the last commits when the power goes.
  native.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  // A deleted salt is to be gone: SQLite leaves its bytes in the page until others need the room. FAST overwrites them
  // in pages that are written anyway.
  native.exec("PRAGMA secure_delete = FAST");
  return connectionOf(native);
}

/** Asks before it switches: the switch takes an exclusive lock, which a second process at the door may not get. */
function switchToWal(native: Database.Database): void {
  if (journalMode(native, "PRAGMA journal_mode") === "wal") return;
  const mode = journalMode(native, "PRAGMA journal_mode = WAL");
  if (mode !== "wal") throw new Error(`the file system refuses write-ahead logging (journal mode ${String(mode)})`);
}

function journalMode(native: Database.Database, pragma: string): unknown {
  return native.prepare(pragma).all([]).map(rowOf)[0]?.["journal_mode"];
}

interface Prepared {
  readonly statement: Database.Statement;
  /** Asking the driver for the rows of a statement that has none takes twice as long as running it. */
  readonly answersRows: boolean;
}

/** The least recently used text goes first: a Map keeps the order of insertion, and a hit inserts anew. */
function prepare(native: Database.Database, prepared: Map<string, Prepared>, sql: string): Prepared {
  const found = prepared.get(sql) ?? prepareAnew(native, sql);
  prepared.delete(sql);
  prepared.set(sql, found);
  if (prepared.size > MAX_PREPARED_STATEMENTS) {
    const [oldest] = prepared.keys();
    if (oldest !== undefined) prepared.delete(oldest);
  }
  return found;
}

function prepareAnew(native: Database.Database, sql: string): Prepared {
  const statement = native.prepare(sql).safeIntegers(true);
  return { statement, answersRows: statement.reader };
}

function rowOf(native: unknown): Row {
  return toRow(typeof native === "object" && native !== null ? Object.entries(native) : []);
}

function closeNative(native: Database.Database, prepared: Map<string, Prepared>): void {
  // The native handle stays open while a prepared statement lives, so the log is folded into the file here: after a
  // stop the one file is the whole database. While another process reads, the log stays, and nothing is lost.
  try {
    native.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all([]);
  } catch {
    // A log that could not be folded in is read at the next start.
  }
  prepared.clear();
  native.close();
}

/**
 * SQLite's primary result codes that say the statement is at fault, and nothing was written
 * (https://sqlite.org/rescode.html).
 */
const INVALID_CODES = new Set([0, 1, 18, 20, 21, 23, 25]); // empty text, ERROR, TOOBIG, MISMATCH, MISUSE, AUTH, RANGE
const CONSTRAINT_CODE = 19;
const PRIMARY_CODE_MASK = 0xff;

/** By number, because the driver names a STRICT violation UNKNOWN_SQLITE_ERROR_3091 (19 + 12 × 256). */
function kindOf(error: unknown): DbErrorKind {
  if (error instanceof RangeError || error instanceof TypeError) return "invalid";
  const rawCode =
    error instanceof Error && "rawCode" in error && typeof error.rawCode === "number" ? error.rawCode : undefined;
  if (rawCode === undefined) return "unavailable";
  const primary = rawCode & PRIMARY_CODE_MASK;
  if (primary === CONSTRAINT_CODE) return "constraint";
  return INVALID_CODES.has(primary) ? "invalid" : "unavailable";
}
