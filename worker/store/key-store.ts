import { stringList } from "./app-store.ts";
import type { Db, Statement } from "./db.ts";
import { integerOrNull, statement, textOf } from "./statement.ts";

/** What a secret key may be used for. */
export const KEY_SCOPES = ["track", "read", "manage", "payouts"] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** A secret key as stored: its hash, never itself. */
export interface ApiKey {
  readonly id: string;
  readonly appId: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: number | null;
}

export interface NewApiKey {
  readonly id: string;
  readonly name: string;
  /** Hex SHA-256 of the whole key. */
  readonly hash: string;
  readonly prefix: string;
  readonly last4: string;
  readonly scopes: readonly KeyScope[];
  readonly now: number;
}

export function insertKey(appId: string, key: NewApiKey): Statement {
  return INSERT_KEY({
    app: appId,
    id: key.id,
    name: key.name,
    hash: key.hash,
    prefix: key.prefix,
    last4: key.last4,
    scopes: JSON.stringify(key.scopes),
    now: key.now,
  });
}

/** The live key with this hash, of whichever app: the key itself says which. Null for none, revoked or expired. */
export async function findKey(db: Db, { hash, now }: { hash: string; now: number }): Promise<ApiKey | null> {
  const [row] = await db.query(FIND_KEY({ hash, now }));
  if (row === undefined) return null;
  const scopes = stringList(textOf(row, "scopes"));
  return {
    id: textOf(row, "id"),
    appId: textOf(row, "app"),
    scopes: KEY_SCOPES.filter((scope) => scopes.includes(scope)),
    expiresAt: integerOrNull(row, "expires_at"),
  };
}

const INSERT_KEY = statement(`
  INSERT INTO api_key (app, id, name, hash, prefix, last4, scopes, created_at)
  VALUES (:app, :id, :name, :hash, :prefix, :last4, :scopes, :now)
  ON CONFLICT DO NOTHING`);
const FIND_KEY = statement(`
  SELECT id, app, scopes, expires_at FROM api_key
  WHERE hash = :hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)`);
