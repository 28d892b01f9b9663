import { readAmount } from "./read-money.ts";
import { fieldsOf, idOf, type Json, textOf, wholeOf } from "./read-object.ts";
import type { IgnoredReason } from "./translation.ts";

/** What came back of a transfer to a creator. */
export interface TransferReversal {
  /** `tr_…` */
  readonly transfer: string;
  /** The payout that it paid, and its app, as it was sent. */
  readonly payoutId: string;
  readonly appId: string;
  readonly amountCents: number;
  readonly currency: string;
  /** In all, as Stripe counts: of two reversals the second tells the sum. */
  readonly reversedCents: number;
}

/** Reads a transfer that was reversed, in whole or in part; `not_a_payout` for one that was not sent from here. */
export function readTransfer(object: Json): TransferReversal | IgnoredReason {
  const metadata = fieldsOf(object["metadata"]);
  const [payoutId, appId] = [textOf(metadata["agentlinks_payout"]), textOf(metadata["agentlinks_app"])];
  if (payoutId === null || appId === null) return "not_a_payout";
  const transfer = idOf(object["id"]);
  const reversedCents = wholeOf(object["amount_reversed"]);
  const paid = readAmount(wholeOf(object["amount"]), object["currency"]);
  if (typeof paid === "string") return paid;
  if (transfer === null || reversedCents === null || reversedCents > paid.amountCents) return "unreadable";
  return reversedCents > 0 ? { transfer, payoutId, appId, ...paid, reversedCents } : "no_money";
}
