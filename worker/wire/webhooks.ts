import * as v from "valibot";
import { EVENT_KINDS } from "../domain/event-kinds.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { EndpointDraft, IssuedEndpoint } from "../services/webhooks/create-endpoint.ts";
import type { DeliveryStory } from "../services/webhooks/read-deliveries.ts";
import type { EndpointChange } from "../services/webhooks/update-endpoint.ts";
import type { Cursor } from "../store/cursor.ts";
import type { WebhookAttempt, WebhookDelivery } from "../store/webhook-delivery-store.ts";
import type { WebhookEndpoint } from "../store/webhook-store.ts";
import type { JsonObject } from "./body.ts";
import { check, optional, text, wholeNumber } from "./fields.ts";
import { parsePage, presentCursor } from "./page.ts";
import { iso } from "./time.ts";

/** What servers and browsers take of a URL. */
const MAX_URL_LENGTH = 2_048;
/** Time to bring a new secret to every server. */
const DEFAULT_OVERLAP_HOURS = 24;
/** A week: longer, and nobody thinks of it any more. */
const MAX_OVERLAP_HOURS = 168;

/** Fields that may be longer than others. */
export const LONG_FIELDS = ["url"] as const;

const TYPES_MESSAGE = "must be null, or a list of types of events";

const url = v.pipe(
  text,
  v.maxLength(MAX_URL_LENGTH, `must not be longer than ${MAX_URL_LENGTH} characters`),
  v.check((value) => value.isWellFormed() && !/[\p{Cc}\s]/u.test(value), "must be a URL"),
);
const types = v.nullable(
  v.pipe(
    v.array(v.picklist(EVENT_KINDS, TYPES_MESSAGE), TYPES_MESSAGE),
    v.minLength(1, TYPES_MESSAGE),
    v.maxLength(EVENT_KINDS.length, TYPES_MESSAGE),
    v.transform((asked) => EVENT_KINDS.filter((kind) => asked.includes(kind))),
  ),
);

export const NewEndpointSchema = v.object({ url, description: optional(text), types: v.optional(types, null) });

export const EndpointChangeSchema = v.object({
  url: v.optional(url),
  description: v.optional(v.nullable(text)),
  types: v.optional(types),
  enabled: v.optional(v.boolean("must be true or false")),
  skip_missed: v.optional(v.boolean("must be true or false")),
});

export const SecretRollSchema = v.object({ overlap_hours: optional(wholeNumber(0, MAX_OVERLAP_HOURS)) });

export const DeliveryFilterSchema = v.object({
  status: optional(v.picklist(["waiting", "delivered", "failed"], "must be waiting, delivered or failed")),
});

export function parseNewEndpoint(body: JsonObject): Result<EndpointDraft> {
  const parsed = check(NewEndpointSchema, body);
  if (!parsed.ok) return parsed;
  const { types: kinds, ...rest } = parsed.value;
  return ok({ ...rest, kinds });
}

/** Fails with `invalid_request`, also for `skip_missed` of one that is not switched on by the same call. */
export function parseEndpointChange(body: JsonObject): Result<EndpointChange> {
  const parsed = check(EndpointChangeSchema, body);
  if (!parsed.ok) return parsed;
  const { types: kinds, skip_missed: skipMissed, ...rest } = parsed.value;
  if (skipMissed !== undefined && rest.enabled !== true) {
    const message = "must come with enabled: true";
    return fail("invalid_request", "The request is not valid.", [{ path: "skip_missed", message }]);
  }
  return ok({ ...rest, kinds, skipMissed });
}

export function parseSecretRoll(body: JsonObject): Result<{ readonly overlapHours: number }> {
  const parsed = check(SecretRollSchema, body);
  return parsed.ok ? ok({ overlapHours: parsed.value.overlap_hours ?? DEFAULT_OVERLAP_HOURS }) : parsed;
}

/** The page of what was sent that is asked for, by `status`, `limit` and `cursor`. */
export function parseDeliveryPage(query: unknown): Result<{
  readonly status: WebhookDelivery["status"] | null;
  readonly limit: number;
  readonly after: Cursor | null;
}> {
  const filter = check(DeliveryFilterSchema, query);
  if (!filter.ok) return filter;
  const page = parsePage(query);
  return page.ok ? ok({ ...page.value, ...filter.value }) : page;
}

export function presentEndpoint(endpoint: WebhookEndpoint) {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    types: endpoint.kinds,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    failing_since: isoOrNull(endpoint.failingSince),
    last_success_at: isoOrNull(endpoint.lastSuccessAt),
    waiting: endpoint.waiting,
    secret_prefix: endpoint.secretPrefix,
    previous_secret_until: isoOrNull(endpoint.previousSecretUntil),
    created_at: iso(endpoint.createdAt),
  };
}

/** An endpoint with its secret, which no other answer shows. */
export function presentIssuedEndpoint({ endpoint, secret }: IssuedEndpoint) {
  return { endpoint: presentEndpoint(endpoint), secret };
}

export function presentDelivery(delivery: WebhookDelivery) {
  return {
    event_id: delivery.eventId,
    type: delivery.kind,
    object: delivery.object,
    status: delivery.status,
    attempts: delivery.attempts,
    next_at: isoOrNull(delivery.nextAt),
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    created_at: iso(delivery.createdAt),
    delivered_at: isoOrNull(delivery.deliveredAt),
  };
}

/** A page of what was sent: `rows` holds one more than `limit` when there is a next one. */
export function presentDeliveries(rows: readonly WebhookDelivery[], limit: number) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const next = rows.length > limit && last !== undefined ? { at: last.createdAt, id: last.eventId } : null;
  return { deliveries: items.map(presentDelivery), next_cursor: presentCursor(next) };
}

export function presentAttempt(attempt: WebhookAttempt) {
  return {
    at: iso(attempt.at),
    duration_ms: attempt.durationMs,
    status: attempt.status,
    error: attempt.error,
    response_excerpt: attempt.responseExcerpt,
    manual: attempt.manual,
  };
}

export function presentDeliveryStory({ delivery, attempts, body }: DeliveryStory) {
  return { delivery: presentDelivery(delivery), attempts: attempts.map(presentAttempt), body };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
