import type { Db } from "./db.ts";
import { statement, textOf, textOrNull } from "./statement.ts";

/** What a creator may be called by. */
export interface AffiliateName {
  readonly name: string | null;
  readonly email: string | null;
  readonly ref: string;
}

/** What these affiliates of an app are called, by their ids. */
export async function listAffiliateNames(
  db: Db,
  appId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AffiliateName>> {
  const rows = await db.query(NAMES({ app: appId, ids: JSON.stringify(ids) }));
  return new Map(
    rows.map((row) => [
      textOf(row, "id"),
      { name: textOrNull(row, "name"), email: textOrNull(row, "email"), ref: textOf(row, "ref") },
    ]),
  );
}

const NAMES = statement(`
  SELECT a.id, a.name, a.email, k.ref FROM json_each(:ids) j CROSS JOIN affiliate a ON a.app = :app AND a.id = j.value
  CROSS JOIN code k ON k.code = a.code`);
