import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { deliverySeq } from "../../domain/event-id.ts";
import { ok, type Result } from "../../domain/result.ts";
import { type Cursor, END_OF_TIME } from "../../store/cursor.ts";
import {
  findDelivery,
  listDeliveries,
  type WebhookAttempt,
  type WebhookDelivery,
} from "../../store/webhook-delivery-store.ts";
import { findTarget } from "../../store/webhook-store.ts";
import { noDelivery } from "./resend-delivery.ts";
import { testBody, webhookBody } from "./webhook-body.ts";

/**
 * A page of what was and is to be sent to an endpoint, newest first, of one status where given; none of an endpoint that is not the
 * app's. The next page begins after `{ at: createdAt, id: eventId }` of its last.
 */
export async function readDeliveries(
  deps: Deps,
  appId: string,
  {
    endpointId,
    after,
    limit,
    status = null,
  }: {
    readonly endpointId: string;
    readonly after: Cursor | null;
    readonly limit: number;
    readonly status?: WebhookDelivery["status"] | null;
  },
): Promise<readonly WebhookDelivery[]> {
  const { at, id } = after ?? END_OF_TIME;
  const seq = after === null ? Number.MAX_SAFE_INTEGER : deliverySeq(appId, id);
  if (seq === null || (await findTarget(deps.db, appId, endpointId)) === null) return [];
  return listDeliveries(deps.db, appId, { endpointId, at, seq, limit, status });
}

export interface DeliveryStory {
  readonly delivery: WebhookDelivery;
  /** First to last, of very many the last. */
  readonly attempts: readonly WebhookAttempt[];
  /** What is sent, as it would be now. */
  readonly body: string;
}

/** One delivery with its tries. Fails with `not_found`. */
export async function readDelivery(
  deps: Deps,
  appId: string,
  { endpointId, eventId }: { readonly endpointId: string; readonly eventId: string },
): Promise<Result<DeliveryStory>> {
  const seq = deliverySeq(appId, eventId);
  const isThere = seq !== null && (await findTarget(deps.db, appId, endpointId)) !== null;
  const found = isThere ? await findDelivery(deps.db, appId, { endpointId, seq }) : null;
  if (seq === null || found === null) return noDelivery();
  const { createdAt } = found.delivery;
  const body = seq < 0 ? testBody(appId, { seq, now: createdAt }) : await webhookBody(deps, appId, seq);
  assert(body !== null, "an event is never deleted");
  return ok({ ...found, body });
}
