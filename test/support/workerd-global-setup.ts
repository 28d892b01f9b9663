import { createTestHarness } from "wrangler";
import type { TestProject } from "vitest/node";

/** One workerd for all files of the project: each world brings its own database. */
export default async function startWorkerd(project: TestProject): Promise<() => Promise<void>> {
  const config = { name: "worlds", main: "test/workerd/world-worker.ts", compatibility_date: "2026-11-01" };
  const harness = createTestHarness({ workers: [{ config }] });
  const { url } = await harness.listen();
  project.provide("workerUrl", url.href);
  return () => harness.close();
}
