import { type Db, DbError } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/** Further damage says nothing new. */
const MAX_LINES = 20;

/**
 * What is damaged in the file of a database, a line each: pages, indexes and constraints, then rows that name another
 * which is not there. None when it is whole. Reads everything.
 */
export async function findDamage(db: Db): Promise<readonly string[]> {
  const damaged = await readIntegrity(db);
  // Rows of a damaged file cannot be compared.
  if (damaged.length > 0) return damaged;
  const orphans = (await db.query(ORPHANS({}))).slice(0, MAX_LINES);
  return orphans.map(
    (row) => `a row of ${textOf(row, "table")} names one of ${textOf(row, "parent")} that is not there`,
  );
}

/** Some damage is listed, some ends the check. */
async function readIntegrity(db: Db): Promise<readonly string[]> {
  try {
    return (await db.query(INTEGRITY({}))).map((row) => textOf(row, "integrity_check")).filter((line) => line !== "ok");
  } catch (error) {
    if (error instanceof DbError) return [error.message];
    throw error;
  }
}

/** How much a database holds. */
export async function countRows(db: Db): Promise<{ readonly tables: number; readonly rows: number }> {
  const tables = (await db.query(TABLES({}))).map((row) => textOf(row, "name"));
  let rows = 0;
  for (const table of tables) {
    const [row] = await db.query(statement(`SELECT count(*) AS n FROM "${table}"`)({}));
    if (row !== undefined) rows += integerOf(row, "n");
  }
  return { tables: tables.length, rows };
}

const INTEGRITY = statement(`PRAGMA integrity_check(${MAX_LINES})`);
const ORPHANS = statement("PRAGMA foreign_key_check");
const TABLES = statement(
  "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
);
