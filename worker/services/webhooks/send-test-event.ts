import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { WebhookAttempt } from "../../store/webhook-store.ts";

/** Sends an event of type `test` at once, and answers how that went. Fails with `not_found`, `rate_limited`. */
export async function sendTestEvent(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly endpointId: string },
): Promise<Result<WebhookAttempt>> {
  throw new Error("unfinished");
}
