import { beforeEach, describe, expect, test } from "vitest";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { refused } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const READY = { status: "ready", schema: "0019_click_count" };

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("/health", () => {
  test("R-health says that the process answers, and touches nothing", async () => {
    const before = await dumpDatabase(db);
    db.fault("broken");
    expect(await world.call("/health")).toMatchObject({ status: 200, body: { status: "ok" } });
    db.fault("none");
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test.each(["/health", "/ready", "/metrics"])(
    "R-health R-metrics E-method_not_allowed %s only tells",
    async (path) => {
      const answer = await world.call(path, {}, { key: world.operatorKey });
      expect(answer).toEqual(refused(405, "method_not_allowed"));
    },
  );
});

describe("/ready", () => {
  test("R-health says by which migration, and no more of the installation", async () => {
    const { status, body } = await world.call("/ready");
    expect({ status, body }).toEqual({ status: 200, body: READY });
  });

  test.each(["away", "read-only", "broken"] as const)("R-health a database that is %s is 503", async (fault) => {
    db.fault(fault);
    const answer = await world.call("/ready");
    expect(answer).toEqual(refused(503, "unavailable"));
    expect(answer.headers.get("Retry-After")).toBe("10");
  });

  test("R-health an outcome is told for ten seconds, good or bad", async () => {
    const before = db.calls();
    const ready = async () => [(await world.call("/ready")).status, db.calls() - before];
    expect(await ready()).toEqual([200, 1]);
    db.fault("away");
    world.advance(9_999);
    expect(await ready()).toEqual([200, 1]);
    world.advance(1);
    expect(await ready()).toEqual([503, 2]);
    db.fault("none");
    world.advance(9_999);
    expect(await ready()).toEqual([503, 2]);
    world.advance(1);
    expect(await ready()).toEqual([200, 3]);
  });

  test.each([
    ["lacks a migration", "DELETE FROM migration"],
    ["has one that this version does not know", "INSERT INTO migration (name, applied_at) VALUES ('0999_later', 1)"],
    ["has no tables of ours", "DROP TABLE migration"],
  ])("R-health a database that %s is 503", async (_, sql) => {
    await db.batch([{ sql, args: [] }]);
    expect(await world.call("/ready")).toEqual(refused(503, "unavailable"));
  });
});

describe("/metrics", () => {
  test("R-metrics E-unauthorized is the operator's alone", async () => {
    expect(await world.call("/metrics")).toEqual(refused(401, "unauthorized"));
    expect(await world.call("/metrics", undefined, { key: app.key })).toEqual(refused(404, "not_found"));
    const answer = await world.call("/metrics", undefined, { key: world.operatorKey });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  test("R-metrics counts requests, outcomes, durations and what failed", async () => {
    const payment = { ref: app.ref, user_id: "u1", amount_cents: 100 };
    await world.call("/api/track/conversion", payment);
    await world.call("/_al/api/track/conversion", payment);
    await world.call("/api/track/conversion", { ...payment, ref: "nobody" });
    await world.call("/api/track/conversion", payment, { method: "PURGE" });
    db.fault("away");
    await world.call("/api/track/conversion", payment);
    db.fault("none");
    const sample = await metrics();
    const requests = (labels: string) => sample(`agentlinks_requests_total{${labels}}`);
    expect(requests('method="POST",route="/api/track/conversion",status="2xx"')).toBe(2);
    expect(requests('method="POST",route="/api/track/conversion",status="4xx"')).toBe(1);
    expect(requests('method="POST",route="/api/track/conversion",status="5xx"')).toBe(1);
    expect(requests('method="other",route="/api/track/conversion",status="4xx"')).toBe(1);
    const outcome = (of: string) => sample(`agentlinks_track_outcomes_total{call="conversion",outcome="${of}"}`);
    expect(["ok", "unknown_ref", "unavailable"].map(outcome)).toEqual([2, 1, 1]);
    const duration = (part: string) => sample(`agentlinks_request_duration_seconds_${part}`);
    expect(duration('bucket{route="/api/track/conversion",le="+Inf"}')).toBe(5);
    expect(duration('count{route="/api/track/conversion"}')).toBe(5);
    expect(duration('sum{route="/api/track/conversion"}')).toBeGreaterThan(0);
    expect(sample('agentlinks_database_errors_total{kind="unavailable"}')).toBe(1);
    expect(sample("process_start_time_seconds")).toBe(Date.UTC(2026, 0, 15, 12) / 1_000);
  });

  test("R-metrics counts the runs of jobs, their failures, and when they last succeeded", async () => {
    await world.runJobs();
    world.advance(60_000);
    db.fault("away");
    await world.runJobs();
    db.fault("none");
    const sample = await metrics();
    expect(sample('agentlinks_job_runs_total{job="forgetClicks"}')).toBe(2);
    expect(sample('agentlinks_job_failures_total{job="forgetClicks"}')).toBe(1);
    expect(sample('agentlinks_job_last_success_timestamp_seconds{job="forgetClicks"}')).toBe(
      Date.UTC(2026, 0, 15, 12) / 1_000,
    );
  });

  test("R-metrics no caller can make up a label: paths, methods and what they hold", async () => {
    for (let n = 0; n < 20; n++) {
      await world.call(`/nowhere/marker${n}`);
      await world.call(`/api/track/marker${n}`, {});
      await world.call(`/p${n}/q/marker${n}/api/track/click`, { ref: `marker${n}` });
      await world.call(`/api/v1/affiliates/marker${n}`, undefined, { key: app.key });
      await world.call(`/api/v1/app?app_id=marker${n}`, undefined, { key: world.operatorKey, method: `MARKER${n}` });
    }
    const first = await metricsText();
    expect(first).not.toMatch(/marker/i);
    const lines = first.split("\n").length;
    for (let n = 20; n < 40; n++) await world.call(`/nowhere/marker${n}`, {}, { method: `MARKER${n}` });
    expect((await metricsText()).split("\n").length).toBeLessThan(lines + 20);
  });

  test("R-metrics is text as Prometheus reads it", async () => {
    await world.call("/api/track/click", { ref: app.ref });
    const text = await metricsText();
    const label = '[a-z]+="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
    const line = new RegExp(`^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\\{${label}(?:,${label})*\\})? [0-9.e+-]+)$`);
    const lines = text.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines.filter((one) => !line.test(one))).toEqual([]);
    const buckets = lines.filter((one) => one.startsWith("agentlinks_request_duration_seconds_bucket"));
    const ofClicks = buckets.filter((one) => one.includes("/api/track/click")).map((one) => Number(one.split(" ")[1]));
    expect(ofClicks).toEqual(ofClicks.toSorted((a, b) => a - b));
    expect(ofClicks).toHaveLength(12);
  });
});

/** What /metrics tells, by its sample. */
async function metrics(): Promise<(sample: string) => number | undefined> {
  const values = new Map(
    (await metricsText())
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
  return (sample) => values.get(sample);
}

async function metricsText(): Promise<string> {
  return String((await world.call("/metrics", undefined, { key: world.operatorKey })).body);
}
