import type { Deps } from "../../deps.ts";

/** Gives a connected account back at Stripe, apart from the call, which neither waits for it nor fails with it. */
export function giveBack(deps: Deps, account: string): void {
  const { clientId, secretKey } = deps.config.stripe;
  // Without Connect there is nobody who could, and Stripe's dashboard has a button for it.
  if (clientId === null || secretKey === null) return;
  deps.afterwards(deps.stripe.deauthorize(account));
}
