import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { WebhookEndpoint } from "../../store/webhook-store.ts";

/** An app's endpoints by age, at most 20. */
export async function readEndpoints(_deps: Deps, _appId: string): Promise<readonly WebhookEndpoint[]> {
  throw new Error("unfinished");
}

/** One of them. Fails with `not_found`. */
export async function readEndpoint(_deps: Deps, _appId: string, _endpointId: string): Promise<Result<WebhookEndpoint>> {
  throw new Error("unfinished");
}
