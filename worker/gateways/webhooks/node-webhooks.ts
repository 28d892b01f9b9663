import { type ClientRequest, type IncomingMessage, request as requestPlain, type RequestOptions } from "node:http";
import { request as requestTls } from "node:https";
import { isPublicAddress } from "../../domain/public-address.ts";
import { isLoopback } from "../../domain/webhook-url.ts";
import { type Address, type AddressParts, failureOf, findPublicAddresses, pinnedTo } from "../node-address.ts";
import {
  excerptOf,
  MAX_EXCERPT_BYTES,
  type WebhookAnswer,
  type WebhookGateway,
  type WebhookMessage,
} from "./webhooks.ts";

/** What is smaller is no status of HTTP. */
const FIRST_STATUS = 100;

/** How a request is made: by TLS, unless it stays on this machine. */
export type MakeRequest = (
  url: URL,
  options: RequestOptions,
  answered: (response: IncomingMessage) => void,
) => ClientRequest;

/** What tests put in the place of the network. */
interface NodeWebhookParts extends AddressParts {
  readonly request?: MakeRequest;
}

/**
 * Sends from this machine, to addresses that anybody may reach alone: `findPublicAddresses`. With `allowLoopback` also to this machine
 * itself, by http too: where everything is tried out on one.
 */
export function openNodeWebhooks({
  allowLoopback,
  request = requestTls,
  isPublic = isPublicAddress,
  ...parts
}: NodeWebhookParts & { readonly allowLoopback: boolean }): WebhookGateway {
  return {
    async send(message, signal) {
      const { url } = message;
      const isHere = allowLoopback && isLoopback(url);
      if (url.protocol !== "https:" && !isHere) return { kind: "failed", reason: "not_public" };
      const found = await findPublicAddresses(url, { ...parts, isPublic: isHere ? isOwn : isPublic, signal });
      if (found.kind === "failed") return found;
      try {
        const by = url.protocol === "https:" ? request : requestPlain;
        return await post({ message, addresses: found.addresses, signal, request: by });
      } catch (error) {
        return { kind: "failed", reason: signal.aborted ? "timeout" : failureOf(error) };
      }
    },
  };
}

function isOwn(ip: string): boolean {
  return ip === "::1" || ip.startsWith("127.");
}

function post({
  message: { url, headers, body },
  addresses,
  signal,
  request,
}: {
  readonly message: WebhookMessage;
  readonly addresses: readonly Address[];
  readonly signal: AbortSignal;
  readonly request: MakeRequest;
}): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body);
    const options = {
      method: "POST",
      agent: false,
      headers: { ...headers, "Content-Length": bytes.length },
      lookup: pinnedTo(addresses),
      signal,
    } as const;
    const unanswered = () => reject(new Error("closed without an answer"));
    const asked = request(url, options, (response) => {
      const { statusCode: status = 0 } = response;
      if (status < FIRST_STATUS) return void response.destroy();
      // From here on it has answered, whatever becomes of its body.
      asked
        .off("close", unanswered)
        .off("error", reject)
        .on("error", () => {});
      void beginningOf(response).then((excerpt) => resolve({ kind: "answered", status, excerpt }));
    });
    asked.once("error", reject);
    // Also where it turns to another protocol (101), of which nothing else is told.
    asked.once("close", unanswered);
    asked.end(bytes);
  });
}

/** What came of the body: an answer counts by its status, though its body breaks off. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop ends the connection.
    for await (const chunk of response) {
      if (!(chunk instanceof Uint8Array)) continue;
      chunks.push(chunk.subarray(0, MAX_EXCERPT_BYTES - size));
      size += chunk.length;
      if (size >= MAX_EXCERPT_BYTES) break;
    }
  } catch {
    // The connection broke, or time is over.
  }
  return excerptOf(Buffer.concat(chunks));
}
