import type { Deps } from "../../deps.ts";
import type { Cursor } from "../../store/cursor.ts";
import { END_OF_LEDGER, listPostings, type PostingFilter, type PostingPage } from "../../store/ledger-store.ts";

/**
 * Postings of an app's ledger, or with null of all apps', newest first, at most `limit` after a cursor. With a filter a page
 * may hold fewer, or none, and still not be the last: no page reads the whole ledger.
 */
export async function readLedger(
  deps: Deps,
  appId: string | null,
  { after, ...page }: PostingFilter & { readonly after: Cursor | null; readonly limit: number },
): Promise<PostingPage> {
  return listPostings(deps.db, appId, { ...page, before: after ?? END_OF_LEDGER });
}
