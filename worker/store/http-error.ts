import { LibsqlBatchError, LibsqlError } from "@libsql/client/http";
import { DbError, type DbErrorKind } from "./db.ts";

/**
 * Reads what `@libsql/client` threw for one try. Everything that is not plainly the statement's fault is `unavailable`:
 * fetch failed, 5xx, a timeout, SQLITE_BUSY, TRANSACTION_TIMEOUT, STREAM_EXPIRED, and the bare SyntaxError of an
 * unreadable body.
 */
export function readHttpError(thrown: unknown): DbError {
  if (thrown instanceof DbError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const statementIndex = thrown instanceof LibsqlBatchError ? thrown.statementIndex : undefined;
  return new DbError(kindOf(thrown), message, { statementIndex, cause: thrown });
}

/**
 * Codes of a statement that no repeat makes better: sqld's own (libsql-server/src/hrana/stmt.rs) and SQLite's. sqld
 * names SQLite's plain SQLITE_ERROR of a running statement SQLITE_UNKNOWN.
 */
const INVALID_CODES = new Set([
  "SQL_PARSE_ERROR",
  "SQL_NO_STATEMENT",
  "SQL_MANY_STATEMENTS",
  "SQL_INPUT_ERROR",
  "ARGS_INVALID",
  "SQLITE_ERROR",
  "SQLITE_UNKNOWN",
  "SQLITE_MISMATCH",
  "SQLITE_TOOBIG",
  "SQLITE_RANGE",
  "SQLITE_MISUSE",
  "SQLITE_AUTH",
]);

/**
 * By prefix: sqld answers SQLITE_CONSTRAINT where other servers name the constraint, as SQLITE_CONSTRAINT_PRIMARYKEY.
 */
function kindOf(thrown: unknown): DbErrorKind {
  if (!(thrown instanceof LibsqlError)) return "unavailable";
  if (thrown.code.startsWith("SQLITE_CONSTRAINT")) return "constraint";
  return INVALID_CODES.has(thrown.code) ? "invalid" : "unavailable";
}
