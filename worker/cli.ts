import { databaseOf } from "./env.ts";
import { systemRuntime } from "./runtime.ts";
import { auditBooks } from "./services/operations/audit-books.ts";
import type { Db } from "./store/db.ts";
import { migrate } from "./store/migrate.ts";
import { MIGRATIONS } from "./store/migrations.ts";
import { openDb } from "./store/open-db.ts";

/** The commands of `node dist/cli.js NAME`. Each answers its exit code. */
const COMMANDS: Readonly<Record<string, () => Promise<number>>> = {
  migrate: () => withDatabase(runMigrations),
  audit: () => withDatabase(runAudit),
};

const name = process.argv[2] ?? "";
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`usage: node dist/cli.js ${Object.keys(COMMANDS).join("|")}`);
  process.exitCode = 2;
} else {
  process.exitCode = await command();
}

async function withDatabase(run: (db: Db) => Promise<number>): Promise<number> {
  const db = openDb(databaseOf(process.env));
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
