import type { StripeFacts } from "../../domain/stripe-facts.ts";
import { fieldsOf, idOf, type Json, millisOf, objectOf } from "./read-object.ts";
import { readCharge } from "./translate-charge.ts";
import { readCustomer, readPromotionCode, readSubscription } from "./translate-customer.ts";
import { readInvoice, readInvoicePayment } from "./translate-invoice.ts";
import { readPaymentIntent } from "./translate-payment-intent.ts";
import { readDispute, readRefund } from "./translate-refund.ts";
import { readSession } from "./translate-session.ts";
import { readTransfer } from "./translate-transfer.ts";
import { factsOrNone, type IgnoredReason, type Reading, type Translation } from "./translation.ts";

export type { Translation } from "./translation.ts";

/** Reads an event's object; `at` is the event's moment in epoch milliseconds. */
type Reader = (object: Json, at: number) => Reading;

/** The events that are used, and who reads their object. `charge.dispute.funds_*` repeat what the dispute's own tell. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["customer.created", (object, at) => readCustomer(object, madeAt(object, at))],
  ["customer.updated", readCustomer],
  ["customer.subscription.created", (object, at) => readSubscription(object, madeAt(object, at))],
  ["customer.subscription.updated", readSubscription],
  ["promotion_code.created", (object, at) => readPromotionCode(object, madeAt(object, at))],
  ["promotion_code.updated", readPromotionCode],
  ["checkout.session.completed", readSession],
  ["checkout.session.async_payment_succeeded", readSession],
  ...(["invoice.paid", "invoice.payment_succeeded"] as const).map((type): [string, Reader] => [
    type,
    (object, at) => readInvoice(object, { at, type }),
  ]),
  ["invoice_payment.paid", readInvoicePayment],
  ["payment_intent.succeeded", readPaymentIntent],
  ["charge.succeeded", readCharge],
  ["charge.captured", readCharge],
  ["charge.updated", readCharge],
  ["charge.refunded", readCharge],
  ["charge.refund.updated", readRefund],
  ["refund.created", readRefund],
  ["refund.updated", readRefund],
  ["refund.failed", readRefund],
  ["charge.dispute.created", readDispute],
  ["charge.dispute.updated", readDispute],
  ["charge.dispute.closed", readDispute],
]);

/**
 * What a Stripe event tells, in our words: the facts, or why there are none. Shapes are told by the fields present, never
 * by `api_version`: what an endpoint gets depends on who made it and when (ST9). Never throws, whatever the JSON is.
 */
export function translateEvent(event: unknown): Translation {
  const { object: kind, type, created, data } = fieldsOf(event);
  if (kind === "v2.core.event") return ignored("thin_event");
  if (typeof type !== "string") return ignored("unreadable");
  if (type === "account.application.deauthorized") return { kind: "deauthorized" };
  const object = objectOf(fieldsOf(data)["object"]);
  if (type === "transfer.reversed") return returned(object);
  const read = READERS.get(type);
  if (read === undefined) return ignored("not_used");

  const at = millisOf(created);
  if (at === null || object === null) return ignored("unreadable");
  const reading = read(object, at);
  if (typeof reading === "string") return ignored(reading);
  return isEmpty(reading) ? ignored("nothing_told") : { kind: "facts", object: idOf(object), facts: reading };
}

/**
 * What an object read by API tells; no facts where it tells none. `fromAt` is the beginning of its bindings: 0, because
 * the API does not tell since when the metadata reads so.
 */
export function factsOfCustomer(object: unknown, fromAt: number): StripeFacts {
  return factsOrNone(readCustomer(object, fromAt));
}

export function factsOfPromotionCode(object: unknown, fromAt: number): StripeFacts {
  return factsOrNone(readPromotionCode(object, fromAt));
}

export function factsOfSession(object: unknown, fromAt: number): StripeFacts {
  return factsOrNone(readSession(object, fromAt));
}

export function factsOfInvoice(object: unknown): StripeFacts {
  return factsOrNone(readInvoice(object, null));
}

export function factsOfInvoicePayment(object: unknown): StripeFacts {
  return factsOrNone(readInvoicePayment(object));
}

function returned(object: Json | null): Translation {
  const reversal = object === null ? "unreadable" : readTransfer(object);
  return typeof reversal === "string" ? ignored(reversal) : { kind: "returned", reversal };
}

function ignored(reason: IgnoredReason): Translation {
  return { kind: "ignored", reason };
}

/** A new object binds from its own beginning: its event may come, or be made, a little later. */
function madeAt(object: Json, at: number): number {
  return millisOf(object["created"]) ?? at;
}

function isEmpty(facts: StripeFacts): boolean {
  return Object.values(facts).every((list) => list.length === 0);
}
