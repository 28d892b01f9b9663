import type { Deps } from "../../deps.ts";
import { stringList } from "../../store/app-store.ts";
import type { StripeConnectionRow } from "../../store/stripe-connection-store.ts";
import { open, seal } from "../sealing.ts";

/** The signing secrets of an app's own endpoints. Throws when they cannot be read: with another `AUTH_SECRET`. */
export async function openWebhookSecrets(deps: Deps, row: StripeConnectionRow): Promise<readonly string[]> {
  const { sealedWebhookSecrets } = row;
  return sealedWebhookSecrets === null ? [] : stringList(await open(deps.config.authSecret, sealedWebhookSecrets));
}

/** The app's own key, null without one. Throws when it cannot be read. */
export async function openRestrictedKey(deps: Deps, row: StripeConnectionRow): Promise<string | null> {
  return row.sealedRestrictedKey === null ? null : open(deps.config.authSecret, row.sealedRestrictedKey);
}

export async function sealText(deps: Deps, text: string): Promise<string> {
  return seal(deps.config.authSecret, text, deps.randomBytes);
}
