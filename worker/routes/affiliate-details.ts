import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readAffiliate } from "../services/affiliates/read-affiliates.ts";
import { readCorrection } from "../services/corrections/read-corrections.ts";
import { explainConversion } from "../services/explain/explain-conversion.ts";
import { readItems, readPayoutOf } from "../services/payouts/read-payouts.ts";
import { presentCorrection } from "../wire/corrections.ts";
import { presentExplanation } from "../wire/explain.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { presentItem, presentPayout } from "../wire/payouts.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { affiliateAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/:id/…`: what each line of a statement links to, as the affiliate may see it. */
export function affiliateDetailRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const readOwn = affiliateAccess(deps, "read");

  routes.get("/:id/conversions/:conversion_id/explain", readOwn, async (c) => {
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { app, affiliate } = found.value;
    const of = { conversionId: c.req.param("conversion_id"), affiliateId: affiliate.id };
    const explanation = await explainConversion(deps, app, of);
    return explanation.ok ? c.json({ explain: presentExplanation(explanation.value) }) : refuse(c, explanation.failure);
  });

  routes.get("/:id/payouts/:payout_id", readOwn, async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { app, affiliate } = found.value;
    const of = { affiliateId: affiliate.id, payoutId: c.req.param("payout_id") };
    const payout = await readPayoutOf(deps, app.id, of);
    if (!payout.ok) return refuse(c, payout.failure);
    const { limit, after } = page.value;
    const rows = await readItems(deps, app.id, { payoutId: payout.value.id, after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ payout: presentPayout(payout.value), items: items.map(presentItem), next_cursor: nextCursor });
  });

  routes.get("/:id/corrections/:correction_id", readOwn, async (c) => {
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const correction = await readCorrection(deps, found.value, c.req.param("correction_id"));
    if (!correction.ok) return refuse(c, correction.failure);
    const isTheirs = c.get("access").affiliateId !== null;
    // Who of the owner's made it is the owner's.
    const shown = isTheirs ? { ...correction.value, actor: null } : correction.value;
    return c.json({ correction: presentCorrection(shown) });
  });

  const paths = ["conversions/:conversion_id/explain", "payouts/:payout_id", "corrections/:correction_id"];
  for (const path of paths) routes.all(`/:id/${path}`, methodNotAllowed);
  return routes;
}
