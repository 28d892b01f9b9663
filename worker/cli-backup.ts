import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { databaseOf } from "./env.ts";
import { systemRuntime } from "./runtime.ts";
import { type Backup, backUp } from "./services/operations/back-up.ts";
import { datedBackup, pruneBackups } from "./services/operations/dated-backups.ts";
import { type Restored, restoreBackup } from "./services/operations/restore-backup.ts";
import { isFolder } from "./store/embedded-copy.ts";
import { fileOf } from "./store/open-db.ts";

/** `backup FILE`, or `backup FOLDER [--keep N]`, which names the file by the time and keeps the newest N. Answers its exit code. */
export async function runBackup(args: readonly string[]): Promise<number> {
  const order = parseBackup(args);
  if (order === null) return refuse("usage: node dist/cli.js backup FILE, or backup FOLDER [--keep 14]", 2);
  const { named, keep } = order;
  if (keep !== null && !isFolder(named)) return refuse(`--keep is for a folder of backups, and ${named} is none.`, 2);
  return withFile(async (from) => {
    const now = systemRuntime.now();
    const to = resolve(isFolder(named) ? datedBackup(named, now) : named);
    const backup = await backUp({ from, to, now });
    if ("refused" in backup) return refuse(backup.refused);
    console.log(backupText(to, backup));
    const removed = keep === null ? [] : pruneBackups(named, keep);
    for (const old of removed) console.log(`Removed ${old}.`);
    return tellBooks(backup.offBooks ?? []);
  });
}

/** `restore FILE [--force]`. Answers its exit code. */
export async function runRestore(args: readonly string[]): Promise<number> {
  const order = parseRestore(args);
  if (order === null) return refuse("usage: node dist/cli.js restore FILE [--force]", 2);
  return withFile(async (to) => {
    const restored = await restoreBackup({ ...order, to, ...systemRuntime, now: systemRuntime.now() });
    if ("refused" in restored) return refuse(restored.refused);
    console.log(restoredText(to, restored));
    return tellBooks(restored.offBooks);
  });
}

function parseBackup(args: readonly string[]): { readonly named: string; readonly keep: number | null } | null {
  try {
    const options = { keep: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [named, ...more] = positionals;
    const isNumber = values.keep === undefined || /^[1-9]\d{0,4}$/.test(values.keep);
    if (named === undefined || more.length > 0 || !isNumber) return null;
    return { named, keep: values.keep === undefined ? null : Number(values.keep) };
  } catch {
    return null;
  }
}

function parseRestore(args: readonly string[]): { readonly from: string; readonly force: boolean } | null {
  try {
    const options = { force: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [named, ...more] = positionals;
    return named === undefined || more.length > 0 ? null : { from: resolve(named), force: values.force === true };
  } catch {
    return null;
  }
}

/** For the embedded database alone: a server has its own ways. */
async function withFile(run: (file: string) => Promise<number>): Promise<number> {
  const location = databaseOf(process.env);
  if (location === null) return refuse("DATABASE_URL is missing.", 2);
  const file = fileOf(location.url);
  if (file === null) return refuse(NOT_A_FILE);
  return run(resolve(file));
}

const NOT_A_FILE =
  "DATABASE_URL names no file of this machine. A libSQL server has dumps and a restore to a point in time of its own (docs/upgrading.md).";

function backupText(to: string, { rows, tables, bytes, schema, offBooks }: Backup): string {
  const size = `${to}: ${rows} rows of ${tables} tables, ${bytes} bytes, up to migration ${schema}.`;
  if (offBooks === null) return `${size}\nIts books were not checked: the database lacks migrations of this program.`;
  return offBooks.length === 0 ? `${size}\nIt is whole, and its books balance.` : size;
}

function restoredText(to: string, { backedUpAt, rows, tables, applied, movedTo, stopped }: Restored): string {
  const moment = backedUpAt === null ? "the backup was made" : new Date(backedUpAt).toISOString();
  const lines = [
    `${to}: ${rows} rows of ${tables} tables, from ${backedUpAt === null ? `when ${moment}` : moment}.`,
    ...(applied.length === 0 ? [] : [`Applied ${applied.join(", ")}.`]),
    ...(movedTo === null ? [] : [`What was there is now ${movedTo}.`]),
    "",
    `It holds nothing that happened since ${moment}:`,
    `1. Payouts: before you let any run, compare with what your bank, PayPal or Stripe paid since.${stopped === 0 ? "" : ` ${stopped} that ran wait for you.`}`,
    "2. Start the server, with the AUTH_SECRET of then: what is sealed can be read by no other.",
    "3. Payments: stripe-backfill reads Stripe's last 30 days; backends send theirs again. Nothing counts twice.",
    "4. Say again what was said since: keys revoked, creators suspended, customers erased.",
    "docs/upgrading.md says more.",
  ];
  return lines.join("\n");
}

function tellBooks(off: readonly string[]): number {
  for (const problem of off) console.error(problem);
  if (off.length > 0) console.error(`${off.length} things are off in its books. They are as they were.`);
  return off.length === 0 ? 0 : 1;
}

function refuse(sentence: string, code = 1): number {
  console.error(sentence);
  return code;
}
