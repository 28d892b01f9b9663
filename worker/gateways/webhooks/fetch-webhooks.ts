import { isLoopback } from "../../domain/webhook-url.ts";
import { excerptOf, MAX_EXCERPT_BYTES, type WebhookGateway } from "./webhooks.ts";

/**
 * Sends by the platform's own fetch, for Workers: from there no private network can be reached, whatever a name resolves to.
 * Elsewhere it is not safe: node-webhooks.ts is.
 */
export function openFetchWebhooks({ allowLoopback }: { readonly allowLoopback: boolean }): WebhookGateway {
  return {
    async send({ url, headers, body }, signal) {
      const isHere = allowLoopback && isLoopback(url);
      if (url.protocol !== "https:" && !isHere) return { kind: "failed", reason: "not_public" };
      try {
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        return { kind: "answered", status: response.status, excerpt: await beginningOf(response.body) };
      } catch {
        return { kind: "failed", reason: signal.aborted ? "timeout" : "connection" };
      }
    },
  };
}

/** What came of the body: an answer counts by its status, though its body breaks off. */
async function beginningOf(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const bytes = new Uint8Array(MAX_EXCERPT_BYTES);
  let size = 0;
  try {
    while (size < MAX_EXCERPT_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      const taken = value.subarray(0, MAX_EXCERPT_BYTES - size);
      bytes.set(taken, size);
      size += taken.length;
    }
    await reader.cancel();
  } catch {
    // The connection broke, or time is over.
  }
  return excerptOf(bytes.subarray(0, size));
}
