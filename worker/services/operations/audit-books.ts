import { checkBooks } from "../../store/check-books.ts";
import type { Db } from "../../store/db.ts";

/**
 * Recomputes every total, bucket and commission from the facts and compares: one line for each thing that is off, none
 * when the books balance.
 */
export async function auditBooks(db: Db): Promise<readonly string[]> {
  return (await checkBooks(db)).map(({ check, row }) => `${check}: ${JSON.stringify(row)}`);
}
