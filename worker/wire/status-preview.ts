import * as v from "valibot";
import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import { ok, type Result } from "../domain/result.ts";
import type { StatusPreview } from "../services/affiliates/preview-status.ts";
import { check, status } from "./fields.ts";

export const WantedStatusSchema = v.object({ status });

/** The status that a preview asks about. */
export function parseWantedStatus(query: unknown): Result<AffiliateStatus> {
  const parsed = check(WantedStatusSchema, query);
  return parsed.ok ? ok(parsed.value.status) : parsed;
}

export function presentStatusPreview(preview: StatusPreview) {
  return {
    from: preview.from,
    to: preview.to,
    codes: preview.codes,
    customers_freed: preview.customersFreed,
    payouts_skipped: preview.payoutsSkipped,
    currencies: preview.currencies.map((effect) => ({
      currency: effect.currency,
      voided_commissions: effect.voidedCommissions,
      voided_cents: effect.voidedCents,
      available_cents: effect.availableCents,
    })),
    complete: preview.complete,
  };
}
