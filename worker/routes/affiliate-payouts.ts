import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readAffiliate } from "../services/affiliates/read-affiliates.ts";
import { readPayouts } from "../services/payouts/read-payouts.ts";
import { requestCashOut } from "../services/payouts/request-cash-out.ts";
import { toPage } from "../wire/page.ts";
import { parseCashOut, parsePayoutFilter, presentBatchInFull, presentPayout } from "../wire/payouts.ts";
import { type AppEnv, bodyOf, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { affiliateAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/:id/payouts` and `…/cash-out`: what an affiliate was paid, and asking for it. Also by their own token. */
export function affiliatePayoutRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/:id/payouts", affiliateAccess(deps, "read"), async (c) => {
    const query = listQuery(c, parsePayoutFilter);
    if (!query.ok) return refuse(c, query.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { app, affiliate } = found.value;
    const { limit } = query.value;
    const page = { ...query.value, affiliateId: affiliate.id, limit: limit + 1 };
    const { items, nextCursor } = toPage(await readPayouts(deps, app.id, page), limit);
    return c.json({ payouts: items.map(presentPayout), next_cursor: nextCursor });
  });

  routes.post("/:id/cash-out", affiliateAccess(deps, "payouts"), bodyLimit, async (c) => {
    const asked = await bodyOf(c, parseCashOut);
    if (!asked.ok) return refuse(c, asked.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { actor, affiliateId } = c.get("access");
    const request = await requestCashOut(deps, found.value, { actor, currency: asked.value.currency });
    if (!request.ok) return refuse(c, request.failure);
    const { batch, isNew } = request.value;
    // Who of the owner's approved it is the owner's.
    const shown = affiliateId === null ? batch : { ...batch, approvedBy: null };
    return c.json({ batch: presentBatchInFull(shown) }, isNew ? 201 : 200);
  });

  for (const path of ["/:id/payouts", "/:id/cash-out"]) routes.all(path, methodNotAllowed);
  return routes;
}
