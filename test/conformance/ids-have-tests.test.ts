import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { STATUS_OF } from "../../worker/wire/errors.ts";
import { idProblems, idsOfTable, idsOfTitles } from "./ids.ts";

const TABLE = readFileSync(join(import.meta.dirname, "README.md"), "utf8");

test("every id of the table has a test that names it, and no test names another", () => {
  const root = join(import.meta.dirname, "..");
  const isTest = (name: string) => /\.test\.tsx?$/.test(name) && join(root, name) !== import.meta.filename;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(isTest);
  const tests = new Map(files.map((file) => [file, idsOfTitles(readFileSync(join(root, file), "utf8"))]));
  expect(idsOfTable(TABLE).length).toBeGreaterThan(80);
  expect(idProblems(idsOfTable(TABLE), tests)).toEqual([]);
});

test("every error code has its row, with its status", () => {
  const rows = TABLE.matchAll(/^\| E-(\w+) \| (\d{3}): /gm);
  expect(Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]))).toEqual(STATUS_OF);
});

test("an id without a test, a test without a row and a row too many are each found", () => {
  const table = idsOfTable(
    "# AL9\n| id | must hold |\n|---|---|\n| AL1 | a |\n| R-apps | b |\n| AL-s1 | c |\n| AL1 | d |\n",
  );
  expect(table).toEqual(["AL1", "R-apps", "AL-s1", "AL1"]);
  const tests = new Map([
    ["a.test.ts", idsOfTitles('test("AL1 AL-s1 two ids", () => {});')],
    ["b.test.ts", idsOfTitles("test.each([[1]])(`E-gone %d`, () => {}); test('AL44c x', () => {});")],
  ]);
  expect(idProblems(table, tests)).toEqual([
    "R-apps has no test",
    "AL1 has two rows",
    "b.test.ts names E-gone, which has no row",
    "b.test.ts names AL44c, which has no row",
  ]);
  expect(idProblems(["AL1"], new Map([["a.test.ts", ["AL1"]]]))).toEqual([]);
});

test.each([
  ['it("AL24 a conversion", f)', ["AL24"]],
  ['test.each(rows)("AL43 %s", f)', ["AL43"]],
  ['test.each([\n  ["a", 1],\n])(\n  "AL20 AL41 %s",\n  f)', ["AL20", "AL41"]],
  ["test.only('D-tenancy it\\'s theirs', f)", ["D-tenancy"]],
  ['describe("AL24 is not a test", f)', []],
  ['test("the AL24 in the middle", f)', []],
  ['test("E-mail addresses are folded", f)', []],
  ['// AL24\nexpect(x).toBe("AL24 y")', []],
])("titles are read: %j", (source, ids) => {
  expect(idsOfTitles(source)).toEqual(ids);
});
