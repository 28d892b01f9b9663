import { Webhook } from "standardwebhooks";
import type { WebhookEvent } from "./events.ts";
import { type HeaderSource, headerOf } from "./get-ref.ts";

/** A Fetch `Request` whose body was not read yet. */
export interface WebhookRequest {
  readonly headers: HeaderSource;
  readonly text: () => Promise<string>;
}

/** Headers and the body exactly as it came: text or bytes, nothing parsed. */
export interface WebhookParts {
  readonly headers: HeaderSource;
  readonly body: string | Uint8Array;
}

/** A delivery that is not AgentLinks', was changed on its way, or is older than five minutes: answer it 400. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

/**
 * The event of a webhook, once its signature is right and it is not older than five minutes. Several secrets: one that was
 * rolled, and its successor. Deliveries are repeated: act on an event's `id` once. Throws WebhookVerificationError, and
 * TypeError where it is called wrongly.
 */
export async function verifyWebhook(
  delivery: WebhookRequest | WebhookParts,
  secret: string | readonly string[],
): Promise<WebhookEvent> {
  const webhooks = [secret].flat().map(openWebhook);
  if (webhooks.length === 0) throw new TypeError("verifyWebhook needs a secret");
  const body = await bodyOf(delivery);
  const headers = {
    "webhook-id": headerOf(delivery.headers, "webhook-id") ?? "",
    "webhook-timestamp": headerOf(delivery.headers, "webhook-timestamp") ?? "",
    "webhook-signature": headerOf(delivery.headers, "webhook-signature") ?? "",
  };
  let problem: unknown;
  for (const webhook of webhooks) {
    try {
      return asEvent(webhook.verify(body, headers));
    } catch (error) {
      problem = error;
    }
  }
  const message = problem instanceof Error ? problem.message : "The delivery is not valid";
  throw new WebhookVerificationError(message, { cause: problem });
}

function openWebhook(secret: string): Webhook {
  try {
    return new Webhook(secret);
  } catch {
    throw new TypeError("The secret of a webhook is like whsec_…");
  }
}

async function bodyOf(delivery: WebhookRequest | WebhookParts): Promise<string> {
  const body: unknown = "body" in delivery ? delivery.body : undefined;
  if (typeof body === "string") return body;
  if (isBytes(body)) return new TextDecoder().decode(body);
  if ("text" in delivery && typeof delivery.text === "function") return delivery.text();
  // So express.raw leaves a request without a body. Anybody can send one: it must not look like a mistake of the server's.
  if (isNothing(body)) throw new WebhookVerificationError(`There is no body. ${NEEDS_BODY}`);
  throw new TypeError(NEEDS_BODY);
}

const NEEDS_BODY = "verifyWebhook needs the body as it came: in Express, express.raw({ type: '*/*' })";

/** Those of another realm, as test runners have, are no `Uint8Array` of this one. */
function isBytes(body: unknown): body is Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(body);
}

function isNothing(body: unknown): boolean {
  return body === undefined || body === null || (typeof body === "object" && Object.keys(body).length === 0);
}

/** Who signed it made it: the server's own types say what is in it. */
function asEvent(value: unknown): WebhookEvent {
  if (typeof value === "object" && value !== null && "type" in value) return value as WebhookEvent;
  throw new WebhookVerificationError("The body is no event");
}
