import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Metafile } from "esbuild";
import { serializeSigned } from "hono/utils/cookie";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { buildWorker } from "../../build-worker.mjs";
import { hmac } from "../../worker/services/hashing.ts";
import { openHttpDb } from "../../worker/store/http-db.ts";
import { migrate } from "../../worker/store/migrate.ts";
import { MIGRATIONS } from "../../worker/store/migrations.ts";
import { startTestServer } from "../support/db-drivers.ts";
import { startFakeStripe } from "../support/fake-stripe.ts";
import { tempFolder } from "../support/temp-folder.ts";
import type { WorkerModules } from "../support/workerd-process.ts";
import { bundleWorker, ingestModules, LIMITS, MAX_INGEST_BYTES, sizeProblems, sizesOf } from "./bundle.ts";

/** Large, and needed by few calls: each is evaluated when the first of them comes. */
const LAZY = {
  suffixes: /^node_modules\/tldts/,
  stripe: /^node_modules\/stripe\//,
  auth: /^(?:node_modules\/(?:better-auth|@better-auth|better-call|drizzle-orm|zod|jose)|schema)\//,
  // What mails say is a job's, too.
  pages: /^worker\/(?:pages|texts\/(?!mail\.)|assets\.generated)/,
  money:
    /^worker\/(?:services\/track\/record-(?:signup|conversion|refund)|store\/(?:check-books|conversion-store|refund-store))\.ts/,
  // What no visitor of a merchant asks for.
  rest: /^worker\/(?:app\.ts|jobs|openapi|services\/(?:payouts|webhooks|mail|explain|import|books\/(?!books-check))|texts|pages)/,
};
/** For one machine, or for building alone. */
const NEVER = /^(?:node_modules\/(?:rate-limiter-flexible|libsql|@hono\/node-server)|worker\/pages\/demo)\//;

let modules: WorkerModules;
let outputs: Metafile["outputs"];

beforeAll(async () => {
  modules = bundleWorker();
  const { metafile, names } = await describedBuild();
  outputs = metafile.outputs;
  // What esbuild says of its build is said of what is uploaded.
  expect(Object.keys(modules).toSorted()).toEqual(names);
});

test("the Worker is no larger than its limits, which leave little room", () => {
  const [sizes, ingest] = [sizesOf(modules), sizesOf(ingestModules(modules))];
  expect(sizeProblems(sizes, ingest)).toEqual([]);
  expect(sizes.gzip).toBeGreaterThan(LIMITS.gzip * 0.9);
  expect(ingest.raw).toBeGreaterThan(MAX_INGEST_BYTES * 0.9);
  const over = { raw: LIMITS.raw + 1, gzip: LIMITS.gzip + 1 };
  expect(sizeProblems(over, { ...over, raw: MAX_INGEST_BYTES + 1 })).toHaveLength(3);
  expect(sizeProblems(LIMITS, { ...LIMITS, raw: MAX_INGEST_BYTES })).toEqual([]);
});

test("the Worker carries nothing that is for one machine", () => {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  expect(files.some((file) => file.startsWith("node_modules/hono/"))).toBe(true);
  expect(files.filter((file) => NEVER.test(file))).toEqual([]);
});

// Of crypto better-auth takes what hashes passwords, which nobody has here.
test("the Worker needs no module of Node's but AsyncLocalStorage's and crypto", () => {
  const named = Object.values(outputs).flatMap(({ imports }) => imports.filter(({ external }) => external === true));
  expect(new Set(named.map(({ path }) => path))).toEqual(new Set(["node:async_hooks", "node:crypto"]));
});

test("a click and the script evaluate nothing of what records money, and what records money nothing of the rest", async () => {
  const { fetch, evaluated } = await load();
  const call = await startProduct(fetch);
  const body = { ref: "nobody", user_id: "u1", amount_cents: 1_000 };
  expect((await call("/_al/api/track/click", body)).body.tracked).toBe(false);
  expect((await call("/agentlinks.js")).body).toContain("agentlinks");
  expect(evaluated().filter((file) => LAZY.money.test(file))).toEqual([]);
  expect((await call("/api/track/validate", { app_id: "app_1", ref: "nobody" })).body.valid).toBe(false);
  for (const what of ["signup", "conversion", "refund"])
    expect((await call(`/_al/api/track/${what}`, body)).body.error.code).toBe("unknown_ref");
  expect(evaluated().filter((file) => LAZY.money.test(file))).toHaveLength(5);
  expect((await call("/api/track/nothing")).body.error.code).toBe("not_found");
  expect(evaluated().filter((file) => LAZY.rest.test(file))).toEqual([]);

  expect((await call("/health")).body).toEqual({ status: "ok" });
  expect(evaluated().filter((file) => LAZY.rest.test(file)).length).toBeGreaterThan(30);
});

test("a start evaluates no list of public suffixes; the first click that asks for a cookie does", async () => {
  const { fetch, evaluated } = await load();
  expect(evaluated().filter((path) => LAZY.suffixes.test(path))).toEqual([]);

  const call = await startProduct(fetch);
  const made = await call("/api/v1/apps", { name: "Shop", commission_percent: 30 }, authorized(OPERATOR_KEY));
  await call("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, authorized(made.body.secret_key));
  expect((await call("/api/track/click", { ref: "mara" })).body).toEqual({ tracked: true });
  expect(evaluated().filter((path) => LAZY.suffixes.test(path))).toEqual([]);

  const page = { Origin: "https://shop.example.test", "Sec-Fetch-Site": "same-origin" };
  const answer = await call("/_al/api/track/click", { ref: "mara", cookie: { days: 30 } }, page);
  expect(answer.headers.get("Set-Cookie")).toContain("Domain=example.test");
  expect(evaluated().filter((path) => LAZY.suffixes.test(path)).length).toBeGreaterThan(3);
});

test("a start evaluates nothing of Stripe's SDK; the first call that needs Stripe does", async () => {
  const { fetch, evaluated } = await load();
  const stripe = await startFakeStripe();
  onTestFinished(() => stripe.close());
  stripe.grant("ac_1", { account: "acct_1", livemode: true });
  const call = await startProduct(fetch, {
    STRIPE_CLIENT_ID: "ca_of_the_platform",
    STRIPE_SECRET_KEY: "sk_live_of_the_platform",
    STRIPE_API_BASE: stripe.url,
  });
  const made = await call("/api/v1/apps", { name: "Shop", commission_percent: 30 }, authorized(OPERATOR_KEY));
  const started = await call("/api/v1/app/stripe/connect", {}, authorized(made.body.secret_key));
  expect(evaluated().filter((path) => LAZY.stripe.test(path))).toEqual([]);

  const state = new URL(started.body.url).searchParams.get("state");
  const returned = await call(`/api/stripe/oauth/callback?code=ac_1&state=${state}`);
  expect(returned.body).toContain("acct_1 is connected");
  expect(evaluated().filter((path) => LAZY.stripe.test(path)).length).toBeGreaterThan(3);
});

test("a start evaluates no page and nothing of better-auth; the first page does one, who signs in the other", async () => {
  const { fetch, evaluated } = await load();
  const call = await startProduct(fetch);
  await call("/api/v1/apps", { name: "Shop", commission_percent: 30 }, authorized(OPERATOR_KEY));
  expect(evaluated().filter((path) => LAZY.pages.test(path))).toEqual([]);

  expect((await call("/signin")).body).toContain("Sign in");
  expect(evaluated().filter((path) => LAZY.pages.test(path)).length).toBeGreaterThan(3);
  expect(evaluated().filter((path) => LAZY.auth.test(path))).toEqual([]);

  // A code as it was mailed; that nobody has it any more, better-auth says.
  const secret = await hmac(AUTH_SECRET, "agentlinks sign-in v1");
  const mark = await hmac(secret, "code flw_1 123456");
  const flow = JSON.stringify(["mara@example.test", "/", "flw_1", mark, Date.now() + 60_000]);
  const Cookie = await serializeSigned("al_signin", flow, secret);
  const headers = { Cookie: `__Host-${Cookie}`, Origin: "https://links.example.test" };
  const entered = await call("/signin/code", new URLSearchParams({ code: "123456" }), headers);
  expect(entered.body).toContain("This code does not work.");
  expect(evaluated().filter((path) => LAZY.auth.test(path)).length).toBeGreaterThan(50);
});

const AUTH_SECRET = "s".repeat(32);
const OPERATOR_KEY = `operator-${"k".repeat(32)}`;

type Fetch = (request: Request, bindings: Readonly<Record<string, unknown>>, context: object) => Promise<Response>;

interface Loaded {
  readonly fetch: Fetch;
  /** The files whose modules were evaluated. */
  readonly evaluated: () => readonly string[];
}

/** Says what is in the modules, and their names. */
async function describedBuild() {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bundle-"));
  const metafile = await buildWorker(folder);
  rmSync(folder, { recursive: true });
  return {
    metafile,
    names: Object.keys(metafile.outputs)
      .map((file) => basename(file))
      .toSorted(),
  };
}

/** The Worker anew. Each module tells when it is evaluated. */
async function load(): Promise<Loaded> {
  const folder = tempFolder();
  const key = `evaluated ${folder}`;
  const told: string[] = [];
  Reflect.set(globalThis, key, told);
  onTestFinished(() => void Reflect.deleteProperty(globalThis, key));
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  for (const [name, code] of Object.entries(modules))
    writeFileSync(join(folder, name), `globalThis[${JSON.stringify(key)}].push("${name}");\n${code}`);
  const loaded = await import(/* @vite-ignore */ pathToFileURL(join(folder, "index.js")).href);
  return { fetch: loaded.default.fetch, evaluated: () => told.flatMap(filesOf) };
}

function filesOf(name: string): readonly string[] {
  return Object.entries(outputs).flatMap(([file, { inputs }]) => (basename(file) === name ? Object.keys(inputs) : []));
}

/** Answers a function that calls the bundle, over a database of its own. */
async function startProduct(fetch: Fetch, more: Readonly<Record<string, string>> = {}) {
  const server = await startTestServer();
  await migrate(openHttpDb(server), MIGRATIONS, Date.now());
  const limit = { limit: async () => ({ success: true }) };
  const bindings = {
    CLICK_LIMIT: limit,
    TRACK_LIMIT: limit,
    KEY_LIMIT: limit,
    GUESS_LIMIT: limit,
    ENV: "production",
    PUBLIC_URL: "https://links.example.test",
    OPERATOR_KEY,
    AUTH_SECRET,
    DATABASE_URL: server.url,
    DATABASE_AUTH_TOKEN: server.authToken,
    ...more,
  };
  const context = { waitUntil: () => {} };
  return async (path: string, body?: object | URLSearchParams, headers: Readonly<Record<string, string>> = {}) => {
    const url = `https://links.example.test${path}`;
    const bytes = body instanceof URLSearchParams ? body : JSON.stringify(body);
    const sent = body === undefined ? {} : { method: "POST", body: bytes };
    const response = await fetch(new Request(url, { ...sent, headers }), bindings, context);
    const text = await response.text();
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json") === true;
    return { body: isJson ? JSON.parse(text) : text, headers: response.headers };
  };
}

function authorized(key: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${key}` };
}
