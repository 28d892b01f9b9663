import { describe, expect, test } from "vitest";
import { inspectSql, isBlankSql } from "../../worker/store/sql-text.ts";

describe("the parameters of a statement", () => {
  test.each([
    ["SELECT 1", 0, "none"],
    ["SELECT ?1, ?2, ?1", 2, "numbered ones count by the largest"],
    ["SELECT ?, ?", 2, "bare ones count each"],
    ["SELECT ?3, ?", 4, "a bare one is one more than the largest before it"],
    ["SELECT '?1', \"?2\", `?3`, [?4], 'it''s ?5'", 0, "those in strings and quoted names are text"],
    ["SELECT 1 -- ?1\n, ?1 /* ?2 */", 1, "those in comments are text"],
    ["SELECT data ->> '$.a', cost$b FROM t WHERE x = ?1", 1, "a $ in a name or a path is no parameter"],
  ])("%s: %i (%s)", (sql, parameters) => {
    expect(inspectSql(sql).parameters).toBe(parameters);
  });

  test.each(["SELECT :a", "SELECT @a", "SELECT $a"])("%s is named, and refused", (sql) => {
    expect(() => inspectSql(sql)).toThrow(/named parameter/);
  });
});

describe("whether a statement only reads", () => {
  test.each([
    ["SELECT replace(a, 'x', 'y') FROM t", true],
    ["  -- why\n  select 1", true],
    ["VALUES (1)", true],
    ["EXPLAIN QUERY PLAN DELETE FROM t", true],
    ["PRAGMA synchronous", true],
    ["PRAGMA table_info('t')", true],
    ["PRAGMA synchronous = OFF", false],
    ["WITH a AS (SELECT 'DELETE FROM t') SELECT * FROM a", true],
    ["WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", false],
    ["WITH a AS (SELECT 1) UPDATE t SET x = 1", false],
    ["WITH a AS (SELECT 1) DELETE FROM t", false],
    ["INSERT INTO t VALUES (1) RETURNING 1", false],
    ["BEGIN", false],
  ])("%s: %s", (sql, readOnly) => {
    expect(inspectSql(sql).readOnly).toBe(readOnly);
  });
});

describe("one statement in a text", () => {
  const trigger =
    "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; UPDATE t SET x = ';'; END";

  test.each(["SELECT 1;", "SELECT ';'; -- the end\n", trigger, `${trigger};`])("%s", (sql) => {
    expect(() => inspectSql(sql)).not.toThrow();
  });

  test.each(["SELECT 1; SELECT 2", "SELECT 1; ;x", `${trigger}; SELECT 1`])("%s is more than one", (sql) => {
    expect(() => inspectSql(sql)).toThrow(/more than one statement/);
  });

  test.each(["", " ; ", "-- nothing", "/* nothing"])("'%s' is none", (sql) => {
    expect(() => inspectSql(sql)).toThrow(/no statement/);
  });

  test("a text of blanks and comments is blank, a quoted one is not", () => {
    expect(isBlankSql("\n -- a\n /* b */")).toBe(true);
    expect(isBlankSql("'-- a'")).toBe(false);
  });
});
