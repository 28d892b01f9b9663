import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { type App, findApp, insertApp } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { insertKey, KEY_SCOPES } from "../../store/key-store.ts";
import { insertOwner } from "../../store/owner-store.ts";
import { issueKey } from "./issue-key.ts";

export type AppDraft = Pick<App, "name" | "rateBps" | "currency" | "domain" | "mode">;

/** An app that was just made, with its first secret key. */
export interface CreatedApp {
  readonly app: App;
  readonly secretKey: string;
}

/**
 * Makes an app with its first secret key, which is shown here once and stored only as a hash. `owner`: the folded address of
 * who runs it; null: nobody but operators yet.
 */
export async function createApp(
  deps: Deps,
  actor: string,
  draft: AppDraft,
  { owner }: { readonly owner: string | null } = { owner: null },
): Promise<CreatedApp> {
  const now = deps.now();
  const id = deps.newId("app");
  const { secretKey, secret } = await issueKey(deps);
  const key = { name: "First key", scopes: KEY_SCOPES, expiresAt: null };
  const entry = () => ({ id: deps.newId("aud"), actor, now });
  await deps.db.batch([
    ...insertApp({ ...draft, id, actor, now }),
    insertKey(id, { ...secret, ...key, now }),
    insertAudit(id, { ...entry(), action: "app.created", object: id, after: draft }),
    insertAudit(id, { ...entry(), action: "key.created", object: secret.id, after: key }),
    ...(owner === null ? [] : [insertOwner(id, { email: owner, actor, now })]),
  ]);
  const app = await findApp(deps.db, id, now);
  assert(app !== null, "an app that was just written is there");
  return { app, secretKey };
}
