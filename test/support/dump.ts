import type { Db, Row } from "../../worker/store/db.ts";

/**
 * Every row of every table as sorted JSON lines: two dumps are equal when nothing has changed in between. Without `drop`: a
 * refused call is noted there after its answer, and moves nothing else.
 */
export type Dump = Readonly<Record<string, readonly string[]>>;

export async function dumpDatabase(db: Db): Promise<Dump> {
  return dump(db, () => true);
}

/** The rows of one app: its own, and those of every table that says whose a row is. */
export async function dumpApp(db: Db, appId: string): Promise<Dump> {
  return dump(db, (table, row) => (table === "app" ? row["id"] : row["app"]) === appId);
}

/** The rows of one table, in whatever order the database keeps them. */
export async function rowsOf(db: Db, table: string): Promise<readonly Row[]> {
  return db.query({ sql: `SELECT * FROM "${table}"`, args: [] });
}

async function dump(db: Db, belongs: (table: string, row: Row) => boolean): Promise<Dump> {
  const tables = await db.query({
    sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name <> 'drop' ORDER BY name",
    args: [],
  });
  const names = tables.map(({ name }) => String(name));
  const used = await usedTables(db, names);
  const entries: [string, readonly string[]][] = [];
  for (const table of names) {
    const rows = used.has(table) ? await rowsOf(db, table) : [];
    entries.push([
      table,
      rows
        .filter((row) => belongs(table, row))
        .map((row) => JSON.stringify(row))
        .toSorted(),
    ]);
  }
  return Object.fromEntries(entries);
}

/** Those with a row: most have none, and asking each takes longer than reading the others. */
async function usedTables(db: Db, names: readonly string[]): Promise<ReadonlySet<unknown>> {
  const parts = names.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT 1 FROM "${name}")`);
  const rows = await db.query({ sql: parts.join(" UNION ALL "), args: [] });
  return new Set(rows.map(({ name }) => name));
}
