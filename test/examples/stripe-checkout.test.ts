import { expect, onTestFinished, test } from "vitest";
import { startExample } from "../support/example-process.ts";
import { startFakeStripe } from "../support/fake-stripe.ts";
import { type NodeDoor, jsonOf, startNodeDoor } from "../support/node-door.ts";
import { signStripe, type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { tempFolder } from "../support/temp-folder.ts";

const SECRET = `whsec_${"t".repeat(32)}`;

test("EX3 the example: who came by a link and pays at Checkout brings a commission, which a refund takes back", async () => {
  const stripe = await startFakeStripe();
  onTestFinished(() => stripe.close());
  const door = await startNodeDoor(tempFolder());
  onTestFinished(async () => void (await door.stop("SIGTERM")));
  const app = await newApp(door);
  const shop = await startExample("examples/stripe-checkout/server.js", {
    STRIPE_SECRET_KEY: "sk_live_of_the_shop",
    STRIPE_API_BASE: stripe.url,
    SHOP_URL: "https://shop.test",
  });

  expect(await (await fetch(shop.url)).text()).toContain('action="/checkout"');
  const checkout = await fetch(`${shop.url}/checkout`, {
    method: "POST",
    headers: { Cookie: "agentlinks_ref=mara" },
    redirect: "manual",
  });
  expect([checkout.status, checkout.headers.get("Location")]).toEqual([
    303,
    expect.stringContaining("/c/pay/cs_live_"),
  ]);
  const form = stripe.requests[0]?.form ?? {};
  expect(form).toMatchObject({
    client_reference_id: "al-mara",
    success_url: "https://shop.test/thanks",
    "metadata[agentlinks_user_id]": expect.stringMatching(/^user_/),
  });

  const headers = { Cookie: "agentlinks_ref=<script>" };
  expect((await fetch(`${shop.url}/checkout`, { method: "POST", headers, redirect: "manual" })).status).toBe(303);
  expect(Object.keys(stripe.requests[1]?.form ?? { client_reference_id: "" })).not.toContain("client_reference_id");

  // What Stripe then tells of it.
  const s = stripeEvents("newest", { created: Math.floor(Date.now() / 1000) });
  const userId = form["metadata[agentlinks_user_id]"] ?? "";
  const paid = { paymentIntent: "pi_1", customer: "cus_1" };
  await app.hear(
    s.sessionCompleted({
      id: "cs_live_1",
      mode: "payment",
      amountTotal: 10_000,
      clientReferenceId: "al-mara",
      userId,
      ...paid,
    }),
  );
  await app.hear(s.paymentIntentSucceeded({ id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1" }));
  expect(await app.commissions()).toMatchObject([
    { ref: "mara", user_id: userId, amount_cents: 10_000, net_commission_cents: 2850, status: "pending" },
  ]);
  await app.hear(s.chargeRefunded({ id: "ch_1", paymentIntent: "pi_1", amount: 10_000, amountRefunded: 10_000 }));
  expect(await app.commissions()).toMatchObject([{ net_commission_cents: 0, status: "cancelled" }]);
}, 60_000);

interface ShopsApp {
  /** Takes an event from Stripe. */
  readonly hear: (event: StripeJson) => Promise<void>;
  readonly commissions: () => Promise<unknown>;
}

/** An app with a creator, mara, and an endpoint for Stripe's events. */
async function newApp(door: NodeDoor): Promise<ShopsApp> {
  const operator = { Authorization: `Bearer ${door.dev().operatorKey}` };
  const draft = JSON.stringify({ name: "Jotter", commission_percent: 30 });
  const made = await jsonOf(await fetch(`${door.url}/api/v1/apps`, { method: "POST", headers: operator, body: draft }));
  const headers = { Authorization: `Bearer ${made.secret_key}` };
  const creator = JSON.stringify({ email: "mara@creators.test", ref: "mara" });
  const joined = await fetch(`${door.url}/api/v1/affiliates`, { method: "POST", headers, body: creator });
  const { affiliate } = await jsonOf(joined);
  const settings = JSON.stringify({ webhook_secrets: [SECRET] });
  await fetch(`${door.url}/api/v1/app/stripe`, { method: "PUT", headers, body: settings });
  return {
    async hear(event) {
      const body = JSON.stringify(event);
      const signed = { "Stripe-Signature": await signStripe(body, SECRET) };
      const url = `${door.url}/api/stripe/webhook/${made.app.id}`;
      expect((await fetch(url, { method: "POST", headers: signed, body })).status).toBe(200);
    },
    async commissions() {
      const answer = await fetch(`${door.url}/api/v1/affiliates/${affiliate.id}/commissions`, { headers });
      return (await jsonOf(answer)).commissions;
    },
  };
}
