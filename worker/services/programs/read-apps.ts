import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type App, findApp, listApps } from "../../store/app-store.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import type { Access } from "./authorize.ts";
import { readFlags } from "./read-flags.ts";

/** No id holds anything else, and a database cannot bind everything that a path may. */
const APP_ID = /^app_[\w-]{1,64}$/;

/** The app a request acts on: its key's, or the one an operator names. Fails with `invalid_request` and `not_found`. */
export async function readApp(deps: Deps, access: Access): Promise<Result<App>> {
  if (access.appId === null) {
    return fail("invalid_request", "An operator names the app.", [{ path: "app_id", message: "is required" }]);
  }
  const app = await findApp(deps.db, access.appId, deps.now());
  return app === null ? fail("not_found", "No such app.") : ok(app);
}

/** The app whose promoters' pages are open to everybody; null for one that is not there, or has them switched off. */
export async function readOpenApp(deps: Deps, appId: string): Promise<App | null> {
  const app = APP_ID.test(appId) ? await findApp(deps.db, appId, deps.now()) : null;
  return app !== null && readFlags(deps, app).platformReferrals.enabled ? app : null;
}

/** All apps of the installation, oldest first, at most `limit` after a cursor: for operators. */
export async function readApps(
  deps: Deps,
  { after, limit }: { after: Cursor | null; limit: number },
): Promise<readonly App[]> {
  return listApps(deps.db, { after: after ?? START_OF_TIME, limit, now: deps.now() });
}
