import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNodeDoor } from "../test/support/node-door.ts";
import type { Db } from "../worker/store/db.ts";
import { openEmbeddedDb } from "../worker/store/embedded-db.ts";

/** Rows of each list, few and many: a page is to cost the same in both. */
const FEW = 1_000;
const MANY = 100_000;
/** Rounds in turn, so that a machine that slows down slows all of them. The median of each is shown. */
const ROUNDS = 15;
const CONSOLE = "/settings/affiliates";
const OPERATOR = "operator@example.test";

type Ask = (path: string) => Promise<void>;

/** The page whose first row is the `from`th, the oldest being the first. */
const PAGES: Readonly<Record<string, (from: number) => string>> = {
  affiliates: (from) => `${CONSOLE}/affiliates?cursor=${from + 1}.aff_0`,
  "audit log": (from) => `${CONSOLE}/audit?cursor=${from}.${from + 1_000}`,
  mails: (from) => `${CONSOLE}/deliveries?cursor=${from}.${from + 1_000}`,
  payouts: (from) => `${CONSOLE}/payouts/all?cursor=${from + 1}.po_0`,
};

await main();

/** How long a page of the console's lists takes among many rows, as a ratio to the same page among few, first and deep. */
async function main(): Promise<void> {
  const [few, many] = [await openInstallation(FEW), await openInstallation(MANY)];
  try {
    console.log(`${ROUNDS} rounds; a page among ${MANY} rows, as a ratio to the same page among ${FEW}`);
    for (const [name, path] of Object.entries(PAGES)) {
      const times = { few: [] as number[], many: [] as number[], deep: [] as number[] };
      // Once unmeasured: what is compiled and read from disk first.
      for (const each of [few, many]) await each.ask(path(FEW));
      for (let round = 0; round < ROUNDS; round++) {
        times.few.push(await timeOf(() => few.ask(path(FEW))));
        times.many.push(await timeOf(() => many.ask(path(MANY))));
        times.deep.push(await timeOf(() => many.ask(path(MANY / 2))));
      }
      const [floor, first, deep] = [times.few, times.many, times.deep].map(median);
      console.log(`${name.padEnd(20)}first page${ratio(first, floor)}   page in the middle${ratio(deep, floor)}`);
    }
  } finally {
    await Promise.all([few.close(), many.close()]);
  }
}

async function openInstallation(rows: number) {
  const folder = mkdtempSync(join(tmpdir(), "agentlinks-bench-"));
  const door = await startNodeDoor(folder);
  const db = openEmbeddedDb({ file: join(folder, "data/agentlinks.db") });
  await fill(db, { appId: door.dev().demo.appId, rows });
  await db.close();
  const cookie = await signIn(door.url);
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

/** Signs in by the code that dev keeps; answers the cookies. */
async function signIn(url: string): Promise<string> {
  const cookies = new Map<string, string>();
  const send = async (path: string, fields: Readonly<Record<string, string>>) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url + path, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams(fields),
      headers: { Origin: url, "Sec-Fetch-Site": "same-origin", Cookie: cookie },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
  };
  await send("/signin", { email: OPERATOR, next: "" });
  const outbox = await fetch(`${url}/dev/outbox`, { headers: { Accept: "application/json" } });
  const code = /\b\d{6}\b/.exec(await outbox.text())?.[0] ?? "";
  await send("/signin/code", { code });
  return [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function ratio(value = 0, floor = 1): string {
  return (value / floor).toFixed(2).padStart(7);
}
