import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { rowsOf } from "../support/dump.ts";
import { correct, failPayout, giveMethod, setMinimums, startPayouts } from "../support/payouts.ts";
import type { Json, TestApp } from "../support/world.ts";
import { anyHistory } from "./actions.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";
import { Stage } from "./stage.ts";

const DAY_MS = 86_400_000;
const CURRENCIES = ["usd", "eur", "jpy"];

/** What a history leaves out: money that goes out, and what is put right by hand. */
const anyBooking = fc.record({
  what: fc.constantFrom("pay", "pay", "pay", "fail", "correct"),
  creator: fc.nat({ max: 4 }),
  currency: fc.constantFrom(...CURRENCIES),
  amount: fc.constantFrom(-5_000, -1, 1, 700),
  /** Days to the next action, so that a history has several months. */
  days: fc.constantFrom(0, 0, 9, 20),
});

test(
  "a statement's opening and its lines come to its closing, and that to the next month's opening, after any history",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        anyHistory(30),
        fc.array(anyBooking, { minLength: 30, maxLength: 30 }),
        async (history, bookings) => {
          const stage = await Stage.open();
          for (const creator of creatorsOf(stage)) {
            await giveMethod(stage.world, creator);
            await setMinimums(stage.world, creator, { usd: 1, eur: 1, jpy: 1 });
          }
          const underWay: (readonly [TestApp, string])[] = [];
          for (const [nth, action] of history.entries()) {
            await stage.perform(action);
            const booking = bookings[nth];
            if (booking !== undefined) await book(stage, booking, underWay);
          }
          expect(await checkBooks(stage.world.db)).toEqual([]);
          const from = Date.UTC(2026, 0);
          for (const creator of creatorsOf(stage)) {
            for (const currency of CURRENCIES) await expectStatements(stage, creator, { currency, from });
          }
          await stage.world.db.close();
        },
      ),
      runs(8),
    );
  },
  TIME_LIMIT_MS,
);

async function book(
  stage: Stage,
  { what, creator: place, currency, amount, days }: typeof anyBooking extends fc.Arbitrary<infer Case> ? Case : never,
  underWay: (readonly [TestApp, string])[],
): Promise<void> {
  await stage.perform({ what: "wait", millis: days * DAY_MS });
  const creators = creatorsOf(stage);
  const creator = creators[place % creators.length];
  if (creator === undefined) return;
  const { world } = stage;
  if (what === "correct") await correct(world, creator, { amount, currency });
  else if (what === "fail") {
    const failed = underWay.pop();
    if (failed !== undefined) await failPayout(world, ...failed);
  } else {
    // Where nothing is due, or a debt, there is nothing to draft.
    const payouts = await startPayouts(world, creator).catch(() => []);
    underWay.push(...payouts.map((payout) => [creator, payout] as const));
    stage.model.now += 1;
  }
}

function creatorsOf(stage: Stage): readonly TestApp[] {
  return stage.model.creators.map((creator) => ({
    ...stage.appOf(creator.program),
    affiliateId: stage.affiliateOf(creator),
    spareKeyId: "",
    ruleId: "",
    ref: "",
  }));
}

/** Month by month against the ledger, added up here, and at the end against the balance. */
async function expectStatements(stage: Stage, creator: TestApp, at: { currency: string; from: number }): Promise<void> {
  const { world } = stage;
  const { currency } = at;
  const isTheirs = (row: Json) =>
    row.app === creator.id && row.affiliate === creator.affiliateId && row.currency === currency;
  const postings = (await rowsOf(world.db, "ledger")).filter(isTheirs);
  const owedBefore = (time: number) =>
    postings.reduce((sum, row) => sum + (Number(row["created_at"]) < time ? Number(row["net"]) : 0), 0);
  let owed = 0;
  for (let start = at.from; start <= world.deps.now();) {
    const month = new Date(start).toISOString().slice(0, 7);
    const end = Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)));
    const whole = await read(stage, creator, `month=${month}&currency=${currency}&limit=100`);
    expect(whole).toMatchObject({ opening_cents: owed, closing_cents: owedBefore(end) });
    expect(whole.opening_cents + whole.earned_cents + whole.adjusted_cents - whole.paid_cents).toBe(
      whole.closing_cents,
    );
    for (const line of whole.lines) expect(line.balance_cents).toBe((owed += line.amount_cents));
    expect(owed).toBe(whole.closing_cents);
    const paged = await readPaged(stage, creator, `month=${month}&currency=${currency}&limit=3`);
    expect(paged).toEqual(whole.lines);
    start = end;
  }
  const balances = await world.call(`/api/v1/affiliates/${creator.affiliateId}/balance`, undefined, creator);
  const balance = balances.body.balances.find((one: Json) => one.currency === currency);
  const known = balance === undefined ? 0 : balance.pending_cents + balance.available_cents + balance.held_cents;
  expect(owed).toBe(known);
}

async function read(stage: Stage, creator: TestApp, query: string): Promise<Json> {
  const path = `/api/v1/affiliates/${creator.affiliateId}/statement?${query}`;
  const { body } = await stage.world.call(path, undefined, { key: creator.key });
  return { ...body.statement, next: body.next_cursor };
}

async function readPaged(stage: Stage, creator: TestApp, query: string): Promise<readonly Json[]> {
  const lines: Json[] = [];
  let next: string | null = null;
  do {
    const page: Json = await read(stage, creator, next === null ? query : `${query}&cursor=${next}`);
    lines.push(...page.lines);
    next = page.next;
  } while (next !== null);
  return lines;
}
