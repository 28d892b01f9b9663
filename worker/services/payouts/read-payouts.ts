import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type Cursor, END_OF_TIME, START_OF_TIME } from "../../store/cursor.ts";
import {
  type BatchLine,
  type BatchStatus,
  findBatch,
  listBatches,
  listLines,
  listToRetry,
  type PayoutBatch,
} from "../../store/payout-batch-store.ts";
import {
  findPayout,
  listItems,
  listPayouts,
  type Payout,
  type PayoutItem,
  type PayoutStatus,
} from "../../store/payout-store.ts";

/** Payouts that one call pays again, and that a page shows: the rest is shown when these are. */
export const MAX_RETRIES = 100;
/** Lines of a file: as many as a batch has. */
const MAX_FILE_LINES = 5_000;

/** A batch of the app. Fails with `not_found`: also for one of another app. */
export async function readBatch(deps: Deps, appId: string, batchId: string): Promise<Result<PayoutBatch>> {
  const batch = await findBatch(deps.db, appId, batchId);
  return batch === null ? fail("not_found", "No such batch.") : ok(batch);
}

/** The app's batches, newest first, at most `limit` after a cursor. */
export async function readBatches(
  deps: Deps,
  appId: string,
  page: { status: BatchStatus | null; after: Cursor | null; limit: number },
): Promise<readonly Omit<PayoutBatch, "sums">[]> {
  const { status, after, limit } = page;
  return listBatches(deps.db, appId, { status, before: after ?? END_OF_TIME, limit });
}

/** What was approved for whom, and what became of it: by age of the affiliate, at most `limit` after a cursor. */
export async function readLines(
  deps: Deps,
  appId: string,
  { batchId, after, limit }: { batchId: string; after: Cursor | null; limit: number },
): Promise<readonly BatchLine[]> {
  return listLines(deps.db, appId, { batchId, after: after ?? START_OF_TIME, limit });
}

/** All lines of a batch. Fails with `not_found`. */
export async function readAllLines(deps: Deps, appId: string, batchId: string): Promise<Result<readonly BatchLine[]>> {
  const batch = await findBatch(deps.db, appId, batchId);
  if (batch === null) return fail("not_found", "No such batch.");
  return ok(await listLines(deps.db, appId, { batchId, after: START_OF_TIME, limit: MAX_FILE_LINES }));
}

/** The failed payouts of a batch that can be paid again, one a line, the oldest first, at most `MAX_RETRIES`. */
export async function readToRetry(deps: Deps, appId: string, batchId: string): Promise<readonly Payout[]> {
  return listToRetry(deps.db, appId, { batchId, limit: MAX_RETRIES });
}

/** A payout of the app. Fails with `not_found`: also for one of another app. */
export async function readPayout(deps: Deps, appId: string, payoutId: string): Promise<Result<Payout>> {
  const payout = await findPayout(deps.db, appId, payoutId);
  return payout === null ? fail("not_found", "No such payout.") : ok(payout);
}

/** A payout of one affiliate. Fails with `not_found`: also for another affiliate's. */
export async function readPayoutOf(
  deps: Deps,
  appId: string,
  { affiliateId, payoutId }: { affiliateId: string; payoutId: string },
): Promise<Result<Payout>> {
  const payout = await findPayout(deps.db, appId, payoutId);
  return payout?.affiliateId === affiliateId ? ok(payout) : fail("not_found", "No such payout.");
}

/** The app's payouts, newest first, at most `limit` after a cursor, of one batch, affiliate and status where given. */
export async function readPayouts(
  deps: Deps,
  appId: string,
  page: {
    batchId: string | null;
    affiliateId: string | null;
    status: PayoutStatus | null;
    after: Cursor | null;
    limit: number;
  },
): Promise<readonly Payout[]> {
  const { after, ...filter } = page;
  return listPayouts(deps.db, appId, { ...filter, before: after ?? END_OF_TIME });
}

/** What a payout covers, at most `limit` after a cursor. */
export async function readItems(
  deps: Deps,
  appId: string,
  { payoutId, after, limit }: { payoutId: string; after: Cursor | null; limit: number },
): Promise<readonly PayoutItem[]> {
  return listItems(deps.db, appId, { payoutId, after: after ?? START_OF_TIME, limit });
}
