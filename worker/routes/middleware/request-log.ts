import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Deps } from "../../deps.ts";
import type { AppEnv } from "../context.ts";

/** Names each request and logs one line of it: route pattern, status, time, app, why it was refused. No personal data. */
export function requestLog(deps: Deps) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startedAt = performance.now();
    c.set("requestId", deps.newId("req"));
    await next();
    deps.log({
      request_id: c.get("requestId"),
      method: c.req.method,
      route: routePath(c, -1),
      status: c.res.status,
      ms: Math.round(performance.now() - startedAt),
      app: c.get("access")?.appId ?? undefined,
      error: c.get("failure"),
    });
  });
}
