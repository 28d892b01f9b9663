import { NO_FACTS, REF_RANK, type StripeCharge, type StripeObject } from "../../domain/stripe-facts.ts";
import { MAX_AMOUNT_CENTS } from "../../domain/money.ts";
import { readMoney } from "./read-money.ts";
import { fieldsOf, idOf, isPresent, type Json, linkOf, millisOf, textOf, wholeOf } from "./read-object.ts";
import { customerIn, refIn, userIn } from "./read-payer.ts";
import { refundsOf } from "./translate-refund.ts";
import type { IgnoredReason, Reading } from "./translation.ts";

/**
 * A charge: what was captured and given back, and whose payment it is. It announces a payment itself only where it was
 * made without a payment intent and an invoice, by the Charges API of old.
 */
export function readCharge(object: unknown): Reading {
  const charge = fieldsOf(object);
  const captured = readCaptured(charge);
  if (typeof captured === "string") return captured;

  const { id } = captured;
  const legacy = readLegacyPayment(charge, captured);
  if (typeof legacy === "string") return legacy;
  return {
    ...NO_FACTS,
    objects: legacy === null ? [] : [legacy],
    links: linkOf([id, idOf(charge["payment_intent"]), idOf(charge["invoice"])]),
    charges: [captured],
    // Until 2022-11-15 the refunds come in the charge.
    refunds: refundsOf(charge["refunds"], id),
  };
}

/** The amounts of a charge. Versions before manual capture in parts tell `captured` and no `amount_captured`. */
export function readCaptured(object: unknown): StripeCharge | IgnoredReason {
  const charge = fieldsOf(object);
  const id = idOf(charge["id"]);
  if (id === null) return "unreadable";
  // A transfer to a creator arrives on the creator's account as a charge `py_…`. Its `transfer` would not tell: a
  // merchant's own payment has that too, if the merchant passes it on.
  if (isPresent(charge["source_transfer"])) return "own_transfer";

  const amount = wholeOf(charge["amount"]);
  const isCaptured = charge["captured"] === true;
  const capturedCents = wholeOf(charge["amount_captured"]) ?? (isCaptured ? amount : 0);
  const refundedCents = wholeOf(charge["amount_refunded"]) ?? 0;
  if (amount === null || capturedCents === null) return "unreadable";
  if (Math.min(amount, capturedCents, refundedCents) < 0) return "unreadable";
  if (Math.max(amount, capturedCents, refundedCents) > MAX_AMOUNT_CENTS) return "amount_out_of_range";
  const uncapturedCents = isCaptured ? Math.max(0, amount - capturedCents) : 0;
  return { id, capturedCents, uncapturedCents, refundedCents };
}

function readLegacyPayment(charge: Json, { id, capturedCents }: StripeCharge): StripeObject | null | IgnoredReason {
  if (isPresent(charge["payment_intent"]) || isPresent(charge["invoice"])) return null;
  if (charge["paid"] !== true || charge["captured"] !== true || charge["status"] !== "succeeded") return null;
  const money = readMoney({
    captured: capturedCents,
    netOfTax: capturedCents,
    currency: charge["currency"],
    // Its own moment: every later event of the charge tells the payment again, and must tell the same.
    occurredAt: millisOf(charge["created"]),
  });
  if (typeof money === "string" || money === null) return money;
  const ref = refIn(charge["metadata"]);
  return {
    id,
    form: "charge",
    names: [],
    customer: customerIn(charge),
    subscription: null,
    promotions: [],
    ref,
    rank: ref === null ? null : REF_RANK.payment_intent,
    bareRef: null,
    userId: userIn(charge["metadata"]),
    email: textOf(charge["receipt_email"]) ?? textOf(fieldsOf(charge["billing_details"])["email"]),
    money,
    settlement: "on_stripe",
    ofInvoice: false,
  };
}
