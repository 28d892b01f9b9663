import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test } from "vitest";
import { startExample } from "../support/example-process.ts";
import { jsonOf, type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";
import type { Json } from "../support/world.ts";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

test("EX2 the example: signup, payment, refund and token reach AgentLinks, only its webhooks are taken, and it sells on without it", async () => {
  const door = await startNodeDoor(tempFolder());
  onTestFinished(async () => void (await door.stop("SIGTERM")));
  const { secretKey } = door.dev().demo;
  const shop = await startExample("examples/node-backend/server.js", {
    AGENTLINKS_URL: door.url,
    AGENTLINKS_KEY: secretKey,
    AGENTLINKS_WEBHOOK_SECRET: SECRET,
    SITE: "examples/static-site",
  });
  expect(await (await fetch(shop.url)).text()).toContain("data-app-id");

  const { cookie, user } = await signUp(shop.url, "agentlinks_ref=demo42");
  const { order } = await post(`${shop.url}/orders`, { amount_cents: 10_000 }, cookie);
  expect(await commissions(door)).toMatchObject([{ ref: "demo42", user_id: user.id, net_commission_cents: 2850 }]);
  const refunded = await post(`${shop.url}/orders/${order.id}/refund`, { amount_cents: 3333 }, cookie);
  expect(refunded.refund).toMatchObject({ amountCents: 3333 });
  expect(await commissions(door)).toMatchObject([{ refunded_cents: 3333, net_commission_cents: 1900 }]);

  const { token } = await post(`${shop.url}/referral-token`, {}, cookie);
  const code = await fetch(`${door.url}/api/v1/referrals/code`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await jsonOf(code)).referral_code).toMatch(/^\w+$/);
  for (const path of ["/orders", "/referral-token"]) {
    expect((await fetch(shop.url + path, { method: "POST" })).status).toBe(401);
  }
  const stranger = await signUp(shop.url, "");
  const theirs = await fetch(`${shop.url}/orders/${order.id}/refund`, {
    method: "POST",
    headers: { Cookie: stranger.cookie },
  });
  expect(theirs.status).toBe(404);

  for (const secret of [SECRET, SECRET, `whsec_${Buffer.alloc(32, 2).toString("base64")}`])
    await deliver(shop.url, secret);
  expect(shop.lines.slice(1)).toEqual([
    "Verified conversion.created evt_1_7",
    "Refused a webhook: No matching signature found",
  ]);

  await door.stop("SIGTERM");
  const late = await post(`${shop.url}/orders`, { amount_cents: 500 }, cookie);
  expect(shop.lines.at(-1)).toContain(`Not reported: ${late.order.id}: AgentLinks could not be reached`);
}, 60_000);

async function signUp(shop: string, cookie: string): Promise<{ cookie: string; user: Json }> {
  const answer = await fetch(`${shop}/signup`, {
    method: "POST",
    headers: { Cookie: cookie, "Content-Type": "application/json" },
    body: JSON.stringify({ email: "kim@example.com" }),
  });
  return { ...(await jsonOf(answer)), cookie: answer.headers.get("Set-Cookie")?.split(";")[0] ?? "" };
}

async function post(url: string, body: object, cookie: string): Promise<Json> {
  const headers = { Cookie: cookie, "Content-Type": "application/json" };
  return jsonOf(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function commissions({ url, dev }: NodeDoor): Promise<Json> {
  const headers = { Authorization: `Bearer ${dev().demo.secretKey}` };
  const { affiliates } = await jsonOf(await fetch(`${url}/api/v1/affiliates`, { headers }));
  const answer = await fetch(`${url}/api/v1/affiliates/${affiliates[0].id}/commissions`, { headers });
  return (await jsonOf(answer)).commissions;
}

async function deliver(shop: string, secret: string): Promise<void> {
  const body = JSON.stringify({
    id: "evt_1_7",
    type: "conversion.created",
    timestamp: "2026-01-15T12:00:00Z",
    data: {},
  });
  const at = new Date();
  const headers = {
    "webhook-id": "evt_1_7",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign("evt_1_7", at, body),
  };
  const answer = await fetch(`${shop}/webhooks/agentlinks`, { method: "POST", headers, body });
  expect(answer.status).toBe(secret === SECRET ? 204 : 400);
}
