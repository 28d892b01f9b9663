import { NO_FACTS, type StripeDispute, type StripeRefund, type StripeRefundStatus } from "../../domain/stripe-facts.ts";
import { readAmount } from "./read-money.ts";
import { fieldsOf, idOf, isPresent, itemsOf, type Json, linkOf, millisOf, wholeOf } from "./read-object.ts";
import type { IgnoredReason, Reading } from "./translation.ts";

const REFUND_STATUSES: ReadonlyMap<unknown, StripeRefundStatus> = new Map(
  (["pending", "requires_action", "succeeded", "failed", "canceled"] as const).map((status) => [status, status]),
);

/**
 * How a dispute stands by Stripe's word for it. An inquiry (`warning_…`) took no money, and a dispute that was prevented
 * never came about. A word of a later version holds the money until a known one comes.
 */
const DISPUTE_STATUSES: ReadonlyMap<unknown, StripeDispute["status"]> = new Map([
  ["needs_response", "open"],
  ["under_review", "open"],
  ["appeal_needs_response", "open"],
  ["appeal_under_review", "open"],
  ["lost", "lost"],
  ["won", "won"],
  ["prevented", "won"],
  ["warning_needs_response", "won"],
  ["warning_under_review", "won"],
  ["warning_closed", "won"],
]);

/** A refund; `at`: the moment to take where it tells none of its own, epoch milliseconds. */
export function readRefund(object: unknown, at: number): Reading {
  const refund = fieldsOf(object);
  // What takes a transfer back from a creator is, on the creator's account, a refund.
  if (isPresent(refund["source_transfer_reversal"])) return "own_transfer";
  const told = readPaidBack(refund, null);
  if (typeof told === "string") return told;
  const { back, links } = told;
  const status = REFUND_STATUSES.get(refund["status"]) ?? "pending";
  return { ...NO_FACTS, links, refunds: [{ ...back, status, createdAt: millisOf(refund["created"]) ?? at }] };
}

/** The refunds listed in a charge of an old version. */
export function refundsOf(list: unknown, charge: string): readonly StripeRefund[] {
  return itemsOf(list).flatMap((refund) => {
    const told = readPaidBack(refund, charge);
    const createdAt = millisOf(refund["created"]);
    if (typeof told === "string" || createdAt === null) return [];
    return [{ ...told.back, status: REFUND_STATUSES.get(refund["status"]) ?? "pending", createdAt }];
  });
}

/** A dispute, as it stood at `at`, the event's moment in epoch milliseconds. */
export function readDispute(object: unknown, at: number): Reading {
  const dispute = fieldsOf(object);
  const told = readPaidBack(dispute, null);
  if (typeof told === "string") return told;
  const status = DISPUTE_STATUSES.get(dispute["status"]) ?? "open";
  return { ...NO_FACTS, links: told.links, disputes: [{ ...told.back, status, changedAt: at }] };
}

/** What refunds and disputes have in common. `charge`: the one it is listed in. */
function readPaidBack(
  object: Json,
  charge: string | null,
):
  | {
      readonly back: Pick<StripeRefund, "id" | "charge" | "amountCents" | "currency">;
      readonly links: readonly (readonly string[])[];
    }
  | IgnoredReason {
  const id = idOf(object["id"]);
  if (id === null) return "unreadable";
  const amount = readAmount(wholeOf(object["amount"]), object["currency"]);
  if (typeof amount === "string") return amount;
  const own = idOf(object["charge"]) ?? charge;
  const intent = idOf(object["payment_intent"]);
  const counted = own ?? intent;
  if (counted === null) return "no_payment";
  return { back: { id, charge: counted, ...amount }, links: linkOf([own, intent]) };
}
