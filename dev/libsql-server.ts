import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { json } from "node:stream/consumers";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { openHranaConnection } from "./hrana-connection.ts";
import { HranaError, pipelineSchema } from "./hrana-protocol.ts";
import { createHranaStreams, type HranaStreams } from "./hrana-streams.ts";

export type LibsqlServerOptions = (
  | {
      readonly file: string;
      /** False spares the sync to disk at each commit. */
      readonly durable?: boolean;
    }
  | { readonly memory: true }
) & {
  /** Without it, a free one. */
  readonly port?: number;
  /** What a client sends as `Authorization: Bearer …`: other users of this machine reach the port too. */
  readonly token: string;
};

export interface LibsqlServer {
  readonly url: string;
  readonly port: number;
  /** How many pipelines have come in, answered or not. */
  requests(): number;
  close(): Promise<void>;
}

/**
 * Starts a libSQL server (Hrana 2 over HTTP) on 127.0.0.1, for `npm run dev` and the tests of the Workers build. It is
 * not for production: one thread runs every statement.
 *
 * `memory` stands for a file in the temporary folder that goes away with the server: streams share it.
 */
export async function startLibsqlServer(options: LibsqlServerOptions): Promise<LibsqlServer> {
  const place = prepareFile(options);
  const streams = createHranaStreams(() => openHranaConnection(place.file, { durable: place.durable }));
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.method === "POST") requests += 1;
    void answerHrana({ request, response, token: options.token, streams });
  });
  await new Promise<void>((resolve, reject) =>
    server.once("error", reject).listen(options.port ?? 0, "127.0.0.1", resolve),
  );
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: () => requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      streams.close();
      place.remove();
    },
  };
}

function prepareFile(options: LibsqlServerOptions): { file: string; durable: boolean; remove: () => void } {
  if ("file" in options) {
    mkdirSync(dirname(options.file), { recursive: true });
    return { file: options.file, durable: options.durable ?? true, remove: () => {} };
  }
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-libsql-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { file: join(folder, "memory.db"), durable: false, remove };
}

/** Far above any batch of ours; what is longer is a mistake. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface HranaExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly token: string;
  readonly streams: HranaStreams;
}

/** Answers one request of a client, as the server above does. */
export async function answerHrana({ request, response, token, streams }: HranaExchange): Promise<void> {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /health") return send(response, 200, {});
  if (request.headers.authorization !== `Bearer ${token}`)
    return send(response, 401, { message: "wrong token", code: "AUTH" });
  if (route === "GET /v2") return send(response, 200, {});
  if (route !== "POST /v2/pipeline") return send(response, 404, { message: "not found", code: "NOT_FOUND" });
  if (!(Number(request.headers["content-length"]) <= MAX_BODY_BYTES))
    return send(response, 413, { message: "too long", code: "TOO_LONG" });
  try {
    send(response, 200, await streams.runPipeline(v.parse(pipelineSchema, await json(request))));
  } catch (error) {
    const code = error instanceof HranaError ? error.code : "PROTOCOL_ERROR";
    send(response, 400, { message: String(error), code });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/**
 * `DATABASE_AUTH_TOKEN=… node dev/libsql-server.ts --file data/dev.db --port 8080`; prints its URL, ends on a signal.
 */
export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { file: { type: "string" }, port: { type: "string" } } });
  const token = process.env["DATABASE_AUTH_TOKEN"];
  if (token === undefined || token === "") throw new Error("set DATABASE_AUTH_TOKEN to the token clients shall send");
  const place = values.file === undefined ? { memory: true as const } : { file: values.file };
  const server = await startLibsqlServer({ ...place, port: Number(values.port ?? 0), token });
  console.log(server.url);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void server.close());
}

if (import.meta.main) await main(process.argv.slice(2));
