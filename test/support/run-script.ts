import { type ChildProcess, spawn } from "node:child_process";
import { onTestFinished } from "vitest";

/**
 * Runs a TypeScript module given as text in a Node process of its own, from the project's folder; killed with the test.
 */
export function runScript(text: string): { readonly process: ChildProcess; readonly ended: Promise<string> } {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", text], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(output)));
  return { process: child, ended };
}
