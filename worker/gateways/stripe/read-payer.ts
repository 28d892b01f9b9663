import { isCode } from "../../domain/code.ts";
import type { StripeCustomer } from "../../domain/stripe-facts.ts";
import { fieldsOf, firstOf, idOf, type Json, textOf } from "./read-object.ts";

/** Where a merchant writes the ref, in the order of docs/stripe.md. */
const REF_KEYS = ["agentlinks_ref", "referral_code"] as const;
const USER_KEY = "agentlinks_user_id";

/** The ref in an object's metadata: the first key that holds a code. Another tool's `referral_code` may be none. */
export function refIn(metadata: unknown): string | null {
  const fields = fieldsOf(metadata);
  return firstOf(REF_KEYS.map((key) => codeOf(fields[key])));
}

/** The code that a text is, without the blanks around it. */
export function codeOf(value: unknown): string | null {
  const code = textOf(value)?.trim() ?? "";
  return isCode(code) ? code : null;
}

/** The merchant's own id of the user. */
export function userIn(metadata: unknown): string | null {
  return textOf(fieldsOf(metadata)[USER_KEY]);
}

/** `cus_…`, or the `acct_…` that stands for the customer under Accounts v2. */
export function customerIn(object: Json): string | null {
  return idOf(object["customer"]) ?? idOf(object["customer_account"]);
}

/** What a payment tells of its customer: an address, or nothing that would be worth a row. */
export function addressOf(customer: string | null, email: string | null): readonly StripeCustomer[] {
  return customer === null || email === null ? [] : [{ id: customer, createdAt: null, email }];
}
