import type { Deps } from "../../deps.ts";
import { payoutFinding } from "../../domain/account-findings.ts";
import { type Finding, finding } from "../../domain/findings.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { App } from "../../store/app-store.ts";
import { type PayoutOutlook, readPayoutOutlook } from "../../store/explain-payout-store.ts";
import { readBatchTerms } from "../payouts/read-policy.ts";

/** How payouts would find an affiliate now. */
export interface PayoutProspect {
  /** One for each currency; none where nobody's key can pay. */
  readonly outlook: readonly PayoutOutlook[];
  readonly canPay: boolean;
}

/** How a payout made now would find an affiliate: as the payout's own statement decides it. */
export async function explainPayouts(
  deps: Deps,
  app: App,
  { affiliateId, now }: { affiliateId: string; now: number },
): Promise<PayoutProspect> {
  const terms = await readBatchTerms(deps, app.id);
  if (!terms.ok) return { outlook: [], canPay: false };
  const outlook = await readPayoutOutlook(deps.db, app.id, { ...terms.value, affiliateId, today: dayOf(now), now });
  return { outlook, canPay: true };
}

/** What keeps payouts back, of all currencies or of one. */
export function findingsOf({ outlook, canPay }: PayoutProspect, currency: string | null): readonly Finding[] {
  if (!canPay) return [finding("payouts_blocked", { reason: "no_key" })];
  return outlook
    .filter((one) => currency === null || one.currency === currency)
    .flatMap((one) => {
      const found = one.reason === null ? null : payoutFinding(one.reason, one);
      return found === null ? [] : [found];
    });
}
