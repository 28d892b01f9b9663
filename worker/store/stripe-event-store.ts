import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";

/** A line of the inbox, and how the payment stands that it is about. */
export interface StripeEventLine {
  readonly id: string;
  readonly type: string;
  readonly account: string;
  readonly livemode: boolean;
  readonly object: string | null;
  /** Why it was ignored; null where it was not. */
  readonly ignored: string | null;
  /** What it told, as JSON of `FactRows`; null where it told nothing, or where its customer was erased. */
  readonly facts: string | null;
  readonly payment: {
    readonly state: string;
    readonly reason: string | null;
    readonly conversionId: string | null;
  } | null;
  /** When Stripe made the event, and when it was first received. */
  readonly toldAt: number;
  readonly createdAt: number;
}

/** An app's events, newest first, at most `limit` after a cursor. */
export async function listStripeEvents(
  db: Db,
  appId: string,
  { before, limit }: { before: Cursor; limit: number },
): Promise<readonly StripeEventLine[]> {
  return (await db.query(LIST({ app: appId, at: before.at, id: before.id, limit }))).map(toEventLine);
}

/** An event of an app by Stripe's id. */
export async function findStripeEvent(db: Db, appId: string, id: string): Promise<StripeEventLine | null> {
  const [row] = await db.query(FIND({ app: appId, id }));
  return row === undefined ? null : toEventLine(row);
}

/** Deletes at most `limit` of the events received before `before`, the oldest first. */
export function forgetEvents({ before, limit }: { before: number; limit: number }): Statement {
  return FORGET({ before, limit });
}

/** An event, `e`, with what became of the payment it is about. */
export const EVENT_COLUMNS = "e.*, s.state, s.reason AS waits_for, v.id AS conversion";
export const EVENT_JOINS = `
  LEFT JOIN payment_ref p ON p.app = e.app AND p.account = e.account AND p.livemode = e.livemode AND p.ref = e.object
  LEFT JOIN stripe_payment s ON s.app = p.app AND s.payment = p.payment
  LEFT JOIN conversion v ON v.app = p.app AND v.payment = p.payment AND v.voided_at IS NULL`;
const LINE = `SELECT ${EVENT_COLUMNS} FROM stripe_event e ${EVENT_JOINS}`;
const LIST = statement(`
  ${LINE} WHERE e.app = :app AND (e.received_at, e.id) < (:at, :id) ORDER BY e.received_at DESC, e.id DESC LIMIT :limit`);
const FIND = statement(
  `${LINE} WHERE e.app = :app AND e.id = :id ORDER BY e.reason IS NOT NULL, e.received_at LIMIT 1`,
);
const FORGET = statement(`
  DELETE FROM stripe_event WHERE rowid IN (
    SELECT e.rowid FROM stripe_event e WHERE e.received_at < :before ORDER BY e.received_at LIMIT :limit)
  RETURNING id`);

/** A row of `EVENT_COLUMNS`. */
export function toEventLine(row: Row): StripeEventLine {
  const state = textOrNull(row, "state");
  return {
    id: textOf(row, "id"),
    type: textOf(row, "type"),
    account: textOf(row, "account"),
    livemode: integerOf(row, "livemode") === 1,
    object: textOrNull(row, "object"),
    ignored: textOrNull(row, "reason"),
    facts: textOrNull(row, "facts"),
    payment:
      state === null
        ? null
        : { state, reason: textOrNull(row, "waits_for"), conversionId: textOrNull(row, "conversion") },
    toldAt: integerOf(row, "created_at"),
    createdAt: integerOf(row, "received_at"),
  };
}
