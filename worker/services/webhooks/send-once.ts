import type { Deps } from "../../deps.ts";
import type { WebhookError } from "../../domain/webhook-error.ts";
import { webhookUrl } from "../../domain/webhook-url.ts";
import type { WebhookAnswer } from "../../gateways/webhooks/webhooks.ts";
import type { WebhookAttempt } from "../../store/webhook-delivery-store.ts";
import type { WebhookTarget } from "../../store/webhook-store.ts";
import { signWebhook } from "./sign-webhook.ts";

/** What Standard Webhooks proposes: 15 to 30 seconds. */
const TIMEOUT_MS = 15_000;

const HEADERS = {
  "Content-Type": "application/json",
  "User-Agent": "AgentLinks webhooks",
  // A small answer may unpack to a large one.
  "Accept-Encoding": "identity",
} as const;

/** Sends a message once and says how it went. It writes nothing, and throws nothing. */
export async function sendOnce(
  deps: Deps,
  target: WebhookTarget,
  { id, body, manual }: { readonly id: string; readonly body: string; readonly manual: boolean },
): Promise<WebhookAttempt> {
  const at = deps.now();
  const startedAt = deps.realNow();
  const answer = await answerTo(deps, target, { id, body });
  const durationMs = Math.max(0, deps.realNow() - startedAt);
  const status = answer.kind === "answered" ? answer.status : null;
  const responseExcerpt = answer.kind === "answered" ? answer.excerpt : null;
  return { at, durationMs, status, error: errorOf(answer), responseExcerpt, manual };
}

/** Whether nobody answered: the receiver may be away, and other messages would fare no better. */
export function isAway({ error, status }: WebhookAttempt): boolean {
  return error !== null && status === null;
}

/** 410 Gone: whoever receives wants no more (Standard Webhooks 1.0.0). */
export function isGone({ status }: WebhookAttempt): boolean {
  return status === 410;
}

type Answer = WebhookAnswer | { readonly kind: "failed"; readonly reason: "secret" };

async function answerTo(
  deps: Deps,
  target: WebhookTarget,
  message: { readonly id: string; readonly body: string },
): Promise<Answer> {
  // Once more as it is now: what was stored in dev is no address for production.
  const url = webhookUrl(target.url, { allowLoopback: deps.config.env === "dev" });
  if (url === null) return { kind: "failed", reason: "not_public" };
  const signature = await signWebhook(deps, target, message).catch(() => null);
  if (signature === null) return { kind: "failed", reason: "secret" };
  const headers = { ...HEADERS, ...signature };
  return deps.webhooks.send({ url, headers, body: message.body }, AbortSignal.timeout(TIMEOUT_MS));
}

function errorOf(answer: Answer): WebhookError | null {
  if (answer.kind === "failed") return answer.reason;
  if (answer.status >= 200 && answer.status <= 299) return null;
  return answer.status >= 300 && answer.status <= 399 ? "redirect" : "status";
}
