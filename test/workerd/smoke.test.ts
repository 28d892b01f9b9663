import { expect, onTestFinished, test } from "vitest";
import { createTestHarness } from "wrangler";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { rowsOf } from "../support/dump.ts";
import { jsonOf } from "../support/node-door.ts";

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;
const SETTINGS = { PUBLIC_URL: "https://links.example.test", OPERATOR_KEY, AUTH_SECRET: "s".repeat(32) };
/** Above 20 concurrent requests a client shared by requests loses some of them in workerd. */
const CONCURRENT = 150;

test("the same app in workerd turns a click into a commission, and 150 payments at once into 150", async () => {
  const { server, db, post } = await startProduct();

  const made = await post("/api/v1/apps", { name: "Shop", commission_percent: 30 }, OPERATOR_KEY);
  expect(made.status).toBe(201);
  const key: string = made.body.secret_key;
  const joined = await post("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, key);
  expect(await post("/api/track/click", { ref: "mara" })).toMatchObject({ status: 202, body: { tracked: true } });
  await post("/api/track/signup", { ref: "mara", user_id: "u1" }, key);

  const payment = { user_id: "u1", amount_cents: 10_000, event_id: "order-1" };
  // The day's first use of a key is noted after the answer, by a request of its own.
  await expect.poll(() => rowsOf(db, "api_key")).toMatchObject([{ last_used_on: Math.floor(Date.now() / 86_400_000) }]);
  const before = server.requests();
  const first = await post("/api/track/conversion", payment, key);
  expect(first.body.commission).toEqual({
    amount_cents: 10_000,
    commission_cents: 3_000,
    platform_fee_cents: 150,
    net_commission_cents: 2_850,
  });
  expect(server.requests() - before).toBe(1);
  const again = await post("/api/track/conversion", payment, key);
  expect([again.body, again.replayed]).toEqual([first.body, "true"]);

  const many = await Promise.all(
    Array.from({ length: CONCURRENT }, (_, order) =>
      post("/api/track/conversion", { user_id: "u1", amount_cents: 1_000, event_id: `many-${order}` }, key),
    ),
  );
  expect(new Set(many.map(({ body }) => body.conversion_id)).size).toBe(CONCURRENT);

  await post("/api/track/refund", { user_id: "u1", conversion_id: first.body.conversion_id }, key);
  const path = `/api/v1/affiliates/${joined.body.affiliate.id}/balance`;
  const { body } = await post(path, undefined, key);
  expect(body.balances[0].pending_cents).toBe(CONCURRENT * 285);
  expect(await checkBooks(db)).toEqual([]);
}, 60_000);

test("a signup, a conversion and a refund are one request to the database each, by key and without", async () => {
  const { post, server, db } = await startProduct();
  const made = await post("/api/v1/apps", { name: "Shop", commission_percent: 30 }, OPERATOR_KEY);
  const key: string = made.body.secret_key;
  await post("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, key);
  await post("/api/track/click", { ref: "mara" }, key);
  await expect.poll(() => rowsOf(db, "api_key")).toMatchObject([{ last_used_on: Math.floor(Date.now() / 86_400_000) }]);
  const payment = { ref: "mara", amount_cents: 10_000 };
  const calls: readonly (readonly [string, object, string?])[] = [
    ["signup", { ref: "mara", user_id: "u1" }, key],
    ["conversion", { ...payment, user_id: "u1" }, key],
    ["refund", { user_id: "u1", amount_cents: 100 }, key],
    ["signup", { ref: "mara", user_id: "u2" }],
    ["conversion", { ...payment, user_id: "u2" }],
    ["refund", { ref: "mara", user_id: "u2", amount_cents: 100 }],
  ];
  for (const [call, body, by] of calls) {
    const before = server.requests();
    expect((await post(`/api/track/${call}`, body, by)).status).toBe(200);
    expect([call, server.requests() - before]).toEqual([call, 1]);
  }
}, 60_000);

test("AL-s4 in workerd too a click under a prefix is answered with the page's cookie", async () => {
  const { post } = await startProduct();
  const made = await post("/api/v1/apps", { name: "Shop", commission_percent: 30 }, OPERATOR_KEY);
  await post("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, made.body.secret_key);
  const click = { ref: "mara", cookie: { days: 30 } };
  const page = { Origin: "https://shop.example.co.uk", "Sec-Fetch-Site": "same-origin" };
  expect(await post("/_al/api/track/click", click, undefined, page)).toMatchObject({
    status: 202,
    body: { tracked: true },
    cookies: ["agentlinks_ref=mara; Max-Age=2592000; Domain=example.co.uk; Path=/; Secure; SameSite=Lax"],
  });
  const elsewhere = { ...page, "Sec-Fetch-Site": "cross-site" };
  expect(await post("/_al/api/track/click", click, undefined, elsewhere)).toMatchObject({ status: 202, cookies: [] });
}, 60_000);

test("R-docs in workerd too the documentation is sent by the worker, with its headers, and no file beyond it", async () => {
  const { get } = await startProduct();
  const page = await get("/docs/money");
  expect([page.status, page.headers.get("Cache-Control")]).toEqual([200, "public, max-age=300"]);
  expect(page.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; script-src 'self';/);
  const html = await page.text();
  expect(html).toContain("<h1>How the money is counted</h1>");
  const sheet = await get(/\/docs\/files\/docs\.\w+\.css/.exec(html)?.[0] ?? "");
  const tag = sheet.headers.get("ETag") ?? "";
  expect([sheet.status, sheet.headers.get("Content-Type"), sheet.headers.get("Cache-Control"), tag]).toEqual([
    200,
    "text/css; charset=utf-8",
    "public, max-age=31536000, immutable",
    expect.stringContaining('"'),
  ]);
  expect(await sheet.text()).toContain(".prose");
  for (const path of ["/docs/money.json", "/docs/files/..%2fmoney.json", "/docs/files/none.css", "/docs/index.json"]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
}, 60_000);

test.each([
  ["without its settings", {}, /DATABASE_URL.*PUBLIC_URL.*OPERATOR_KEY.*AUTH_SECRET/],
  ["whose database is a file", { ...SETTINGS, DATABASE_URL: "file:agentlinks.db" }, /DATABASE_URL/],
])(
  "a worker %s says what is wrong and does nothing",
  async (_, settings, message) => {
    const { post } = await startWorker(settings);
    const answer = await post("/api/track/click", { ref: "mara" });
    expect(answer.status).toBe(503);
    expect(answer.body.error.code).toBe("misconfigured");
    expect(answer.body.error.message).toMatch(message);
  },
  60_000,
);

/** Runs the worker over a database of its own. */
async function startProduct() {
  const server = await startTestServer();
  const db = openHttpDb(server);
  await migrate(db, MIGRATIONS, Date.now());
  const settings = { ...SETTINGS, DATABASE_URL: server.url, DATABASE_AUTH_TOKEN: server.authToken };
  return { server, db, ...(await startWorker(settings)) };
}

/** Runs the worker of wrangler.toml with these secrets; answers functions that call it. */
async function startWorker(secrets: Record<string, string>) {
  const harness = createTestHarness({ workers: [{ configPath: "./wrangler.toml", secrets }] });
  onTestFinished(() => harness.close());
  const { url } = await harness.listen();
  const get = (path: string) => fetch(new URL(path, url));
  const post = async (path: string, body?: unknown, key?: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(new URL(path, url), {
      headers: key === undefined ? headers : { ...headers, Authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      body: await jsonOf(response),
      replayed: response.headers.get("Idempotent-Replayed"),
      cookies: response.headers.getSetCookie(),
    };
  };
  return { get, post };
}
