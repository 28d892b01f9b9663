import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { SECRET_KEY_PREFIX, secretKeyFromBytes } from "../../domain/secret-key.ts";
import { type App, findApp, insertApp } from "../../store/app-store.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { insertKey, KEY_SCOPES } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

export type AppDraft = Pick<App, "name" | "rateBps" | "currency" | "domain" | "mode">;

/** Makes an app with its first secret key, which is shown here once and stored only as a hash. */
export async function createApp(deps: Deps, actor: string, draft: AppDraft): Promise<{ app: App; secretKey: string }> {
  const now = deps.now();
  const id = deps.newId("app");
  const secretKey = newSecretKey(deps);
  await deps.db.batch([
    ...insertApp({ ...draft, id, actor, now }),
    insertKey(id, {
      id: deps.newId("key"),
      name: "First key",
      hash: await sha256(secretKey),
      prefix: SECRET_KEY_PREFIX,
      last4: secretKey.slice(-4),
      scopes: KEY_SCOPES,
      now,
    }),
    insertAudit(id, { id: deps.newId("aud"), actor, action: "app.created", object: id, after: draft, now }),
  ]);
  const app = await findApp(deps.db, id);
  assert(app !== null, "an app that was just written is there");
  return { app, secretKey };
}

/** 64 bytes hold 30 usable ones but once in 10^20 draws: then draw again. */
function newSecretKey(deps: Deps): string {
  return secretKeyFromBytes(deps.randomBytes(64)) ?? newSecretKey(deps);
}
