import type { StripeEventLine } from "../store/stripe-event-store.ts";
import { iso } from "./time.ts";

/**
 * An event as its app's owner sees it. `outcome`: `ignored`, with the reason; how the payment stands that it is about
 * (`counted`, `parked`, `closed`, with what it waits for); or `recorded`.
 */
export function presentStripeEvent(line: StripeEventLine) {
  const { payment } = line;
  return {
    id: line.id,
    type: line.type,
    account: line.account === "" ? null : line.account,
    mode: line.livemode ? ("live" as const) : ("test" as const),
    object: line.object,
    outcome: line.ignored === null ? (payment?.state ?? "recorded") : "ignored",
    reason: line.ignored ?? payment?.reason ?? null,
    conversion_id: line.ignored === null ? (payment?.conversionId ?? null) : null,
    created_at: iso(line.toldAt),
    received_at: iso(line.createdAt),
  };
}
