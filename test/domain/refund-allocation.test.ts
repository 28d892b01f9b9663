import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocateRefund, MAX_REFUND_CANDIDATES, type RefundCandidate } from "../../worker/domain/refund-allocation.ts";

/** `name@time:left`, apart by blanks; with a `?` behind it one that nobody vouched for. */
function candidates(text: string): readonly RefundCandidate[] {
  return text.split(" ").flatMap((item) => {
    const [, conversionId = "", at, left, doubt] = /^(\w+)@(\d+):(\d+)(\??)$/.exec(item) ?? [];
    if (conversionId === "") return [];
    return [{ conversionId, occurredAt: Number(at), vouched: doubt === "", leftCents: Number(left) }];
  });
}

describe("a refund that names no conversion", () => {
  test.each<[string, number, string | null, string]>([
    ["a@1:100", 100, "a:100", "all of the only one"],
    ["a@1:100", 40, "a:40", "a part of the only one"],
    ["a@1:100", 101, null, "a cent more than is left: nothing at all"],
    ["", 1, null, "there is none"],
    ["a@1:0", 1, null, "there is none with anything left"],
    ["a@1:100 b@2:100", 100, "b:100", "the newest first"],
    ["a@1:100 b@2:100", 150, "b:100 a:50", "then the one before"],
    ["a@1:100 b@2:100", 200, "b:100 a:100", "all of all"],
    ["a@1:100 b@2:100", 201, null, "a cent more than all"],
    ["a@1:100 b@2:0 c@3:10", 20, "c:10 a:10", "one with nothing left is passed over"],
    ["a@1:100 c@1:100 b@1:100", 250, "c:100 b:100 a:50", "at one time the greater id first"],
    ["B@1:100 a@1:100", 100, "a:100", "ids are compared by their bytes, as the database does"],
    ["a@2:1 b@1:1 c@3:1", 3, "c:1 a:1 b:1", "in order of time, whatever the order given"],
    [
      "a@1:100 b@2:100?",
      100,
      "a:100",
      "what a backend reported before what anybody could have sent, though that is newer",
    ],
    ["a@1:100 b@2:100? c@3:100?", 250, "a:100 c:100 b:50", "then that, the newest first"],
    ["a@1:100?", 100, "a:100", "what anybody could have sent, where there is nothing else"],
  ])("of %j takes %i → %j: %s", (text, amount, expected) => {
    const allocations = allocateRefund(candidates(text), amount);
    expect(allocations?.map((part) => `${part.conversionId}:${part.amountCents}`).join(" ") ?? null).toBe(expected);
  });

  const hundredAndOne = Array.from({ length: MAX_REFUND_CANDIDATES + 1 }, (_, at) => ({
    conversionId: `c${at}`,
    occurredAt: at,
    vouched: true,
    leftCents: 1,
  }));

  test("reaches the newest hundred with anything left", () => {
    expect(allocateRefund(hundredAndOne, 100)?.map((part) => part.conversionId)).not.toContain("c0");
    expect(allocateRefund(hundredAndOne, 101)).toBeNull();
  });

  test("does not count those with nothing left among the hundred", () => {
    const withEmpty = hundredAndOne.map((one) => (one.occurredAt === 50 ? { ...one, leftCents: 0 } : one));
    expect(allocateRefund(withEmpty, 100)?.map((part) => part.conversionId)).toContain("c0");
  });

  test("is handed out whole, never more than is left of each, or not at all", () => {
    const candidate = fc.record({
      conversionId: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 4 }),
      occurredAt: fc.nat({ max: 5 }),
      vouched: fc.boolean(),
      leftCents: fc.nat({ max: 20 }),
    });
    const many = fc.uniqueArray(candidate, { selector: (one) => one.conversionId, maxLength: 12 });
    fc.assert(
      fc.property(many, fc.integer({ min: 1, max: 150 }), (given, amount) => {
        const left = new Map(given.map((one) => [one.conversionId, one.leftCents]));
        const total = given.reduce((sum, one) => sum + one.leftCents, 0);
        const allocations = allocateRefund(given, amount);
        if (allocations === null) {
          expect(total).toBeLessThan(amount);
          return;
        }
        expect(allocations.reduce((sum, part) => sum + part.amountCents, 0)).toBe(amount);
        for (const part of allocations) {
          expect(part.amountCents).toBeGreaterThan(0);
          expect(part.amountCents).toBeLessThanOrEqual(left.get(part.conversionId) ?? 0);
        }
        expect(allocateRefund(given.toReversed(), amount)).toEqual(allocations);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });
});
