import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import type { Result } from "../../domain/result.ts";
import type { WebhookEndpoint } from "../../store/webhook-store.ts";

export interface EndpointDraft {
  readonly url: string;
  readonly description: string | null;
  readonly kinds: readonly EventKind[] | null;
}

/** An endpoint with its secret, which no other answer shows. */
export interface IssuedEndpoint {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/** Adds an endpoint, which is told of what happens from now on. Fails with `invalid_request` for a URL that is none, `conflict` at 20 endpoints, `not_found`. */
export async function createEndpoint(
  _deps: Deps,
  _appId: string,
  _: { readonly actor: string; readonly draft: EndpointDraft },
): Promise<Result<IssuedEndpoint>> {
  throw new Error("unfinished");
}
