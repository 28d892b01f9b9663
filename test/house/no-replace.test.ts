import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

// REPLACE deletes the row in its way without firing a DELETE trigger, and so passes the triggers that keep facts, without a
// word. A remote database does not keep the PRAGMA that would fire them, so no statement may ask for it.
const REPLACE = /\bor\s+replace\b|\breplace\s+into\b/i;

/** Reads text, not syntax: a comment that says it is refused too, which is loud. */
function filesThatReplace(sources: ReadonlyMap<string, string>): readonly string[] {
  return [...sources].filter(([, source]) => REPLACE.test(source)).map(([file]) => file);
}

test("no SQL under worker/ says OR REPLACE or REPLACE INTO", () => {
  const root = join(import.meta.dirname, "../../worker");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => /\.(?:tsx?|sql)$/.test(name));
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  expect(files).toContain(join("store", "settle.ts"));
  expect(filesThatReplace(sources)).toEqual([]);
});

test.each([
  ["statement(`INSERT OR REPLACE INTO hold (app) VALUES (:app)`)"],
  ["statement(`\n    INSERT OR\n      REPLACE INTO hold (app) VALUES (:app)`)"],
  ['query("insert or replace into hold (app) values (?)")'],
  ["query('REPLACE INTO hold (app) VALUES (?)')"],
  ["statement(`UPDATE OR REPLACE hold SET app = :app`)"],
])("it is found: %j", (source) => {
  expect(filesThatReplace(new Map([["store/hold-store.ts", source]]))).toEqual(["store/hold-store.ts"]);
});

test.each([
  ['url.replace("/", "")'],
  ["statement(`UPDATE code SET ref = replace(ref, 'a', 'b')`)"],
  ["statement(`INSERT INTO hold (app) VALUES (:app) ON CONFLICT DO NOTHING`)"],
])("and nothing else is: %j", (source) => {
  expect(filesThatReplace(new Map([["store/hold-store.ts", source]]))).toEqual([]);
});
