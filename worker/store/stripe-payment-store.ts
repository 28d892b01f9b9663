import type { Db, Statement } from "./db.ts";
import { integerOf, statement, textOf, textOrNull } from "./statement.ts";
import { stringList } from "./app-store.ts";
import type { StripeScope } from "./stripe-scope.ts";

/** What Stripe can be asked about a payment. */
export interface PaymentObjects {
  /** Any of its names: it keeps them when it becomes one with another payment. */
  readonly name: string;
  readonly invoices: readonly string[];
  readonly paymentIntents: readonly string[];
  readonly subscriptions: readonly string[];
  readonly customers: readonly string[];
  readonly promotions: readonly string[];
}

/** A payment has few names; a broken integration may give one many, and each costs a call. */
const MAX_ASKED = 10;

export async function readPaymentObjects(db: Db, appId: string, payment: string): Promise<PaymentObjects> {
  const [objects, names] = await Promise.all([
    db.query(OBJECTS({ app: appId, payment, limit: MAX_ASKED })),
    db.query(NAMES({ app: appId, payment, limit: 4 * MAX_ASKED })),
  ]);
  const refs = names.map((row) => textOf(row, "ref"));
  return {
    name: refs[0] ?? "",
    invoices: refs.filter((ref) => ref.startsWith("in_")).slice(0, MAX_ASKED),
    paymentIntents: refs.filter((ref) => ref.startsWith("pi_")).slice(0, MAX_ASKED),
    subscriptions: distinct(objects.map((row) => textOrNull(row, "subscription"))),
    customers: distinct(objects.map((row) => textOrNull(row, "customer"))).filter((id) => id.startsWith("cus_")),
    promotions: distinct(objects.flatMap((row) => stringList(textOf(row, "promotions")))).slice(0, MAX_ASKED),
  };
}

/** The payment that has a name now. */
export async function findPayment(db: Db, scope: StripeScope, name: string): Promise<string | null> {
  const [row] = await db.query(FIND({ ...scope, name }));
  return row === undefined ? null : textOf(row, "payment");
}

/** Stripe has answered about a payment: it is not asked again before more is told. */
export function noteAnswered(appId: string, payment: string, now: number): Statement {
  return ANSWERED({ app: appId, payment, now });
}

/** Nothing came of it this time: the payment is looked at again at `lookAt`, or when it would have been before. */
export function noteUnanswered(
  appId: string,
  payment: string,
  { now, lookAt }: { readonly now: number; readonly lookAt: number },
): Statement {
  return UNANSWERED({ app: appId, payment, now, look_at: lookAt });
}

/** The payments of all apps that are to be looked at, the longest due first, at most `limit`. */
export async function listDuePayments(
  db: Db,
  { now, limit }: { now: number; limit: number },
): Promise<readonly { readonly payment: string; readonly scope: StripeScope }[]> {
  return (await db.query(DUE({ now, limit }))).map((row) => ({
    payment: textOf(row, "payment"),
    scope: {
      app: textOf(row, "app"),
      account: textOf(row, "account"),
      livemode: integerOf(row, "livemode") === 1 ? 1 : 0,
    },
  }));
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

const OBJECTS = statement(`
  SELECT o.customer, o.subscription, o.promotions FROM stripe_object o WHERE o.app = :app AND o.payment = :payment
  ORDER BY o.received_at, o.id LIMIT :limit`);
const NAMES = statement(`
  SELECT DISTINCT p.ref FROM payment_ref p WHERE p.app = :app AND p.payment = :payment ORDER BY p.ref LIMIT :limit`);
const FIND = statement(`
  SELECT p.payment FROM payment_ref p
  WHERE p.app = :app AND p.account = :account AND p.livemode = :livemode AND p.ref = :name`);
const ANSWERED = statement(`
  UPDATE stripe_payment SET asked_at = :now, attempts = 0 WHERE app = :app AND payment = :payment`);
const UNANSWERED = statement(`
  UPDATE stripe_payment SET attempts = attempts + 1,
    look_at = iif(look_at > :now AND look_at < :look_at, look_at, :look_at)
  WHERE app = :app AND payment = :payment AND look_at IS NOT NULL`);
const DUE = statement(`
  SELECT s.app, s.payment, s.account, s.livemode FROM stripe_payment s INDEXED BY stripe_payment_due
  WHERE s.look_at <= :now ORDER BY s.look_at LIMIT :limit`);
