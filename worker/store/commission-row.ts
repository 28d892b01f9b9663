import type { ConversionTerms } from "../domain/commission.ts";
import type { StatusFacts } from "../domain/conversion-status.ts";
import type { Lane } from "../domain/trust.ts";
import type { Row } from "./db.ts";
import { integerOf, oneOf, textOf, textOrNull } from "./statement.ts";

/** A conversion with its commission, as stored: frozen terms, what the books hold of it now, and what its status rests on. */
export interface CommissionFacts {
  readonly id: string;
  readonly ref: string;
  readonly userId: string | null;
  readonly currency: string;
  readonly terms: ConversionTerms;
  readonly status: StatusFacts;
  /** `superseded`: another announcement of the same payment took its place. Null: it is not void. */
  readonly voidReason: string | null;
  readonly lane: Lane;
  readonly reason: string | null;
  /** What is left after refunds, and what the creator was once paid of it. */
  readonly netCents: number;
  readonly feeCents: number;
  readonly paidCents: number;
  readonly createdAt: number;
}

/** The columns of `conversion c` that `toCommissionFacts` reads. */
export const COMMISSION_COLUMNS = `
  c.id, (SELECT k.ref FROM code k WHERE k.code = c.code) AS ref, c.user_id, c.currency, c.base, c.captured, c.rate_bps,
  c.fee_bps, c.voided_at, c.void_reason, c.refunded, c.posted_lane, c.posted_net, c.posted_fee, c.reason, c.mature_day, c.created_at,
  coalesce((SELECT sum(i.amount) FROM payout_item i JOIN payout o ON o.app = i.app AND o.id = i.payout
    WHERE i.app = c.app AND i.conversion = c.id AND i.amount > 0 AND o.status = 'settled'), 0) AS paid`;

export function toCommissionFacts(row: Row): CommissionFacts {
  const lane = oneOf(row, "posted_lane", ["held", "review", "clear"]);
  const capturedCents = integerOf(row, "captured");
  const paidCents = integerOf(row, "paid");
  return {
    id: textOf(row, "id"),
    ref: textOf(row, "ref"),
    userId: textOrNull(row, "user_id"),
    currency: textOf(row, "currency"),
    terms: {
      baseCents: integerOf(row, "base"),
      capturedCents,
      rateBps: integerOf(row, "rate_bps"),
      feeBps: integerOf(row, "fee_bps"),
    },
    status: {
      voided: row["voided_at"] !== null,
      refundedCents: integerOf(row, "refunded"),
      capturedCents,
      everPaid: paidCents > 0,
      lane,
      matureDay: integerOf(row, "mature_day"),
    },
    voidReason: textOrNull(row, "void_reason"),
    lane,
    reason: textOrNull(row, "reason"),
    netCents: integerOf(row, "posted_net"),
    feeCents: integerOf(row, "posted_fee"),
    paidCents,
    createdAt: integerOf(row, "created_at"),
  };
}
