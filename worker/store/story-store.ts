import type { Db } from "./db.ts";
import { statement, textOf } from "./statement.ts";

/** Whose code it is, in the whole installation. Null: nobody's. */
export async function findAppOfCode(db: Db, code: string): Promise<string | null> {
  const [row] = await db.query(OF_CODE({ code }));
  return row === undefined ? null : textOf(row, "app");
}

/** The app of a conversion, or whether it is `appId`'s. Without an app it is looked for in each: one search an app. */
export async function findAppOfConversion(
  db: Db,
  { conversionId, appId }: { conversionId: string; appId: string | null },
): Promise<string | null> {
  const way = appId === null ? OF_CONVERSION : OF_CONVERSION_IN;
  const [row] = await db.query(way({ id: conversionId, app: appId }));
  return row === undefined ? null : textOf(row, "app");
}

const OF_CODE = statement("SELECT k.app FROM code k WHERE k.code = :code");

// A conversion's key begins with its app: apps are few.
const OF_CONVERSION = statement(`
  SELECT c.app FROM app a CROSS JOIN conversion c ON c.app = a.id AND c.id = :id LIMIT 1`);
const OF_CONVERSION_IN = statement("SELECT c.app FROM conversion c WHERE c.app = :app AND c.id = :id");
