import type { Deps } from "../../deps.ts";
import { DAY_MS } from "../../domain/maturation.ts";
import { forgetDeliveries } from "../../store/webhook-delivery-store.ts";
import { findDeletedEndpoint, forgetDeleted } from "../../store/webhook-store.ts";

/** Days that what was sent is kept after it ended: long enough to see why something did not arrive. */
export const DELIVERY_DAYS = 30;
/** So many at once, so that no other writer waits. */
const PAGE = 500;
const MAX_PAGES = 20;

/** Forgets what ended more than 30 days ago, and what is left of endpoints that were deleted. Throws DbError. */
export async function forgetWebhooks(deps: Deps): Promise<void> {
  const before = deps.now() - DELIVERY_DAYS * DAY_MS;
  for (let page = 0; page < MAX_PAGES; page++) {
    const results = await deps.db.batch(forgetDeliveries({ before, limit: PAGE }));
    if ((results.at(-1) ?? []).length < PAGE) break;
  }
  for (let page = 0; page < MAX_PAGES; page++) {
    const deleted = await findDeletedEndpoint(deps.db);
    if (deleted === null) return;
    await deps.db.batch(forgetDeleted(deleted.appId, { endpointId: deleted.endpointId, limit: PAGE }));
  }
}
