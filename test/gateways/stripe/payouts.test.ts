import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStripe, type StripeCredentials, type StripeGateway } from "../../../worker/gateways/stripe/stripe.ts";
import { type FakeFault, type FakeStripe, startFakeStripe } from "../../support/fake-stripe.ts";
import { NO_STRIPE } from "../../support/world.ts";

const PLATFORM: StripeCredentials = { key: "sk_live_of_the_shop", account: null };
const OTHER: StripeCredentials = { key: "sk_live_of_another", account: null };
const REQUEST = {
  payoutId: "po_1",
  attempt: 1,
  appId: "app_1",
  amountCents: 5_000,
  currency: "usd",
  destination: "acct_mara",
};
const DAY_MS = 86_400_000;

let fake: FakeStripe;
let stripe: StripeGateway;
let now = 0;

beforeEach(async () => {
  now = 0;
  fake = await startFakeStripe({ now: () => now });
  stripe = openStripe({ ...NO_STRIPE, apiBase: fake.url });
  fake.payouts.addRecipient(PLATFORM.key, "acct_mara");
});

afterEach(() => fake.close());

describe("a transfer", () => {
  test("D-transfers goes out in the payout's name, under a key of the payout and its attempt", async () => {
    const id = await stripe.transfer(PLATFORM, REQUEST);
    expect(fake.payouts.transfers()).toMatchObject([{ id, amount: 5_000, currency: "usd", destination: "acct_mara" }]);
    expect(fake.requests[0]).toMatchObject({
      method: "POST",
      path: "/v1/transfers",
      headers: { authorization: `Bearer ${PLATFORM.key}`, "idempotency-key": "po_1:1" },
      form: { transfer_group: "po_1", "metadata[agentlinks_payout]": "po_1", "metadata[agentlinks_app]": "app_1" },
    });
  });

  test("D-transfers repeated is the same, also when the first answer was lost", async () => {
    fake.fail("lost");
    await expect(stripe.transfer(PLATFORM, REQUEST)).rejects.toMatchObject({ kind: "unavailable", code: null });
    const id = await stripe.transfer(PLATFORM, REQUEST);
    expect(await stripe.transfer(PLATFORM, REQUEST)).toBe(id);
    expect(fake.payouts.transfers()).toHaveLength(1);
    // This is what the 20 hours are for.
    now = DAY_MS;
    expect(await stripe.transfer(PLATFORM, REQUEST)).not.toBe(id);
    expect(fake.payouts.sentByGroup()).toEqual({ po_1: 10_000 });
  });

  test.each([
    ["500", "api_error"],
    ["500 done", "api_error"],
    ["429", "rate_limit"],
    ["in use", "idempotency_key_in_use"],
    ["unreadable", null],
  ] as const satisfies readonly (readonly [FakeFault, string | null])[])(
    "D-transfers of which nothing is known after %s is unavailable, and is sent once",
    async (fault, code) => {
      fake.fail(fault);
      const error = { kind: "unavailable", code };
      await expect(stripe.transfer(PLATFORM, REQUEST)).rejects.toMatchObject(error);
      expect(fake.requests).toHaveLength(1);
    },
  );

  test("D-transfers an error of Stripe's stays under its key, whatever was done", async () => {
    fake.fail("500 done");
    for (let n = 0; n < 2; n++) {
      await expect(stripe.transfer(PLATFORM, REQUEST)).rejects.toMatchObject({ kind: "unavailable" });
    }
    expect(fake.payouts.transfers()).toHaveLength(1);
  });

  test("D-transfers under a key that was used for another one nothing is known", async () => {
    await stripe.transfer(PLATFORM, REQUEST);
    const other = stripe.transfer(PLATFORM, { ...REQUEST, amountCents: 5_001 });
    await expect(other).rejects.toMatchObject({ kind: "unavailable", code: "idempotency_error" });
  });

  test("D-transfers that Stripe refuses is refused with its code", async () => {
    expect(await refusal(PLATFORM, { destination: "acct_none" })).toMatchObject({
      kind: "missing",
      code: "resource_missing",
    });
    expect(await refusal(OTHER, {})).toMatchObject({ kind: "missing", code: "resource_missing" });
    fake.payouts.setActive("acct_mara", false);
    expect(await refusal(PLATFORM, {})).toMatchObject({
      kind: "refused",
      code: "insufficient_capabilities_for_transfer",
    });
    fake.payouts.setActive("acct_mara", true);
    fake.payouts.fund(PLATFORM.key, "usd", 4_999);
    expect(await refusal(PLATFORM, {})).toMatchObject({ kind: "refused", code: "balance_insufficient" });
    fake.payouts.fund(PLATFORM.key, "usd", 5_000);
    // What was refused once its work had begun is kept under its key.
    expect(await refusal(PLATFORM, {})).toMatchObject({ kind: "refused", code: "balance_insufficient" });
    fake.revoke(PLATFORM.key);
    const gone = await refusal(PLATFORM, { attempt: 2 });
    expect(gone).toMatchObject({ kind: "refused", code: "invalid_request_error" });
    expect(String(gone)).not.toContain("sk_");
    expect(fake.payouts.transfers()).toEqual([]);
  });

  test("D-transfers is found by its group, by the platform that sent it", async () => {
    const id = await stripe.transfer(PLATFORM, REQUEST);
    await stripe.transfer(PLATFORM, { ...REQUEST, payoutId: "po_2" });
    const { amountCents, currency, destination } = REQUEST;
    expect(await stripe.transfersOfGroup(PLATFORM, "po_1")).toEqual([{ id, amountCents, currency, destination }]);
    expect(await stripe.transfersOfGroup(PLATFORM, "po_3")).toEqual([]);
    expect(await stripe.transfersOfGroup(OTHER, "po_1")).toEqual([]);
  });
});

describe("a recipient", () => {
  const request = { key: "k1", email: "mara@creators.test", country: null, isAbroad: false };

  test("R-recipients gets an account that may only receive, once for a key", async () => {
    const account = await stripe.createRecipient(PLATFORM, request);
    expect(await stripe.createRecipient(PLATFORM, request)).toBe(account);
    expect(fake.requests[0]?.headers["idempotency-key"]).toBe("k1");
    expect(fake.requests[0]?.form).toEqual({
      "controller[fees][payer]": "application",
      "controller[losses][payments]": "application",
      "controller[requirement_collection]": "stripe",
      "controller[stripe_dashboard][type]": "express",
      "capabilities[transfers][requested]": "true",
      email: "mara@creators.test",
    });
    expect(await stripe.recipient(PLATFORM, account)).toEqual({ isActive: false });
    fake.payouts.setActive(account, true);
    expect(await stripe.recipient(PLATFORM, account)).toEqual({ isActive: true });
    await expect(stripe.recipient(OTHER, account)).rejects.toMatchObject({ kind: "refused", code: "account_invalid" });
  });

  test("R-recipients abroad is under the recipient agreement", async () => {
    expect(await stripe.ownCountry(PLATFORM)).toBe("US");
    await stripe.createRecipient(PLATFORM, { ...request, email: null, country: "DE", isAbroad: true });
    const { form } = fake.requests.at(-1) ?? {};
    expect(form).toMatchObject({ country: "DE", "tos_acceptance[service_agreement]": "recipient" });
    expect(form).not.toHaveProperty("email");
  });

  test("R-recipients is sent to Stripe by a link", async () => {
    const account = await stripe.createRecipient(PLATFORM, request);
    const urls = { refreshUrl: "https://links.example.test/again", returnUrl: "https://links.example.test/back" };
    expect(await stripe.onboardingLink(PLATFORM, { account, ...urls })).toMatch(/^https:\/\/connect\.stripe\.com\//);
    expect(fake.requests.at(-1)?.form).toEqual({
      account,
      refresh_url: urls.refreshUrl,
      return_url: urls.returnUrl,
      type: "account_onboarding",
    });
    const none = stripe.onboardingLink(PLATFORM, { account: "acct_none", ...urls });
    await expect(none).rejects.toMatchObject({ kind: "missing" });
  });
});

/** What comes of a transfer that is not made. */
async function refusal(credentials: StripeCredentials, change: object): Promise<unknown> {
  return stripe.transfer(credentials, { ...REQUEST, ...change }).catch((error: unknown) => error);
}
