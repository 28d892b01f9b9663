import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { webhookWaitAfter } from "../../worker/domain/webhook-schedule.ts";
import { codeBlock } from "../support/code-block.ts";
import { createWorld } from "../support/world.ts";

const TEXT = readFileSync("docs/webhooks.md", "utf8");
const RECEIVER = codeBlock({ file: "docs/webhooks.md", heading: "## Verify", language: "js" });

test("the receiver of docs/webhooks.md takes what is ours, each event once, and refuses what was changed", async () => {
  const world = await createWorld({ config: { env: "dev" } });
  const app = await world.newApp();
  const url = `http://127.0.0.1:${await freePort()}/hooks`;
  const draft = { url, types: ["conversion.created"] };
  const made = await world.call("/api/v1/webhooks", draft, { key: app.key });
  const { endpoint, secret } = made.body;
  const lines = await startReceiver(new URL(url).port, secret);
  await world.call("/api/track/conversion", { ref: app.ref, user_id: "u1", amount_cents: 100 }, { key: app.key });
  await world.runJobs();
  const path = `/api/v1/webhooks/${endpoint.id}/deliveries`;
  const [delivery] = (await world.call(path, undefined, { key: app.key })).body.deliveries;
  expect(delivery).toMatchObject({ status: "delivered", last_status: 204 });
  const again = await world.call(`${path}/${delivery.event_id}/resend`, {}, { key: app.key });
  expect(again.body.delivery).toMatchObject({ attempts: 2, last_status: 204 });
  const tried = await world.call(`/api/v1/webhooks/${endpoint.id}/test`, {}, { key: app.key });
  expect(tried.body.attempt).toMatchObject({ status: 204 });
  const forged = await fetch(url, { method: "POST", body: "{}", headers: { "webhook-id": "evt_1" } });
  expect(forged.status).toBe(400);
  await expect.poll(() => lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => /^\S+ \{/.test(line)).map((line) => line.split(" ")[0])).toEqual([
    "conversion.created",
    "test",
  ]);
});

test("docs/webhooks.md tells the schedule as it is", () => {
  const hours = [4, 5, 6, 7, 8, 9].map((attempt) => Number(webhookWaitAfter(attempt, 0)) / 3_600_000);
  expect([1, 2, 3].map((attempt) => webhookWaitAfter(attempt, 0))).toEqual([5_000, 300_000, 1_800_000]);
  const told = `5 seconds, 5 minutes, 30 minutes, ${hours.slice(0, -1).join(", ")} and ${hours.at(-1)} hours after`;
  expect(TEXT).toContain(told);
  expect(webhookWaitAfter(10, 0)).toBeNull();
});

/** The lines that the receiver writes, once it listens. */
async function startReceiver(port: string, secret: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", RECEIVER], {
    env: { ...process.env, PORT: port, WEBHOOK_SECRET: secret },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill());
  const lines: string[] = [];
  createInterface({ input: outputOf(child) }).on("line", (line) => void lines.push(line));
  await expect
    .poll(
      () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 10_000 },
    )
    .toBe(400);
  return lines;
}

function outputOf({ stdout }: ChildProcess) {
  if (stdout === null) throw new Error("it writes nothing");
  return stdout;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return typeof address === "object" && address !== null ? address.port : 0;
}
