import type { Db, Row } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";
import { EVENT_COLUMNS, EVENT_JOINS, type StripeEventLine, toEventLine } from "./stripe-event-store.ts";

/** A line of any app's inbox. */
export interface ListedEvent extends StripeEventLine {
  /** Tells apart what came in one millisecond. */
  readonly seq: number;
  readonly appId: string;
  readonly appName: string;
}

/** A payment that Stripe told of and that is not decided. */
export interface WaitingPayment {
  readonly seq: number;
  readonly appId: string;
  readonly appName: string;
  /** One of its names at Stripe; null where it has none. */
  readonly name: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly code: string | null;
  /** Tries to ask Stripe in vain. */
  readonly attempts: number;
  readonly lookAt: number;
  readonly receivedAt: number;
}

/** A place in a list by time: the row with this time and number. */
export interface NumberedPlace {
  readonly at: number;
  readonly seq: number;
}

/** What Stripe told all apps, or one, the newest first, from before a place. */
export async function listAllEvents(
  db: Db,
  { appId, before, limit }: { appId: string | null; before: NumberedPlace; limit: number },
): Promise<readonly ListedEvent[]> {
  const build = appId === null ? EVENTS.all : EVENTS.app;
  const rows = await db.query(build({ app: appId, at: before.at, seq: before.seq, limit }));
  return rows.map((row) => ({ ...toEventLine(row), ...appOf(row) }));
}

/** The payments of all apps, or of one, that are looked at again, those first that are looked at soonest, from after a place. */
export async function listWaitingPayments(
  db: Db,
  { appId, after, limit }: { appId: string | null; after: NumberedPlace; limit: number },
): Promise<readonly WaitingPayment[]> {
  const build = appId === null ? PAYMENTS.all : PAYMENTS.app;
  return (await db.query(build({ app: appId, at: after.at, seq: after.seq, limit }))).map(toPayment);
}

const events = (filter: string) =>
  statement(`
    SELECT ${EVENT_COLUMNS}, e.rowid AS seq, a.name AS app_name FROM (
      SELECT f.rowid AS place FROM stripe_event f
      WHERE ${filter} (f.received_at, f.rowid) < (:at, :seq) ORDER BY f.received_at DESC, f.rowid DESC LIMIT :limit
    ) r CROSS JOIN stripe_event e ON e.rowid = r.place CROSS JOIN app a ON a.id = e.app ${EVENT_JOINS}
    ORDER BY e.received_at DESC, e.rowid DESC`);
const EVENTS = { all: events(""), app: events("f.app = :app AND") };

const payments = (filter: string, index: string) =>
  statement(`
    SELECT s.rowid AS seq, s.app, a.name AS app_name, s.state, s.reason, s.code, s.attempts, s.look_at, s.received_at,
      (SELECT min(f.ref) FROM payment_ref f WHERE f.app = s.app AND f.payment = s.payment) AS name
    FROM stripe_payment s INDEXED BY ${index} CROSS JOIN app a ON a.id = s.app
    WHERE ${filter} s.look_at IS NOT NULL AND (s.look_at, s.rowid) > (:at, :seq) ORDER BY s.look_at, s.rowid LIMIT :limit`);
const PAYMENTS = {
  all: payments("", "stripe_payment_due"),
  app: payments("s.app = :app AND", "stripe_payment_due_of_app"),
};

function appOf(row: Row) {
  return { seq: integerOf(row, "seq"), appId: textOf(row, "app"), appName: textOf(row, "app_name") };
}

function toPayment(row: Row): WaitingPayment {
  return {
    ...appOf(row),
    name: textOrNull(row, "name"),
    state: textOf(row, "state"),
    reason: textOrNull(row, "reason"),
    code: textOrNull(row, "code"),
    attempts: integerOf(row, "attempts"),
    lookAt: integerOf(row, "look_at"),
    receivedAt: integerOf(row, "received_at"),
  };
}
