import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { all, migratedDatabase, tableNames } from "../support/rows.ts";

const db = migratedDatabase();
const readme = readFileSync(new URL("../../schema/README.md", import.meta.url), "utf8");

test("schema/README.md has a row for each table, and for no other", () => {
  const described = [...readme.matchAll(/^\| `(\w+)` \| [^|]+\| [^|]+\| [^|]+\|$/gm)].map((match) => String(match[1]));
  // The migrator makes its own table before the first migration.
  expect(described.toSorted()).toEqual([...tableNames(db), "migration"].toSorted());
});

test("schema/README.md says of each trigger what it prevents", () => {
  const triggers = all(db, "SELECT name FROM sqlite_schema WHERE type = 'trigger'").map((row) => row["name"]);
  for (const trigger of triggers) expect(readme).toContain(`\`${trigger}\``);
});
