import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { type App, findAppOfCode } from "../../store/app-store.ts";
import { KEY_SCOPES } from "../../store/key-store.ts";
import { createAffiliate } from "../affiliates/create-affiliate.ts";
import { createApp } from "../programs/create-app.ts";
import { createKey } from "../programs/create-key.ts";

/** What dev remembers of its demo between starts. */
export interface Demo {
  readonly app: App;
  readonly secretKey: string;
  readonly affiliateId: string;
}

export const DEMO_REF = "demo42";
/** Whose pages to look at in dev. */
export const DEMO_EMAIL = "mara@example.test";

/** The Demo Shop with its creator: the database's, or a new one. The key that was kept, or, where it is lost, one more. */
export async function seedDemo(deps: Deps, kept: { appId: string; secretKey: string } | null): Promise<Demo> {
  const { app, secretKey } = await demoApp(deps, kept);
  const created = await createAffiliate(deps, app.id, {
    actor: "operator",
    draft: { email: DEMO_EMAIL, name: "Mara", ref: DEMO_REF, accountId: null, rateBps: null },
  });
  assert(created.ok, "the demo creator has its code");
  return { app, secretKey, affiliateId: created.value.affiliate.id };
}

async function demoApp(deps: Deps, kept: { secretKey: string } | null): Promise<{ app: App; secretKey: string }> {
  const app = await findAppOfCode(deps.db, DEMO_REF, deps.now());
  if (app === null) {
    const draft = { name: "Demo Shop", rateBps: 3_000, currency: "usd", domain: null, mode: "test" } as const;
    return createApp(deps, "operator", draft);
  }
  const key = kept === null ? null : await deps.keys.find(kept.secretKey);
  if (kept !== null && key?.appId === app.id) return { app, secretKey: kept.secretKey };
  const by = { actor: "operator", keyId: null, scopes: KEY_SCOPES };
  const issued = await createKey(deps, app.id, { by, draft: { name: "Demo", scopes: null, expiresAt: null } });
  assert(issued.ok, "the demo has room for one more key");
  return { app, secretKey: issued.value.secretKey };
}
