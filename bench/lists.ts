import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNodeDoor } from "../test/support/node-door.ts";
import type { Db } from "../worker/store/db.ts";
import { openEmbeddedDb } from "../worker/store/embedded-db.ts";
import { OPERATOR, signIn } from "./sign-in.ts";
import { ratioSpread, type Spread, spreadOf } from "./spread.ts";
import { type Claim, type Part, printPart, type Row } from "./table.ts";

/** Rows of each list, few and many: a page is to cost the same in both. */
const FEW = 1_000;
const MANY = 100_000;
/** Rounds in turn, so that a machine that slows down slows all of them. */
const ROUNDS = 15;
/** Unmeasured: what is read from disk and compiled first. */
const WARM_UP = 10;
/** Times the same page among few rows: one that walked its rows would take up to a hundred times as long. */
const MAX_GROWTH = 2;
const CONSOLE = "/settings/affiliates";

type Ask = (path: string) => Promise<void>;

/** The page whose first row is the `from`th, the oldest being the first. */
const PAGES: Readonly<Record<string, (from: number) => string>> = {
  affiliates: (from) => `${CONSOLE}/affiliates?cursor=${from + 1}.aff_0`,
  "audit log": (from) => `${CONSOLE}/audit?cursor=${from}.${from + 1_000}`,
  mails: (from) => `${CONSOLE}/deliveries?cursor=${from}.${from + 1_000}`,
  payouts: (from) => `${CONSOLE}/payouts/all?cursor=${from + 1}.po_0`,
};

/** How long a page of the console's lists takes among many rows, as a ratio to the same page among few, first and deep. */
export async function measureLists({ rounds = ROUNDS }: { readonly rounds?: number } = {}): Promise<Part> {
  const [few, many] = [await openInstallation(FEW), await openInstallation(MANY)];
  try {
    const rows: Growth[] = [];
    for (const [list, path] of Object.entries(PAGES)) {
      const times = { first: [] as number[], deep: [] as number[], fewFirst: [] as number[], fewDeep: [] as number[] };
      // As many of both: the process that has answered more is the faster one.
      for (let round = -WARM_UP; round < rounds; round++) {
        const each = [
          [times.fewFirst, await timeOf(() => few.ask(path(FEW)))],
          [times.first, await timeOf(() => many.ask(path(MANY)))],
          [times.fewDeep, await timeOf(() => few.ask(path(FEW / 2)))],
          [times.deep, await timeOf(() => many.ask(path(MANY / 2)))],
        ] as const;
        if (round >= 0) each.forEach(([kept, ms]) => kept.push(ms));
      }
      rows.push({
        list,
        "ms among few": spreadOf(times.fewFirst),
        "first page": ratioSpread(times.first, times.fewFirst),
        "page in the middle": ratioSpread(times.deep, times.fewDeep),
      });
    }
    const title = `Pages of the console's lists among ${MANY} rows beside the same among ${FEW}, ${rounds} rounds: median (p10–p90)`;
    const growths = rows.flatMap(({ list, ...row }) =>
      (["first page", "page in the middle"] as const).map((page) => ({ what: `${list}, ${page}`, ratio: row[page] })),
    );
    return { name: "lists", tables: [{ title, rows }], claims: growths.map(claimOf) };
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
}

interface Growth extends Row {
  readonly list: string;
  readonly "first page": Spread;
  readonly "page in the middle": Spread;
}

function claimOf({ what, ratio }: { readonly what: string; readonly ratio: Spread }): Claim {
  return {
    claim: `${what}: ${ratio.median.toFixed(2)} times that among few rows, at most ${MAX_GROWTH}`,
    holds: ratio.median <= MAX_GROWTH,
  };
}

async function openInstallation(rows: number) {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const door = await startNodeDoor(folder);
  const db = openEmbeddedDb({ file: join(folder, "data/agentlinks.db") });
  await fill(db, { appId: door.dev().demo.appId, rows });
  await db.close();
  const cookie = await signIn(door.url, OPERATOR);
  const ask: Ask = async (path) => {
    const answer = await fetch(door.url + path, { headers: { Accept: "text/html", Cookie: cookie } });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
    await answer.text();
  };
  const close = async () => {
    await door.stop("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  };
  return { ask, close };
}

/** Rows that only have to be there: each list's `n`th is of the millisecond `n`. */
async function fill(db: Db, { appId, rows }: { appId: string; rows: number }): Promise<void> {
  const each = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)`;
  const sqls = [
    `${each} INSERT INTO affiliate (app, id, email, code, created_at)
      SELECT ?1, 'aff_' || i, 'a' || i || '@bench.test', 'bench' || i, i FROM n`,
    `${each} INSERT INTO code (code, app, affiliate, ref, created_at)
      SELECT 'bench' || i, ?1, 'aff_' || i, 'bench' || i, i FROM n`,
    `${each} INSERT INTO audit (app, id, actor, action, object, created_at)
      SELECT ?1, 'aud_b' || i, 'operator', 'app.changed', ?1, i FROM n`,
    `${each} INSERT INTO outbox (app, id, kind, payload, next_at, done_at, outcome, created_at)
      SELECT ?1, 'mail.bench.' || i, 'mail', '{"template":"welcome"}', i, i, 'sent', i FROM n`,
    `INSERT INTO payout_method (app, id, affiliate, kind, details, label, actor, created_at)
      SELECT ?1, 'pm_bench', 'aff_1', 'other', 'sealed', 'Bench', 'operator', ?2`,
    `INSERT INTO payout_batch (app, id, kind, rail, payer, status, through_day, actor, approved_by, approved_at, ended_at, created_at)
      SELECT ?1, 'bat_bench', 'hand', 'manual', 'app', 'settled', 1, 'operator', 'operator', 1, ?2, 1`,
    `INSERT INTO payout_line (app, batch, affiliate, currency, amount, done) SELECT ?1, 'bat_bench', 'aff_1', 'usd', ?2, 1`,
    `${each} INSERT INTO payout (app, id, batch, affiliate, currency, amount, through_day, rail, payer, method, status,
        settled_at, posted, actor, created_at)
      SELECT ?1, 'po_' || i, 'bat_bench', 'aff_1', 'usd', 1, 1, 'manual', 'app', 'pm_bench', 'settled', i, 1, 'operator', i FROM n`,
  ];
  await db.batch(sqls.map((sql) => ({ sql, args: [appId, BigInt(rows)] })));
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

if (import.meta.main) printPart(await measureLists());
