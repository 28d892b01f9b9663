import type { Deps } from "../../deps.ts";
import type { StripeCredentials } from "../../gateways/stripe/stripe.ts";
import type { Payer, PayoutPolicyRow } from "../../store/payout-policy-store.ts";
import { open } from "../sealing.ts";
import { isKeyOfMode } from "../stripe/key-mode.ts";

/** Whose Stripe account pays an app's creators, and the key that speaks for it. */
export interface PayingPlatform {
  readonly payer: Payer;
  readonly credentials: StripeCredentials;
}

/**
 * Who pays an app's creators by Stripe: the app by the key it has stored, else the operator, where they said that they do. Null:
 * nobody. Throws when the app's key cannot be read.
 */
export async function findPayer(deps: Deps, policy: PayoutPolicyRow): Promise<PayingPlatform | null> {
  const payer = policy.sealedStripeKey === null && policy.operatorFunded ? "operator" : "app";
  const credentials = await findCredentials(deps, policy, payer);
  return credentials === null ? null : { payer, credentials };
}

/** The key of a payer, null without one of the app's mode. Whether the operator still pays is for the caller to know. */
export async function findCredentials(
  deps: Deps,
  { sealedStripeKey, mode }: PayoutPolicyRow,
  payer: Payer,
): Promise<StripeCredentials | null> {
  const { authSecret, stripe } = deps.config;
  const own = sealedStripeKey === null ? null : await open(authSecret, sealedStripeKey);
  const key = payer === "app" ? own : stripe.secretKey;
  return key === null || !isKeyOfMode(key, mode) ? null : { key, account: null };
}
