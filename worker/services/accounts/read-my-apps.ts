import type { Deps } from "../../deps.ts";
import { type App, findApp } from "../../store/app-store.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import { findAppOfOwner, listAppsOfOwner, listNewestApps } from "../../store/owner-store.ts";
import type { Person } from "./person.ts";

/** The apps a person runs, newest first, at most `limit` after a cursor: an operator all of them. */
export async function readMyApps(
  deps: Deps,
  person: Person,
  { after, limit }: { readonly after: Cursor | null; readonly limit: number },
): Promise<readonly App[]> {
  const page = { before: after ?? END_OF_TIME, limit, now: deps.now() };
  return person.isOperator ? listNewestApps(deps.db, page) : listAppsOfOwner(deps.db, person.email, page);
}

/** An app that a person runs, null for any other, there or not. */
export async function readMyApp(deps: Deps, person: Person, appId: string): Promise<App | null> {
  const now = deps.now();
  if (person.isOperator) return findApp(deps.db, appId, now);
  return findAppOfOwner(deps.db, appId, { email: person.email, now });
}
