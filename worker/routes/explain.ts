import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { explain } from "../services/explain/explain.ts";
import { readApp } from "../services/programs/read-apps.ts";
import { parseExplainQuery, presentExplanation } from "../wire/explain.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { keyAccess } from "./middleware/key-access.ts";

/** `/api/v1/explain`: why something is as it is, for the owner of the app. */
export function explainRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();

  routes.get("/", keyAccess(deps, "read"), async (c) => {
    const query = parseExplainQuery(c.req.query());
    if (!query.ok) return refuse(c, query.failure);
    const app = await readApp(deps, c.get("access"));
    if (!app.ok) return refuse(c, app.failure);
    const explanation = await explain(deps, app.value, query.value);
    return explanation.ok ? c.json({ explain: presentExplanation(explanation.value) }) : refuse(c, explanation.failure);
  });

  routes.all("/", methodNotAllowed);
  return routes;
}
