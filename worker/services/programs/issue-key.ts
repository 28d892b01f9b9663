import type { Deps } from "../../deps.ts";
import { SECRET_KEY_PREFIX, secretKeyFromBytes } from "../../domain/secret-key.ts";
import type { Statement } from "../../store/db.ts";
import { insertKey, KEY_SCOPES } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

/** A new secret key of an app with every scope, and the statement that stores its hash. The key itself is shown once. */
export async function issueKey(
  deps: Deps,
  appId: string,
  { name, now }: { name: string; now: number },
): Promise<{ readonly secretKey: string; readonly insert: Statement }> {
  const secretKey = draw(deps);
  const insert = insertKey(appId, {
    id: deps.newId("key"),
    name,
    hash: await sha256(secretKey),
    prefix: SECRET_KEY_PREFIX,
    last4: secretKey.slice(-4),
    scopes: KEY_SCOPES,
    now,
  });
  return { secretKey, insert };
}

/** 64 bytes hold 30 usable ones but once in 10^20 draws: then draw again. */
function draw(deps: Deps): string {
  return secretKeyFromBytes(deps.randomBytes(64)) ?? draw(deps);
}
