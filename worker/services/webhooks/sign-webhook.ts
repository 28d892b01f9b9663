import { Webhook } from "standardwebhooks";
import type { Deps } from "../../deps.ts";
import type { WebhookTarget } from "../../store/webhook-store.ts";
import { open, seal } from "../sealing.ts";

/** What Standard Webhooks asks of a secret is 24 to 64 bytes. */
const SECRET_BYTES = 32;
const PREFIX = "whsec_";
/** So much of a secret may be shown, to tell two apart. */
const SHOWN_LENGTH = PREFIX.length + 4;

/** A new secret as its endpoint's owner is told it once, and as it is stored. */
export interface NewSecret {
  readonly text: string;
  readonly sealed: string;
  readonly prefix: string;
}

/** Draws a secret: `whsec_` and 32 random bytes in base64. */
export async function drawSecret(deps: Deps): Promise<NewSecret> {
  const text = PREFIX + btoa(String.fromCharCode(...deps.randomBytes(SECRET_BYTES)));
  const sealed = await seal(deps.config.authSecret, text, deps.randomBytes);
  return { text, sealed, prefix: text.slice(0, SHOWN_LENGTH) };
}

/**
 * The headers by which a receiver knows a message as ours (Standard Webhooks 1.0.0): its id, the time it is sent by the machine's own
 * clock, in whole seconds, and a signature by each secret that is good now. Throws where a secret cannot be read: with another `AUTH_SECRET`.
 */
export async function signWebhook(
  deps: Deps,
  target: WebhookTarget,
  { id, body }: { readonly id: string; readonly body: string },
): Promise<Readonly<Record<string, string>>> {
  const { sealedSecret, sealedPrevious, previousUntil } = target;
  const isOverlap = sealedPrevious !== null && previousUntil !== null && deps.now() < previousUntil;
  const sealed = isOverlap ? [sealedSecret, sealedPrevious] : [sealedSecret];
  const secrets = await Promise.all(sealed.map((text) => open(deps.config.authSecret, text)));
  const sentAt = new Date(deps.realNow());
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, sentAt, body)).join(" "),
  };
}
