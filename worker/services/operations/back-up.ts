import { type Db, DbError } from "../../store/db.ts";
import { countRows, findDamage } from "../../store/check-file.ts";
import { bytesOf, copyLive, filesOf, openCopy, publishCopy, removeDatabase } from "../../store/embedded-copy.ts";
import { readMigrationNames } from "../../store/migrate.ts";
import { MIGRATION_NAMES } from "../../store/migration-names.ts";
import { writeSetting } from "../../store/setting-store.ts";
import { auditBooks } from "./audit-books.ts";
import { newerDatabase } from "./newer-database.ts";

/** What was copied, and how it was found to be. */
export interface Backup {
  readonly bytes: number;
  readonly tables: number;
  readonly rows: number;
  /** The newest migration the copy has. */
  readonly schema: string;
  /** What is off in its books, as it is in the database; null where this program is newer and cannot tell. */
  readonly offBooks: readonly string[] | null;
}

/** Why there is no backup, or nothing was restored: a sentence for the operator. Nothing has changed then. */
export interface Refusal {
  readonly refused: string;
}

/** The setting of a copy that says when it was made, in milliseconds: everything answered before is in it. */
export const BACKED_UP_AT = "backed_up_at";

/**
 * Copies the database at `from` to `to`, which must not be there, while the server goes on writing. `to` comes about at the
 * end, of a copy that was read through: pages, keys, and the books recomputed from the facts. Books that are off stand in
 * the answer and are copied as they are; a damaged copy is refused. `now` is epoch milliseconds.
 */
export async function backUp({ from, to, now }: { from: string; to: string; now: number }): Promise<Backup | Refusal> {
  if (filesOf(from).length === 0) return { refused: `There is no database at ${from}.` };
  if (filesOf(to).length > 0) return { refused: `${to} is there already: a backup replaces nothing.` };
  const copy = `${to}.partial`;
  try {
    copyLive({ from, to: copy });
    const checked = await checkCopy(copy, now);
    if ("refused" in checked) return checked;
    publishCopy({ copy, name: to });
    return { ...checked, bytes: bytesOf(to) };
  } catch (error) {
    if (error instanceof DbError) return { refused: `${from} could not be copied: ${error.message}.` };
    throw error;
  } finally {
    removeDatabase(copy);
  }
}

/** Why a database with these migrations is none that this program may read; null when it may. */
export function refusalOf(migrations: readonly string[], file: string): string | null {
  if (migrations.length === 0) return `${file} is no database of AgentLinks.`;
  const known: readonly string[] = MIGRATION_NAMES;
  const unknown = migrations.filter((name) => !known.includes(name));
  return unknown.length === 0 ? null : newerDatabase(file, unknown);
}

/** 20260131T235959Z: sorts by time, and any file system takes it. */
export function stampOf(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
}

async function checkCopy(copy: string, now: number): Promise<Omit<Backup, "bytes"> | Refusal> {
  const db = openCopy(copy);
  try {
    const migrations = await readMigrationNames(db);
    const refused = refusalOf(migrations, "The database");
    if (refused !== null) return { refused };
    const damage = await findDamage(db);
    if (damage.length > 0) return { refused: `The database is damaged, and was not copied: ${damage.join("; ")}.` };
    await db.batch([writeSetting(BACKED_UP_AT, String(now))]);
    return { ...(await countRows(db)), schema: migrations.at(-1) ?? "", offBooks: await booksOf(db, migrations) };
  } finally {
    await db.close();
  }
}

/** Only a database that has all migrations has the columns that the audit reads. */
async function booksOf(db: Db, migrations: readonly string[]): Promise<readonly string[] | null> {
  return MIGRATION_NAMES.every((name) => migrations.includes(name)) ? auditBooks(db) : null;
}
