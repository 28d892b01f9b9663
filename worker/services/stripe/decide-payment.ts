import type { Deps } from "../../deps.ts";
import { dayOf } from "../../domain/maturation.ts";
import type { StripeFacts } from "../../domain/stripe-facts.ts";
import { StripeError } from "../../gateways/stripe/stripe.ts";
import { DbError } from "../../store/db.ts";
import { type PaymentState, readDecision, writeDecision } from "../../store/stripe-decision-store.ts";
import { writeFacts } from "../../store/stripe-fact-store.ts";
import { findPayment, noteAnswered, noteUnanswered, readPaymentObjects } from "../../store/stripe-payment-store.ts";
import type { StripeScope } from "../../store/stripe-scope.ts";
import { askStripe } from "./ask-stripe.ts";
import type { StripeConnection } from "./find-connection.ts";
import { prepareFacts } from "./prepare-facts.ts";

/** An outage of Stripe's, or a limit of calls, passes. */
const FIRST_REPEAT_MS = 60_000;
const LAST_REPEAT_MS = 6 * 3_600_000;

/**
 * Where Stripe did not answer. A connection is read for one delivery, one run of the job or one backfill: within it nothing
 * more is asked then, because each payment would wait five seconds once more, and Stripe gives a delivery ten.
 */
const silent = new WeakSet<StripeConnection>();

/**
 * Decides whose a payment is and whether it counts, from all that Stripe has told of it. Where that does not say and the app
 * has a key, Stripe is asked, once; while it does not answer, a job asks again. Null: the app has no such payment.
 */
async function decidePayment(
  deps: Deps,
  connection: StripeConnection,
  at: { readonly payment: string; readonly scope: StripeScope },
): Promise<PaymentState | null> {
  const decided = await decide(deps, at);
  if (decided === null || !mayAsk(decided) || connection.credentials === null) return decided;
  if (silent.has(connection)) {
    await repeatLater(deps, at, decided.attempts);
    return decided;
  }
  const objects = await readPaymentObjects(deps.db, at.scope.app, at.payment);
  let answer: StripeFacts;
  try {
    answer = await askStripe(deps.stripe, connection.credentials, objects);
  } catch (error) {
    if (!(error instanceof StripeError) || error.kind !== "unavailable") throw error;
    silent.add(connection);
    await repeatLater(deps, at, decided.attempts);
    deps.log({ level: "error", work: "stripe", app: at.scope.app, error: error.message });
    return decided;
  }
  const facts = await prepareFacts(deps, connection, answer);
  await deps.db.batch(writeFacts(at.scope, { facts, event: null, now: deps.now() }));
  // What was told may have made it one with another payment.
  const payment = await findPayment(deps.db, at.scope, objects.name);
  return decide(deps, { payment: payment ?? at.payment, scope: at.scope, isAnswered: true });
}

/**
 * The same, for a payment that must keep no other and no delivery: where it cannot be decided it is put off, and that is
 * logged. Throws DbError when the database is away.
 */
export async function decideOrPutOff(
  deps: Deps,
  connection: StripeConnection,
  at: { readonly payment: string; readonly scope: StripeScope },
): Promise<void> {
  try {
    await decidePayment(deps, connection, at);
  } catch (error) {
    if (error instanceof DbError && error.kind === "unavailable") throw error;
    deps.log({ level: "error", work: "stripe", app: at.scope.app, error: String(error) });
    await repeatLater(deps, at, 0);
  }
}

/** Puts a payment off: a minute after its first failure, then twice as long each time, up to six hours. Throws DbError. */
export async function repeatLater(
  deps: Deps,
  { payment, scope }: { readonly payment: string; readonly scope: StripeScope },
  attempts: number,
): Promise<void> {
  const now = deps.now();
  const repeatMs = Math.min(FIRST_REPEAT_MS * 2 ** Math.min(attempts, 20), LAST_REPEAT_MS);
  await deps.db.batch([noteUnanswered(scope.app, payment, { now, lookAt: now + repeatMs })]);
}

async function decide(
  deps: Deps,
  at: { readonly payment: string; readonly scope: StripeScope; readonly isAnswered?: boolean },
): Promise<PaymentState | null> {
  const { payment, scope, isAnswered = false } = at;
  const now = deps.now();
  const decision = writeDecision({
    app: scope.app,
    payment,
    conversion: deps.newId("conv"),
    referral: deps.newId("ref"),
    audit: deps.newId("aud"),
    default_fee_bps: deps.config.platformFeeBps,
    now,
    today: dayOf(now),
  });
  const answered = isAnswered ? [noteAnswered(scope.app, payment, now)] : [];
  return readDecision(await deps.db.batch([...answered, ...decision]));
}

/**
 * Of what has not paid, or not through Stripe, nothing more can be learnt by asking whose it is. One that was closed is asked
 * about too where nobody ever answered, or more was told since.
 */
function mayAsk({ state, reason, askedAt }: PaymentState): boolean {
  return state !== "counted" && askedAt === null && reason !== "waits_for_payment" && reason !== "out_of_band";
}
