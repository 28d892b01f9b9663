import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type NodeDoor, startNodeDoor } from "../../support/node-door.ts";
import { type Fault, openFaultProxy, type OpenFaultProxy } from "../../support/open-fault-proxy.ts";
import { type Dice, diceOf } from "./dice.ts";

/** What the line to the database does to a hundred requests. */
const STORM: Readonly<Record<Exclude<Fault, "hang" | "late">, number>> = {
  pass: 78,
  "drop-request": 3,
  "drop-answer": 5,
  twice: 5,
  slow: 4,
  "503": 2,
  "500": 1,
  garbage: 1,
  truncated: 1,
};
const TOKEN = "t".repeat(32);
/** Who has no answer by then has lost something. */
const PATIENCE_MS = 60_000;
const ATTEMPT_MS = 20_000;
const PAUSE_MS = 40;
const MAX_STARTS = 40;
const DAY_MS = 86_400_000;

export type Json = ReturnType<typeof JSON.parse>;

export interface Call {
  readonly method?: string;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes as it is. */
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly body: Json;
}

/** The built product over a database server of its own, with a bad line between: both are processes, to be killed. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "agentlinks-chaos-"));
  readonly file = join(this.folder, "chaos.db");
  /** What was done to it, by name. */
  readonly counts = { requests: 0, faults: 0, appKills: 0, databaseKills: 0, attempts: 0, unanswered: 0 };
  readonly problems: string[] = [];
  readonly #program: string;
  readonly #dice: Dice;
  #stormy = false;
  #offsetMs = 0;
  #database: { readonly child: ChildProcess; readonly url: string } | null = null;
  #proxy: OpenFaultProxy | null = null;
  #door: NodeDoor | null = null;

  /** `program`: what is run in place of `dist/node.js`. */
  static async open({ seed, program }: { readonly seed: number; readonly program: string }): Promise<Machine> {
    const machine = new Machine(seed, program);
    await machine.#startDatabase();
    machine.#proxy = await openFaultProxy(
      () => existing(machine.#database).url,
      () => machine.#nextFault(),
    );
    await machine.#startApp();
    return machine;
  }

  private constructor(seed: number, program: string) {
    this.#dice = diceOf(seed);
    this.#program = program;
  }

  get env(): Readonly<Record<string, string>> {
    return { DATABASE_URL: existing(this.#proxy).url, DATABASE_AUTH_TOKEN: TOKEN };
  }

  get operatorKey(): string {
    return existing(this.#door).dev().operatorKey;
  }

  get now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Sends a call until it is answered, as its sender does: again, word for word, after no answer, a 5xx or a 429. */
  async call(path: string, call: Call = {}): Promise<Answered> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#attempt(path, call);
      if (answer !== null) return answer;
      if (Date.now() > until) throw new Error(`${path} was never answered`);
      this.counts.unanswered += 1;
      await later(PAUSE_MS);
    }
  }

  storm(): void {
    this.#stormy = true;
  }

  /** From now on the line is good, and nothing is on its way. */
  async calm(): Promise<void> {
    this.#stormy = false;
    while (existing(this.#proxy).counts.underWay > 0) await later(5);
  }

  /** Moves the clock on, in calm: to the first minutes of a day, so that no run passes a midnight. */
  async advanceDays(days: number): Promise<void> {
    if (days === 0) return;
    const next = Math.floor(this.now / DAY_MS) + days;
    const minutes = Math.ceil((next * DAY_MS - this.now) / 60_000) + 1;
    await this.call("/dev/clock", { body: { advance: `${minutes}m` } });
    this.#offsetMs += minutes * 60_000;
  }

  async killApp(): Promise<void> {
    this.counts.appKills += 1;
    await existing(this.#door).stop("SIGKILL");
    await this.#startApp();
  }

  async killDatabase(): Promise<void> {
    this.counts.databaseKills += 1;
    await end(existing(this.#database).child, "SIGKILL");
    await this.#startDatabase();
  }

  /** Ends both; the database's file stays until `remove`. */
  async stop(): Promise<void> {
    await this.#door?.stop("SIGTERM");
    await this.#proxy?.close();
    if (this.#database !== null) await end(this.#database.child, "SIGTERM");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #attempt(path: string, { method, key, headers, body }: Call): Promise<Answered | null> {
    this.counts.attempts += 1;
    try {
      const response = await fetch(existing(this.#door).url + path, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        headers: { ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const text = await response.text();
      if (response.status === 500) this.problems.push(`${path} answered 500`);
      if (response.status >= 500 || response.status === 429) return null;
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    } catch {
      return null;
    }
  }

  #nextFault(): Fault {
    this.counts.requests += 1;
    const fault = this.#stormy ? this.#dice.draw(STORM) : "pass";
    if (fault !== "pass") this.counts.faults += 1;
    return fault;
  }

  async #startApp(): Promise<void> {
    for (let starts = 1; ; starts += 1) {
      try {
        this.#door = await startNodeDoor(this.folder, this.env, this.#program);
        return;
      } catch (error) {
        // It refuses to begin while its database is away.
        if (starts === MAX_STARTS || !this.#stormy) throw error;
      }
    }
  }

  async #startDatabase(): Promise<void> {
    const child = spawn(process.execPath, [resolve("dev/libsql-server.ts"), "--file", this.file], {
      env: { PATH: process.env["PATH"], DATABASE_AUTH_TOKEN: TOKEN },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [url] = await once(createInterface({ input: child.stdout }), "line");
    this.#database = { child, url: String(url) };
  }
}

export function later(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

function existing<T>(value: T | null): T {
  if (value === null) throw new Error("the machine is not running");
  return value;
}
