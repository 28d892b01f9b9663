import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LIMITS } from "../../../worker/gateways/limits/limits.ts";
import { openMemoryLimits } from "../../../worker/gateways/limits/memory-limits.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each(Object.entries(LIMITS))(
  "D-limits %s: so many in so many seconds, then not before they are over",
  async (...of) => {
    const [, { calls, seconds }] = of;
    const limit = of[0] as keyof typeof LIMITS;
    const limits = openMemoryLimits();
    for (let call = 0; call < calls; call++) expect(await limits.count(limit, "a")).toBeNull();
    vi.advanceTimersByTime(1_500);
    expect(await limits.count(limit, "a")).toBe(seconds - 1);
    expect(await limits.count(limit, "b")).toBeNull();
    vi.advanceTimersByTime(seconds * 1_000 - 1_501);
    expect(await limits.count(limit, "a")).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await limits.count(limit, "a")).toBeNull();
  },
);

test("D-limits one limit's calls are not another's", async () => {
  const limits = openMemoryLimits();
  for (let call = 0; call < LIMITS.validate.calls; call++) await limits.count("validate", "a");
  expect(await limits.check("validate", "a")).toBe(60);
  expect(await limits.check("unknown_ref", "a")).toBeNull();
  expect(await limits.count("money", "a")).toBeNull();
});

test("D-limits asking counts nothing, and forgets with the window", async () => {
  const limits = openMemoryLimits();
  for (let call = 0; call < 100; call++) expect(await limits.check("unknown_ref", "a")).toBeNull();
  for (let call = 0; call < LIMITS.unknown_ref.calls; call++) {
    expect(await limits.check("unknown_ref", "a")).toBeNull();
    expect(await limits.count("unknown_ref", "a")).toBeNull();
  }
  expect(await limits.check("unknown_ref", "a")).toBe(60);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await limits.check("unknown_ref", "a")).toBeNull();
});

test("D-limits it remembers so many callers, and forgets the first of them first", async () => {
  const limits = openMemoryLimits({ maxCallers: 3 });
  for (const who of ["a", "b", "c"]) {
    for (let call = 0; call < LIMITS.validate.calls; call++) await limits.count("validate", who);
  }
  await limits.count("validate", "d");
  const left = await Promise.all(["a", "b", "c", "d"].map((who) => limits.check("validate", who)));
  expect(left).toEqual([null, 60, 60, null]);
  vi.advanceTimersByTime(60_000);
  // Whose windows are over are forgotten in their turn.
  for (const who of ["b", "e", "f", "g"]) await limits.count("validate", who);
  expect(await limits.check("validate", "b")).toBeNull();
});

test("a process that has counted can end", () => {
  const file = join(import.meta.dirname, "../../../worker/gateways/limits/memory-limits.ts");
  const source = `
    import { openMemoryLimits } from ${JSON.stringify(file)};
    await openMemoryLimits().count("click", "a");
    console.log("counted");`;
  const ended = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    encoding: "utf8",
    timeout: 8_000,
  });
  expect([ended.status, ended.stdout]).toEqual([0, "counted\n"]);
});
