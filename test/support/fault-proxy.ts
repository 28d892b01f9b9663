import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/**
 * What goes wrong with one request on its way; `pass` is nothing.
 *
 * `drop-request`: the server never sees it. `drop-answer`: it does, and the client never learns. `hang`: the server
 * answers, the client waits. `late`: the server sees it only after the client gave up. `garbage` and `truncated`: 200
 * with a body that is no JSON.
 */
export type Fault = "pass" | "drop-request" | "drop-answer" | "hang" | "late" | "500" | "503" | "garbage" | "truncated";

export interface FaultProxy {
  readonly url: string;
  /** The next requests meet these faults, one each; those after them pass. */
  failNext(...faults: readonly Fault[]): void;
  /** Requests that came in, and those the server has answered. */
  seen(): number;
  answered(): number;
}

/** Stands on 127.0.0.1 between a client and the server at `target`, for the running test. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults: Fault[] = [];
  const counts = { seen: 0, answered: 0 };
  const server = createServer((request, response) => {
    counts.seen += 1;
    void pass({ target, fault: faults.shift(), request, response, counts });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    failNext: (...next) => void faults.push(...next),
    seen: () => counts.seen,
    answered: () => counts.answered,
  };
}

interface Passage {
  readonly target: string;
  readonly fault: Fault | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly counts: { answered: number };
}

async function pass({ target, fault, request, response, counts }: Passage): Promise<void> {
  const body = await buffer(request);
  if (fault === "drop-request") return void response.destroy();
  if (fault === "500" || fault === "503") return void response.writeHead(Number(fault)).end("the server is not well");
  if (fault === "late") await new Promise((resolve) => response.once("close", resolve));
  const answer = await forward(target, request, body);
  counts.answered += 1;
  if (fault === "drop-answer") return void response.destroy();
  if (fault === "hang" || fault === "late") return;
  response.writeHead(answer.status, { "content-type": "application/json" }).end(spoil(answer.body, fault));
}

function spoil(body: Buffer, fault: Fault | undefined): Buffer | string {
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
