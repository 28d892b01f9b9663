import { expect, onTestFinished, test } from "vitest";
import { createTestHarness } from "wrangler";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { jsonOf } from "../support/node-door.ts";

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;
const SETTINGS = { PUBLIC_URL: "https://links.example.test", OPERATOR_KEY, AUTH_SECRET: "s".repeat(32) };
/** Calls sent at once. */
const CONCURRENT = 50;
/** How often a round is begun anew because the window ended amid it. */
const MAX_ROUNDS = 5;

test("D-limits the bindings of wrangler.toml refuse the 301st click and the 61st public signup, by address", async () => {
  const { post, key } = await startProduct();
  // What can be no code is not asked for: the round is quicker than its window.
  const click = (ip: string) => post("/api/track/click", { ref: "no code" }, { "CF-Connecting-IP": ip });
  const clicks = await inOneWindow(10_000, (round) =>
    many(301, (n) => click(`2001:db8:1:${round}::${n.toString(16)}`)),
  );
  expect(clicks.filter(({ status }) => status === 202)).toHaveLength(300);
  const refusal = { code: "rate_limited", retryAfter: "10", cors: "*" };
  expect(clicks.filter(({ status }) => status !== 202)).toMatchObject([{ status: 429, ...refusal }]);
  expect((await click("2001:db8:2:1::1")).status).toBe(202);

  let address = "";
  const signup = (user_id: string, headers: Record<string, string> = {}) =>
    post("/api/track/signup", { ref: "mara", user_id }, { "CF-Connecting-IP": address, ...headers });
  const signups = await inOneWindow(10_000, (round) => {
    address = `192.0.2.${round}`;
    return many(61, (n) => signup(`u${n}`));
  });
  expect(signups.filter(({ status }) => status === 200)).toHaveLength(60);
  expect(signups.filter(({ status }) => status !== 200)).toMatchObject([{ status: 429, ...refusal }]);
  expect((await signup("v", { "CF-Connecting-IP": "198.51.100.1" })).status).toBe(200);
  expect((await signup("w", { Authorization: `Bearer ${key}` })).status).toBe(200);
}, 90_000);

test("D-limits in workerd the 31st unknown code a minute is refused, and then any code", async () => {
  const { post } = await startProduct();
  const { guesses, known } = await inOneWindow(60_000, async (round) => {
    const signup = (ref: string) =>
      post("/api/track/signup", { ref, user_id: "u1" }, { "CF-Connecting-IP": `192.0.2.${round}` });
    return { guesses: await many(31, (n) => signup(`guess${n}`)), known: await signup("mara") };
  });
  expect(guesses.filter(({ status }) => status === 404)).toHaveLength(30);
  expect([guesses.find(({ status }) => status !== 404), known]).toMatchObject([{ status: 429 }, { status: 429 }]);
}, 90_000);

test("R-health R-metrics in workerd it tells that it is ready, and what it has counted", async () => {
  const { url } = await startProduct();
  expect(await (await fetch(new URL("/health", url))).json()).toEqual({ status: "ok" });
  expect(await (await fetch(new URL("/ready", url))).json()).toEqual({
    status: "ready",
    schema: "0019_click_count",
  });
  const metrics = await fetch(new URL("/metrics", url), { headers: { Authorization: `Bearer ${OPERATOR_KEY}` } });
  expect(await metrics.text()).toContain('agentlinks_requests_total{method="GET",route="/ready",status="2xx"} 1\n');
}, 60_000);

test("D-limits dev in workerd does not count this machine", async () => {
  const { post } = await startProduct({ ENV: "dev" });
  const guesses = await many(35, (n) => post("/api/track/signup", { ref: `guess${n}`, user_id: "u1" }));
  expect(guesses.map(({ status }) => status)).toEqual(Array<number>(35).fill(404));
}, 60_000);

/** The worker of wrangler.toml over a database of its own, with a shop and its creator Mara. */
async function startProduct(vars: Record<string, string> = {}) {
  const server = await startTestServer();
  await migrate(openHttpDb(server), MIGRATIONS, Date.now());
  const secrets = { ...SETTINGS, DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: server.authToken };
  const harness = createTestHarness({ workers: [{ configPath: "./wrangler.toml", secrets, vars }] });
  onTestFinished(() => harness.close());
  const { url } = await harness.listen();
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(new URL(path, url), { method: "POST", body: JSON.stringify(body), headers });
    const answer = await jsonOf(response);
    return {
      status: response.status,
      code: answer.error?.code,
      retryAfter: response.headers.get("Retry-After"),
      cors: response.headers.get("Access-Control-Allow-Origin"),
      body: answer,
    };
  };
  const operator = { Authorization: `Bearer ${OPERATOR_KEY}` };
  const made = await post("/api/v1/apps", { name: "Shop", commission_percent: 30 }, operator);
  const key: string = made.body.secret_key;
  await post("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, { Authorization: `Bearer ${key}` });
  return { url, post, key };
}

/**
 * A round of calls that begins and ends in one window: they begin with the clock's tens of seconds, or with its minutes.
 * Each round is told its number, to be somebody else.
 */
async function inOneWindow<T>(windowMs: number, play: (round: number) => Promise<T>): Promise<T> {
  const windowNow = () => Math.floor(Date.now() / windowMs);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const window = windowNow();
    const answers = await play(round);
    if (windowNow() === window) return answers;
  }
  throw new Error("no round fits into a window");
}

async function many<T>(count: number, call: (n: number) => Promise<T>): Promise<readonly T[]> {
  const answers: T[] = [];
  for (let n = 0; n < count; n += CONCURRENT) {
    const turn = Array.from({ length: Math.min(CONCURRENT, count - n) }, (_, at) => call(n + at));
    answers.push(...(await Promise.all(turn)));
  }
  return answers;
}
