import type { Deps } from "../../deps.ts";
import type { PayoutMethod } from "../../domain/payout-method.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { findBatch } from "../../store/payout-batch-store.ts";
import { listToPay, type PayoutToPay } from "../../store/payout-store.ts";
import { openMethod } from "./sealed-method.ts";

/** A payout under way with whom it is for and where it goes. */
export interface PayableRow extends Omit<PayoutToPay, "method"> {
  readonly method: PayoutMethod;
}

/** Payouts of one file: as many as PayPal takes (developer.paypal.com/docs/payouts), and a page of 5,000 lines has. */
const MAX_ROWS = 5_000;

/**
 * The payouts of a batch that somebody has to make by hand, with where each goes. For PayPal those to PayPal in one currency alone.
 * Fails with `not_found`, and with `conflict` for a batch that Stripe pays. Throws when a method cannot be read.
 */
export async function exportBatch(
  deps: Deps,
  appId: string,
  { batchId, kind, currency }: { batchId: string; kind: "paypal" | null; currency: string | null },
): Promise<Result<readonly PayableRow[]>> {
  const batch = await findBatch(deps.db, appId, batchId);
  if (batch === null) return fail("not_found", "No such batch.");
  if (batch.rail === "stripe") return fail("conflict", "Stripe pays this batch.");
  const rows = await listToPay(deps.db, appId, { batchId, kind, currency, limit: MAX_ROWS });
  return ok(await Promise.all(rows.map(async (row) => ({ ...row, method: await openMethod(deps, row.method) }))));
}
