import { createApp } from "../../worker/app.ts";
import { createDeps, type Deps } from "../../worker/deps.ts";
import type { Config } from "../../worker/env.ts";
import { systemRuntime } from "../../worker/runtime.ts";
import type { Db } from "../../worker/store/db.ts";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";

/** 2026-01-15 12:00 UTC, a Thursday noon, so that days and months have room on both sides. */
export const START = Date.UTC(2026, 0, 15, 12);

const OPERATOR_KEY = `operator-${"k".repeat(32)}`;

/** What a call answered: the status, the parsed body (null without one), the headers. */
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
  readonly affiliateId: string;
  readonly ref: string;
}

/** The whole product on a database in memory with a clock that stands still until it is moved. */
export interface World {
  readonly deps: Deps;
  readonly db: Db;
  readonly operatorKey: string;
  /** Sends a request: text and bytes as they are, anything else as JSON. POST with a body, GET without, unless told. */
  readonly call: (path: string, body?: unknown, options?: CallOptions) => Promise<Answer>;
  /** Moves the clock on by milliseconds. */
  readonly advance: (millis: number) => void;
  readonly newApp: (settings?: { percent?: number; currency?: string; ref?: string }) => Promise<TestApp>;
  /** The balance of an affiliate in a currency, as the API gives it. */
  readonly balance: (app: TestApp, currency?: string) => Promise<Json>;
}

export async function createWorld(options: { db?: Db; config?: Partial<Config> } = {}): Promise<World> {
  const db = options.db ?? openEmbeddedDb({ memory: true });
  await migrate(db, MIGRATIONS, START);
  const config: Config = {
    env: "production",
    host: "127.0.0.1",
    port: 0,
    databaseUrl: "memory:",
    databaseAuthToken: undefined,
    publicUrl: "https://links.example.test",
    operatorKey: OPERATOR_KEY,
    authSecret: "s".repeat(32),
    platformFeeBps: 500,
    ...options.config,
  };
  let now = START;
  const deps = createDeps({ db, config, runtime: { ...systemRuntime, now: () => now }, log: () => {} });
  const app = createApp(deps, {
    visitor: {
      ipOf: (c) => c.req.header("X-Test-IP") ?? "192.0.2.1",
      countryOf: (c) => c.req.header("X-Test-Country") ?? null,
    },
  });
  let apps = 0;

  const call: World["call"] = async (path, body, { key, method, headers } = {}) => {
    const response = await app.request(path, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: { ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }), ...headers },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text), headers: response.headers };
  };

  return {
    deps,
    db,
    operatorKey: OPERATOR_KEY,
    call,
    advance: (millis) => void (now += millis),
    async newApp({ percent = 30, currency = "usd", ref } = {}) {
      apps += 1;
      const made = await call(
        "/api/v1/apps",
        { name: `App ${apps}`, commission_percent: percent, currency, domain: "shop.example.test" },
        { key: OPERATOR_KEY },
      );
      const key: string = made.body.secret_key;
      const joined = await call(
        "/api/v1/affiliates",
        { email: `creator${apps}@example.test`, ref: ref ?? `creator${apps}` },
        { key },
      );
      return { id: made.body.app.id, key, affiliateId: joined.body.affiliate.id, ref: joined.body.affiliate.ref };
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
