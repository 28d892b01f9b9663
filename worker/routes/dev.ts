import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { MovableClock } from "../services/operations/movable-clock.ts";
import { parseAdvance } from "../wire/dev.ts";
import { iso } from "../wire/time.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const FORWARDING_HEADERS = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "CF-Connecting-IP"];

/** `/dev/*`: what only the machine it runs on may do. */
export function devRoutes(clock: MovableClock) {
  const routes = new Hono<AppEnv>();
  routes.use("/dev/*", thisMachineOnly);
  routes.post("/dev/clock", bodyLimit, async (c) => {
    const millis = await bodyOf(c, parseAdvance);
    if (!millis.ok) return refuse(c, millis.failure);
    return c.json({ now: iso(await clock.advance(millis.value)) });
  });
  routes.all("/dev/clock", methodNotAllowed);
  return routes;
}

/**
 * Answers only requests made on this machine: a loopback host name (so no page under another name reaches it by DNS
 * rebinding), through no proxy, and no writing from another site's page.
 */
export const thisMachineOnly = createMiddleware<AppEnv>(async (c, next) => {
  const host = c.req.header("Host") ?? "";
  const origin = c.req.header("Origin");
  const isForwarded = FORWARDING_HEADERS.some((name) => c.req.header(name) !== undefined);
  const isForeign = origin !== undefined && origin !== `http://${host}` && c.req.method !== "GET";
  if (!LOOPBACK_HOST.test(host) || isForwarded || isForeign) {
    return refuse(c, { code: "not_found", message: "No such route." });
  }
  return next();
});
