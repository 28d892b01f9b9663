import {
  AFFILIATE_TOKEN_PREFIX,
  SECRET_KEY_PREFIX,
  secretKeyFromBytes,
  type SecretPrefix,
} from "../../worker/domain/secret-key.ts";
import { sha256 } from "../../worker/services/hashing.ts";
import { insertKey, KEY_SCOPES, type KeyScope } from "../../worker/store/key-store.ts";
import type { TestApp, World } from "./world.ts";

/** A key as an owner would have made it, also one that has expired or was revoked. */
export async function issueKey(
  world: World,
  app: TestApp,
  options: { scopes?: readonly KeyScope[]; expiresAt?: number; revokedAt?: number } = {},
): Promise<string> {
  const key = unknownKey(world);
  const id = world.deps.newId("key");
  const { scopes = KEY_SCOPES, expiresAt = null, revokedAt = null } = options;
  await world.db.batch([
    insertKey(app.id, {
      id,
      name: "Made by a test",
      hash: await sha256(key),
      prefix: SECRET_KEY_PREFIX,
      last4: key.slice(-4),
      scopes,
      expiresAt,
      now: world.deps.now(),
    }),
    {
      sql: "UPDATE api_key SET revoked_at = ?1 WHERE app = ?2 AND id = ?3",
      args: [revokedAt === null ? null : BigInt(revokedAt), app.id, id],
    },
  ]);
  return key;
}

/** A token of the app's affiliate, or of another one of the app's. */
export async function issueToken(
  world: World,
  app: TestApp,
  options: { id?: string; affiliateId?: string; expiresAt?: number; revokedAt?: number } = {},
): Promise<string> {
  const token = unknownKey(world, AFFILIATE_TOKEN_PREFIX);
  const { id = world.deps.newId("tok"), affiliateId = app.affiliateId, expiresAt, revokedAt } = options;
  const sql = `INSERT INTO api_key (app, id, name, hash, prefix, last4, scopes, created_at, expires_at, revoked_at, affiliate)
    VALUES (?1, ?2, 'Made by a test', ?3, ?4, ?5, '[]', ?6, ?7, ?8, ?9)`;
  const [hash, last4] = [await sha256(token), token.slice(-4)];
  const times = [world.deps.now(), expiresAt, revokedAt].map((time) => (time === undefined ? null : BigInt(time)));
  await world.db.batch([{ sql, args: [app.id, id, hash, AFFILIATE_TOKEN_PREFIX, last4, ...times, affiliateId] }]);
  return token;
}

/** A key, or a token, in good form that nobody has. */
export function unknownKey(world: World, prefix: SecretPrefix = SECRET_KEY_PREFIX): string {
  const key = secretKeyFromBytes(world.deps.randomBytes(64), prefix);
  if (key === null) throw new Error("64 random bytes hold a key");
  return key;
}
