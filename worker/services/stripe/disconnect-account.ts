import type { Deps } from "../../deps.ts";
import { findAppOfAccount, forgetStripeAccount, type StripeAccount } from "../../store/stripe-connection-store.ts";

/**
 * Forgets an account whose owner has told Stripe to let this installation in no longer; secrets of the app's own stay. An
 * account that is nobody's, a repeat, and what was told before it was connected again, change nothing.
 */
export async function disconnectAccount(deps: Deps, of: StripeAccount & { readonly toldAt: number }): Promise<void> {
  const appId = await findAppOfAccount(deps.db, of);
  if (appId === null) return;
  const { account, toldAt } = of;
  const entry = { id: deps.newId("aud"), actor: "stripe", action: "stripe.disconnected", object: appId };
  const audit = { ...entry, before: { account }, now: deps.now() };
  await deps.db.batch(forgetStripeAccount(appId, { account, toldAt, audit }));
}
