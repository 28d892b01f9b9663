import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import { ok, type Result } from "../../domain/result.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import {
  type BatchScope,
  type PreviewRow,
  previewPayouts as listRows,
  sumPreview,
} from "../../store/payout-batch-store.ts";
import { type BatchTerms, readBatchTerms } from "./read-policy.ts";

export interface Preview {
  readonly terms: BatchTerms;
  readonly throughDay: number;
  readonly sums: Awaited<ReturnType<typeof sumPreview>>;
  readonly rows: readonly PreviewRow[];
}

/**
 * Whom a batch made now would pay how much, and who is left out and why: by age of the affiliate, at most `limit` after a
 * cursor, and the sums over all. Writes nothing. Fails as `readBatchTerms` does.
 */
export async function previewPayouts(
  deps: Deps,
  appId: string,
  { scope, after, limit }: { scope: BatchScope; after: Cursor | null; limit: number },
): Promise<Result<Preview>> {
  const terms = await readBatchTerms(deps, appId);
  if (!terms.ok) return terms;
  const now = deps.now();
  const today = dayOf(now);
  const batch = { ...terms.value, ...scope, today, now };
  const [sums, rows] = await Promise.all([
    sumPreview(deps.db, appId, batch),
    listRows(deps.db, appId, { ...batch, after: after ?? START_OF_TIME, limit }),
  ]);
  return ok({ terms: terms.value, throughDay: today, sums, rows });
}
