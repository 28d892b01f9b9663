import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import { openHranaConnection } from "../../../dev/hrana-connection.ts";
import { createHranaStreams } from "../../../dev/hrana-streams.ts";
import { answerHrana } from "../../../dev/libsql-server.ts";
import { startFakeStripe } from "../../support/fake-stripe.ts";
import { startNodeDoor } from "../../support/node-door.ts";
import { startEdgeProcess } from "./edge-process.ts";

/** The built product at one of its doors, over a database of its own. Everything outside is on this machine. */
export interface Door {
  readonly name: "node" | "edge";
  /** Where it listens, and what it thinks it is called. */
  readonly url: string;
  readonly origin: string;
  readonly operatorKey: string;
  /** The database's file: for whoever watches it. */
  readonly file: string;
  /** The header that says whose address a call comes from. */
  readonly addressHeader: string;
  /** What no answer may ever hold. */
  readonly secrets: readonly string[];
  /** Of the installation's own endpoint at Stripe. */
  readonly stripeSecret: string;
  /** Where apps' webhooks can go. */
  readonly hook: string;
  /** The code in the newest mail to an address. */
  readonly codeFor: (email: string) => Promise<string>;
  /** Has it do what it does by itself every minute. */
  readonly runJobs: () => Promise<void>;
  /** Everything it printed since the last time. */
  readonly printed: () => string;
  readonly stop: () => Promise<void>;
}

const OPERATOR_KEY = `al_op_${"f".repeat(40)}`;
const AUTH_SECRET = "fuzz-auth-secret-".repeat(3);
const STRIPE_SECRET = `whsec_${"p".repeat(32)}`;
const STRIPE_KEY = `rk_test_${"k".repeat(24)}`;
const DB_TOKEN = "t".repeat(40);
export const OPERATOR_EMAIL = "operator@example.test";

/** What both doors are told. */
const SETTINGS = {
  OPERATOR_KEY,
  AUTH_SECRET,
  OPERATOR_EMAILS: OPERATOR_EMAIL,
  ENABLE_SETTINGS_AFFILIATES: "1",
  APP_CREATION: "open",
  STRIPE_WEBHOOK_SECRETS: STRIPE_SECRET,
  STRIPE_APP_ID: `app_${"x".repeat(21)}`,
  STRIPE_CLIENT_ID: "ca_fuzzfuzzfuzz",
  STRIPE_SECRET_KEY: STRIPE_KEY,
} as const;
const SECRETS = [OPERATOR_KEY, AUTH_SECRET, STRIPE_SECRET, STRIPE_KEY, DB_TOKEN];

/** `program`: what is run in place of `dist/node.js`. */
export async function openNode(program = "dist/node.js"): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-fuzz-"));
  const stripe = await startFakeStripe();
  const receiver = await startServer((_request, response) => response.writeHead(204).end());
  const alone = pathToFileURL(resolve("test/simulation/fuzz/machine-alone.ts")).href;
  // Known before it starts: forms are taken from its own origin, whichever address they come from.
  const port = await freePort();
  const env = { ...SETTINGS, PORT: String(port), STRIPE_API_BASE: stripe.url, NODE_OPTIONS: `--import=${alone}` };
  const door = await startNodeDoor(folder, env, program);
  const file = join(folder, "data/agentlinks.db");
  const waits = () => door.output().split("waits for SIGUSR2").length - 1;
  const done = async (lanes: number, noted: unknown) => {
    for (const until = Date.now() + JOBS_MS; waits() < lanes || readJobs(file) === noted; await later(20))
      if (Date.now() > until) throw new Error("the jobs do not end");
  };
  await done(LANES, undefined);
  let seen = 0;
  return {
    name: "node",
    url: door.url,
    origin: door.url,
    operatorKey: OPERATOR_KEY,
    file,
    addressHeader: "X-Forwarded-For",
    secrets: SECRETS,
    stripeSecret: STRIPE_SECRET,
    hook: `${receiver.url}/hook`,
    async codeFor(email) {
      const response = await fetch(`${door.url}/dev/outbox`, { headers: { Accept: "application/json" } });
      return codeIn(JSON.parse(await response.text()).mails, email);
    },
    async runJobs() {
      const [lanes, noted] = [waits(), readJobs(file)];
      door.signal("SIGUSR2");
      await done(lanes + LANES, noted);
    },
    printed() {
      const all = door.output();
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh;
    },
    async stop() {
      await door.stop("SIGKILL");
      await Promise.all([stripe.close(), receiver.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The lanes in which webhooks are sent. */
const LANES = 2;
const JOBS_MS = 60_000;

function later(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** What the jobs note when the last of them is done. */
function readJobs(file: string): unknown {
  const db = new Database(file, { timeout: 5_000 });
  try {
    const [row] = db.prepare("SELECT value FROM setting WHERE key = 'jobs'").raw(true).all([]);
    return Array.isArray(row) ? row[0] : undefined;
  } finally {
    db.close();
  }
}

/** Names that the outside has for a worker that reaches one server alone. */
const HOSTS = { database: "database.test", stripe: "stripe.test", mails: "mails.test" } as const;

/** The Workers entry in workerd, whose every fetch comes to this process. */
export async function openEdge(): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-fuzz-"));
  const file = join(folder, "fuzz.db");
  const run = { env: { PATH: process.env["PATH"], DATABASE_URL: `file:${file}` } };
  execFileSync(process.execPath, ["dist/cli.js", "migrate"], { ...run, stdio: "ignore" });
  const stripe = await startFakeStripe();
  const mails: Mail[] = [];
  const streams = createHranaStreams(() => openHranaConnection(file, { durable: false }));
  const outside = await startServer(async (request, response) => {
    switch (request.headers.host ?? "") {
      case HOSTS.database:
        return answerHrana({ request, response, token: DB_TOKEN, streams });
      case HOSTS.stripe:
        return forward(request, response, stripe.url);
      case HOSTS.mails:
        mails.unshift(JSON.parse(await text(request)));
        return void response.writeHead(204).end();
      default:
        return void response.writeHead(204).end();
    }
  });
  const output: string[] = [];
  const bindings = {
    ...SETTINGS,
    ENV: "production",
    PUBLIC_URL: "https://links.example.test",
    DATABASE_URL: `http://${HOSTS.database}`,
    DATABASE_AUTH_TOKEN: DB_TOKEN,
    STRIPE_API_BASE: `http://${HOSTS.stripe}`,
    MAIL_URL: "cloudflare:",
    MAIL_FROM: "AgentLinks <links@example.test>",
    MAILS: `http://${HOSTS.mails}`,
  };
  const workerd = await startEdgeProcess({
    bindings,
    site: resolve("dist/site"),
    outsidePort: outside.port,
    printed: (printed) => void output.push(printed),
  });
  return {
    name: "edge",
    url: workerd.url,
    origin: bindings.PUBLIC_URL,
    operatorKey: OPERATOR_KEY,
    file,
    addressHeader: "CF-Connecting-IP",
    secrets: SECRETS,
    stripeSecret: STRIPE_SECRET,
    hook: "https://hooks.example.test/hook",
    codeFor: async (email) => codeIn(mails, email),
    runJobs: async () => void (await fetch(workerd.cron)),
    printed: () => output.splice(0).join(""),
    async stop() {
      await workerd.stop();
      await Promise.all([stripe.close(), outside.close()]);
      streams.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Mail {
  readonly to: string;
  readonly text: string;
}

function codeIn(mails: readonly Mail[], email: string): string {
  const code = /\b\d{6}\b/.exec(mails.find(({ to }) => to === email)?.text ?? "")?.[0];
  if (code === undefined) throw new Error(`no code was mailed to ${email}`);
  return code;
}

type Serve = (request: IncomingMessage, response: ServerResponse) => unknown;

async function startServer(serve: Serve) {
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function freePort(): Promise<number> {
  const server = await startServer(() => {});
  await server.close();
  return server.port;
}

function forward(request: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, headers, url = "/" } = request;
  const onward = httpRequest(new URL(url, target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once("error", () => response.destroy());
  request.pipe(onward);
}
