import { dayOf } from "../domain/maturation.ts";
import type { Db } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";

/**
 * What the books of an app, or of all, come to in one currency. Always earned + adjusted = paid + pending + available + held,
 * and earned + adjusted − paid = owed − overpaid.
 */
export interface CurrencyBooks {
  readonly currency: string;
  readonly earned: { readonly clearCents: number; readonly reviewCents: number; readonly heldCents: number };
  readonly adjustedCents: number;
  readonly paidCents: number;
  readonly pendingCents: number;
  /** The platform's, in all lanes. */
  readonly feeCents: number;
  /** What creators have to get, and what those with a negative balance have had too much: neither pays for the other. */
  readonly owedCents: number;
  readonly overpaidCents: number;
}

/** The books of an app, or with null of all apps, one row a currency. It adds up one row for each affiliate and currency. */
export async function readTotals(db: Db, appId: string | null, now: number): Promise<readonly CurrencyBooks[]> {
  const today = dayOf(now);
  const rows = await db.query(appId === null ? OF_ALL({ today }) : OF_ONE({ app: appId, today }));
  return rows.map((row) => ({
    currency: textOf(row, "currency"),
    earned: {
      clearCents: integerOf(row, "clear"),
      reviewCents: integerOf(row, "review"),
      heldCents: integerOf(row, "held"),
    },
    adjustedCents: integerOf(row, "adjusted"),
    paidCents: integerOf(row, "paid"),
    pendingCents: integerOf(row, "pending"),
    feeCents: integerOf(row, "fee"),
    owedCents: integerOf(row, "owed"),
    overpaidCents: integerOf(row, "overpaid"),
  }));
}

const read = (only: string) =>
  statement(`
    SELECT b.currency, sum(b.earned_clear) AS clear, sum(b.earned_review) AS review, sum(b.earned_held) AS held,
      sum(b.adjust) AS adjusted, sum(b.paid) AS paid, sum(b.pending) AS pending, sum(b.fee) AS fee,
      sum(max(0, b.balance)) AS owed, sum(max(0, -b.balance)) AS overpaid
    FROM (
      SELECT t.*, t.earned_clear + t.earned_review + t.earned_held + t.adjust - t.paid AS balance,
        (SELECT coalesce(sum(u.net), 0) FROM bucket u WHERE u.app = t.app AND u.affiliate = t.affiliate
          AND u.currency = t.currency AND u.lane IN ('clear', 'review') AND u.mature_day > :today) AS pending
      FROM total t WHERE ${only}
    ) b
    GROUP BY b.currency ORDER BY b.currency`);

const OF_ALL = read("1");
const OF_ONE = read("t.app = :app");
