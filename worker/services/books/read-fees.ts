import type { Deps } from "../../deps.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import {
  type Collection,
  type FeeSums,
  listCollections,
  listFees,
  readFees,
  type Span,
} from "../../store/fee-store.ts";

/** The platform's fee of an app in a month, one row a currency. */
export async function readFeesOfApp(deps: Deps, appId: string, month: Span): Promise<readonly FeeSums[]> {
  return readFees(deps.db, appId, month);
}

/** The same of every app, oldest first, at most `limit` apps after a cursor: for operators. */
export async function readFeesOfAll(
  deps: Deps,
  page: Span & { readonly after: Cursor | null; readonly limit: number },
): Promise<readonly FeeSums[]> {
  return listFees(deps.db, page);
}

/** What was collected from an app, newest first, at most `limit` after a cursor. */
export async function readCollections(
  deps: Deps,
  appId: string,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly Collection[]> {
  return listCollections(deps.db, appId, { before: after ?? END_OF_TIME, limit });
}
