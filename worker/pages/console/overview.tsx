import { Hono } from "hono";
import type { Deps } from "../../deps.ts";
import { CONSOLE } from "../../texts/console.ts";
import { page } from "../components/page.tsx";
import type { PageEnv } from "../context.ts";
import type { ConsoleGuards } from "./access.ts";
import { CONSOLE_PATH, consoleHead } from "./head.ts";

/** `/settings/affiliates`: how the installation stands, and what waits for somebody. */
export function overviewPages(_: Deps, { own }: ConsoleGuards): Hono<PageEnv> {
  const routes = new Hono<PageEnv>();
  routes.get(CONSOLE_PATH, own, (c) =>
    page(c, consoleHead(c, "overview", { title: CONSOLE.tabs.overview }), <div class="stack"></div>),
  );
  return routes;
}
