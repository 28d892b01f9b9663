import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestHarness } from "wrangler";
import { QUEUES, withQueue } from "../../../dev/queue-config.ts";
import { openHttpDb } from "../../../worker/store/http-db.ts";
import { diceOf } from "../chaos/dice.ts";
import { compareWith, type FactReport } from "./compare.ts";
import { DatabaseServer, settingsOver } from "./doors.ts";
import { openPrograms } from "./programs.ts";
import { Shoppers } from "./shoppers.ts";
import { Traffic } from "./traffic.ts";

export interface BacklogOptions {
  readonly seed: number;
  readonly connections: number;
  readonly rate: number;
  /** The database is away for so long, and clicks go on. */
  readonly outageSeconds: number;
  /** Between two tries of a message: without it what wrangler.toml says. */
  readonly retryDelaySeconds?: number;
}

export interface BacklogReport {
  readonly outageSeconds: number;
  /** Clicks that were answered while the database was away, and those that were not. */
  readonly enqueued: number;
  readonly refused: number;
  /** What was written when the database came back, and how long the rest took. */
  readonly backlog: number;
  readonly drainedAfterS: number;
  readonly clicks: FactReport;
  readonly dead: number;
  readonly problems: readonly string[];
}

const CLICKS = { click: 90, "click again": 10 };
/** Each code is clicked before the database goes away. */
const LEAD_IN_S = 5;
const APPS = 2;
const AFFILIATES = 3;
/** Two rounds of tries, and a minute for the work. */
const ROUNDS = 2;
const WORK_S = 60;
const POLL_MS = 250;

/**
 * The Worker with its queue, as wrangler.toml deploys it, in miniflare: clicks come in while the database is away, and are
 * counted once it is back.
 */
export async function runBacklog(options: BacklogOptions): Promise<BacklogReport> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-soak-"));
  const server = new DatabaseServer(folder);
  await server.start();
  await server.migrate();
  const { OPERATOR_KEY, ...settings } = settingsOver(server.address);
  const { configPath, retrySeconds } = writeConfig(folder, options.retryDelaySeconds);
  const harness = createTestHarness({
    workers: [{ configPath, secrets: { ...settings, OPERATOR_KEY } }, { config: DEAD_LETTERS }],
  });
  try {
    const url = (await harness.listen()).url.href.replace(/\/$/, "");
    const programs = await openPrograms({ url, operatorKey: OPERATOR_KEY }, { apps: APPS, affiliates: AFFILIATES });
    const shoppers = new Shoppers(diceOf(options.seed), programs, CLICKS);
    const traffic = new Traffic({ url, shoppers, connections: options.connections, rate: options.rate });
    const running = traffic.run();
    await sleep(LEAD_IN_S * 1_000);
    const before = answeredOf(traffic);
    await server.stop("SIGKILL");
    await sleep(options.outageSeconds * 1_000);
    traffic.stop();
    await running;
    await server.start();
    const db = openHttpDb({ url: server.address.url, authToken: server.address.token });
    const countOf = async () => Number((await db.query({ sql: COUNT, args: [] }))[0]?.["n"] ?? 0);
    const expected = shoppers.visitors.filter(({ answered }) => answered > 0).length;
    const writtenBefore = await countOf();
    const backAt = performance.now();
    const until = backAt + (ROUNDS * retrySeconds + WORK_S) * 1_000;
    while ((await countOf()) < expected && performance.now() < until) await sleep(POLL_MS);
    const drainedAfterS = Number(((performance.now() - backAt) / 1_000).toFixed(1));
    const dead = await deadOf(await harness.getWorker(DEAD_LETTERS.name).fetch("http://dead.invalid/"));
    await harness.close();
    await server.stop("SIGTERM");
    const { facts } = await compareWith(server.file, shoppers);
    const report = {
      outageSeconds: options.outageSeconds,
      enqueued: answeredOf(traffic) - before,
      refused: [...traffic.refusals.values()].reduce((sum, n) => sum + n, 0),
      backlog: expected - writtenBefore,
      drainedAfterS,
      clicks: facts.click,
      dead,
    };
    return { ...report, problems: [...traffic.problems, ...problemsOf(report)] };
  } finally {
    await harness.close().catch(() => {});
    await server.stop("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }
}

const COUNT = "SELECT sum(clicks) AS n FROM code_day";

const DEAD_LETTERS = {
  name: "dead-letters",
  main: "test/workerd/mischief-worker.ts",
  compatibility_date: "2026-11-01",
  queues: { consumers: [{ queue: QUEUES[1], max_batch_size: 100, max_batch_timeout: 1 }] },
};

/** What `npm run deploy -- --queue` deploys. */
function writeConfig(folder: string, delay: number | undefined): { configPath: string; retrySeconds: number } {
  const configPath = join(folder, "wrangler.toml");
  const config = withQueue(readFileSync("wrangler.toml", "utf8"), resolve("."));
  const told = /^retry_delay = (\d+)$/m.exec(config);
  if (told === null) throw new Error("wrangler.toml says no retry_delay");
  const retrySeconds = delay ?? Number(told[1]);
  writeFileSync(configPath, config.replace(told[0], `retry_delay = ${retrySeconds}`));
  return { configPath, retrySeconds };
}

async function deadOf(response: { json(): Promise<unknown> }): Promise<number> {
  const { dead } = asKept(await response.json());
  return dead.length;
}

/** `mischief-worker.ts`'s own answer. */
function asKept(value: unknown): { readonly dead: readonly unknown[] } {
  return value as { readonly dead: readonly unknown[] };
}

function answeredOf({ counts }: Traffic): number {
  return [...counts.values()].reduce((sum, { answered }) => sum + answered, 0);
}

function problemsOf(report: Omit<BacklogReport, "problems">): readonly string[] {
  const { enqueued, refused, backlog, dead, clicks } = report;
  const problems: string[] = [];
  if (enqueued === 0 || backlog === 0) problems.push("nothing waited in the queue");
  if (refused > 0) problems.push(`${refused} clicks were refused`);
  if (dead > 0) problems.push(`${dead} clicks ended in the dead-letter queue`);
  const { lost, double, strange } = clicks;
  if (lost + double + strange > 0) problems.push(`clicks: ${lost} lost, ${double} double, ${strange} strange`);
  return problems;
}
