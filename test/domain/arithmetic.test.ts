import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arithmeticOf } from "../../worker/domain/arithmetic.ts";
import { standingReason } from "../../worker/domain/claim-standing.ts";
import { commissionDue } from "../../worker/domain/commission.ts";
import { FULL_BPS, MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";
import { rateSource } from "../../worker/domain/rate-source.ts";

/** Fixed, so that every run tries the same cases. */
const SEED = 1;

test("the arithmetic in words is that of the books, at any size", () => {
  const bps = fc.integer({ min: 0, max: FULL_BPS });
  const amounts = fc
    .integer({ min: 1, max: MAX_AMOUNT_CENTS })
    .chain((captured) =>
      fc.tuple(fc.constant(captured), fc.integer({ min: 0, max: captured }), fc.integer({ min: 0, max: captured + 5 })),
    );
  fc.assert(
    fc.property(amounts, bps, bps, ([capturedCents, baseCents, refunded], rateBps, feeBps) => {
      const terms = { baseCents, capturedCents, rateBps, feeBps };
      const steps = arithmeticOf(terms, { refundedCents: refunded, isVoid: false });
      const due = commissionDue(terms, refunded);
      expect(centsOf(steps)).toMatchObject({ commission: due.grossCents, fee: due.feeCents, net: due.netCents });
      for (const { formula, cents } of steps) expect(formula.endsWith(String(cents))).toBe(true);
    }),
    { seed: SEED },
  );
});

test("what is void ends at nothing, after what it would have been", () => {
  const terms = { baseCents: 10_000, capturedCents: 10_000, rateBps: 3_000, feeBps: 500 };
  const steps = arithmeticOf(terms, { refundedCents: 2_500, isVoid: true });
  expect(steps.map(({ step, cents }) => [step, cents])).toEqual([
    ["captured", 10_000],
    ["base", 10_000],
    ["refunded", 2_500],
    ["retained", 7_500],
    ["commission", 2_250],
    ["fee", 112],
    ["net", 2_138],
    ["void", 0],
  ]);
});

describe("a rate comes from", () => {
  test.each([
    ["the app's, without one of their own", [app(3_000), app(2_000)], 3_000, app(3_000)],
    ["their own before the app's", [own(4_000), app(3_000)], 4_000, own(4_000)],
    ["the app's again, once their own was taken back", [own(null), own(4_000), app(3_000)], 3_000, app(3_000)],
    ["an earlier one, where another was set since for the time before", [own(5_000), own(4_000)], 4_000, own(4_000)],
    ["what would have held, where it earns nothing", [own(4_000), app(3_000)], null, own(4_000)],
    ["nowhere that is left", [app(3_000)], 100, null],
    ["nowhere without any", [], 100, null],
  ])("%s", (_, rates, rateBps, source) => {
    expect(rateSource(rates, rateBps)).toEqual(source);
  });
});

test.each([
  ["stripe", "invoice", "key", "call", "source"],
  ["stripe", "invoice", "stripe", "charge", "form"],
  ["key", "call", "key", "call", "first"],
] as const)("%s's %s stands before %s's %s by its %s", (source, form, otherSource, otherForm, why) => {
  expect(standingReason({ source, form }, { source: otherSource, form: otherForm })).toBe(why);
  expect(standingReason({ source, form }, null)).toBe("only");
});

function centsOf(steps: ReturnType<typeof arithmeticOf>) {
  return Object.fromEntries(steps.map(({ step, cents }) => [step, cents]));
}

function own(bps: number | null) {
  return { of: "affiliate", bps } as const;
}

function app(bps: number) {
  return { of: "app", bps } as const;
}
