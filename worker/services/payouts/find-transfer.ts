import type { Deps } from "../../deps.ts";
import { type StripeCredentials, StripeError } from "../../gateways/stripe/stripe.ts";
import type { Payout } from "../../store/payout-store.ts";

/**
 * What Stripe has of a payout: a transfer, or none. `silent`: it did not answer, a repeat may help. `denied`: it tells this key
 * nothing about the payout, and never will.
 */
export type Found =
  | { readonly kind: "known"; readonly transfer: string | null }
  | { readonly kind: "silent" }
  | { readonly kind: "denied" };

/**
 * The transfer of the payout that Stripe has, whichever attempt sent it. Denied also where the key is another platform's by now,
 * which does not know the account it went to: that one sees no transfer of the platform before.
 */
export async function findTransfer(
  deps: Deps,
  credentials: StripeCredentials,
  { payout, destination }: { readonly payout: Payout; readonly destination: string },
): Promise<Found> {
  try {
    const transfers = await deps.stripe.transfersOfGroup(credentials, payout.id);
    const own = transfers.find(
      (one) =>
        one.amountCents === payout.amountCents && one.currency === payout.currency && one.destination === destination,
    );
    if (own !== undefined) return { kind: "known", transfer: own.id };
    await deps.stripe.recipient(credentials, destination);
    return { kind: "known", transfer: null };
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return { kind: error.kind === "unavailable" ? "silent" : "denied" };
  }
}
