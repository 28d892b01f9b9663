import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { openBindingLimits } from "../../../worker/gateways/limits/binding-limits.ts";
import { type Limits, LIMITS } from "../../../worker/gateways/limits/limits.ts";

const NAMES = ["CLICK_LIMIT", "TRACK_LIMIT", "KEY_LIMIT", "GUESS_LIMIT"];

let asked: string[];
let refuses: boolean;
let now: number;
let limits: Limits;

beforeEach(() => {
  [asked, refuses, now] = [[], false, 1_000_000];
  const opened = openBindingLimits(Object.fromEntries(NAMES.map((name) => [name, binding(name)])), () => now);
  if ("missing" in opened) throw new Error("all are bound");
  limits = opened.limits;
});

test("D-limits each limit has its binding, and callers of its own there", async () => {
  for (const limit of ["click", "money", "key", "unknown_ref", "validate", "wrong_key"] as const) {
    expect(await limits.count(limit, "a")).toBeNull();
  }
  expect(asked).toEqual([
    "CLICK_LIMIT click a",
    "TRACK_LIMIT money a",
    "KEY_LIMIT key a",
    "GUESS_LIMIT unknown_ref a",
    "GUESS_LIMIT validate a",
    "GUESS_LIMIT wrong_key a",
  ]);
});

test("D-limits a refusal is remembered for a period, without asking again", async () => {
  refuses = true;
  expect(await limits.check("unknown_ref", "a")).toBeNull();
  expect(await limits.count("unknown_ref", "a")).toBe(60);
  now += 59_001;
  expect(await limits.check("unknown_ref", "a")).toBe(1);
  expect(await limits.check("unknown_ref", "b")).toBeNull();
  expect(await limits.check("validate", "a")).toBeNull();
  now += 999;
  expect(await limits.check("unknown_ref", "a")).toBeNull();
  expect(asked).toHaveLength(1);
});

test("D-limits no more than ten thousand refusals are remembered", async () => {
  refuses = true;
  for (let who = 0; who <= 10_000; who++) await limits.count("unknown_ref", String(who));
  expect(await limits.check("unknown_ref", "0")).toBeNull();
  expect(await limits.check("unknown_ref", "10000")).toBe(60);
});

test("D-limits what is not bound is named", () => {
  expect(openBindingLimits({}, () => now)).toEqual({ missing: NAMES });
  const bound = { CLICK_LIMIT: binding("x"), TRACK_LIMIT: "60", KEY_LIMIT: null, GUESS_LIMIT: {} };
  expect(openBindingLimits(bound, () => now)).toEqual({ missing: NAMES.slice(1) });
});

test("D-limits wrangler.toml has the figures of the code, and a counter for each", () => {
  const toml = readFileSync(join(import.meta.dirname, "../../../wrangler.toml"), "utf8");
  const block =
    /\[\[ratelimits\]\]\nname = "(\w+)"\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}/g;
  const found = [...toml.matchAll(block)];
  const figures = found.map(([, name, , calls, seconds]) => [name, { calls: Number(calls), seconds: Number(seconds) }]);
  expect(figures).toEqual([
    ["CLICK_LIMIT", LIMITS.click],
    ["TRACK_LIMIT", LIMITS.money],
    ["KEY_LIMIT", LIMITS.key],
    ["GUESS_LIMIT", LIMITS.unknown_ref],
  ]);
  expect([LIMITS.validate, LIMITS.wrong_key]).toEqual([LIMITS.unknown_ref, LIMITS.unknown_ref]);
  expect(new Set(found.map(([, , namespace]) => namespace)).size).toBe(NAMES.length);
});

function binding(name: string) {
  return {
    limit: async ({ key }: { key: string }) => {
      asked.push(`${name} ${key}`);
      return { success: !refuses };
    },
  };
}
