import { inspectSql } from "./sql-text.ts";

/** What a statement may bind. Numbers are absent on purpose: both drivers bind a JavaScript number as REAL. */
export type SqlValue = string | bigint | null;

/** One SQL statement with its positional arguments (`?1`, `?2`, …). */
export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
}

/**
 * A result row by column name. Integers come back as JavaScript numbers; one beyond 2^53 is an error, never rounded.
 */
export type Row = Readonly<Record<string, string | number | null>>;

/**
 * The database as the rest of the product sees it.
 *
 * `batch` runs its statements as one immediate write transaction, all or nothing, and answers the rows of each
 * statement only after the commit. Where an answer can get lost the identical batch runs again, so it must end in the
 * same state when it runs twice. `query` reads, and sees every batch that was answered before. `close` lets accepted
 * calls end; later ones are `unavailable`.
 *
 * Both throw nothing but `DbError`, or a TypeError for a statement that cannot be run as written (`assertBindable`).
 */
export interface Db {
  batch(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  query(statement: Statement): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/**
 * `constraint`: a CHECK, key or trigger refused, nothing was written; when an answer was lost before, what refuses may
 * be the batch's own first run, so the conflict must be one the caller can tell from its own fact. `invalid`: the
 * statement itself is wrong, or a row holds what `Row` cannot; nothing was written. `unavailable`: the outcome is
 * unknown (it may have committed), after every repeat this store makes.
 */
export type DbErrorKind = "constraint" | "invalid" | "unavailable";

/** `statementIndex` is the failing statement's place in its batch, where the driver tells. */
export class DbError extends Error {
  readonly kind: DbErrorKind;
  readonly statementIndex: number | undefined;

  constructor(
    kind: DbErrorKind,
    message: string,
    options: { statementIndex?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "DbError";
    this.kind = kind;
    this.statementIndex = options.statementIndex;
  }
}

/**
 * Throws a TypeError for a statement neither driver would run as it is written. Each of these was silent on one driver:
 * a number is stored as REAL, a missing argument takes the value the prepared statement was last run with, a
 * superfluous one is dropped, a BigInt beyond 64 bits loses its upper bits, text is read back only up to its first NUL,
 * and a lone surrogate is stored as U+FFFD, so that two different keys become one.
 */
export function assertBindable(statement: Statement): void {
  const { parameters } = inspectSql(statement.sql);
  if (statement.args.length !== parameters) {
    throw new TypeError(
      `${statement.args.length} arguments for ${parameters} parameters of "${statement.sql.slice(0, 60)}"`,
    );
  }
  for (const [index, value] of statement.args.entries()) {
    const problem = unbindable(value);
    if (problem !== undefined)
      throw new TypeError(`argument ${index + 1} of "${statement.sql.slice(0, 60)}" is ${problem}`);
  }
}

/**
 * Throws a TypeError for a statement that could write: a read may be repeated at will and runs outside a write
 * transaction.
 */
export function assertReadOnly(statement: Statement): void {
  if (!inspectSql(statement.sql).readOnly) throw new TypeError(`not a read: "${statement.sql.slice(0, 60)}"`);
}

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/** Why a value cannot be bound, or undefined. It takes `unknown` because types do not hold at run time. */
function unbindable(value: unknown): string | undefined {
  if (value === null) return undefined;
  if (typeof value === "string")
    return /[\0\p{Surrogate}]/u.test(value) ? "text with a NUL or a lone surrogate" : undefined;
  if (typeof value === "bigint") return value < MIN_INTEGER || value > MAX_INTEGER ? "beyond 64 bits" : undefined;
  return typeof value;
}
