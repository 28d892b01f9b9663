import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { WebhookDelivery } from "../../store/webhook-store.ts";

/** Sends an event to an endpoint once more, at once, under the same id. Fails with `not_found`, `conflict`. */
export async function resendDelivery(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly endpointId: string; readonly eventId: string },
): Promise<Result<WebhookDelivery>> {
  throw new Error("unfinished");
}
