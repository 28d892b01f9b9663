import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { duePeriod, partOfPeriod, type PayoutSchedule } from "../../domain/payout-schedule.ts";
import { DbError } from "../../store/db.ts";
import { readDraftedPeriod } from "../../store/payout-batch-store.ts";
import { listScheduled } from "../../store/payout-policy-store.ts";
import { draftBatch } from "./draft-batch.ts";

/** Apps read at once, and pages of one run: ten thousand apps. */
const PAGE = 100;
const MAX_PAGES = 100;

/**
 * The job's run: makes the draft of each app whose schedule's day it is, once a period. An owner approves it like any other. Where
 * one batch does not hold everybody who can be paid, each run drafts a further part of the period with the next of them.
 *
 * An app whose draft fails is logged, and keeps no other's. Throws DbError when the database is away.
 */
export async function draftScheduled(deps: Deps): Promise<void> {
  let after = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const apps = await listScheduled(deps.db, { after, limit: PAGE });
    for (const { appId, ...schedule } of apps) {
      try {
        await draftDue(deps, appId, schedule);
      } catch (error) {
        if (error instanceof DbError && error.kind === "unavailable") throw error;
        deps.log({ level: "error", work: "payouts", app: appId, error: String(error) });
      }
    }
    if (apps.length < PAGE) return;
    after = apps.at(-1)?.appId ?? after;
  }
}

async function draftDue(deps: Deps, appId: string, schedule: PayoutSchedule): Promise<void> {
  const due = duePeriod(schedule, dayOf(deps.now()));
  if (due === null) return;
  const { parts, isFull } = await readDraftedPeriod(deps.db, appId, due);
  if (parts > 0 && !isFull) return;
  const scope = { affiliateId: null, currency: null };
  const period = partOfPeriod(due, parts + 1);
  await draftBatch(deps, appId, { actor: "schedule", kind: "schedule", period, scope });
}
