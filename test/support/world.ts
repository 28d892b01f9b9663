import type { Deps } from "../../worker/deps.ts";
import type { Config, StripeConfig } from "../../worker/env.ts";
import type { Limits } from "../../worker/gateways/limits/limits.ts";
import type { Mail, MailGateway } from "../../worker/gateways/mail/mail.ts";
import type { SiteGateway } from "../../worker/gateways/site/site.ts";
import type { WebhookGateway } from "../../worker/gateways/webhooks/webhooks.ts";
import { openNodeFiles } from "../../worker/gateways/static-files/node-files.ts";
import type { StaticFiles } from "../../worker/gateways/static-files/static-files.ts";
import { openMemoryLimits } from "../../worker/gateways/limits/memory-limits.ts";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import type { Db } from "../../worker/store/db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { openEdgeDb, openEdgeWorld, workerUrl } from "./edge-door.ts";
import { holdToReference } from "./reference.ts";
import { type MailFate, recordedMail } from "./recorded-mail.ts";
import { openMigratedDb } from "./template-db.ts";
import { createTestApp } from "./test-app.ts";

/** 2026-01-15 12:00 UTC, a Thursday noon, so that days and months have room on both sides. */
export const START = Date.UTC(2026, 0, 15, 12);

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;

/** An installation that has nothing at Stripe. */
export const NO_STRIPE: StripeConfig = {
  webhookSecrets: [],
  apiKey: null,
  appId: null,
  clientId: null,
  secretKey: null,
  oauthScope: "read_only",
  apiBase: null,
};

/** What a call answered: the status, the body (parsed where it is JSON, null without one), the headers. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly headers: Headers;
}

/** A JSON value a test looks into freely. */
export type Json = ReturnType<typeof JSON.parse>;

export interface CallOptions {
  readonly key?: string | undefined;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An app of its own with one affiliate, as most tests need it. */
export interface TestApp {
  readonly id: string;
  readonly key: string;
  /** A second key, which may do no more than manage: to be rolled or revoked. */
  readonly spareKeyId: string;
  /** A standing rule for a currency that nobody pays in: to be ended. */
  readonly ruleId: string;
  readonly affiliateId: string;
  readonly ref: string;
}

/**
 * The whole product with a clock that stands still until it is moved: in this process on a database of its own, or, in the
 * tests' project `workerd`, in workerd on a libSQL server.
 */
export interface World {
  /** The product's parts in this process, on the world's database and clock. In workerd the calls have others of their own. */
  readonly deps: Deps;
  readonly db: Db;
  readonly operatorKey: string;
  /** Sends a request: text and bytes as they are, anything else as JSON. POST with a body, GET without, unless told. */
  readonly call: (path: string, body?: unknown, options?: CallOptions) => Promise<Answer>;
  /** Sends a request as it is, for answers that are no JSON. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** Does once what is done outside requests. */
  readonly runJobs: () => Promise<void>;
  /** What was mailed since the world began, first sent first. */
  readonly mails: () => readonly Mail[];
  /** Moves the clock on by milliseconds. */
  readonly advance: (millis: number) => void;
  readonly newApp: (settings?: { percent?: number; currency?: string; ref?: string }) => Promise<TestApp>;
  /** The balance of an affiliate in a currency, as the API gives it. */
  readonly balance: (app: TestApp, currency?: string) => Promise<Json>;
}

export interface WorldOptions {
  /** For a world in workerd one of `openFaultyDb`. */
  readonly db?: Db;
  readonly config?: Partial<Config>;
  /** Limits of the test's own stay in its process: a world in workerd takes those in memory, or none. */
  readonly limits?: Limits | "memory";
  readonly log?: Deps["log"];
  /** What becomes of mails: recorded, unless told. A way out of the test's own stays in its process. */
  readonly mail?: MailFate | MailGateway;
  /** Other people's sites; a world in workerd has none. */
  readonly site?: SiteGateway;
  /** Who receives webhooks. A receiver of the test's own stays in its process; in worlds of `ENV=dev` they go to this machine. */
  readonly webhooks?: WebhookGateway;
  /** The documentation as it was built, unless given; a world in workerd has none. */
  readonly files?: StaticFiles;
  /** The path of a page that only this door has. */
  readonly page?: string;
  /** In this process, whatever the project: to make what worlds in workerd begin with. */
  readonly here?: true;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const edge = options.here === true ? null : workerUrl();
  const db = options.db ?? (edge === null ? openMigratedDb() : openEdgeDb());
  // A test's own may be empty.
  if (options.db !== undefined) await migrate(db, MIGRATIONS, START);
  const config: Config = {
    env: "production",
    host: "127.0.0.1",
    port: 0,
    databaseUrl: "memory:",
    databaseAuthToken: undefined,
    trustedProxies: [],
    publicUrl: "https://links.example.test",
    operatorKey: OPERATOR_KEY,
    authSecret: "s".repeat(32),
    platformFeeBps: 500,
    flags: { platformReferrals: true, settingsAffiliates: true },
    stripe: NO_STRIPE,
    mail: { url: null, from: "AgentLinks <links@example.test>" },
    operatorEmails: ["operator@example.test"],
    appCreation: "operator",
    ...options.config,
  };
  let now = START;
  const { limits, log = () => {}, page } = options;
  const own = typeof options.mail === "object" ? options.mail : null;
  const mail = typeof options.mail === "object" ? "none" : (options.mail ?? "recorded");
  const mails: Mail[] = [];
  const mailed = (sent: Mail) => void mails.push(sent);
  const parts = { db, config, log, page, now: () => now };
  const here = createTestApp({
    ...parts,
    limits: limits === "memory" ? openMemoryLimits() : limits,
    mail: own ?? recordedMail(mail, mailed),
    site: options.site,
    webhooks: options.webhooks,
    files: options.files ?? openNodeFiles("dist/site"),
  });
  const line =
    edge === null
      ? { ...here, runJobs: () => runJobs(here.deps) }
      : openEdgeWorld(edge, { ...parts, limits, mail, mailed });
  let apps = 0;

  const call: World["call"] = async (path, body, { key, method, headers } = {}) => {
    const sent = method ?? (body === undefined ? "GET" : "POST");
    const response = await line.request(path, {
      method: sent,
      headers: { ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    const answer = {
      status: response.status,
      body: isJson ? JSON.parse(text) : text || null,
      headers: response.headers,
    };
    if (isJson) holdToReference({ method: sent, path, code: answer.body?.error?.code });
    return answer;
  };

  return {
    deps: here.deps,
    db,
    operatorKey: OPERATOR_KEY,
    call,
    request: line.request,
    runJobs: line.runJobs,
    mails: () => [...mails],
    advance: (millis) => void (now += millis),
    async newApp({ percent = 30, currency = "usd", ref } = {}) {
      apps += 1;
      const made = await call(
        "/api/v1/apps",
        { name: `App ${apps}`, commission_percent: percent, currency, domain: "shop.example.test" },
        { key: OPERATOR_KEY },
      );
      if (made.status !== 201) throw new Error(`no app: ${made.status} ${JSON.stringify(made.body)}`);
      const key: string = made.body.secret_key;
      const joined = await call(
        "/api/v1/affiliates",
        { email: `creator${apps}@example.test`, ref: ref ?? `creator${apps}` },
        { key },
      );
      const spare = await call("/api/v1/keys", { name: "Spare", scopes: ["manage"] }, { key });
      const ruleId = here.deps.newId("rule");
      const rule = `INSERT INTO review_rule (app, id, currency, max_event_cents, max_day_cents, reason, actor, created_at)
        VALUES (?1, ?2, 'isk', 1, 1, 'for a test to end', 'a test', 0) ON CONFLICT DO NOTHING`;
      await db.batch([{ sql: rule, args: [made.body.app.id, ruleId] }]);
      return {
        id: made.body.app.id,
        key,
        spareKeyId: spare.body.key.id,
        ruleId,
        affiliateId: joined.body.affiliate.id,
        ref: joined.body.affiliate.ref,
      };
    },
    async balance(testApp, currency = "usd") {
      const answer = await call(`/api/v1/affiliates/${testApp.affiliateId}/balance`, undefined, { key: testApp.key });
      return answer.body.balances.find((balance: Json) => balance.currency === currency);
    },
  };
}

function isRaw(body: unknown): body is string | Uint8Array<ArrayBuffer> {
  return typeof body === "string" || body instanceof Uint8Array;
}
