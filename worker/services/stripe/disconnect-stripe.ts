import type { Deps } from "../../deps.ts";
import { forgetStripe, readStripeConnection } from "../../store/stripe-connection-store.ts";
import { giveBack } from "./give-back.ts";

/**
 * Forgets an app's signing secrets, key and account; its settings stay. A connected account is given back at Stripe
 * afterwards: should that fail it is logged, and nothing here goes by the account any more. A repeat changes nothing.
 */
export async function disconnectStripe(deps: Deps, appId: string, actor: string): Promise<void> {
  const audit = { id: deps.newId("aud"), actor, action: "stripe.disconnected", object: appId, now: deps.now() };
  const [before] = await deps.db.batch(forgetStripe(appId, audit));
  const account = readStripeConnection(before)?.account ?? null;
  if (account !== null) giveBack(deps, account);
}
