import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { onboardRecipient } from "../services/payouts/onboard-recipient.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseRecipient } from "../wire/recipients.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { affiliateAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/:id/payout-method/stripe`: the creator's account at Stripe, and the way to it. */
export function recipientRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const path = "/:id/payout-method/stripe";

  routes.post(path, affiliateAccess(deps, "manage"), bodyLimit, async (c) => {
    const wanted = await bodyOf(c, parseRecipient);
    if (!wanted.ok) return refuse(c, wanted.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { actor } = c.get("access");
    const call = { actor, affiliateId: c.req.param("id"), country: wanted.value.country };
    const onboarding = await onboardRecipient(deps, app.value.id, call);
    return onboarding.ok ? c.json(onboarding.value) : refuse(c, onboarding.failure);
  });

  routes.all(path, methodNotAllowed);
  return routes;
}
