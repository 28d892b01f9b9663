import {
  DeliveryFilterSchema,
  EndpointChangeSchema,
  NewEndpointSchema,
  SecretRollSchema,
} from "../../worker/wire/webhooks.ts";
import { key } from "../access.ts";
import {
  IssuedWebhookEndpoint,
  OneWebhookAttempt,
  OneWebhookDelivery,
  OneWebhookEndpoint,
  WebhookDeliveryList,
  WebhookDeliveryStory,
  WebhookEndpointList,
} from "../answers/webhooks.ts";
import { answer, described, noContent, type Operation } from "../operation.ts";
import { PAGE } from "./page.ts";

const tag = "Webhooks";
const path = { id: "The endpoint's id.", event_id: "The event's id." };
const URL_WORDS = "An https address on the internet. It may be up to 2,048 characters long.";

export const webhookOperations: readonly Operation[] = [
  {
    route: "GET /api/v1/webhooks",
    tag,
    summary: "List the endpoints",
    description: "Oldest first: an app has at most 20.",
    access: key("read"),
    answers: { 200: answer("All endpoints.", WebhookEndpointList) },
  },
  {
    route: "POST /api/v1/webhooks",
    tag,
    summary: "Add an endpoint",
    description: "It is told of what happens from now on.",
    access: key("manage"),
    body: [
      described(NewEndpointSchema, {
        url: URL_WORDS,
        description: "What you call it.",
        types: "Which events it is told of: all unless said.",
      }),
    ],
    answers: { 201: answer("The endpoint with its secret.", IssuedWebhookEndpoint) },
    errors: ["conflict"],
  },
  {
    route: "GET /api/v1/webhooks/:id",
    tag,
    summary: "Read an endpoint",
    access: key("read"),
    path,
    answers: { 200: answer("The endpoint.", OneWebhookEndpoint) },
  },
  {
    route: "PATCH /api/v1/webhooks/:id",
    tag,
    summary: "Change an endpoint",
    description: "What is left out stays. Disabled it loses nothing: enabled, it goes on from where it stopped.",
    access: key("manage"),
    path,
    body: [
      described(EndpointChangeSchema, {
        url: URL_WORDS,
        description: "What you call it; null: nothing.",
        types: "Which events it is told of; null: all.",
        enabled: "Whether it is sent anything.",
        skip_missed: "With `enabled: true`: whether it goes on from now, and what waits is never sent.",
      }),
    ],
    together: { skip_missed: ["enabled"] },
    answers: { 200: answer("The endpoint as it is now.", OneWebhookEndpoint) },
  },
  {
    route: "DELETE /api/v1/webhooks/:id",
    tag,
    summary: "Delete an endpoint",
    access: key("manage"),
    path,
    answers: { 204: noContent("Deleted: it is sent nothing more.") },
  },
  {
    route: "POST /api/v1/webhooks/:id/roll",
    tag,
    summary: "Replace an endpoint's secret",
    description: "Both secrets sign for the overlap.",
    access: key("manage"),
    path,
    body: [
      described(SecretRollSchema, { overlap_hours: "Hours the old one goes on signing: 24 unless said; 0: none." }),
    ],
    answers: { 200: answer("The endpoint with its new secret.", IssuedWebhookEndpoint) },
  },
  {
    route: "POST /api/v1/webhooks/:id/test",
    tag,
    summary: "Send a test",
    description: "An event of type `test`, at once and once, also to an endpoint that is disabled.",
    access: key("manage"),
    path,
    answers: { 200: answer("How it went.", OneWebhookAttempt) },
  },
  {
    route: "GET /api/v1/webhooks/:id/deliveries",
    tag,
    summary: "List what was sent",
    description: "Newest first, of the last 30 days.",
    access: key("read"),
    path,
    query: [described(DeliveryFilterSchema, { status: "Those alone." }), PAGE],
    answers: { 200: answer("A page of deliveries.", WebhookDeliveryList) },
  },
  {
    route: "GET /api/v1/webhooks/:id/deliveries/:event_id",
    tag,
    summary: "Read what was sent, and every try",
    access: key("read"),
    path,
    answers: { 200: answer("The delivery, its tries, oldest first, and its body.", WebhookDeliveryStory) },
  },
  {
    route: "POST /api/v1/webhooks/:id/deliveries/:event_id/resend",
    tag,
    summary: "Send an event again",
    description: "At once, under the same `webhook-id`.",
    access: key("manage"),
    path,
    answers: { 200: answer("The delivery as it stands now.", OneWebhookDelivery) },
    errors: ["conflict"],
  },
];
