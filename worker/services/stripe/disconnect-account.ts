import type { Deps } from "../../deps.ts";
import { findAppOfAccount, forgetStripeAccount, type StripeAccount } from "../../store/stripe-connection-store.ts";

/**
 * Forgets an account whose owner has told Stripe to let this installation in no longer; secrets of the app's own stay. An
 * account that is nobody's, and a repeat, change nothing.
 */
export async function disconnectAccount(deps: Deps, of: StripeAccount): Promise<void> {
  const appId = await findAppOfAccount(deps.db, of);
  if (appId === null) return;
  const { account } = of;
  const entry = { id: deps.newId("aud"), actor: "stripe", action: "stripe.disconnected", object: appId };
  await deps.db.batch(forgetStripeAccount(appId, account, { ...entry, before: { account }, now: deps.now() }));
}
