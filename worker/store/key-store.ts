import { stringList } from "./app-store.ts";
import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** What a secret key may be used for. */
export const KEY_SCOPES = ["track", "read", "manage", "payouts"] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** A secret key as stored, without its hash, or an affiliate's token (affiliate-token-store.ts). `lastUsedOn` is a UTC day. */
export interface ApiKey {
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  readonly prefix: string;
  readonly last4: string;
  readonly scopes: readonly KeyScope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedOn: number | null;
  /** Whose token it is; null for a key of the app's own. */
  readonly affiliateId: string | null;
}

/** What is stored of the secret itself. */
export interface NewSecret {
  readonly id: string;
  /** Hex SHA-256 of the whole key. */
  readonly hash: string;
  readonly prefix: string;
  readonly last4: string;
}

export interface NewApiKey extends NewSecret {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: number | null;
  readonly now: number;
}

/** Who changes keys: `keyId` null for an operator. A key must be live in the database then, whatever a cache says. */
export interface KeyChanger {
  readonly keyId: string | null;
}

/** The key a batch made or changed, as it stands after it, and why it did not. */
export interface KeyOutcome {
  readonly key: ApiKey | null;
  readonly isRevoked: boolean;
  readonly isChangerLive: boolean;
}

/** A new key without a condition: an app's first one. */
export function insertKey(appId: string, key: NewApiKey): Statement {
  return INSERT_KEY({ app: appId, ...secretParams(key), ...draftParams(key), now: key.now });
}

/** The batch of a new key: nothing, where its maker is no longer live or the app has `maxLive` live keys. */
export function writeKey(
  appId: string,
  { key, maker, maxLive, audit }: { key: NewApiKey; maker: KeyChanger; maxLive: number; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: key.id, changer: maker.keyId, now: key.now };
  return [
    INSERT_KEY_BY({ ...who, ...secretParams(key), ...draftParams(key), max_live: maxLive }),
    insertAuditOfChange(appId, audit),
    READ_KEY(who),
    READ_CHANGER(who),
  ];
}

/**
 * The batch that gives a live key a successor of the same name, scopes and expiry, and lets it end at `endsAt`, or when it
 * would anyway. Nothing, where the key or its changer is no longer live or the app has `maxLive` live keys beside those
 * that end now.
 */
export function rollKey(
  appId: string,
  roll: {
    oldId: string;
    secret: NewSecret;
    changer: KeyChanger;
    endsAt: number;
    maxLive: number;
    created: AuditEntry;
    rolled: AuditEntry;
    now: number;
  },
): readonly Statement[] {
  const { secret, oldId, changer, endsAt, maxLive, now } = roll;
  const who = { app: appId, id: secret.id, changer: changer.keyId, now };
  return [
    INSERT_SUCCESSOR({ ...who, ...secretParams(secret), old: oldId, ends_at: endsAt, max_live: maxLive }),
    insertAuditOfChange(appId, roll.created),
    END_ROLLED({ ...who, old: oldId, ends_at: endsAt }),
    insertAuditOfChange(appId, roll.rolled),
    READ_KEY(who),
    READ_CHANGER(who),
  ];
}

/**
 * The batch of a revocation. Nothing, where its changer is no longer live, or revokes itself and leaves the app without a
 * live key with the scope `manage`: one that revokes another has that scope and stays.
 */
export function revokeKey(
  appId: string,
  { keyId, changer, audit }: { keyId: string; changer: KeyChanger; audit: AuditEntry },
): readonly Statement[] {
  const who = { app: appId, id: keyId, changer: changer.keyId, now: audit.now };
  return [REVOKE_KEY(who), insertAuditOfChange(appId, audit), READ_KEY(who), READ_CHANGER(who)];
}

/** Reads the last statements of each of these batches. */
export function readKeyOutcome(results: readonly (readonly Row[])[]): KeyOutcome {
  const [key, changer] = results.slice(-2).map((rows) => rows[0]);
  return {
    key: key === undefined ? null : toKey(key),
    isRevoked: key !== undefined && integerOrNull(key, "revoked_at") !== null,
    isChangerLive: changer !== undefined,
  };
}

/** The live key or token with this hash, of whichever app: it says itself which. Null for none, revoked or expired. */
export async function findKey(db: Db, { hash, now }: { hash: string; now: number }): Promise<ApiKey | null> {
  const [row] = await db.query(FIND_KEY({ hash, now }));
  return row === undefined ? null : toKey(row);
}

/** A live key of an app by its id. */
export async function findKeyById(
  db: Db,
  appId: string,
  { keyId, now }: { keyId: string; now: number },
): Promise<ApiKey | null> {
  const [row] = await db.query(FIND_KEY_BY_ID({ app: appId, id: keyId, now }));
  return row === undefined ? null : toKey(row);
}

/** A key of an app by its id, unless it was revoked: also one that has ended. */
export async function findUnrevokedKey(db: Db, appId: string, keyId: string): Promise<ApiKey | null> {
  const [row] = await db.query(FIND_UNREVOKED({ app: appId, id: keyId }));
  return row === undefined ? null : toKey(row);
}

/** An app's keys by age after a cursor, at most `limit`: also those that have expired, but none that was revoked. */
export async function listKeys(
  db: Db,
  appId: string,
  { after, limit }: { after: Cursor; limit: number },
): Promise<readonly ApiKey[]> {
  return (await db.query(LIST_KEYS({ app: appId, at: after.at, id: after.id, limit }))).map(toKey);
}

/** Notes that a key or token was used on a UTC day. The last day stands, whatever order the processes write in. */
export function markKeyUsed(appId: string, { keyId, day }: { keyId: string; day: number }): Statement {
  return MARK_USED({ app: appId, id: keyId, day });
}

function secretParams({ id, hash, prefix, last4 }: NewSecret) {
  return { id, hash, prefix, last4 };
}

function draftParams({ name, scopes, expiresAt }: NewApiKey) {
  return { name, scopes: JSON.stringify(scopes), expires_at: expiresAt };
}

const COLUMNS = "app, id, name, hash, prefix, last4, scopes, created_at, expires_at";
const VALUES = ":app, :id, :name, :hash, :prefix, :last4, :scopes, :now, :expires_at";

/** A row that is no affiliate's token: nothing here is about those, but finding one by its hash and noting its use. */
const own = (key: string) => `${key}.affiliate IS NULL`;
export const live = (key: string) =>
  `${key}.revoked_at IS NULL AND (${key}.expires_at IS NULL OR ${key}.expires_at > :now)`;
export const CHANGER_LIVE = `(:changer IS NULL OR EXISTS (
  SELECT 1 FROM api_key c WHERE c.app = :app AND c.id = :changer AND ${live("c")}))`;
/** A key that ends leaves nothing behind that outlives it: whoever has a leaked key loses it with its overlap. */
export const withinChanger = (end: string) => `coalesce(
  (SELECT coalesce(${end} <= c.expires_at, c.expires_at IS NULL) FROM api_key c WHERE c.app = :app AND c.id = :changer), 1)`;
const LIVE_KEYS = `SELECT count(*) FROM api_key k WHERE k.app = :app AND ${own("k")} AND ${live("k")}`;
const OLD_KEY = `o.app = :app AND o.id = :old AND ${live("o")}`;
const ANOTHER_MANAGES = `EXISTS (
  SELECT 1 FROM api_key o WHERE o.app = api_key.app AND o.id <> api_key.id AND ${own("o")} AND ${live("o")}
    AND EXISTS (SELECT 1 FROM json_each(o.scopes) s WHERE s.value = 'manage'))`;

const INSERT_KEY = statement(`INSERT INTO api_key (${COLUMNS}) VALUES (${VALUES}) ON CONFLICT DO NOTHING`);
const INSERT_KEY_BY = statement(`
  INSERT INTO api_key (${COLUMNS}) SELECT ${VALUES}
  WHERE ${CHANGER_LIVE} AND ${withinChanger(":expires_at")} AND (${LIVE_KEYS}) < :max_live
  ON CONFLICT DO NOTHING`);
const INSERT_SUCCESSOR = statement(`
  INSERT INTO api_key (${COLUMNS})
  SELECT o.app, :id, o.name, :hash, :prefix, :last4, o.scopes, :now, o.expires_at FROM api_key o
  WHERE ${OLD_KEY} AND ${CHANGER_LIVE} AND ${withinChanger("o.expires_at")} AND (${LIVE_KEYS} AND NOT (k.id = :old AND :ends_at <= :now)) < :max_live
  ON CONFLICT DO NOTHING`);
const END_ROLLED = statement(`
  UPDATE api_key SET expires_at = min(coalesce(expires_at, :ends_at), :ends_at)
  WHERE app = :app AND id = :old AND EXISTS (SELECT 1 FROM api_key n WHERE n.app = :app AND n.id = :id)`);
const REVOKE_KEY = statement(`
  UPDATE api_key SET revoked_at = :now
  WHERE app = :app AND id = :id AND ${own("api_key")} AND revoked_at IS NULL AND ${CHANGER_LIVE} AND ${withinChanger("api_key.expires_at")}
    AND (:changer IS NOT api_key.id OR ${ANOTHER_MANAGES})`);
const READ_KEY = statement(`SELECT k.* FROM api_key k WHERE k.app = :app AND k.id = :id AND ${own("k")}`);
export const READ_CHANGER = statement(`SELECT 1 WHERE ${CHANGER_LIVE}`);
const FIND_KEY = statement(`SELECT k.* FROM api_key k WHERE k.hash = :hash AND ${live("k")}`);
const FIND_KEY_BY_ID = statement(
  `SELECT k.* FROM api_key k WHERE k.app = :app AND k.id = :id AND ${own("k")} AND ${live("k")}`,
);
const FIND_UNREVOKED = statement(
  `SELECT k.* FROM api_key k WHERE k.app = :app AND k.id = :id AND ${own("k")} AND k.revoked_at IS NULL`,
);
const LIST_KEYS = statement(`
  SELECT k.* FROM api_key k WHERE k.app = :app AND ${own("k")} AND k.revoked_at IS NULL AND (k.created_at, k.id) > (:at, :id)
  ORDER BY k.created_at, k.id LIMIT :limit`);
const MARK_USED = statement(`
  UPDATE api_key SET last_used_on = max(coalesce(last_used_on, :day), :day) WHERE app = :app AND id = :id`);

export function toKey(row: Row): ApiKey {
  const scopes = stringList(textOf(row, "scopes"));
  return {
    id: textOf(row, "id"),
    appId: textOf(row, "app"),
    name: textOf(row, "name"),
    prefix: textOf(row, "prefix"),
    last4: textOf(row, "last4"),
    scopes: KEY_SCOPES.filter((scope) => scopes.includes(scope)),
    createdAt: integerOf(row, "created_at"),
    expiresAt: integerOrNull(row, "expires_at"),
    lastUsedOn: integerOrNull(row, "last_used_on"),
    affiliateId: textOrNull(row, "affiliate"),
  };
}
