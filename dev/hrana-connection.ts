import Database from "libsql";
import { setTimeout as sleep } from "node:timers/promises";
import { HranaError, type HranaResult, type HranaValue } from "./hrana-protocol.ts";

/** A statement with its text looked up. */
export interface BoundStatement {
  readonly sql: string;
  readonly args: readonly HranaValue[];
  readonly namedArgs: readonly { readonly name: string; readonly value: HranaValue }[];
}

/** One native connection as a Hrana stream uses it. `run` and `sequence` throw a HranaError. */
export interface HranaConnection {
  run(statement: BoundStatement): Promise<HranaResult>;
  sequence(sql: string): void;
  inTransaction(): boolean;
  /** A statement was given up as busy: it may stay in progress, so another stream must not get this connection. */
  isSpoiled(): boolean;
  /** Rolls back what is open and makes the connection as new. */
  reset(): void;
  close(): void;
}

/** Opens a connection to the file. `durable` syncs each commit to disk, as production does. */
export function openHranaConnection(file: string, options: { readonly durable: boolean }): HranaConnection {
  // No busy timeout: it would block this one thread, and with it the stream that holds the lock.
  const native = new Database(file, { timeout: 0 });
  native.prepare("PRAGMA journal_mode = WAL").all([]);
  native.exec(`PRAGMA synchronous = ${options.durable ? "FULL" : "OFF"}; PRAGMA foreign_keys = ON`);
  return hranaConnectionOf(native);
}

/** A connection of a native one that somebody has opened, without a busy timeout and with foreign keys on. */
export function hranaConnectionOf(native: Database.Database): HranaConnection {
  const prepare = preparedBy(native);
  let spoiled = false;
  return {
    async run(statement) {
      try {
        return await runWhenFree(prepare, statement);
      } catch (error) {
        spoiled ||= isBusy(error);
        throw error;
      }
    },
    isSpoiled: () => spoiled,
    sequence: (sql) => translate(() => void native.exec(sql)),
    inTransaction: () => native.inTransaction,
    reset() {
      if (native.inTransaction) native.exec("ROLLBACK");
      // Setting it has every statement compiled anew at its next run, which costs more than the run.
      if (!hasForeignKeys(prepare)) native.exec("PRAGMA foreign_keys = ON");
    },
    close: () => {
      // The native handle stays open while a prepared statement lives.
      prepare.forget();
      native.close();
    },
  };
}

interface Prepare {
  (sql: string): Database.Statement;
  readonly forget: () => void;
}

/** Above what the product has, bounded against texts built without end. */
const MAX_PREPARED_STATEMENTS = 500;

/** Statements of a connection by their text: preparing costs several times what most of them take to run. */
function preparedBy(native: Database.Database): Prepare {
  const prepared = new Map<string, Database.Statement>();
  const prepare = (sql: string) => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = native.prepare(sql).safeIntegers(true);
    if (prepared.size >= MAX_PREPARED_STATEMENTS) prepared.clear();
    prepared.set(sql, statement);
    return statement;
  };
  return Object.assign(prepare, { forget: () => prepared.clear() });
}

/** Five seconds, as sqld: longer than an interactive transaction may idle. */
const BUSY_TRIES = 1_000;
const BUSY_PAUSE_MS = 5;

/**
 * A statement refused as busy had no effect, so it may run again. It has to be the same prepared one: refused, it
 * counts as "in progress" until it is run again or collected as garbage, and keeps its connection from committing.
 */
async function runWhenFree(prepare: Prepare, statement: BoundStatement): Promise<HranaResult> {
  const prepared = translate(() => prepare(statement.sql));
  const args = toNativeArgs(statement);
  for (let tries = 1; ; tries += 1) {
    try {
      return translate(() => runOnce(prepare, prepared, args));
    } catch (error) {
      if (!isBusy(error) || tries === BUSY_TRIES) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof HranaError && error.code === "SQLITE_BUSY";
}

function runOnce(prepare: Prepare, prepared: Database.Statement, args: unknown): HranaResult {
  if (!prepared.reader) {
    const done = prepared.run(args);
    return { cols: [], rows: [], affected_row_count: done.changes, last_insert_rowid: String(done.lastInsertRowid) };
  }
  const cols = prepared.columns().map((column) => ({ name: column.name, decltype: column.type }));
  const before = readCounters(prepare).total;
  const rows = prepared.raw(true).all(args).map(toValues);
  const after = readCounters(prepare);
  return { cols, rows, ...(after.total === before ? NOTHING_WRITTEN : after.written) };
}

const NOTHING_WRITTEN = { affected_row_count: 0, last_insert_rowid: null };

/**
 * The driver counts for statements without rows only; `changes()` alone would tell a SELECT what the last write did.
 */
function readCounters(prepare: Prepare) {
  const [row] = prepare("SELECT total_changes(), changes(), last_insert_rowid()").raw(true).all([]);
  const [total, changes, rowid] = Array.isArray(row) ? row.map(String) : [];
  return { total, written: { affected_row_count: Number(changes), last_insert_rowid: rowid ?? null } };
}

function hasForeignKeys(prepare: Prepare): boolean {
  return Number(prepare("PRAGMA foreign_keys").raw(true).all([])[0]) === 1;
}

/** Positional arguments as an array, named ones as an object without the sign before the name. */
function toNativeArgs(statement: BoundStatement): unknown {
  if (statement.namedArgs.length === 0) return statement.args.map(toNative);
  if (statement.args.length > 0) throw new HranaError("ARGS_BOTH_POSITIONAL_AND_NAMED", "both kinds of arguments");
  return Object.fromEntries(
    statement.namedArgs.map(({ name, value }) => [name.replace(/^[:@$]/, ""), toNative(value)]),
  );
}

function toNative(value: HranaValue): unknown {
  switch (value.type) {
    case "null":
      return null;
    case "integer":
      return BigInt(value.value);
    case "blob":
      return Buffer.from(value.base64, "base64");
    case "float":
    case "text":
      return value.value;
  }
}

function toValues(row: unknown): HranaValue[] {
  return Array.isArray(row) ? row.map(fromNative) : [];
}

function fromNative(value: unknown): HranaValue {
  if (typeof value === "bigint") return { type: "integer", value: String(value) };
  if (typeof value === "number") return { type: "float", value };
  if (typeof value === "string") return { type: "text", value };
  if (value instanceof Uint8Array) return { type: "blob", base64: Buffer.from(value).toString("base64") };
  return { type: "null" };
}

const CONSTRAINT_CODE = 19;
const PRIMARY_CODE_MASK = 0xff;

/**
 * The driver names a STRICT violation UNKNOWN_SQLITE_ERROR_3091; sqld knows primary codes only, and so do its clients.
 */
function translate<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Database.SqliteError)) throw error;
    const isConstraint = ((error.rawCode ?? 0) & PRIMARY_CODE_MASK) === CONSTRAINT_CODE;
    throw new HranaError(isConstraint ? "SQLITE_CONSTRAINT" : error.code, error.message);
  }
}
