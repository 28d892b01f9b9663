import * as fc from "fast-check";
import { expect, test } from "vitest";
import { awardsOf } from "../../worker/domain/credit-award.ts";
import { writeFirstCode } from "../../worker/store/credit-account-store.ts";
import type { Db } from "../../worker/store/db.ts";
import { readRedeemed, writeRedemption } from "../../worker/store/redemption-store.ts";
import { NOW, openBooks } from "./facts.ts";

interface Program {
  readonly referrerAward: number;
  readonly refereeAward: number;
  readonly cap: number;
  readonly bonusWhenCapped: boolean;
}

const program: fc.Arbitrary<Program> = fc.record({
  referrerAward: fc.constantFrom(0, 1, 50, 100, 1_000_000),
  refereeAward: fc.constantFrom(0, 1, 100),
  cap: fc.constantFrom(0, 1, 99, 100, 101, 150, 10_000),
  bonusWhenCapped: fc.boolean(),
});

/** Redemptions of one referrer, each under the program as it is then. */
const history = fc.array(program, { minLength: 1, maxLength: 8 });

test("SQL = awardsOf, whatever was earned before and however the program changes", async () => {
  const histories = fc.sample(history, { numRuns: 60, seed: 1 });
  const db = await openBooks();
  for (const [at, programs] of histories.entries()) {
    const account = `referrer_${at}`;
    const code = `code${at}`;
    await db.batch(writeFirstCode("shop", { account, ref: code, code, now: NOW }));
    let earned = 0;
    for (const [n, rules] of programs.entries()) {
      await setProgram(db, rules);
      const friend = { account: `friend_${at}_${n}`, redemption: `rdm_${at}_${n}` };
      const call = { app: "shop", code, country: null, email_hmac: null, pending: 0 as const, now: NOW };
      const { redemption } = readRedeemed(await db.batch(writeRedemption({ ...call, ...friend })));
      const due = awardsOf(rules, earned);
      earned += due.referrer;
      expect({ rules, earned, status: redemption?.status, ...sidesOf(redemption) }).toEqual({
        rules,
        earned,
        status: due.isCapped ? "capped" : "successful",
        referrer: due.referrer,
        referee: due.referee,
      });
    }
    expect(await totalOf(db, account)).toEqual({ earned, balance: earned });
  }
  await db.close();
});

function sidesOf(redemption: { readonly referrerAward: number; readonly refereeAward: number } | null) {
  return { referrer: redemption?.referrerAward, referee: redemption?.refereeAward };
}

async function setProgram(db: Db, { referrerAward, refereeAward, cap, bonusWhenCapped }: Program): Promise<void> {
  const args = [referrerAward, refereeAward, cap, bonusWhenCapped ? 1 : 0].map(BigInt);
  const sql = `UPDATE app SET credit_referrer_award = ?1, credit_referee_award = ?2, credit_cap = ?3,
    credit_bonus_when_capped = ?4 WHERE id = 'shop'`;
  await db.batch([{ sql, args }]);
}

async function totalOf(db: Db, account: string) {
  const [row] = await db.query({
    sql: "SELECT earned, balance FROM credit_account WHERE account = ?1",
    args: [account],
  });
  return row;
}
