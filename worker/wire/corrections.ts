import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { CorrectionCall } from "../services/corrections/correct-balance.ts";
import type { Correction } from "../store/correction-store.ts";
import type { JsonObject } from "./body.ts";
import { amount, check, currency, optional, text } from "./fields.ts";
import { iso } from "./time.ts";

export const CorrectionSchema = v.object({
  amount_cents: amount,
  currency: optional(currency),
  reason: text,
  event_id: optional(text),
});

export function parseCorrection(body: JsonObject): Result<CorrectionCall> {
  const parsed = check(CorrectionSchema, body);
  if (!parsed.ok) return parsed;
  const { amount_cents: amountCents, event_id: eventId, ...rest } = parsed.value;
  return ok({ ...rest, amountCents, eventId });
}

/** `actor` is null where it is not to be told. */
export function presentCorrection(correction: Omit<Correction, "actor"> & { readonly actor: string | null }) {
  return {
    id: correction.id,
    affiliate_id: correction.affiliateId,
    currency: correction.currency,
    amount_cents: correction.amountCents,
    kind: correction.kind,
    reason: correction.reason,
    actor: correction.actor,
    payout_id: correction.payoutId,
    created_at: iso(correction.createdAt),
  };
}
