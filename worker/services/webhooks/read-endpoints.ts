import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { findEndpoint, listEndpoints, MAX_WAITING_COUNT, type WebhookEndpoint } from "../../store/webhook-store.ts";
import { MAX_ENDPOINTS } from "./create-endpoint.ts";
import { notFound } from "./update-endpoint.ts";

/** What waits for an endpoint is counted no further. */
export const MOST_WAITING = MAX_WAITING_COUNT;

/** An app's endpoints by age: all of them. */
export async function readEndpoints(deps: Deps, appId: string): Promise<readonly WebhookEndpoint[]> {
  return listEndpoints(deps.db, appId, { now: deps.now(), limit: MAX_ENDPOINTS });
}

/** One of them. Fails with `not_found`. */
export async function readEndpoint(deps: Deps, appId: string, endpointId: string): Promise<Result<WebhookEndpoint>> {
  const endpoint = await findEndpoint(deps.db, appId, { endpointId, now: deps.now() });
  return endpoint === null ? notFound() : ok(endpoint);
}
