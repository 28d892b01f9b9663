import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Call, CallKind, Shoppers } from "./shoppers.ts";

export interface TrafficOptions {
  readonly url: string;
  readonly shoppers: Shoppers;
  readonly connections: number;
  /** Requests a second over all connections; 0: each sends the next one as soon as the last is answered. */
  readonly rate: number;
}

/** What became of the requests of one kind. */
export interface KindCounts {
  sent: number;
  answered: number;
  /** 503 with Retry-After. */
  unavailable: number;
  /** Each answer's time, in ms. */
  readonly times: number[];
}

/** A request that has no answer by then hangs: the product gives each call of its database 8 s, and makes two (`HTTP_LIMITS`). */
export const HANGS_AFTER_MS = 20_000;
/** A collection of garbage on either side delays what is then sent at once. */
const CATCHES_UP_MS = 500;
/** As many wrong answers say enough. */
const MAX_PROBLEMS = 20;
/** For the longest a repeated call waits in the end. */
const REPEAT_FOR_MS = 30_000;

/** Connections that stay open, each sending one request after the other. */
export class Traffic {
  readonly counts = new Map<CallKind, KindCounts>();
  readonly problems: string[] = [];
  /** Answers beyond 2xx, by status; a request without an answer is `none`. */
  readonly refusals = new Map<string, number>();
  /** Connections that ended between two requests and were opened anew, as servers do with idle ones. */
  reconnects = 0;
  /** When the last 503 came, on the clock of `performance.now`. */
  lastUnavailableAt = 0;
  /** When a call that is written was last answered. */
  lastWrittenAt = 0;
  slowestMs = 0;
  readonly #options: TrafficOptions;
  readonly #repeats: { readonly call: Call; readonly dueAt: number }[] = [];
  #nextAt = performance.now();
  #gate: Promise<void> | null = null;
  #stopping = false;
  #underWay = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** Sends until `stop` is called, then what is still to be repeated. */
  async run(): Promise<void> {
    const { connections } = this.#options;
    await Promise.all(Array.from({ length: connections }, () => this.#connection()));
  }

  stop(): void {
    this.#stopping = true;
  }

  /** Nothing is on its way while `work` goes on: what a process then holds is no call's. */
  async pausedFor<T>(work: () => Promise<T>): Promise<T> {
    const gate = Promise.withResolvers<void>();
    this.#gate = gate.promise;
    try {
      while (this.#underWay > 0) await sleep(5);
      return await work();
    } finally {
      this.#gate = null;
      gate.resolve();
    }
  }

  get sent(): number {
    return [...this.counts.values()].reduce((sum, { sent }) => sum + sent, 0);
  }

  async #connection(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      while (!this.#stopping) {
        await this.#turn();
        if (!this.#stopping) await this.#send(agent, this.#due() ?? this.#options.shoppers.next());
      }
      await this.#finish(agent);
    } finally {
      agent.destroy();
    }
  }

  /** Waits for this request's place in the rate. What could not be sent in time is left out, but for a moment's worth. */
  async #turn(): Promise<void> {
    const { rate } = this.#options;
    if (this.#gate !== null) await this.#gate;
    if (rate === 0) return;
    this.#nextAt = Math.max(this.#nextAt + 1_000 / rate, performance.now() - CATCHES_UP_MS);
    const waitMs = this.#nextAt - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    if (this.#gate !== null) await this.#gate;
  }

  /** The repeats that are left: who is paid for a sale does not give up. */
  async #finish(agent: Agent): Promise<void> {
    const until = performance.now() + REPEAT_FOR_MS;
    while ((this.#repeats.length > 0 || this.#underWay > 0) && performance.now() < until) {
      const call = this.#due();
      if (call === undefined) await sleep(20);
      else await this.#send(agent, call);
    }
  }

  #due(): Call | undefined {
    const [first] = this.#repeats;
    if (first === undefined || first.dueAt > performance.now()) return undefined;
    this.#repeats.shift();
    return first.call;
  }

  async #send(agent: Agent, call: Call): Promise<void> {
    const counts = this.#countsOf(call.kind);
    counts.sent += 1;
    this.#underWay += 1;
    const startedAt = performance.now();
    try {
      const answer = await this.#exchange(agent, call);
      const ms = performance.now() - startedAt;
      this.slowestMs = Math.max(this.slowestMs, ms);
      this.#take(call, { answer, counts, ms });
    } catch (error) {
      this.#refuse("none", `${call.kind} was not answered: ${String(error)}`);
      if (call.isRepeated) this.#repeats.push({ call, dueAt: performance.now() + 1_000 });
    } finally {
      this.#underWay -= 1;
    }
  }

  #take(call: Call, { answer, counts, ms }: { answer: Answer; counts: KindCounts; ms: number }): void {
    const { status, headers, body } = answer;
    if (status >= 200 && status < 300) {
      counts.answered += 1;
      counts.times.push(ms);
      if (call.method === "POST") this.lastWrittenAt = performance.now();
      const problem = call.take(answer);
      if (problem !== null) this.#tell(problem);
      return;
    }
    const retryAfterS = Number(headers["retry-after"] ?? "none");
    if (status === 503 && retryAfterS >= 1 && retryAfterS <= 60) {
      counts.unavailable += 1;
      this.lastUnavailableAt = performance.now();
      this.#refuse("503");
      if (call.isRepeated) this.#repeats.push({ call, dueAt: performance.now() + retryAfterS * 1_000 });
      return;
    }
    this.#refuse(String(status), `${call.kind} was answered ${status}: ${body.slice(0, 300)}`);
  }

  #refuse(status: string, problem?: string): void {
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    if (problem !== undefined) this.#tell(problem);
  }

  #tell(problem: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push(problem);
  }

  #countsOf(kind: CallKind): KindCounts {
    const counts = this.counts.get(kind) ?? { sent: 0, answered: 0, unavailable: 0, times: [] };
    this.counts.set(kind, counts);
    return counts;
  }

  /** A server may end an idle connection just when it is used again: who sees that sends once more (RFC 9112 §9.3.1). */
  async #exchange(agent: Agent, call: Call): Promise<Answer> {
    const sent: { request: ClientRequest | null } = { request: null };
    try {
      return await this.#once(agent, call, sent);
    } catch (error) {
      if (sent.request?.reusedSocket !== true || !isReset(error)) throw error;
      this.reconnects += 1;
      return this.#once(agent, call, sent);
    }
  }

  async #once(agent: Agent, call: Call, sent: { request: ClientRequest | null }): Promise<Answer> {
    const { method, path, headers, body } = call;
    const message = await new Promise<IncomingMessage>((answered, failed) => {
      const options = { method, agent, headers, signal: AbortSignal.timeout(HANGS_AFTER_MS) };
      sent.request = request(this.#options.url + path, options, answered).once("error", failed);
      sent.request.end(body ?? undefined);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    return { status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks).toString() };
  }
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
