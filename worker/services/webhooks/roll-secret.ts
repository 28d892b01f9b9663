import type { Deps } from "../../deps.ts";
import { ok, type Result } from "../../domain/result.ts";
import { readEndpointRow, writeSecret } from "../../store/webhook-store.ts";
import type { IssuedEndpoint } from "./create-endpoint.ts";
import { drawSecret } from "./sign-webhook.ts";
import { notFound } from "./update-endpoint.ts";

const HOUR_MS = 3_600_000;

/**
 * Gives an endpoint a new secret, which is shown this once. The one before signs too for `overlapHours`, 0 for not at all; rolled once
 * more within them, the oldest ends at once, so that two sign at most. Fails with `not_found`.
 */
export async function rollSecret(
  deps: Deps,
  appId: string,
  {
    actor,
    endpointId,
    overlapHours,
  }: { readonly actor: string; readonly endpointId: string; readonly overlapHours: number },
): Promise<Result<IssuedEndpoint>> {
  const { text, sealed, prefix } = await drawSecret(deps);
  const now = deps.now();
  const overlapUntil = now + overlapHours * HOUR_MS;
  const audit = {
    id: deps.newId("aud"),
    actor,
    action: "webhook.rolled",
    object: endpointId,
    after: { secretPrefix: prefix, overlapHours },
    now,
  };
  const roll = { endpointId, sealedSecret: sealed, secretPrefix: prefix, overlapUntil, audit };
  const results = await deps.db.batch(writeSecret(appId, roll));
  const endpoint = readEndpointRow(results.at(-1));
  return endpoint === null ? notFound() : ok({ endpoint, secret: text });
}
