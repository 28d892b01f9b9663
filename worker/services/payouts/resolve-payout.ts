import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { REACHABLE_MS } from "../../domain/transfer-timing.ts";
import { findPayoutPolicy, type PayoutPolicyRow } from "../../store/payout-policy-store.ts";
import { findPayout, type Payout, readPayout } from "../../store/payout-store.ts";
import { findStripePayout, resolvePayout as write, type StripePayout } from "../../store/transfer-store.ts";
import { findCredentials } from "./find-payer.ts";
import { findTransfer } from "./find-transfer.ts";
import { accountOf } from "./sealed-method.ts";

/** What became of a payout, as the operator found out elsewhere. */
export type Resolution =
  | { readonly status: "settled"; readonly reference: string | null; readonly reason: string }
  | { readonly status: "failed"; readonly reason: string };

/**
 * The operator's word on a payout by Stripe that was sent and of which nobody can ask Stripe any more, because the key that sent
 * it is gone for good: it has arrived, or it has not, and then gives back what it took. The same word again answers the same.
 *
 * Fails with `not_found`, and with `conflict` for one made by hand, one that has ended otherwise, one of which Stripe was last
 * asked in vain less than a day after it was sent, and whenever Stripe can be asked, or does not answer just now.
 */
export async function resolvePayout(
  deps: Deps,
  appId: string,
  { actor, payoutId, resolution }: { actor: string; payoutId: string; resolution: Resolution },
): Promise<Result<Payout>> {
  const payout = await findStripePayout(deps.db, appId, payoutId);
  const policy = await findPayoutPolicy(deps.db, appId);
  if (payout === null || policy === null) return notStripes(deps, appId, payoutId);
  if (payout.status !== "processing") return ended(payout, resolution);
  if (await mayAnswer(deps, policy, payout)) {
    return fail("conflict", "Stripe can be asked what became of it, and is, within the hour.");
  }
  const now = deps.now();
  const { status, reason } = resolution;
  const reference = resolution.status === "settled" ? resolution.reference : null;
  const entry = { id: deps.newId("aud"), actor, action: "payout.resolved", object: payoutId, reason, now };
  const audit = { ...entry, before: { error: payout.error }, after: { status, reference } };
  const seen = { sentUntil: now - REACHABLE_MS, policyChangedAt: policy.changedAt };
  const after = readPayout(
    await deps.db.batch(write(appId, { ...seen, payoutId, status, reference, error: reason, audit })),
  );
  if (after === null) return fail("not_found", "No such payout.");
  return after.status === "processing"
    ? fail("conflict", "Only what was sent a day ago, and waits for a key (no_key, not_found_yet), is resolved.")
    : ended(after, resolution);
}

async function notStripes(deps: Deps, appId: string, payoutId: string): Promise<Result<never>> {
  return (await findPayout(deps.db, appId, payoutId)) === null
    ? fail("not_found", "No such payout.")
    : fail("conflict", "This one is made by hand: settle it, or fail it.");
}

function ended(payout: Payout, { status }: Resolution): Result<Payout> {
  return payout.status === status ? ok(payout) : fail("conflict", `This payout has ${payout.status} before.`);
}

/** Whether Stripe tells what became of it, or may when it is asked again. */
async function mayAnswer(deps: Deps, policy: PayoutPolicyRow, payout: StripePayout): Promise<boolean> {
  const destination = await accountOf(deps, payout);
  const credentials = await findCredentials(deps, policy, payout.payer);
  if (credentials === null || destination === null) return false;
  return (await findTransfer(deps, credentials, { payout, destination })).kind !== "denied";
}
