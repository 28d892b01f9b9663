import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import type { AppEnv } from "../../routes/context.ts";
import type { Demo } from "../../services/operations/seed-demo.ts";

export function demoPages(_deps: Deps, _shop: { demo: Demo; clock: unknown; api: (path: string, init?: RequestInit) => Promise<Response> }) {
  const routes = new Hono<AppEnv>();
  routes.get("/demo", (c) => c.html("<h1>Demo Shop</h1>"));
  return routes;
}
