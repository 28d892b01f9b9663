import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { type App, findApp } from "../../store/app-store.ts";
import { createAffiliate } from "../affiliates/create-affiliate.ts";
import { createApp } from "../programs/create-app.ts";

/** What dev remembers of its demo between starts. */
export interface Demo {
  readonly app: App;
  readonly secretKey: string;
  readonly affiliateId: string;
}

export const DEMO_REF = "demo42";

/** The Demo Shop with its creator: the one kept from the last start, or a new one when the database is new. */
export async function seedDemo(deps: Deps, kept: { appId: string; secretKey: string } | null): Promise<Demo> {
  const known = kept === null ? null : await findApp(deps.db, kept.appId);
  const { app, secretKey } =
    known !== null && kept !== null
      ? { app: known, secretKey: kept.secretKey }
      : await createApp(deps, "operator", {
          name: "Demo Shop",
          rateBps: 3_000,
          currency: "usd",
          domain: null,
          mode: "test",
        });
  const created = await createAffiliate(deps, app.id, {
    actor: "operator",
    draft: { email: "mara@example.test", name: "Mara", ref: DEMO_REF, accountId: null, rateBps: null },
  });
  assert(created.ok, "the demo creator has its code");
  return { app, secretKey, affiliateId: created.value.affiliate.id };
}
