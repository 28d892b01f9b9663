import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { holdConversion } from "../services/conversions/hold-conversion.ts";
import { readConversion } from "../services/conversions/read-conversion.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseHold, presentConversion } from "../wire/conversions.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/conversions`: one by its id, and holding it by hand. */
export function conversionRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/:conversion_id", keyAccess(deps, "read"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const found = await readConversion(deps, app.value.id, c.req.param("conversion_id"));
    if (!found.ok) return refuse(c, found.failure);
    return c.json({ conversion: presentConversion(found.value.conversion, found.value.now) });
  });

  for (const action of ["hold", "release"] as const) {
    routes.post(`/:conversion_id/${action}`, keyAccess(deps, "manage"), bodyLimit, async (c) => {
      const said = await bodyOf(c, parseHold);
      if (!said.ok) return refuse(c, said.failure);
      const app = await readApp(deps, c.get("access"));
      if (!app.ok) return refuse(c, app.failure);
      const { actor } = c.get("access");
      const call = { actor, conversionId: c.req.param("conversion_id"), action, reason: said.value.reason };
      const done = await holdConversion(deps, app.value.id, call);
      if (!done.ok) return refuse(c, done.failure);
      return c.json({ conversion: presentConversion(done.value.conversion, done.value.now) });
    });
  }

  for (const path of ["/:conversion_id", "/:conversion_id/hold", "/:conversion_id/release"]) {
    routes.all(path, methodNotAllowed);
  }
  return routes;
}
