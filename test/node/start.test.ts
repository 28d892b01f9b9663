import { spawnSync } from "node:child_process";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { jsonOf, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const PRODUCTION = {
  ENV: "production",
  DATABASE_URL: "file:agentlinks.db",
  PUBLIC_URL: "https://links.example.test",
  OPERATOR_KEY: "o".repeat(32),
  AUTH_SECRET: "a".repeat(32),
};

test("dev keeps its keys, its shop and its clock between starts, in a file only its owner reads", async () => {
  const folder = tempFolder();
  const first = await startNodeDoor(folder);
  const keys = first.dev();
  const moved = await fetch(`${first.url}/dev/clock`, { method: "POST", body: '{"advance":"15d"}' });
  const { now } = await jsonOf(moved);
  expect(await first.stop("SIGTERM")).toBe(0);

  const second = await startNodeDoor(folder);
  expect(second.dev()).toEqual(keys);
  const again = await fetch(`${second.url}/dev/clock`, { method: "POST", body: '{"advance":"0s"}' });
  expect(Date.parse((await jsonOf(again)).now)).toBeGreaterThanOrEqual(Date.parse(now));
  await second.stop("SIGTERM");
  expect(statSync(join(folder, "data/dev.json")).mode & 0o777).toBe(0o600);
  expect(second.output()).toContain(keys.operatorKey);
  expect(second.output()).toContain(keys.demo.secretKey);
});

test("a page and its files come compressed on one machine; a call of the API as it is", async () => {
  const door = await startNodeDoor(tempFolder());
  const page = await fetch(`${door.url}/signin`, { headers: { Accept: "text/html", "Accept-Encoding": "gzip" } });
  expect([page.status, page.headers.get("Content-Encoding")]).toEqual([200, "gzip"]);
  expect(await page.text()).toContain("<h1>Sign in</h1>");
  const reference = await (await fetch(`${door.url}/docs/reference`)).text();
  const [viewer = ""] = /\/docs\/files\/viewer\.\w+\.js/.exec(reference) ?? [];
  const script = await fetch(`${door.url}${viewer}`, { headers: { Accept: "*/*", "Accept-Encoding": "gzip" } });
  expect([script.status, script.headers.get("Content-Encoding")]).toEqual([200, "gzip"]);
  expect((await script.text()).length).toBeGreaterThan(1_000_000);
  const health = await fetch(`${door.url}/health`, { headers: { "Accept-Encoding": "gzip" } });
  expect(health.headers.get("Content-Encoding")).toBeNull();
  await door.stop("SIGTERM");
});

test("the clock of dev moves only forward, by at most 400 days at a time, and only for this machine", async () => {
  const door = await startNodeDoor(tempFolder());
  const move = async (advance: unknown, headers: Record<string, string> = {}) =>
    (await fetch(`${door.url}/dev/clock`, { method: "POST", body: JSON.stringify({ advance }), headers })).status;
  expect(await move("400d")).toBe(200);
  expect(await move("401d")).toBe(400);
  expect(await move("-1d")).toBe(400);
  expect(await move(15)).toBe(400);
  expect(await move("1d", { Origin: "https://elsewhere.example.test" })).toBe(404);
  expect(await move("1d", { "X-Forwarded-For": "192.0.2.7" })).toBe(404);
  expect((await fetch(`${door.url}/dev/clock`)).status).toBe(405);
  await door.stop("SIGTERM");
});

test("dev that lost its keys opens the same shop with new ones", async () => {
  const folder = tempFolder();
  const first = await startNodeDoor(folder);
  const { demo } = first.dev();
  await first.stop("SIGTERM");
  rmSync(join(folder, "data/dev.json"));
  const second = await startNodeDoor(folder);
  const now = second.dev().demo;
  expect(now.appId).toBe(demo.appId);
  expect(now.secretKey).not.toBe(demo.secretKey);
  const found = await fetch(`${second.url}/api/v1/app`, { headers: { Authorization: `Bearer ${now.secretKey}` } });
  expect((await jsonOf(found)).app.id).toBe(demo.appId);
  await second.stop("SIGTERM");
});

test("a port that is taken is said in a sentence", async () => {
  const first = await startNodeDoor(tempFolder());
  const PORT = new URL(first.url).port;
  await expect(startNodeDoor(tempFolder(), { PORT })).rejects.toThrow(`cannot listen on 127.0.0.1:${PORT}`);
  await first.stop("SIGTERM");
});

test.each(["migrate", "audit"])("%s in production does not guess where the database is", (command) => {
  const folder = tempFolder();
  const ended = spawnSync(process.execPath, [resolve("dist/cli.js"), command], {
    cwd: folder,
    env: { PATH: process.env["PATH"], ENV: "production" },
    encoding: "utf8",
  });
  expect([ended.status, ended.stderr]).toEqual([2, "DATABASE_URL is missing.\n"]);
  expect(readdirSync(folder)).toEqual([]);
});

test("production has none of dev, and no key but those it was given", async () => {
  const door = await startNodeDoor(tempFolder(), PRODUCTION);
  for (const path of ["/demo", "/dev/clock", "/dev/outbox"]) {
    expect((await fetch(door.url + path, { method: "POST", body: '{"advance":"1d"}' })).status).toBe(404);
  }
  expect((await fetch(`${door.url}/demo?ref=demo42`)).status).toBe(404);
  const apps = await fetch(`${door.url}/api/v1/apps`, {
    headers: { Authorization: `Bearer ${PRODUCTION.OPERATOR_KEY}` },
  });
  expect(await apps.json()).toEqual({ apps: [], next_cursor: null });
  expect(door.output()).not.toContain(PRODUCTION.OPERATOR_KEY);
  expect(await door.stop("SIGTERM")).toBe(0);
});

test.each([
  [
    "every missing variable at once",
    { ENV: "production" },
    ["DATABASE_URL", "PUBLIC_URL", "OPERATOR_KEY", "AUTH_SECRET"],
  ],
  ["a short secret", { ...PRODUCTION, AUTH_SECRET: "short" }, ["AUTH_SECRET"]],
  ["an address without https", { ...PRODUCTION, PUBLIC_URL: "http://links.example.test" }, ["PUBLIC_URL"]],
  ["a database it cannot reach", { ...PRODUCTION, DATABASE_URL: "postgres://x" }, ["DATABASE_URL"]],
  ["a fee above everything", { ...PRODUCTION, PLATFORM_FEE_BPS: "10001" }, ["PLATFORM_FEE_BPS"]],
  [
    "what Stripe would not give",
    {
      ...PRODUCTION,
      STRIPE_WEBHOOK_SECRETS: "whsec_of_an_endpoint,pk_live_of_a_page",
      STRIPE_API_KEY: "pk_live_of_a_page",
      STRIPE_APP_ID: "Demo Shop",
      STRIPE_CLIENT_ID: "acct_1",
      STRIPE_SECRET_KEY: "whsec_of_an_endpoint",
      STRIPE_OAUTH_SCOPE: "everything",
      STRIPE_API_BASE: "127.0.0.1:12111",
    },
    [
      "STRIPE_WEBHOOK_SECRETS",
      "STRIPE_API_KEY",
      "STRIPE_APP_ID",
      "STRIPE_CLIENT_ID",
      "STRIPE_SECRET_KEY",
      "STRIPE_OAUTH_SCOPE",
      "STRIPE_API_BASE",
    ],
  ],
  ["dev on another address than this machine's", { HOST: "0.0.0.0" }, ["HOST"]],
  ["an unknown environment", { ENV: "staging" }, ["ENV"]],
])("it refuses to start with %s, and says so", (_, env, named) => {
  const ended = spawnSync(process.execPath, [resolve("dist/node.js")], {
    cwd: tempFolder(),
    env: { PATH: process.env["PATH"], ...env },
    encoding: "utf8",
    timeout: 10_000,
  });
  expect(ended.status).toBe(1);
  for (const variable of named) expect(ended.stderr).toContain(`${variable}: `);
});
