import type { StripeForm } from "./stripe-facts.ts";
import type { Source } from "./trust.ts";

/** Who announced a payment, and by what. */
export interface AnnouncedBy {
  readonly source: Source;
  readonly form: StripeForm | "call";
}

/** Why one announcement of a payment stands before another: `only` where there is no other. */
export type StandingReason = "only" | "source" | "form" | "first";

/** Why `best` is in force before `other`, the next after it (schema/README.md, standing). */
export function standingReason(best: AnnouncedBy, other: AnnouncedBy | null): StandingReason {
  if (other === null) return "only";
  if (best.source !== other.source) return "source";
  return best.form === other.form ? "first" : "form";
}

/** The same in words. */
export const STANDING_WORDS: Readonly<Record<StandingReason, string>> = {
  only: "Nobody else announced this payment.",
  source: "Stripe's word goes before a backend's, and a backend's before the public's.",
  form: "Of what Stripe tells, an invoice goes before a session, that before a payment intent, that before a charge.",
  first: "Of two of equal standing the first received is in force.",
};
