import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { LeftOut } from "../../domain/payout-eligibility.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { START_OF_TIME } from "../../store/cursor.ts";
import { findOpenRequest, type PayoutBatch, previewPayouts } from "../../store/payout-batch-store.ts";
import type { AffiliateOfApp } from "../affiliates/read-affiliates.ts";
import { draftBatch } from "./draft-batch.ts";
import { readBatchTerms } from "./read-policy.ts";

/** Why there is nothing to cash out, in words for the affiliate. */
const WHY_NOT: Readonly<Record<LeftOut, string>> = {
  applied: "The application has not been decided on.",
  suspended: "Payouts are suspended.",
  revoked: "The affiliate is revoked.",
  revocation_under_way: "The revocation is still being worked through; try again in some minutes.",
  negative_balance: "The balance is negative: what was paid has been refunded since.",
  in_review: "What has matured waits for the owner's approval.",
  nothing_payable: "Nothing is available.",
  minimum_not_set: "Payouts in this currency are not set up yet.",
  below_minimum: "What is available is below the minimum.",
  no_method: "There is no payout method.",
  other_method: "The payout method is not one that this program pays by.",
  method_changed: "The payout method was changed less than 48 hours ago.",
  more_than_approved: "Nothing is available.",
};

/**
 * An affiliate asks for all that is available in one currency: a draft for the owner to approve. While one is open, asking again
 * answers it. Fails with `conflict` where nothing can be paid, and says why.
 */
export async function requestCashOut(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  { actor, currency }: { actor: string; currency: string | null },
): Promise<Result<{ readonly batch: PayoutBatch; readonly isNew: boolean }>> {
  const scope = { affiliateId: affiliate.id, currency: currency ?? app.currency };
  const open = await findOpenRequest(deps.db, app.id, scope);
  if (open !== null) return ok({ batch: open, isNew: false });
  const drafted = await draftBatch(deps, app.id, { actor, kind: "request", period: null, scope });
  if (!drafted.ok) return drafted;
  if (drafted.value !== null) return ok({ batch: drafted.value, isNew: true });
  // Another call of the same moment may have made it.
  const other = await findOpenRequest(deps.db, app.id, scope);
  return other === null ? whyNot(deps, app.id, scope) : ok({ batch: other, isNew: false });
}

async function whyNot(
  deps: Deps,
  appId: string,
  scope: { affiliateId: string; currency: string },
): Promise<Result<never>> {
  const terms = await readBatchTerms(deps, appId);
  if (!terms.ok) return terms;
  const now = deps.now();
  const page = { after: START_OF_TIME, limit: 1 };
  const [row] = await previewPayouts(deps.db, appId, { ...terms.value, ...scope, ...page, today: dayOf(now), now });
  return fail("conflict", WHY_NOT[row?.reason ?? "nothing_payable"]);
}
