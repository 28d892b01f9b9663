import { type Db, DbError, type Statement } from "./db.ts";
import { isBlankSql } from "./sql-text.ts";

/** One hand-written file of `schema/migrations`: its statements, split by `--> statement-breakpoint`. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Applies, in order, each migration this database does not have yet, and returns the names it applied.
 *
 * A migration and the row that records it are one batch: both are there or neither. Its row comes first, so that of two
 * processes, or of a batch and its repeat after a lost answer, the second stops at the primary key before it touches
 * anything. `now` is epoch milliseconds. Throws the DbError of the migration that failed; those before it stay applied.
 *
 * Foreign keys stay on. A migration that rebuilds a referenced table starts with `PRAGMA defer_foreign_keys = ON`.
 */
export async function migrate(db: Db, migrations: readonly Migration[], now: number): Promise<readonly string[]> {
  assertDistinct(migrations);
  await db.batch([{ sql: CREATE_TABLE, args: [] }]);
  const already = await readApplied(db);
  const applied: string[] = [];
  for (const migration of migrations) {
    if (!already.has(migration.name) && (await applyOne(db, migration, now))) applied.push(migration.name);
  }
  return applied;
}

/**
 * The migrations this database has and `migrations` do not know, in order: what a newer version left. None for an empty
 * database. The older version must not write to it: it knows neither the columns nor the rules that were added.
 */
export async function readUnknownMigrations(
  db: Db,
  migrations: readonly Pick<Migration, "name">[],
): Promise<readonly string[]> {
  const known = new Set(migrations.map(({ name }) => name));
  return [...(await readMigrationNames(db))].filter((name) => !known.has(name));
}

/** The names of the migrations this database has, in order; none for a database that has no such table. */
export async function readMigrationNames(db: Db): Promise<readonly string[]> {
  const [table] = await db.query({
    sql: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'",
    args: [],
  });
  return table === undefined ? [] : [...(await readApplied(db))];
}

/** The marker drizzle-kit writes too; a migration is reviewed statement by statement. */
const BREAKPOINT = "--> statement-breakpoint";
const CREATE_TABLE =
  "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL) STRICT";

/** False when somebody else has applied it meanwhile. */
async function applyOne(db: Db, migration: Migration, now: number): Promise<boolean> {
  try {
    await db.batch([recordOf(migration, now), ...statementsOf(migration)]);
    return true;
  } catch (error) {
    const isTaken = error instanceof DbError && error.kind === "constraint" && error.statementIndex === 0;
    if (isTaken && (await readApplied(db)).has(migration.name)) return false;
    throw error;
  }
}

function recordOf(migration: Migration, now: number): Statement {
  return { sql: "INSERT INTO migration (name, applied_at) VALUES (?1, ?2)", args: [migration.name, BigInt(now)] };
}

function statementsOf(migration: Migration): readonly Statement[] {
  const texts = migration.sql.split(BREAKPOINT).filter((text) => !isBlankSql(text));
  return texts.map((sql) => ({ sql, args: [] }));
}

async function readApplied(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db.query({ sql: "SELECT name FROM migration ORDER BY name", args: [] });
  return new Set(rows.map((row) => String(row["name"])));
}

function assertDistinct(migrations: readonly Migration[]): void {
  const names = new Set(migrations.map((migration) => migration.name));
  if (names.size !== migrations.length) throw new TypeError("two migrations have one name");
}
