import { checkBooks } from "../../../worker/store/check-books.ts";
import type { Db } from "../../../worker/store/db.ts";
import { openEmbeddedDb } from "../../../worker/store/embedded-db.ts";
import { CURRENCIES } from "../payout-model.ts";
import { Machine } from "./machine.ts";
import { type FactKind, Shop } from "./shop.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly operations: number;
  /** Processes that are killed, the app and the database server in turn. */
  readonly kills: number;
  readonly shops?: number;
  readonly imports?: number;
  /** What is run in place of `dist/node.js`. */
  readonly program?: string;
}

export interface ChaosReport {
  readonly seed: number;
  readonly operations: number;
  readonly performed: Readonly<Record<string, number>>;
  readonly calls: { readonly sent: number; readonly unanswered: number };
  readonly database: { readonly requests: number; readonly faults: number };
  readonly kills: { readonly app: number; readonly database: number };
  readonly facts: Readonly<
    Record<string, { readonly expected: number; readonly lost: number; readonly double: number }>
  >;
  readonly lost: number;
  readonly double: number;
  /** Minor units and credits by which balances are not what the model says. */
  readonly drift: number;
  readonly events: { readonly expected: number; readonly wrong: number };
  readonly discrepancies: number;
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** How many operations are between two looks at all balances, and moves of the clock. */
const ROUND = 80;
const WAITS = [15, 1, 5, 0];

/** Shops at once on one machine, in bad weather. At the end all that is written is what the model has, or the report says what is not. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, operations, kills, program = "dist/node.js", shops: count = 4, imports = 1 } = options;
  const startedAt = performance.now();
  const machine = await Machine.open({ seed, program });
  try {
    await machine.advanceDays(1);
    const shops = Array.from({ length: count }, (_, n) => new Shop(machine, { name: `s${n}`, seed: seed * 1_000 + n }));
    await Promise.all(shops.map((shop) => shop.open()));
    for (const [n, shop] of shops.entries()) shop.neighbour = shops[(n + 1) % count] ?? null;
    await play(machine, shops, { operations, kills, imports });
    await machine.calm();
    const drift = await driftOf(machine, shops);
    await machine.stop();
    return await report({ options, machine, shops, drift, startedAt });
  } finally {
    await machine.stop().catch(() => {});
    machine.remove();
  }
}

/** Rounds of bad weather, each with its kills and moves-in; after each the line is good and the clock goes on. */
async function play(
  machine: Machine,
  shops: readonly Shop[],
  { operations, kills, imports }: { operations: number; kills: number; imports: number },
): Promise<void> {
  const rounds = Math.ceil(operations / ROUND);
  for (let round = 0; round < rounds; round += 1) {
    const first = round * ROUND;
    const order = Array.from({ length: Math.min(ROUND, operations - first) }, (_, n) => first + n).values();
    machine.storm();
    const killing: Promise<void>[] = [];
    const turn = async (shop: Shop) => {
      for (const n of order) {
        const kill = dueAt(n, { of: kills, operations });
        if (kill !== null) killing.push(kill % 2 === 0 ? machine.killApp() : machine.killDatabase());
        await shop.perform(dueAt(n, { of: imports, operations }) === null ? undefined : "import");
      }
    };
    await Promise.all(shops.map(turn));
    await Promise.all(killing);
    await machine.calm();
    await machine.advanceDays(WAITS[round % WAITS.length] ?? 0);
    for (const { model } of shops) model.now = Math.max(model.now + 1, machine.now);
  }
}

/** Which of so many things, spread evenly over the operations, happens before the `n`th: null for none. */
function dueAt(n: number, { of, operations }: { of: number; operations: number }): number | null {
  const every = Math.floor(operations / (of + 1));
  return n > 0 && n % every === 0 && n / every <= of ? n / every - 1 : null;
}

/** How far each balance is from the model's, in sum. */
async function driftOf(machine: Machine, shops: readonly Shop[]): Promise<number> {
  let drift = 0;
  for (const shop of shops) {
    const get = async (path: string, headers = {}) => (await machine.call(path, { key: shop.key, headers })).body;
    for (const creator of shop.model.creators) {
      const { balances } = await get(`/api/v1/affiliates/${shop.ids.get(creator)}/balance`);
      for (const currency of CURRENCIES) {
        const is = balances.find((one: { currency: string }) => one.currency === currency) ?? {};
        const { pending, available, inReview, held, paid, processing } = shop.model.balanceOf(creator, currency);
        const pairs: Readonly<Record<string, number>> = {
          pending,
          available,
          in_review: inReview,
          held,
          paid,
          processing,
        };
        for (const [name, expected] of Object.entries(pairs)) {
          const off = Math.abs((is[`${name}_cents`] ?? 0) - expected);
          if (off > 0) shop.problems.push(`balance: ${name} of ${creator.name} is off by ${off} ${currency}`);
          drift += off;
        }
      }
    }
    for (const [account, expected] of shop.credits) {
      const off = Math.abs((await get("/api/v1/credits", { "X-Account-Id": account })).balance - expected);
      if (off > 0) shop.problems.push(`credits: ${account} is off by ${off}`);
      drift += off;
    }
  }
  return drift;
}

/** Each fact's name in the database, by kind. */
const FACTS: Readonly<Record<FactKind, string>> = {
  signup: "SELECT user_id AS id FROM referral WHERE app = ?1",
  conversion: "SELECT id FROM conversion WHERE app = ?1",
  refund: "SELECT iif(source = 'stripe', source_ref, id) AS id FROM refund WHERE app = ?1",
  dispute: "SELECT id FROM dispute WHERE app = ?1",
  hold: `SELECT v.id || ' ' || row_number() OVER (PARTITION BY h.payment ORDER BY h.seq) AS id
    FROM hold h JOIN conversion v ON v.app = h.app AND v.payment = h.payment WHERE h.app = ?1`,
  decision: "SELECT conversion AS id FROM approval WHERE app = ?1",
  correction: "SELECT id FROM correction WHERE app = ?1",
  payout: "SELECT id FROM payout WHERE app = ?1",
  redemption: "SELECT id FROM redemption WHERE app = ?1",
  spend: "SELECT id FROM credit_entry WHERE app = ?1 AND kind = 'spend'",
};

/** What payouts took of conversions and corrections is what was paid, of everybody. */
const SETTLED_IS_PAID = `
  SELECT t.affiliate, t.currency FROM total t WHERE t.paid <>
    coalesce((SELECT sum(c.settled_net) FROM conversion c
      WHERE c.app = t.app AND c.affiliate = t.affiliate AND c.currency = t.currency), 0)
    + coalesce((SELECT sum(k.amount) FROM correction k WHERE k.app = t.app AND k.affiliate = t.affiliate
      AND k.currency = t.currency AND k.payout IS NOT NULL), 0)`;

/** What the events of commissions added up to, less what is earned; and gaps between their numbers. */
const TOLD_IS_EARNED = `
  SELECT sum(c.posted_net) - (SELECT coalesce(sum(e.payload ->> '$.change.net_commission_cents'), 0) FROM event e
    WHERE e.app = ?1 AND e.kind LIKE 'commission.%') AS off,
    (SELECT max(seq) - count(*) FROM event WHERE app = ?1) AS gaps
  FROM conversion c WHERE c.app = ?1`;

async function report(of: {
  readonly options: ChaosOptions;
  readonly machine: Machine;
  readonly shops: readonly Shop[];
  readonly drift: number;
  readonly startedAt: number;
}): Promise<ChaosReport> {
  const { options, machine, shops, drift, startedAt } = of;
  const { counts } = machine;
  const db = openEmbeddedDb({ file: machine.file });
  try {
    const facts = await compareFacts(db, shops);
    const events = await compareEvents(db, shops);
    const books = (await checkBooks(db)).map(({ check }) => check);
    if ((await db.query({ sql: SETTLED_IS_PAID, args: [] })).length > 0) books.push("paid = Σ settled");
    const sum = (what: "lost" | "double") => Object.values(facts).reduce((all, one) => all + one[what], 0);
    return {
      seed: options.seed,
      operations: options.operations,
      performed: performed(shops),
      calls: { sent: counts.attempts, unanswered: counts.unanswered },
      database: { requests: counts.requests, faults: counts.faults },
      kills: { app: counts.appKills, database: counts.databaseKills },
      facts,
      lost: sum("lost"),
      double: sum("double"),
      drift,
      events,
      discrepancies: books.length,
      problems: [
        ...machine.problems,
        ...shops.flatMap((shop) => shop.problems.map((problem) => `${shop.name}: ${problem}`)),
        ...new Set(books.map((check) => `books: ${check}`)),
      ],
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    };
  } finally {
    await db.close();
  }
}

async function compareFacts(db: Db, shops: readonly Shop[]): Promise<ChaosReport["facts"]> {
  const facts: Record<string, { expected: number; lost: number; double: number }> = {};
  for (const [kind, sql] of Object.entries(FACTS) as [FactKind, string][]) {
    const all = { expected: 0, lost: 0, double: 0 };
    for (const shop of shops) {
      const expected = shop.facts.get(kind) ?? new Set();
      const found = (await db.query({ sql, args: [shop.id] })).map(({ id }) => String(id));
      const left = new Set(expected);
      const strange = found.filter((id) => !left.delete(id));
      if (strange.length + left.size > 0)
        shop.problems.push(
          `${kind}: ${left.size} lost, ${strange.length} double (${[...strange, ...left].slice(0, 3).join(", ")})`,
        );
      all.expected += expected.size;
      all.lost += left.size;
      all.double += strange.length;
    }
    facts[kind] = all;
  }
  return facts;
}

async function compareEvents(db: Db, shops: readonly Shop[]): Promise<ChaosReport["events"]> {
  let expected = 0;
  let wrong = 0;
  for (const shop of shops) {
    const rows = await db.query({
      sql: "SELECT kind, count(*) AS n FROM event WHERE app = ?1 GROUP BY 1",
      args: [shop.id],
    });
    const found = new Map(rows.map(({ kind, n }) => [String(kind), Number(n)]));
    for (const [kind, times] of shop.told) {
      const off = Math.abs((found.get(kind) ?? 0) - times);
      if (off > 0) shop.problems.push(`events: ${found.get(kind) ?? 0} of ${kind}, not ${times}`);
      expected += times;
      wrong += off;
    }
    const [sums] = await db.query({ sql: TOLD_IS_EARNED, args: [shop.id] });
    if (Number(sums?.["off"]) !== 0) shop.problems.push(`events: commissions are told ${String(sums?.["off"])} off`);
    if (Number(sums?.["gaps"]) !== 0) shop.problems.push("events: numbers are missing");
    wrong += Number(Number(sums?.["off"]) !== 0) + Number(Number(sums?.["gaps"]) !== 0);
  }
  return { expected, wrong };
}

function performed(shops: readonly Shop[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const [operation, times] of shops.flatMap(({ done }) => [...done]))
    all[operation] = (all[operation] ?? 0) + times;
  return all;
}
