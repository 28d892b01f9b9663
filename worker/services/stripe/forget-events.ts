import type { Deps } from "../../deps.ts";
import { forgetEvents } from "../../store/stripe-event-store.ts";

/** Days that a line of the inbox is kept. Stripe sends an event again for three and lists it for thirty: later nobody asks. */
export const STRIPE_EVENT_DAYS = 90;
/** So many at once, so that no other writer waits. */
const PAGE = 500;
const MAX_PAGES = 20;

/** Forgets the lines of the inbox that are older than 90 days. What they told has become facts, and stays. Throws DbError. */
export async function forgetStripeEvents(deps: Deps): Promise<void> {
  const before = deps.now() - STRIPE_EVENT_DAYS * 86_400_000;
  for (let page = 0; page < MAX_PAGES; page++) {
    const [forgotten = []] = await deps.db.batch([forgetEvents({ before, limit: PAGE })]);
    if (forgotten.length < PAGE) return;
  }
}
