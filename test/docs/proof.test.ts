import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { titlesOf } from "../conformance/ids.ts";

const TORTURE = "test/conformance/torture.test.ts";
/** What the guide to threats is about, in its order. */
const THREATS = [
  "Forging",
  "Flooding",
  "Enumeration",
  "Self-referral",
  "Cookie stuffing",
  "Webhook forgery and replay",
  "Tenant crossing",
  "Stored XSS",
  "CSV formulas",
  "SSRF",
  "Open redirect",
  "Secret leakage",
  "CORS",
  "Operator bootstrap",
  "Double payout",
  "Refund abuse",
  "Mail injection",
];

test("docs/reliability.md tells twelve stories, each with the test of its name, and every one of those is told", () => {
  const rows = rowsOf("docs/reliability.md");
  expect(rows).toHaveLength(12);
  expect(rows.map(({ name }) => name)).toEqual(titlesOf(readFileSync(TORTURE, "utf8")));
  expect(rows.map(({ tests }) => tests)).toEqual(rows.map(({ name }) => [{ title: name, file: TORTURE }]));
});

test("docs/security.md names for each threat what stands against it, and tests that are there under those titles", () => {
  const rows = rowsOf("docs/security.md");
  expect(rows.map(({ name }) => name)).toEqual(THREATS);
  expect(rows.filter(({ cells, tests }) => cells.some((cell) => cell === "") || tests.length < 2)).toEqual([]);
  const named = rows.flatMap(({ tests }) => tests);
  const files = new Map(named.map(({ file }) => [file, titlesOf(readFileSync(file, "utf8"))]));
  expect(named.filter(({ title, file }) => files.get(file)?.includes(title) !== true)).toEqual([]);
});

test("docs/performance.md names the commands that print its figures, each part of the bench among them", () => {
  const guide = readFileSync("docs/performance.md", "utf8");
  const named = [...guide.matchAll(/^`npm run bench -- ([a-z -]+)` printed:\n\n```text\n\S/gm)].flatMap(
    ([, parts = ""]) => parts.split(" "),
  );
  const [, list = ""] = /^const PARTS = \[(.*)\];$/m.exec(readFileSync("bench/run.ts", "utf8")) ?? [];
  expect(new Set(named)).toEqual(new Set([...list.matchAll(/"([a-z-]+)"/g)].map(([, part = ""]) => part)));
  expect(named).toHaveLength(new Set(named).size);
  expect(guide.split("```text")).toHaveLength([...guide.matchAll(/` printed:/g)].length + 1);
});

interface Claim {
  readonly name: string;
  readonly cells: readonly string[];
  /** What its last cell links to. */
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

/** The rows of a guide's only table. */
function rowsOf(guide: string): readonly Claim[] {
  const lines = readFileSync(guide, "utf8").split("\n");
  const rows = lines.filter((line) => line.startsWith("| ")).slice(1);
  return rows.map((row) => {
    const cells = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    const links = [...(cells.at(-1) ?? "").matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];
    return { name: cells[0] ?? "", cells, tests: links.map(([, title = "", file = ""]) => ({ title, file })) };
  });
}
