import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import type { Readiness } from "../services/operations/readiness.ts";
import { METRICS_TYPE, presentMetrics } from "../wire/metrics.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";
import { operatorAccess } from "./middleware/key-access.ts";

/** As long as an outcome is told again without asking the database. */
const RETRY_AFTER_S = 10;

/** `/health`, `/ready` for whoever keeps the process running, `/metrics` for the operator. */
export function operationRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  routes.get("/health", (c) => c.json({ status: "ok" }));

  routes.get("/ready", async (c) => {
    const readiness = await deps.readiness.check();
    if (readiness.ready) return c.json({ status: "ready", schema: readiness.schema });
    return refuse(c, { code: "unavailable", message: MESSAGES[readiness.why], retryAfterS: RETRY_AFTER_S });
  });

  routes.get("/metrics", operatorAccess(deps), (c) =>
    c.body(presentMetrics(deps.metrics.read()), 200, { "Content-Type": METRICS_TYPE }),
  );

  for (const path of ["/health", "/ready", "/metrics"]) routes.all(path, methodNotAllowed);
  return routes;
}

const MESSAGES: Readonly<Record<Extract<Readiness, { ready: false }>["why"], string>> = {
  away: "The database cannot be written.",
  behind: "The database lacks a migration: run npm run migrate.",
  ahead: "The database has a migration that this version does not know.",
};
