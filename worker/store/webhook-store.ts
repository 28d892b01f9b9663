import type { EventKind } from "../domain/event-kinds.ts";
import type { DeliveryError, WebhookError } from "../domain/webhook-error.ts";

/** An address that an app's events are sent to. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Null: every kind, those of later versions too. */
  readonly kinds: readonly EventKind[] | null;
  readonly status: "active" | "disabled";
  readonly disabledReason: "owner" | "failing" | "gone" | null;
  /** Since when nothing succeeds; null while all is well. */
  readonly failingSince: number | null;
  readonly lastSuccessAt: number | null;
  /** Events that wait to be delivered, counted no further than some thousand. */
  readonly waiting: number;
  readonly secretPrefix: string;
  /** Until when the secret of before signs too. */
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
}

/** One event on its way to one endpoint. */
export interface WebhookDelivery {
  readonly eventId: string;
  readonly kind: EventKind | "test";
  /** What the event is about: of one object events are sent in their order. */
  readonly object: string;
  readonly status: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  /** Null once it is over, and while it waits for an earlier one of its object. */
  readonly nextAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: DeliveryError | null;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
}

/** How one try went. */
export interface WebhookAttempt {
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  readonly error: WebhookError | null;
  /** The beginning of what was answered, at most 1 KiB. */
  readonly responseExcerpt: string | null;
  /** Whether somebody asked for it, by hand. */
  readonly manual: boolean;
}
