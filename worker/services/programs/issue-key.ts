import type { Deps } from "../../deps.ts";
import { SECRET_KEY_PREFIX, secretKeyFromBytes, type SecretPrefix } from "../../domain/secret-key.ts";
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
  const { text, secret } = await issueSecret(deps, { prefix: SECRET_KEY_PREFIX, id: deps.newId("key") });
  return { secretKey: text, secret };
}

/** A new secret of ours, and what is stored of it. */
export async function issueSecret(
  deps: Deps,
  { prefix, id }: { prefix: SecretPrefix; id: string },
): Promise<{ readonly text: string; readonly secret: NewSecret }> {
  const text = draw(deps, prefix);
  return { text, secret: { id, hash: await sha256(text), prefix, last4: text.slice(-4) } };
}

/** 64 bytes hold 30 usable ones but once in 10^20 draws: then draw again. */
function draw(deps: Deps, prefix: SecretPrefix): string {
  return secretKeyFromBytes(deps.randomBytes(64), prefix) ?? draw(deps, prefix);
}
