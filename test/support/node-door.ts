import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join, resolve } from "node:path";

/** The built product, running as a process of its own in a folder of its own. */
export interface NodeDoor {
  readonly url: string;
  readonly pid: number;
  /** Everything it printed. */
  readonly output: () => string;
  /** What dev keeps in `data/dev.json`. */
  readonly dev: () => { operatorKey: string; authSecret: string; demo: { appId: string; secretKey: string } };
  /** Sends a signal that it lives on with. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Sends a signal and waits for the end; answers the exit code, null when killed. */
  readonly stop: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Starts `dist/node.js`, or another build of it, in `folder` on a free port and waits until it says where it listens. */
export async function startNodeDoor(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  program = "dist/node.js",
  args: readonly string[] = [],
): Promise<NodeDoor> {
  mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, [resolve(program), ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const url = await new Promise<string>((found, failed) => {
    child.once("exit", () => failed(new Error(`the server ended:\n${output}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      output += `${line}\n`;
      const match = /AgentLinks is running on (\S+)/.exec(line);
      if (match?.[1] !== undefined) found(match[1]);
    });
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    dev: () => JSON.parse(readFileSync(join(folder, "data/dev.json"), "utf8")),
    signal: (signal) => void child.kill(signal),
    stop: (signal) => stop(child, signal),
  };
}

/** A JSON body a test looks into freely. */
export async function jsonOf(response: Response): Promise<ReturnType<typeof JSON.parse>> {
  return response.json();
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
  return child.exitCode;
}
