import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";

/** What is sent: a request, or bytes that may be none. */
export interface Input {
  readonly method: string;
  /** With its query, as it goes over the line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | null;
  /** Goes as it is, on a connection of its own. */
  readonly raw?: Buffer;
}

export interface Answer {
  /** 0: the connection was closed without an answer. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly ms: number;
}

/** Nothing takes that long. */
const PATIENCE_MS = 20_000;
/** Bytes that are no request: the server waits for more, or says so. */
const RAW_PATIENCE_MS = 500;

/** Sends one input after another on a connection that is kept. */
export class Line {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #host: { readonly hostname: string; readonly port: string };

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = { hostname, port };
  }

  async send(input: Input): Promise<Answer> {
    const startedAt = performance.now();
    const answer = input.raw === undefined ? await this.#request(input) : await this.#write(input.raw);
    return { ...answer, ms: performance.now() - startedAt };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A server may close a kept connection just then: a second one tells. */
  async #request(input: Input): Promise<Omit<Answer, "ms">> {
    try {
      return await this.#attempt(input);
    } catch (error) {
      if (!isClosed(error)) throw error;
      return this.#attempt(input).catch((again: unknown) => {
        if (!isClosed(again)) throw again;
        return NO_ANSWER;
      });
    }
  }

  async #attempt({ method, path, headers, body }: Input): Promise<Omit<Answer, "ms">> {
    const length = body === null ? {} : { "content-length": body.length };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const options = { ...this.#host, method, path, headers: { ...length, ...headers }, agent: this.#agent };
      const request = httpRequest({ ...options, timeout: PATIENCE_MS }, resolve)
        .once("error", reject)
        .once("timeout", () => request.destroy(new Error(`no answer in ${PATIENCE_MS} ms`)));
      request.end(body);
    });
    const received = new Map<string, string>();
    for (let at = 0; at < answer.rawHeaders.length; at += 2) {
      const name = (answer.rawHeaders[at] ?? "").toLowerCase();
      const value = answer.rawHeaders[at + 1] ?? "";
      const known = received.get(name);
      received.set(name, known === undefined ? value : `${known}\n${value}`);
    }
    // It goes on for as long as somebody listens.
    const isEndless = received.get("content-type")?.startsWith("text/event-stream") === true;
    if (isEndless) answer.destroy();
    const content = isEndless ? "" : (await buffer(answer)).toString("utf8");
    return { status: answer.statusCode ?? 0, headers: received, body: content };
  }

  async #write(raw: Buffer): Promise<Omit<Answer, "ms">> {
    const { hostname, port } = this.#host;
    const text = await new Promise<string>((done) => {
      let received = "";
      const socket = connect(Number(port), hostname, () => socket.write(raw));
      const end = () => {
        socket.destroy();
        done(received);
      };
      socket.setTimeout(RAW_PATIENCE_MS, end);
      socket.on("data", (chunk: Buffer) => {
        received += chunk.toString("latin1");
        // Whoever means to go on listening has said what there is to say.
        if (received.includes("\r\n\r\n")) socket.setTimeout(RAW_SETTLE_MS, end);
      });
      socket.once("error", end).once("close", end);
    });
    return parse(text);
  }
}

const RAW_SETTLE_MS = 60;
const NO_ANSWER = { status: 0, headers: new Map<string, string>(), body: "" };

function isClosed(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /ECONNRESET|EPIPE|HPE_|ECONNABORTED/.test(code);
}

/** The first answer in what came. */
function parse(text: string): Omit<Answer, "ms"> {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [start = "", ...lines] = head.split("\r\n");
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(start)?.[1] ?? 0);
  const pairs = lines.map(
    (line) => [line.split(":", 1).join("").toLowerCase(), line.replace(/^[^:]*:\s*/, "")] as const,
  );
  return { status, headers: new Map(pairs), body: rest.join("\r\n\r\n") };
}
