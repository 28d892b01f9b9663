import { createClient } from "@libsql/client/http";
import { assertBindable, assertReadOnly, type Db, DbError, type DbErrorKind, type Row, type Statement } from "./db.ts";
import { readHttpError } from "./http-error.ts";
import { toRow } from "./row.ts";

/** What `openHttpDb` needs; `fetch`, `sleep` and `limits` are for tests and for platforms that bring their own. */
export interface HttpDbOptions {
  /** `libsql:`, `https:` or `http:` */
  readonly url: string;
  readonly authToken?: string | undefined;
  readonly fetch?: (request: Request, init: RequestInit) => Promise<Response>;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly limits?: HttpLimits;
}

export interface HttpLimits {
  readonly tryMs: number;
  readonly totalMs: number;
  /** The pause before each repeat: one entry fewer than there are tries. */
  readonly pausesMs: readonly number[];
}

/**
 * Per call: three tries of at most 3 s within 8 s, so that a waiting backend gets its 503 before it gives up by itself.
 * A primary that restarts or moves to another machine is back within a second or two.
 */
export const HTTP_LIMITS: HttpLimits = { tryMs: 3_000, totalMs: 8_000, pausesMs: [100, 400] };

/**
 * Opens a libSQL server by HTTP (Turso, sqld, `dev/libsql-server.ts`). Web APIs only: it runs in workerd and in Node.
 *
 * A batch is one POST. When its outcome is unknown (no answer, an unreadable one, a busy server) the identical batch is
 * sent again: the first may have committed, so a batch must end in the same state when it runs twice. Throws a
 * TypeError for another kind of URL. `close` waits for the calls under way; afterwards every call rejects as
 * `unavailable`.
 */
export function openHttpDb(options: HttpDbOptions): Db {
  assertHttpUrl(options.url);
  const calls = countCalls();
  return {
    async batch(statements) {
      for (const statement of statements) assertBindable(statement);
      const input = statements.map(toInput);
      const results = await calls.during(() => repeat(options, (client) => client.batch(input, "write")));
      // After the commit: an answer that cannot be read is the failure of a batch that is written.
      return results.map((result, index) => readRows(result, { kind: "unavailable", statementIndex: index }));
    },
    async query(statement) {
      assertBindable(statement);
      assertReadOnly(statement);
      const input = toInput(statement);
      const result = await calls.during(() => repeat(options, (client) => client.execute(input)));
      return readRows(result, { kind: "invalid" });
    },
    close: () => calls.close(),
  };
}

type Client = ReturnType<typeof createClient>;
type ResultSet = Awaited<ReturnType<Client["execute"]>>;

/** Tries until the outcome is known. Throws a DbError: the known failure, or `unavailable` with the last cause. */
async function repeat<T>(options: HttpDbOptions, use: (client: Client) => Promise<T>): Promise<T> {
  const { tryMs, totalMs, pausesMs } = options.limits ?? HTTP_LIMITS;
  const total = AbortSignal.timeout(totalMs);
  for (let repeats = 0; ; repeats += 1) {
    try {
      return await withClient(options, AbortSignal.any([AbortSignal.timeout(tryMs), total]), use);
    } catch (thrown) {
      const error = readHttpError(thrown);
      const pauseMs = pausesMs[repeats];
      if (error.kind !== "unavailable" || pauseMs === undefined || total.aborted) throw error;
      await (options.sleep ?? sleep)(pauseMs);
    }
  }
}

/**
 * A client for each try: one shared by the requests of a worker loses some of them above 20 at a time. It holds no
 * connection.
 */
async function withClient<T>(
  options: HttpDbOptions,
  signal: AbortSignal,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const send = options.fetch ?? ((request, init) => fetch(request, init));
  const client = createClient({
    url: options.url,
    ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
    intMode: "bigint",
    fetch: (request: Request) => send(request, { signal }),
  });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

function toInput(statement: Statement): { sql: string; args: (string | bigint | null)[] } {
  return { sql: statement.sql, args: [...statement.args] };
}

function readRows(result: ResultSet, details: { kind: DbErrorKind; statementIndex?: number }): readonly Row[] {
  try {
    return result.rows.map((row) => toRow(result.columns.map((name, index) => [name, row[index]])));
  } catch (cause) {
    throw new DbError(details.kind, String(cause), { statementIndex: details.statementIndex, cause });
  }
}

/** A counter, not a list of promises: a worker's request may not hold on to another's promise. */
function countCalls() {
  let underWay = 0;
  let closed = false;
  const onDrained: (() => void)[] = [];
  return {
    async during<T>(call: () => Promise<T>): Promise<T> {
      if (closed) throw new DbError("unavailable", "the database is closed");
      underWay += 1;
      try {
        return await call();
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resolve of onDrained.splice(0)) resolve();
      }
    },
    async close(): Promise<void> {
      closed = true;
      if (underWay > 0) await new Promise<void>((resolve) => void onDrained.push(resolve));
    },
  };
}

function assertHttpUrl(url: string): void {
  if (!/^(?:libsql|https?):/.test(url)) throw new TypeError("a libSQL server has a libsql:, https: or http: URL");
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
