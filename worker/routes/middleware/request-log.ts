import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Deps } from "../../deps.ts";
import type { AppEnv } from "../context.ts";

/** A caller may send any word as a method. */
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** An operator may write anything as `?app_id=`. */
const APP_ID = /^app_[\w-]{21}$/;
const TRACK = /^\/api\/track\/(\w+)$/;

/**
 * Names each request, counts it, and logs one line of it: route pattern, status, time, app, why it was refused. None of it
 * is a caller's word, so that neither log nor metrics hold personal data.
 */
export function requestLog(deps: Deps) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startedAt = performance.now();
    c.set("requestId", deps.newId("req"));
    await next();
    const ms = performance.now() - startedAt;
    const method = METHODS.has(c.req.method) ? c.req.method : "other";
    const [route, status, error] = [c.get("pageRoute") ?? routePath(c, -1), c.res.status, c.get("failure")];
    const app = c.get("access")?.appId ?? "";
    deps.metrics.add("agentlinks_requests_total", { method, route, status: `${Math.floor(status / 100)}xx` });
    deps.metrics.observe("agentlinks_request_duration_seconds", { route }, ms / 1_000);
    const call = method === "POST" ? TRACK.exec(route)?.[1] : undefined;
    if (call !== undefined) deps.metrics.add("agentlinks_track_outcomes_total", { call, outcome: error ?? "ok" });
    deps.log({
      request_id: c.get("requestId"),
      method,
      route,
      status,
      ms: Math.round(ms),
      app: APP_ID.test(app) ? app : undefined,
      error,
      replayed: c.res.headers.has("Idempotent-Replayed") || undefined,
    });
  });
}
