import { join } from "node:path";
import Database from "libsql";
import { expect, test } from "vitest";
import { copyDatabaseFile } from "./file-copy.ts";
import { tempFolder } from "./temp-folder.ts";

test("is like the other one again, for each connection, and whatever was done to it", () => {
  const { copy, connections } = openCopies(2);
  for (const change of ["DELETE FROM t", "INSERT INTO t VALUES (3)", "DROP TABLE t", "CREATE TABLE u (a)"]) {
    connections[0]?.exec(change);
    expect(copy.refill(connections)).toBe(true);
    expect(connections.map(rowsOf)).toEqual([
      [1, 2],
      [1, 2],
    ]);
  }
});

test("tells that a statement is under way", () => {
  const { copy, connections } = openCopies(1);
  // The driver reads some rows ahead.
  const many = "WITH n (b) AS (SELECT 1 UNION ALL SELECT b + 1 FROM n WHERE b < 1000) SELECT b FROM n, t";
  const rows = connections[0]?.prepare(many).raw(true).iterate([]);
  expect(rows?.next().value).toEqual([1]);
  expect(copy.refill(connections)).toBe(false);
});

test("tells that a transaction is, and leaves the file alone", () => {
  const { copy, connections } = openCopies(1);
  connections[0]?.exec("BEGIN; INSERT INTO t VALUES (3)");
  expect(copy.refill(connections)).toBe(false);
  connections[0]?.exec("COMMIT");
  expect(connections.map(rowsOf)).toEqual([[1, 2, 3]]);
});

function openCopies(times: number) {
  const [from, to] = ["from.db", "to.db"].map((name) => join(tempFolder(), name));
  if (from === undefined || to === undefined) throw new Error("no names");
  const original = new Database(from);
  original.exec("CREATE TABLE t (a INTEGER) STRICT; INSERT INTO t VALUES (1), (2)");
  original.close();
  const copy = copyDatabaseFile(from, to);
  return { copy, connections: Array.from({ length: times }, () => new Database(to)) };
}

function rowsOf(connection: Database.Database): unknown {
  return connection.prepare("SELECT a FROM t ORDER BY a").raw(true).all([]).flat();
}
