import { expect } from "vitest";
import type { Json } from "../support/world.ts";
import { type Balance, type Conversion, type Creator, due, type Program, refundedOf, rulesInForce } from "./model.ts";
import { commissionOf, type Stage } from "./stage.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const EMPTY: Balance = { pending: 0, available: 0, inReview: 0, held: 0, next: new Map() };

/** Reads all there is of every creator and program, and expects what the model says. */
export async function expectAgreement(stage: Stage): Promise<void> {
  for (const creator of stage.model.creators) {
    await expectCommissions(stage, creator);
    await expectBalances(stage, creator);
  }
  for (const program of stage.model.programs) {
    await expectCounts(stage, program);
    await expectReview(stage, program);
    await expectRules(stage, program);
  }
}

async function expectCommissions(stage: Stage, creator: Creator): Promise<void> {
  const { commissions } = await stage.read(creator, "commissions?limit=100");
  expect(commissions).toEqual(stage.model.commissionsOf(creator).map((one) => lineOf(stage, one)));
  for (const one of commissions) {
    expect(one.platform_fee_cents + one.net_commission_cents).toBe(one.commission_cents);
  }
}

/** A commission as the owner's lists show it. */
function lineOf(stage: Stage, one: Conversion): Json {
  return {
    id: stage.idOf(one),
    conversion_id: stage.idOf(one),
    ref: one.code.ref,
    user_id: one.user,
    currency: one.currency,
    amount_cents: one.amount,
    refunded_cents: refundedOf(one),
    ...commissionOf(due(one)),
    clawed_back_cents: 0,
    rate_percent: one.rateBps / 100,
    status: stage.model.statusOf(one),
    hold: one.lane === "held",
    reason: one.reason,
    lane: one.lane,
    available_at: instantOf(one.matureDay),
    created_at: new Date(one.at).toISOString(),
  };
}

async function expectReview(stage: Stage, program: Program): Promise<void> {
  for (const lane of ["held", "review"] as const) {
    const { conversions } = await stage.readProgram(program, `review?lane=${lane}&limit=100`);
    expect(conversions).toEqual(
      stage.model.waitingIn(program, lane).map((one) => ({
        ...lineOf(stage, one),
        affiliate_id: stage.affiliateOf(one.creator),
        affiliate_email: `${one.creator.name}@example.test`.toLowerCase(),
        trust: one.claim.vouched ? "matched" : "unverified",
      })),
    );
  }
}

async function expectRules(stage: Stage, program: Program): Promise<void> {
  const { rules } = await stage.readProgram(program, "review/rules?limit=100");
  expect(rules).toEqual(
    rulesInForce(program).map((rule) => ({
      created_at: expect.any(String),
      reason: expect.any(String),
      id: stage.idOfRule(rule),
      affiliate_id: rule.creator === null ? null : stage.affiliateOf(rule.creator),
      currency: rule.currency,
      max_event_cents: rule.maxEvent,
      max_day_cents: rule.maxDay,
      approved_today_cents: rule.approved.get(stage.model.today) ?? 0,
    })),
  );
}

async function expectBalances(stage: Stage, creator: Creator): Promise<void> {
  const { program } = creator;
  const { balances } = await stage.read(creator, "balance");
  const expected = stage.model.balancesOf(creator);
  const currencies = [...new Set([program.currency, ...expected.keys()])].toSorted();
  expect(balances).toEqual(currencies.map((currency) => presented(currency, expected.get(currency) ?? EMPTY)));
  for (const { currency, pending_cents, available_cents, held_cents, paid_cents } of balances) {
    const total = await totalOf(stage, creator, currency);
    expect(paid_cents + pending_cents + available_cents + held_cents).toBe(total.earned);
    const theirs = program.conversions.filter((one) => one.creator === creator && one.currency === currency);
    expect(total.fee).toBe(theirs.reduce((sum, one) => sum + due(one).fee, 0));
  }
}

function presented(currency: string, balance: Balance): Json {
  const days = [...balance.next].toSorted(([a], [b]) => a - b);
  return {
    currency,
    pending_cents: balance.pending,
    available_cents: balance.available,
    in_review_cents: balance.inReview,
    held_cents: balance.held,
    paid_cents: 0,
    processing_cents: 0,
    next: days.map(([day, amount]) => ({ available_at: instantOf(day), amount_cents: amount })),
  };
}

/** Earned in all lanes and adjusted, and the platform's fee. */
async function totalOf(stage: Stage, creator: Creator, currency: string): Promise<{ earned: number; fee: number }> {
  const [row] = await stage.world.db.query({
    sql: `SELECT earned_clear + earned_review + earned_held + adjust AS earned, fee FROM total
      WHERE affiliate = ?1 AND currency = ?2`,
    args: [stage.affiliateOf(creator), currency],
  });
  return { earned: Number(row?.["earned"] ?? 0), fee: Number(row?.["fee"] ?? 0) };
}

async function expectCounts(stage: Stage, program: Program): Promise<void> {
  const rows = await stage.world.db.query({
    sql: "SELECT code, day, signups, conversions, refunds FROM code_day WHERE app = ?1",
    args: [stage.appOf(program).id],
  });
  const counts = rows.map(({ code, day, ...count }) => [`${code} ${day}`, count]);
  expect(Object.fromEntries(counts)).toEqual(Object.fromEntries(program.counts));
}

function instantOf(day: number): string {
  return new Date(day * DAY_MS).toISOString();
}
