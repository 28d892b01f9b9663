import type { Deps } from "../../deps.ts";
import type { EventKind } from "../../domain/event-kinds.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { AuditEntry } from "../../store/audit-log.ts";
import type { Statement } from "../../store/db.ts";
import {
  type EndpointPatch,
  findEndpoint,
  patchEndpoint,
  readEndpointRow,
  skipWaiting,
  startEndpoint,
  stopEndpoint,
  type WebhookEndpoint,
} from "../../store/webhook-store.ts";
import { checkUrl, withoutQuery } from "./create-endpoint.ts";

/** What to change; what is absent stays. */
export interface EndpointChange {
  readonly url?: string | undefined;
  readonly description?: string | null | undefined;
  /** Null: every kind. */
  readonly kinds?: readonly EventKind[] | null | undefined;
  readonly enabled?: boolean | undefined;
  /** With `enabled: true`, of one that is disabled: what waits is given up, and it goes on from now. */
  readonly skipMissed?: boolean | undefined;
}

/** Deliveries given up in one batch, so that no other writer waits. */
const SKIP_PAGE = 500;
/** Far more than wait for an endpoint that was disabled. */
const MAX_SKIP_PAGES = 1_000;

/**
 * Changes an endpoint, and answers it as it stands then. What it is told of changes with its next event. Fails with `not_found`, and
 * with `invalid_request` for an address that webhooks may not be sent to.
 */
export async function updateEndpoint(
  deps: Deps,
  appId: string,
  {
    actor,
    endpointId,
    change,
  }: { readonly actor: string; readonly endpointId: string; readonly change: EndpointChange },
): Promise<Result<WebhookEndpoint>> {
  const url = change.url === undefined ? null : checkUrl(deps, change.url);
  if (url?.ok === false) return url;
  const before = await findEndpoint(deps.db, appId, { endpointId, now: deps.now() });
  if (before === null) return notFound();
  const patch = patchOf(change, url?.value);
  const entry = (action: string, more: Pick<AuditEntry, "before" | "after"> = {}): AuditEntry => {
    return { id: deps.newId("aud"), actor, action, object: endpointId, ...more, now: deps.now() };
  };
  if (change.enabled === true && change.skipMissed === true) await skipAll(deps, appId, endpointId);
  const batches: (readonly Statement[])[] = [];
  if (Object.keys(patch).length > 0) {
    const after = {
      ...(url === null ? {} : { url: withoutQuery(url.value) }),
      description: change.description,
      kinds: change.kinds,
    };
    const told = { before: describe(before, patch), after };
    batches.push(patchEndpoint(appId, { endpointId, patch, audit: entry("webhook.changed", told) }));
  }
  if (change.enabled === false) batches.push(stopEndpoint(appId, { endpointId, audit: entry("webhook.disabled") }));
  if (change.enabled === true) {
    const skips = change.skipMissed === true;
    batches.push(
      startEndpoint(appId, { endpointId, skips, audit: entry("webhook.enabled", { after: { skipMissed: skips } }) }),
    );
  }
  if (batches.length === 0) return ok(before);
  const results = await deps.db.batch(batches.flat());
  const after = readEndpointRow(results.at(-1));
  return after === null ? notFound() : ok(after);
}

export function notFound(): Result<never> {
  return fail("not_found", "No such webhook endpoint.");
}

/** It stays disabled meanwhile, so nothing is sent; cut short, the next call goes on. */
async function skipAll(deps: Deps, appId: string, endpointId: string): Promise<void> {
  for (let page = 0; page < MAX_SKIP_PAGES; page++) {
    const skip = skipWaiting(appId, { endpointId, now: deps.now(), limit: SKIP_PAGE });
    const [skipped = []] = await deps.db.batch([skip]);
    if (skipped.length < SKIP_PAGE) return;
  }
}

function patchOf({ description, kinds }: EndpointChange, url: string | undefined): EndpointPatch {
  return {
    ...(url === undefined ? {} : { url }),
    ...(description === undefined ? {} : { description }),
    ...(kinds === undefined ? {} : { kinds: kinds === null ? null : JSON.stringify(kinds) }),
  };
}

/** What of an endpoint is changed, for the audit log. */
function describe(
  { url, description, kinds }: Pick<WebhookEndpoint, "url" | "description" | "kinds">,
  patch: EndpointPatch,
) {
  return {
    ...("url" in patch ? { url: withoutQuery(url) } : {}),
    ...("description" in patch ? { description } : {}),
    ...("kinds" in patch ? { kinds } : {}),
  };
}
