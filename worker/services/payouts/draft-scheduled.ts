import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { duePeriod } from "../../domain/payout-schedule.ts";
import { hasPeriod } from "../../store/payout-batch-store.ts";
import { listScheduled } from "../../store/payout-policy-store.ts";
import { draftBatch } from "./draft-batch.ts";

/** Apps read at once, and pages of one run: ten thousand apps. */
const PAGE = 100;
const MAX_PAGES = 100;

/** The job's run: makes the draft of each app whose schedule's day it is, once a period. An owner approves it like any other. */
export async function draftScheduled(deps: Deps): Promise<void> {
  const today = dayOf(deps.now());
  let after = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const apps = await listScheduled(deps.db, { after, limit: PAGE });
    for (const { appId, ...schedule } of apps) {
      const period = duePeriod(schedule, today);
      if (period === null || (await hasPeriod(deps.db, appId, period))) continue;
      const scope = { affiliateId: null, currency: null };
      await draftBatch(deps, appId, { actor: "schedule", kind: "schedule", period, scope });
    }
    if (apps.length < PAGE) return;
    after = apps.at(-1)?.appId ?? after;
  }
}
