import { assert } from "../domain/assert.ts";
import type { StripeCharge, StripeDispute, StripeRefund } from "../domain/stripe-facts.ts";
import type { Db, Statement } from "./db.ts";
import { integerOf, statement, textOf } from "./statement.ts";
import { recountRefunds } from "./stripe-counters.ts";
import type { StripeScope } from "./stripe-scope.ts";

/** Where and when something was told. */
export type At = StripeScope & { readonly now: number; readonly today: number };

/** What a charge tells, for the batch that settles what it touches. */
export function storeCharge(at: At, charge: StripeCharge): readonly Statement[] {
  const { id, capturedCents, uncapturedCents, refundedCents } = charge;
  const params = { ...at, charge: id, captured: capturedCents, uncaptured: uncapturedCents, refunded: refundedCents };
  return [UPSERT_CHARGE, TOUCH].map((build) => build(params));
}

/** A refund, under the id `rowId` when it is new. */
export function storeRefund(at: At, refund: StripeRefund & { readonly rowId: string }): readonly Statement[] {
  const params = {
    ...at,
    refund: refund.rowId,
    source_ref: refund.id,
    charge: refund.charge,
    amount: refund.amountCents,
    currency: refund.currency,
    status: refund.status,
    created_at: refund.createdAt,
    // The charge may not have been told yet.
    captured: 0,
    uncaptured: 0,
    refunded: 0,
  };
  return [UPSERT_CHARGE, ...REFUND, TOUCH].map((build) => build(params));
}

/** A dispute as it stands. */
export function storeDispute(at: At, dispute: StripeDispute): readonly Statement[] {
  const params = {
    ...at,
    charge: dispute.charge,
    id: dispute.id,
    amount: dispute.amountCents,
    currency: dispute.currency,
    status: dispute.status,
    changed_at: dispute.changedAt,
  };
  return [UPSERT_DISPUTE, TOUCH].map((build) => build(params));
}

/** A refund as it is recorded, and what it took back. */
export async function readStripeRefund(db: Db, scope: StripeScope, id: string) {
  const [row] = await db.query(FIND_REFUND({ ...scope, source_ref: id }));
  assert(row !== undefined, "a refund that was written is there");
  return {
    id: textOf(row, "id"),
    amountCents: integerOf(row, "amount"),
    reversedNetCents: integerOf(row, "reversed_net"),
    reversedFeeCents: integerOf(row, "reversed_fee"),
  };
}

/** Of what is told of a charge the largest capture and the largest sum given back are the latest. */
const UPSERT_CHARGE = statement(`
  INSERT INTO charge (app, account, livemode, id, captured, uncaptured, refunded_total, created_at)
  VALUES (:app, :account, :livemode, :charge, :captured, :uncaptured, :refunded, :now)
  ON CONFLICT DO UPDATE SET
    uncaptured = iif(excluded.captured > charge.captured, excluded.uncaptured, charge.uncaptured),
    captured = max(charge.captured, excluded.captured), refunded_total = max(charge.refunded_total, excluded.refunded_total)`);

const OF_CHARGE = `
  SELECT p.payment FROM payment_ref p
  WHERE p.app = :app AND p.account = :account AND p.livemode = :livemode AND p.ref = :charge`;

const TOUCH = statement(`
  UPDATE conversion SET dirty = 1 WHERE app = :app AND voided_at IS NULL AND payment IN (${OF_CHARGE})`);

/** A refund goes on, and ends; one that failed is given back also where that is told before its beginning. */
const PROGRESS = (row: string) =>
  `CASE ${row}.status WHEN 'pending' THEN 0 WHEN 'requires_action' THEN 1 WHEN 'succeeded' THEN 2 ELSE 3 END`;

const REFUND = [
  statement(`
    INSERT INTO refund (app, id, source, account, livemode, source_ref, body_hash, charge, currency, amount, applied, status,
      created_at, counted)
    VALUES (:app, :refund, 'stripe', :account, :livemode, :source_ref, 'stripe', :charge, :currency, :amount, 1, :status,
      :created_at, 1)
    ON CONFLICT (app, source, account, livemode, source_ref) DO UPDATE SET status = excluded.status
      WHERE ${PROGRESS("excluded")} > ${PROGRESS("refund")}
    ON CONFLICT DO NOTHING`),
  ...recountRefunds(OF_CHARGE).map(statement),
];

/** The latest word on a dispute counts; within one second the end of it. */
const END = (row: string) => `CASE ${row}.status WHEN 'open' THEN 0 WHEN 'won' THEN 1 ELSE 2 END`;

const UPSERT_DISPUTE = statement(`
  INSERT INTO dispute (app, account, livemode, id, charge, amount, currency, status, changed_at, created_at)
  VALUES (:app, :account, :livemode, :id, :charge, :amount, :currency, :status, :changed_at, :now)
  ON CONFLICT DO UPDATE SET amount = excluded.amount, currency = excluded.currency, status = excluded.status,
    changed_at = excluded.changed_at
  WHERE (excluded.changed_at, ${END("excluded")}) > (dispute.changed_at, ${END("dispute")})`);

const FIND_REFUND = statement(`
  SELECT n.id, n.amount,
    -coalesce((SELECT sum(l.net) FROM ledger l WHERE l.app = n.app AND l.fact = n.source_ref), 0) AS reversed_net,
    -coalesce((SELECT sum(l.fee) FROM ledger l WHERE l.app = n.app AND l.fact = n.source_ref), 0) AS reversed_fee
  FROM refund n
  WHERE n.app = :app AND n.source = 'stripe' AND n.account = :account AND n.livemode = :livemode AND n.source_ref = :source_ref`);
