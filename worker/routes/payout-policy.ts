import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { changePayoutPolicy } from "../services/payouts/change-policy.ts";
import { readPayoutPolicy } from "../services/payouts/read-policy.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parsePolicyChange, presentPolicy } from "../wire/payouts.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/app/payouts`: how the app of the secret key, or the one an operator names by `?app_id=`, pays its affiliates. */
export function payoutPolicyRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const policy = await readPayoutPolicy(deps, app.value.id);
    return policy.ok ? c.json({ payouts: presentPolicy(policy.value) }) : refuse(c, policy.failure);
  });

  routes.put("/", keyAccess(deps, "payouts"), bodyLimit, async (c) => {
    const change = await bodyOf(c, parsePolicyChange);
    if (!change.ok) return refuse(c, change.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const policy = await changePayoutPolicy(deps, app.value.id, { actor, change: change.value });
    return policy.ok ? c.json({ payouts: presentPolicy(policy.value) }) : refuse(c, policy.failure);
  });

  routes.all("/", methodNotAllowed);
  return routes;
}
