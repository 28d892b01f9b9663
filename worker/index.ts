import { AsyncLocalStorage } from "node:async_hooks";
import type { createApp } from "./app.ts";
import type { VisitorFacts } from "./routes/visitor.ts";
import { createDeps, type Deps } from "./deps.ts";
import type { Failure } from "./domain/result.ts";
import { parseEnv } from "./env.ts";
import { openClickQueue } from "./gateways/click-queue.ts";
import { openBindingLimits } from "./gateways/limits/binding-limits.ts";
import { openEdgeMail } from "./gateways/mail/edge-mail.ts";
import { openAssetFiles } from "./gateways/static-files/asset-files.ts";
import { createIngest, isIngest } from "./ingest.ts";
import type { ClickBatch } from "./jobs/consume-clicks.ts";
import { systemRuntime } from "./runtime.ts";
import { openHttpDb } from "./store/http-db.ts";
import { errorBody, STATUS_OF } from "./wire/errors.ts";

type Bindings = Readonly<Record<string, unknown>>;

/** Cloudflare's, as far as we need it. */
interface ExecutionContext {
  waitUntil(work: Promise<unknown>): void;
}

let product: Product | undefined;

/** The request under way: what it leaves for afterwards is kept by its own context, while the product is one an isolate. */
const underWay = new AsyncLocalStorage<ExecutionContext>();

/** The Workers entry. Its settings are bindings: vars and secrets of the deployment, read once an isolate. */
export default {
  fetch(request: Request, bindings: Bindings, context: ExecutionContext): Response | Promise<Response> {
    // Two `Host` headers, say: there is no route to find in it.
    if (!URL.canParse(request.url)) return refused({ code: "invalid_request", message: "The address is none." });
    const { fetch } = (product ??= productFrom(bindings));
    return underWay.run(context, () => fetch(request));
  },
  async scheduled(_controller: unknown, bindings: Bindings): Promise<void> {
    product ??= productFrom(bindings);
    await product.runJobs();
  },
  /** Deliveries of the queue of clicks, where one is bound. */
  async queue(batch: ClickBatch, bindings: Bindings): Promise<void> {
    product ??= productFrom(bindings);
    await product.consumeClicks(batch);
  },
};

interface Product {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly runJobs: () => Promise<void>;
  readonly consumeClicks: (batch: ClickBatch) => Promise<void>;
}

/** Cloudflare sets these itself, whatever a caller sends. `XX` and `T1` are its words for unknown and Tor. */
const VISITOR: VisitorFacts = {
  ipOf: (c) => c.req.header("CF-Connecting-IP") ?? "",
  countryOf: (c) => /^(?!XX)[A-Z]{2}$/.exec(c.req.header("CF-IPCountry") ?? "")?.[0] ?? null,
};

/** The product, or, where settings are missing or wrong, one that names them in every answer. */
function productFrom(bindings: Bindings): Product {
  const variables = Object.fromEntries(Object.entries(bindings).filter(([, value]) => typeof value === "string"));
  const parsed = parseEnv(asText(variables));
  const counted = openBindingLimits(bindings, systemRuntime.now);
  const unbound = "missing" in counted ? counted.missing.map((name) => `${name}: is missing in [[ratelimits]]`) : [];
  if ("problems" in parsed) return broken([...parsed.problems, ...unbound]);
  if ("missing" in counted) return broken(unbound);
  const { config } = parsed;
  if (config.databaseUrl.startsWith("file:"))
    return broken(["DATABASE_URL: must be libsql:, https: or http: on Workers"]);
  const wayOut = openEdgeMail(config.mail, bindings["EMAIL"], (text) => console.log(text));
  if ("problem" in wayOut) return broken([wayOut.problem]);
  const deps = createDeps({
    db: openHttpDb({ url: config.databaseUrl, authToken: config.databaseAuthToken }),
    config,
    runtime: systemRuntime,
    log: (entry) => console.log(JSON.stringify(entry)),
    limits: counted.limits,
    waitUntil: (work) => underWay.getStore()?.waitUntil(work),
    clickQueue: openClickQueue(bindings["CLICKS"]),
    mail: wayOut.mail,
    files: openAssetFiles(bindings["ASSETS"]),
  });
  return {
    fetch: openDoor(deps),
    async runJobs() {
      const { runJobs } = await import("./jobs/run-jobs.ts");
      await runJobs(deps);
    },
    async consumeClicks(batch) {
      const { consumeClicks } = await import("./jobs/consume-clicks.ts");
      await consumeClicks(deps, batch);
    },
  };
}

/** The app in two parts: the whole of it is loaded with the first request that is more than a visitor's. */
function openDoor(deps: Deps): Product["fetch"] {
  const ingest = createIngest(deps, VISITOR);
  let whole: ReturnType<typeof createApp> | undefined;
  return async (request) => {
    if (isIngest(request)) return ingest.fetch(request);
    const { createApp } = await import("./app.ts");
    whole ??= createApp(deps, { visitor: VISITOR });
    return whole.fetch(request);
  };
}

function broken(problems: readonly string[]): Product {
  return {
    fetch: () => misconfigured(problems),
    runJobs: async () => {},
    // Thrown, so that the queue keeps the clicks.
    consumeClicks: () => Promise.reject(new Error(`Settings are missing or wrong: ${problems.join("; ")}`)),
  };
}

function misconfigured(problems: readonly string[]): Response {
  return refused({ code: "misconfigured", message: `Settings are missing or wrong: ${problems.join("; ")}.` });
}

/** The answer to what never comes to the product. */
function refused(failure: Failure): Response {
  const headers = {
    "Access-Control-Allow-Origin": "*",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
  };
  return Response.json(errorBody(failure, systemRuntime.newId("req")), { status: STATUS_OF[failure.code], headers });
}

/** Everything that is no string was filtered out just before. */
function asText(variables: Record<string, unknown>): Record<string, string> {
  return variables as Record<string, string>;
}
