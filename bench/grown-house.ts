import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { connectionOf, openConnection } from "../worker/store/embedded-connection.ts";
import { embeddedDbOn } from "../worker/store/embedded-db.ts";
import type { Db } from "../worker/store/db.ts";
import { type Growth, growBooks } from "../test/support/grown-books.ts";
import { startNodeDoor } from "../test/support/node-door.ts";

/** An installation whose one affiliate has so many payments, in a folder of its own. */
export interface GrownHouse {
  readonly folder: string;
  readonly growth: Growth;
}

/** Of a demo's affiliate what it grows by. */
export type Shape = Pick<Growth, "spanMs" | "prices"> & { readonly users: (count: number) => number };

/** Rows written from one statement: what is sorted of them fits into memory. */
const CHUNK = 200_000;

export async function growHouse(folder: string, count: number, shape: Shape): Promise<GrownHouse> {
  mkdirSync(folder, { recursive: true });
  // Started once, for its demo. Nobody else has the file while it is filled.
  await (await startNodeDoor(folder)).stop("SIGTERM");
  const native = new Database(fileOf(folder));
  // A half-filled one is of no use: nothing is kept for taking back, and foreign keys are those of the rows beside them.
  native.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF");
  native.exec(`PRAGMA cache_size = -${Math.floor(freemem() / 2 / 1_024)}; BEGIN`);
  const connection = connectionOf(native);
  const [demo] = connection.run({
    sql: "SELECT app, affiliate, code FROM code WHERE affiliate IS NOT NULL",
    args: [],
  });
  const growth: Growth = {
    app: String(demo?.["app"]),
    affiliate: String(demo?.["affiliate"]),
    code: String(demo?.["code"]),
    currency: "usd",
    holdingDays: 14,
    count,
    now: Date.now(),
    spanMs: shape.spanMs,
    users: shape.users(count),
    priceCents: 1_000,
    prices: shape.prices,
  };
  for (let from = 0; from < count; from += CHUNK) {
    const batch = growBooks(growth, { from, until: Math.min(count, from + CHUNK) });
    for (const statement of batch) connection.run(statement);
  }
  native.exec("COMMIT; PRAGMA journal_mode = WAL");
  connection.close();
  syncFile(fileOf(folder));
  return { folder, growth };
}

/** Its database in this process, as the product opens it, and the milliseconds that its statements have taken. */
export function openTimedDb({ folder }: GrownHouse): { readonly db: Db; readonly spentMs: () => number } {
  const connection = openConnection({ file: fileOf(folder) }, {});
  let spent = 0;
  const run: typeof connection.run = (statement) => {
    const startedAt = performance.now();
    try {
      return connection.run(statement);
    } finally {
      spent += performance.now() - startedAt;
    }
  };
  return { db: embeddedDbOn({ ...connection, run }), spentMs: () => spent };
}

function fileOf(folder: string): string {
  return join(folder, "data/agentlinks.db");
}

/** Else the machine writes it while others wait for their commits. */
function syncFile(file: string): void {
  const handle = openSync(file, "r+");
  fsyncSync(handle);
  closeSync(handle);
}
