import { randomUUID } from "node:crypto";
import { type BoundStatement, type HranaConnection } from "./hrana-connection.ts";
import {
  type Condition,
  type HranaBatch,
  type HranaBatchResult,
  HranaError,
  type HranaErrorBody,
  type HranaPipeline,
  type HranaRequest,
  type HranaResult,
  type HranaStatement,
} from "./hrana-protocol.ts";

/** Runs pipelines; a stream is a connection that lives from one pipeline to the next, found again by its baton. */
export interface HranaStreams {
  /** Answers the body of the response. Throws a HranaError for an unknown, used or expired baton. */
  runPipeline(pipeline: HranaPipeline): Promise<unknown>;
  close(): void;
}

export function createHranaStreams(connect: () => HranaConnection): HranaStreams {
  const waiting = new Map<string, { stream: Stream; expiry: NodeJS.Timeout }>();
  const idle: HranaConnection[] = [];
  let closed = false;

  const acquire = (baton: string | null | undefined): Stream => {
    if (baton === null || baton === undefined) return { connection: idle.pop() ?? connect(), sqls: new Map() };
    const found = waiting.get(baton);
    if (found === undefined) throw new HranaError("STREAM_EXPIRED", "The stream has expired due to inactivity");
    clearTimeout(found.expiry);
    waiting.delete(baton);
    return found.stream;
  };
  const release = ({ connection }: Stream) => {
    connection.reset();
    if (!closed && !connection.isSpoiled() && idle.length < MAX_IDLE_CONNECTIONS) idle.push(connection);
    else connection.close();
  };
  const keep = (stream: Stream): string => {
    const baton = randomUUID();
    const expire = () => {
      waiting.delete(baton);
      release(stream);
    };
    waiting.set(baton, { stream, expiry: setTimeout(expire, STREAM_IDLE_MS).unref() });
    return baton;
  };

  return {
    async runPipeline({ baton, requests }) {
      const stream = acquire(baton);
      const results: unknown[] = [];
      for (const request of requests) results.push(await answer(stream, request));
      const isClosed = requests.some((request) => request.type === "close");
      if (isClosed) release(stream);
      return { baton: isClosed ? null : keep(stream), base_url: null, results };
    },
    close() {
      closed = true;
      for (const { stream, expiry } of waiting.values()) {
        clearTimeout(expiry);
        release(stream);
      }
      for (const connection of idle.splice(0)) connection.close();
      waiting.clear();
    },
  };
}

interface Stream {
  readonly connection: HranaConnection;
  readonly sqls: Map<number, string>;
}

/** As sqld: an interactive transaction that idles longer is rolled back, so that it cannot lock out the others. */
const STREAM_IDLE_MS = 5_000;
/** Opening costs more than a small batch; more than this many streams at a time are rare in development. */
const MAX_IDLE_CONNECTIONS = 16;

async function answer(stream: Stream, request: HranaRequest): Promise<unknown> {
  try {
    return { type: "ok", response: { type: request.type, ...(await handle(stream, request)) } };
  } catch (error) {
    return { type: "error", error: toErrorBody(error) };
  }
}

async function handle(stream: Stream, request: HranaRequest): Promise<{ result?: HranaResult | HranaBatchResult }> {
  switch (request.type) {
    case "execute":
      return { result: await stream.connection.run(bind(stream, request.stmt)) };
    case "batch":
      return { result: await runBatch(stream, request.batch) };
    case "sequence":
      stream.connection.sequence(textOf(stream, request));
      return {};
    case "store_sql":
      stream.sqls.set(request.sql_id, request.sql);
      return {};
    case "close_sql":
      stream.sqls.delete(request.sql_id);
      return {};
    case "close":
      return {};
  }
}

/** A step that fails does not end the batch: the conditions of the later ones see to that. */
async function runBatch(stream: Stream, batch: HranaBatch): Promise<HranaBatchResult> {
  const results: (HranaResult | null)[] = [];
  const errors: (HranaErrorBody | null)[] = [];
  for (const [index, step] of batch.steps.entries()) {
    results[index] = null;
    errors[index] = null;
    if (step.condition && !holds(step.condition, { results, errors, connection: stream.connection })) continue;
    try {
      results[index] = await stream.connection.run(bind(stream, step.stmt));
    } catch (error) {
      errors[index] = toErrorBody(error);
    }
  }
  return { step_results: results, step_errors: errors };
}

interface Progress {
  readonly results: readonly (HranaResult | null)[];
  readonly errors: readonly (HranaErrorBody | null)[];
  readonly connection: HranaConnection;
}

function holds(condition: Condition, progress: Progress): boolean {
  switch (condition.type) {
    case "ok":
      return (progress.results[condition.step] ?? null) !== null;
    case "error":
      return (progress.errors[condition.step] ?? null) !== null;
    case "not":
      return !holds(condition.cond, progress);
    case "and":
      return condition.conds.every((one) => holds(one, progress));
    case "or":
      return condition.conds.some((one) => holds(one, progress));
    case "is_autocommit":
      return !progress.connection.inTransaction();
  }
}

function bind(stream: Stream, statement: HranaStatement): BoundStatement {
  return { sql: textOf(stream, statement), args: statement.args, namedArgs: statement.named_args };
}

function textOf(
  stream: Stream,
  source: { sql?: string | null | undefined; sql_id?: number | null | undefined },
): string {
  const sql = source.sql ?? (typeof source.sql_id === "number" ? stream.sqls.get(source.sql_id) : undefined);
  if (sql === undefined) throw new HranaError("SQL_NOT_FOUND", "no SQL text");
  return sql;
}

function toErrorBody(error: unknown): HranaErrorBody {
  if (error instanceof HranaError) return { message: error.message, code: error.code };
  return { message: String(error), code: "INTERNAL_ERROR" };
}
