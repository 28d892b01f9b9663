import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { inject } from "vitest";
import type { Deps } from "../../worker/deps.ts";
import type { Config } from "../../worker/env.ts";
import type { Limits } from "../../worker/gateways/limits/limits.ts";
import type { Mail } from "../../worker/gateways/mail/mail.ts";
import type { Db } from "../../worker/store/db.ts";
import { ORDER_HEADER, REPORT_HEADER, type WorldOrder, type WorldReport } from "./edge-order.ts";
import { openServedDb } from "./edge-server.ts";
import type { FaultyDb } from "./faults.ts";
import type { MailFate } from "./recorded-mail.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Where `test/workerd/world-worker.ts` listens, in the project whose worlds are in workerd. */
    workerUrl?: string;
  }
}

/** Where the worlds of this project's tests are: in workerd at this URL, or, for null, in the test's own process. */
export function workerUrl(): string | null {
  return inject("workerUrl") ?? null;
}

/**
 * A database with every migration, or one like a snapshot, on a server, for a world in workerd: its line is cut there. The test
 * itself reads the file.
 */
export function openEdgeDb(snapshot?: string): FaultyDb {
  const { db, address } = openServedDb(snapshot);
  let fault: WorldOrder["fault"] = { kind: "none", after: 0, turn: 0 };
  let calls = 0;
  const edge: FaultyDb = {
    fault: (kind, after = 0) => void (fault = { kind, after, turn: fault.turn + 1 }),
    calls: () => calls,
    batch: (statements) => db.batch(statements),
    query: (statement) => db.query(statement),
    close: () => db.close(),
  };
  lines.set(edge, {
    order: async () => ({ database: await address(), fault }),
    told: (report) => void (calls = Math.max(calls, report.calls)),
  });
  return edge;
}

/** The worker's world on a database of `openEdgeDb`: sends it requests, as text and bytes over HTTP, and its jobs. */
export function openEdgeWorld(
  url: string,
  {
    db,
    config,
    now,
    log,
    page,
    limits,
    mail,
    mailed,
  }: {
    db: Db;
    config: Config;
    now: () => number;
    log: Deps["log"];
    page: string | undefined;
    limits: Limits | "memory" | undefined;
    mail: MailFate;
    mailed: (mail: Mail) => void;
  },
): { request: (path: string, init?: RequestInit) => Promise<Response>; runJobs: () => Promise<void> } {
  const line = lines.get(db);
  if (line === undefined) throw new Error("a world in workerd is on a database of openFaultyDb or on its own");
  if (typeof limits === "object") throw new Error("a world in workerd takes no limits of the test's own");
  const world = { config, page: page ?? null, limits: limits ?? "none", mail } as const;
  const send = async (path: string, init: RequestInit, more: Partial<WorldOrder> = {}) => {
    const headers = new Headers(init.headers);
    const origin = headers.get("Origin");
    const order: WorldOrder = { ...(await line.order()), ...world, origin, now: now(), runsJobs: false, ...more };
    headers.set(ORDER_HEADER, encodeURIComponent(JSON.stringify(order)));
    const response = await sendHttp(url, path, { ...init, headers });
    const text = response.headers.get(REPORT_HEADER);
    // The server before the worker answers what is no request to it.
    if (text === null) return response;
    const report: WorldReport = JSON.parse(decodeURIComponent(text));
    response.headers.delete(REPORT_HEADER);
    report.logged.forEach(log);
    report.mails.forEach(mailed);
    line.told(report);
    return response;
  };
  return {
    request: (path, init = {}) => send(path, init),
    runJobs: async () => void (await send("/", { method: "POST" }, { runsJobs: true })),
  };
}

/** What the databases of `openEdgeDb` tell the worker, and learn from it. */
interface Line {
  readonly order: () => Promise<Pick<WorldOrder, "database" | "fault">>;
  readonly told: (report: WorldReport) => void;
}

const lines = new WeakMap<Db, Line>();

/** A report tells of the mails of one run. */
const MAX_REPORT_BYTES = 1_048_576;

/** As many calls as a test has under way together. */
const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** By node:http: fetch sets headers of its own, refuses others, and takes a compressed body apart. */
async function sendHttp(base: string, path: string, init: RequestInit): Promise<Response> {
  const { hostname, port } = new URL(base);
  const { method = "GET", body } = init;
  const headers = Object.fromEntries(new Headers(init.headers));
  const bytes = body === undefined || body === null ? null : Buffer.from(await new Response(body).arrayBuffer());
  // Of a DELETE it would send the body without its length: the server would take it for the beginning of the next request.
  if (bytes !== null) headers["content-length"] ??= String(bytes.length);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path, method, headers, agent, maxHeaderSize: MAX_REPORT_BYTES },
      resolve,
    ).once("error", reject);
    request.end(bytes);
  });
  const received = new Headers();
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    received.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
  }
  // It goes on for as long as somebody listens.
  if (received.get("Content-Type")?.startsWith("text/event-stream") === true) {
    return new Response(Readable.toWeb(answer), { status: answer.statusCode ?? 0, headers: received });
  }
  const content = await buffer(answer);
  return new Response(content.length === 0 ? null : new Uint8Array(content), {
    status: answer.statusCode ?? 0,
    headers: received,
  });
}
