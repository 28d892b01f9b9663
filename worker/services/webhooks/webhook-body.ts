import type { Deps } from "../../deps.ts";
import { deliveryId } from "../../domain/event-id.ts";
import { findEvent } from "../../store/event-store.ts";

/** The body of an event as it reads now: without a customer who was erased since. Null where there is no such event. */
export async function webhookBody(deps: Deps, appId: string, seq: number): Promise<string | null> {
  const event = await findEvent(deps.db, appId, seq);
  return event === null ? null : deps.eventBody(event);
}

/** The body of a test: the same frame, of a type that no event has. */
export function testBody(appId: string, { seq, now }: { readonly seq: number; readonly now: number }): string {
  const id = deliveryId(appId, seq);
  const data = { message: "This is a test. Nothing has happened." };
  return JSON.stringify({ id, type: "test", timestamp: new Date(now).toISOString(), data });
}
