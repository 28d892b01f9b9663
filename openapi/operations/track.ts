import {
  CallSchema,
  ClickSchema,
  ConversionSchema,
  RefundSchema,
  SignupSchema,
  ValidateSchema,
} from "../../worker/wire/track.ts";
import { TRACK } from "../access.ts";
import { CodeValidity, TrackedClick, TrackedConversion, TrackedRefund, TrackedSignup } from "../answers/track.ts";
import { answer, described, type Operation } from "../operation.ts";

const tag = "Tracking";
const ref = "The code, as it came in the link.";
const eventId = "Your id of the event: the call with it may be repeated.";
const userId = "Your id of the customer.";
const knownSince = "When the customer came to you first: an app that pays for new customers only goes by it.";

const CALL = described(CallSchema, {
  app_id: "The app whose code it is. A key says it by itself; an operator must name it.",
});

export const trackOperations: readonly Operation[] = [
  {
    route: "POST /api/track/click",
    tag,
    summary: "Count a click",
    description:
      "From a page a visitor counts once a code and hour, and bots do not. Without an `Origin` it is a backend's word. An unknown code is no error.",
    access: TRACK,
    body: [
      described(ClickSchema, {
        ref,
        visitor: "From a backend: your name of the visitor, by which they count once an hour. It is hashed.",
        user_agent: "From a backend: the visitor's browser, by which bots are told.",
        referrer_host: "The host the visitor came from.",
        cookie: "Asks for the cookie by `Set-Cookie`, where the call came through the page's own host.",
      }),
      CALL,
    ],
    answers: {
      202: answer("Taken.", TrackedClick, { headers: { "Set-Cookie": "The code, where the call asked for it." } }),
    },
    errors: ["unknown_ref", "origin_not_allowed"],
  },
  {
    route: "POST /api/track/signup",
    tag,
    summary: "Say that somebody signed up",
    description: "One referral for each user of an app. A repeat is answered with the first.",
    access: TRACK,
    body: [
      described(SignupSchema, {
        ref,
        user_id: userId,
        email: "Kept as a keyed hash and a masked form only.",
        customer_created_at: knownSince,
        event_id: eventId,
      }),
      CALL,
    ],
    repeatable: true,
    answers: { 200: answer("The referral.", TrackedSignup) },
    errors: ["unknown_ref", "origin_not_allowed", "idempotency_mismatch"],
  },
  {
    route: "POST /api/track/conversion",
    tag,
    summary: "Say that somebody paid",
    description:
      "With a key `ref` may be left out for a user who has a referral, and the answer adds `hold` and `reason`. Without `event_id` the same payment within the app's window, 10 seconds unless it says otherwise, is one.",
    access: TRACK,
    body: [
      described(ConversionSchema, {
        ref: `${ref} Required without a key.`,
        user_id: userId,
        amount_cents: "What was paid, in whole minor units: 1 to 999,999,999,999.",
        currency: "The app's unless named.",
        payment_ref: "Your id of the payment, or Stripe's: it makes what several callers say of it one.",
        metadata: "Anything you want to keep with it.",
        customer_created_at: knownSince,
        event_id: eventId,
      }),
      CALL,
    ],
    repeatable: true,
    answers: { 200: answer("The conversion and what it earns.", TrackedConversion) },
    errors: ["unknown_ref", "origin_not_allowed", "idempotency_mismatch", "amount_out_of_range", "key_required"],
  },
  {
    route: "POST /api/track/refund",
    tag,
    summary: "Say that a payment was given back",
    description:
      "Of the named conversion or payment, else of the user's newest. Without an amount all that is left of what is named is given back.",
    access: TRACK,
    body: [
      described(RefundSchema, {
        ref: `${ref} Required without a key.`,
        amount_cents: "Whole minor units. Required unless a conversion or payment is named.",
        currency: "That of the conversion unless named.",
        user_id: userId,
        conversion_id: "The conversion that is given back.",
        payment_ref: "The payment that is given back.",
        event_id: eventId,
      }),
      CALL,
    ],
    either: ["amount_cents", "conversion_id", "payment_ref"],
    repeatable: true,
    answers: {
      200: answer("What was taken back of which commissions.", TrackedRefund),
      202: answer("It waits for its payment, or Stripe reports it.", TrackedRefund),
    },
    errors: [
      "unknown_ref",
      "not_found",
      "origin_not_allowed",
      "key_required",
      "idempotency_mismatch",
      "amount_out_of_range",
      "refund_exceeds_conversions",
      "currency_mismatch",
    ],
  },
  {
    route: "POST /api/track/validate",
    tag,
    summary: "Ask whether a code is live",
    description: "For a code that is typed at a checkout. Says nothing else about it.",
    access: TRACK,
    body: [described(ValidateSchema, { ref: "The code as it was typed.", app_id: "The app it is to be good for." })],
    answers: { 200: answer("Whether it is.", CodeValidity) },
    errors: ["unknown_ref", "origin_not_allowed"],
  },
];
