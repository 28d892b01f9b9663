import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readAffiliate } from "../services/affiliates/read-affiliates.ts";
import { correctBalance } from "../services/corrections/correct-balance.ts";
import { readCorrections } from "../services/corrections/read-corrections.ts";
import { parseCorrection, presentCorrection } from "../wire/corrections.ts";
import { parsePage, toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { markReplay, withEventId } from "./event-id.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/affiliates/:id/corrections`: what is added to an affiliate's balance by hand, or taken from it. */
export function correctionRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.post("/:id/corrections", keyAccess(deps, "payouts"), bodyLimit, async (c) => {
    const call = withEventId(await bodyOf(c, parseCorrection), c);
    if (!call.ok) return refuse(c, call.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { actor } = c.get("access");
    const corrected = await correctBalance(deps, found.value, { actor, call: call.value });
    if (!corrected.ok) return refuse(c, corrected.failure);
    markReplay(c, corrected.value);
    const { correction, replayed } = corrected.value;
    return c.json({ correction: presentCorrection(correction) }, replayed ? 200 : 201);
  });

  routes.get("/:id/corrections", keyAccess(deps, "read"), async (c) => {
    const page = parsePage(c.req.query());
    if (!page.ok) return refuse(c, page.failure);
    const found = await readAffiliate(deps, c.get("access"), c.req.param("id"));
    if (!found.ok) return refuse(c, found.failure);
    const { limit, after } = page.value;
    const rows = await readCorrections(deps, found.value, { after, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ corrections: items.map(presentCorrection), next_cursor: nextCursor });
  });

  routes.all("/:id/corrections", methodNotAllowed);
  return routes;
}
