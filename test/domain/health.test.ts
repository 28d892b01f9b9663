import { expect, test } from "vitest";
import { type HealthFacts, judgeHealth, judgeJob, worstOf } from "../../worker/domain/health.ts";
import { JOB_NAMES } from "../../worker/domain/job-names.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const IDLE = { waiting: 0, dueSince: null };
const WELL: HealthFacts = {
  database: { ready: true },
  jobs: Object.fromEntries(JOB_NAMES.map((name) => [name, { ok: NOW }])),
  mail: { ...IDLE, hasWayOut: true },
  payouts: IDLE,
  payments: IDLE,
  eventLagMs: 0,
  limiterErrors: 0,
  databaseErrors: 0,
};

function lateBy(minutes: number) {
  return { waiting: 1, dueSince: NOW - minutes * MINUTE };
}

test("an installation that does all it has to is well", () => {
  expect(worstOf(judgeHealth(WELL, NOW).map(({ tone }) => tone))).toBe("good");
});

test.each([
  ["a database that cannot be written", { database: { ready: false, why: "away" } }, "database", "bad", "away"],
  ["a database that lacks a migration", { database: { ready: false, why: "behind" } }, "database", "bad", "behind"],
  ["jobs that never ran", { jobs: {} }, "jobs", "wait", "never"],
  [
    "a job that fails",
    { jobs: { ...WELL.jobs, sendMail: { ok: NOW - MINUTE, failed: NOW } } },
    "jobs",
    "wait",
    "failing",
  ],
  ["jobs that have stopped", { jobs: allAt(NOW - 20 * MINUTE) }, "jobs", "bad", "stopped"],
  ["no way out for mail", { mail: { ...IDLE, hasWayOut: false } }, "mail", "wait", "no_way_out"],
  ["mails ten minutes late", { mail: { ...lateBy(10), hasWayOut: true } }, "mail", "good", "good"],
  ["mails eleven minutes late", { mail: { ...lateBy(11), hasWayOut: true } }, "mail", "wait", "late"],
  ["payouts two hours late", { payouts: lateBy(120) }, "payouts", "bad", "late"],
  ["payments two hours late", { payments: lateBy(120) }, "payments", "bad", "late"],
  ["events twenty minutes late", { eventLagMs: 20 * MINUTE }, "events", "wait", "late"],
  ["events three hours late", { eventLagMs: 180 * MINUTE }, "events", "bad", "late"],
  ["no event", { eventLagMs: null }, "events", "good", "none"],
  ["calls that cannot be counted", { limiterErrors: 1 }, "limits", "bad", "broken"],
  ["a call of the database that failed", { databaseErrors: 1 }, "errors", "wait", "some"],
] as const)("%s is told", (_, facts, check, tone, advice) => {
  const verdicts = judgeHealth({ ...WELL, ...facts }, NOW);
  expect(verdicts.find((one) => one.check === check)).toEqual({ check, tone, advice });
});

test.each([
  ["has just done its work", { ok: NOW }, "good"],
  ["did it six minutes ago", { ok: NOW - 6 * MINUTE }, "wait"],
  ["did it sixteen minutes ago", { ok: NOW - 16 * MINUTE }, "bad"],
  ["failed and then did it", { ok: NOW, failed: NOW - MINUTE }, "good"],
  ["failed since", { ok: NOW - MINUTE, failed: NOW }, "wait"],
  ["has only ever failed", { failed: NOW }, "bad"],
  ["never ran", undefined, "wait"],
] as const)("a job that %s", (_, run, tone) => {
  expect(judgeJob(run, NOW)).toBe(tone);
});

function allAt(at: number) {
  return Object.fromEntries(JOB_NAMES.map((name) => [name, { ok: at }]));
}
