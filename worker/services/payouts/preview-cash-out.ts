import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { LeftOut } from "../../domain/payout-eligibility.ts";
import { START_OF_TIME } from "../../store/cursor.ts";
import { findOpenRequest, type PayoutBatch, previewPayouts } from "../../store/payout-batch-store.ts";
import type { AffiliateOfApp } from "../affiliates/read-affiliates.ts";
import { readBatchTerms } from "./read-policy.ts";

/** What asking for a payout would come to now. */
export interface CashOutPreview {
  /** Asked for already, and not paid or turned down yet. */
  readonly open: PayoutBatch | null;
  readonly payableCents: number;
  readonly inReviewCents: number;
  readonly heldCents: number;
  /** Null: none is set for this currency. */
  readonly minimumCents: number | null;
  /** Why nothing would be paid; null: all that is payable would. `not_set_up`: nobody's key can pay for the program yet. */
  readonly reason: LeftOut | "not_set_up" | null;
}

/** What an affiliate's request for all that is available in one currency would come to. Writes nothing. */
export async function previewCashOut(
  deps: Deps,
  { app, affiliate }: AffiliateOfApp,
  currency: string,
): Promise<CashOutPreview> {
  const scope = { affiliateId: affiliate.id, currency };
  const [open, terms] = await Promise.all([findOpenRequest(deps.db, app.id, scope), readBatchTerms(deps, app.id)]);
  const nothing = { open, payableCents: 0, inReviewCents: 0, heldCents: 0, minimumCents: null };
  if (!terms.ok) return { ...nothing, reason: "not_set_up" };
  const now = deps.now();
  const page = { after: START_OF_TIME, limit: 1, today: dayOf(now), now };
  const [row] = await previewPayouts(deps.db, app.id, { ...terms.value, ...scope, ...page });
  if (row === undefined)
    return { ...nothing, reason: affiliate.status === "active" ? "nothing_payable" : affiliate.status };
  const { payableCents, inReviewCents, heldCents, minimumCents, reason } = row;
  return { open, payableCents, inReviewCents, heldCents, minimumCents, reason };
}
