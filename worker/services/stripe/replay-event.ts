import type { Deps } from "../../deps.ts";
import { assert } from "../../domain/assert.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { StripeError } from "../../gateways/stripe/stripe.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { findStripeEvent, type StripeEventLine } from "../../store/stripe-event-store.ts";
import type { FactRows } from "../../store/stripe-fact-store.ts";
import { findConnection, type StripeConnection } from "./find-connection.ts";
import { headOf, takeEvent } from "./receive-event.ts";
import { recordFacts } from "./record-facts.ts";

/**
 * Takes an event once more, as if it had just come, and answers how it stands then: a payment that waited, or was closed, is
 * decided by what is known today. What was ignored is read from Stripe again, where the app has a key.
 *
 * Fails with `not_found`, with `conflict` when there is nothing to take again, and with `unavailable` when Stripe does not
 * answer. Nothing that has counted counts twice. Throws DbError.
 */
export async function replayEvent(
  deps: Deps,
  appId: string,
  { actor, eventId }: { readonly actor: string; readonly eventId: string },
): Promise<Result<StripeEventLine>> {
  const connection = await findConnection(deps, appId);
  const line = await findStripeEvent(deps.db, appId, eventId);
  if (connection === null || line === null) return fail("not_found", "No such event.");
  if (line.livemode !== connection.livemode) return fail("conflict", "This event is of the other mode.");
  const taken =
    line.facts === null
      ? await takeFromStripe(deps, connection, line)
      : ok(await recordFacts(deps, connection, { facts: asFactRows(line.facts), event: null, account: line.account }));
  if (!taken.ok) return taken;
  const now = deps.now();
  const entry = { id: deps.newId("aud"), actor, action: "stripe.replayed", object: eventId, now };
  await deps.db.batch([insertAudit(appId, entry)]);
  const after = await findStripeEvent(deps.db, appId, eventId);
  assert(after !== null, "an event that was there a moment ago is there");
  return ok(after);
}

async function takeFromStripe(
  deps: Deps,
  connection: StripeConnection,
  { id, account }: StripeEventLine,
): Promise<Result<void>> {
  if (connection.credentials === null) {
    return fail("conflict", "This event told nothing that is kept, and without a key Stripe cannot be asked for it.");
  }
  try {
    const event = await deps.stripe.event(connection.credentials, id);
    const head = headOf(event, deps.now());
    if (head?.id !== id) return fail("conflict", "Stripe answered with another event.");
    await takeEvent(deps, connection, { head: { ...head, account }, event });
    return ok(undefined);
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return error.kind === "unavailable"
      ? fail("unavailable", "Stripe does not answer.")
      : fail("conflict", "Stripe does not have this event any more, or does not let this key see it.");
  }
}

/** The inbox holds what `takeEvent` wrote. */
function asFactRows(json: string): FactRows {
  return JSON.parse(json) as FactRows;
}
