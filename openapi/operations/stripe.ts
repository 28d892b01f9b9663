import * as v from "valibot";
import { StripeConnectionSchema } from "../../worker/wire/stripe-connection.ts";
import { type Access, key } from "../access.ts";
import {
  OneStripeConnection,
  OneStripeEvent,
  StripeConnect,
  StripeEventList,
  StripeReceipt,
} from "../answers/stripe.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Stripe";
const SIGNED: Access = { kind: "stripe" };

/** Of Stripe's event, what everything else depends on. The signature is all that validates it. */
const EVENT = described(
  v.object({
    id: v.string(),
    type: v.string(),
    livemode: v.boolean(),
    created: v.number(),
    account: v.optional(v.string()),
    data: v.object({}),
  }),
  {
    id: "Stripe's id of the event: it is taken once.",
    type: "What happened.",
    livemode: "Of which mode it is.",
    created: "When, in seconds.",
    account: "The connected account.",
    data: "What it is about, as Stripe has it.",
  },
);
const RECEIVED = "Up to 1 MiB. It may come more than once and in any order, and counts once.";

export const stripeOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/app/stripe",
    tag,
    summary: "Read how the app is connected to Stripe",
    access: key("read"),
    answers: { 200: answer("The connection, without its secrets.", OneStripeConnection) },
  },
  {
    route: "PUT /api/v1/app/stripe",
    tag,
    summary: "Connect the app to Stripe",
    description: "What is left out stays. Secrets and key are kept encrypted.",
    access: key("manage"),
    body: [
      described(StripeConnectionSchema, {
        webhook_secrets: "The signing secrets of the app's endpoints at Stripe.",
        restricted_key: "A key by which Stripe is asked what its events do not say; null: none.",
        net_of_tax: "Whether commissions are of what is paid without tax.",
        bare_client_reference_ids: "Whether a `client_reference_id` is a code without `al-` before it.",
        out_of_band: "Whether payments that did not come through Stripe count.",
      }),
    ],
    answers: { 200: answer("The connection as it is now.", OneStripeConnection) },
  },
  {
    route: "DELETE /api/v1/app/stripe",
    tag,
    summary: "Disconnect the app from Stripe",
    access: key("manage"),
    answers: { 204: noContent("Secrets, key and account are forgotten; settings stay.") },
  },
  {
    route: "POST /api/v1/app/stripe/connect",
    tag,
    summary: "Begin to connect an account by Stripe Connect",
    access: key("manage"),
    answers: { 200: answer("Where an owner goes on.", StripeConnect) },
    errors: ["conflict"],
  },
  {
    route: "GET /api/v1/app/stripe/events",
    tag,
    summary: "List what Stripe told",
    description: "Newest first, of the last 90 days.",
    access: key("read"),
    query: [PAGE],
    answers: { 200: answer("A page of events, and what became of each.", StripeEventList) },
  },
  {
    route: "POST /api/v1/app/stripe/events/:id/replay",
    tag,
    summary: "Take an event of Stripe's once more",
    access: key("manage"),
    path: { id: "Stripe's id of the event." },
    answers: { 200: answer("The event, and what became of it.", OneStripeEvent) },
    errors: ["conflict"],
  },
  {
    route: "POST /api/stripe/webhook",
    tag,
    summary: "Take an event of the installation's account, or of one connected to it",
    description: RECEIVED,
    access: SIGNED,
    body: [EVENT],
    answers: { 200: answer("It need not be sent again.", StripeReceipt) },
  },
  {
    route: "POST /api/stripe/webhook/:app_id",
    tag,
    summary: "Take an event of an app's own account",
    description: RECEIVED,
    access: SIGNED,
    path: { app_id: "The app's id." },
    body: [EVENT],
    answers: { 200: answer("It need not be sent again.", StripeReceipt) },
  },
];
