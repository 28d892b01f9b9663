import type { ConversionState, PayoutOfConversion } from "../domain/conversion-findings.ts";
import type { AffiliateStatus } from "../domain/affiliate-status.ts";
import { COMMISSION_COLUMNS, type CommissionFacts, toCommissionFacts } from "./commission-row.ts";
import type { Row } from "./db.ts";
import { PAYOUT_STATUSES } from "./payout-store.ts";
import { integerOf, integerOrNull, oneOf, textOf } from "./statement.ts";

export const AFFILIATE_STATUSES = [
  "applied",
  "active",
  "suspended",
  "revoked",
] as const satisfies readonly AffiliateStatus[];

/** A conversion with all that says what became of its money. */
export interface StatedConversion {
  readonly commission: CommissionFacts;
  readonly state: ConversionState;
}

/** Payouts that are looked at for one conversion: each takes all that is payable, so that there are few. */
const MAX_PAYOUTS = 100;

/** The last word on the disputes `d` of the payment of `c`, whichever of the app's endpoints they came by. */
export const DISPUTES = `
  payment_ref p CROSS JOIN dispute d ON d.app = p.app AND d.account = p.account AND d.livemode = p.livemode AND d.charge = p.ref
  WHERE p.app = c.app AND p.payment = c.payment AND NOT EXISTS (
    SELECT 1 FROM dispute e WHERE e.app = d.app AND e.id = d.id AND e.changed_at > d.changed_at)`;

/** The columns of `conversion c` that `toStatedConversion` reads. */
export const STATE_COLUMNS = `
  ${COMMISSION_COLUMNS}, c.entry_lane, c.settled_net,
  (SELECT o.status FROM affiliate o WHERE o.app = c.app AND o.id = c.affiliate) AS affiliate_status,
  (SELECT count(*) FROM claim m WHERE m.app = c.app AND m.payment = c.payment) AS claims,
  (SELECT a.decision FROM approval a WHERE a.app = c.app AND a.conversion = c.id) AS decision,
  (SELECT a.created_at FROM approval a WHERE a.app = c.app AND a.conversion = c.id) AS decided_at,
  (SELECT iif(h.action = 'hold', h.created_at, NULL) FROM hold h WHERE h.app = c.app AND h.payment = c.payment
    ORDER BY h.seq DESC LIMIT 1) AS held_at,
  (SELECT min(d.created_at) FROM ${DISPUTES} AND d.status = 'open') AS dispute_open_at,
  (SELECT min(d.changed_at) FROM ${DISPUTES} AND d.status = 'lost') AS dispute_lost_at,
  (SELECT json_group_array(json_object('id', n.id, 'status', n.status, 'amount', n.amount, 'createdAt', n.created_at,
      'settledAt', n.settled_at)) FROM (
    SELECT w.id, w.status, i.amount, w.created_at, w.settled_at FROM payout_item i
    CROSS JOIN payout w ON w.app = i.app AND w.id = i.payout
    WHERE i.app = c.app AND i.conversion = c.id ORDER BY w.created_at, w.id LIMIT ${MAX_PAYOUTS}) n) AS payouts`;

export function toStatedConversion(row: Row): StatedConversion {
  const commission = toCommissionFacts(row);
  const { terms, status, lane, reason, netCents, createdAt, voidReason } = commission;
  const decidedAt = integerOrNull(row, "decided_at");
  return {
    commission,
    state: {
      createdAt,
      rateBps: terms.rateBps,
      capturedCents: terms.capturedCents,
      refundedCents: status.refundedCents,
      netCents,
      settledCents: integerOf(row, "settled_net"),
      lane,
      entryLane: oneOf(row, "entry_lane", ["held", "review", "clear"]),
      reason,
      matureDay: status.matureDay,
      voidedAt: integerOrNull(row, "voided_at"),
      voidReason,
      claims: integerOf(row, "claims"),
      decision: decidedAt === null ? null : { decision: oneOf(row, "decision", ["approve", "reject"]), at: decidedAt },
      heldAt: integerOrNull(row, "held_at"),
      disputeOpenAt: integerOrNull(row, "dispute_open_at"),
      disputeLostAt: integerOrNull(row, "dispute_lost_at"),
      affiliateStatus: oneOf(row, "affiliate_status", AFFILIATE_STATUSES),
      payouts: listOf(textOf(row, "payouts")).map(toPayoutOfConversion),
    },
  };
}

/** The rows of a column that is a JSON array of objects, as rows of a query. */
export function listOf(json: string): readonly Row[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter(isRow) : [];
}

/** What json_object makes of columns: no deeper than a row. */
function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toPayoutOfConversion(row: Row): PayoutOfConversion {
  return {
    id: textOf(row, "id"),
    status: oneOf(row, "status", PAYOUT_STATUSES),
    amountCents: integerOf(row, "amount"),
    createdAt: integerOf(row, "createdAt"),
    settledAt: integerOrNull(row, "settledAt"),
  };
}
