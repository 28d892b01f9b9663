import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import type { Deps } from "./deps.ts";
import { type AppEnv, refuse } from "./routes/context.ts";
import { isCutOff } from "./routes/cut-off.ts";
import { withoutPrefix } from "./routes/first-party-path.ts";
import { callerAddress } from "./routes/middleware/limits.ts";
import { requestLog } from "./routes/middleware/request-log.ts";
import { securityHeaders } from "./routes/middleware/security-headers.ts";
import { scriptRoutes } from "./routes/script.ts";
import { trackRoutes } from "./routes/track.ts";
import type { VisitorFacts } from "./routes/visitor.ts";
import { DbError } from "./store/db.ts";

/** What of a path, without the prefix of a merchant's own host, the routes of `createIngest` answer. */
const INGEST = /^\/(?:api\/track\/|agentlinks\.(?:js|d\.ts)$|referrals\.js$)/;

/** Whether `createIngest` alone answers this request as the whole app would. */
export function isIngest(request: Request): boolean {
  return INGEST.test(pathOf(request));
}

/**
 * What every merchant's visitors call, the script and the tracking calls, as an app of its own: it is small, so that an
 * isolate answers its first one soon. `createApp` adds everything else to it.
 */
export function createIngest(deps: Deps, visitor: VisitorFacts): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: pathOf });
  app.use(requestLog(deps), securityHeaders(deps), callerAddress(visitor));
  app.route("/api/track", trackRoutes(deps, visitor));
  app.route("/", scriptRoutes());
  app.notFound((c) => refuse(c, { code: "not_found", message: "No such route." }));
  app.onError((error, c) => {
    if (isCutOff(error)) return refuse(c, { code: "invalid_request", message: "The body is not whole." });
    deps.log({ request_id: c.get("requestId"), level: "error", error: String(error.stack ?? error) });
    if (isUnavailable(error)) {
      return refuse(c, {
        code: "unavailable",
        message:
          "The database is out of reach. It is not known whether this was recorded: repeat it with the same event_id.",
      });
    }
    return refuse(c, { code: "internal", message: "Something went wrong here. Nothing was half-written." });
  });
  return app;
}

export function isUnavailable(error: Error): boolean {
  return error instanceof DbError && error.kind === "unavailable";
}

function pathOf(request: Request): string {
  return withoutPrefix(getPath(request));
}
