import { describe, expect, test } from "vitest";
import { checkedMail } from "../worker/gateways/mail/checked-mail.ts";
import { parseEnv } from "../worker/env.ts";
import { NO_STRIPE } from "./support/world.ts";

const REQUIRED = {
  ENV: "production",
  DATABASE_URL: "libsql://db.example.test",
  PUBLIC_URL: "https://links.example.test/",
  OPERATOR_KEY: "o".repeat(32),
  AUTH_SECRET: "a".repeat(32),
};
const secrets = (count: number) => Array.from({ length: count }, (_, n) => `whsec_of_endpoint_${n}`);

describe("what the installation has at Stripe", () => {
  test("is nothing, unless it says so", () => {
    expect(stripeOf({})).toEqual(NO_STRIPE);
    expect(stripeOf({ STRIPE_WEBHOOK_SECRETS: "", STRIPE_API_KEY: "", STRIPE_OAUTH_SCOPE: "" })).toEqual(NO_STRIPE);
  });

  test("is read from its variables, signing secrets with commas between them", () => {
    const named = {
      STRIPE_WEBHOOK_SECRETS: " whsec_of_the_account , whsec_of_connect",
      STRIPE_API_KEY: "rk_live_of_the_account",
      STRIPE_APP_ID: `app_${"x".repeat(21)}`,
      STRIPE_CLIENT_ID: "ca_of_the_platform",
      STRIPE_SECRET_KEY: "sk_live_of_the_platform",
      STRIPE_OAUTH_SCOPE: "read_write",
      STRIPE_API_BASE: "http://127.0.0.1:12111",
    };
    expect(stripeOf(named)).toEqual({
      webhookSecrets: ["whsec_of_the_account", "whsec_of_connect"],
      apiKey: "rk_live_of_the_account",
      appId: `app_${"x".repeat(21)}`,
      clientId: "ca_of_the_platform",
      secretKey: "sk_live_of_the_platform",
      oauthScope: "read_write",
      apiBase: "http://127.0.0.1:12111",
    });
    expect(stripeOf({ STRIPE_WEBHOOK_SECRETS: secrets(10).join() })).toMatchObject({ webhookSecrets: secrets(10) });
  });

  test.each([
    ["STRIPE_WEBHOOK_SECRETS", secrets(11).join()],
    ["STRIPE_WEBHOOK_SECRETS", "whsec_of_the_account,"],
    ["STRIPE_WEBHOOK_SECRETS", "whsec_toshort"],
    ["STRIPE_WEBHOOK_SECRETS", "whsec_with a blank"],
    ["STRIPE_API_KEY", "pk_live_of_a_page"],
    ["STRIPE_SECRET_KEY", "whsec_of_the_account"],
    ["STRIPE_CLIENT_ID", "acct_1234567890"],
    ["STRIPE_APP_ID", "demo"],
    ["STRIPE_OAUTH_SCOPE", "everything"],
    ["STRIPE_API_BASE", "stripe.example.test"],
    ["STRIPE_API_BASE", "ftp://stripe.example.test"],
    ["STRIPE_API_BASE", "https://stripe.example.test/v1"],
    ["STRIPE_API_BASE", "https://key@stripe.example.test"],
  ])("names %s=%s as wrong, without its value", (name, value) => {
    const parsed = parseEnv({ ...REQUIRED, [name]: value });
    expect(parsed).toEqual({ problems: [expect.stringMatching(new RegExp(`^${name}: must `))] });
    expect(JSON.stringify(parsed)).not.toContain(value);
  });
});

function stripeOf(variables: Readonly<Record<string, string>>): unknown {
  const parsed = parseEnv({ ...REQUIRED, ...variables });
  return "config" in parsed ? parsed.config.stripe : parsed;
}

describe("the proxies that are trusted", () => {
  test("are this machine's, and those that are named", () => {
    expect(parseEnv(REQUIRED)).toMatchObject({ config: { trustedProxies: [] } });
    const named = "172.18.0.0/16, 192.0.2.7,2001:db8::/32 , ::1";
    expect(parseEnv({ ...REQUIRED, TRUSTED_PROXIES: named })).toMatchObject({
      config: { trustedProxies: ["172.18.0.0/16", "192.0.2.7", "2001:db8::/32", "::1"] },
    });
  });

  test.each(["caddy", "172.18.0.0/33", "172.18/16", "2001:db8::/129", "fe80::1%eth0", "10.0.0.0/8/8", "1.2.3.4/"])(
    "%s is none",
    (value) => {
      expect(parseEnv({ ...REQUIRED, TRUSTED_PROXIES: value })).toEqual({
        problems: [expect.stringMatching(/^TRUSTED_PROXIES: must be at most 20 addresses or networks/)],
      });
    },
  );
});

describe("the flags", () => {
  test("AR1 begin in dev with both on, in production with the administration of affiliates off", () => {
    const dev = parseEnv({}, { operatorKey: "o".repeat(32), authSecret: "a".repeat(32) });
    expect(flagsOf(dev)).toEqual({ platformReferrals: true, settingsAffiliates: true });
    expect(flagsOf(parseEnv(REQUIRED))).toEqual({ platformReferrals: true, settingsAffiliates: false });
  });

  test("AR1 are what the environment says", () => {
    const named = { ENABLE_PLATFORM_REFERRALS: "0", ENABLE_SETTINGS_AFFILIATES: "1" };
    expect(flagsOf(parseEnv({ ...REQUIRED, ...named }))).toEqual({
      platformReferrals: false,
      settingsAffiliates: true,
    });
    for (const name of Object.keys(named)) {
      expect(parseEnv({ ...REQUIRED, [name]: "yes" })).toEqual({ problems: [`${name}: must be 0 or 1`] });
    }
  });
});

function flagsOf(parsed: ReturnType<typeof parseEnv>): unknown {
  return "config" in parsed ? parsed.config.flags : parsed;
}

describe("whom mails are from", () => {
  const MAIL_URL = "resend:re_12345678";

  test.each([
    "links@example.test",
    "Links of Ünal's Shop <links@example.test>",
    "Acme, Inc. <links@example.test>",
    '"Acme" <links@example.test>',
    "Acme: Links <links@example.test>",
    "a:b@example.test",
    "links",
  ])("AR26 %s: what starts is what can be sent", async (from) => {
    const parsed = parseEnv({ ...REQUIRED, MAIL_URL, MAIL_FROM: from });
    const mail = { to: "kim@example.test", subject: "x", text: "x", html: "x", id: null };
    const isSent = await checkedMail(from, async () => {})
      .send(mail)
      .then(
        () => true,
        () => false,
      );
    expect("config" in parsed).toBe(isSent);
  });

  test("AR26 is said in production, where mails go out", () => {
    expect(parseEnv({ ...REQUIRED, MAIL_URL })).toEqual({
      problems: [expect.stringMatching(/^MAIL_FROM: is missing/)],
    });
    expect(parseEnv(REQUIRED)).toHaveProperty("config");
  });
});
