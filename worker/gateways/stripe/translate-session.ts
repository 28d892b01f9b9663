import { NO_FACTS, REF_RANK, type StripeMoney } from "../../domain/stripe-facts.ts";
import { readMoney } from "./read-money.ts";
import { fieldsOf, idOf, isPresent, itemsOf, type Json, millisOf, namesOf, textOf, wholeOf } from "./read-object.ts";
import { addressOf, codeOf, customerIn, refIn, userIn } from "./read-payer.ts";
import { bindingsOf } from "./translate-customer.ts";
import type { IgnoredReason, Reading } from "./translation.ts";

/** How a payment link or buy button carries a ref: Stripe passes it on in `client_reference_id`. */
const MARKED_REF = /^al-(.+)$/;

/**
 * A Checkout Session that was completed: the payment it announces, and whose the customer's and the subscription's later
 * payments are. `fromAt`: `StripeBinding.fromAt`, which is also when it was paid.
 */
export function readSession(object: unknown, fromAt: number): Reading {
  const session = fieldsOf(object);
  const id = idOf(session["id"]);
  if (id === null) return "unreadable";

  const customer = customerIn(session);
  const subscription = idOf(session["subscription"]);
  const userId = userIn(session["metadata"]);
  const email = textOf(fieldsOf(session["customer_details"])["email"]) ?? textOf(session["customer_email"]);
  const { ref, bareRef } = readRef(session);
  // A bare code is a ref only where the app says so: it binds nobody.
  const bindings = [
    ...bindingsOf(customer, { ref, userId, fromAt }),
    ...bindingsOf(subscription, { ref, userId: null, fromAt }),
  ];
  const told = { ...NO_FACTS, bindings, customers: addressOf(customer, email) };
  if (session["mode"] === "setup") return bindings.length === 0 ? "setup" : told;

  const money = readSessionMoney(session, fromAt);
  if (typeof money === "string" && bindings.length === 0) return money;
  return {
    ...told,
    objects: [
      {
        id,
        form: "session",
        names: namesOf([idOf(session["payment_intent"]), idOf(session["invoice"])], id),
        customer,
        subscription,
        promotions: namesOf(itemsOf(session["discounts"]).map((discount) => idOf(discount["promotion_code"]))),
        ref,
        rank: ref === null ? null : REF_RANK.session,
        bareRef,
        userId,
        email,
        // What cannot be counted must not take the bindings with it.
        money: typeof money === "string" ? null : money,
        settlement: "on_stripe",
        ofInvoice: isPresent(session["invoice"]),
      },
    ],
  };
}

function readRef(session: Json): { readonly ref: string | null; readonly bareRef: string | null } {
  const reference = textOf(session["client_reference_id"]) ?? "";
  const marked = MARKED_REF.exec(reference);
  const ref = refIn(session["metadata"]) ?? codeOf(marked?.[1]);
  return { ref, bareRef: ref === null && marked === null ? codeOf(reference) : null };
}

/** Null where its invoice announces the money, or nothing was paid (yet): `payment_status`, not the completion, tells. */
function readSessionMoney(session: Json, fromAt: number): StripeMoney | null | IgnoredReason {
  if (session["payment_status"] !== "paid" || isPresent(session["invoice"])) return null;
  const captured = wholeOf(session["amount_total"]);
  const tax = wholeOf(fieldsOf(session["total_details"])["amount_tax"]) ?? 0;
  return readMoney({
    captured,
    netOfTax: (captured ?? 0) - tax,
    currency: session["currency"],
    occurredAt: fromAt === 0 ? millisOf(session["created"]) : fromAt,
  });
}
