import { type AuditEntry, insertAudit, insertAuditOfChange } from "./audit-log.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, oneOf, patched, statement, textOf, textOrNull } from "./statement.ts";

/** What an app has said of its Stripe account. Secrets are sealed: `services/sealing.ts`. */
export interface StripeConnectionRow {
  readonly appId: string;
  readonly mode: "live" | "test";
  /** Connected by OAuth. */
  readonly account: string | null;
  readonly sealedWebhookSecrets: string | null;
  readonly sealedRestrictedKey: string | null;
  readonly netOfTax: boolean;
  readonly bareRefs: boolean;
  readonly outOfBand: boolean;
  /** Null: never, these are the defaults. */
  readonly changedAt: number | null;
}

/** Columns to change; a key that is absent stays, a null clears. */
export interface StripeConnectionPatch {
  readonly webhook_secrets?: string;
  readonly restricted_key?: string | null;
  readonly net_of_tax?: number;
  readonly bare_refs?: number;
  readonly out_of_band?: number;
}

/** An account by its id and the mode it was connected in: one account may be connected live and in test. */
export interface StripeAccount {
  readonly account: string;
  readonly livemode: boolean;
}

/** The connection of an app, with the schema's defaults where it has none; null without such an app. */
export async function findStripeConnection(db: Db, appId: string): Promise<StripeConnectionRow | null> {
  const [row] = await db.query(FIND({ app: appId }));
  return row === undefined ? null : toConnection(row);
}

/** The app that a connected account belongs to. */
export async function findAppOfAccount(db: Db, { account, livemode }: StripeAccount): Promise<string | null> {
  const [row] = await db.query(FIND_APP_OF_ACCOUNT({ account, livemode: Number(livemode) }));
  return row === undefined ? null : textOf(row, "app");
}

/** The only app of a mode; null when there are several, or none. */
export async function findOnlyApp(db: Db, mode: "live" | "test"): Promise<string | null> {
  const [first, second] = await db.query(FIND_TWO_APPS({ mode }));
  return first === undefined || second !== undefined ? null : textOf(first, "id");
}

/** The batch that changes an app's own settings. Each changes on its own, so that two changes at once keep both. */
export function writeStripeConnection(
  appId: string,
  { patch, audit }: { patch: StripeConnectionPatch; audit: AuditEntry },
): readonly Statement[] {
  return [
    INSERT_DEFAULTS({ app: appId, now: audit.now }),
    PATCH({ app: appId, patch: JSON.stringify(patch), now: audit.now }),
    WAKE({ app: appId, now: audit.now }),
    insertAudit(appId, audit),
    FIND({ app: appId }),
  ];
}

/** The batch that gives an app the account it was let into, in the place of another one: nothing, where the account is another app's. */
export function writeStripeAccount(
  appId: string,
  { account, audit }: { account: string; audit: AuditEntry },
): readonly Statement[] {
  return [
    FIND({ app: appId }),
    CONNECT({ app: appId, account, now: audit.now }),
    insertAuditOfChange(appId, audit),
    FIND({ app: appId }),
  ];
}

/** The batch that forgets an app's secrets, key and account, and keeps its settings. */
export function forgetStripe(appId: string, audit: AuditEntry): readonly Statement[] {
  return [FIND({ app: appId }), FORGET({ app: appId, now: audit.now }), insertAuditOfChange(appId, audit)];
}

/**
 * The batch that forgets an app's account, no other that took its place, and not the same one that was connected since it was
 * told (`toldAt`: Stripe counts whole seconds).
 */
export function forgetStripeAccount(
  appId: string,
  { account, toldAt, audit }: { account: string; toldAt: number; audit: AuditEntry },
): readonly Statement[] {
  const params = { app: appId, account, told_at: toldAt, now: audit.now };
  return [FORGET_ACCOUNT(params), insertAuditOfChange(appId, audit)];
}

/** Reads what a batch found at its start or left at its end. */
export function readStripeConnection(rows: readonly Row[] | undefined): StripeConnectionRow | null {
  const row = rows?.[0];
  return row === undefined ? null : toConnection(row);
}

/** A state of OAuth, by its hash: who began, and until when it is good. */
export function insertOauthState(
  appId: string,
  { hash, actor, expiresAt }: { hash: string; actor: string; expiresAt: number },
): Statement {
  return INSERT_STATE({ app: appId, hash, actor, expires_at: expiresAt });
}

/** Who began a state, without using it up; null for one that is unknown, used, or too late. */
export async function findStateActor(
  db: Db,
  appId: string,
  { hash, now }: { readonly hash: string; readonly now: number },
): Promise<string | null> {
  return readStateActor(await db.query(FIND_STATE({ app: appId, hash, now })));
}

/** Uses up a state; its one row names who began. None: unknown, used before, or too late. */
export function useOauthState(appId: string, { hash, now }: { hash: string; now: number }): Statement {
  return USE_STATE({ app: appId, hash, now });
}

export function readStateActor(rows: readonly Row[] | undefined): string | null {
  const row = rows?.[0];
  return row === undefined ? null : textOf(row, "actor");
}

/** Deletes at most `limit` states that ended before `now`, of whichever apps. */
export function deleteOldStates({ now, limit }: { now: number; limit: number }): Statement {
  return DELETE_OLD_STATES({ now, limit });
}

const FIND = statement(`
  SELECT p.id AS app, p.mode, s.account, s.webhook_secrets, s.restricted_key, coalesce(s.net_of_tax, 1) AS net_of_tax,
    coalesce(s.bare_refs, 0) AS bare_refs, coalesce(s.out_of_band, 0) AS out_of_band, s.changed_at
  FROM app p LEFT JOIN stripe_connection s ON s.app = p.id WHERE p.id = :app`);
const FIND_APP_OF_ACCOUNT = statement(`
  SELECT s.app FROM stripe_connection s WHERE s.account = :account AND s.livemode = :livemode`);
const FIND_TWO_APPS = statement("SELECT p.id FROM app p WHERE p.mode = :mode LIMIT 2");

const INSERT_DEFAULTS = statement(`
  INSERT INTO stripe_connection (app, livemode, changed_at) SELECT p.id, p.mode = 'live', :now FROM app p WHERE p.id = :app
  ON CONFLICT DO NOTHING`);
const PATCHABLE = ["webhook_secrets", "restricted_key", "net_of_tax", "bare_refs", "out_of_band"];
const PATCH = statement(`
  UPDATE stripe_connection SET ${PATCHABLE.map(patched).join(", ")}, changed_at = :now WHERE app = :app`);
/** Payments that waited for a setting which is on now are decided again, by the next run of the job. */
const WAKE = statement(`
  UPDATE stripe_payment SET look_at = :now WHERE app = :app AND state = 'parked' AND EXISTS (
    SELECT 1 FROM stripe_connection s WHERE s.app = :app AND (
      (s.out_of_band = 1 AND stripe_payment.reason IN ('out_of_band', 'waits_for_charge'))
      OR (s.bare_refs = 1 AND stripe_payment.reason = 'bare_ref')))`);
const CONNECT = statement(`
  INSERT INTO stripe_connection (app, livemode, account, connected_at, changed_at)
  SELECT p.id, p.mode = 'live', :account, :now, :now FROM app p
  WHERE p.id = :app AND NOT EXISTS (
    SELECT 1 FROM stripe_connection o
    WHERE o.account = :account AND o.livemode = (p.mode = 'live') AND o.app <> p.id)
  ON CONFLICT (app) DO UPDATE SET account = excluded.account, connected_at = excluded.connected_at,
    changed_at = excluded.changed_at`);
const FORGET = statement(`
  UPDATE stripe_connection SET account = NULL, webhook_secrets = NULL, restricted_key = NULL, changed_at = :now
  WHERE app = :app AND coalesce(account, webhook_secrets, restricted_key) IS NOT NULL`);
const FORGET_ACCOUNT = statement(`
  UPDATE stripe_connection SET account = NULL, changed_at = :now
  WHERE app = :app AND account = :account AND coalesce(connected_at, 0) < :told_at + 1000`);

const INSERT_STATE = statement(`
  INSERT INTO stripe_oauth_state (app, hash, actor, expires_at) VALUES (:app, :hash, :actor, :expires_at)
  ON CONFLICT DO NOTHING`);
const FIND_STATE = statement(`
  SELECT s.actor FROM stripe_oauth_state s
  WHERE s.app = :app AND s.hash = :hash AND s.used_at IS NULL AND s.expires_at > :now`);
const USE_STATE = statement(`
  UPDATE stripe_oauth_state SET used_at = :now
  WHERE app = :app AND hash = :hash AND used_at IS NULL AND expires_at > :now RETURNING actor`);
const DELETE_OLD_STATES = statement(`
  DELETE FROM stripe_oauth_state WHERE (app, hash) IN (
    SELECT o.app, o.hash FROM stripe_oauth_state o WHERE o.expires_at <= :now ORDER BY o.expires_at LIMIT :limit)`);

function toConnection(row: Row): StripeConnectionRow {
  return {
    appId: textOf(row, "app"),
    mode: oneOf(row, "mode", ["live", "test"]),
    account: textOrNull(row, "account"),
    sealedWebhookSecrets: textOrNull(row, "webhook_secrets"),
    sealedRestrictedKey: textOrNull(row, "restricted_key"),
    netOfTax: integerOf(row, "net_of_tax") === 1,
    bareRefs: integerOf(row, "bare_refs") === 1,
    outOfBand: integerOf(row, "out_of_band") === 1,
    changedAt: integerOrNull(row, "changed_at"),
  };
}
