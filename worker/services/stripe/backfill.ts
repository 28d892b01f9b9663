import type { Deps } from "../../deps.ts";
import { type StripeCredentials, StripeError } from "../../gateways/stripe/stripe.ts";
import { listApps } from "../../store/app-store.ts";
import { type Cursor, START_OF_TIME } from "../../store/cursor.ts";
import { DbError } from "../../store/db.ts";
import { findConnection, type StripeConnection } from "./find-connection.ts";
import { headOf, takeEvent } from "./receive-event.ts";

/** Stripe lists its events for 30 days. */
export const BACKFILL_DAYS = 30;

/** A million events: an account with more in a month is read day by day. */
const MAX_PAGES = 10_000;

/**
 * Those that tell money, refs or refunds; Stripe takes at most 20 kinds in one question. The three left out repeat what
 * these say, or what a key reads anyway.
 */
const TYPES = [
  "customer.created",
  "customer.updated",
  "customer.subscription.created",
  "customer.subscription.updated",
  "promotion_code.created",
  "checkout.session.completed",
  "checkout.session.async_payment_succeeded",
  "invoice.paid",
  "invoice_payment.paid",
  "payment_intent.succeeded",
  "charge.succeeded",
  "charge.captured",
  "charge.refunded",
  "charge.refund.updated",
  "refund.created",
  "refund.updated",
  "refund.failed",
  "charge.dispute.created",
  "charge.dispute.updated",
  "charge.dispute.closed",
] as const;

/** How many events of an app were read, and what became of them, by outcome. */
interface Backfill {
  readonly appId: string;
  readonly read: number;
  readonly outcomes: ReadonlyMap<string, number>;
  /** What ended it early: Stripe, or secrets that cannot be read. Null: it came to its end. */
  readonly failure: Error | null;
}

/**
 * Reads the events of one app, or of every app that Stripe can be asked about, since a moment (epoch milliseconds). Empty when
 * there is none. An app that fails keeps no other. Throws DbError.
 */
export async function backfillApps(
  deps: Deps,
  { appId, from }: { readonly appId: string | null; readonly from: number },
): Promise<readonly Backfill[]> {
  const done: Backfill[] = [];
  for (const id of appId === null ? await allApps(deps) : [appId]) {
    const connection = await connectionOf(deps, id);
    if (connection instanceof Error) {
      done.push({ appId: id, read: 0, outcomes: new Map(), failure: connection });
    } else if (connection !== null && connection.credentials !== null) {
      done.push(await backfill(deps, { connection, credentials: connection.credentials, from }));
    }
  }
  return done;
}

/** The connection, or why it cannot be read: with another `AUTH_SECRET` than the one it was sealed under. */
async function connectionOf(deps: Deps, appId: string): Promise<StripeConnection | Error | null> {
  try {
    return await findConnection(deps, appId);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof DbError) throw error;
    return error;
  }
}

/** More apps than an installation has. */
const MAX_APPS = 100_000;
const APPS_A_PAGE = 100;

async function allApps(deps: Deps): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: Cursor = START_OF_TIME;
  while (ids.length < MAX_APPS) {
    const page = await listApps(deps.db, { after, limit: APPS_A_PAGE, now: deps.now() });
    ids.push(...page.map((app) => app.id));
    const last = page.at(-1);
    if (last === undefined || page.length < APPS_A_PAGE) break;
    after = { at: last.createdAt, id: last.id };
  }
  return ids;
}

/**
 * Reads what Stripe has told an account since a moment (epoch milliseconds) and takes every event, as if it had been
 * delivered: what is known already changes nothing. Run again, it goes through all of it again. Throws DbError.
 */
async function backfill(
  deps: Deps,
  {
    connection,
    credentials,
    from,
  }: { readonly connection: StripeConnection; readonly credentials: StripeCredentials; readonly from: number },
): Promise<Backfill> {
  const { appId } = connection;
  const outcomes = new Map<string, number>();
  let read = 0;
  let after: string | null = null;
  try {
    for (let page = 0; page < MAX_PAGES; page++) {
      const before: string | null = after;
      const question = { createdFrom: Math.floor(from / 1_000), types: TYPES, after: before };
      const { events, hasMore } = await deps.stripe.events(credentials, question);
      for (const event of events) {
        const head = headOf(event, deps.now());
        if (head === null) continue;
        // Listed for a connected account, an event does not name it.
        const told = { head: { ...head, account: credentials.account ?? "" }, event };
        const outcome = await takeEvent(deps, connection, told);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        read += 1;
        after = head.id;
      }
      if (!hasMore || after === before) break;
    }
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return { appId, read, outcomes, failure: error };
  }
  return { appId, read, outcomes, failure: null };
}
