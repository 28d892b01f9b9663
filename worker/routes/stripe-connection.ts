import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { connectStripe } from "../services/stripe/connect-stripe.ts";
import { disconnectStripe } from "../services/stripe/disconnect-stripe.ts";
import { readConnection } from "../services/stripe/read-connection.ts";
import { startOauth } from "../services/stripe/start-oauth.ts";
import { parseConnectionChange, presentConnection } from "../wire/stripe-connection.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/app/stripe`: how the app of the secret key, or the one an operator names by `?app_id=`, is connected to Stripe. */
export function stripeConnectionRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const read = keyAccess(deps, "read");
  const manage = keyAccess(deps, "manage");

  routes.get("/", read, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const view = await readConnection(deps, app.value.id);
    return view.ok ? c.json({ stripe: presentConnection(view.value, deps.config) }) : refuse(c, view.failure);
  });

  routes.put("/", manage, bodyLimit, async (c) => {
    const change = await bodyOf(c, parseConnectionChange);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const view = await connectStripe(deps, app.value.id, { actor, change: change.value });
    return view.ok ? c.json({ stripe: presentConnection(view.value, deps.config) }) : refuse(c, view.failure);
  });

  routes.delete("/", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    await disconnectStripe(deps, app.value.id, c.get("access").actor);
    return c.body(null, 204);
  });

  routes.post("/connect", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const started = await startOauth(deps, app.value.id, c.get("access").actor);
    return started.ok ? c.json(started.value) : refuse(c, started.failure);
  });

  for (const path of ["/", "/connect"]) routes.all(path, methodNotAllowed);
  return routes;
}
