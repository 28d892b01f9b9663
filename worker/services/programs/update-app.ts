import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type App, type AppPatch, findApp, insertRate, patchApp } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { type FlagChange, writeAppFlags } from "../../store/flag-store.ts";
import { startOfRate } from "./start-of-rate.ts";

/**
 * What to change: settings by column, the app's flags (null: the installation's), and its rate, from now on or from an instant
 * to come. Payments made earlier keep what they were recorded with.
 */
export interface AppChange {
  readonly settings: AppPatch;
  readonly flags: FlagChange;
  readonly rateBps?: number;
  readonly rateFrom?: number;
}

/**
 * Changes an app's program and answers it as it stands then. `action` is what the audit log calls it. Fails with `not_found`, and
 * `invalid_request` for a rate from the past.
 */
export async function updateApp(
  deps: Deps,
  actor: string,
  appId: string,
  change: AppChange,
  { action }: { readonly action: string } = { action: "app.changed" },
): Promise<Result<App>> {
  const now = deps.now();
  const before = await findApp(deps.db, appId, now);
  if (before === null) return fail("not_found", "No such app.");
  const { settings, flags, rateBps, rateFrom } = change;
  const from = startOfRate(rateFrom, now);
  if (!from.ok) return from;
  await deps.db.batch([
    patchApp(appId, settings),
    ...writeAppFlags(appId, flags),
    ...(rateBps === undefined ? [] : [insertRate(appId, { affiliateId: null, bps: rateBps, actor, from: from.value })]),
    insertAudit(appId, {
      id: deps.newId("aud"),
      actor,
      action,
      object: appId,
      before,
      after: { ...settings, ...flags, rateBps, rateFrom },
      now,
    }),
  ]);
  const app = await findApp(deps.db, appId, now);
  assert(app !== null, "an app is never deleted");
  return ok(app);
}
