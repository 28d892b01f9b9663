import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { readAudit } from "../services/programs/read-audit.ts";
import { parseAuditFilter, presentAuditLine } from "../wire/audit.ts";
import { toPage } from "../wire/page.ts";
import { type AppEnv, listQuery, methodNotAllowed, refuse } from "./context.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/audit`: who changed what in the app of the secret key, or in the one an operator names by `?app_id=`. */
export function auditRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  routes.get("/", keyAccess(deps, "manage"), async (c) => {
    const query = listQuery(c, parseAuditFilter);
    if (!query.ok) return refuse(c, query.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const { limit } = query.value;
    const rows = await readAudit(deps, app.value.id, { ...query.value, limit: limit + 1 });
    const { items, nextCursor } = toPage(rows, limit);
    return c.json({ entries: items.map(presentAuditLine), next_cursor: nextCursor });
  });
  routes.all("/", methodNotAllowed);
  return routes;
}
