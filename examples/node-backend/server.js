/**
 * The backend of a shop, with AgentLinks in it. README.md says how to start it. Users and orders are kept in memory, as no real
 * shop would.
 */
import { randomUUID } from "node:crypto";
import { AgentLinks, getRef, verifyWebhook, WebhookVerificationError } from "agentlinks";
import express from "express";

const { AGENTLINKS_URL, AGENTLINKS_KEY, AGENTLINKS_WEBHOOK_SECRET, SITE, PORT = "3000" } = process.env;

const links = new AgentLinks({
  url: AGENTLINKS_URL ?? "http://127.0.0.1:8787",
  secretKey: AGENTLINKS_KEY ?? "",
  // A customer waits for these calls.
  timeoutMs: 3_000,
  retries: 1,
});

/** Users by session, orders by id, and the ids of the events that were seen. */
const sessions = new Map();
const orders = new Map();
const seen = new Set();

const app = express();

// Before express.json(): what is signed are the bytes as they came.
app.post("/webhooks/agentlinks", express.raw({ type: "*/*" }), async (req, res) => {
  try {
    const event = await verifyWebhook({ headers: req.headers, body: req.body }, AGENTLINKS_WEBHOOK_SECRET);
    // A delivery may come twice.
    if (!seen.has(event.id)) console.log(`Verified ${event.type} ${event.id}`);
    seen.add(event.id);
    res.sendStatus(204);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log(`Refused a webhook: ${error.message}`);
    res.status(400).json({ error: error.message });
  }
});

app.use(express.json());
if (SITE) app.use(express.static(SITE));

app.post("/signup", async (req, res) => {
  const user = { id: `user_${randomUUID()}`, email: req.body?.email };
  const session = randomUUID();
  sessions.set(session, user);
  const ref = getRef(req);
  if (ref) {
    const signup = { ref, user_id: user.id, email: user.email, event_id: `signup_${user.id}` };
    await report(signup.event_id, () => links.track.signup(signup));
  }
  res.cookie("session", session, { httpOnly: true, sameSite: "lax" }).status(201).json({ user });
});

// Here the payment is made by saying so.
app.post("/orders", signedIn, async (req, res) => {
  const order = { id: `order_${randomUUID()}`, userId: req.user.id, amountCents: req.body?.amount_cents };
  orders.set(order.id, order);
  const payment = {
    user_id: order.userId,
    amount_cents: order.amountCents,
    payment_ref: order.id,
    event_id: order.id,
  };
  await report(order.id, () => links.track.conversion(payment));
  res.status(201).json({ order });
});

app.post("/orders/:id/refund", signedIn, async (req, res) => {
  const order = orders.get(req.params.id);
  if (order?.userId !== req.user.id) return res.status(404).json({ error: "There is no such order" });
  const refund = { id: `refund_${randomUUID()}`, amountCents: req.body?.amount_cents ?? order.amountCents };
  const reported = { payment_ref: order.id, amount_cents: refund.amountCents, event_id: refund.id };
  await report(refund.id, () => links.track.refund(reported));
  return res.status(201).json({ refund });
});

// For the element of friend credits on a page: it speaks for this user alone, for half an hour.
app.post("/referral-token", signedIn, async (req, res) => {
  res.json(await links.tokens.create({ account_id: req.user.id, email: req.user.email }));
});

const server = app.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`The shop is running on http://127.0.0.1:${server.address().port}`);
});

/**
 * Tells AgentLinks, and lets the shop go on whatever becomes of it. The client has tried twice by then: a real shop keeps
 * what is left with the order and sends it later, under the same event_id.
 */
async function report(eventId, call) {
  try {
    await call();
  } catch (error) {
    console.log(`Not reported: ${eventId}: ${error.message}`);
  }
}

function signedIn(req, res, next) {
  const session = /(?:^|; )session=([\w-]+)/.exec(req.headers.cookie ?? "")?.[1];
  req.user = sessions.get(session);
  return req.user ? next() : res.status(401).json({ error: "Sign up first" });
}
