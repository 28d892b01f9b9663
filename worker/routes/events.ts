import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { eventId } from "../domain/event-id.ts";
import { readAppEvents } from "../services/events/read-app-events.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseEventQuery, presentEvent } from "../wire/events.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/events`: what happened in the app of the secret key, or in the one an operator names, oldest first. */
export function eventRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const query = parseEventQuery(c.req.query(), app.value.id);
    if (!query.ok) return refuse(c, query.failure);
    const { events, scanned, isMore } = await readAppEvents(deps, app.value.id, query.value);
    return c.json({ events: events.map(presentEvent), next_cursor: isMore ? eventId(app.value.id, scanned) : null });
  });
  routes.all("/", methodNotAllowed);
  return routes;
}
