import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { confirmCommissions, findAppToConfirm } from "../../store/event-store.ts";

/** Commissions told of in one batch: other writers hardly wait. */
const PAGE = 200;
/** Pages of one run of the job; the next one is a minute away. */
const MAX_PAGES = 50;

/** The job's run: tells of every commission that has matured, once each. No balance rests on it. */
export async function tellConfirmed(deps: Deps): Promise<void> {
  const now = deps.now();
  const today = dayOf(now);
  for (let page = 0; page < MAX_PAGES; page++) {
    const appId = await findAppToConfirm(deps.db, today);
    if (appId === null) return;
    await deps.db.batch(confirmCommissions(appId, { today, now, limit: PAGE }));
  }
}
