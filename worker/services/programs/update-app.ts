import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type App, type AppPatch, findApp, insertRate, patchApp } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";

/** What to change: settings by column, and the app's rate from now on. Payments made earlier keep what they were recorded with. */
export interface AppChange {
  readonly settings: AppPatch;
  readonly rateBps?: number;
}

/** Changes an app's program and answers it as it stands then. Fails with `not_found`. */
export async function updateApp(deps: Deps, actor: string, appId: string, change: AppChange): Promise<Result<App>> {
  const before = await findApp(deps.db, appId);
  if (before === null) return fail("not_found", "No such app.");
  const now = deps.now();
  const { settings, rateBps } = change;
  await deps.db.batch([
    patchApp(appId, settings),
    ...(rateBps === undefined ? [] : [insertRate(appId, { affiliateId: null, bps: rateBps, actor, now })]),
    insertAudit(appId, {
      id: deps.newId("aud"),
      actor,
      action: "app.changed",
      object: appId,
      before,
      after: { ...settings, rateBps },
      now,
    }),
  ]);
  const app = await findApp(deps.db, appId);
  assert(app !== null, "an app is never deleted");
  return ok(app);
}
