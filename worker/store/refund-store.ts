import { MAX_REFUND_CANDIDATES } from "../domain/refund-allocation.ts";
import { MAX_AMOUNT_CENTS } from "../domain/money.ts";
import type { Row, Statement } from "./db.ts";
import { type Caller, type CallParams, readCode } from "./call.ts";
import { CALL_APP, settle } from "./settle.ts";
import { integerOf, integerOrNull, statement, textOf, textOrNull } from "./statement.ts";

/** What a refund points at: the first of these that the call names. */
export type RefundTarget = "conversion" | "payment" | "user" | "code";

export interface RefundParams extends CallParams {
  readonly refund: string;
  readonly payment: string;
  readonly source_ref: string;
  readonly body_hash: string;
  readonly user_id: string | null;
  readonly conversion: string | null;
  readonly payment_ref: string | null;
  readonly currency: string | null;
  /** Null: everything that is left of the named conversion or payment. */
  readonly amount: number | null;
  readonly today: number;
}

/** The batch of a refund: the fact, what it takes from which payment, the books. All or nothing. */
export function writeRefund(target: RefundTarget, params: RefundParams): readonly Statement[] {
  const all = { ...params, fact: params.refund };
  const batch = BATCHES[params.source === "public" ? "public" : "key"][target];
  return [...batch.facts.map((build) => build(all)), ...settle(all), ...batch.answer.map((build) => build(all))];
}

export interface RefundAnswer {
  readonly recorded: RecordedRefund | null;
  /** Why nothing was recorded. */
  readonly codeKnown: boolean;
  readonly namedExists: boolean;
  readonly namedCurrency: string | null;
  /** What the refund would have taken from is Stripe's to report: nothing was recorded. Null: it would not. */
  readonly ofStripe: StripeTarget | null;
}

/** A payment of Stripe's that a backend's refund means. */
export interface StripeTarget {
  readonly account: string;
  readonly livemode: boolean;
  readonly conversion: { readonly id: string; readonly currency: string; readonly leftCents: number };
  /** The charge its refunds are counted under; null where Stripe has named none, or several. */
  readonly charge: string | null;
}

export interface RecordedRefund {
  readonly id: string;
  readonly bodyHash: string;
  readonly sameKey: boolean;
  readonly applied: boolean;
  /** Null: whatever the payment that is not known yet is in. */
  readonly currency: string | null;
  /** Null: all of a payment that is not known yet. */
  readonly amountCents: number | null;
  readonly reversedNetCents: number;
  readonly reversedFeeCents: number;
  readonly allocations: readonly { readonly conversionId: string; readonly amountCents: number }[];
}

/** Reads the last statements of a refund's batch. */
export function readRefund(results: readonly (readonly Row[])[]): RefundAnswer {
  const [refunds = [], parts = [], targets = [], named = [], codes = []] = results.slice(-5);
  const [refund, target] = [refunds[0], targets[0]];
  return {
    recorded: refund === undefined ? null : toRecorded(refund, parts),
    codeKnown: codes.length > 0,
    namedExists: named.length > 0,
    namedCurrency: named[0] === undefined ? null : textOrNull(named[0], "currency"),
    ofStripe: target === undefined ? null : toStripeTarget(target),
  };
}

function toStripeTarget(row: Row): StripeTarget {
  return {
    account: textOf(row, "account"),
    livemode: integerOf(row, "livemode") === 1,
    conversion: {
      id: textOf(row, "conversion"),
      currency: textOf(row, "currency"),
      leftCents: integerOf(row, "left_over"),
    },
    charge: textOrNull(row, "charge"),
  };
}

function toRecorded(row: Row, parts: readonly Row[]): RecordedRefund {
  return {
    id: textOf(row, "id"),
    bodyHash: textOf(row, "body_hash"),
    sameKey: integerOf(row, "same_key") === 1,
    applied: integerOf(row, "applied") === 1,
    currency: textOrNull(row, "currency"),
    amountCents: integerOrNull(row, "amount"),
    reversedNetCents: integerOf(row, "reversed_net"),
    reversedFeeCents: integerOf(row, "reversed_fee"),
    allocations: parts.map((part) => ({
      conversionId: textOf(part, "conversion"),
      amountCents: integerOf(part, "amount"),
    })),
  };
}

const NAMED_PAYMENT = {
  conversion: `(SELECT n.payment FROM conversion n WHERE n.app = ${CALL_APP} AND n.id = :conversion)`,
  payment: `(SELECT r.payment FROM payment_ref r JOIN app p ON p.id = r.app AND r.livemode = (p.mode = 'live')
    WHERE r.app = ${CALL_APP} AND r.account = '' AND r.ref = :payment_ref)`,
};
const APP_CURRENCY = `(SELECT p.currency FROM app p WHERE p.id = ${CALL_APP})`;
const CODE_AFFILIATE = `(SELECT k.affiliate FROM code k WHERE k.code = :code AND k.app = ${CALL_APP})`;

/** Which conversions `c` a target means. What is named keeps its own currency; what is not takes the app's. */
const SCOPE: Record<RefundTarget, string> = {
  conversion: `c.payment = ${NAMED_PAYMENT.conversion} AND (:currency IS NULL OR c.currency = :currency)`,
  payment: `c.payment = ${NAMED_PAYMENT.payment} AND (:currency IS NULL OR c.currency = :currency)`,
  user: `c.user_id = :user_id AND c.currency = coalesce(:currency, ${APP_CURRENCY})`,
  code: `c.affiliate = ${CODE_AFFILIATE} AND c.currency = coalesce(:currency, ${APP_CURRENCY})`,
};

/** What somebody vouched for, then the newest: a stranger's inventions shall not soak up a backend's refund. */
const takenFirst = (row: string) => `(${row}.trust = 'unverified'), ${newest(row)}`;
/** The same among what is all unverified, without the sort that its index saves. */
const newest = (row: string) => `${row}.occurred_at DESC, ${row}.id DESC`;

/**
 * A public refund reaches only what a public call made and nobody has relied on yet, user and code both matching. What a
 * standing rule let pass nobody has looked at: were it out of reach, the answer would tell what the rule did not let pass.
 */
const REACH: Record<Caller["source"], string> = {
  key: "true",
  public: `(c.trust = 'unverified') = 1 AND c.mature_day > :today AND c.affiliate = ${CODE_AFFILIATE}
    AND (:user_id IS NULL OR c.user_id = :user_id)
    AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.app = c.app AND a.conversion = c.id AND a.actor NOT LIKE 'rule:%')`,
};

/** The same public refund, without a key, within the app's window. A backend's refunds are never taken for one another. */
const SAME_CALL = `
  SELECT d.* FROM refund d JOIN app p ON p.id = d.app
  WHERE d.app = ${CALL_APP} AND d.source = :source AND :source = 'public' AND d.id <> :refund
    AND substr(d.source_ref, 1, 2) = 'r:' AND substr(:source_ref, 1, 2) = 'r:'
    AND d.created_at > :now - p.dedupe_seconds * 1000 AND d.body_hash = :body_hash`;

const NEW_REFUND = `SELECT * FROM refund WHERE app = ${CALL_APP} AND id = :refund AND counted = 0`;

const RECORDED = `
  SELECT d.*, 1 AS same_key FROM refund d
  WHERE d.app = ${CALL_APP} AND d.source = :source AND d.account = '' AND d.source_ref = :source_ref AND d.charge IS NULL
  UNION ALL
  SELECT * FROM (SELECT d.*, 0 AS same_key FROM (${SAME_CALL}) d ORDER BY d.created_at DESC LIMIT 1)
  ORDER BY same_key DESC LIMIT 1`;

type Built = ReturnType<typeof statement>;
type Batch = { readonly facts: readonly Built[]; readonly answer: readonly Built[] };

function batchesFor(source: Caller["source"]): Record<RefundTarget, Batch> {
  return {
    conversion: batchFor(source, "conversion"),
    payment: batchFor(source, "payment"),
    user: batchFor(source, "user"),
    code: batchFor(source, "code"),
  };
}

function batchFor(source: Caller["source"], target: RefundTarget): Batch {
  const first = source === "public" ? newest : takenFirst;
  const candidates = `
    SELECT c.app, c.id, c.payment, c.currency, c.trust, c.captured - c.refunded AS left_over, c.occurred_at
    FROM conversion c
    WHERE c.app = ${CALL_APP} AND c.voided_at IS NULL AND c.captured > c.refunded AND ${SCOPE[target]} AND ${REACH[source]}
    ORDER BY ${first("c")} LIMIT ${MAX_REFUND_CANDIDATES}`;
  const running = `
    SELECT k.*, sum(k.left_over) OVER (ORDER BY ${first("k")} ROWS UNBOUNDED PRECEDING) AS upto FROM (${candidates}) k`;
  const isPayment = target === "payment" && source === "key";
  const isNamed = target === "conversion" || target === "payment";
  const ofStripe = source === "public" ? NO_STRIPE : (STRIPE_NAMED[target] ?? stripeTaken(running));
  const waits = isPayment ? WAITS : "0";
  const facts = [
    statement(`
      INSERT INTO refund (app, id, source, livemode, source_ref, body_hash, payment_ref, conversion, user_id, code, currency,
        amount, applied, created_at)
      SELECT p.id, :refund, :source, p.mode = 'live', :source_ref, :body_hash, :payment_ref, :conversion, :user_id, :code,
        ${isNamed ? ":currency" : "coalesce(:currency, k.currency)"}, iif(${waits}, :amount, coalesce(:amount, k.left_over)), NOT ${waits}, :now
      FROM app p, (SELECT sum(left_over) AS left_over, max(currency) AS currency FROM (${candidates})) k
      WHERE p.id = ${CALL_APP} AND (k.left_over >= coalesce(:amount, 1) OR ${waits})
        AND (:code IS NULL OR ${CODE_AFFILIATE} IS NOT NULL) AND NOT EXISTS (${SAME_CALL}) AND NOT EXISTS (${ofStripe})
      ON CONFLICT DO NOTHING`),
    ...(isPayment ? WAITING : []),
    statement(`
      INSERT INTO refund_part (app, refund, origin, payment, conversion, amount)
      SELECT n.app, n.id, k.payment, k.payment, k.id,
        ${isPayment ? ALL_OF_UNVERIFIED : ""} min(k.left_over, n.amount - (k.upto - k.left_over))
        ${isPayment ? ")" : ""}
      FROM (${NEW_REFUND}) n JOIN (${running}) k WHERE n.applied = 1 AND k.upto - k.left_over < n.amount
      ON CONFLICT DO NOTHING`),
    ...TOUCHED,
  ];
  const named =
    target === "conversion" || target === "payment"
      ? `SELECT c.currency FROM conversion c WHERE c.app = ${CALL_APP} AND c.payment = ${NAMED_PAYMENT[target]}
         ORDER BY c.voided_at IS NOT NULL LIMIT 1`
      : "SELECT NULL AS currency WHERE 0";
  return { facts, answer: [...RECORDED_ANSWER, statement(`${ofStripe} LIMIT 1`), statement(named), readCode] };
}

/**
 * What Stripe reports it alone reports, refunds too: a backend that tells them as well would take them twice. To the public
 * none of it is there.
 */
const STRIPE_COLUMNS = `
  s.account, s.livemode, c.id AS conversion, c.currency, c.captured - c.refunded AS left_over,
  (SELECT iif(count(*) = 1, min(p.ref), NULL) FROM payment_ref p WHERE p.app = s.app AND p.payment = s.payment
    AND p.account = s.account AND (p.ref GLOB 'ch_*' OR p.ref GLOB 'py_*')) AS charge`;

/** It is Stripe's claim that is in force: another one's is refunded by whoever made it. */
const OF_STRIPE = "t.app = c.app AND t.id = c.claim AND t.source = 'stripe'";

const NO_STRIPE = "SELECT NULL AS account WHERE 0";

const stripeNamed = (payment: string) => `
  SELECT ${STRIPE_COLUMNS} FROM stripe_payment s CROSS JOIN conversion c CROSS JOIN claim t
  WHERE s.app = ${CALL_APP} AND s.payment = ${payment} AND c.app = s.app AND c.payment = s.payment AND c.voided_at IS NULL
    AND ${OF_STRIPE}`;

const STRIPE_NAMED: Partial<Record<RefundTarget, string>> = {
  conversion: stripeNamed(NAMED_PAYMENT.conversion),
  payment: stripeNamed(NAMED_PAYMENT.payment),
};

const stripeTaken = (running: string) => `
  SELECT ${STRIPE_COLUMNS} FROM (${running}) k CROSS JOIN conversion c CROSS JOIN stripe_payment s CROSS JOIN claim t
  WHERE c.app = k.app AND c.id = k.id AND k.upto - k.left_over < :amount AND s.app = k.app AND s.payment = k.payment
    AND ${OF_STRIPE}`;

/**
 * A backend's refund of a payment that no backend has reported yet waits for it, for the refund can come before the sale.
 * What the public said of that payment takes the refund if there is enough of it, and never stands in its way.
 */
const WAITS = `((k.left_over IS NULL OR k.left_over < coalesce(:amount, 0)) AND NOT EXISTS (
  SELECT 1 FROM conversion c WHERE c.app = ${CALL_APP} AND c.payment = ${NAMED_PAYMENT.payment}
    AND c.voided_at IS NULL AND c.trust <> 'unverified'))`;

/** "All of it" of a payment only the public spoke of is all of what a backend may say it was. */
const ALL_OF_UNVERIFIED = `iif(:amount IS NULL AND k.trust = 'unverified', ${MAX_AMOUNT_CENTS},`;

const WAITING = [
  statement(`
    INSERT INTO payment (app, id, created_at)
    SELECT n.app, :payment, n.created_at FROM (${NEW_REFUND}) n WHERE n.applied = 0 AND ${NAMED_PAYMENT.payment} IS NULL
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO payment_ref (app, livemode, ref, payment)
    SELECT n.app, n.livemode, n.payment_ref, :payment FROM (${NEW_REFUND}) n WHERE n.applied = 0
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO refund_part (app, refund, origin, payment, amount)
    SELECT n.app, n.id, ${NAMED_PAYMENT.payment}, ${NAMED_PAYMENT.payment}, coalesce(n.amount, ${MAX_AMOUNT_CENTS}) FROM (${NEW_REFUND}) n
    WHERE n.applied = 0
    ON CONFLICT DO NOTHING`),
];

const TOUCHED = [
  statement(`
    UPDATE conversion SET dirty = 1 FROM (${NEW_REFUND}) n JOIN refund_part part ON part.app = n.app AND part.refund = n.id
    WHERE conversion.app = part.app AND conversion.payment = part.payment AND conversion.voided_at IS NULL`),
  statement(`
    INSERT INTO code_day (app, code, day, refunds)
    SELECT c.app, c.code, :today, 1 FROM (${NEW_REFUND}) n
    JOIN refund_part part ON part.app = n.app AND part.refund = n.id
    JOIN conversion c ON c.app = part.app AND c.id = part.conversion
    WHERE true ORDER BY ${takenFirst("c")} LIMIT 1
    ON CONFLICT DO UPDATE SET refunds = refunds + 1`),
  statement(`UPDATE refund SET counted = 1 WHERE app = ${CALL_APP} AND id = :refund`),
];

const RECORDED_ANSWER = [
  statement(`
    SELECT n.*, coalesce(n.currency, (SELECT c.currency FROM refund_part part JOIN conversion c ON c.app = part.app
        AND c.id = part.conversion WHERE part.app = n.app AND part.refund = n.id)) AS currency,
      -coalesce((SELECT sum(l.net) FROM ledger l WHERE l.app = n.app AND l.fact = n.id), 0) AS reversed_net,
      -coalesce((SELECT sum(l.fee) FROM ledger l WHERE l.app = n.app AND l.fact = n.id), 0) AS reversed_fee
    FROM (${RECORDED}) n`),
  statement(`
    SELECT part.conversion, min(part.amount, n.amount) AS amount FROM (${RECORDED}) n
    JOIN refund_part part ON part.app = n.app AND part.refund = n.id
    LEFT JOIN conversion c ON c.app = part.app AND c.id = part.conversion
    WHERE part.conversion IS NOT NULL ORDER BY ${takenFirst("c")} LIMIT ${MAX_REFUND_CANDIDATES}`),
];

const BATCHES = { key: batchesFor("key"), public: batchesFor("public") };
