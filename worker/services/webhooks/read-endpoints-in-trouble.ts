import type { Deps } from "../../deps.ts";
import { ATTENTION_MS } from "../../domain/webhook-attention.ts";
import { type EndpointInTrouble, listEndpointsInTrouble } from "../../store/console-webhook-store.ts";

/** Endpoints of all apps through to which nothing gets for an hour, or that were switched off for that, the longest first: for operators. */
export async function readEndpointsInTrouble(deps: Deps, limit: number): Promise<readonly EndpointInTrouble[]> {
  return listEndpointsInTrouble(deps.db, { failingBefore: deps.now() - ATTENTION_MS, limit });
}
