import type { StripeBinding, StripeCharge, StripeDispute, StripeRefund } from "../domain/stripe-facts.ts";
import type { Row, Statement } from "./db.ts";
import { settle } from "./settle.ts";
import { type At, storeCharge, storeDispute, storeRefund } from "./stripe-return-store.ts";
import { statement, textOf } from "./statement.ts";
import { joinNames, TARGET } from "./stripe-payment-names.ts";
import { recountRefunds } from "./stripe-counters.ts";
import { GRACE_MS, PARKED_MS, type StripeScope } from "./stripe-scope.ts";

/** An object as it is stored: codes folded, the address hashed, the base by the app's tax setting, ids made once per request. */
export interface ObjectRow {
  readonly id: string;
  readonly form: string;
  readonly names: readonly string[];
  readonly claim: string;
  readonly payment: string;
  readonly customer: string | null;
  readonly subscription: string | null;
  readonly promotions: readonly string[];
  readonly code: string | null;
  readonly rank: number | null;
  readonly bareCode: string | null;
  readonly userId: string | null;
  readonly emailHmac: string | null;
  readonly emailMask: string | null;
  readonly currency: string | null;
  readonly capturedCents: number | null;
  readonly baseCents: number | null;
  readonly occurredAt: number | null;
  readonly settlement: string;
  readonly ofInvoice: boolean;
}

export interface CustomerRow {
  readonly id: string;
  readonly createdAt: number | null;
  readonly emailHmac: string | null;
  readonly emailMask: string | null;
}

/** What one event, or one API answer, told, ready to be stored. */
export interface FactRows {
  readonly objects: readonly ObjectRow[];
  readonly links: readonly { readonly names: readonly string[]; readonly payment: string }[];
  readonly bindings: readonly StripeBinding[];
  readonly customers: readonly CustomerRow[];
  readonly charges: readonly StripeCharge[];
  readonly refunds: readonly (StripeRefund & { readonly rowId: string })[];
  readonly disputes: readonly StripeDispute[];
}

/** A line of the inbox: the facts as JSON, or why the event was ignored. */
export interface EventRow {
  readonly id: string;
  readonly type: string;
  readonly object: string | null;
  /** Whom the facts name: the customer, else the user. */
  readonly subject: string | null;
  readonly reason: string | null;
  readonly facts: string | null;
  readonly createdAt: number;
}

/** So many payments are decided with the event that lets them be; a job sees to the others. */
const MAX_TO_DECIDE = 20;

/**
 * The batch that stores what Stripe told, all or nothing, with its line in the inbox, and settles the conversions it touches.
 * Everything in it may have been told before. Which payments are to be decided now is read with `readDue`.
 */
export function writeFacts(
  scope: StripeScope,
  told: { readonly facts: FactRows; readonly event: EventRow | null; readonly now: number },
): readonly Statement[] {
  const { facts, event, now } = told;
  const at = { ...scope, now, today: Math.floor(now / 86_400_000) };
  return [
    ...(event === null ? [] : [insertEvent(scope, event, now)]),
    ...facts.customers.map((customer) =>
      UPSERT_CUSTOMER({
        ...scope,
        id: customer.id,
        created_at: customer.createdAt,
        email_hmac: customer.emailHmac,
        email_mask: customer.emailMask,
      }),
    ),
    ...facts.bindings.flatMap((binding) => bind(at, binding)),
    ...facts.links.flatMap(({ names, payment }) => {
      const named = { ...at, names: JSON.stringify(names), payment };
      return [...joinNames(named), ...RECOUNT.map((build) => build(named))];
    }),
    ...facts.objects.flatMap((object) => storeObject(at, object)),
    ...facts.charges.flatMap((charge) => storeCharge(at, charge)),
    ...facts.refunds.flatMap((refund) => storeRefund(at, refund)),
    ...facts.disputes.flatMap((dispute) => storeDispute(at, dispute)),
    ...settle({ app: scope.app, claimed_app: null, code: null, fact: causeOf(facts), now }),
    DUE({ app: scope.app, now, limit: MAX_TO_DECIDE }),
  ];
}

/** Reads the last statement of the batch: the payments of the app, whichever account told them, that are to be decided now. */
export function readDue(
  results: readonly (readonly Row[])[],
): readonly { readonly payment: string; readonly account: string }[] {
  return (results.at(-1) ?? []).map((row) => ({ payment: textOf(row, "payment"), account: textOf(row, "account") }));
}

/** The line of an event alone. */
export function insertEvent(scope: StripeScope, event: EventRow, now: number): Statement {
  return INSERT_EVENT({
    ...scope,
    id: event.id,
    type: event.type,
    object: event.object,
    subject: event.subject,
    reason: event.reason,
    facts: event.facts,
    created_at: event.createdAt,
    now,
  });
}

/** What the postings name as their cause: Stripe's id of what moved the money. */
function causeOf({ refunds, disputes, charges, links, objects }: FactRows): string {
  return refunds[0]?.id ?? disputes[0]?.id ?? charges[0]?.id ?? objects[0]?.id ?? links[0]?.names[0] ?? "stripe";
}

function bind(at: At, { object, says, value, fromAt }: StripeBinding): readonly Statement[] {
  const params = { ...at, object, says, value, from_at: fromAt };
  return [...(says === "user" ? BIND_USER : BIND_REF)].map((build) => build(params));
}

function storeObject(at: At, object: ObjectRow): readonly Statement[] {
  const names = JSON.stringify([object.id, ...object.names]);
  return [
    ...joinNames({ ...at, names, payment: object.payment }),
    ...OBJECT.map((build) =>
      build({
        ...at,
        names,
        id: object.id,
        form: object.form,
        claim: object.claim,
        customer: object.customer,
        subscription: object.subscription,
        promotions: JSON.stringify(object.promotions),
        code: object.code,
        code_rank: object.code === null ? null : object.rank,
        bare_code: object.bareCode,
        user_id: object.userId,
        email_hmac: object.emailHmac,
        email_mask: object.emailMask,
        currency: object.currency,
        captured: object.capturedCents,
        base: object.baseCents,
        occurred_at: object.occurredAt,
        settlement: object.settlement,
        of_invoice: object.ofInvoice ? 1 : 0,
      }),
    ),
  ];
}

/** What was ignored once may be understood when it comes again; what was recorded stays as it is. */
const INSERT_EVENT = statement(`
  INSERT INTO stripe_event (app, account, livemode, id, type, object, subject, reason, facts, created_at, received_at)
  VALUES (:app, :account, :livemode, :id, :type, :object, :subject, :reason, :facts, :created_at, :now)
  ON CONFLICT DO UPDATE SET object = excluded.object, subject = excluded.subject, reason = NULL, facts = excluded.facts
    WHERE stripe_event.reason IS NOT NULL AND excluded.reason IS NULL`);

const UPSERT_CUSTOMER = statement(`
  INSERT INTO stripe_customer (app, account, livemode, id, created_at, email_hmac, email_mask)
  VALUES (:app, :account, :livemode, :id, :created_at, :email_hmac, :email_mask)
  ON CONFLICT DO UPDATE SET created_at = coalesce(stripe_customer.created_at, excluded.created_at),
    email_hmac = coalesce(stripe_customer.email_hmac, excluded.email_hmac),
    email_mask = coalesce(stripe_customer.email_mask, excluded.email_mask)`);

/** An answer by API tells no time, so a later one replaces it; events tell theirs, and all of them stay. */
const DROP_READING = statement(`
  DELETE FROM stripe_binding
  WHERE app = :app AND object = :object AND says = :says AND account = :account AND livemode = :livemode AND from_at = 0
    AND :from_at = 0 AND value <> :value`);

const INSERT_BINDING = statement(`
  INSERT INTO stripe_binding (app, object, says, account, livemode, from_at, value)
  VALUES (:app, :object, :says, :account, :livemode, :from_at, :value)
  ON CONFLICT DO NOTHING`);

/** The objects a binding may speak for, as far back as a payment waits. */
const bound = (objects: string) => `
  SELECT o.payment FROM stripe_object o
  WHERE o.app = :app AND ${objects} AND o.livemode = :livemode
    AND o.received_at > :now - ${PARKED_MS + GRACE_MS}`;

const WAKE = statement(`
  UPDATE stripe_payment SET look_at = :now
  WHERE app = :app AND state = 'parked' AND payment IN (
    ${bound("o.customer = :object")} UNION ${bound("o.subscription = :object")}
    UNION ${bound(`:object GLOB 'promo_*' AND o.promotions <> '[]'
      AND EXISTS (SELECT 1 FROM json_each(o.promotions) j WHERE j.value = :object)`)})`);

const BIND_REF = [DROP_READING, INSERT_BINDING, WAKE];

/** Whether this is whose the customer was said to be first: what was recorded of the customer is that user's. */
const FIRST_USER = `:value = (SELECT b.value FROM stripe_binding b
  WHERE b.app = :app AND b.object = :object AND b.says = 'user' AND b.livemode = :livemode
  ORDER BY b.from_at, b.value LIMIT 1)`;

const BIND_USER = [
  ...BIND_REF,
  statement(`
    UPDATE conversion SET user_id = :value
    WHERE app = :app AND claim IN (SELECT m.id FROM claim m WHERE m.app = :app AND m.user_id = :object)
      AND user_id = :object AND ${FIRST_USER}`),
  statement(`UPDATE claim SET user_id = :value WHERE app = :app AND user_id = :object AND ${FIRST_USER}`),
  statement(`
    UPDATE referral SET user_id = :value
    WHERE app = :app AND user_id = :object AND ${FIRST_USER}
      AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.app = :app AND r.user_id = :value)`),
  statement(`UPDATE stripe_payment SET user_id = :value WHERE app = :app AND user_id = :object AND ${FIRST_USER}`),
];

/** A refund may have been told before anything that names its payment. */
const RECOUNT = recountRefunds(TARGET).map(statement);

const OBJECT = [
  ...RECOUNT,
  statement(`
    INSERT INTO stripe_object (app, account, livemode, id, form, payment, claim, customer, subscription, promotions, code,
      code_rank, bare_code, user_id, email_hmac, email_mask, currency, captured, base, occurred_at, settlement, of_invoice,
      received_at)
    SELECT :app, :account, :livemode, :id, :form, ${TARGET}, :claim, :customer, :subscription, :promotions, :code, :code_rank,
      :bare_code, :user_id, :email_hmac, :email_mask, :currency, :captured, :base, :occurred_at, :settlement, :of_invoice, :now
    WHERE true
    ON CONFLICT (app, account, livemode, id) DO UPDATE SET
      customer = coalesce(stripe_object.customer, excluded.customer),
      subscription = coalesce(stripe_object.subscription, excluded.subscription),
      promotions = iif(stripe_object.promotions = '[]', excluded.promotions, stripe_object.promotions),
      code = coalesce(stripe_object.code, excluded.code),
      code_rank = iif(stripe_object.code IS NULL, excluded.code_rank, stripe_object.code_rank),
      bare_code = coalesce(stripe_object.bare_code, excluded.bare_code),
      user_id = coalesce(stripe_object.user_id, excluded.user_id),
      email_hmac = coalesce(stripe_object.email_hmac, excluded.email_hmac),
      email_mask = coalesce(stripe_object.email_mask, excluded.email_mask),
      currency = iif(stripe_object.captured IS NULL, excluded.currency, stripe_object.currency),
      base = iif(stripe_object.captured IS NULL, excluded.base, stripe_object.base),
      occurred_at = iif(stripe_object.captured IS NULL, excluded.occurred_at, stripe_object.occurred_at),
      captured = coalesce(stripe_object.captured, excluded.captured),
      settlement = CASE
        WHEN 'on_stripe' IN (stripe_object.settlement, excluded.settlement) THEN 'on_stripe'
        WHEN 'out_of_band' IN (stripe_object.settlement, excluded.settlement) THEN 'out_of_band'
        WHEN 'assumed' IN (stripe_object.settlement, excluded.settlement) THEN 'assumed' ELSE 'unknown' END,
      of_invoice = max(stripe_object.of_invoice, excluded.of_invoice)
    ON CONFLICT DO NOTHING`),
  statement(`
    INSERT INTO stripe_payment (app, payment, account, livemode, state, look_at, received_at)
    SELECT :app, ${TARGET}, :account, :livemode, 'parked', :now, :now WHERE true
    ON CONFLICT (app, payment) DO UPDATE SET look_at = :now, asked_at = NULL,
      state = iif(stripe_payment.state = 'closed', 'parked', stripe_payment.state)`),
];

const DUE = statement(`
  SELECT s.payment, s.account FROM stripe_payment s WHERE s.app = :app AND s.look_at <= :now ORDER BY s.look_at DESC LIMIT :limit`);
