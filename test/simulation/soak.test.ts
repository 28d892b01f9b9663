import { expect, test } from "vitest";
import { judgeMemory } from "./soak/memory.ts";
import { runSoak, type SoakReport } from "./soak/run.ts";

const CONNECTIONS = 150;
const MIB = 1_048_576;

test("150 connections at Node's door: no 5xx, and what was answered is there once", async () => {
  const report = await runSoak({ door: "node", connections: CONNECTIONS, rate: 120, seconds: 2.5, seed: 11, apps: 2 });
  expect(report).toMatchObject({ problems: [], refusals: {}, books: [] });
  expectNothingLost(report);
}, 120_000);

test("150 connections at the edge, the database away for two seconds: 503 meanwhile, and what was answered is there once", async () => {
  const options = { door: "edge", connections: CONNECTIONS, rate: 50, seconds: 5, outageSeconds: 2 } as const;
  const report = await runSoak({ ...options, seed: 12, apps: 2 });
  expect(report).toMatchObject({ problems: [], books: [] });
  expect(Object.keys(report.refusals)).toEqual(["503"]);
  expect(report.outage?.unavailable).toBeGreaterThan(10);
  expectNothingLost(report);
}, 120_000);

test.each([
  ["that keeps 100 bytes of each call", (n: number) => 50 * MIB + n * 100 * 500, false],
  ["that fills its caches at first", (n: number) => Math.min(50 + n * 2, 70) * MIB, true],
  ["that comes and goes", (n: number) => (50 + (n % 5)) * MIB, true],
])("a heap %s", (_, heapBytes, isFlat) => {
  const samples = Array.from({ length: 200 }, (__, n) => ({ heapBytes: heapBytes(n), residentBytes: 150 * MIB }));
  expect(judgeMemory(samples).isFlat).toBe(isFlat);
});

/** Each kind of fact was sent, and is there. */
function expectNothingLost({ facts }: SoakReport): void {
  for (const [kind, fact] of Object.entries(facts)) {
    expect([kind, fact]).toEqual([kind, { answered: fact.answered, lost: 0, double: 0, strange: 0 }]);
    expect(fact.answered).toBeGreaterThan(2);
  }
}
