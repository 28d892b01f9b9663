import type { Deps } from "../../deps.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { insertAudit } from "../../store/audit-log.ts";
import { deleteOldStates, insertOauthState } from "../../store/stripe-connection-store.ts";
import { sha256 } from "../hashing.ts";
import { toBase64Url } from "../sealing.ts";

/** Where Stripe sends an owner back to: this address is to be entered at Stripe. */
export const CALLBACK_PATH = "/api/stripe/oauth/callback";

/** Time for the owner to sign in at Stripe and look. */
const STATE_TTL_MS = 10 * 60_000;
/** More than a call makes: what is old never piles up. */
const MAX_DELETED_STATES = 100;

/**
 * The address at Stripe where an owner lets this installation into an account for the app. It is good once, for ten
 * minutes, for as long as whoever asked may still manage the app. Fails with `conflict` without Connect.
 */
export async function startOauth(deps: Deps, appId: string, actor: string): Promise<Result<{ readonly url: string }>> {
  const { clientId, secretKey } = deps.config.stripe;
  if (clientId === null || secretKey === null) {
    const message = "This installation is not set up for Connect: STRIPE_CLIENT_ID and STRIPE_SECRET_KEY are not set.";
    return fail("conflict", message);
  }
  const now = deps.now();
  const state = `${appId}.${toBase64Url(deps.randomBytes(32))}`;
  const entry = { id: deps.newId("aud"), actor, action: "stripe.connect_started", object: appId, now };
  await deps.db.batch([
    insertOauthState(appId, { hash: await sha256(state), actor, expiresAt: now + STATE_TTL_MS }),
    insertAudit(appId, entry),
  ]);
  deps.afterwards(deps.db.batch([deleteOldStates({ now, limit: MAX_DELETED_STATES })]));
  return ok({ url: deps.stripe.authorizeUrl({ state, redirectUri: deps.config.publicUrl + CALLBACK_PATH }) });
}
