import { createApp } from "./app.ts";
import type { VisitorFacts } from "./routes/visitor.ts";
import { createDeps } from "./deps.ts";
import { parseEnv } from "./env.ts";
import { runJobs } from "./jobs/run-jobs.ts";
import { systemRuntime } from "./runtime.ts";
import { openHttpDb } from "./store/http-db.ts";
import { errorBody, STATUS_OF } from "./wire/errors.ts";

type Bindings = Readonly<Record<string, unknown>>;

let product: Product | undefined;

/** The Workers entry. Its settings are bindings: vars and secrets of the deployment, read once an isolate. */
export default {
  fetch(request: Request, bindings: Bindings): Response | Promise<Response> {
    product ??= productFrom(bindings);
    return product.fetch(request);
  },
  async scheduled(_controller: unknown, bindings: Bindings): Promise<void> {
    product ??= productFrom(bindings);
    await product.runJobs();
  },
};

interface Product {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly runJobs: () => Promise<void>;
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
  if ("problems" in parsed) return broken(parsed.problems);
  const { config } = parsed;
  if (config.databaseUrl.startsWith("file:"))
    return broken(["DATABASE_URL: must be libsql:, https: or http: on Workers"]);
  const deps = createDeps({
    db: openHttpDb({ url: config.databaseUrl, authToken: config.databaseAuthToken }),
    config,
    runtime: systemRuntime,
    log: (entry) => console.log(JSON.stringify(entry)),
  });
  const { fetch } = createApp(deps, { visitor: VISITOR });
  return { fetch: (request) => fetch(request), runJobs: () => runJobs(deps) };
}

function broken(problems: readonly string[]): Product {
  return { fetch: () => misconfigured(problems), runJobs: async () => {} };
}

function misconfigured(problems: readonly string[]): Response {
  const failure = { code: "misconfigured", message: `Settings are missing or wrong: ${problems.join("; ")}.` } as const;
  const headers = { "Access-Control-Allow-Origin": "*" };
  return Response.json(errorBody(failure, systemRuntime.newId("req")), { status: STATUS_OF.misconfigured, headers });
}

/** Everything that is no string was filtered out just before. */
function asText(variables: Record<string, unknown>): Record<string, string> {
  return variables as Record<string, string>;
}
