import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const QUEUE = /env\.CLICKS \(agentlinks-clicks\)/;

test("a dry run of a deployment needs no login, and binds a queue only when asked to", { timeout: 60_000 }, () => {
  const plain = deploy("--dry-run");
  expect(plain).toMatch(/env\.GUESS_LIMIT/);
  expect(plain).not.toMatch(QUEUE);
  const queued = deploy("--dry-run", "--queue");
  expect(queued).toMatch(/env\.GUESS_LIMIT/);
  expect(queued).toMatch(QUEUE);
});

function deploy(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["dev/deploy.ts", ...args], { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}
