import * as v from "valibot";
import { foldEmail } from "./domain/email.ts";
import type { Flag } from "./domain/flags.ts";
import { isMailAddress, parseSender } from "./domain/mail-address.ts";

/** The settings of an installation, parsed once. README.md lists the variables. */
export interface Config {
  readonly env: "dev" | "production";
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly databaseAuthToken: string | undefined;
  /** Addresses and networks, beside this machine, whose proxies say in `X-Forwarded-For` whom they speak for. */
  readonly trustedProxies: readonly string[];
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly operatorKey: string;
  readonly authSecret: string;
  /** The part of every commission that goes to the installation, unless an app has its own. */
  readonly platformFeeBps: number;
  /** What the flags begin as: the database wins. */
  readonly flags: Readonly<Record<Flag, boolean>>;
  readonly stripe: StripeConfig;
  readonly mail: MailConfig;
  /** Who operates the installation once signed in: folded addresses. */
  readonly operatorEmails: readonly string[];
  /** Who may make an app on the pages. */
  readonly appCreation: "operator" | "open";
}

/** How mail goes out, and whom it is from. */
export interface MailConfig {
  /** `log:`, `smtp://…`, `smtps://…`, `resend:KEY` or `cloudflare:`. Null: none goes out. */
  readonly url: string | null;
  readonly from: string;
}

/** What the installation itself has at Stripe. All of it is optional: an app may bring its own signing secrets and key. */
export interface StripeConfig {
  /** Of the endpoints that all apps share: the own account's, and Connect's. */
  readonly webhookSecrets: readonly string[];
  /** Reads the installation's own account. */
  readonly apiKey: string | null;
  /** The app that the own account belongs to. Null: the only app of the event's mode, where there is one. */
  readonly appId: string | null;
  /** Connect's, with the platform's secret key beside it. */
  readonly clientId: string | null;
  readonly secretKey: string | null;
  readonly oauthScope: "read_only" | "read_write";
  /** Where Stripe is, for tests. */
  readonly apiBase: string | null;
}

/** What is missing or wrong, one line a variable. */
export type ConfigProblems = readonly string[];

const DEV_DATABASE_URL = "file:data/agentlinks.db";

/** 32 characters of base62 are 190 bits; fewer may be guessed. */
const MIN_SECRET_LENGTH = 32;

/**
 * The configuration of these variables, or every problem with them at once. `defaults` are the values dev makes up for
 * itself; in production there are none, so that nothing runs on a guess.
 */
export function parseEnv(
  variables: Readonly<Record<string, string | undefined>>,
  defaults: { readonly operatorKey?: string; readonly authSecret?: string } = {},
): { readonly config: Config } | { readonly problems: ConfigProblems } {
  const parsed = v.safeParse(EnvSchema, withDefaults(variables, defaults));
  if (!parsed.success) {
    return { problems: parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "environment"}: ${issue.message}`) };
  }
  const env = parsed.output;
  return {
    config: {
      env: env.ENV,
      host: env.HOST,
      port: env.PORT,
      databaseUrl: env.DATABASE_URL,
      databaseAuthToken: env.DATABASE_AUTH_TOKEN,
      trustedProxies: env.TRUSTED_PROXIES,
      publicUrl: env.PUBLIC_URL.replace(/\/+$/, ""),
      operatorKey: env.OPERATOR_KEY,
      authSecret: env.AUTH_SECRET,
      platformFeeBps: env.PLATFORM_FEE_BPS,
      flags: {
        platformReferrals: env.ENABLE_PLATFORM_REFERRALS,
        settingsAffiliates: env.ENABLE_SETTINGS_AFFILIATES,
      },
      stripe: {
        webhookSecrets: env.STRIPE_WEBHOOK_SECRETS ?? [],
        apiKey: env.STRIPE_API_KEY ?? null,
        appId: env.STRIPE_APP_ID ?? null,
        clientId: env.STRIPE_CLIENT_ID ?? null,
        secretKey: env.STRIPE_SECRET_KEY ?? null,
        oauthScope: env.STRIPE_OAUTH_SCOPE,
        apiBase: env.STRIPE_API_BASE ?? null,
      },
      mail: { url: env.MAIL_URL ?? null, from: env.MAIL_FROM },
      operatorEmails: env.OPERATOR_EMAILS,
      appCreation: env.APP_CREATION,
    },
  };
}

/** Where the database is, for the commands that need nothing else; null when production does not say. */
export function databaseOf(
  variables: Readonly<Record<string, string | undefined>>,
): { readonly url: string; readonly authToken: string | undefined } | null {
  const fallback = variables["ENV"] === "production" ? "" : DEV_DATABASE_URL;
  const url = variables["DATABASE_URL"] || fallback;
  return url === "" ? null : { url, authToken: variables["DATABASE_AUTH_TOKEN"] };
}

function withDefaults(
  variables: Readonly<Record<string, string | undefined>>,
  defaults: { readonly operatorKey?: string; readonly authSecret?: string },
): Record<string, string | undefined> {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ""),
  );
  const common = {
    ENV: "dev",
    HOST: "127.0.0.1",
    PORT: "8787",
    TRUSTED_PROXIES: "",
    PLATFORM_FEE_BPS: "500",
    ENABLE_PLATFORM_REFERRALS: "1",
    ENABLE_SETTINGS_AFFILIATES: "0",
    STRIPE_OAUTH_SCOPE: "read_only",
    OPERATOR_EMAILS: "",
    APP_CREATION: "operator",
  };
  const from = "AgentLinks <agentlinks@localhost>";
  if ((given["ENV"] ?? common.ENV) !== "dev") {
    return { ...common, MAIL_FROM: given["MAIL_URL"] === undefined ? from : undefined, ...given };
  }
  return {
    ...common,
    MAIL_FROM: from,
    ENABLE_SETTINGS_AFFILIATES: "1",
    DATABASE_URL: DEV_DATABASE_URL,
    PUBLIC_URL: `http://127.0.0.1:${given["PORT"] ?? common.PORT}`,
    OPERATOR_KEY: defaults.operatorKey,
    AUTH_SECRET: defaults.authSecret,
    MAIL_URL: "log:",
    OPERATOR_EMAILS: "operator@example.test",
    ...given,
  };
}

const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d{1,7}$/, "must be a whole number"),
    v.transform(Number),
    v.check((value) => value >= min && value <= max, `must lie between ${min} and ${max}`),
  );

const required = v.string("is missing");

const onOrOff = v.pipe(
  v.picklist(["0", "1"], "must be 0 or 1"),
  v.transform((value) => value === "1"),
);

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`;
}

const secret = v.pipe(
  required,
  v.regex(/^[\x21-\x7e]{32,256}$/, `must have ${MIN_SECRET_LENGTH} to 256 characters, without blanks`),
);

/** Live and test, own account and Connect, each with the secret it is being rolled to: more is a mistake. */
const MAX_WEBHOOK_SECRETS = 10;
const WEBHOOK_SECRETS_MESSAGE = `must be at most ${MAX_WEBHOOK_SECRETS} signing secrets whsec_…, with commas between them`;

const webhookSecrets = v.pipe(
  v.string(),
  v.transform((list) => list.split(",").map((item) => item.trim())),
  v.check(
    (secrets) =>
      secrets.length <= MAX_WEBHOOK_SECRETS && secrets.every((item) => /^whsec_[\x21-\x7e]{8,250}$/.test(item)),
    WEBHOOK_SECRETS_MESSAGE,
  ),
);

/** Loopback is the only place that may be spoken to without TLS. */
const MAIL_URL = /^(?:log:|cloudflare:|resend:re_[\w-]{8,250}|smtps:\/\/\S{3,1000}|smtp:\/\/\S{3,1000})$/;
const MAIL_URL_MESSAGE = "must be log:, smtp://…, smtps://…, resend:re_… or cloudflare:";

const MAIL_FROM_MESSAGE = 'must be an address, or a name without any of < > @ , ; : " \\ and <an address>';

/** More is a mistake: everybody on it may see and pay everything. */
const MAX_OPERATORS = 50;

const emails = v.pipe(
  v.string(),
  v.transform((list) =>
    list
      .split(",")
      .map(foldEmail)
      .filter((email) => email !== ""),
  ),
  v.check(
    (list) => list.length <= MAX_OPERATORS && list.every(isMailAddress),
    `must be at most ${MAX_OPERATORS} addresses, with commas between them`,
  ),
);

/** A proxy, a network of containers, a load balancer's: more is a mistake. */
const MAX_PROXIES = 20;

const proxies = v.pipe(
  v.string(),
  v.transform((list) =>
    list
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  ),
  v.check(
    (list) => list.length <= MAX_PROXIES && list.every(isNetwork),
    `must be at most ${MAX_PROXIES} addresses or networks such as 172.18.0.0/16, with commas between them`,
  ),
);

const ipv4 = v.pipe(v.string(), v.ipv4());
const ipv6 = v.pipe(v.string(), v.ipv6());

/** An address, or one with the length of its network's prefix. */
function isNetwork(text: string): boolean {
  const [, address = "", prefix = "0"] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  return (v.is(ipv4, address) && Number(prefix) <= 32) || (v.is(ipv6, address) && Number(prefix) <= 128);
}

const stripeKey = v.pipe(v.string(), v.regex(/^[rs]k_[\x21-\x7e]{8,250}$/, "must be a key sk_… or rk_…"));

const EnvSchema = v.pipe(
  v.object({
    ENV: v.picklist(["dev", "production"], "must be dev or production"),
    HOST: v.string(),
    PORT: wholeNumber(0, 65_535),
    DATABASE_URL: v.pipe(
      required,
      v.regex(/^(file:|libsql:|https?:)/, "must begin with file:, libsql:, https: or http:"),
    ),
    DATABASE_AUTH_TOKEN: v.optional(v.string()),
    TRUSTED_PROXIES: proxies,
    PUBLIC_URL: v.pipe(required, v.url("must be a URL")),
    OPERATOR_KEY: secret,
    AUTH_SECRET: secret,
    PLATFORM_FEE_BPS: wholeNumber(0, 10_000),
    ENABLE_PLATFORM_REFERRALS: onOrOff,
    ENABLE_SETTINGS_AFFILIATES: onOrOff,
    STRIPE_WEBHOOK_SECRETS: v.optional(webhookSecrets),
    STRIPE_API_KEY: v.optional(stripeKey),
    STRIPE_APP_ID: v.optional(v.pipe(v.string(), v.regex(/^app_[\w-]{21}$/, "must be the id of an app, app_…"))),
    STRIPE_CLIENT_ID: v.optional(v.pipe(v.string(), v.regex(/^ca_\w{8,250}$/, "must be a client id, ca_…"))),
    STRIPE_SECRET_KEY: v.optional(stripeKey),
    STRIPE_OAUTH_SCOPE: v.picklist(["read_only", "read_write"], "must be read_only or read_write"),
    STRIPE_API_BASE: v.optional(v.pipe(v.string(), v.check(isOrigin, "must be http:// or https:// and a host"))),
    MAIL_URL: v.optional(v.pipe(v.string(), v.regex(MAIL_URL, MAIL_URL_MESSAGE))),
    MAIL_FROM: v.pipe(
      v.string("is missing: MAIL_URL needs whom mails are from"),
      v.check((from) => parseSender(from) !== null, MAIL_FROM_MESSAGE),
    ),
    OPERATOR_EMAILS: emails,
    APP_CREATION: v.picklist(["operator", "open"], "must be operator or open"),
  }),
  v.forward(
    v.check(
      (env) => env.ENV !== "production" || env.MAIL_URL !== "log:",
      "must not be log: in production: it sends nothing, and codes to sign in would be in the log",
    ),
    ["MAIL_URL"],
  ),
  v.forward(
    v.check((env) => env.ENV !== "production" || env.PUBLIC_URL.startsWith("https://"), "must be https in production"),
    ["PUBLIC_URL"],
  ),
  v.forward(
    v.check(
      (env) => env.ENV !== "dev" || env.HOST === "127.0.0.1",
      "must be 127.0.0.1 in dev: dev is for this machine alone",
    ),
    ["HOST"],
  ),
);
