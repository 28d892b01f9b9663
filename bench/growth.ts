import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { grownConversion, grownUser } from "../test/support/grown-books.ts";
import { startNodeDoor } from "../test/support/node-door.ts";
import { createDeps, type Deps } from "../worker/deps.ts";
import { parseEnv } from "../worker/env.ts";
import { NO_LIMITS } from "../worker/gateways/limits/limits.ts";
import { systemRuntime } from "../worker/runtime.ts";
import { readBalances } from "../worker/store/book-store.ts";
import { recordConversion } from "../worker/services/track/record-conversion.ts";
import { recordRefund } from "../worker/services/track/record-refund.ts";
import { type GrownHouse, growHouse, openTimedDb, type Shape } from "./grown-house.ts";
import { ratioSpread, spreadOf } from "./spread.ts";
import { type Claim, type Part, printPart, type Row, type Table } from "./table.ts";

const SIZES = [1_000, 10_000, 100_000, 1_000_000];
/** Each the median of its calls, in turn with those of the other sizes. */
const ROUNDS = 30;
const CALLS = 10;
/** Rounds unmeasured: what is compiled first, and read from the file. */
const WARM_UP = 2;
/** Times the smallest. */
const MAX_GROWTH = 1.2;
const YEAR_MS = 365 * 86_400_000;

const SHAPES: Readonly<Record<string, Shape>> = {
  "over three years, of many customers": { spanMs: 3 * YEAR_MS, prices: 500, users: (count) => count / 4 },
  "within an hour, at one price, of one customer": { spanMs: 3_600_000, prices: 1, users: () => 1 },
};

/** One call of a house: the `order`th of it, which is another one each time. Answers the milliseconds that it took. */
type Call = (order: number) => Promise<number>;
type Calls = Readonly<Record<string, Call>>;

export interface GrowthOptions {
  readonly sizes?: readonly number[];
  readonly rounds?: number;
}

/**
 * How long a balance, a payment and refunds take on Node when an affiliate has a thousand payments, and when they have a million:
 * as calls over HTTP, one at a time, and as what the statements alone take in this process.
 */
export async function measureGrowth({ sizes = SIZES, rounds = ROUNDS }: GrowthOptions = {}): Promise<Part> {
  const tables: Table[] = [];
  for (const [name, shape] of Object.entries(SHAPES)) {
    const folder = mkdtempSync(join(tmpdir(), "agentlinks-growth-"));
    try {
      tables.push(...(await measureShape(folder, { name, shape, sizes, rounds })));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { name: "growth", tables, claims: tables.flatMap(claimsOf) };
}

async function measureShape(
  folder: string,
  { name, shape, sizes, rounds }: { name: string; shape: Shape; sizes: readonly number[]; rounds: number },
): Promise<readonly Table[]> {
  const startedAt = performance.now();
  const houses: GrownHouse[] = [];
  for (const size of sizes) houses.push(await growHouse(join(folder, String(size)), size, shape));
  const note = `Filled in ${Math.round((performance.now() - startedAt) / 1_000)} s.`;
  const calls = await timesOf(await Promise.all(houses.map(openDoor)), { sizes, rounds });
  const statements = await timesOf(houses.map(openInside), { sizes, rounds });
  return [
    { title: `Payments ${name}: a call, one connection`, rows: rowsOf(calls), notes: [note] },
    { title: `Payments ${name}: its statements, in process`, rows: rowsOf(statements) },
  ];
}

interface Opened {
  readonly calls: Calls;
  readonly close: () => Promise<unknown>;
}

/** The built program. */
async function openDoor({ folder, growth }: GrownHouse): Promise<Opened> {
  const door = await startNodeDoor(folder);
  const headers = { Authorization: `Bearer ${door.dev().demo.secretKey}` };
  const send = async (path: string, body?: object) => {
    const startedAt = performance.now();
    const posted = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(door.url + path, { headers, ...posted });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status} ${text}`);
    return performance.now() - startedAt;
  };
  const refund = (order: number, of: object) =>
    send("/api/track/refund", { ...of, amount_cents: 10, event_id: `re${order}` });
  return {
    calls: {
      balance: () => send(`/api/v1/affiliates/${growth.affiliate}/balance`),
      conversion: (order) =>
        send("/api/track/conversion", {
          ref: growth.code,
          user_id: grownUser(growth, order),
          amount_cents: growth.priceCents,
          event_id: `e${order}`,
        }),
      "refund of a conversion": (order) => refund(order, { conversion_id: grownConversion(order % growth.count) }),
      "refund by the customer": (order) => refund(order, { user_id: grownUser(growth, order) }),
    },
    close: () => door.stop("SIGTERM"),
  };
}

/** The verbs of the same calls, in this process. */
function openInside(house: GrownHouse): Opened {
  const { growth } = house;
  const { db, spentMs } = openTimedDb(house);
  const deps = depsOn(db);
  const caller = { source: "key", appId: growth.app } as const;
  const timed = async (work: () => Promise<{ readonly ok: boolean } | readonly unknown[]>) => {
    const before = spentMs();
    const result = await work();
    if ("ok" in result && !result.ok) throw new Error(`refused: ${JSON.stringify(result)}`);
    return spentMs() - before;
  };
  const nothing = { ref: null, currency: null, userId: null, conversionId: null, paymentRef: null };
  const refund = (order: number, of: object) =>
    timed(() => recordRefund(deps, caller, { ...nothing, ...of, amountCents: 10, eventId: `re_inside${order}` }));
  return {
    calls: {
      balance: () => timed(() => readBalances(db, growth.app, { affiliateId: growth.affiliate, now: Date.now() })),
      conversion: (order) =>
        timed(() =>
          recordConversion(deps, caller, {
            ref: growth.code,
            userId: grownUser(growth, order),
            amountCents: growth.priceCents,
            currency: null,
            paymentRef: null,
            metadata: null,
            customerCreatedAt: null,
            eventId: `e_inside${order}`,
          }),
        ),
      "refund of a conversion": (order) => refund(order, { conversionId: grownConversion(order % growth.count) }),
      "refund by the customer": (order) => refund(order, { userId: grownUser(growth, order) }),
    },
    close: () => db.close(),
  };
}

/** What production demands to be set. Nothing here is signed with it. */
const SECRET = "s".repeat(32);

function depsOn(db: Deps["db"]): Deps {
  const parsed = parseEnv({ OPERATOR_KEY: SECRET, AUTH_SECRET: SECRET }, {});
  if ("problems" in parsed) throw new Error(parsed.problems.join("\n"));
  return createDeps({ db, config: parsed.config, runtime: systemRuntime, log: () => {}, limits: NO_LIMITS });
}

/** By call and size, what each round's median was. */
type Times = ReadonlyMap<string, ReadonlyMap<number, number[]>>;

/** Of each size in turn, then closes what was opened. */
async function timesOf(opened: readonly Opened[], turns: Turns): Promise<Times> {
  try {
    return await takeTurns(opened, turns);
  } finally {
    for (const { close } of opened) await close();
  }
}

interface Turns {
  readonly sizes: readonly number[];
  readonly rounds: number;
}

async function takeTurns(opened: readonly Opened[], { sizes, rounds }: Turns): Promise<Times> {
  const names = Object.keys(opened[0]?.calls ?? {});
  const times = new Map(names.map((name) => [name, new Map(sizes.map((size): [number, number[]] => [size, []]))]));
  let order = 0;
  for (let round = -WARM_UP; round < rounds; round++) {
    for (const name of names) {
      const blocks = sizes.map((): number[] => []);
      for (let call = 0; call < CALLS; call++, order++) {
        // Whoever comes first has it hardest: each in its turn.
        for (let place = 0; place < sizes.length; place++) {
          const at = (place + order) % sizes.length;
          const took = await opened[at]?.calls[name]?.(order);
          blocks[at]?.push(took ?? Number.NaN);
        }
      }
      if (round >= 0)
        sizes.forEach((size, at) =>
          times
            .get(name)
            ?.get(size)
            ?.push(spreadOf(blocks[at] ?? []).median),
        );
    }
  }
  return times;
}

function rowsOf(times: Times): readonly Row[] {
  return [...times].map(([what, bySize]) => {
    const sizes = [...bySize.keys()];
    const smallest = sizes[0] ?? 0;
    const floor = bySize.get(smallest) ?? [];
    const ratios = sizes
      .slice(1)
      .map((size) => [`${grouped(size)} / ${grouped(smallest)}`, ratioSpread(bySize.get(size) ?? [], floor)]);
    return { what, [`ms at ${grouped(smallest)}`]: spreadOf(floor), ...Object.fromEntries(ratios) };
  });
}

function grouped(size: number): string {
  return size.toLocaleString("en-US");
}

/** Of the largest size, the last column. */
function claimsOf({ title, rows }: Table): readonly Claim[] {
  return rows.map((row) => {
    const [what] = Object.values(row);
    const [column, ratio] = Object.entries(row).at(-1) ?? [];
    const median = typeof ratio === "object" && ratio !== null ? ratio.median : Number.NaN;
    const claim = `${title}: ${typeof what === "string" ? what : ""}, ${column} at most ${MAX_GROWTH}`;
    return { claim, holds: median <= MAX_GROWTH };
  });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { sizes: { type: "string" }, rounds: { type: "string" } } });
  const sizes = values.sizes?.split(",").map(Number) ?? SIZES;
  printPart(await measureGrowth({ sizes, rounds: Number(values.rounds ?? ROUNDS) }));
}
