import { expect, test } from "vitest";
import { type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const PRODUCTION = {
  ENV: "production",
  DATABASE_URL: "file:agentlinks.db",
  PUBLIC_URL: "https://links.example.test",
  OPERATOR_KEY: "o".repeat(32),
  AUTH_SECRET: "a".repeat(32),
};

test("D-limits production counts by the address its proxy saw, whatever the caller wrote before it", async () => {
  const door = await startNodeDoor(tempFolder(), PRODUCTION);
  const seen = "203.0.113.9";
  const answers = await Promise.all(
    Array.from({ length: 61 }, (_, n) => signup(door, { "X-Forwarded-For": `198.51.100.${n}, ${seen}` })),
  );
  expect(answers.filter((status) => status === 404)).toHaveLength(30);
  expect(answers.filter((status) => status === 429)).toHaveLength(31);
  expect(await signup(door, { "X-Forwarded-For": `${seen}, 203.0.113.10` })).toBe(404);
  expect(await door.stop("SIGTERM")).toBe(0);
});

test("D-limits dev counts whoever comes through a proxy, and not this machine", async () => {
  const door = await startNodeDoor(tempFolder());
  const statuses = async (headers: Record<string, string>) =>
    new Set(await Promise.all(Array.from({ length: 35 }, () => signup(door, headers))));
  expect(await statuses({})).toEqual(new Set([404]));
  expect(await statuses({ "X-Forwarded-For": "203.0.113.9" })).toEqual(new Set([404, 429]));
  // The shop's own calls come from no connection at all.
  expect((await fetch(`${door.url}/demo?ref=demo42`)).status).toBe(200);
  expect(await door.stop("SIGTERM")).toBe(0);
});

test("R-health production says that it is up, and ready", async () => {
  const door = await startNodeDoor(tempFolder(), PRODUCTION);
  expect(await (await fetch(`${door.url}/health`)).json()).toEqual({ status: "ok" });
  expect(await (await fetch(`${door.url}/ready`)).json()).toEqual({ status: "ready", schema: "0019_click_count" });
  expect((await fetch(`${door.url}/metrics`)).status).toBe(401);
  expect(await door.stop("SIGTERM")).toBe(0);
});

async function signup(door: NodeDoor, headers: Record<string, string>): Promise<number> {
  const body = JSON.stringify({ ref: "nobody", user_id: "u1" });
  return (await fetch(`${door.url}/api/track/signup`, { method: "POST", body, headers })).status;
}
