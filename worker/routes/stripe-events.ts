import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { readEvents } from "../services/stripe/read-events.ts";
import { replayEvent } from "../services/stripe/replay-event.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { presentStripeEvent } from "../wire/stripe-events.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/app/stripe/events`: what Stripe told the app, what became of it, and once more. */
export function stripeEventRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit, after } = page.value;
    const lines = await readEvents(deps, app.value.id, { after, limit: limit + 1 });
    const { items, nextCursor } = toPage(lines, limit);
    return c.json({ events: items.map(presentStripeEvent), next_cursor: nextCursor });
  });

  routes.post("/:id/replay", keyAccess(deps, "manage"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const replayed = await replayEvent(deps, app.value.id, { actor, eventId: c.req.param("id") });
    return replayed.ok ? c.json({ event: presentStripeEvent(replayed.value) }) : refuse(c, replayed.failure);
  });

  for (const path of ["/", "/:id/replay"]) routes.all(path, methodNotAllowed);
  return routes;
}
