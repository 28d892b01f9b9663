import type { Deps } from "../../deps.ts";
import { foldCode } from "../../domain/code.ts";
import { foldEmail } from "../../domain/email.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import {
  listAllBatches,
  listAllPayouts,
  type ListedBatch,
  type ListedPayout,
  type ListedSum,
  searchPayouts,
  sumBatches,
} from "../../store/console-payout-store.ts";
import type { BatchStatus } from "../../store/payout-batch-store.ts";
import type { PayoutStatus } from "../../store/payout-store.ts";

interface Page<Status> {
  /** Null: all of them. */
  readonly appId: string | null;
  readonly status: Status | null;
  readonly after: Cursor | null;
  readonly limit: number;
}

/** A batch of any app's with what it comes to. */
export type BatchOfAll = ListedBatch & { readonly sums: readonly ListedSum[] };

/** The batches of all apps, newest first, at most `limit` after a cursor: for operators. */
export async function readAllBatches(
  deps: Deps,
  { after, ...page }: Page<BatchStatus>,
): Promise<readonly BatchOfAll[]> {
  const batches = await listAllBatches(deps.db, { ...page, before: after ?? END_OF_TIME });
  const sums = batches.length === 0 ? new Map<string, readonly ListedSum[]>() : await sumBatches(deps.db, batches);
  return batches.map((batch) => ({ ...batch, sums: sums.get(batch.id) ?? [] }));
}

/**
 * The payouts of all apps, newest first, at most `limit` after a cursor: for operators. `search`: the id of a payout or of an
 * affiliate, an affiliate's e-mail, or any of their codes; then whichever app and status they are of.
 */
export async function readAllPayouts(
  deps: Deps,
  { search, after, ...page }: Page<PayoutStatus> & { readonly search: string | null },
): Promise<readonly ListedPayout[]> {
  const before = after ?? END_OF_TIME;
  if (search === null) return listAllPayouts(deps.db, { ...page, before });
  const meant = { id: search, email: foldEmail(search), code: foldCode(search) };
  return searchPayouts(deps.db, { search: meant, before, limit: page.limit });
}
