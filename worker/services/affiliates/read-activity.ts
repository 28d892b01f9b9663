import type { Deps } from "../../deps.ts";
import { listCodes, type OwnCode } from "../../store/code-store.ts";
import { type EarningDay, listEarnings } from "../../store/earning-store.ts";
import type { CodeDay } from "../../store/book-store.ts";
import { type AffiliateOfApp, readCodeDays } from "./read-affiliates.ts";

/** Codes that are shown of one affiliate. */
const MAX_CODES = 100;
/** Payments that the earnings of one chart are summed from: some tens of milliseconds. */
const MAX_PAYMENTS = 20_000;

/** What an affiliate's codes brought over some days. */
export interface Activity {
  readonly codes: readonly OwnCode[];
  readonly codeDays: readonly CodeDay[];
  readonly earnings: readonly EarningDay[];
  /** False where there were more payments than are summed: the oldest days are not whole. */
  readonly isWhole: boolean;
}

/** An affiliate's codes with what happened on them from one UTC day to another, and what that earns by day and currency. */
export async function readActivity(
  deps: Deps,
  of: AffiliateOfApp,
  { from, to }: { from: number; to: number },
): Promise<Activity> {
  const [codes, codeDays, earned] = await Promise.all([
    listCodes(deps.db, of.app.id, { affiliateId: of.affiliate.id, limit: MAX_CODES }),
    readCodeDays(deps, of, { from, to, code: null }),
    listEarnings(deps.db, of.app.id, { affiliateId: of.affiliate.id, from, to, max: MAX_PAYMENTS }),
  ]);
  return { codes, codeDays, earnings: earned.days, isWhole: earned.isWhole };
}
