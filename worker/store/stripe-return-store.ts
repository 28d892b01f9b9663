import type { StripeCharge, StripeDispute, StripeRefund } from "../domain/stripe-facts.ts";
import type { Row, Statement } from "./db.ts";
import { settle } from "./settle.ts";
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
    ...NOTHING_YET,
  };
  return [UPSERT_CHARGE, ...REFUND, TOUCH, TOUCH_STORED].map((build) => build(params));
}

/** Of a charge that may not have been told yet. */
const NOTHING_YET = { captured: 0, uncaptured: 0, refunded: 0 };

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

/** A refund of Stripe's that a backend tells by its id. */
export interface ToldRefund {
  readonly rowId: string;
  /** `re_…` */
  readonly id: string;
  readonly charge: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly bodyHash: string;
}

/**
 * The batch of a refund that a backend tells by Stripe's id: recorded unless Stripe, or the same call, told it before. Once
 * Stripe tells it, Stripe's charge and amount take its place. Its answer is read with `readToldRefund`.
 */
export function tellRefund(scope: StripeScope, told: ToldRefund, now: number): readonly Statement[] {
  const params = {
    ...scope,
    now,
    refund: told.rowId,
    source_ref: told.id,
    charge: told.charge,
    amount: told.amountCents,
    currency: told.currency,
    body_hash: told.bodyHash,
    ...NOTHING_YET,
  };
  return [
    ...[UPSERT_CHARGE, TELL, TOUCH].map((build) => build(params)),
    ...settle({ app: scope.app, claimed_app: null, code: null, fact: told.rowId, now }),
    FIND_TOLD(params),
  ];
}

/**
 * Reads the last statement of the batch: the refund as it was told first. `bodyHash` null: by Stripe. Null where it was not
 * recorded: it is of more than is left.
 */
export function readToldRefund(results: readonly (readonly Row[])[]) {
  const row = results.at(-1)?.[0];
  if (row === undefined) return null;
  return {
    id: textOf(row, "id"),
    amountCents: integerOf(row, "amount"),
    bodyHash: row["source"] === "stripe" ? null : textOf(row, "body_hash"),
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
  // What a backend told of it gives way.
  statement(`
    UPDATE refund SET status = 'canceled'
    WHERE app = :app AND source = 'key' AND account = :account AND livemode = :livemode AND source_ref = 'e:' || :source_ref
      AND charge IS NOT NULL`),
  ...recountRefunds(OF_CHARGE).map(statement),
];

/** The charges that a refund is stored under, should its words differ. */
const TOUCH_STORED = statement(`
  UPDATE conversion SET dirty = 1 WHERE app = :app AND voided_at IS NULL AND payment IN (
    SELECT p.payment FROM refund r CROSS JOIN payment_ref p
    WHERE r.app = :app AND r.source IN ('stripe', 'key') AND r.account = :account AND r.livemode = :livemode
      AND r.source_ref IN (:source_ref, 'e:' || :source_ref) AND p.app = r.app AND p.account = r.account
      AND p.livemode = r.livemode AND p.ref = r.charge)`);

const TELL = statement(`
  INSERT INTO refund (app, id, source, account, livemode, source_ref, body_hash, charge, currency, amount, applied,
    created_at, counted)
  SELECT :app, :refund, 'key', :account, :livemode, 'e:' || :source_ref, :body_hash, :charge, :currency, :amount, 1, :now, 1
  WHERE NOT EXISTS (SELECT 1 FROM refund r WHERE r.app = :app AND r.source = 'stripe' AND r.account = :account
      AND r.livemode = :livemode AND r.source_ref = :source_ref)
    AND EXISTS (SELECT 1 FROM conversion c WHERE c.app = :app AND c.voided_at IS NULL AND c.payment IN (${OF_CHARGE})
      AND c.captured - c.refunded >= :amount)
  ON CONFLICT DO NOTHING`);

/** The latest word on a dispute counts; within one second the end of it. */
const END = (row: string) => `CASE ${row}.status WHEN 'open' THEN 0 WHEN 'won' THEN 1 ELSE 2 END`;

const UPSERT_DISPUTE = statement(`
  INSERT INTO dispute (app, account, livemode, id, charge, amount, currency, status, changed_at, created_at)
  VALUES (:app, :account, :livemode, :id, :charge, :amount, :currency, :status, :changed_at, :now)
  ON CONFLICT DO UPDATE SET amount = excluded.amount, currency = excluded.currency, status = excluded.status,
    changed_at = excluded.changed_at
  WHERE (excluded.changed_at, ${END("excluded")}) > (dispute.changed_at, ${END("dispute")})`);

const FIND_TOLD = statement(`
  SELECT n.id, n.amount, n.source, n.body_hash,
    -coalesce((SELECT sum(l.net) FROM ledger l WHERE l.app = n.app AND l.fact IN (n.id, n.source_ref)), 0) AS reversed_net,
    -coalesce((SELECT sum(l.fee) FROM ledger l WHERE l.app = n.app AND l.fact IN (n.id, n.source_ref)), 0) AS reversed_fee
  FROM refund n
  WHERE n.app = :app AND n.source IN ('key', 'stripe') AND n.account = :account AND n.livemode = :livemode
    AND n.source_ref IN ('e:' || :source_ref, :source_ref) AND n.charge IS NOT NULL
  ORDER BY n.source LIMIT 1`);
