import { translateEvent } from "../../../worker/gateways/stripe/translate.ts";
import type { IgnoredReason } from "../../../worker/gateways/stripe/translation.ts";
import type { StripeFacts, StripeObject } from "../../../worker/domain/stripe-facts.ts";
import type { StripeEvent } from "../../support/stripe-events.ts";

/** What an event tells; a failing test where it tells nothing. */
export function told(event: StripeEvent): StripeFacts {
  const translation = translateEvent(throughJson(event));
  if (translation.kind !== "facts") throw new Error(`${event.type} told ${JSON.stringify(translation)}`);
  return translation.facts;
}

/** The one object that an event tells of. */
export function toldObject(event: StripeEvent): StripeObject {
  const { objects } = told(event);
  const [object] = objects;
  if (object === undefined || objects.length > 1) throw new Error(`${event.type} told of ${objects.length} objects`);
  return object;
}

/** Why an event is ignored; null when it is not. */
export function whyIgnored(event: unknown): IgnoredReason | null {
  const translation = translateEvent(throughJson(event));
  return translation.kind === "ignored" ? translation.reason : null;
}

/** As it arrives: a field that is undefined is not there. */
function throughJson(event: unknown): unknown {
  return JSON.parse(JSON.stringify(event));
}
