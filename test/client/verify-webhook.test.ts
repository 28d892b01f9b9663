import { runInNewContext } from "node:vm";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { verifyWebhook, WebhookVerificationError } from "../../client/src/index.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const OLD_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const EVENT = {
  id: "evt_1_7",
  type: "conversion.created",
  timestamp: "2026-01-15T12:00:00.000Z",
  data: { note: "10 € für Jürgen" },
};
const BODY = JSON.stringify(EVENT);
const MINUTE_MS = 60_000;

describe("a delivery that AgentLinks signed", () => {
  test.each<[string, (headers: Record<string, string>) => Parameters<typeof verifyWebhook>[0]]>([
    ["as a Fetch request", (headers) => new Request("https://shop.test/", { method: "POST", headers, body: BODY })],
    ["as Express has it behind express.raw", (headers) => ({ headers, body: Buffer.from(BODY) })],
    [
      "as bytes of another realm",
      (headers) => ({ headers, body: runInNewContext("Uint8Array").from(Buffer.from(BODY)) }),
    ],
    ["as text", (headers) => ({ headers: new Headers(headers), body: BODY })],
    ["whose headers kept their case", (headers) => ({ headers: capitalized(headers), body: BODY })],
  ])("CL5 is its event, %s", async (_, deliver) => {
    expect(await verifyWebhook(deliver(signed({})), SECRET)).toEqual(EVENT);
  });

  test("CL5 is one with either secret while one is rolled", async () => {
    const headers = { ...signed({}), "webhook-signature": [OLD_SECRET, SECRET].map(signatureBy).join(" ") };
    expect(await verifyWebhook({ headers, body: BODY }, SECRET)).toEqual(EVENT);
    expect(await verifyWebhook({ headers, body: BODY }, OLD_SECRET)).toEqual(EVENT);
    expect(await verifyWebhook({ headers: signed({}), body: BODY }, [OLD_SECRET, SECRET])).toEqual(EVENT);
  });
});

test.each<[string, Record<string, string>, string]>([
  ["by another secret", signed({ secret: OLD_SECRET }), BODY],
  ["for another body", signed({}), BODY.replace("10", "99")],
  ["for another id", { ...signed({}), "webhook-id": "evt_1_8" }, BODY],
  ["for another time", { ...signed({}), "webhook-timestamp": String(Math.floor(Date.now() / 1000) - 60) }, BODY],
  ["six minutes ago", signed({ at: Date.now() - 6 * MINUTE_MS }), BODY],
  ["for six minutes from now", signed({ at: Date.now() + 6 * MINUTE_MS }), BODY],
  ["in no way", { "webhook-id": "evt_1_7", "webhook-timestamp": String(Math.floor(Date.now() / 1000)) }, BODY],
  ["though it is no event", signed({ body: "[1]" }), "[1]"],
  ["though it is no JSON", signed({ body: "hello" }), "hello"],
  ["though it is empty", signed({ body: "" }), ""],
])("CL5 a delivery that is signed %s is refused", async (_, headers, body) => {
  await expect(verifyWebhook({ headers, body }, SECRET)).rejects.toThrow(WebhookVerificationError);
});

test.each<[string, unknown, unknown]>([
  ["no secret", BODY, []],
  ["an empty secret", BODY, ""],
  ["a variable that is not set", BODY, undefined],
  ["a secret that is none", BODY, "whsec_?"],
  ["a body that was parsed", EVENT, SECRET],
])("CL5 with %s it is called wrongly, and lets nothing in", async (_, body, secret) => {
  const parts = { headers: signed({}), body };
  // As JavaScript calls it, which no types stop.
  const call = verifyWebhook as unknown as (...parameters: readonly unknown[]) => Promise<unknown>;
  const error: unknown = await call(parts, secret).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).not.toContain("?");
});

test.each<[string, unknown]>([
  ["5", undefined],
  ["4", {}],
])("CL5 a request without a body, as Express %s leaves it, is anybody's, and refused as such", async (_, body) => {
  const call = verifyWebhook as unknown as (...parameters: readonly unknown[]) => Promise<unknown>;
  await expect(call({ headers: {}, body }, SECRET)).rejects.toThrow(WebhookVerificationError);
  await expect(call({ headers: signed({ body: "" }), body }, SECRET)).rejects.toThrow(WebhookVerificationError);
});

interface Signing {
  readonly secret?: string;
  readonly at?: number;
  readonly body?: string;
}

/** The headers of a delivery, as Standard Webhooks has them. */
function signed({ secret = SECRET, at = Date.now(), body = BODY }: Signing): Record<string, string> {
  return {
    "webhook-id": EVENT.id,
    "webhook-timestamp": String(Math.floor(at / 1000)),
    "webhook-signature": new Webhook(secret).sign(EVENT.id, new Date(at), body),
  };
}

function signatureBy(secret: string): string {
  return signed({ secret })["webhook-signature"] ?? "";
}

function capitalized(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replaceAll(/\b[a-z]/g, (char) => char.toUpperCase()), value]),
  );
}
