import { SECRET_KEY_PREFIX, secretKeyFromBytes } from "../../worker/domain/secret-key.ts";
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

/** A key in good form that nobody has. */
export function unknownKey(world: World): string {
  const key = secretKeyFromBytes(world.deps.randomBytes(64));
  if (key === null) throw new Error("64 random bytes hold a key");
  return key;
}
