import type { Deps } from "../../deps.ts";
import { SECRET_KEY_PREFIX, secretKeyFromBytes } from "../../domain/secret-key.ts";
import type { ApiKey, NewSecret } from "../../store/key-store.ts";
import { sha256 } from "../hashing.ts";

/** Live keys an app may have: several for each place they are used in, and few enough to look through. */
export const MAX_LIVE_KEYS = 50;

/** A key together with its secret, which is shown this once. */
export interface IssuedKey {
  readonly key: ApiKey;
  readonly secretKey: string;
}

/** A new secret key, and what is stored of it. */
export async function issueKey(deps: Deps): Promise<{ readonly secretKey: string; readonly secret: NewSecret }> {
  const secretKey = draw(deps);
  const secret = {
    id: deps.newId("key"),
    hash: await sha256(secretKey),
    prefix: SECRET_KEY_PREFIX,
    last4: secretKey.slice(-4),
  };
  return { secretKey, secret };
}

/** 64 bytes hold 30 usable ones but once in 10^20 draws: then draw again. */
function draw(deps: Deps): string {
  return secretKeyFromBytes(deps.randomBytes(64)) ?? draw(deps);
}
