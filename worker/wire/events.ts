import * as v from "valibot";
import { eventId, eventSeq } from "../domain/event-id.ts";
import { EVENT_KINDS, type EventKind } from "../domain/event-kinds.ts";
import { fail, ok, type Result } from "../domain/result.ts";
import type { StoredEvent } from "../store/event-store.ts";
import { check } from "./fields.ts";
import { iso } from "./time.ts";

/** Events of one page of the feed. */
const MAX_LIMIT = 100;

const LIMIT_MESSAGE = `must be 1–${MAX_LIMIT}`;

/** The query of the feed: `after` is the id of the last event taken, `type` one or several with commas between. */
export const EventQuerySchema = v.object({
  after: v.optional(v.string(), ""),
  type: v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(",")),
      v.array(v.picklist(EVENT_KINDS, "must be types of events, with commas between them")),
    ),
  ),
  limit: v.pipe(
    v.optional(v.string(), "50"),
    v.regex(/^\d{1,3}$/, LIMIT_MESSAGE),
    v.transform(Number),
    v.minValue(1, LIMIT_MESSAGE),
    v.maxValue(MAX_LIMIT, LIMIT_MESSAGE),
  ),
});

/** What is asked of the feed. Fails with `invalid_request`, also for an `after` that is no event of this app. */
export function parseEventQuery(
  query: unknown,
  appId: string,
): Result<{ readonly after: number; readonly kinds: readonly EventKind[] | null; readonly limit: number }> {
  const parsed = check(EventQuerySchema, query);
  if (!parsed.ok) return parsed;
  const { after, type, limit } = parsed.value;
  const seq = after === "" ? 0 : eventSeq(appId, after);
  if (seq === null) {
    return fail("invalid_request", "The request is not valid.", [
      { path: "after", message: "is no event of this app" },
    ]);
  }
  return ok({ after: seq, kinds: type ?? null, limit });
}

/**
 * An event as the feed lists it and a webhook brings it: `timestamp` is when it happened, `data` how things stood then. A
 * customer is in it by the app's own id, null once they are erased.
 */
export function presentEvent(event: StoredEvent) {
  return {
    id: eventId(event.appId, event.seq),
    type: event.kind,
    timestamp: iso(event.createdAt),
    data: { ...event.payload, ...customerOf(event), ...affiliateOf(event) },
  };
}

/** Events of these subjects are about a customer. */
const ABOUT_A_CUSTOMER = /^(?:signup|conversion|commission|refund)\./;

function customerOf({ kind, userId }: StoredEvent) {
  return ABOUT_A_CUSTOMER.test(kind) ? { user_id: userId } : {};
}

function affiliateOf({ affiliate }: StoredEvent) {
  if (affiliate === null) return {};
  const { email, name, accountId } = affiliate;
  return { email, name, account_id: accountId };
}
