import type { Context } from "hono";
import type { Deps } from "../../../deps.ts";
import type { WebhookEndpoint } from "../../../store/webhook-store.ts";
import { readEndpoint } from "../../../services/webhooks/read-endpoints.ts";
import type { PageEnv } from "../../context.ts";
import { idFrom } from "../program/form-state.tsx";

/** The endpoint that a path names, null where the app has none of that id. */
export async function findEndpoint(c: Context<PageEnv>, deps: Deps): Promise<WebhookEndpoint | null> {
  const id = idFrom(c, "endpointId");
  const found = id === null ? null : await readEndpoint(deps, c.get("app").id, id);
  return found?.ok === true ? found.value : null;
}
