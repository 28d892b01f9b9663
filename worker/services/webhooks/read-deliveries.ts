import type { Deps } from "../../deps.ts";
import type { Result } from "../../domain/result.ts";
import type { Cursor } from "../../store/cursor.ts";
import type { WebhookAttempt, WebhookDelivery } from "../../store/webhook-store.ts";

/** A page of what was or is to be sent to an endpoint, newest first; none of another app's. The next begins after `{ at: createdAt, id: eventId }`. */
export async function readDeliveries(
  _deps: Deps,
  _appId: string,
  _: {
    readonly endpointId: string;
    readonly after: Cursor | null;
    readonly limit: number;
    readonly status?: WebhookDelivery["status"] | null;
  },
): Promise<readonly WebhookDelivery[]> {
  throw new Error("unfinished");
}

export interface DeliveryStory {
  readonly delivery: WebhookDelivery;
  /** First to last. */
  readonly attempts: readonly WebhookAttempt[];
  /** What is sent, as it is sent. */
  readonly body: string;
}

/** One delivery with its tries. Fails with `not_found`. */
export async function readDelivery(
  _deps: Deps,
  _appId: string,
  _: { readonly endpointId: string; readonly eventId: string },
): Promise<Result<DeliveryStory>> {
  throw new Error("unfinished");
}
