import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { ok, type Result } from "../../domain/result.ts";
import type { App } from "../../store/app-store.ts";
import type { Cursor } from "../../store/cursor.ts";
import { type PayoutBatch, sumPreview } from "../../store/payout-batch-store.ts";
import { readApps } from "../programs/read-apps.ts";
import { draftByHand } from "./draft-batch.ts";
import { readBatchTerms } from "./read-policy.ts";

/** What a batch of everybody in an app would pay now, by currency. */
export type DueSums = Awaited<ReturnType<typeof sumPreview>>;

export interface AppDue {
  readonly app: App;
  /** Fails where no batch could be made, with why. */
  readonly sums: Result<DueSums>;
}

/** What is due in each app, by age of the app, at most `limit` after a cursor. Writes nothing. */
export async function readDueOfApps(
  deps: Deps,
  page: { after: Cursor | null; limit: number },
): Promise<readonly AppDue[]> {
  const apps = await readApps(deps, page);
  return Promise.all(apps.map(async (app) => ({ app, sums: await dueOf(deps, app.id) })));
}

/** Drafts a batch of everybody in each of these apps, one after another; each is made or fails by itself, as `draftByHand` does. */
export async function draftOfApps(
  deps: Deps,
  { actor, appIds }: { actor: string; appIds: readonly string[] },
): Promise<readonly { readonly appId: string; readonly batch: Result<PayoutBatch> }[]> {
  const drafted = [];
  for (const appId of appIds) {
    const batch = await draftByHand(deps, appId, { actor, scope: { affiliateId: null, currency: null } });
    drafted.push({ appId, batch });
  }
  return drafted;
}

async function dueOf(deps: Deps, appId: string): Promise<Result<DueSums>> {
  const terms = await readBatchTerms(deps, appId);
  if (!terms.ok) return terms;
  const now = deps.now();
  const batch = { ...terms.value, affiliateId: null, currency: null, today: dayOf(now), now };
  return ok(await sumPreview(deps.db, appId, batch));
}
