import type { Deps } from "../../deps.ts";
import { DbError } from "../../store/db.ts";
import { listDuePayments } from "../../store/stripe-payment-store.ts";
import { decideOrPutOff, repeatLater } from "./decide-payment.ts";
import { findConnection, type StripeConnection } from "./find-connection.ts";

/** Payments that one run decides: each is a batch, and may ask Stripe. */
const MAX_PER_RUN = 100;

/**
 * Decides about the payments that are due: those that waited an hour for their invoice, those whose ref came from elsewhere,
 * those that Stripe was to be asked about again, those whose decision was cut short, and those that have waited for 30 days.
 * One that cannot be decided is put off and keeps no other. Throws DbError when the database is away.
 */
export async function decideDuePayments(deps: Deps): Promise<void> {
  const due = await listDuePayments(deps.db, { now: deps.now(), limit: MAX_PER_RUN });
  const connections = new Map<string, StripeConnection | null>();
  for (const at of due) {
    const { app } = at.scope;
    if (!connections.has(app)) connections.set(app, await connectionOf(deps, app));
    const connection = connections.get(app) ?? null;
    if (connection === null) await repeatLater(deps, at, 0);
    else await decideOrPutOff(deps, connection, at);
  }
}

/** Null where an app's secrets cannot be read, until they are given again: that keeps no other app. */
async function connectionOf(deps: Deps, app: string): Promise<StripeConnection | null> {
  try {
    return await findConnection(deps, app);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "stripe", app, error: String(error) });
    return null;
  }
}
