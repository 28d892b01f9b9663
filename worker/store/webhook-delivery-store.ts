import { deliveryId } from "../domain/event-id.ts";
import { EVENT_KINDS, type EventKind } from "../domain/event-kinds.ts";
import { DELIVERY_ERRORS, type DeliveryError, WEBHOOK_ERRORS, type WebhookError } from "../domain/webhook-error.ts";
import { FAILING_GAP_MS, FAILING_MS } from "../domain/webhook-schedule.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { EVENT_OBJECT } from "./event-store.ts";
import { mailOfDisabledWebhook } from "./outbox-store.ts";
import { integerOf, integerOrNull, oneOf, statement, textOf, textOrNull } from "./statement.ts";
import { readTarget, selectTarget, type WebhookTarget } from "./webhook-store.ts";

/** One event on its way to one endpoint. */
export interface WebhookDelivery {
  readonly eventId: string;
  readonly kind: EventKind | "test";
  /** What the event is about: of one object events are sent in their order. */
  readonly object: string;
  readonly status: "waiting" | "delivered" | "failed";
  readonly attempts: number;
  /** Null once it is over, and while it waits for an earlier one of its object. */
  readonly nextAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: DeliveryError | null;
  readonly createdAt: number;
  readonly deliveredAt: number | null;
}

/** How one try went. */
export interface WebhookAttempt {
  readonly at: number;
  readonly durationMs: number;
  readonly status: number | null;
  /** Null: it was taken. */
  readonly error: WebhookError | null;
  /** The beginning of what was answered, at most 1 KiB. */
  readonly responseExcerpt: string | null;
  /** Whether somebody asked for it, by hand. */
  readonly manual: boolean;
}

/** Tries of one delivery that are shown: an event is sent 10 times by itself. */
const MAX_ATTEMPTS_SHOWN = 100;

/** The batch that writes a delivery for each of the next `page` events an endpoint asks for, and moves its cursor behind them. */
export function fanOut(
  appId: string,
  { endpointId, afterSeq, page, now }: { endpointId: string; afterSeq: number; page: number; now: number },
): readonly Statement[] {
  const params = { app: appId, endpoint: endpointId, from: afterSeq, page, now };
  return [FAN_OUT(params), HEAD_OF_NEW(params), MOVE_CURSOR(params), CURSOR(params)];
}

/** Where the cursor stands after it, and whether events are left behind it. */
export function readCursor(results: readonly (readonly Row[])[]): {
  readonly afterSeq: number;
  readonly hasNew: boolean;
} {
  const row = results.at(-1)?.[0];
  if (row === undefined) return { afterSeq: 0, hasNew: false };
  return { afterSeq: integerOf(row, "after_seq"), hasNew: row["has_new"] === 1 };
}

/** The numbers of what is due for an endpoint, first due first. */
export async function listDue(
  db: Db,
  appId: string,
  { endpointId, now, limit }: { endpointId: string; now: number; limit: number },
): Promise<readonly number[]> {
  const rows = await db.query(DUE({ app: appId, endpoint: endpointId, now, limit }));
  return rows.map((row) => integerOf(row, "seq"));
}

/** A delivery in the hands of whoever claimed it. */
export interface ClaimedDelivery {
  readonly seq: number;
  readonly object: string;
  /** How often it was tried by itself. */
  readonly tries: number;
}

/** Who sends a delivery, and until when nobody else does. `lease` is a word of their own. */
interface Lease {
  readonly lease: string;
  readonly until: number;
  readonly now: number;
}

/** The batch that claims deliveries of an active endpoint, as far as nobody else has. Repeated it claims the same. Read with `readClaimed`. */
export function claimDue(
  appId: string,
  { endpointId, seqs, lease, until, now }: Lease & { endpointId: string; seqs: readonly number[] },
): readonly Statement[] {
  const params = { app: appId, endpoint: endpointId, seqs: JSON.stringify(seqs), lease, until, now };
  return [CLAIM_DUE(params), CLAIMED(params), selectTarget(appId, endpointId)];
}

/** The same of one delivery, whether its endpoint is active or not: one that is over, or is the next of its object. */
export function claimOne(
  appId: string,
  { endpointId, seq, lease, until, now }: Lease & { endpointId: string; seq: number },
): readonly Statement[] {
  const params = { app: appId, endpoint: endpointId, seq, seqs: JSON.stringify([seq]), lease, until, now };
  return [CLAIM_ONE(params), CLAIMED(params), selectTarget(appId, endpointId)];
}

export function readClaimed(results: readonly (readonly Row[])[]): {
  readonly claimed: readonly ClaimedDelivery[];
  readonly target: WebhookTarget | null;
} {
  const [claimed = [], target = []] = results.slice(-2);
  return {
    claimed: claimed.map((row) => ({
      seq: integerOf(row, "seq"),
      object: textOf(row, "object"),
      tries: integerOf(row, "tries"),
    })),
    target: readTarget(target),
  };
}

/** Gives back what was claimed and not sent: it is due as before. */
export function giveBack(
  appId: string,
  { endpointId, lease, now }: { endpointId: string; lease: string; now: number },
): Statement {
  return GIVE_BACK({ app: appId, endpoint: endpointId, lease, now });
}

/** How a try went, and what follows. */
export interface AttemptOutcome {
  readonly endpointId: string;
  readonly seq: number;
  readonly object: string;
  readonly lease: string;
  readonly attempt: WebhookAttempt;
  /** When it is tried again; null after the last try. */
  readonly retryAt: number | null;
  readonly isGone: boolean;
  readonly now: number;
}

/**
 * The batch that writes how a try went: the try, the delivery, the next one of its object, and what it says of the endpoint. Nothing of a
 * delivery that is no longer ours. A try by hand that was in vain changes neither when the delivery is tried by itself, nor the endpoint.
 */
export function writeAttempt(appId: string, outcome: AttemptOutcome, disabled: AuditEntry): readonly Statement[] {
  const { endpointId, seq, object, lease, attempt, now, isGone } = outcome;
  const { manual, error } = attempt;
  const params = { app: appId, endpoint: endpointId, seq, object, lease, now, ...paramsOf(attempt) };
  const isTaken = error === null;
  return [
    INSERT_ATTEMPT(params),
    isTaken ? DELIVERED(params) : manual ? TRIED_BY_HAND(params) : TRIED({ ...params, retry_at: outcome.retryAt }),
    NEXT_OF_OBJECT(params),
    ...(isTaken ? [SUCCEEDED(params)] : manual ? [] : failed(appId, { endpointId, isGone, now, disabled })),
  ];
}

function failed(
  appId: string,
  { endpointId, isGone, now, disabled }: { endpointId: string; isGone: boolean; now: number; disabled: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, endpoint: endpointId, now };
  return [
    FAILED({ ...params, gap: FAILING_GAP_MS }),
    DISABLE({ ...params, gone: Number(isGone), failing: FAILING_MS }),
    insertAuditOfChange(appId, disabled),
    mailOfDisabledWebhook(appId, { endpointId, auditId: disabled.id, now }),
  ];
}

/** The batch that writes a test that was sent: a delivery of its own, which is over. */
export function writeTest(
  appId: string,
  { endpointId, seq, attempt }: { endpointId: string; seq: number; attempt: WebhookAttempt },
): readonly Statement[] {
  const { at: now, error } = attempt;
  const params = { app: appId, endpoint: endpointId, seq, now, ...paramsOf(attempt) };
  return [INSERT_TEST(params), INSERT_TEST_ATTEMPT(params), ...(error === null ? [SUCCEEDED(params)] : [])];
}

/** A page of an endpoint's deliveries, newest first, after the one of a number that was written at a time. */
export async function listDeliveries(
  db: Db,
  appId: string,
  page: { endpointId: string; at: number; seq: number; limit: number; status: WebhookDelivery["status"] | null },
): Promise<readonly WebhookDelivery[]> {
  const { endpointId, at, seq, limit, status } = page;
  const params = { app: appId, endpoint: endpointId, at, seq, limit };
  const rows = await db.query(status === null ? LIST(params) : LIST_BY_STATUS({ ...params, status }));
  return rows.map((row) => toDelivery(appId, row));
}

/** A delivery with its tries, first to last. */
export async function findDelivery(
  db: Db,
  appId: string,
  { endpointId, seq }: { endpointId: string; seq: number },
): Promise<{ readonly delivery: WebhookDelivery; readonly attempts: readonly WebhookAttempt[] } | null> {
  const params = { app: appId, endpoint: endpointId, seq };
  const [[row], attempts] = await Promise.all([
    db.query(FIND(params)),
    db.query(ATTEMPTS({ ...params, limit: MAX_ATTEMPTS_SHOWN })),
  ]);
  if (row === undefined) return null;
  return { delivery: toDelivery(appId, row), attempts: attempts.map(toAttempt).toReversed() };
}

/** The batch that forgets at most `limit` deliveries that ended before an instant, with their tries; its last rows are the deliveries. */
export function forgetDeliveries({ before, limit }: { before: number; limit: number }): readonly Statement[] {
  return [FORGET_ATTEMPTS({ before, limit }), FORGET({ before, limit })];
}

function paramsOf({ at, durationMs, status, error, responseExcerpt, manual }: WebhookAttempt) {
  return { at, duration_ms: durationMs, status, error, excerpt: responseExcerpt, manual: Number(manual) };
}

const OF_ENDPOINT = "app = :app AND endpoint = :endpoint";
const ACTIVE =
  "EXISTS (SELECT 1 FROM webhook_endpoint w WHERE w.app = :app AND w.id = :endpoint AND w.status = 'active')";
/** A deleted one is there until what was sent to it is forgotten. */
const LIVE =
  "EXISTS (SELECT 1 FROM webhook_endpoint w WHERE w.app = :app AND w.id = :endpoint AND w.status <> 'deleted')";

/** The number of the last event of the page: between two of them there may be a gap, as after a restored backup. */
const PAGE_END = `coalesce(
  (SELECT max(n.seq) FROM (SELECT p.seq FROM event p WHERE p.app = :app AND p.seq > :from ORDER BY p.seq LIMIT :page) n), :from)`;
const FAN_OUT = statement(`
  INSERT INTO webhook_delivery (app, endpoint, seq, kind, object, status, created_at)
  SELECT w.app, w.id, e.seq, e.kind, ${EVENT_OBJECT}, 'waiting', :now
  FROM webhook_endpoint w CROSS JOIN event e ON e.app = w.app AND e.seq > :from AND e.seq <= ${PAGE_END}
  WHERE w.app = :app AND w.id = :endpoint AND w.status = 'active' AND w.after_seq = :from
    AND (w.kinds IS NULL OR e.kind IN (SELECT j.value FROM json_each(w.kinds) j))
  ON CONFLICT DO NOTHING`);
/** Of each object the first that waits is due; the others have no time until it is over. */
const IS_FIRST = `NOT EXISTS (
  SELECT 1 FROM webhook_delivery o WHERE o.app = :app AND o.endpoint = :endpoint AND o.object = webhook_delivery.object
    AND o.status = 'waiting' AND o.seq < webhook_delivery.seq)`;
const HEAD_OF_NEW = statement(`
  UPDATE webhook_delivery SET next_at = :now
  WHERE ${OF_ENDPOINT} AND seq > :from AND seq <= ${PAGE_END} AND status = 'waiting' AND next_at IS NULL AND ${IS_FIRST}`);
const MOVE_CURSOR = statement(`
  UPDATE webhook_endpoint SET after_seq = ${PAGE_END}
  WHERE app = :app AND id = :endpoint AND status = 'active' AND after_seq = :from`);
const CURSOR = statement(`
  SELECT w.after_seq, w.status = 'active' AND w.after_seq < coalesce((SELECT max(e.seq) FROM event e WHERE e.app = w.app), 0) AS has_new
  FROM webhook_endpoint w WHERE w.app = :app AND w.id = :endpoint`);

const DUE = statement(`
  SELECT d.seq FROM webhook_delivery d
  WHERE d.app = :app AND d.endpoint = :endpoint AND d.next_at <= :now AND (d.lease IS NULL OR d.leased_until <= :now)
  ORDER BY d.next_at, d.seq LIMIT :limit`);
const IS_FREE = "(lease IS NULL OR leased_until <= :now)";
/** What is due comes back into the order of what is due when its lease is over. */
const CLAIM_DUE = statement(`
  UPDATE webhook_delivery SET lease = :lease, leased_until = :until, next_at = :until
  WHERE ${OF_ENDPOINT} AND seq IN (SELECT value FROM json_each(:seqs)) AND next_at <= :now AND ${IS_FREE} AND ${ACTIVE}`);
const CLAIM_ONE = statement(`
  UPDATE webhook_delivery SET lease = :lease, leased_until = :until
  WHERE ${OF_ENDPOINT} AND seq = :seq AND ${IS_FREE} AND (status <> 'waiting' OR next_at IS NOT NULL) AND ${LIVE}`);
const CLAIMED = statement(`
  SELECT d.seq, d.object, d.attempts - (SELECT count(*) FROM webhook_attempt t
    WHERE t.app = d.app AND t.endpoint = d.endpoint AND t.seq = d.seq AND t.manual = 1) AS tries
  FROM webhook_delivery d
  WHERE d.app = :app AND d.endpoint = :endpoint AND d.seq IN (SELECT value FROM json_each(:seqs)) AND d.lease = :lease ORDER BY d.seq`);
const GIVE_BACK = statement(`
  UPDATE webhook_delivery SET lease = NULL, leased_until = NULL, next_at = :now
  WHERE ${OF_ENDPOINT} AND next_at IS NOT NULL AND lease = :lease`);

const ATTEMPT_COLUMNS = "app, endpoint, seq, attempt, at, duration_ms, status, error, excerpt, manual";
const ATTEMPT_VALUES = ":at, :duration_ms, :status, :error, :excerpt, :manual";
const INSERT_ATTEMPT = statement(`
  INSERT INTO webhook_attempt (${ATTEMPT_COLUMNS})
  SELECT d.app, d.endpoint, d.seq, d.attempts + 1, ${ATTEMPT_VALUES} FROM webhook_delivery d
  WHERE d.app = :app AND d.endpoint = :endpoint AND d.seq = :seq AND d.lease = :lease
  ON CONFLICT DO NOTHING`);
/** Its lease goes with it: a repeated batch finds nothing that is its own. */
const RECORD = "UPDATE webhook_delivery SET lease = NULL, leased_until = NULL, attempts = attempts + 1";
const IS_OURS = `WHERE ${OF_ENDPOINT} AND seq = :seq AND lease = :lease`;
const DELIVERED = statement(`
  ${RECORD}, last_status = :status, last_error = NULL, status = 'delivered', next_at = NULL,
    ended_at = iif(status = 'delivered', ended_at, :now) ${IS_OURS}`);
const TRIED = statement(`
  ${RECORD}, last_status = :status, last_error = :error, status = iif(:retry_at IS NULL, 'failed', 'waiting'), next_at = :retry_at,
    ended_at = iif(:retry_at IS NULL, :now, NULL) ${IS_OURS}`);
/** What was delivered stays so. */
const TRIED_BY_HAND = statement(`
  ${RECORD}, last_status = iif(status = 'delivered', last_status, :status), last_error = iif(status = 'delivered', NULL, :error) ${IS_OURS}`);
const NEXT_OF_OBJECT = statement(`
  UPDATE webhook_delivery SET next_at = :now
  WHERE ${OF_ENDPOINT} AND status = 'waiting' AND object = :object AND next_at IS NULL AND seq = (
    SELECT min(o.seq) FROM webhook_delivery o
    WHERE o.app = :app AND o.endpoint = :endpoint AND o.object = :object AND o.status = 'waiting')`);
const SUCCEEDED = statement(`
  UPDATE webhook_endpoint SET last_success_at = :now, failing_since = NULL, last_failure_at = NULL
  WHERE app = :app AND id = :endpoint AND status <> 'deleted'`);
const FAILED = statement(`
  UPDATE webhook_endpoint SET failing_since = iif(last_failure_at >= :now - :gap, coalesce(failing_since, :now), :now),
    last_failure_at = :now
  WHERE app = :app AND id = :endpoint AND status = 'active'`);
const DISABLE = statement(`
  UPDATE webhook_endpoint SET status = 'disabled', disabled_reason = iif(:gone, 'gone', 'failing')
  WHERE app = :app AND id = :endpoint AND status = 'active' AND (:gone OR failing_since <= :now - :failing)`);

const INSERT_TEST = statement(`
  INSERT INTO webhook_delivery (app, endpoint, seq, kind, object, status, attempts, last_status, last_error, created_at, ended_at)
  SELECT w.app, w.id, :seq, 'test', 'test', iif(:error IS NULL, 'delivered', 'failed'), 1, :status, :error, :now, :now
  FROM webhook_endpoint w WHERE w.app = :app AND w.id = :endpoint AND w.status <> 'deleted'
  ON CONFLICT DO NOTHING`);
const INSERT_TEST_ATTEMPT = statement(`
  INSERT INTO webhook_attempt (${ATTEMPT_COLUMNS}) SELECT d.app, d.endpoint, d.seq, 1, ${ATTEMPT_VALUES} FROM webhook_delivery d
  WHERE d.app = :app AND d.endpoint = :endpoint AND d.seq = :seq
  ON CONFLICT DO NOTHING`);

const listing = (filter: string) =>
  statement(`
  SELECT d.* FROM webhook_delivery d WHERE d.app = :app AND d.endpoint = :endpoint ${filter}
    AND (d.created_at, d.seq) < (:at, :seq)
  ORDER BY d.created_at DESC, d.seq DESC LIMIT :limit`);
const LIST = listing("");
const LIST_BY_STATUS = listing("AND d.status = :status");
const FIND = statement(`
  SELECT d.* FROM webhook_delivery d WHERE d.app = :app AND d.endpoint = :endpoint AND d.seq = :seq`);
const ATTEMPTS = statement(`
  SELECT t.* FROM webhook_attempt t WHERE t.app = :app AND t.endpoint = :endpoint AND t.seq = :seq
  ORDER BY t.attempt DESC LIMIT :limit`);

const ENDED = `SELECT d.app, d.endpoint, d.seq FROM webhook_delivery d WHERE d.ended_at < :before ORDER BY d.ended_at LIMIT :limit`;
const FORGET_ATTEMPTS = statement(`DELETE FROM webhook_attempt WHERE (app, endpoint, seq) IN (${ENDED})`);
const FORGET = statement(`DELETE FROM webhook_delivery WHERE (app, endpoint, seq) IN (${ENDED}) RETURNING seq`);

function toDelivery(appId: string, row: Row): WebhookDelivery {
  const status = oneOf(row, "status", ["waiting", "delivered", "failed"]);
  return {
    eventId: deliveryId(appId, integerOf(row, "seq")),
    kind: oneOf(row, "kind", [...EVENT_KINDS, "test"]),
    object: textOf(row, "object"),
    status,
    attempts: integerOf(row, "attempts"),
    nextAt: integerOrNull(row, "next_at"),
    lastStatus: integerOrNull(row, "last_status"),
    lastError: row["last_error"] === null ? null : oneOf(row, "last_error", DELIVERY_ERRORS),
    createdAt: integerOf(row, "created_at"),
    deliveredAt: status === "delivered" ? integerOf(row, "ended_at") : null,
  };
}

function toAttempt(row: Row): WebhookAttempt {
  return {
    at: integerOf(row, "at"),
    durationMs: integerOf(row, "duration_ms"),
    status: integerOrNull(row, "status"),
    error: row["error"] === null ? null : oneOf(row, "error", WEBHOOK_ERRORS),
    responseExcerpt: textOrNull(row, "excerpt"),
    manual: row["manual"] === 1,
  };
}
