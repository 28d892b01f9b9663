import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { deleteEndpoint as writeDeletion } from "../../store/webhook-store.ts";
import { notFound } from "./update-endpoint.ts";

/**
 * Deletes an endpoint: its address and secrets at once, what was sent to it by a job. A repeat changes nothing. Fails with `not_found`,
 * in the end also for one that is deleted.
 */
export async function deleteEndpoint(
  deps: Deps,
  appId: string,
  { actor, endpointId }: { readonly actor: string; readonly endpointId: string },
): Promise<Result<null>> {
  const audit = { id: deps.newId("aud"), actor, action: "webhook.deleted", object: endpointId, now: deps.now() };
  const results = await deps.db.batch(writeDeletion(appId, { endpointId, audit }));
  return results.at(-1)?.[0] === undefined ? notFound() : ok(null);
}
