import { Hono } from "hono";
import type { Deps } from "../../../deps.ts";
import type { PageEnv } from "../../context.ts";
import { guardsOf } from "../setup/guards.ts";
import { endpointChangePages } from "./change.tsx";
import { deliveryPages } from "./delivery.tsx";
import { endpointPages } from "./endpoint.tsx";
import { eventLogPages } from "./event-log.tsx";
import { endpointListPages } from "./list.tsx";
import { newEndpointPages } from "./new.tsx";

/** `/apps/:appId/settings/webhooks…` and `/apps/:appId/activity/events`: who is told of what happens, and all that is told. */
export function webhookPages(deps: Deps): Hono<PageEnv> {
  const guards = guardsOf(deps);
  const routes = new Hono<PageEnv>();
  // Names before ids: `new` is no endpoint.
  for (const pages of [
    endpointListPages,
    newEndpointPages,
    endpointPages,
    endpointChangePages,
    deliveryPages,
    eventLogPages,
  ]) {
    routes.route("/", pages(deps, guards));
  }
  return routes;
}
