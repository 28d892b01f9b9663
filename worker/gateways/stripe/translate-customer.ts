import { NO_FACTS, type StripeBinding } from "../../domain/stripe-facts.ts";
import { fieldsOf, idOf, millisOf, textOf } from "./read-object.ts";
import { codeOf, customerIn, refIn, userIn } from "./read-payer.ts";
import type { Reading } from "./translation.ts";

/** The objects that pay nothing themselves but say whose later payments are. `fromAt`: `StripeBinding.fromAt`. */

/** A customer, with the ref and the user in its metadata. */
export function readCustomer(object: unknown, fromAt: number): Reading {
  const customer = fieldsOf(object);
  const id = idOf(customer["id"]);
  if (id === null) return "unreadable";
  // Under Accounts v2 later payments may name the account alone.
  const ids = [id, idOf(customer["customer_account"])];
  return {
    ...NO_FACTS,
    bindings: ids.flatMap((each) => bindingsOf(each, { ...saidIn(customer["metadata"]), fromAt })),
    customers: [{ id, createdAt: millisOf(customer["created"]), email: textOf(customer["email"]) }],
  };
}

/** A subscription, with the ref and the user in its metadata; the user is its customer's too. */
export function readSubscription(object: unknown, fromAt: number): Reading {
  const subscription = fieldsOf(object);
  const id = idOf(subscription["id"]);
  if (id === null) return "unreadable";
  const said = saidIn(subscription["metadata"]);
  const bindings = [
    ...bindingsOf(id, { ...said, fromAt }),
    ...bindingsOf(customerIn(subscription), { ref: null, userId: said.userId, fromAt }),
  ];
  return { ...NO_FACTS, bindings };
}

/** A promotion code: the ref in its metadata, else what customers type, if that could be a ref. */
export function readPromotionCode(object: unknown, fromAt: number): Reading {
  const promotion = fieldsOf(object);
  const id = idOf(promotion["id"]);
  if (id === null) return "unreadable";
  const ref = refIn(promotion["metadata"]) ?? codeOf(promotion["code"]);
  return { ...NO_FACTS, bindings: bindingsOf(id, { ref, userId: null, fromAt }) };
}

/** What is said of an object from a moment on: its ref, its user, both or neither. */
export function bindingsOf(
  object: string | null,
  said: { readonly ref: string | null; readonly userId: string | null; readonly fromAt: number },
): readonly StripeBinding[] {
  if (object === null) return [];
  const { ref, userId, fromAt } = said;
  const ofRef: StripeBinding[] = ref === null ? [] : [{ object, says: "ref", value: ref, fromAt }];
  return userId === null ? ofRef : [...ofRef, { object, says: "user", value: userId, fromAt }];
}

function saidIn(metadata: unknown): { readonly ref: string | null; readonly userId: string | null } {
  return { ref: refIn(metadata), userId: userIn(metadata) };
}
