import type { WebhookError } from "../../domain/webhook-error.ts";

/** What is kept of an answer: enough for an error's own words. */
export const MAX_EXCERPT_BYTES = 1_024;

export interface WebhookMessage {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a receiver answered, or why there was no answer. `excerpt` is the beginning of the body as UTF-8. */
export type WebhookAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly excerpt: string }
  | { readonly kind: "failed"; readonly reason: Exclude<WebhookError, "redirect" | "status" | "secret"> };

/** Sends webhooks to strangers' servers: one POST, following nothing. It never throws. */
export interface WebhookGateway {
  readonly send: (message: WebhookMessage, signal: AbortSignal) => Promise<WebhookAnswer>;
}

/** The beginning of an answer as text that a database takes and a page can show: without control characters but line ends. */
export function excerptOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/[^\P{Cc}\n\t]/gu, "");
}
