import { type AuditEntry, insertAuditOfChange } from "./audit-log.ts";
import type { Cursor } from "./cursor.ts";
import type { Db, Row, Statement } from "./db.ts";
import {
  type ApiKey,
  CHANGER_LIVE,
  type KeyChanger,
  live,
  type NewSecret,
  READ_CHANGER,
  toKey,
  withinChanger,
} from "./key-store.ts";
import { integerOrNull, statement } from "./statement.ts";

export interface NewToken extends NewSecret {
  readonly affiliateId: string;
  readonly name: string;
  readonly expiresAt: number | null;
}

/** The token a batch made or revoked, as it stands after it, and why it did not. */
export interface TokenOutcome {
  readonly token: ApiKey | null;
  readonly isRevoked: boolean;
  readonly isChangerLive: boolean;
}

/**
 * The batch of a new token, which is a key without a scope and with an affiliate. Nothing, where its maker is no longer live
 * or ends before it, the app has no such affiliate, or they have `maxLive` live tokens.
 */
export function insertToken(
  appId: string,
  { token, maker, maxLive, audit }: { token: NewToken; maker: KeyChanger; maxLive: number; audit: AuditEntry },
): readonly Statement[] {
  const { id, affiliateId, expiresAt, ...rest } = token;
  const who = { app: appId, id, affiliate: affiliateId, changer: maker.keyId, now: audit.now };
  return [
    INSERT({ ...who, ...rest, expires_at: expiresAt, max_live: maxLive }),
    insertAuditOfChange(appId, audit),
    READ(who),
    READ_CHANGER(who),
  ];
}

/** The batch that ends a token for good. Nothing, where its changer is no longer live: any live key may take a token away. */
export function revokeToken(
  appId: string,
  token: { affiliateId: string; tokenId: string; changer: KeyChanger; audit: AuditEntry },
): readonly Statement[] {
  const { affiliateId, tokenId, changer, audit } = token;
  const who = { app: appId, id: tokenId, affiliate: affiliateId, changer: changer.keyId, now: audit.now };
  return [REVOKE(who), insertAuditOfChange(appId, audit), READ(who), READ_CHANGER(who)];
}

/** Reads the last statements of either batch. */
export function readTokenOutcome(results: readonly (readonly Row[])[]): TokenOutcome {
  const [token, changer] = results.slice(-2).map((rows) => rows[0]);
  return {
    token: token === undefined ? null : toKey(token),
    isRevoked: token !== undefined && integerOrNull(token, "revoked_at") !== null,
    isChangerLive: changer !== undefined,
  };
}

/** An affiliate's tokens by age after a cursor, at most `limit`: also those that have expired, but none that was revoked. */
export async function listTokens(
  db: Db,
  appId: string,
  { affiliateId, after, limit }: { affiliateId: string; after: Cursor; limit: number },
): Promise<readonly ApiKey[]> {
  const page = { app: appId, affiliate: affiliateId, at: after.at, id: after.id, limit };
  return (await db.query(LIST(page))).map(toKey);
}

const LIVE_TOKENS = `
  SELECT count(*) FROM api_key k
  WHERE k.app = :app AND k.affiliate = :affiliate AND k.affiliate IS NOT NULL AND ${live("k")}`;

const INSERT = statement(`
  INSERT INTO api_key (app, id, name, hash, prefix, last4, scopes, created_at, expires_at, affiliate)
  SELECT o.app, :id, :name, :hash, :prefix, :last4, '[]', :now, :expires_at, o.id FROM affiliate o
  WHERE o.app = :app AND o.id = :affiliate AND ${CHANGER_LIVE} AND ${withinChanger(":expires_at")}
    AND (${LIVE_TOKENS}) < :max_live
  ON CONFLICT DO NOTHING`);
const REVOKE = statement(`
  UPDATE api_key SET revoked_at = :now
  WHERE app = :app AND id = :id AND affiliate = :affiliate AND revoked_at IS NULL AND ${CHANGER_LIVE}`);
const READ = statement("SELECT * FROM api_key WHERE app = :app AND id = :id AND affiliate = :affiliate");
// "IS NOT NULL" is what lets the index of tokens be used.
const LIST = statement(`
  SELECT k.* FROM api_key k INDEXED BY api_key_of_affiliate
  WHERE k.app = :app AND k.affiliate = :affiliate AND k.affiliate IS NOT NULL AND k.revoked_at IS NULL
    AND (k.created_at, k.id) > (:at, :id)
  ORDER BY k.created_at, k.id LIMIT :limit`);
