import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { changePayoutMethod } from "../services/payouts/change-payout-method.ts";
import { readPayoutMethod } from "../services/payouts/read-payout-method.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parsePayoutMethod, presentPayoutMethod } from "../wire/payout-method.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { affiliateAccess } from "./middleware/key-access.ts";

const PATH = "/:id/payout-method";

/** `/api/v1/affiliates/:id/payout-method`: where an affiliate's money goes, also for their own token. */
export function payoutMethodRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const manage = affiliateAccess(deps, "manage");

  routes.get(PATH, affiliateAccess(deps, "read"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const method = await readPayoutMethod(deps, app.value.id, c.req.param("id"));
    return method.ok ? c.json({ payout_method: presentPayoutMethod(method.value) }) : refuse(c, method.failure);
  });

  routes.put(PATH, manage, bodyLimit, async (c) => {
    const method = await bodyOf(c, parsePayoutMethod);
    if (!method.ok) return refuse(c, method.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const change = { affiliateId: c.req.param("id"), actor: c.get("access").actor, method: method.value };
    const changed = await changePayoutMethod(deps, app.value.id, change);
    return changed.ok ? c.json({ payout_method: presentPayoutMethod(changed.value) }) : refuse(c, changed.failure);
  });

  routes.delete(PATH, manage, async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const change = { affiliateId: c.req.param("id"), actor: c.get("access").actor, method: { kind: "none" } as const };
    const changed = await changePayoutMethod(deps, app.value.id, change);
    return changed.ok ? c.body(null, 204) : refuse(c, changed.failure);
  });

  routes.all(PATH, methodNotAllowed);
  return routes;
}
