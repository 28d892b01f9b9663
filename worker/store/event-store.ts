import { EVENT_KINDS, type EventKind } from "../domain/event-kinds.ts";
import { tellConfirmed } from "./conversion-events.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, oneOf, statement, textOf, textOrNull } from "./statement.ts";

/** Something that happened in an app. `payload` is how things stood then, in the words of the wire. */
export interface StoredEvent {
  readonly appId: string;
  /** 1, 2, 3 … in the order in which the app's events were written. */
  readonly seq: number;
  readonly kind: EventKind;
  /** What it is about: a conversion, a payout, a referral, an affiliate or a redemption. */
  readonly object: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  /** The customer it is about, by the app's own id: read anew each time, so null once they are erased. */
  readonly userId: string | null;
  /** The affiliate an `affiliate.` event is about, null for the others. */
  readonly affiliate: {
    readonly email: string | null;
    readonly name: string | null;
    readonly accountId: string | null;
  } | null;
}

/** A part of an app's events: `scanned` is the number of the last one looked at, so where the next part begins. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  readonly scanned: number;
  /** False where the part ends with the newest. */
  readonly isMore: boolean;
}

/** Events looked at for a few of some kinds: so much, and no more, does a page cost where they are rare. */
const WINDOW = 1_000;

/** An app's events from after a number on, the oldest first, of these kinds or of all. */
export async function readEvents(
  db: Db,
  appId: string,
  { after, limit, kinds = null }: { after: number; limit: number; kinds?: readonly EventKind[] | null },
): Promise<EventPage> {
  const params = {
    app: appId,
    after,
    limit,
    window: kinds === null ? limit : WINDOW,
    kinds: kinds && JSON.stringify(kinds),
  };
  const [rows = [], ends = []] = await db.batch([READ_AFTER(params), END_AFTER(params)]);
  const events = rows.map(toEvent);
  const last = events.length === limit ? events.at(-1)?.seq : undefined;
  const scanned = last ?? integerOf(ends[0] ?? {}, "scanned");
  return { events, scanned, isMore: scanned < integerOf(ends[0] ?? {}, "newest") };
}

/** The newest events from before a number, the newest first, of these kinds or of all: as many as a window of them holds. */
export async function readNewestEvents(
  db: Db,
  appId: string,
  { before, limit, kinds = null }: { before: number | null; limit: number; kinds?: readonly EventKind[] | null },
): Promise<EventPage> {
  const params = {
    app: appId,
    before: before ?? Number.MAX_SAFE_INTEGER,
    limit,
    window: kinds === null ? limit : WINDOW,
    kinds: kinds && JSON.stringify(kinds),
  };
  const [rows = [], ends = []] = await db.batch([READ_BEFORE(params), END_BEFORE(params)]);
  const events = rows.map(toEvent);
  const last = events.length === limit ? events.at(-1)?.seq : undefined;
  const scanned = last ?? integerOf(ends[0] ?? {}, "scanned");
  return { events, scanned, isMore: scanned > 1 };
}

/** One event of an app, null where there is none of this number. */
export async function findEvent(db: Db, appId: string, seq: number): Promise<StoredEvent | null> {
  const [row] = await db.query(FIND({ app: appId, seq }));
  return row === undefined ? null : toEvent(row);
}

/** An app of which commissions have matured and are not told of, null where there is none. */
export async function findAppToConfirm(db: Db, today: number): Promise<string | null> {
  const [row] = await db.query(APP_TO_CONFIRM({ today }));
  return row === undefined ? null : textOf(row, "app");
}

/** The batch that tells of an app's matured commissions, the oldest first, at most `limit`; the last statement counts what is told. */
export function confirmCommissions(
  appId: string,
  params: { readonly today: number; readonly now: number; readonly limit: number },
): readonly Statement[] {
  return CONFIRM.map((build) => build({ app: appId, ...params }));
}

/**
 * Tells every app that has events that a backup was restored, at a number that none given out since the backup can have: an id
 * that a receiver has seen never comes to mean another event. It walks all events, before a server starts.
 */
export function tellRestored(told: { readonly backedUpAt: string | null; readonly now: number }): Statement {
  return RESTORED({ backed_up_at: told.backedUpAt, now: told.now, ahead: RESTORE_AHEAD });
}

/** More than an app has between two backups; a number has room for 9,000 of them. */
const RESTORE_AHEAD = 1_000_000_000;

const RESTORED = statement(`
  INSERT INTO event (app, seq, kind, fact, payload, created_at)
  SELECT e.app, max(e.seq) + :ahead, 'app.restored', 'restored_' || (max(e.seq) + :ahead), json_object('backed_up_at', :backed_up_at), :now
  FROM event e GROUP BY e.app`);

/** What an event `e` is about. */
export const EVENT_OBJECT = `coalesce(e.payload ->> 'conversion_id', e.payload ->> 'payout_id', e.payload ->> 'redemption_id',
  e.payload ->> 'referral_id', e.payload ->> 'affiliate_id', e.fact)`;

const KNOWN_KINDS = "(:kinds IS NULL OR e.kind IN (SELECT j.value FROM json_each(:kinds) j))";
const COLUMNS = `
  e.app, e.seq, e.kind, ${EVENT_OBJECT} AS object, e.payload, e.created_at,
  CASE WHEN e.kind = 'signup.created' THEN (SELECT r.user_id FROM referral r WHERE r.app = e.app AND r.id = e.fact)
    WHEN e.payload ->> 'conversion_id' IS NOT NULL
      THEN (SELECT c.user_id FROM conversion c WHERE c.app = e.app AND c.id = e.payload ->> 'conversion_id') END AS user_id,
  a.id AS affiliate, a.email, a.name, a.account_id`;
const JOIN = `LEFT JOIN affiliate a ON e.kind IN ('affiliate.joined', 'affiliate.status_changed') AND a.app = e.app
  AND a.id = e.payload ->> 'affiliate_id'`;

const AFTER = "(SELECT * FROM event WHERE app = :app AND seq > :after ORDER BY seq LIMIT :window)";
const BEFORE = "(SELECT * FROM event WHERE app = :app AND seq < :before ORDER BY seq DESC LIMIT :window)";
const READ_AFTER = statement(
  `SELECT ${COLUMNS} FROM ${AFTER} e ${JOIN} WHERE ${KNOWN_KINDS} ORDER BY e.seq LIMIT :limit`,
);
const END_AFTER = statement(`
  SELECT coalesce(max(e.seq), :after) AS scanned,
    coalesce((SELECT max(n.seq) FROM event n WHERE n.app = :app), 0) AS newest
  FROM ${AFTER.replace("*", "seq")} e`);
const READ_BEFORE = statement(
  `SELECT ${COLUMNS} FROM ${BEFORE} e ${JOIN} WHERE ${KNOWN_KINDS} ORDER BY e.seq DESC LIMIT :limit`,
);
const END_BEFORE = statement(`SELECT coalesce(min(e.seq), 0) AS scanned FROM ${BEFORE.replace("*", "seq")} e`);
const FIND = statement(`SELECT ${COLUMNS} FROM event e ${JOIN} WHERE e.app = :app AND e.seq = :seq`);

/** By the index that holds nothing else. Confirmed is what has matured and is not held. */
const TO_CONFIRM = `c.confirmed_told = 0 AND c.voided_at IS NULL AND c.posted_lane <> 'held' AND c.posted_net > 0
  AND c.mature_day <= :today`;
const APP_TO_CONFIRM = statement(`
  SELECT c.app FROM conversion c INDEXED BY conversion_to_confirm WHERE ${TO_CONFIRM} ORDER BY c.mature_day, c.app LIMIT 1`);
const DUE = `SELECT * FROM conversion c INDEXED BY conversion_to_confirm WHERE ${TO_CONFIRM} AND c.app = :app
  ORDER BY c.mature_day, c.id LIMIT :limit`;
const CONFIRM = [
  statement(tellConfirmed(DUE)),
  statement(`UPDATE conversion SET confirmed_told = 1 WHERE app = :app AND id IN (SELECT id FROM (${DUE}))`),
  statement("SELECT changes() AS told"),
];

function toEvent(row: Row): StoredEvent {
  return {
    appId: textOf(row, "app"),
    seq: integerOf(row, "seq"),
    kind: oneOf(row, "kind", EVENT_KINDS),
    object: textOf(row, "object"),
    payload: JSON.parse(textOf(row, "payload")) as StoredEvent["payload"],
    createdAt: integerOf(row, "created_at"),
    userId: textOrNull(row, "user_id"),
    affiliate:
      row["affiliate"] === null
        ? null
        : { email: textOrNull(row, "email"), name: textOrNull(row, "name"), accountId: textOrNull(row, "account_id") },
  };
}
