import { NO_FACTS, REF_RANK, type StripeCharge } from "../../domain/stripe-facts.ts";
import { readMoney } from "./read-money.ts";
import { fieldsOf, idOf, isPresent, itemsOf, type Json, namesOf, textOf, wholeOf } from "./read-object.ts";
import { customerIn, refIn, userIn } from "./read-payer.ts";
import { readCaptured } from "./translate-charge.ts";
import type { Reading } from "./translation.ts";

/** A payment intent that succeeded; `at`: when, epoch milliseconds. One that was made for an invoice names it. */
export function readPaymentIntent(object: unknown, at: number): Reading {
  const intent = fieldsOf(object);
  const id = idOf(intent["id"]);
  if (id === null) return "unreadable";

  const captured = wholeOf(intent["amount_received"]);
  const tax = wholeOf(fieldsOf(fieldsOf(intent["amount_details"])["tax"])["total_tax_amount"]) ?? 0;
  const money = readMoney({
    captured,
    netOfTax: (captured ?? 0) - tax,
    currency: intent["currency"],
    occurredAt: at,
  });
  if (typeof money === "string") return money;
  if (money === null) return "no_money";

  const invoice = idOf(intent["invoice"]) ?? orderedInvoice(intent);
  const charges = itemsOf(intent["charges"]);
  const ref = refIn(intent["metadata"]);
  return {
    ...NO_FACTS,
    charges: chargesOf(charges),
    objects: [
      {
        id,
        form: "payment_intent",
        names: namesOf([idOf(intent["latest_charge"]), ...charges.map(idOf), invoice], id),
        customer: customerIn(intent),
        subscription: null,
        promotions: [],
        ref,
        rank: ref === null ? null : REF_RANK.payment_intent,
        bareRef: null,
        userId: userIn(intent["metadata"]),
        email: textOf(intent["receipt_email"]),
        money,
        settlement: "on_stripe",
        ofInvoice: invoice !== null || isPresent(intent["invoice"]),
      },
    ],
  };
}

/**
 * The invoice in `payment_details.order_reference`: seen on the intents that today's invoices make, but documented for
 * the merchant's own order numbers. So only what is an invoice's id counts.
 */
function orderedInvoice(intent: Json): string | null {
  const reference = idOf(fieldsOf(intent["payment_details"])["order_reference"]);
  return reference?.startsWith("in_") === true ? reference : null;
}

/** The charges that come whole: until 2022-11-15. */
function chargesOf(charges: readonly Json[]): readonly StripeCharge[] {
  return charges.map(readCaptured).filter((each) => typeof each !== "string");
}
