import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { createApp, type Door } from "./app.ts";
import { createDeps, type Deps } from "./deps.ts";
import { type DevFile, keepDevFile, readDevFile } from "./dev-file.ts";
import { type Config, parseEnv } from "./env.ts";
import { openMemoryLimits } from "./gateways/limits/memory-limits.ts";
import { type LogMail, openLogMail } from "./gateways/mail/log-mail.ts";
import { openNodeMail } from "./gateways/mail/node-mail.ts";
import { openNodeSite } from "./gateways/site/node-site.ts";
import { openNodeWebhooks } from "./gateways/webhooks/node-webhooks.ts";
import { deliverOften } from "./jobs/deliver-often.ts";
import { openNodeFiles } from "./gateways/static-files/node-files.ts";
import { JOBS_EVERY_MS, runJobs } from "./jobs/run-jobs.ts";
import { visitorOf } from "./node-visitor.ts";
import { demoPages } from "./pages/demo/routes.tsx";
import { outboxPages } from "./pages/dev/outbox.ts";
import type { AppEnv } from "./routes/context.ts";
import { devRoutes } from "./routes/dev.ts";
import { systemRuntime } from "./runtime.ts";
import { type MovableClock, openMovableClock } from "./services/operations/movable-clock.ts";
import { newerDatabase } from "./services/operations/newer-database.ts";
import { DEMO_EMAIL, DEMO_REF, type Demo, seedDemo } from "./services/operations/seed-demo.ts";
import { migrate, readUnknownMigrations } from "./store/migrate.ts";
import { MIGRATIONS } from "./store/migrations.ts";
import { openDb } from "./store/open-db.ts";

/** Time for requests under way when a signal asks to stop. */
const SHUTDOWN_MS = 10_000;

/** Pages of mails in one run: its time ends it. */
const MAIL_PAGES = 100;

/** Webhooks in one run: the next begins two seconds after it. */
const WEBHOOK_SENDS = 1_000;
/** Beside this file, which is `dist/node.js`. */
const SITE = fileURLToPath(new URL("./site", import.meta.url));

/** Lines that are still to be written. */
const logged: string[] = [];
process.once("exit", writeLog);

await main();

/** Runs the product on this machine: the embedded or a remote database, until SIGINT or SIGTERM. */
async function main(): Promise<void> {
  const kept: Partial<DevFile> = process.env["ENV"] === "production" ? {} : readDevFile();
  const parsed = parseEnv(process.env, kept);
  if ("problems" in parsed) return refuseToStart(parsed.problems);
  const { config } = parsed;
  const wayOut = openNodeMail(config.mail);
  if ("problem" in wayOut) return refuseToStart([wayOut.problem]);
  const db = openDb({ url: config.databaseUrl, authToken: config.databaseAuthToken });
  const unknown = await readUnknownMigrations(db, MIGRATIONS);
  if (unknown.length > 0) {
    await db.close();
    return refuseToStart([newerDatabase("The database", unknown)]);
  }
  await migrate(db, MIGRATIONS, systemRuntime.now());
  const site = openNodeSite();
  const webhooks = openNodeWebhooks({ allowLoopback: config.env === "dev" });
  const files = openNodeFiles(SITE);
  if (config.env === "production") {
    const { mail } = wayOut;
    const deps = createDeps({
      db,
      config,
      runtime: systemRuntime,
      log: logLine,
      limits: openMemoryLimits(),
      mail,
      mailPages: MAIL_PAGES,
      site,
      webhooks,
      webhookSends: WEBHOOK_SENDS,
      files,
    });
    listen(deps, { visitor: visitorOf(config.trustedProxies) }, (port) =>
      console.log(`AgentLinks is running on http://${config.host}:${port}`),
    );
    return;
  }
  const clock = await openMovableClock(db, systemRuntime.now);
  const runtime = { ...systemRuntime, now: clock.now };
  const outbox = openLogMail({ from: config.mail.from, now: runtime.now });
  const mail = wayOut.mail ?? outbox;
  const deps = createDeps({
    db,
    config,
    runtime,
    log: quietly(logLine),
    limits: openMemoryLimits(),
    mail,
    mailPages: MAIL_PAGES,
    site,
    webhooks,
    webhookSends: WEBHOOK_SENDS,
    files,
  });
  const demo = await seedDemo(deps, kept.demo ?? null);
  keepDevFile({
    operatorKey: config.operatorKey,
    authSecret: config.authSecret,
    demo: { appId: demo.app.id, secretKey: demo.secretKey },
  });
  const door = devDoor(deps, { clock, demo, outbox });
  listen(deps, door, (port) => console.log(greeting({ config, demo, port })));
}

function refuseToStart(problems: readonly string[]): void {
  console.error(`AgentLinks cannot start:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  process.exitCode = 1;
}

/** What one turn of the event loop logs goes out in one write: a write waits for who reads it. */
function logLine(entry: Readonly<Record<string, unknown>>): void {
  if (logged.push(JSON.stringify(entry)) === 1) setImmediate(writeLog);
}

function writeLog(): void {
  if (logged.length > 0) process.stdout.write(`${logged.splice(0).join("\n")}\n`);
}

/** The same app with what only dev has: the clock, and a shop to try it in. */
function devDoor(deps: Deps, { clock, demo, outbox }: { clock: MovableClock; demo: Demo; outbox: LogMail }): Door {
  return {
    visitor: visitorOf(deps.config.trustedProxies),
    extra: (app) => {
      app.route("/", devRoutes(clock));
      app.route("/", outboxPages(outbox.sent));
      app.route("/", demoPages(deps, { demo, clock, api: (path, init) => Promise.resolve(app.request(path, init)) }));
    },
  };
}

function listen(deps: Deps, door: Door, listening: (port: number) => void): void {
  const { host, port } = deps.config;
  const app = createApp(deps, door);
  const compressed = new Hono<AppEnv>().use(compress()).all("*", (c) => app.fetch(c.req.raw, c.env));
  let stopping = false;
  const answer: typeof app.fetch = async (request, env) => {
    const response = await (isLarge(request) ? compressed : app).fetch(request, env);
    // A kept-alive connection would go on asking for as long as it is answered.
    if (stopping) response.headers.set("Connection", "close");
    return response;
  };
  const server = serve({ fetch: answer, hostname: host, port }, (info) => listening(info.port));
  server.once("error", (error) => {
    console.error(`AgentLinks cannot listen on ${host}:${port}: ${error.message}`);
    process.exit(1);
  });
  void runJobs(deps);
  const jobs = setInterval(() => void runJobs(deps), JOBS_EVERY_MS);
  const delivering = deliverOften(deps);
  const stop = () => {
    if (stopping) return;
    stopping = true;
    clearInterval(jobs);
    const delivered = delivering.stop();
    // Requests under way are answered, then the database writes what it accepted: nothing is lost.
    const impatient = setTimeout(() => closeConnections(server), SHUTDOWN_MS);
    server.close(() => {
      clearTimeout(impatient);
      void delivered.then(() => deps.db.close());
    });
    closeIdle(server);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

/** Pages and files are compressed here, as Cloudflare does at the edge; a call of the API is too short for it. */
function isLarge({ url, headers }: Request): boolean {
  const { pathname } = new URL(url);
  const isFile = pathname.startsWith("/docs/") || pathname === "/openapi.json";
  return isFile || headers.get("Accept")?.includes("text/html") === true;
}

type Listening = ReturnType<typeof serve>;

function closeIdle(server: Listening): void {
  if (isHttp1(server)) server.closeIdleConnections();
}

function closeConnections(server: Listening): void {
  if (isHttp1(server)) server.closeAllConnections();
}

/** We never ask for HTTP/2, so this always holds. */
function isHttp1(server: Listening): server is Server {
  return "closeIdleConnections" in server;
}

/** Only what went wrong: a terminal that shows the demo has no use for a line a request. */
function quietly(log: Deps["log"]): Deps["log"] {
  return (entry) => {
    if (entry["level"] === "error") log(entry);
  };
}

function greeting({ config, demo, port }: { config: Config; demo: Demo; port: number }): string {
  const base = config.publicUrl.replace(/:\d+$/, `:${port}`);
  return `
AgentLinks is running on ${base}

  Demo Shop, by Mara's link   ${base}/demo?ref=${DEMO_REF}
  The operator's pages        ${base}/apps  (sign in as ${config.operatorEmails[0] ?? "nobody: OPERATOR_EMAILS is empty"})
  Mara's pages                ${base}/referrals  (sign in as ${DEMO_EMAIL})
  Codes, and other mails      ${base}/dev/outbox
  Script                      ${base}/agentlinks.js
  Documentation               ${base}/docs

  Operator key                ${config.operatorKey}
  Demo app                    ${demo.app.id}
  Its secret key              ${demo.secretKey}

Report a payment of 100.00 USD, as a backend does:

  curl -s ${base}/api/track/conversion -H 'Authorization: Bearer ${demo.secretKey}' \\
    -d '{"ref":"${DEMO_REF}","user_id":"u_1","amount_cents":10000,"event_id":"order_1"}'

Mara's balance, today and in 15 days:

  curl -s ${base}/api/v1/affiliates/${demo.affiliateId}/balance -H 'Authorization: Bearer ${demo.secretKey}'
  curl -s ${base}/dev/clock -d '{"advance":"15d"}'

Add an app of your own:

  curl -s ${base}/api/v1/apps -H 'Authorization: Bearer ${config.operatorKey}' \\
    -d '{"name":"My app","commission_percent":30}'
`;
}
