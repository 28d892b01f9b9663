import { NO_FACTS, REF_RANK, type StripeObject } from "../../domain/stripe-facts.ts";
import { invoiceNetOfTax } from "./invoice-tax.ts";
import { invoiceSettlement } from "./invoice-settlement.ts";
import { readMoney } from "./read-money.ts";
import {
  fieldsOf,
  firstOf,
  idOf,
  itemsOf,
  type Json,
  linkOf,
  millisOf,
  namesOf,
  textOf,
  wholeOf,
} from "./read-object.ts";
import { addressOf, customerIn, refIn, userIn } from "./read-payer.ts";
import type { Reading } from "./translation.ts";

/** What the event adds to its invoice. An API answer has none. */
export interface InvoiceEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly type: string;
}

/** An invoice: the payment it announces once it is paid, with the ref of its own or of its subscription. */
export function readInvoice(object: unknown, event: InvoiceEvent | null): Reading {
  const invoice = fieldsOf(object);
  const id = idOf(invoice["id"]);
  if (id === null) return "unreadable";

  const customer = customerIn(invoice);
  const email = textOf(invoice["customer_email"]);
  const captured = paidCash(invoice);
  const paidAt = millisOf(fieldsOf(invoice["status_transitions"])["paid_at"]);
  const money = readMoney({
    captured,
    netOfTax: captured === null ? 0 : invoiceNetOfTax(invoice, captured),
    currency: invoice["currency"],
    occurredAt: paidAt ?? event?.at ?? millisOf(invoice["created"]),
  });
  if (typeof money === "string") return money;
  return {
    ...NO_FACTS,
    customers: addressOf(customer, email),
    objects: [
      {
        id,
        form: "invoice",
        names: namesOf(paymentNames(invoice), id),
        customer,
        subscription: idOf(invoice["subscription"]) ?? idOf(subscriptionDetails(invoice)["subscription"]),
        promotions: promotionsOf(invoice),
        ...refOf(invoice),
        bareRef: null,
        userId: firstOf([invoice["metadata"], ...subscriptionMetadata(invoice)].map(userIn)),
        email,
        money,
        settlement: invoiceSettlement(invoice, event?.type ?? null),
        ofInvoice: false,
      },
    ],
  };
}

/** `invoice_payment.paid`: today's invoices tell their payment intent in no other event. */
export function readInvoicePayment(object: unknown): Reading {
  const told = fieldsOf(object);
  const payment = fieldsOf(told["payment"]);
  const invoice = idOf(told["invoice"]);
  if (invoice === null) return "unreadable";
  return { ...NO_FACTS, links: linkOf([invoice, idOf(payment["payment_intent"]) ?? idOf(payment["charge"])]) };
}

/**
 * The cash paid. Until basil (2025-03-31) cash that went past Stripe was not in `amount_paid`: what was due was paid then,
 * for an app that counts such payments. An API answer may be an invoice that is not paid yet, or paid in part.
 */
function paidCash(invoice: Json): number | null {
  const paid = wholeOf(invoice["amount_paid"]);
  if (typeof invoice["status"] === "string" && invoice["status"] !== "paid") return 0;
  return paid === 0 && invoice["paid_out_of_band"] === true ? (wholeOf(invoice["amount_due"]) ?? paid) : paid;
}

function paymentNames(invoice: Json): readonly (string | null)[] {
  const expanded = itemsOf(invoice["payments"]).map((each) => fieldsOf(each["payment"]));
  return [invoice, ...expanded].flatMap((told) => [idOf(told["payment_intent"]), idOf(told["charge"])]);
}

function refOf(invoice: Json): Pick<StripeObject, "ref" | "rank"> {
  const own = refIn(invoice["metadata"]);
  if (own !== null) return { ref: own, rank: REF_RANK.invoice };
  const ref = firstOf(subscriptionMetadata(invoice).map(refIn));
  return { ref, rank: ref === null ? null : REF_RANK.subscription };
}

/** The subscription's metadata: the snapshot of the invoice (since 2023-06-29), else what its lines show of it. */
function subscriptionMetadata(invoice: Json): readonly unknown[] {
  const lines = itemsOf(invoice["lines"]).filter(isSubscriptionLine);
  return [subscriptionDetails(invoice)["metadata"], ...lines.map((line) => line["metadata"])];
}

function subscriptionDetails(invoice: Json): Json {
  const today = fieldsOf(invoice["parent"])["subscription_details"];
  return fieldsOf(today ?? invoice["subscription_details"]);
}

/** Other lines show the metadata of an invoice item, which is no subscription's. */
function isSubscriptionLine(line: Json): boolean {
  return line["type"] === "subscription" || fieldsOf(line["parent"])["type"] === "subscription_item_details";
}

/** In events discounts are ids: only an API answer that expands them tells the codes. */
function promotionsOf(invoice: Json): readonly string[] {
  const discounts = [...itemsOf(invoice["discounts"]), fieldsOf(invoice["discount"])];
  return namesOf(discounts.map((discount) => idOf(discount["promotion_code"])));
}
