import { closeSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createApp } from "./app.ts";
import { createDeps, type Deps } from "./deps.ts";
import { runBackup, runRestore } from "./cli-backup.ts";
import { readDevFile } from "./dev-file.ts";
import { databaseOf, parseEnv } from "./env.ts";
import { NO_LIMITS } from "./gateways/limits/limits.ts";
import { StripeError } from "./gateways/stripe/stripe.ts";
import { systemRuntime } from "./runtime.ts";
import { findTarget, moveIn, planMoveIn } from "./services/import/move-in.ts";
import { countProblems, type ImportReport, reportRows, tellImport } from "./services/import/tell-import.ts";
import { newerDatabase } from "./services/operations/newer-database.ts";
import { openMovableClock } from "./services/operations/movable-clock.ts";
import { auditBooks } from "./services/operations/audit-books.ts";
import { tellDemo } from "./services/operations/tell-demo.ts";
import { BACKFILL_DAYS, backfillApps } from "./services/stripe/backfill.ts";
import type { Db } from "./store/db.ts";
import { HTTP_LIMITS, type HttpLimits } from "./store/http-db.ts";
import { migrate, readUnknownMigrations } from "./store/migrate.ts";
import { MIGRATIONS } from "./store/migrations.ts";
import { openDb } from "./store/open-db.ts";
import { IMPORT } from "./texts/import.ts";
import { toCsv } from "./wire/csv.ts";
import { type ImportFile, MAX_IMPORT_BYTES, parseImportFile } from "./wire/import-file.ts";

/** A migration walks tables: of a million conversions it may take minutes, while no request waits for it. */
const MIGRATION_LIMITS: HttpLimits = { tryMs: 900_000, totalMs: 1_800_000, pausesMs: [100, 400] };

/** The commands of `node dist/cli.js NAME`. Each answers its exit code. */
const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  migrate: () => withDatabase(databaseOf(process.env), runMigrations, MIGRATION_LIMITS),
  audit: () => withDatabase(databaseOf(process.env), runAudit),
  demo: () => withDatabase({ url: "memory:" }, runDemo),
  "stripe-backfill": () => withDatabase(databaseOf(process.env), runBackfill),
  import: () => withDatabase(databaseOf(process.env), runImport),
  backup: () => runBackup(process.argv.slice(3)),
  restore: () => runRestore(process.argv.slice(3)),
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
  limits: HttpLimits = HTTP_LIMITS,
): Promise<number> {
  if (location === null) return refuse("DATABASE_URL is missing.");
  const db = openDb({ ...location, limits });
  try {
    const unknown = await readUnknownMigrations(db, MIGRATIONS);
    if (unknown.length > 0) return refuse(newerDatabase("The database", unknown), 1);
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
  const deps = await openDeps(db);
  if (deps === null) return 2;
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

/** The server's parts, with its own settings; null, and told, where those are wrong. */
async function openDeps(db: Db): Promise<Deps | null> {
  const parsed = parseEnv(process.env, process.env["ENV"] === "production" ? {} : readDevFile());
  if ("problems" in parsed) {
    console.error(parsed.problems.join("\n"));
    return null;
  }
  const clock = await openMovableClock(db, systemRuntime.now);
  const now = parsed.config.env === "production" ? systemRuntime.now : clock.now;
  return createDeps({
    db,
    config: parsed.config,
    runtime: { ...systemRuntime, now },
    log: logLine,
    limits: NO_LIMITS,
  });
}

/**
 * Moves a file of affiliates, codes, referrals and open balances into an app: without `--apply` it only says what would become of
 * it. It goes to the same books as the server, which may be running.
 */
async function runImport(db: Db): Promise<number> {
  const args = importArgs();
  if (args === null) return refuse(IMPORT.usage);
  // Before anything is written: what became of it must have a place.
  if (args.report !== null && !isWritable(args.report)) return refuse(IMPORT.noReport(args.report));
  const bytes = readImport(args.file);
  const deps = bytes === null ? null : await openDeps(db);
  if (bytes === null || deps === null) return 2;
  const app = await findTarget(deps, args.appId);
  if (!app.ok) return refuse(app.failure.message);
  const file = await parseImportFile(bytes, deps.now());
  if (!file.ok) return refuse(file.failure.message);
  const report = await carryOut(deps, app.value.id, { ...args, file: file.value });
  if (args.report !== null) {
    writeFileSync(args.report, await toCsv(IMPORT.reportColumns, reportRows(report)), { mode: 0o600 });
  }
  return countProblems(report) === 0 ? 0 : 1;
}

async function carryOut(
  deps: Deps,
  appId: string,
  { file, isApply, skipsInvalid }: { file: ImportFile; isApply: boolean; skipsInvalid: boolean },
): Promise<ImportReport> {
  const { lines, problems: invalid, unknownColumns } = file;
  if (unknownColumns.length > 0) console.log(IMPORT.unknownColumns(unknownColumns));
  const plan: ImportReport = { lines, invalid, verdicts: await planMoveIn(deps, appId, lines), isApplied: false };
  const isApplied = isApply && (skipsInvalid || countProblems(plan) === 0);
  const report = isApplied ? { ...plan, verdicts: await moveIn(deps, appId, lines), isApplied } : plan;
  for (const line of tellImport(report)) console.log(line);
  if (isApplied) console.log(IMPORT.applied);
  else console.log(isApply ? IMPORT.refused : IMPORT.dryRun);
  return report;
}

function importArgs() {
  try {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(3),
      allowPositionals: true,
      options: {
        app: { type: "string" },
        apply: { type: "boolean" },
        "skip-invalid": { type: "boolean" },
        report: { type: "string" },
      },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0 || values.app === undefined) return null;
    const { app: appId, apply: isApply = false, report = null } = values;
    return { file, appId, isApply, skipsInvalid: values["skip-invalid"] ?? false, report };
  } catch {
    return null;
  }
}

/** The bytes of a file; null, and told, where there are none or too many. */
function readImport(file: string): Uint8Array | null {
  try {
    if (statSync(file).size <= MAX_IMPORT_BYTES) return readFileSync(file);
    console.error(IMPORT.tooLarge(MAX_IMPORT_BYTES));
  } catch {
    console.error(IMPORT.noFile(file));
  }
  return null;
}

/** Whether a file can be written there; it stays as it is, or empty where there was none. */
function isWritable(file: string): boolean {
  try {
    closeSync(openSync(file, "a", 0o600));
    return true;
  } catch {
    return false;
  }
}

/** Says why a command does not begin: 2 where it was asked wrongly. */
function refuse(why: string, code = 2): number {
  console.error(why);
  return code;
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
