import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { bundleForWorkerd, serveInWorkerd } from "../../support/workerd-process.ts";
import { openInspector, readHeap } from "./inspector.ts";

export type DoorName = "node" | "edge";

/** The built program, or the Worker in workerd, as a process of its own in production's settings: limits count. */
export interface Door {
  readonly url: string;
  readonly operatorKey: string;
  /** What the process holds in memory, its heap after a collection of garbage. */
  readonly memory: () => Promise<MemorySample>;
  /** Seconds of a processor that it has used. */
  readonly cpuSeconds: () => number;
  /** Runs the jobs, where no timer of the process does. */
  readonly runJobs: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface MemorySample {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

export interface DatabaseAddress {
  readonly url: string;
  readonly token: string;
}

const TOKEN = "t".repeat(32);

/** `dist/node.js`, or what is run in its place. */
export async function openNodeDoor(
  database: DatabaseAddress,
  { folder, program = "dist/node.js" }: { readonly folder: string; readonly program?: string | undefined },
): Promise<Door> {
  const settings = settingsOver(database);
  const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", "--enable-source-maps", resolve(program)], {
    cwd: folder,
    env: { PATH: process.env["PATH"], PORT: "0", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  const [inspected, url] = await Promise.all([
    lineOf(child.stderr, /listening on (ws:\S+)/),
    lineOf(child.stdout, /AgentLinks is running on (\S+)/),
  ]);
  const inspector = await openInspector(inspected);
  return {
    url,
    operatorKey: settings.OPERATOR_KEY,
    async memory() {
      await inspector.send("HeapProfiler.collectGarbage");
      return { heapBytes: await readHeap(inspector), residentBytes: residentBytesOf(child.pid ?? 0) };
    },
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    runJobs: async () => {},
    async stop() {
      inspector.close();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** `worker/index.ts` in workerd, without wrangler. */
export async function openEdgeDoor(database: DatabaseAddress): Promise<Door> {
  const settings = settingsOver(database);
  const modules = await bundleForWorkerd({ entryPoints: ["test/workerd/soak-worker.ts"] });
  const worker = await serveInWorkerd(modules, { texts: settings }, { inspected: true, quiet: true });
  const [target] = await targetsOf(worker.inspectorUrl ?? "");
  if (target === undefined) throw new Error("workerd has no inspector");
  const inspector = await openInspector(target.webSocketDebuggerUrl);
  const ask = async (path: string) => {
    const { status } = await fetch(worker.url + path);
    if (status !== 204) throw new Error(`/${path} answered ${status}`);
  };
  return {
    url: worker.url.replace(/\/$/, ""),
    operatorKey: settings.OPERATOR_KEY,
    async memory() {
      await ask("gc");
      return { heapBytes: await readHeap(inspector), residentBytes: residentBytesOf(worker.pid) };
    },
    cpuSeconds: () => cpuSecondsOf(worker.pid),
    runJobs: () => ask("cron"),
    async stop() {
      inspector.close();
      await worker.stop();
    },
  };
}

/** A libSQL server of its own process, over a file; killed, it comes back at the same address. */
export class DatabaseServer {
  readonly file: string;
  #child: ChildProcess | null = null;
  #url = "";

  constructor(folder: string) {
    this.file = join(folder, "soak.db");
  }

  get address(): DatabaseAddress {
    return { url: this.#url, token: TOKEN };
  }

  async start(): Promise<void> {
    const port = this.#url === "" ? "0" : new URL(this.#url).port;
    const child = spawn(process.execPath, [resolve("dev/libsql-server.ts"), "--file", this.file, "--port", port], {
      env: { PATH: process.env["PATH"], DATABASE_AUTH_TOKEN: TOKEN },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    this.#url = await lineOf(child.stdout, /^(http:\S+)$/);
  }

  /** By the built command, as before a deployment. */
  async migrate(): Promise<void> {
    const { url, token } = this.address;
    const env = { PATH: process.env["PATH"], ENV: "production", DATABASE_URL: url, DATABASE_AUTH_TOKEN: token };
    const command = spawn(process.execPath, [resolve("dist/cli.js"), "migrate"], { env, stdio: "ignore" });
    const [code] = await once(command, "exit");
    if (code !== 0) throw new Error(`migrate ended with ${code}`);
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}

export function settingsOver({ url, token }: DatabaseAddress) {
  return {
    ENV: "production",
    DATABASE_URL: url,
    DATABASE_AUTH_TOKEN: token,
    PUBLIC_URL: "https://links.example.test",
    OPERATOR_KEY: randomBytes(24).toString("hex"),
    AUTH_SECRET: randomBytes(24).toString("hex"),
  };
}

/** What an inspector lists. */
async function targetsOf(url: string): Promise<readonly { readonly webSocketDebuggerUrl: string }[]> {
  const response = await fetch(url);
  return JSON.parse(await response.text());
}

/** What the first line of this form says. What comes after it is read and left. */
async function lineOf(stream: Readable, form: RegExp): Promise<string> {
  let seen = "";
  const lines = createInterface({ input: stream });
  for await (const line of lines) {
    const found = form.exec(line)?.[1];
    seen += `${line}\n`;
    if (found === undefined) continue;
    lines.close();
    stream.resume();
    return found;
  }
  throw new Error(`the process ended:\n${seen}`);
}

/** What the kernel counts as held by a process. */
function residentBytesOf(pid: number): number {
  const [, told] = /^VmRSS:\s+(\d+) kB$/m.exec(readProcess(pid, "status")) ?? [];
  const kilobytes = told ?? spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return Number(kilobytes) * 1_024;
}

/** Of proc(5)'s fields the 14th and 15th, in ticks of 10 ms; a process's name may have blanks. 0 where there is no /proc. */
function cpuSecondsOf(pid: number): number {
  const fields = readProcess(pid, "stat")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function readProcess(pid: number, file: "status" | "stat"): string {
  const path = `/proc/${pid}/${file}`;
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
