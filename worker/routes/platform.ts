import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { changeFlags } from "../services/programs/change-flags.ts";
import { readPlatformFlags } from "../services/programs/read-flags.ts";
import { parseFlags, presentFlagLine, presentFlags } from "../wire/flags.ts";
import { type AppEnv, bodyOf, methodNotAllowed, refuse } from "./context.ts";
import { bodyLimit } from "./middleware/body-limit.ts";
import { operatorAccess } from "./middleware/key-access.ts";

/** `/api/v1/platform`: what an operator decides for the whole installation. */
export function platformRoutes(deps: Deps) {
  const routes = new Hono<AppEnv>();
  const operator = operatorAccess(deps);

  routes.get("/flags", operator, async (c) => c.json(present(await readPlatformFlags(deps))));

  routes.patch("/flags", operator, bodyLimit, async (c) => {
    const set = await bodyOf(c, parseFlags);
    if (!set.ok) return refuse(c, set.failure);
    return c.json(present(await changeFlags(deps, c.get("access").actor, set.value)));
  });

  routes.all("/flags", methodNotAllowed);
  return routes;
}

function present({ flags, lines }: Awaited<ReturnType<typeof readPlatformFlags>>) {
  return { flags: presentFlags(flags), changes: lines.map(presentFlagLine) };
}
