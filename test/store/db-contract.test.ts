import { beforeEach, describe, expect, test } from "vitest";
import { type Db, DbError, type SqlValue, type Statement } from "../../worker/store/db.ts";
import { dbDrivers } from "../support/db-drivers.ts";

describe.each(dbDrivers)("the database over $name", ({ open }) => {
  let db: Db;

  beforeEach(async () => {
    db = await open();
    await db.batch([
      sql("CREATE TABLE app (id TEXT PRIMARY KEY NOT NULL) STRICT"),
      sql(`CREATE TABLE entry (
        id INTEGER PRIMARY KEY NOT NULL,
        app TEXT NOT NULL REFERENCES app (id),
        amount INTEGER NOT NULL CHECK (amount >= 0),
        note TEXT UNIQUE
      ) STRICT`),
      sql("INSERT INTO app (id) VALUES ('a')"),
    ]);
  });

  test("answers the rows of each statement of a batch, in order", async () => {
    const results = await db.batch([
      insert(1n, 500n),
      sql("SELECT ?1 AS words, ?2 AS absent, 1.5 AS fraction", "x", null),
      sql("SELECT id FROM entry WHERE id = 99"),
    ]);
    expect(results).toEqual([[], [{ words: "x", absent: null, fraction: 1.5 }], []]);
  });

  test("a batch of no statements answers nothing", async () => {
    expect(await db.batch([])).toEqual([]);
  });

  test("a batch sees its own writes, and a query after it sees them too", async () => {
    const [, rows] = await db.batch([insert(1n, 500n), sql("SELECT amount FROM entry")]);
    expect(rows).toEqual([{ amount: 500 }]);
    expect(await db.query(sql("SELECT amount FROM entry"))).toEqual([{ amount: 500 }]);
  });

  test("RETURNING answers the written row, and nothing for a conflict that does nothing", async () => {
    const write = sql(
      "INSERT INTO entry (id, app, amount) VALUES (1, 'a', 7) ON CONFLICT DO NOTHING RETURNING id, amount",
    );
    expect(await db.batch([write])).toEqual([[{ id: 1, amount: 7 }]]);
    expect(await db.batch([write])).toEqual([[]]);
  });

  test("a failing statement undoes the whole batch and is named by its place", async () => {
    await expect(db.batch([insert(1n, 1n), insert(2n, 1n), insert(1n, 1n), insert(3n, 1n)])).rejects.toMatchObject({
      name: "DbError",
      kind: "constraint",
      statementIndex: 2,
    });
    expect(await db.query(sql("SELECT id FROM entry"))).toEqual([]);
  });

  test.each([
    ["a primary key", "INSERT INTO entry (id, app, amount) VALUES (10, 'a', 1)"],
    ["a unique key", "INSERT INTO entry (id, app, amount, note) VALUES (11, 'a', 1, 'taken')"],
    ["NOT NULL", "INSERT INTO entry (id, app, amount) VALUES (11, 'a', NULL)"],
    ["a CHECK", "INSERT INTO entry (id, app, amount) VALUES (11, 'a', -1)"],
    ["a foreign key", "INSERT INTO entry (id, app, amount) VALUES (11, 'nobody', 1)"],
    ["a STRICT column's type", "INSERT INTO entry (id, app, amount) VALUES (11, 'a', 'much')"],
  ])("%s that refuses is a constraint", async (_, text) => {
    await db.batch([sql("INSERT INTO entry (id, app, amount, note) VALUES (10, 'a', 1, 'taken')")]);
    await expect(db.batch([sql(text)])).rejects.toMatchObject({ kind: "constraint", statementIndex: 0 });
  });

  test.each([
    ["a syntax error", "SELEC 1"],
    ["an unknown table", "SELECT 1 FROM nowhere"],
    ["an overflow while running", "SELECT abs(-9223372036854775807 - 1)"],
    ["text in a rowid", "INSERT INTO entry (id, app, amount) VALUES ('one', 'a', 1)"],
  ])("%s is invalid, and undoes the batch", async (_, text) => {
    await expect(db.batch([insert(1n, 1n), sql(text)])).rejects.toMatchObject({ kind: "invalid", statementIndex: 1 });
    expect(await db.query(sql("SELECT id FROM entry"))).toEqual([]);
  });

  test("a query that fails is invalid", async () => {
    await expect(db.query(sql("SELECT 1 FROM nowhere"))).rejects.toMatchObject({ kind: "invalid" });
  });

  test("a BigInt is stored as an integer", async () => {
    const [, rows] = await db.batch([
      insert(1n, 500n),
      sql("SELECT typeof(amount) AS type, typeof(?1) AS bound FROM entry", 5n),
    ]);
    expect(rows).toEqual([{ type: "integer", bound: "integer" }]);
  });

  test.each([
    ["ASCII", "plain"],
    ["empty text, which is not NULL", ""],
    ["NULL", null],
    ["other scripts, emoji and quotes", "Žluťoučký 漢字 👩‍👩‍👧 'x' \"y\" \\ \n\t"],
    ["text that looks like a number", "0012"],
    ["a long text", "ä".repeat(100_000)],
  ])("%s comes back as it was written", async (_, note) => {
    await db.batch([sql("INSERT INTO entry (id, app, amount, note) VALUES (1, 'a', 1, ?1)", note)]);
    expect(await db.query(sql("SELECT note FROM entry WHERE note IS ?1", note))).toEqual([{ note }]);
  });

  test.each([2n ** 53n - 1n, -(2n ** 53n) + 1n, 0n])("the integer %s comes back exactly", async (value) => {
    expect(await db.query(sql("SELECT ?1 AS value", value))).toEqual([{ value: Number(value) }]);
  });

  test.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n])(
    "the integer %s can be stored but not read as a number",
    async (value) => {
      await db.batch([sql("INSERT INTO entry (id, app, amount) VALUES (?1, 'a', 1)", value)]);
      expect(await db.query(sql("SELECT CAST(id AS TEXT) AS id FROM entry"))).toEqual([{ id: String(value) }]);
      await expect(db.query(sql("SELECT id FROM entry"))).rejects.toMatchObject({ kind: "invalid" });
      await expect(db.batch([sql("SELECT id FROM entry")])).rejects.toBeInstanceOf(DbError);
    },
  );

  test("a blob in an answer is refused", async () => {
    await expect(db.query(sql("SELECT x'00ff' AS bytes"))).rejects.toMatchObject({ kind: "invalid" });
  });

  test.each([
    ["a number, which would be stored as REAL", sql("SELECT ?1", untyped(1))],
    ["undefined", sql("SELECT ?1", untyped(undefined))],
    ["a boolean", sql("SELECT ?1", untyped(true))],
    ["a BigInt beyond 64 bits", sql("SELECT ?1", 2n ** 63n)],
    ["text with a NUL", sql("SELECT ?1", "a\0b")],
    ["text with a lone surrogate", sql("SELECT ?1", "a\ud800b")],
    ["a missing argument", sql("SELECT ?1, ?2", 1n)],
    ["a superfluous argument", sql("SELECT ?1", 1n, 2n)],
    ["a named parameter", sql("SELECT :name", 1n)],
    ["two statements in one text", sql("SELECT 1; SELECT 2")],
    ["no statement", sql(" -- nothing\n")],
  ])("%s is refused before anything runs", async (_, statement) => {
    await expect(db.query(statement)).rejects.toBeInstanceOf(TypeError);
    await expect(db.batch([insert(1n, 1n), statement])).rejects.toBeInstanceOf(TypeError);
    expect(await db.query(sql("SELECT id FROM entry"))).toEqual([]);
  });

  test("a query cannot write", async () => {
    await expect(db.query(insert(1n, 1n))).rejects.toBeInstanceOf(TypeError);
    await expect(db.query(sql("WITH x AS (SELECT 1) DELETE FROM app"))).rejects.toBeInstanceOf(TypeError);
    expect(await db.query(sql("WITH x AS (SELECT id FROM app) SELECT id FROM x"))).toEqual([{ id: "a" }]);
  });

  test("150 batches at a time are all applied, each once", async () => {
    const ids = Array.from({ length: 150 }, (_, index) => BigInt(index + 1));
    const answers = await Promise.all(
      ids.map((id) => db.batch([insert(id, id), sql("SELECT amount FROM entry WHERE id = ?1", id)])),
    );
    expect(answers.map(([, rows]) => rows?.[0]?.["amount"])).toEqual(ids.map(Number));
    expect(await db.query(sql("SELECT count(*) AS count, sum(amount) AS sum FROM entry"))).toEqual([
      { count: 150, sum: 11_325 },
    ]);
  });

  test("of 50 batches at a time for one key, one wins and the others are refused", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => db.batch([insert(1n, 1n)])));
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ kind: "constraint" });
  });

  describe("a trigger", () => {
    beforeEach(async () => {
      await db.batch([
        sql(`CREATE TRIGGER guard BEFORE INSERT ON entry BEGIN
          SELECT RAISE(IGNORE) WHERE NEW.amount = 13;
          SELECT RAISE(ABORT, 'not 14') WHERE NEW.amount = 14;
        END`),
      ]);
    });

    test("that ignores a row leaves the rest of the batch in force", async () => {
      const [ignored] = await db.batch([
        sql("INSERT INTO entry (id, app, amount) VALUES (1, 'a', 13) RETURNING id"),
        insert(2n, 1n),
      ]);
      expect(ignored).toEqual([]);
      expect(await db.query(sql("SELECT id FROM entry"))).toEqual([{ id: 2 }]);
    });

    test("that aborts is a constraint with its message, and undoes the batch", async () => {
      await expect(db.batch([insert(1n, 1n), insert(2n, 14n)])).rejects.toMatchObject({
        kind: "constraint",
        statementIndex: 1,
        message: expect.stringContaining("not 14"),
      });
      expect(await db.query(sql("SELECT id FROM entry"))).toEqual([]);
    });
  });

  describe("close", () => {
    test("lets accepted batches end", async () => {
      const accepted = [1n, 2n, 3n].map((id) => db.batch([insert(id, id), sql("SELECT count(*) AS count FROM entry")]));
      await db.close();
      expect((await Promise.all(accepted)).map(([, rows]) => rows)).toHaveLength(3);
    });

    test("makes later calls unavailable, and may be repeated", async () => {
      await db.close();
      await db.close();
      await expect(db.batch([insert(1n, 1n)])).rejects.toMatchObject({ name: "DbError", kind: "unavailable" });
      await expect(db.query(sql("SELECT 1"))).rejects.toMatchObject({ name: "DbError", kind: "unavailable" });
    });
  });
});

function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}

function insert(id: bigint, amount: bigint): Statement {
  return sql("INSERT INTO entry (id, app, amount) VALUES (?1, 'a', ?2)", id, amount);
}

/** A value as it comes from code the compiler did not see. */
function untyped(value: unknown): SqlValue {
  return value as SqlValue;
}
