import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { QUEUES, withQueue } from "../../dev/queue-config.ts";
import type { QueuedClick } from "../../worker/gateways/click-queue.ts";
import type { Db } from "../../worker/store/db.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { HOUR_MS } from "../support/creators.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { rowsOf } from "../support/dump.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { jsonOf } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;
const SETTINGS = { PUBLIC_URL: "https://links.example.test", OPERATOR_KEY, AUTH_SECRET: "s".repeat(32) };
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
/** Clicks under way together, and messages in one call of a queue. */
const AT_ONCE = 100;
/** Tries of one batch before the store gives up for now. */
const TRIES = 3;
/** Where the product's messages go first. */
const AS_MADE = "clicks-as-made";
const RETRIES = 2;

test("AL-i3 1,000 clicks, queued, delivered twice, shuffled and again after a lost answer, are counted once", async () => {
  await awayFromTheHour();
  const { db, line, click, deliver, kept } = await startProduct();
  const send = [
    // 300 visitors come twice, 100 more are named by a backend twice, 150 clicks name nobody, 50 are bots'.
    ...Array.from({ length: 600 }, (_, index) => () => click({ ref: "mara" }, browser(index % 300))),
    ...Array.from({ length: 200 }, (_, index) => () => click({ ref: "mara", visitor: `v-${index % 100}` })),
    ...Array.from({ length: 150 }, () => () => click({ ref: "mara" })),
    ...Array.from({ length: 50 }, () => () => click({ ref: "mara", user_agent: "Googlebot/2.1" })),
  ];
  for (let from = 0; from < send.length; from += AT_ONCE) {
    const answers = await Promise.all(send.slice(from, from + AT_ONCE).map((one) => one()));
    for (const answer of answers) expect(answer).toEqual({ status: 202, body: { tracked: true } });
  }
  const { made } = await vi.waitFor(async () => {
    const now = await kept();
    expect(now.made).toHaveLength(950);
    return now;
  }, WAIT);
  expect(await rowsOf(db, "click")).toEqual([]);
  expect(JSON.stringify(made)).not.toMatch(/203\.0\.113|Mozilla|"v-\d+"/);

  // A batch that is written while its answer is lost: the store gives up, and the queue delivers it again.
  line.failNext(...Array.from({ length: TRIES }, () => "drop-answer" as const));
  await deliver(shuffled([...made, ...made]));
  await vi.waitFor(async () => expect(await rowsOf(db, "click")).toHaveLength(550), WAIT);
  await deliver(shuffled(made));
  const last = { ...made[0], visitor: "the-last-one" };
  await deliver([last]);
  await vi.waitFor(async () => expect(await sumOf(db)).toBe(551), WAIT);
  expect(await rowsOf(db, "click")).toHaveLength(551);
  expect((await kept()).dead).toEqual([]);
}, 180_000);

test("AL-i3 a message that cannot be written ends in the dead-letter queue, and the rest of its delivery counts", async () => {
  const { db, click, deliver, kept } = await startProduct();
  for (let time = 0; time < 20; time++) await click({ ref: "mara" });
  const { made } = await vi.waitFor(async () => {
    const now = await kept();
    expect(now.made).toHaveLength(20);
    return now;
  }, WAIT);
  const poison = [{ no: "click" }, { ...made[0], appId: "app_gone" }];
  await deliver([...made.slice(0, 10), ...poison, ...made.slice(10)]);
  await vi.waitFor(async () => expect((await kept()).dead).toHaveLength(poison.length), WAIT);
  expect((await kept()).dead).toEqual(expect.arrayContaining(poison));
  expect(await sumOf(db)).toBe(20);
}, 60_000);

test("AL-i3 the queue's lines in wrangler.toml are off until they are asked for", () => {
  const toml = readFileSync("wrangler.toml", "utf8");
  expect(toml).not.toMatch(/^[^#]*queue/m);
  const config = withQueue(toml, "..");
  expect(config).not.toMatch(/^#queue/m);
  for (const name of QUEUES) expect(config).toContain(`"${name}"`);
  expect(config).toMatch(/^main = "\.\.\/dist\/worker\/index\.js"$/m);
  expect(config).toMatch(/^directory = "\.\.\/dist\/site"$/m);
  expect(config).toMatch(/^max_batch_size = 100$/m);
});

const WAIT = { timeout: 60_000, interval: 100 };

interface Kept {
  readonly made: readonly QueuedClick[];
  readonly dead: readonly unknown[];
}

/** The product as it is deployed with a queue, with mischief between the two, over a database on a line that can fail. */
async function startProduct() {
  const server = await startTestServer();
  const line: FaultProxy = await startFaultProxy(server.url);
  const db = openHttpDb(server);
  await migrate(db, MIGRATIONS, Date.now());
  const settings = { ...SETTINGS, DATABASE_URL: line.url, DATABASE_AUTH_TOKEN: server.authToken };
  const [queue, dead] = QUEUES;
  const harness = createTestHarness({
    workers: [
      { configPath: productConfig(), secrets: settings },
      {
        config: {
          name: "mischief",
          main: "test/workerd/mischief-worker.ts",
          compatibility_date: "2026-11-01",
          queues: {
            producers: [{ binding: "CLICKS", queue }],
            consumers: [AS_MADE, dead].map((name) => ({ queue: name, max_batch_size: 100, max_batch_timeout: 1 })),
          },
        },
      },
    ],
  });
  onTestFinished(() => harness.close());
  const { url } = await harness.listen();
  const mischief = harness.getWorker("mischief");
  const call = async (path: string, body: object, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(new URL(path, url), { method: "POST", body: JSON.stringify(body), headers });
    return { status: response.status, body: await jsonOf(response) };
  };
  const operator = { Authorization: `Bearer ${OPERATOR_KEY}` };
  const made = await call("/api/v1/apps", { name: "Shop", commission_percent: 30 }, operator);
  const key = { Authorization: `Bearer ${made.body.secret_key}` };
  await call("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, key);
  let clicks = 0;
  return {
    db,
    line,
    // Each from an address of its own: one alone may send 300 in ten seconds.
    click: (body: object, headers?: Readonly<Record<string, string>>) =>
      call("/api/track/click", body, { "CF-Connecting-IP": `2001:db8:${(clicks += 1).toString(16)}::1`, ...headers }),
    deliver: async (bodies: readonly unknown[]): Promise<void> => {
      for (let from = 0; from < bodies.length; from += AT_ONCE) {
        const body = JSON.stringify(bodies.slice(from, from + AT_ONCE));
        expect((await mischief.fetch("/", { method: "POST", body })).status).toBe(204);
      }
    },
    kept: async (): Promise<Kept> => asKept(await (await mischief.fetch("/")).json()),
  };
}

/** What a deployment uses, but for the queue it sends to and the time between two tries. */
function productConfig(): string {
  const file = join(tempFolder(), "wrangler.toml");
  const config = withQueue(readFileSync("wrangler.toml", "utf8"), resolve("."))
    .replace(`binding = "CLICKS"\nqueue = "${QUEUES[0]}"`, `binding = "CLICKS"\nqueue = "${AS_MADE}"`)
    .replace(/^max_retries = .*$/m, `max_retries = ${RETRIES}`)
    .replace(/^retry_delay = .*$/m, "retry_delay = 1");
  expect(config).toContain(AS_MADE);
  expect(config).toContain("retry_delay = 1\n");
  writeFileSync(file, config);
  return file;
}

/** Mischief's own answer. */
function asKept(value: unknown): Kept {
  return value as Kept;
}

/** A visitor of a page, by an address that the merchant's proxy forwards. */
function browser(visitor: number): Readonly<Record<string, string>> {
  const address = `203.0.113.${visitor % 250}`;
  return { Origin: "https://shop.example.test", "User-Agent": `${CHROME} ${visitor}`, "X-Forwarded-For": address };
}

async function sumOf(db: Db): Promise<number> {
  return (await rowsOf(db, "code_day")).reduce((sum, row) => sum + Number(row["clicks"]), 0);
}

/** Visitors count once an hour, by the real clock: the next hour is waited for when this one is about to end. */
async function awayFromTheHour(): Promise<void> {
  const left = HOUR_MS - (Date.now() % HOUR_MS);
  if (left < 60_000) await sleep(left);
}

/** A linear congruential generator's order: the same in every run. */
function shuffled<T>(list: readonly T[]): readonly T[] {
  let state = 7;
  const random = () => (state = (state * 48_271) % 2_147_483_647);
  return list
    .map((item) => ({ item, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}
