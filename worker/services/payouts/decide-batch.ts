import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import {
  approveBatch as approve,
  cancelBatch as cancel,
  type PayoutBatch,
  readBatch,
} from "../../store/payout-batch-store.ts";
import type { Access } from "../programs/authorize.ts";

/**
 * Approves a draft: from now on it may run, with the amounts that were seen. Approved before, it answers as it is. Fails with
 * `not_found`, with `scope_required` where the operator pays and it is not the operator who approves, and with `conflict` for
 * one that was called off, or whose app the operator pays for no longer.
 */
export async function approveBatch(
  deps: Deps,
  appId: string,
  { access, batchId }: { access: Pick<Access, "actor" | "isOperator">; batchId: string },
): Promise<Result<PayoutBatch>> {
  const { actor, isOperator } = access;
  const audit = { id: deps.newId("aud"), actor, action: "payouts.approved", object: batchId, now: deps.now() };
  const batch = readBatch(await deps.db.batch(approve(appId, { batchId, isOperator, audit })));
  if (batch === null) return fail("not_found", "No such batch.");
  if (batch.status === "cancelled") return fail("conflict", "This batch was called off.");
  if (batch.status !== "draft") return ok(batch);
  return isOperator
    ? fail("conflict", "The operator no longer pays for this app.")
    : fail("scope_required", "The operator pays for this batch, and approves it.");
}

/** Calls off what has not begun to run. Fails with `not_found`, and with `conflict` for what has. */
export async function cancelBatch(
  deps: Deps,
  appId: string,
  { actor, batchId, reason }: { actor: string; batchId: string; reason: string },
): Promise<Result<PayoutBatch>> {
  const audit = { id: deps.newId("aud"), actor, action: "payouts.cancelled", object: batchId, reason, now: deps.now() };
  const batch = readBatch(await deps.db.batch(cancel(appId, { batchId, audit })));
  if (batch === null) return fail("not_found", "No such batch.");
  return batch.status === "cancelled" ? ok(batch) : fail("conflict", "This batch has begun to run.");
}
