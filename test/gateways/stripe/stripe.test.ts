import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStripe, type StripeCredentials, type StripeGateway } from "../../../worker/gateways/stripe/stripe.ts";
import { type FakeFault, type FakeStripe, startFakeStripe } from "../../support/fake-stripe.ts";
import { NO_STRIPE } from "../../support/world.ts";

const SECRET = "whsec_of_the_right_endpoint";
const OTHER = "whsec_of_another_endpoint";
const PAYLOAD = '{"id":"evt_1","object":"event"}';
const OWN: StripeCredentials = { key: "rk_live_of_the_shop", account: null };
const CONFIG = { ...NO_STRIPE, clientId: "ca_of_the_platform", secretKey: "sk_live_of_the_platform" };

let fake: FakeStripe;
let stripe: StripeGateway;

beforeEach(async () => {
  fake = await startFakeStripe();
  stripe = openStripe({ ...CONFIG, apiBase: fake.url });
});

afterEach(() => fake.close());

describe("verify", () => {
  test("ST7 takes what one of the secrets signed, of several signatures too", async () => {
    expect(await stripe.verify(PAYLOAD, header(), [SECRET])).toBe(true);
    expect(await stripe.verify(PAYLOAD, header(), [OTHER, SECRET])).toBe(true);
    const rolled = `${header({ secret: OTHER })},v1=${signature()},v0=${"0".repeat(64)}`;
    expect(await stripe.verify(PAYLOAD, rolled, [SECRET])).toBe(true);
  });

  test("ST7 takes a thin event, and what is no event at all: it looks at the signature alone", async () => {
    for (const payload of ['{"id":"evt_1","object":"v2.core.event"}', "no JSON", "[]"]) {
      expect(await stripe.verify(payload, header({ payload }), [SECRET])).toBe(true);
    }
  });

  test.each([
    ["another secret", header({ secret: OTHER })],
    ["another payload", header({ payload: `${PAYLOAD} ` })],
    ["a moment that was not signed", header().replace(/t=\d+/, `t=${now() - 1}`)],
    ["no header", null],
    ["an empty header", ""],
    ["a header of blanks", "  "],
    ["no time", `v1=${signature()}`],
    ["no signature", `t=${now()}`],
    ["an empty signature", `t=${now()},v1=`],
    ["a signature without its value", `t=${now()},v1`],
    ["a scheme of the past", header().replace("v1=", "v0=")],
    ["a time that is no number", header().replace(/t=\d+/, "t=now")],
    ["another header altogether", "Bearer x"],
  ])("ST7 refuses %s", async (_, value) => {
    expect(await stripe.verify(PAYLOAD, value, [SECRET])).toBe(false);
  });

  test("ST7 refuses what is older than 300 s of real time", async () => {
    expect(await stripe.verify(PAYLOAD, header({ at: now() - 295 }), [SECRET])).toBe(true);
    expect(await stripe.verify(PAYLOAD, header({ at: now() - 301 }), [SECRET])).toBe(false);
  });

  test("ST7 tries no blank secret, though anybody may sign with it", async () => {
    expect(await stripe.verify(PAYLOAD, header({ secret: " " }), [" ", "", OTHER])).toBe(false);
    expect(await stripe.verify(PAYLOAD, header(), [])).toBe(false);
  });

  test("ST7 refuses no body", async () => {
    expect(await stripe.verify("", header({ payload: "" }), [SECRET])).toBe(false);
  });
});

describe("a read", () => {
  test("answers objects as Stripe has them", async () => {
    fake.put({ id: "cus_1", object: "customer", livemode: true, metadata: { agentlinks_ref: "mara" } });
    fake.put({ id: "promo_1", object: "promotion_code", code: "MARA10" });
    fake.put({ id: "evt_1", object: "event", type: "invoice.paid", created: 1 });
    expect(await stripe.customer(OWN, "cus_1")).toEqual({
      id: "cus_1",
      object: "customer",
      livemode: true,
      metadata: { agentlinks_ref: "mara" },
    });
    expect(await stripe.promotionCode(OWN, "promo_1")).toMatchObject({ code: "MARA10" });
    expect(await stripe.event(OWN, "evt_1")).toMatchObject({ type: "invoice.paid" });
    expect(fake.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /v1/customers/cus_1",
      "GET /v1/promotion_codes/promo_1",
      "GET /v1/events/evt_1",
    ]);
  });

  test("asks for an invoice with its payments and promotion codes", async () => {
    const payment = { type: "payment_intent", payment_intent: "pi_1" };
    fake.put({ id: "inpay_1", object: "invoice_payment", invoice: "in_1", payment });
    fake.put({ id: "promo_1", object: "promotion_code", code: "MARA10" });
    const discount = { id: "di_1", object: "discount", promotion_code: "promo_1" };
    fake.put({ id: "in_1", object: "invoice", discounts: [discount] });
    expect(await stripe.invoice(OWN, "in_1")).toMatchObject({
      payments: { data: [{ payment }] },
      discounts: [{ promotion_code: { code: "MARA10" } }],
    });
    expect(await stripe.invoicePaymentsOf(OWN, "pi_1")).toMatchObject([{ invoice: "in_1" }]);
    expect(await stripe.invoicePaymentsOf(OWN, "pi_2")).toEqual([]);
  });

  test("finds the session of a payment intent", async () => {
    fake.put({ id: "cs_1", object: "checkout.session", payment_intent: "pi_1" });
    fake.put({ id: "cs_2", object: "checkout.session", payment_intent: "pi_2" });
    expect(await stripe.sessionsOfPaymentIntent(OWN, "pi_2")).toMatchObject([{ id: "cs_2" }]);
    expect(await stripe.sessionsOfPaymentIntent(OWN, "pi_3")).toEqual([]);
  });

  test("walks events of some types from a moment on, the newest first", async () => {
    for (let n = 1; n <= 103; n++) fake.put({ id: `evt_${n}`, object: "event", type: "invoice.paid", created: n });
    fake.put({ id: "evt_other", object: "event", type: "plan.created", created: 50 });
    const asked = { createdFrom: 2, types: ["invoice.paid", "charge.refunded"] };
    const first = await stripe.events(OWN, { ...asked, after: null });
    expect(first.events).toHaveLength(100);
    expect(first.events[0]).toMatchObject({ id: "evt_103" });
    expect(first.hasMore).toBe(true);
    const second = await stripe.events(OWN, { ...asked, after: "evt_4" });
    expect(second).toMatchObject({ events: [{ id: "evt_3" }, { id: "evt_2" }], hasMore: false });
  });

  test("speaks for a connected account with the platform's key, and for no other", async () => {
    fake.put({ id: "cus_1", object: "customer" }, { account: "acct_theirs" });
    const platform = { key: "sk_live_of_the_platform", account: "acct_theirs" };
    expect(await stripe.customer(platform, "cus_1")).toMatchObject({ id: "cus_1" });
    expect(fake.requests[0]?.headers).toMatchObject({
      authorization: "Bearer sk_live_of_the_platform",
      "stripe-account": "acct_theirs",
    });
    await expect(stripe.customer(OWN, "cus_1")).rejects.toMatchObject({ kind: "missing" });
    expect(fake.requests[1]?.headers["stripe-account"]).toBeUndefined();
    await expect(stripe.customer({ ...platform, account: "acct_gone" }, "cus_1")).rejects.toMatchObject({
      kind: "refused",
    });
  });

  test("sends nothing of this machine", async () => {
    fake.put({ id: "cus_1", object: "customer" });
    await stripe.customer(OWN, "cus_1");
    await stripe.customer(OWN, "cus_1");
    for (const { headers } of fake.requests) {
      expect(headers["x-stripe-client-telemetry"]).toBeUndefined();
      expect(JSON.parse(String(headers["x-stripe-client-user-agent"]))).not.toHaveProperty("platform");
    }
  });

  test.each([
    ["500", "unavailable"],
    ["429", "unavailable"],
    ["lost", "unavailable"],
    ["unreadable", "unavailable"],
    ["timeout", "unavailable"],
  ] as const satisfies readonly (readonly [FakeFault, string])[])(
    "is tried once, and after %s it is %s",
    async (fault, kind) => {
      fake.put({ id: "cus_1", object: "customer" });
      fake.fail(fault);
      await expect(stripe.customer(OWN, "cus_1")).rejects.toMatchObject({ name: "StripeError", kind });
      expect(fake.requests).toHaveLength(1);
    },
  );

  test("is unavailable when nobody listens", async () => {
    await fake.close();
    await expect(stripe.customer(OWN, "cus_1")).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("of what is not there, of another mode, and with a key that is gone", async () => {
    fake.put({ id: "cus_test", object: "customer", livemode: false });
    await expect(stripe.customer(OWN, "cus_none")).rejects.toMatchObject({ kind: "missing" });
    await expect(stripe.customer(OWN, "cus_test")).rejects.toMatchObject({ kind: "missing" });
    await expect(stripe.events(OWN, { createdFrom: 0, types: [], after: "evt_none" })).rejects.toMatchObject({
      kind: "missing",
    });
    fake.revoke(OWN.key);
    const error: unknown = await stripe.customer(OWN, "cus_1").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "refused" });
    expect(String(error)).not.toContain("rk_");
  });
});

describe("Connect", () => {
  test("sends an owner to Stripe with what was asked for", () => {
    const redirectUri = "https://links.example.test/api/stripe/oauth/callback";
    const url = new URL(openStripe(CONFIG).authorizeUrl({ state: "app_1.abc", redirectUri }));
    expect(url.origin + url.pathname).toBe("https://connect.stripe.com/oauth/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: "code",
      client_id: "ca_of_the_platform",
      scope: "read_only",
      state: "app_1.abc",
      redirect_uri: redirectUri,
      stripe_landing: "login",
    });
    const other = openStripe({ ...CONFIG, oauthScope: "read_write", apiBase: fake.url });
    const there = new URL(other.authorizeUrl({ state: "s", redirectUri }));
    expect([there.origin, there.searchParams.get("scope")]).toEqual([fake.url, "read_write"]);
  });

  test("changes a code for an account once, and gives it back", async () => {
    fake.grant("ac_1", { account: "acct_1", livemode: true });
    expect(await stripe.exchange("ac_1")).toEqual({ account: "acct_1", livemode: true });
    expect(fake.isConnected("acct_1")).toBe(true);
    await stripe.deauthorize("acct_1");
    expect(fake.isConnected("acct_1")).toBe(false);
    expect(fake.requests.at(-1)?.form).toEqual({ client_id: "ca_of_the_platform", stripe_user_id: "acct_1" });
    await expect(stripe.deauthorize("acct_1")).rejects.toMatchObject({ kind: "refused" });
    await expect(stripe.exchange("ac_1")).rejects.toMatchObject({ kind: "refused" });
    await expect(stripe.exchange("ac_unknown")).rejects.toMatchObject({ kind: "refused" });
  });

  test("does not try a code a second time when its answer is lost", async () => {
    fake.grant("ac_1", { account: "acct_1", livemode: true });
    fake.fail("lost");
    await expect(stripe.exchange("ac_1")).rejects.toMatchObject({ kind: "unavailable" });
    expect(fake.requests).toHaveLength(1);
    expect(fake.isConnected("acct_1")).toBe(true);
  });
});

interface Signing {
  readonly payload?: string;
  readonly secret?: string;
  readonly at?: number;
}

/** As Stripe makes it: https://docs.stripe.com/webhooks/signature#verify-manually */
function header(signing: Signing = {}): string {
  const { at = now() } = signing;
  return `t=${at},v1=${signature({ ...signing, at })}`;
}

function signature({ payload = PAYLOAD, secret = SECRET, at = now() }: Signing = {}): string {
  return createHmac("sha256", secret).update(`${at}.${payload}`).digest("hex");
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
