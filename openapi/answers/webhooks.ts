import * as v from "valibot";
import { EVENT_KINDS } from "../../worker/domain/event-kinds.ts";
import { DELIVERY_ERRORS, WEBHOOK_ERRORS } from "../../worker/domain/webhook-error.ts";
import type {
  presentAttempt,
  presentDelivery,
  presentDeliveryStory,
  presentEndpoint,
  presentIssuedEndpoint,
} from "../../worker/wire/webhooks.ts";
import { presented } from "../presented.ts";
import { count, integer, listOf, time } from "./common.ts";

export const WebhookEndpoint = presented<ReturnType<typeof presentEndpoint>>()(
  v.strictObject({
    id: v.string(),
    url: v.string(),
    description: v.nullable(v.string()),
    types: v.pipe(v.nullable(v.array(v.picklist(EVENT_KINDS))), v.description("Null: all, those to come too.")),
    status: v.picklist(["active", "disabled"]),
    disabled_reason: v.pipe(
      v.nullable(v.picklist(["owner", "failing", "gone"])),
      v.description("Who disabled it: you, five days without success, or its answer 410."),
    ),
    failing_since: v.pipe(v.nullable(time), v.description("Since when nothing succeeds.")),
    last_success_at: v.nullable(time),
    waiting: v.pipe(count, v.description("Events that wait to be delivered; counted up to some thousand.")),
    secret_prefix: v.pipe(v.string(), v.description("How its secret begins.")),
    previous_secret_until: v.pipe(v.nullable(time), v.description("Until when the secret before it signs too.")),
    created_at: time,
  }),
);

export const OneWebhookEndpoint = v.strictObject({ endpoint: WebhookEndpoint });
export const WebhookEndpointList = v.strictObject({ endpoints: v.array(WebhookEndpoint) });

export const IssuedWebhookEndpoint = presented<ReturnType<typeof presentIssuedEndpoint>>()(
  v.strictObject({
    endpoint: WebhookEndpoint,
    secret: v.pipe(v.string(), v.description("Its secret, which no other answer shows.")),
  }),
);

export const WebhookDelivery = presented<ReturnType<typeof presentDelivery>>()(
  v.strictObject({
    event_id: v.string(),
    type: v.picklist([...EVENT_KINDS, "test"]),
    object: v.pipe(v.string(), v.description("What the event is about: events of one object are sent in their order.")),
    status: v.picklist(["waiting", "delivered", "failed"]),
    attempts: count,
    next_at: v.pipe(
      v.nullable(time),
      v.description("When it is tried next; null once it is over, and while an earlier event of the object waits."),
    ),
    last_status: v.pipe(v.nullable(integer), v.description("The HTTP status of the last answer.")),
    last_error: v.pipe(
      v.nullable(v.picklist(DELIVERY_ERRORS)),
      v.description("Why the last try failed. `skipped`: it was never sent, as you asked."),
    ),
    created_at: time,
    delivered_at: v.nullable(time),
  }),
);

export const OneWebhookDelivery = v.strictObject({ delivery: WebhookDelivery });
export const WebhookDeliveryList = listOf("deliveries", WebhookDelivery);

export const WebhookAttempt = presented<ReturnType<typeof presentAttempt>>()(
  v.strictObject({
    at: time,
    duration_ms: count,
    status: v.pipe(v.nullable(integer), v.description("The HTTP status; null: there was no answer.")),
    error: v.pipe(v.nullable(v.picklist(WEBHOOK_ERRORS)), v.description("Null: it was taken.")),
    response_excerpt: v.pipe(v.nullable(v.string()), v.description("The first KiB of the answer.")),
    manual: v.pipe(v.boolean(), v.description("Whether somebody asked for it.")),
  }),
);

export const OneWebhookAttempt = v.strictObject({ attempt: WebhookAttempt });

export const WebhookDeliveryStory = presented<ReturnType<typeof presentDeliveryStory>>()(
  v.strictObject({
    delivery: WebhookDelivery,
    attempts: v.array(WebhookAttempt),
    body: v.pipe(v.string(), v.description("What is sent: the event as JSON.")),
  }),
);
