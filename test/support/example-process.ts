import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

export interface ExampleProcess {
  readonly url: string;
  /** What it printed to its users, line by line. */
  readonly lines: readonly string[];
}

/** Runs an example on a free port, as a process of its own until the test is over, and waits until it says where it is. */
export async function startExample(file: string, env: Readonly<Record<string, string>>): Promise<ExampleProcess> {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env["PATH"], PORT: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => lines.push(line));
  await Promise.race([once(output, "line"), ended]);
  const url = /http:\S+/.exec(lines[0] ?? "")?.[0];
  if (url === undefined) throw new Error(`the example does not say where it is: ${lines[0] ?? "it ended"}`);
  return { url, lines };
}
