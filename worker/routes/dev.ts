import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { MovableClock } from "../services/operations/movable-clock.ts";
import { isFromThisMachine, parseAdvance } from "../wire/dev.ts";
import { iso } from "../wire/time.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";

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

/** Answers only requests made on this machine. */
const thisMachineOnly = createMiddleware<AppEnv>(async (c, next) => {
  if (!isFromThisMachine(c.req.raw)) return refuse(c, { code: "not_found", message: "No such route." });
  return next();
});
