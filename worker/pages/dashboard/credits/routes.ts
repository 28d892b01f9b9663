import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { PageEnv } from "../../context.ts";
import { creditAccountPages } from "./account.tsx";
import { creditListPages } from "./list.tsx";
import { redemptionPages } from "./redemption.tsx";

/** `/apps/:appId/credits…`: the friends that an app's users brought, and what both got for it. */
export function creditsPages(deps: Deps): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  // Names before ids: `account` is no redemption.
  routes.route("/", creditListPages(deps));
  routes.route("/", creditAccountPages(deps));
  routes.route("/", redemptionPages(deps));
  return routes;
}
