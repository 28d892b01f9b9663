import type { Context } from "hono";
import { fail, ok, type Result } from "../domain/result.ts";
import { MAX_STRING_LENGTH } from "../wire/body.ts";
import type { AppEnv } from "./context.ts";

/** `event_id` and the `Idempotency-Key` header are one field: both may be given when they say the same. */
export function withEventId<Call extends { readonly eventId: string | null }>(
  call: Result<Call>,
  c: Context<AppEnv>,
): Result<Call> {
  const header = c.req.header("Idempotency-Key");
  if (!call.ok || header === undefined) return call;
  const isPlain = header.length >= 1 && header.length <= MAX_STRING_LENGTH && !/\p{Cc}/u.test(header);
  if (!isPlain || (call.value.eventId !== null && call.value.eventId !== header)) {
    const message = isPlain
      ? "must equal the Idempotency-Key header"
      : "must be 1–256 characters without control characters";
    return fail("invalid_request", "The request is not valid.", [{ path: "event_id", message }]);
  }
  return ok({ ...call.value, eventId: header });
}

export function markReplay(c: Context<AppEnv>, receipt: { readonly replayed: boolean }): void {
  if (receipt.replayed) c.header("Idempotent-Replayed", "true");
}
