import { maskEmail } from "./email.ts";

/** Where an affiliate's money goes. `none`: nowhere any more. */
export type PayoutMethod =
  | { readonly kind: "paypal"; readonly email: string }
  | {
      readonly kind: "bank";
      readonly holder: string;
      readonly account: string;
      readonly bankCode: string | null;
      readonly country: string | null;
    }
  | { readonly kind: "other"; readonly details: string }
  /** `payer`: whose account at Stripe pays into this one. */
  | { readonly kind: "stripe"; readonly account: string; readonly payer: StripePayer }
  | { readonly kind: "none" };

export const METHOD_KINDS = ["paypal", "bank", "other", "stripe", "none"] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

export const STRIPE_PAYERS = ["app", "operator"] as const;
export type StripePayer = (typeof STRIPE_PAYERS)[number];

/** Shorter numbers would be half told by their last four characters. */
const MIN_LENGTH_TO_SHOW = 8;

/** What a method may be shown and logged as: enough to know one's own by, too little to pay into. */
export function labelOf(method: PayoutMethod): string {
  switch (method.kind) {
    case "paypal":
      return maskEmail(method.email);
    case "bank":
    case "stripe":
      return maskAccount(method.account);
    case "other":
      return "•••";
    case "none":
      return "";
  }
}

function maskAccount(account: string): string {
  return account.length < MIN_LENGTH_TO_SHOW ? "…" : `…${account.slice(-4)}`;
}
