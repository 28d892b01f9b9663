import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import type { WebhookAnswer, WebhookGateway, WebhookMessage } from "../../worker/gateways/webhooks/webhooks.ts";
import { serveHere } from "./local-server.ts";
import type { Json } from "./world.ts";

/** What a receiver was sent. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  /** First to last. */
  readonly received: readonly Received[];
  /** How it answers from now on: a status, or a way of its own. */
  readonly answer: (how: number | ((response: ServerResponse) => void)) => void;
}

/** Somebody's server on this machine, which takes webhooks until the test is over. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let how: number | ((response: ServerResponse) => void) = 204;
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    received.push({
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body,
    });
    if (typeof how === "number") response.writeHead(how).end();
    else how(response);
  };
  const port = await serveHere((request, response) => void take(request, response));
  return { url: `http://127.0.0.1:${port}/hooks`, received, answer: (next) => void (how = next) };
}

/** A gateway that sends nothing: `answer` says how each message is taken. */
export function recordedWebhooks(answer: (message: WebhookMessage) => WebhookAnswer | Promise<WebhookAnswer>): {
  readonly gateway: WebhookGateway;
  readonly sent: readonly WebhookMessage[];
} {
  const sent: WebhookMessage[] = [];
  const send: WebhookGateway["send"] = async (message) => {
    sent.push(message);
    return answer(message);
  };
  return { gateway: { send }, sent };
}

/** What a message says, once its signature holds under a secret: throws otherwise, as a receiver does. */
export function verified(secret: string, { headers, body }: Received): Json {
  return new Webhook(secret).verify(body, { ...headers });
}
