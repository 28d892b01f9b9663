import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { eraseCustomer } from "../services/customers/erase-customer.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/customers`: of the app of the secret key, or of the one an operator names by `?app_id=`. */
export function customerRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.delete("/:user_id", keyAccess(deps, "manage"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const erased = await eraseCustomer(deps, app.value.id, { actor, userId: c.req.param("user_id") });
    return erased.ok ? c.body(null, 204) : refuse(c, erased.failure);
  });

  routes.all("/:user_id", methodNotAllowed);
  return routes;
}
