export interface StripeCredentials {
  readonly key: string;
  /** A connected account, for which the platform's key speaks (`Stripe-Account`); null for the key's own. */
  readonly account: string | null;
}

/**
 * Why Stripe gave no answer. `missing`: there is no such object. `refused`: it says no for good, to this key or to this
 * request. `unavailable`: nothing is known (too many requests, an error of Stripe's, no connection, no time, no JSON), and
 * a repeat may help.
 */
export type StripeFailure = "missing" | "refused" | "unavailable";

/** One of Stripe's words for what is wrong, as `balance_insufficient`. */
const CODE = /^[a-z0-9_]{1,64}$/;

/** Stripe's own messages may repeat what was sent: ours name the status, the code and Stripe's id of the request. */
export class StripeError extends Error {
  readonly kind: StripeFailure;
  /** Stripe's code, else its type; null where it gave no answer. */
  readonly code: string | null;

  constructor(kind: StripeFailure, details: readonly (string | number | undefined)[] = [], code?: string) {
    super(["Stripe:", kind, ...details.filter((detail) => detail !== undefined)].join(" "));
    this.name = "StripeError";
    this.kind = kind;
    this.code = code !== undefined && CODE.test(code) ? code : null;
  }
}

/** What an answer of Stripe's with this status and code means. */
export function failureOf(told: {
  readonly statusCode: number | undefined;
  readonly code: string | undefined;
  readonly type: string | undefined;
}): StripeFailure {
  const { statusCode, code, type } = told;
  // 404 for the object that was asked for, 400 for one that was named in the question.
  if (code === "resource_missing") return "missing";
  // The key was used for another request, as an earlier version may have sent it: what became of that one is not told.
  if (type === "idempotency_error") return "unavailable";
  const isTransient = statusCode === undefined || statusCode >= 500 || statusCode === 429 || statusCode === 409;
  return isTransient ? "unavailable" : "refused";
}
