import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { type CreditEntry, readSpent, writeSpend } from "../../store/credit-entry-store.ts";

export interface SpentCredits {
  readonly entry: CreditEntry;
  /** The account's, after whatever happened since. */
  readonly balance: number;
  /** The same was spent before: nothing was taken now. */
  readonly replayed: boolean;
}

/**
 * Takes credits from an account under the app's own reference (an order, an invoice), once however often it is sent. Fails with
 * `conflict` where the account has fewer, and with `idempotency_mismatch` for a reference of another amount.
 */
export async function spendCredits(
  deps: Deps,
  appId: string,
  call: { account: string; amount: number; reference: string },
): Promise<Result<SpentCredits>> {
  const id = deps.newId("spd");
  const { entry, balance } = readSpent(await deps.db.batch(writeSpend(appId, { ...call, id, now: deps.now() })));
  if (entry === null) return fail("conflict", "The account has fewer credits than that.");
  if (entry.amount !== -call.amount) return fail("idempotency_mismatch", "This reference was used for another amount.");
  return ok({ entry, balance, replayed: entry.id !== id });
}
