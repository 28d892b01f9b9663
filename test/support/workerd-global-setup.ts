import type { TestProject } from "vitest/node";
import { startWorkerdProcess } from "./workerd-process.ts";

/** One workerd for all files of the project: each world brings its own database. `test/workerd` has the worker as wrangler deploys it. */
export default async function startWorkerd(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startWorkerdProcess("test/workerd/world-worker.ts");
  project.provide("workerUrl", url);
  return stop;
}
