import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { type App, findApp, insertApp } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { issueKey } from "./issue-key.ts";

export type AppDraft = Pick<App, "name" | "rateBps" | "currency" | "domain" | "mode">;

/** Makes an app with its first secret key, which is shown here once and stored only as a hash. */
export async function createApp(deps: Deps, actor: string, draft: AppDraft): Promise<{ app: App; secretKey: string }> {
  const now = deps.now();
  const id = deps.newId("app");
  const { secretKey, insert } = await issueKey(deps, id, { name: "First key", now });
  await deps.db.batch([
    ...insertApp({ ...draft, id, actor, now }),
    insert,
    insertAudit(id, { id: deps.newId("aud"), actor, action: "app.created", object: id, after: draft, now }),
  ]);
  const app = await findApp(deps.db, id);
  assert(app !== null, "an app that was just written is there");
  return { app, secretKey };
}
