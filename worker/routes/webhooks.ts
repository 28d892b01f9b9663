import { type Context, Hono } from "hono";
import type { Deps } from "../deps.ts";
import type { Result } from "../domain/result.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { createEndpoint } from "../services/webhooks/create-endpoint.ts";
import { deleteEndpoint } from "../services/webhooks/delete-endpoint.ts";
import { readDeliveries, readDelivery } from "../services/webhooks/read-deliveries.ts";
import { readEndpoint, readEndpoints } from "../services/webhooks/read-endpoints.ts";
import { resendDelivery } from "../services/webhooks/resend-delivery.ts";
import { rollSecret } from "../services/webhooks/roll-secret.ts";
import { sendTestEvent } from "../services/webhooks/send-test-event.ts";
import { updateEndpoint } from "../services/webhooks/update-endpoint.ts";
import {
  LONG_FIELDS,
  parseDeliveryPage,
  parseEndpointChange,
  parseNewEndpoint,
  parseSecretRoll,
  presentAttempt,
  presentDeliveries,
  presentDelivery,
  presentDeliveryStory,
  presentEndpoint,
  presentIssuedEndpoint,
} from "../wire/webhooks.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/webhooks`: where the app's events are sent, and what became of them. */
export function webhookRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    return c.json({ endpoints: (await readEndpoints(deps, app.value.id)).map(presentEndpoint) });
  });

  routes.post("/", manage, bodyLimit, async (c) => {
    const draft = await bodyOf(c, parseNewEndpoint, LONG_FIELDS);
    if (!draft.ok) return refuse(c, draft.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const issued = await createEndpoint(deps, app.value.id, { actor, draft: draft.value });
    return issued.ok ? c.json(presentIssuedEndpoint(issued.value), 201) : refuse(c, issued.failure);
  });

  routes.get("/:id", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    return answer(c, await readEndpoint(deps, app.value.id, c.req.param("id")), (endpoint) => ({
      endpoint: presentEndpoint(endpoint),
    }));
  });

  routes.patch("/:id", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseEndpointChange, LONG_FIELDS);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const params = { actor: c.get("access").actor, endpointId: c.req.param("id"), change: change.value };
    return answer(c, await updateEndpoint(deps, app.value.id, params), (endpoint) => ({
      endpoint: presentEndpoint(endpoint),
    }));
  });

  routes.delete("/:id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const deleted = await deleteEndpoint(deps, app.value.id, { actor, endpointId: c.req.param("id") });
    return deleted.ok ? c.body(null, 204) : refuse(c, deleted.failure);
  });

  routes.post("/:id/roll", manage, bodyLimit, async (c) => {
    const roll = await bodyOf(c, parseSecretRoll);
    if (!roll.ok) return refuse(c, roll.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const params = { actor: c.get("access").actor, endpointId: c.req.param("id"), ...roll.value };
    return answer(c, await rollSecret(deps, app.value.id, params), presentIssuedEndpoint);
  });

  routes.post("/:id/test", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const params = { actor: c.get("access").actor, endpointId: c.req.param("id") };
    return answer(c, await sendTestEvent(deps, app.value.id, params), (attempt) => ({
      attempt: presentAttempt(attempt),
    }));
  });

  routes.get("/:id/deliveries", read, async (c) => {
    const page = parseDeliveryPage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const endpoint = await readEndpoint(deps, app.value.id, c.req.param("id"));
    if (!endpoint.ok) return refuse(c, endpoint.failure);
    const { limit, ...rest } = page.value;
    const params = { endpointId: endpoint.value.id, ...rest, limit: limit + 1 };
    return c.json(presentDeliveries(await readDeliveries(deps, app.value.id, params), limit));
  });

  routes.get("/:id/deliveries/:event_id", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const params = { endpointId: c.req.param("id"), eventId: c.req.param("event_id") };
    return answer(c, await readDelivery(deps, app.value.id, params), presentDeliveryStory);
  });

  routes.post("/:id/deliveries/:event_id/resend", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const params = { actor, endpointId: c.req.param("id"), eventId: c.req.param("event_id") };
    return answer(c, await resendDelivery(deps, app.value.id, params), (delivery) => ({
      delivery: presentDelivery(delivery),
    }));
  });

  for (const path of PATHS) routes.all(path, methodNotAllowed);
  return routes;
}

const PATHS = [
  "/",
  "/:id",
  "/:id/roll",
  "/:id/test",
  "/:id/deliveries",
  "/:id/deliveries/:event_id",
  "/:id/deliveries/:event_id/resend",
];

function answer<T>(c: Context<AppEnv>, result: Result<T>, present: (value: T) => object): Response {
  return result.ok ? c.json(present(result.value)) : refuse(c, result.failure);
}
