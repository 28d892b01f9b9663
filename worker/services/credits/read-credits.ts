import type { Deps } from "../../deps.ts";
import { type CreditBalance, type CreditEntry, readAccountCredits } from "../../store/credit-entry-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";

/** What an account has and every movement that made it so, newest first, at most `limit` after a cursor. Throws DbError. */
export function readCredits(
  deps: Deps,
  appId: string,
  { account, after, limit }: { account: string; after: Cursor | null; limit: number },
): Promise<CreditBalance & { readonly entries: readonly CreditEntry[] }> {
  return readAccountCredits(deps.db, appId, { account, after: after ?? END_OF_TIME, limit });
}
