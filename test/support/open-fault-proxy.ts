import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * What goes wrong with one request on its way; `pass` is nothing.
 *
 * `drop-request`: the server never sees it. `drop-answer`: it does, and the client never learns. `hang`: the server
 * answers, the client waits. `late`: the server sees it only after the client gave up. `slow`: the server sees it after a
 * moment. `twice`: the server sees it again after its answer. `garbage` and `truncated`: 200 with a body that is no JSON.
 */
export type Fault =
  | "pass"
  | "drop-request"
  | "drop-answer"
  | "hang"
  | "late"
  | "slow"
  | "twice"
  | "500"
  | "503"
  | "garbage"
  | "truncated";

export interface OpenFaultProxy {
  readonly url: string;
  /** Requests that came in, those the server has answered, and those that are on their way. */
  readonly counts: { readonly seen: number; readonly answered: number; readonly underWay: number };
  readonly close: () => Promise<void>;
}

/** Stands on 127.0.0.1 between a client and the server at `target`, until closed. `nextFault` is asked for each request. */
export async function openFaultProxy(target: () => string, nextFault: () => Fault): Promise<OpenFaultProxy> {
  const counts = { seen: 0, answered: 0, underWay: 0 };
  const server = createServer((request, response) => {
    counts.seen += 1;
    counts.underWay += 1;
    const passage = { target: target(), fault: nextFault(), request, response, counts };
    // A server that is gone answers nothing.
    void pass(passage)
      .catch(() => response.destroy())
      .finally(() => (counts.underWay -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** How late a slow request is, and the second one of two. */
const SLOW_MS = 120;

interface Passage {
  readonly target: string;
  readonly fault: Fault;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly counts: { answered: number };
}

async function pass({ target, fault, request, response, counts }: Passage): Promise<void> {
  const body = await buffer(request);
  if (fault === "drop-request") return void response.destroy();
  if (fault === "500" || fault === "503") return void response.writeHead(Number(fault)).end("the server is not well");
  if (fault === "late") await new Promise((resolve) => response.once("close", resolve));
  if (fault === "slow") await later(SLOW_MS);
  const answer = await forward(target, request, body);
  counts.answered += 1;
  if (fault === "drop-answer") return void response.destroy();
  if (fault === "hang" || fault === "late") return;
  response.writeHead(answer.status, { "content-type": "application/json" }).end(spoil(answer.body, fault));
  if (fault !== "twice") return;
  await later(SLOW_MS);
  await forward(target, request, body);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function spoil(body: Buffer, fault: Fault): Buffer | string {
  if (fault === "garbage") return "<html>the gateway's own page</html>";
  return fault === "truncated" ? body.subarray(0, body.length / 2) : body;
}

async function forward(
  target: string,
  request: IncomingMessage,
  body: Buffer,
): Promise<{ status: number; body: Buffer }> {
  const url = new URL(request.url ?? "/", target);
  const { authorization } = request.headers;
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    ...(authorization ? { authorization } : {}),
  };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(url, { method: request.method, headers }, resolve).once("error", reject).end(body);
  });
  return { status: answer.statusCode ?? 0, body: await buffer(answer) };
}
