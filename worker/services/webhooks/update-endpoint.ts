import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import type { Result } from "../../domain/result.ts";
import type { WebhookEndpoint } from "../../store/webhook-store.ts";

/** What to change; what is absent stays. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  /** Null: every kind. */
  readonly kinds?: readonly EventKind[] | null | undefined;
  readonly enabled?: boolean | undefined;
  /** With `enabled: true` of one that is disabled: go on from now. */
  readonly skipMissed?: boolean | undefined;
}

/** Changes an endpoint. Fails with `not_found`, `invalid_request`. */
export async function updateEndpoint(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly endpointId: string; readonly change: EndpointChange },
): Promise<Result<WebhookEndpoint>> {
  throw new Error("unfinished");
}
