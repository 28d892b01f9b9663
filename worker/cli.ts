import { createApp } from "./app.ts";
import { createDeps } from "./deps.ts";
import { readDevFile } from "./dev-file.ts";
import { databaseOf, parseEnv } from "./env.ts";
import { NO_LIMITS } from "./gateways/limits/limits.ts";
import { StripeError } from "./gateways/stripe/stripe.ts";
import { systemRuntime } from "./runtime.ts";
import { openMovableClock } from "./services/operations/movable-clock.ts";
import { auditBooks } from "./services/operations/audit-books.ts";
import { tellDemo } from "./services/operations/tell-demo.ts";
import { BACKFILL_DAYS, backfillApps } from "./services/stripe/backfill.ts";
import type { Db } from "./store/db.ts";
import { migrate } from "./store/migrate.ts";
import { MIGRATIONS } from "./store/migrations.ts";
import { openDb } from "./store/open-db.ts";

/** The commands of `node dist/cli.js NAME`. Each answers its exit code. */
const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  migrate: () => withDatabase(databaseOf(process.env), runMigrations),
  audit: () => withDatabase(databaseOf(process.env), runAudit),
  demo: () => withDatabase({ url: "memory:" }, runDemo),
  "stripe-backfill": () => withDatabase(databaseOf(process.env), runBackfill),
};

const name = process.argv[2] ?? "";
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`usage: node dist/cli.js ${Object.keys(COMMANDS).join("|")}`);
  process.exitCode = 2;
} else {
  process.exitCode = await command();
}

async function withDatabase(
  location: { readonly url: string; readonly authToken?: string | undefined } | null,
  run: (db: Db) => Promise<number>,
): Promise<number> {
  if (location === null) {
    console.error("DATABASE_URL is missing.");
    return 2;
  }
  const db = openDb(location);
  try {
    return await run(db);
  } finally {
    await db.close();
  }
}

async function runMigrations(db: Db): Promise<number> {
  const applied = await migrate(db, MIGRATIONS, systemRuntime.now());
  console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
  return 0;
}

async function runAudit(db: Db): Promise<number> {
  const problems = await auditBooks(db);
  for (const problem of problems) console.log(problem);
  console.log(problems.length === 0 ? "The books balance." : `${problems.length} things are off.`);
  return problems.length === 0 ? 0 : 1;
}

/**
 * Reads the last 30 days of Stripe's events for the app that is named, or for every app that has a key, and takes what was
 * missed. It goes to the same books as the server, which may be running.
 */
async function runBackfill(db: Db): Promise<number> {
  const parsed = parseEnv(process.env, process.env["ENV"] === "production" ? {} : readDevFile());
  if ("problems" in parsed) {
    console.error(parsed.problems.join("\n"));
    return 2;
  }
  const clock = await openMovableClock(db, systemRuntime.now);
  const now = parsed.config.env === "production" ? systemRuntime.now : clock.now;
  const runtime = { ...systemRuntime, now };
  const deps = createDeps({ db, config: parsed.config, runtime, log: logLine, limits: NO_LIMITS });
  const from = systemRuntime.now() - BACKFILL_DAYS * 86_400_000;
  const results = await backfillApps(deps, { appId: process.argv[3] ?? null, from });
  for (const { appId, read, outcomes, failure } of results) {
    const told = [...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(", ");
    console.log(`${appId}: ${read} events${told === "" ? "" : ` (${told})`}`);
    if (failure !== null) console.error(`${appId}: ${whyNoMore(failure)}`);
  }
  if (results.length === 0) console.error("No app with a key for Stripe.");
  return results.length > 0 && results.every(({ failure }) => failure === null) ? 0 : 1;
}

function logLine(entry: Readonly<Record<string, unknown>>): void {
  console.error(JSON.stringify(entry));
}

/** What to do about a backfill that ended early. */
function whyNoMore(failure: Error): string {
  if (!(failure instanceof StripeError)) return failure.message;
  return failure.kind === "unavailable"
    ? `Stripe does not answer (${failure.message}). Run it again: nothing counts twice.`
    : `Stripe does not let this key read events (${failure.message}).`;
}

/** A story with its own database and a clock that stands still between its steps. Throws where a sum is not what it says. */
async function runDemo(db: Db): Promise<number> {
  let now = systemRuntime.now();
  await migrate(db, MIGRATIONS, now);
  const secret = systemRuntime.newId("demo").padEnd(32, "0");
  const parsed = parseEnv({ ENV: "dev" }, { operatorKey: secret, authSecret: secret });
  if ("problems" in parsed) throw new Error(parsed.problems.join("\n"));
  const runtime = { ...systemRuntime, now: () => now };
  const deps = createDeps({ db, config: parsed.config, runtime, log: () => {}, limits: NO_LIMITS });
  const app = createApp(deps, { visitor: { ipOf: () => "127.0.0.1", countryOf: () => null } });
  await tellDemo({
    deps,
    api: async (path, init) => app.request(path, init),
    advance: (millis) => {
      now += millis;
    },
    print: (line) => console.log(line),
  });
  return 0;
}
