/**
 * Types of `window.AgentLinks`. Put this file anywhere in a TypeScript project: it declares the global by itself.
 *
 *     (window.AgentLinks ??= []).push(["trackSignup", { user_id: "u_1" }]);
 *     const ref = window.AgentLinks?.getRef?.();
 */

/** What `trackSignup` sends. The code and the app are added; further fields go along. */
export interface SignupFields {
  /** Your own id of the user, the same that your backend reports payments under. */
  readonly user_id: string | number;
  readonly email?: string;
  /** ISO 8601: since when this person has been your customer. */
  readonly customer_created_at?: string;
  /** Makes the call repeatable. */
  readonly event_id?: string;
  readonly [field: string]: unknown;
}

/** What `trackConversion` sends. */
export interface ConversionFields {
  readonly user_id: string | number;
  /** Minor units of the currency: 10.00 USD is 1000. */
  readonly amount_cents: number;
  /** ISO 4217; your app's currency unless given. */
  readonly currency?: string;
  readonly payment_ref?: string;
  readonly event_id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The answer to a signup. `already_referred`: another creator was first, and nothing more is told. */
export interface SignupAnswer {
  readonly referral: {
    readonly user_id: string;
    readonly status: "active" | "already_referred";
    readonly id?: string;
    readonly ref?: string;
    readonly created_at?: string;
  };
}

/** The answer to a conversion. Amounts are minor units of `currency`. */
export interface ConversionAnswer {
  readonly conversion_id: string;
  readonly status: "pending" | "confirmed" | "paid" | "cancelled";
  readonly currency: string;
  readonly available_at: string;
  readonly commission: {
    readonly amount_cents: number;
    readonly commission_cents: number;
    readonly platform_fee_cents: number;
    readonly net_commission_cents: number;
  };
  readonly deduplicated?: boolean;
}

/** A call as `push` takes it. */
export type AgentLinksCommand =
  | readonly ["trackSignup", SignupFields]
  | readonly ["trackConversion", ConversionFields]
  | readonly ["consent"];

/** `window.AgentLinks` once the script has run. No method throws, no promise rejects, none needs `this`. */
export interface AgentLinks {
  /** Reports a signup of the visitor's code. Null when there is no code, or the answer is no 2xx. */
  readonly trackSignup: (fields: SignupFields) => Promise<SignupAnswer | null>;
  /** As `trackSignup`. Anyone can call it from a console: a conversion to be believed comes from the backend. */
  readonly trackConversion: (fields: ConversionFields) => Promise<ConversionAnswer | null>;
  /** The visitor's code, for forms and checkouts, or null; for "stripe" as a `client_reference_id`: `al-CODE`. */
  readonly getRef: (form?: "stripe") => string | null;
  /** With `data-consent="wait"`: the visitor agreed, begin. Otherwise, and when repeated, nothing happens. */
  readonly consent: () => void;
  /** Runs a call now, or when the script begins. */
  readonly push: (command: AgentLinksCommand) => void;
}

/** `window.AgentLinks` at any time: before the script has run, an array that keeps the calls. */
export interface AgentLinksQueue extends Partial<Omit<AgentLinks, "push">> {
  /** One call at a time. (As an array has it: with a single parameter TypeScript would not take `[]` for this.) */
  push(...commands: AgentLinksCommand[]): unknown;
}

declare global {
  interface Window {
    AgentLinks?: AgentLinksQueue;
  }
}
