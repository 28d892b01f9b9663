import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { createAccountToken } from "../services/credits/create-account-token.ts";
import { rollTokenKey } from "../services/credits/roll-token-key.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseTokenCall, parseTokenKeyRoll, presentToken } from "../wire/credits.ts";
import { iso } from "../wire/time.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/tokens`: what an app's backend gives its own front end, so that it speaks for one account for a while. */
export function tokenRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.post("/", keyAccess(deps, "track"), bodyLimit, async (c) => {
    const call = await bodyOf(c, parseTokenCall);
    if (!call.ok) return refuse(c, call.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const token = await createAccountToken(deps, app.value.id, call.value);
    return token.ok ? c.json(presentToken(token.value), 201) : refuse(c, token.failure);
  });

  routes.post("/key/roll", keyAccess(deps, "manage"), bodyLimit, async (c) => {
    const call = await bodyOf(c, parseTokenKeyRoll);
    if (!call.ok) return refuse(c, call.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const rolled = await rollTokenKey(deps, app.value.id, { ...call.value, actor: c.get("access").actor });
    if (!rolled.ok) return refuse(c, rolled.failure);
    const { keyId, previousEndsAt } = rolled.value;
    return c.json({ key_id: keyId, previous_ends_at: iso(previousEndsAt) });
  });

  for (const path of ["/", "/key/roll"]) routes.all(path, methodNotAllowed);
  return routes;
}
