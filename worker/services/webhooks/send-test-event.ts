import type { Deps } from "../../deps.ts";
import { deliveryId } from "../../domain/event-id.ts";
import { ok, type Result } from "../../domain/result.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { type WebhookAttempt, writeTest } from "../../store/webhook-delivery-store.ts";
import { findTarget } from "../../store/webhook-store.ts";
import { countSend } from "./count-sends.ts";
import { sendOnce } from "./send-once.ts";
import { notFound } from "./update-endpoint.ts";
import { testBody } from "./webhook-body.ts";

/** Of 2^48 numbers no two are drawn twice. */
const NUMBER_BYTES = 6;

/**
 * Sends an event of type `test` to an endpoint, at once and once, also to one that is disabled, and answers how that went. It stands
 * among what was sent. Fails with `not_found` and `rate_limited`.
 */
export async function sendTestEvent(
  deps: Deps,
  appId: string,
  { actor, endpointId }: { readonly actor: string; readonly endpointId: string },
): Promise<Result<WebhookAttempt>> {
  const target = await findTarget(deps.db, appId, endpointId);
  if (target === null) return notFound();
  const counted = await countSend(deps, appId);
  if (!counted.ok) return counted;
  const now = deps.now();
  const seq = drawNumber(deps);
  const id = deliveryId(appId, seq);
  const attempt = await sendOnce(deps, target, { id, body: testBody(appId, { seq, now }), manual: true });
  const audit = { id: deps.newId("aud"), actor, action: "webhook.tested", object: endpointId, now };
  await deps.db.batch([...writeTest(appId, { endpointId, seq, attempt }), insertAudit(appId, audit)]);
  return ok(attempt);
}

/** Below zero, where no event is. */
function drawNumber(deps: Deps): number {
  return -deps.randomBytes(NUMBER_BYTES).reduce((sum, byte) => sum * 256 + byte, 1);
}
