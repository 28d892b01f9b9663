import type { StripeObject } from "../../domain/stripe-facts.ts";
import { fieldsOf, idOf, isPresent, itemsOf, type Json, wholeOf } from "./read-object.ts";

type Settlement = StripeObject["settlement"];

/**
 * Whether an invoice's money came through Stripe, by whatever the shape tells, the surest first. `eventType` is null for
 * an API answer.
 */
export function invoiceSettlement(invoice: Json, eventType: string | null): Settlement {
  return (
    byFlag(invoice) ??
    byPayments(invoice) ??
    byOldPayment(invoice) ??
    // It does not fire for a payment out of band; `invoice.paid` does (the SDK's Events.d.ts).
    (eventType === "invoice.payment_succeeded" ? "on_stripe" : null) ??
    byAmountOffStripe(invoice) ??
    // Who is sent an invoice may pay by bank transfer, and any invoice may be marked as paid: today's event does not tell.
    (invoice["collection_method"] === "send_invoice" ? "unknown" : "assumed")
  );
}

/** Until basil (2025-03-31). */
function byFlag(invoice: Json): Settlement | null {
  const flag = invoice["paid_out_of_band"];
  if (typeof flag !== "boolean") return null;
  return flag ? "out_of_band" : "on_stripe";
}

/** API answers that expand `payments`: a payment record is cash that Stripe was only told of. */
function byPayments(invoice: Json): Settlement | null {
  const paid = itemsOf(invoice["payments"]).filter(({ status }) => status === "paid");
  if (paid.length === 0) return null;
  return paid.map((each) => fieldsOf(each["payment"])).some(isStripePayment) ? "on_stripe" : "out_of_band";
}

function isStripePayment(payment: Json): boolean {
  return isPresent(payment["payment_intent"]) || isPresent(payment["charge"]);
}

function byOldPayment(invoice: Json): Settlement | null {
  return idOf(invoice["payment_intent"]) === null && idOf(invoice["charge"]) === null ? null : "on_stripe";
}

/** API answers since 2026-05-27.dahlia. Null where a part of the cash went past Stripe. */
function byAmountOffStripe(invoice: Json): Settlement | null {
  const offStripe = wholeOf(invoice["amount_paid_off_stripe"]);
  const paid = wholeOf(invoice["amount_paid"]);
  if (offStripe === null || paid === null) return null;
  if (offStripe === 0) return "on_stripe";
  return offStripe >= paid ? "out_of_band" : null;
}
