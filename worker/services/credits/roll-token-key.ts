import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { readTokenKeys, writeNextTokenKey } from "../../store/token-key-store.ts";
import { TOKEN_TTL_S } from "./create-account-token.ts";
import { drawTokenKey } from "./token-keys.ts";

/**
 * Signs an app's end-user tokens with another key from now on. Those that are out stay good until they end by themselves, at most
 * 30 minutes on, unless `endNow`. Fails with `not_found`.
 */
export async function rollTokenKey(
  deps: Deps,
  appId: string,
  { actor, endNow }: { actor: string; endNow: boolean },
): Promise<Result<{ readonly keyId: string; readonly previousEndsAt: number }>> {
  const now = deps.now();
  const { id, sealed } = await drawTokenKey(deps);
  const endsAt = endNow ? now : now + TOKEN_TTL_S * 1_000;
  const audit = { id: deps.newId("aud"), actor, action: "token_key.rolled", object: appId, after: { id, endsAt }, now };
  const keys = readTokenKeys(await deps.db.batch(writeNextTokenKey(appId, { id, sealed, endsAt, audit })));
  return keys.some((key) => key.id === id)
    ? ok({ keyId: id, previousEndsAt: endsAt })
    : fail("not_found", "No such app.");
}
