import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { App } from "../../store/app-store.ts";
import { TRUST_DECIDED } from "../../store/setup-store.ts";
import { type AppChange, updateApp } from "./update-app.ts";

/**
 * Changes whose word counts for an app, and its limits; told in the audit log as a decision, also where it stays as it is. Fails with
 * `not_found`.
 */
export function decideTrust(
  deps: Deps,
  appId: string,
  { actor, change }: { actor: string; change: AppChange },
): Promise<Result<App>> {
  return updateApp(deps, actor, appId, change, { action: TRUST_DECIDED });
}
