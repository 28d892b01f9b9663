import * as v from "valibot";
import { ok, type Result } from "../domain/result.ts";
import type { CollectionCall } from "../services/books/record-collection.ts";
import type { Collection, FeeSums } from "../store/fee-store.ts";
import type { JsonObject } from "./body.ts";
import { amount, check, currency, month, optional, text } from "./fields.ts";
import { toPage } from "./page.ts";
import { iso, type Month, monthOf } from "./time.ts";

export const FeeMonthSchema = v.object({ month: optional(month) });
export const CollectionSchema = v.object({
  app_id: text,
  currency,
  amount_cents: amount,
  reason: text,
  event_id: optional(text),
});

/** The month that is asked for, this one unless said. Fails with `invalid_request`. */
export function parseFeeMonth(query: unknown, now: number): Result<Month> {
  const parsed = check(FeeMonthSchema, query);
  return parsed.ok ? ok(parsed.value.month ?? monthOf(now)) : parsed;
}

/** A collection, and the app it was collected from. */
export function parseCollection(body: JsonObject): Result<CollectionCall & { readonly appId: string }> {
  const parsed = check(CollectionSchema, body);
  if (!parsed.ok) return parsed;
  const { app_id: appId, amount_cents: amountCents, event_id: eventId, ...rest } = parsed.value;
  return ok({ ...rest, appId, amountCents, eventId });
}

/** The sums of the first `limit` apps of these, and where the next page begins: an app's currencies are not parted. */
export function pageOfApps(fees: readonly FeeSums[], limit: number) {
  const apps = [...new Map(fees.map(({ app }) => [app.id, app])).values()];
  const { items, nextCursor } = toPage(apps, limit);
  const shown = new Set(items.map(({ id }) => id));
  return { items: fees.filter(({ app }) => shown.has(app.id)), nextCursor };
}

export function presentFees(sums: FeeSums, of: Month) {
  return {
    app_id: sums.app.id,
    month: of.name,
    currency: sums.currency,
    gross_cents: sums.netCents + sums.feeCents,
    fee_cents: sums.feeCents,
    net_cents: sums.netCents,
    paid_out_cents: sums.paidOutCents,
    collected_cents: sums.collectedCents,
    owed_cents: sums.owedCents,
  };
}

export function presentCollection(collection: Collection, appId: string) {
  return {
    id: collection.id,
    app_id: appId,
    currency: collection.currency,
    amount_cents: collection.amountCents,
    reason: collection.reason,
    actor: collection.actor,
    created_at: iso(collection.createdAt),
  };
}
