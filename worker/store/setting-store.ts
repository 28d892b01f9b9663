import type { Db, Statement } from "./db.ts";
import { statement, textOf } from "./statement.ts";

/** A setting of the whole installation, or null. */
export async function readSetting(db: Db, key: string): Promise<string | null> {
  const [row] = await db.query(READ({ key }));
  return row === undefined ? null : textOf(row, "value");
}

export function writeSetting(key: string, value: string): Statement {
  return WRITE({ key, value });
}

const READ = statement("SELECT value FROM setting WHERE key = :key");
const WRITE = statement(`
  INSERT INTO setting (key, value) VALUES (:key, :value) ON CONFLICT DO UPDATE SET value = excluded.value`);
