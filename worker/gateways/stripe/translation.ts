import type { TransferReversal } from "./translate-transfer.ts";
import { NO_FACTS, type StripeFacts } from "../../domain/stripe-facts.ts";

/** Why an event, or an object that was read, tells nothing that counts. None of these is cured by sending it again. */
export const IGNORED_REASONS = [
  /** A kind of event that nothing here follows from. */
  "not_used",
  /** It names an object and tells nothing of it (docs/stripe.md: snapshot events are to be chosen). */
  "thin_event",
  /** It lacks what every object of its kind has. */
  "unreadable",
  /** Our own transfer to a creator, seen from the creator's account. */
  "own_transfer",
  /** Nothing was paid. */
  "no_money",
  "unknown_currency",
  "amount_out_of_range",
  /** A checkout that only stored a card, of nobody who is bound by it. */
  "setup",
  /** A refund or dispute of neither a charge nor a payment intent, as of a customer's cash balance. */
  "no_payment",
  /** A transfer that is no payout of this installation's, or none that the endpoint speaks for. */
  "not_a_payout",
  /** A customer, subscription or promotion code that names no ref and no user, or a payment with a single name. */
  "nothing_told",
] as const;
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

/** What one object tells, or why that is nothing. */
export type Reading = StripeFacts | IgnoredReason;

export type Translation =
  /** `object` is the id of the event's `data.object`. */
  | { readonly kind: "facts"; readonly object: string | null; readonly facts: StripeFacts }
  | { readonly kind: "ignored"; readonly reason: IgnoredReason }
  /** Money that was sent to a creator came back. */
  | { readonly kind: "returned"; readonly reversal: TransferReversal }
  /** The merchant took our access to the account back. */
  | { readonly kind: "deauthorized" };

/** For API answers, where there is no event to mark as ignored. */
export function factsOrNone(reading: Reading): StripeFacts {
  return typeof reading === "string" ? NO_FACTS : reading;
}
