import type { Deps } from "../../deps.ts";
import { type EventRow, type FactRows, readDue, writeFacts } from "../../store/stripe-fact-store.ts";
import type { StripeScope } from "../../store/stripe-scope.ts";
import { decideOrPutOff } from "./decide-payment.ts";
import type { StripeConnection } from "./find-connection.ts";

/**
 * Stores what Stripe told, with the event's line in the inbox, in one batch; then decides about every payment that it lets
 * be decided. Where the second is cut short, the payment says so itself, and the event's repeat or a job takes it up. Throws
 * DbError; told again, nothing happens twice.
 */
export async function recordFacts(
  deps: Deps,
  connection: StripeConnection,
  { facts, event, account }: { readonly facts: FactRows; readonly event: EventRow | null; readonly account: string },
): Promise<void> {
  const scope = scopeOf(connection, account);
  const results = await deps.db.batch(writeFacts(scope, { facts, event, now: deps.now() }));
  for (const { payment, account: told } of readDue(results)) {
    await decideOrPutOff(deps, connection, { payment, scope: scopeOf(connection, told) });
  }
}

export function scopeOf(connection: StripeConnection, account: string): StripeScope {
  return { app: connection.appId, account, livemode: connection.livemode ? 1 : 0 };
}
