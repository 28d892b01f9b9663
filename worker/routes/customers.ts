import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { assignCustomer } from "../services/customers/assign-customer.ts";
import { eraseCustomer } from "../services/customers/erase-customer.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseAssignment, presentReferral } from "../wire/customers.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/customers`: of the app of the secret key, or of the one an operator names by `?app_id=`. */
export function customerRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const manage = keyAccess(deps, "manage");

  routes.delete("/:user_id", manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const erased = await eraseCustomer(deps, app.value.id, { actor, userId: c.req.param("user_id") });
    return erased.ok ? c.body(null, 204) : refuse(c, erased.failure);
  });

  routes.post("/:user_id/assign", manage, bodyLimit, async (c) => {
    const assignment = await bodyOf(c, (body) => parseAssignment(body, c.req.param("user_id")));
    if (!assignment.ok) return refuse(c, assignment.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const referral = await assignCustomer(deps, app.value.id, { actor, ...assignment.value });
    return referral.ok ? c.json({ referral: presentReferral(referral.value) }) : refuse(c, referral.failure);
  });

  for (const path of ["/:user_id", "/:user_id/assign"]) routes.all(path, methodNotAllowed);
  return routes;
}
