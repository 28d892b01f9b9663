/**
 * A shop that sells by Stripe Checkout. It tells Stripe who referred the customer, and Stripe tells AgentLinks what was paid: the
 * shop reports nothing. README.md says how to start it.
 */
import { randomUUID } from "node:crypto";
import { getRef } from "agentlinks";
import express from "express";
import { Stripe } from "stripe";

const { STRIPE_SECRET_KEY, STRIPE_API_BASE, SHOP_URL, PORT = "3000" } = process.env;

const stripe = new Stripe(STRIPE_SECRET_KEY ?? "", stripeAt(STRIPE_API_BASE));

const app = express();

app.get("/", (_, res) => {
  res.send(
    `<!doctype html><title>Jotter</title><form method="post" action="/checkout"><button>Buy for 100.00 USD</button></form>`,
  );
});

app.post("/checkout", async (req, res) => {
  const ref = getRef(req);
  const price = { currency: "usd", unit_amount: 10_000, product_data: { name: "Jotter for a year" } };
  const session = await stripe.checkout.sessions.create({
    mode: "payment",
    line_items: [{ price_data: price, quantity: 1 }],
    success_url: `${SHOP_URL ?? `http://127.0.0.1:${PORT}`}/thanks`,
    // Who referred them: `al-` keeps it apart from what else may stand there.
    ...(ref ? { client_reference_id: `al-${ref}` } : {}),
    // Who they are: your own id of the user, the same for all that this customer ever pays.
    metadata: { agentlinks_user_id: userOf(req) },
  });
  res.redirect(303, session.url);
});

app.get("/thanks", (_, res) => res.send("<!doctype html><title>Jotter</title><p>Thank you."));

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`The shop is running on http://127.0.0.1:${server.address().port}`);
});

/** Whoever is signed in; nobody is here, so each is somebody new. */
function userOf(_req) {
  return `user_${randomUUID()}`;
}

/** Stripe itself, or something that stands in for it. */
function stripeAt(base) {
  if (!base) return {};
  const { protocol, hostname, port } = new URL(base);
  return { protocol: protocol.slice(0, -1), host: hostname, port };
}
