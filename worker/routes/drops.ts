import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { readDrops } from "../services/track/read-drops.ts";
import { rerunDrop } from "../services/track/rerun-drop.ts";
import { parseDropFilter, parseDropId, parseRerun, presentDrop, presentOutcome } from "../wire/drops.ts";
import { toPage } from "../wire/page.ts";
import { type AppEnv, bodyOf, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { markReplay } from "./event-id.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/drops`: the calls an app was refused, and running one of its backend's again. */
export function dropRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const query = listQuery(c, parseDropFilter);
    if (!query.ok) return refuse(c, query.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit } = query.value;
    const rows = await readDrops(deps, app.value.id, { ...query.value, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ drops: items.map(presentDrop), next_cursor: nextCursor });
  });

  routes.post("/:id/rerun", keyAccess(deps, "manage"), bodyLimit, async (c) => {
    const asked = await bodyOf(c, parseRerun);
    if (!asked.ok) return refuse(c, asked.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const seq = parseDropId(c.req.param("id"));
    if (seq === null) return refuse(c, { code: "not_found", message: "No such call." });
    const { actor } = c.get("access");
    const outcome = await rerunDrop(deps, app.value.id, { actor, seq, ...asked.value });
    if (!outcome.ok) return refuse(c, outcome.failure);
    markReplay(c, outcome.value.receipt);
    return c.json({ outcome: presentOutcome(outcome.value) });
  });

  for (const path of ["/", "/:id/rerun"]) routes.all(path, methodNotAllowed);
  return routes;
}
