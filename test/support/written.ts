import type { Db } from "../../worker/store/db.ts";

/** Rows inserted, changed and deleted since the database was opened, those of triggers among them. */
export async function rowsWritten(db: Pick<Db, "query">): Promise<number> {
  return numberOf(db, "SELECT total_changes() AS n");
}

/** The size of the database, with the part of its pages that is free. */
export async function bytesStored(db: Pick<Db, "query">): Promise<number> {
  return numberOf(db, "SELECT page_count * page_size AS n FROM pragma_page_count(), pragma_page_size()");
}

async function numberOf(db: Pick<Db, "query">, sql: string): Promise<number> {
  return Number((await db.query({ sql, args: [] }))[0]?.["n"]);
}
