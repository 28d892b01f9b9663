import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { webhookUrl } from "../../domain/webhook-url.ts";
import { readEndpointRow, type WebhookEndpoint, writeEndpoint } from "../../store/webhook-store.ts";
import { drawSecret } from "./sign-webhook.ts";

/** Endpoints an app may have: each event may be sent to all of them. */
export const MAX_ENDPOINTS = 20;

export interface EndpointDraft {
  readonly url: string;
  readonly description: string | null;
  /** Null: every kind. */
  readonly kinds: readonly EventKind[] | null;
}

/** An endpoint with its secret, which no other answer shows. */
export interface IssuedEndpoint {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string;
}

/**
 * Adds an endpoint, which is told of what happens from now on. Fails with `invalid_request` for an address that webhooks may not be sent
 * to, and with `conflict` at `MAX_ENDPOINTS`.
 */
export async function createEndpoint(
  deps: Deps,
  appId: string,
  { actor, draft }: { readonly actor: string; readonly draft: EndpointDraft },
): Promise<Result<IssuedEndpoint>> {
  const url = checkUrl(deps, draft.url);
  if (!url.ok) return url;
  const { text, sealed, prefix } = await drawSecret(deps);
  const now = deps.now();
  const { description, kinds } = draft;
  const endpoint = { id: deps.newId("whe"), url: url.value, description, kinds };
  const results = await deps.db.batch(
    writeEndpoint(appId, {
      endpoint: { ...endpoint, sealedSecret: sealed, secretPrefix: prefix, now },
      max: MAX_ENDPOINTS,
      audit: {
        id: deps.newId("aud"),
        actor,
        action: "webhook.created",
        object: endpoint.id,
        after: { url: withoutQuery(url.value), description, kinds },
        now,
      },
    }),
  );
  const written = readEndpointRow(results.at(-1));
  if (written === null) return fail("conflict", `An app has at most ${MAX_ENDPOINTS} webhook endpoints.`);
  return ok({ endpoint: written, secret: text });
}

/** An endpoint's address in the one spelling. Fails with `invalid_request`. */
export function checkUrl(deps: Deps, text: string): Result<string> {
  const url = webhookUrl(text, { allowLoopback: deps.config.env === "dev" });
  if (url !== null) return ok(url.href);
  const message = "must be https, of a name on the internet, at port 443 or from 1024 on, without a user or a fragment";
  return fail("invalid_request", "The request is not valid.", [{ path: "url", message }]);
}

/** For the audit log, which is kept for good: a query may hold a token. */
export function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
