import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { createWorld } from "../support/world.ts";
import { runs, TIME_LIMIT_MS } from "./runs.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;

const anySplit = fc.record({
  amount: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 999_999_999_999 })),
  bps: fc.integer({ min: 0, max: 10_000 }),
  feeBps: fc.constantFrom(0, 1, 500, 3_333, 10_000),
  /** Where the amount is cut, as parts of a million. */
  cuts: fc.array(fc.integer({ min: 1, max: 999_999 }), { maxLength: 6 }),
  names: fc.array(fc.constantFrom("conversion", "payment", "user", "code"), { minLength: 7, maxLength: 7 }),
  days: fc.array(fc.constantFrom(0, 0, 5, 20), { minLength: 7, maxLength: 7 }),
});

test(
  "refunds of a conversion in any split, however named, end at exactly zero and are never below it",
  async () => {
    await fc.assert(
      fc.asyncProperty(anySplit, async ({ amount, bps, feeBps, cuts, names, days }) => {
        const world = await createWorld();
        const app = await world.newApp({ percent: bps / 100 });
        const { key } = app;
        const fee = { platform_fee_bps: feeBps };
        await world.call(`/api/v1/apps/${app.id}`, fee, { key: world.operatorKey, method: "PATCH" });
        // A neighbour in the same bucket, of another user and older: the newest one's refunds never reach it.
        const neighbour = { ref: app.ref, user_id: "neighbour", amount_cents: 10_000 };
        await world.call("/api/track/conversion", neighbour, { key });
        const untouched = await world.balance(app);
        world.advance(1);
        const sale = { ref: app.ref, user_id: "u1", amount_cents: amount, payment_ref: "p1" };
        const sold = await world.call("/api/track/conversion", sale, { key });
        const named = { conversion: { conversion_id: sold.body.conversion_id }, payment: { payment_ref: "p1" } };
        const nameOf = { ...named, user: { user_id: "u1" }, code: { ref: app.ref } };

        const marks = cuts.map((cut) => Number((BigInt(cut) * BigInt(amount)) / 1_000_000n));
        const parts = [...new Set([...marks, amount])].filter((mark) => mark > 0).toSorted((a, b) => a - b);
        let back = 0;
        let reversed = { gross: 0, fee: 0, net: 0 };
        for (const [at, mark] of parts.entries()) {
          world.advance((days[at] ?? 0) * DAY_MS);
          const body = { ...nameOf[names[at] ?? "user"], amount_cents: mark - back };
          const answer = await world.call("/api/track/refund", body, { key });
          expect(answer.status).toBe(200);
          expect(answer.body.allocations).toEqual([
            { conversion_id: sold.body.conversion_id, amount_cents: mark - back },
          ]);
          back = mark;
          const { commission_cents, platform_fee_cents, net_commission_cents } = answer.body.reversed;
          expect(Math.min(commission_cents, platform_fee_cents, net_commission_cents)).toBeGreaterThanOrEqual(0);
          reversed = {
            gross: reversed.gross + commission_cents,
            fee: reversed.fee + platform_fee_cents,
            net: reversed.net + net_commission_cents,
          };
          const gross = (BigInt(amount - back) * BigInt(bps)) / 10_000n;
          const feeLeft = (gross * BigInt(feeBps)) / 10_000n;
          const [left] = await world.db.query({
            sql: "SELECT posted_net, posted_fee FROM conversion WHERE user_id = 'u1'",
            args: [],
          });
          expect(left).toEqual({ posted_net: Number(gross - feeLeft), posted_fee: Number(feeLeft) });
          expect(await checkBooks(world.db)).toEqual([]);
        }

        const { commission_cents, platform_fee_cents, net_commission_cents } = sold.body.commission;
        expect(reversed).toEqual({ gross: commission_cents, fee: platform_fee_cents, net: net_commission_cents });
        const more = await world.call("/api/track/refund", { ...named.conversion, amount_cents: 1 }, { key });
        expect([more.status, more.body.error.code]).toEqual([422, "refund_exceeds_conversions"]);
        const balance = await world.balance(app);
        const total = ({ pending_cents, available_cents }: typeof balance) => pending_cents + available_cents;
        expect(total(balance)).toBe(total(untouched));
        await world.db.close();
      }),
      runs(60),
    );
  },
  TIME_LIMIT_MS,
);
