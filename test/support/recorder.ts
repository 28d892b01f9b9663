import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";

/** One request as it arrived: `host` without the port, `path` without the query, `query` with its question mark. */
export interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const EVENTS = ["click", "signup", "conversion"] as const;
export type TrackEvent = (typeof EVENTS)[number];

/** What an ingest route answers: this status and body (a string as it is, else as JSON), or nothing: cut off. */
export type ScriptedAnswer = { readonly status: number; readonly body: unknown } | "down";

export interface Recorder {
  readonly port: number;
  /** Every request so far, in order of arrival, preflights included. */
  readonly requests: readonly RecordedRequest[];
  /** Those to the ingest routes, under whatever prefix. */
  readonly tracked: () => readonly RecordedRequest[];
  /** Resolves, with all of them, once `count` ingest requests have arrived. The test's time limit is its limit. */
  readonly arrived: (count: number) => Promise<readonly RecordedRequest[]>;
  /** Serves `html` at `path` on every host name. */
  readonly servePage: (path: string, html: string, headers?: Readonly<Record<string, string>>) => void;
  readonly answer: (event: TrackEvent, answer: ScriptedAnswer) => void;
  /** Keeps the answers of the ingest routes, or of one, back until the returned function is called. */
  readonly hold: (event?: TrackEvent) => () => void;
  readonly close: () => Promise<void>;
}

/**
 * A server that is the merchant's site and AgentLinks at once; which of them, the browser's host name decides. It
 * listens on 127.0.0.1 and a free port, records everything, and answers `…/agentlinks.js` with `script`,
 * `…/api/track/EVENT` as told (2xx by default), `/sentinel` with 204, `/unanswered` never, its pages, and 404 to the rest.
 */
export async function startRecorder(script: string): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const pages = new Map<string, Page>();
  const answers: Record<TrackEvent, ScriptedAnswer> = { ...DEFAULT_ANSWERS };
  const arrivals = new Set<() => void>();
  const gates: Partial<Record<TrackEvent, Promise<void>>> = {};

  const tracked = (): readonly RecordedRequest[] => requests.filter(({ path }) => path.includes("/api/track/"));

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const recorded = await record(request);
    requests.push(recorded);
    for (const notify of arrivals) notify();
    const event = trackEvent(recorded.path);
    if (event && recorded.method === "POST") {
      await gates[event];
      reply(response, answers[event]);
    } else if (recorded.method === "OPTIONS" || recorded.path === "/sentinel") {
      response.writeHead(204, CORS).end();
    } else if (recorded.path === "/unanswered") {
      // Until the browser gives up.
    } else if (recorded.path.endsWith("/agentlinks.js")) {
      response.writeHead(200, { ...CORS, "content-type": "text/javascript" }).end(script);
    } else {
      const page = pages.get(recorded.path);
      response.writeHead(page ? 200 : 404, { "content-type": "text/html", ...page?.headers }).end(page?.html);
    }
  };

  // A browser that leaves in the middle of a request is part of the tests, not a failure of the recorder.
  const server = createServer((request, response) => void serve(request, response).catch(() => response.destroy()));
  const port = await listen(server);

  return {
    port,
    requests,
    tracked,
    arrived: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tracked().length < count) return;
          arrivals.delete(look);
          resolve(tracked());
        };
        arrivals.add(look);
        look();
      }),
    servePage: (path, html, headers = {}) => void pages.set(path, { html, headers }),
    answer: (event, answer) => {
      answers[event] = answer;
    },
    hold: (event) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      for (const held of event ? [event] : EVENTS) gates[held] = promise;
      return resolve;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

const CORS = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };

const DEFAULT_ANSWERS: Readonly<Record<TrackEvent, ScriptedAnswer>> = {
  click: { status: 202, body: { tracked: true } },
  signup: { status: 200, body: { referral: { id: "rfl_1", status: "active" } } },
  conversion: { status: 200, body: { conversion_id: "cnv_1", status: "pending" } },
};

function trackEvent(path: string): TrackEvent | undefined {
  return EVENTS.find((event) => path.endsWith(`/api/track/${event}`));
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "/", `http://${request.headers.host ?? "unknown"}`);
  return {
    method: request.method ?? "",
    host: url.hostname,
    path: url.pathname,
    query: url.search,
    headers: request.headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}

function reply(response: ServerResponse, answer: ScriptedAnswer): void {
  if (answer === "down") {
    response.destroy();
    return;
  }
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, { ...CORS, "content-type": "application/json" }).end(text);
}

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address && typeof address === "object") resolve(address.port);
    });
  });
}
