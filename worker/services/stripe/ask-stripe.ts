import { NO_FACTS, type StripeFacts } from "../../domain/stripe-facts.ts";
import { StripeError, type StripeCredentials, type StripeGateway } from "../../gateways/stripe/stripe.ts";
import {
  factsOfCustomer,
  factsOfInvoice,
  factsOfInvoicePayment,
  factsOfPromotionCode,
  factsOfSession,
} from "../../gateways/stripe/translate.ts";
import type { PaymentObjects } from "../../store/stripe-payment-store.ts";

/** What is read by API tells no beginning: any event that tells one answers first. */
const NO_BEGINNING = 0;

/** A payment intent tells its invoice, and that its promotion codes. */
const MAX_ROUNDS = 3;

/**
 * Asks Stripe for what may say whose a payment is: its invoice, its checkout session, its customer, its promotion codes; and
 * for the invoice and codes that these answers name. What Stripe does not have, or does not let this key see, tells nothing.
 * Throws StripeError `unavailable` when it does not answer.
 */
export async function askStripe(
  stripe: StripeGateway,
  credentials: StripeCredentials,
  about: PaymentObjects,
): Promise<StripeFacts> {
  let found = NO_FACTS;
  let next: Omit<PaymentObjects, "name"> = about;
  const asked = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const answers = await Promise.all(questions(stripe, credentials, next).map(orNothing));
    found = together([found, ...answers]);
    for (const id of [...next.invoices, ...next.promotions]) asked.add(id);
    const isNew = (id: string) => !asked.has(id);
    const [invoices, promotions] = [invoicesOf(found).filter(isNew), promotionsOf(found).filter(isNew)];
    if (invoices.length === 0 && promotions.length === 0) break;
    next = { invoices, promotions, paymentIntents: [], subscriptions: [], customers: [] };
  }
  return found;
}

function questions(
  stripe: StripeGateway,
  credentials: StripeCredentials,
  { invoices, paymentIntents, subscriptions, customers, promotions }: Omit<PaymentObjects, "name">,
): readonly Promise<StripeFacts>[] {
  return [
    ...invoices.map(async (id) => factsOfInvoice(await stripe.invoice(credentials, id))),
    ...paymentIntents.map(async (id) =>
      together((await stripe.sessionsOfPaymentIntent(credentials, id)).map((one) => factsOfSession(one, NO_BEGINNING))),
    ),
    ...paymentIntents.map(async (id) =>
      together((await stripe.invoicePaymentsOf(credentials, id)).map(factsOfInvoicePayment)),
    ),
    ...subscriptions.map(async (id) =>
      together((await stripe.sessionsOfSubscription(credentials, id)).map((one) => factsOfSession(one, NO_BEGINNING))),
    ),
    ...customers.map(async (id) => factsOfCustomer(await stripe.customer(credentials, id), NO_BEGINNING)),
    ...promotions.map(async (id) => factsOfPromotionCode(await stripe.promotionCode(credentials, id), NO_BEGINNING)),
  ];
}

/** A no is an answer. */
async function orNothing(question: Promise<StripeFacts>): Promise<StripeFacts> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof StripeError && error.kind !== "unavailable") return NO_FACTS;
    throw error;
  }
}

/** A payment intent pays one invoice; of a broken account's many the first are read. */
const MAX_FOUND = 10;

function invoicesOf({ objects, links }: StripeFacts): readonly string[] {
  const names = [...links.flat(), ...objects.flatMap((object) => object.names)];
  return [...new Set(names)].filter((name) => name.startsWith("in_")).slice(0, MAX_FOUND);
}

function promotionsOf({ objects }: StripeFacts): readonly string[] {
  return [...new Set(objects.flatMap((object) => object.promotions))].slice(0, MAX_FOUND);
}

function together(facts: readonly StripeFacts[]): StripeFacts {
  return {
    objects: facts.flatMap((one) => one.objects),
    links: facts.flatMap((one) => one.links),
    bindings: facts.flatMap((one) => one.bindings),
    customers: facts.flatMap((one) => one.customers),
    charges: facts.flatMap((one) => one.charges),
    refunds: facts.flatMap((one) => one.refunds),
    disputes: facts.flatMap((one) => one.disputes),
  };
}
