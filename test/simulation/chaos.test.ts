import { expect, test } from "vitest";
import { runChaos } from "./chaos/run.ts";

test("under faults, lost answers, repeats and kills every fact is there once, and balances are as the model has them", async () => {
  const report = await runChaos({ seed: 11, operations: 160, kills: 2, imports: 0 });
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ lost: 0, double: 0, drift: 0, discrepancies: 0, events: { wrong: 0 } });
  expect(report.kills).toEqual({ app: 1, database: 1 });
  expect(report.calls.unanswered).toBeGreaterThan(0);
  expect(report.facts["conversion"]?.expected).toBeGreaterThan(20);
}, 120_000);
