import { EVENT_KINDS, type EventKind } from "../domain/event-kinds.ts";
import { stringList } from "./app-store.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, patched, statement, textOf, textOrNull } from "./statement.ts";

/** An address that an app's events are sent to. */
export interface WebhookEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** Null: every kind, those of later versions too. */
  readonly kinds: readonly EventKind[] | null;
  readonly status: "active" | "disabled";
  readonly disabledReason: "owner" | "failing" | "gone" | null;
  /** Since when nothing succeeds; null while all is well. */
  readonly failingSince: number | null;
  readonly lastSuccessAt: number | null;
  /** Events that wait to be delivered, counted no further than some thousand. */
  readonly waiting: number;
  readonly secretPrefix: string;
  /** Until when the secret of before signs too. */
  readonly previousSecretUntil: number | null;
  readonly createdAt: number;
}

/** Where an endpoint is, and what is signed with: both sealed by `services/sealing.ts`. */
export interface WebhookTarget {
  readonly url: string;
  readonly sealedSecret: string;
  readonly sealedPrevious: string | null;
  readonly previousUntil: number | null;
}

export interface NewEndpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly kinds: readonly EventKind[] | null;
  readonly sealedSecret: string;
  readonly secretPrefix: string;
  readonly now: number;
}

/** Columns to change; a key that is absent stays, a null clears. */
export interface EndpointPatch {
  readonly url?: string;
  readonly description?: string | null;
  /** A JSON list. */
  readonly kinds?: string | null;
}

/** What is counted of an endpoint's waiting deliveries, and of the events after its cursor: enough to see that it lags. */
export const MAX_COUNTED = 1_000;

/** An app's endpoints by age, at most `limit`. */
export async function listEndpoints(
  db: Db,
  appId: string,
  { now, limit }: { now: number; limit: number },
): Promise<readonly WebhookEndpoint[]> {
  return (await db.query(LIST({ app: appId, now, limit }))).map(toEndpoint);
}

export async function findEndpoint(
  db: Db,
  appId: string,
  { endpointId, now }: { endpointId: string; now: number },
): Promise<WebhookEndpoint | null> {
  return readEndpointRow(await db.query(FIND({ app: appId, id: endpointId, now })));
}

/** Null where there is none. */
export async function findTarget(db: Db, appId: string, endpointId: string): Promise<WebhookTarget | null> {
  return readTarget(await db.query(TARGET({ app: appId, id: endpointId })));
}

/** The batch of a new endpoint, which begins after the newest event: nothing, where the app has `max` already. */
export function writeEndpoint(
  appId: string,
  { endpoint, max, audit }: { endpoint: NewEndpoint; max: number; audit: AuditEntry },
): readonly Statement[] {
  const { id, url, description, kinds, sealedSecret, secretPrefix, now } = endpoint;
  const params = { app: appId, id, url, description, kinds: kinds && JSON.stringify(kinds), now, max };
  return [
    INSERT({ ...params, secret: sealedSecret, secret_prefix: secretPrefix }),
    insertAuditOfChange(appId, audit),
    FIND({ app: appId, id, now }),
  ];
}

/** The batch that changes an endpoint. */
export function patchEndpoint(
  appId: string,
  { endpointId, patch, audit }: { endpointId: string; patch: EndpointPatch; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: endpointId, now: audit.now };
  return [PATCH({ ...who, patch: JSON.stringify(patch) }), insertAuditOfChange(appId, audit), FIND(who)];
}

/** The batch by which an owner stops an endpoint. */
export function stopEndpoint(
  appId: string,
  { endpointId, audit }: { endpointId: string; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: endpointId, now: audit.now };
  return [STOP(who), insertAuditOfChange(appId, audit), FIND(who)];
}

/**
 * The batch by which it goes on: from where it stopped, what waits being due at once, or with `skips` from now. Of what waits the first
 * `WOKEN` are woken, the others come when they would have anyway.
 */
export function startEndpoint(
  appId: string,
  { endpointId, skips, audit }: { endpointId: string; skips: boolean; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: endpointId, now: audit.now };
  return [
    START({ ...who, skips: Number(skips) }),
    insertAuditOfChange(appId, audit),
    WAKE({ ...who, limit: WOKEN }),
    FIND(who),
  ];
}

/** Gives up at most `limit` of what waits for an endpoint that is disabled, and answers a row for each. */
export function skipWaiting(
  appId: string,
  { endpointId, now, limit }: { endpointId: string; now: number; limit: number },
): Statement {
  return SKIP({ app: appId, id: endpointId, now, limit });
}

/** The batch of a new secret; the one before signs until `overlapUntil` too, where that is ahead. */
export function writeSecret(
  appId: string,
  roll: { endpointId: string; sealedSecret: string; secretPrefix: string; overlapUntil: number; audit: AuditEntry },
): readonly Statement[] {
  const { endpointId, sealedSecret, secretPrefix, overlapUntil, audit } = roll;
  const who = { app: appId, id: endpointId, now: audit.now };
  return [
    ROLL({ ...who, secret: sealedSecret, secret_prefix: secretPrefix, until: overlapUntil }),
    insertAuditOfChange(appId, audit),
    FIND(who),
  ];
}

/** The batch that deletes an endpoint, its address and its secrets at once; what was sent goes later: `forgetDeleted`. */
export function deleteEndpoint(
  appId: string,
  { endpointId, audit }: { endpointId: string; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: endpointId };
  return [DELETE(who), insertAuditOfChange(appId, audit), EXISTS(who)];
}

/** Reads the endpoint that a batch left at its end. */
export function readEndpointRow(rows: readonly Row[] | undefined): WebhookEndpoint | null {
  const row = rows?.[0];
  return row === undefined ? null : toEndpoint(row);
}

export function readTarget(rows: readonly Row[] | undefined): WebhookTarget | null {
  const row = rows?.[0];
  if (row === undefined) return null;
  return {
    url: textOf(row, "url"),
    sealedSecret: textOf(row, "secret"),
    sealedPrevious: textOrNull(row, "previous_secret"),
    previousUntil: integerOrNull(row, "previous_until"),
  };
}

/** The endpoint's target, for a batch. */
export function selectTarget(appId: string, endpointId: string): Statement {
  return TARGET({ app: appId, id: endpointId });
}

/** An active endpoint as a run meets it: whether there are events after its cursor, and deliveries that are due. */
export interface EndpointWork {
  readonly appId: string;
  readonly endpointId: string;
  readonly afterSeq: number;
  readonly isFailing: boolean;
  readonly hasNew: boolean;
  readonly hasDue: boolean;
}

/** A page of a walk through the active endpoints of all apps, in the order of apps and ids. */
export async function walkEndpoints(
  db: Db,
  { after, now, limit }: { after: EndpointPlace; now: number; limit: number },
): Promise<readonly EndpointWork[]> {
  const rows = await db.query(WALK({ after_app: after.appId, after_id: after.endpointId, now, limit }));
  return rows.map((row) => ({
    appId: textOf(row, "app"),
    endpointId: textOf(row, "id"),
    afterSeq: integerOf(row, "after_seq"),
    isFailing: row["failing_since"] !== null,
    hasNew: row["has_new"] === 1,
    hasDue: row["has_due"] === 1,
  }));
}

export type EndpointPlace = Pick<EndpointWork, "appId" | "endpointId">;

/** An endpoint that was deleted and of which something is left, of whichever app. */
export async function findDeletedEndpoint(db: Db): Promise<EndpointPlace | null> {
  const [row] = await db.query(DELETED({}));
  return row === undefined ? null : { appId: textOf(row, "app"), endpointId: textOf(row, "id") };
}

/** The batch that forgets at most `limit` deliveries of a deleted endpoint, and it with the last; its first rows are the deliveries. */
export function forgetDeleted(appId: string, { endpointId, limit }: { endpointId: string; limit: number }) {
  const params = { app: appId, id: endpointId, limit };
  return [FORGET_ATTEMPTS(params), FORGET_DELIVERIES(params), FORGET_ENDPOINT({ app: appId, id: endpointId })] as const;
}

const WOKEN = 5_000;

/** Endpoints of the app that are there. */
const LIVE = "app = :app AND id = :id AND status <> 'deleted'";
const SUBSCRIBED = "(w.kinds IS NULL OR e.kind IN (SELECT j.value FROM json_each(w.kinds) j))";
const NEWEST = "coalesce((SELECT max(e.seq) FROM event e WHERE e.app = w.app), 0)";

const COLUMNS = `
  w.id, w.url, w.description, w.kinds, w.status, w.disabled_reason, w.failing_since, w.last_success_at, w.secret_prefix,
  iif(w.previous_until > :now, w.previous_until, NULL) AS previous_until, w.created_at,
  (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d
    WHERE d.app = w.app AND d.endpoint = w.id AND d.status = 'waiting' LIMIT ${MAX_COUNTED}))
  + (SELECT count(*) FROM (SELECT n.kind FROM event n WHERE n.app = w.app AND n.seq > w.after_seq ORDER BY n.seq LIMIT ${MAX_COUNTED}) e
    WHERE ${SUBSCRIBED}) AS waiting`;
const LIST = statement(`
  SELECT ${COLUMNS} FROM webhook_endpoint w WHERE w.app = :app AND w.status <> 'deleted'
  ORDER BY w.created_at, w.id LIMIT :limit`);
const FIND = statement(`
  SELECT ${COLUMNS} FROM webhook_endpoint w WHERE w.app = :app AND w.id = :id AND w.status <> 'deleted'`);
const TARGET = statement(`
  SELECT w.url, w.secret, w.previous_secret, w.previous_until FROM webhook_endpoint w
  WHERE w.app = :app AND w.id = :id AND w.status <> 'deleted'`);
const EXISTS = statement("SELECT 1 AS found FROM webhook_endpoint w WHERE w.app = :app AND w.id = :id");

const INSERT = statement(`
  INSERT INTO webhook_endpoint (app, id, url, description, kinds, secret, secret_prefix, after_seq, created_at)
  SELECT p.id, :id, :url, :description, :kinds, :secret, :secret_prefix,
    coalesce((SELECT max(e.seq) FROM event e WHERE e.app = p.id), 0), :now
  FROM app p WHERE p.id = :app
    AND (SELECT count(*) FROM webhook_endpoint w WHERE w.app = :app AND w.status <> 'deleted') < :max
  ON CONFLICT DO NOTHING`);
const PATCH = statement(`
  UPDATE webhook_endpoint SET ${["url", "description", "kinds"].map(patched).join(", ")} WHERE ${LIVE}`);
const STOP = statement(`
  UPDATE webhook_endpoint SET status = 'disabled', disabled_reason = 'owner' WHERE app = :app AND id = :id AND status = 'active'`);
const START = statement(`
  UPDATE webhook_endpoint AS w SET status = 'active', disabled_reason = NULL, failing_since = NULL, last_failure_at = NULL,
    after_seq = iif(:skips, ${NEWEST}, w.after_seq)
  WHERE w.app = :app AND w.id = :id AND w.status = 'disabled'`);
const WAKE = statement(`
  UPDATE webhook_delivery SET next_at = :now WHERE app = :app AND endpoint = :id AND seq IN (
    SELECT d.seq FROM webhook_delivery d
    WHERE d.app = :app AND d.endpoint = :id AND d.next_at > :now AND d.lease IS NULL ORDER BY d.next_at LIMIT :limit)`);
const SKIP = statement(`
  UPDATE webhook_delivery SET status = 'failed', last_error = 'skipped', ended_at = :now, next_at = NULL, lease = NULL, leased_until = NULL
  WHERE app = :app AND endpoint = :id AND seq IN (
      SELECT d.seq FROM webhook_delivery d WHERE d.app = :app AND d.endpoint = :id AND d.status = 'waiting' LIMIT :limit)
    AND EXISTS (SELECT 1 FROM webhook_endpoint w WHERE w.app = :app AND w.id = :id AND w.status = 'disabled')
  RETURNING seq`);
/** A sealed text is another each time: a repeated batch finds its own, and ends nothing. */
const ROLL = statement(`
  UPDATE webhook_endpoint SET previous_secret = iif(:until > :now, secret, NULL), previous_until = iif(:until > :now, :until, NULL),
    secret = :secret, secret_prefix = :secret_prefix
  WHERE ${LIVE} AND secret <> :secret`);
const DELETE = statement(`
  UPDATE webhook_endpoint SET status = 'deleted', disabled_reason = NULL, url = '', description = NULL, secret = NULL,
    previous_secret = NULL, previous_until = NULL
  WHERE ${LIVE}`);

const WALK = statement(`
  SELECT w.app, w.id, w.after_seq, w.failing_since, w.after_seq < ${NEWEST} AS has_new,
    EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.app = w.app AND d.endpoint = w.id AND d.next_at <= :now) AS has_due
  FROM webhook_endpoint w INDEXED BY webhook_endpoint_active
  WHERE w.status = 'active' AND (w.app, w.id) > (:after_app, :after_id) ORDER BY w.app, w.id LIMIT :limit`);

const DELETED = statement(`
  SELECT w.app, w.id FROM webhook_endpoint w INDEXED BY webhook_endpoint_deleted WHERE w.status = 'deleted' LIMIT 1`);
const SOME = `SELECT d.seq FROM webhook_delivery d WHERE d.app = :app AND d.endpoint = :id ORDER BY d.seq LIMIT :limit`;
const FORGET_ATTEMPTS = statement(`
  DELETE FROM webhook_attempt WHERE app = :app AND endpoint = :id AND seq IN (${SOME})`);
const FORGET_DELIVERIES = statement(`
  DELETE FROM webhook_delivery WHERE app = :app AND endpoint = :id AND seq IN (${SOME}) RETURNING seq`);
const FORGET_ENDPOINT = statement(`
  DELETE FROM webhook_endpoint WHERE app = :app AND id = :id AND status = 'deleted'
    AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.app = :app AND d.endpoint = :id)`);

function toEndpoint(row: Row): WebhookEndpoint {
  const { disabled_reason: reason } = row;
  return {
    id: textOf(row, "id"),
    url: textOf(row, "url"),
    description: textOrNull(row, "description"),
    kinds: row["kinds"] === null ? null : kindsOf(textOf(row, "kinds")),
    status: oneOf(row, "status", ["active", "disabled"]),
    disabledReason: reason === null ? null : oneOf(row, "disabled_reason", ["owner", "failing", "gone"]),
    failingSince: integerOrNull(row, "failing_since"),
    lastSuccessAt: integerOrNull(row, "last_success_at"),
    waiting: integerOf(row, "waiting"),
    secretPrefix: textOf(row, "secret_prefix"),
    previousSecretUntil: integerOrNull(row, "previous_until"),
    createdAt: integerOf(row, "created_at"),
  };
}

/** In the order in which the kinds are listed everywhere. */
function kindsOf(json: string): readonly EventKind[] {
  const stored = stringList(json);
  return EVENT_KINDS.filter((kind) => stored.includes(kind));
}
