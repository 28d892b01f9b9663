import { expect, test } from "vitest";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { rowsOf } from "../support/dump.ts";
import { jsonOf } from "../support/node-door.ts";
import { ownWorker } from "../support/own-worker.ts";

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;
const TODAY = Math.floor(Date.now() / 86_400_000);

test("R-keys what a request leaves for afterwards is kept by that request's own context, however many are under way", async () => {
  const server = await startTestServer();
  const db = openHttpDb(server);
  await migrate(db, MIGRATIONS, Date.now());
  const unlimited = { limit: async () => ({ success: true }) };
  const bindings = {
    CLICK_LIMIT: unlimited,
    TRACK_LIMIT: unlimited,
    KEY_LIMIT: unlimited,
    GUESS_LIMIT: unlimited,
    ENV: "production",
    PUBLIC_URL: "https://links.example.test",
    OPERATOR_KEY,
    AUTH_SECRET: "s".repeat(32),
    DATABASE_URL: server.url,
    DATABASE_AUTH_TOKEN: server.authToken,
  };

  const worker = await ownWorker();
  const call = async (path: string, key: string, body?: object) => {
    const kept: Promise<unknown>[] = [];
    const request = new Request(`https://links.example.test${path}`, {
      headers: { Authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const response = await worker.fetch(request, bindings, { waitUntil: (work) => void kept.push(work) });
    return { status: response.status, body: await jsonOf(response), kept };
  };

  const draft = { name: "Shop", commission_percent: 30 };
  const made = await Promise.all([1, 2, 3].map(() => call("/api/v1/apps", OPERATOR_KEY, draft)));
  const keys = [...made.map(({ body }) => body.secret_key), OPERATOR_KEY];
  const answers = await Promise.all(keys.map((key) => call(`/api/v1/app?app_id=${made[0]?.body.app.id}`, key)));
  expect(answers.map(({ status, kept }) => [status, kept.length])).toEqual([
    [200, 1],
    [200, 1],
    [200, 1],
    [200, 0],
  ]);
  await Promise.all(answers.flatMap(({ kept }) => kept));
  expect((await rowsOf(db, "api_key")).map((row) => row["last_used_on"])).toEqual([TODAY, TODAY, TODAY]);
});
