import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { findEndpoint, listEndpoints, MAX_COUNTED, type WebhookEndpoint } from "../../store/webhook-store.ts";
import { MAX_ENDPOINTS } from "./create-endpoint.ts";
import { notFound } from "./update-endpoint.ts";

/** From here on what waits for an endpoint may be more than is counted. */
export const MOST_WAITING = MAX_COUNTED;

/** An app's endpoints by age: all of them. */
export async function readEndpoints(deps: Deps, appId: string): Promise<readonly WebhookEndpoint[]> {
  return listEndpoints(deps.db, appId, { now: deps.now(), limit: MAX_ENDPOINTS });
}

/** One of them. Fails with `not_found`. */
export async function readEndpoint(deps: Deps, appId: string, endpointId: string): Promise<Result<WebhookEndpoint>> {
  const endpoint = await findEndpoint(deps.db, appId, { endpointId, now: deps.now() });
  return endpoint === null ? notFound() : ok(endpoint);
}
