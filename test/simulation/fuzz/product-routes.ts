import { createApp } from "../../../worker/app.ts";
import { createDeps } from "../../../worker/deps.ts";
import { parseEnv } from "../../../worker/env.ts";
import { NO_LIMITS } from "../../../worker/gateways/limits/limits.ts";
import { outboxPages } from "../../../worker/pages/dev/outbox.ts";
import { demoPages } from "../../../worker/pages/demo/routes.tsx";
import { pages } from "../../../worker/pages/pages.ts";
import { devRoutes } from "../../../worker/routes/dev.ts";
import { systemRuntime } from "../../../worker/runtime.ts";

/** A route as it is registered; `at`: the door that has it. */
export interface ProductRoute {
  readonly method: string;
  readonly path: string;
  readonly at: "both" | "node";
}

/** Every route that the product registers, of the API, its pages, and of dev on one machine. Nothing is called. */
export function productRoutes(): readonly ProductRoute[] {
  const nobody = { visitor: { ipOf: () => "", countryOf: () => null } };
  const parsed = parseEnv({}, { operatorKey: "k".repeat(40), authSecret: "s".repeat(40) });
  if ("problems" in parsed) throw new Error(parsed.problems.join("; "));
  const db = { batch: () => unused(), query: () => unused(), close: () => unused() };
  const deps = createDeps({ db, config: parsed.config, runtime: systemRuntime, log: () => {}, limits: NO_LIMITS });
  const clock = { now: deps.now, advance: unused };
  const demo = { app: { id: "" }, secretKey: "", affiliateId: "" };
  const both = [...createApp(deps, nobody).routes, ...pages(deps, { isUnavailable: () => false }).routes];
  const local = [
    ...devRoutes(clock).routes,
    ...outboxPages(() => []).routes,
    ...demoPages(deps, { demo: asDemo(demo), clock, api: unused }).routes,
  ];
  return [...both.map(routeAt("both")), ...local.map(routeAt("node"))];
}

function routeAt(at: ProductRoute["at"]) {
  return ({ method, path }: { readonly method: string; readonly path: string }): ProductRoute => ({ method, path, at });
}

/** Only its ids are read, and when somebody calls. */
function asDemo(demo: unknown): Parameters<typeof demoPages>[1]["demo"] {
  return demo as Parameters<typeof demoPages>[1]["demo"];
}

function unused(): never {
  throw new Error("nothing is called");
}
