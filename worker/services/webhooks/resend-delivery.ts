import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { deliverySeq } from "../../domain/event-id.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAudit } from "../../store/audit-log.ts";
import {
  claimOne,
  findDelivery,
  readClaimed,
  type WebhookDelivery,
  writeAttempt,
} from "../../store/webhook-delivery-store.ts";
import { countSend } from "./count-sends.ts";
import { isGone, sendOnce } from "./send-once.ts";
import { SEND_LEASE_MS } from "./serve-endpoint.ts";
import { notFound } from "./update-endpoint.ts";
import { testBody, webhookBody } from "./webhook-body.ts";

/**
 * Sends an event to an endpoint once more, at once, under the same id, and answers the delivery as it stands then. What was in vain by
 * hand is tried by itself as if it had not been. Fails with `not_found`, `rate_limited`, and `conflict` for one that is being sent, or
 * that waits for an earlier one of its object.
 */
export async function resendDelivery(
  deps: Deps,
  appId: string,
  { actor, endpointId, eventId }: { readonly actor: string; readonly endpointId: string; readonly eventId: string },
): Promise<Result<WebhookDelivery>> {
  const seq = deliverySeq(appId, eventId);
  const before = seq === null ? null : await findDelivery(deps.db, appId, { endpointId, seq });
  if (seq === null || before === null) return noDelivery();
  const counted = await countSend(deps, appId);
  if (!counted.ok) return counted;
  const now = deps.now();
  const lease = deps.newId("lease");
  const { claimed, target } = readClaimed(
    await deps.db.batch(claimOne(appId, { endpointId, seq, lease, until: now + SEND_LEASE_MS, now })),
  );
  if (target === null) return notFound();
  const [delivery] = claimed;
  if (delivery === undefined)
    return fail("conflict", "It is being sent, or waits for an earlier event of the same object.");
  const body = seq < 0 ? testBody(appId, { seq, now: before.delivery.createdAt }) : await webhookBody(deps, appId, seq);
  assert(body !== null, "an event is never deleted");
  const attempt = await sendOnce(deps, target, { id: eventId, body, manual: true });
  const entry = (action: string) => ({ id: deps.newId("aud"), actor, action, object: endpointId, now });
  await deps.db.batch([
    ...writeAttempt(
      appId,
      { endpointId, seq, object: delivery.object, lease, attempt, retryAt: null, isGone: isGone(attempt), now },
      entry("webhook.disabled"),
    ),
    insertAudit(appId, { ...entry("webhook.resent"), after: { event: eventId } }),
  ]);
  const after = await findDelivery(deps.db, appId, { endpointId, seq });
  return after === null ? noDelivery() : ok(after.delivery);
}

export function noDelivery(): Result<never> {
  return fail("not_found", "No such event was sent to this endpoint within the last 30 days, or is about to be.");
}
