import { createApp } from "./app.ts";
import type { VisitorFacts } from "./routes/track.ts";
import { createDeps } from "./deps.ts";
import { parseEnv } from "./env.ts";
import { systemRuntime } from "./runtime.ts";
import { openHttpDb } from "./store/http-db.ts";
import { errorBody, STATUS_OF } from "./wire/errors.ts";

type Bindings = Readonly<Record<string, unknown>>;

let app: ReturnType<typeof appFrom> | undefined;

/** The Workers entry. Its settings are bindings: vars and secrets of the deployment, read once an isolate. */
export default {
  fetch(request: Request, bindings: Bindings): Response | Promise<Response> {
    app ??= appFrom(bindings);
    return app(request);
  },
};

/** Cloudflare sets these itself, whatever a caller sends. `XX` and `T1` are its words for unknown and Tor. */
const VISITOR: VisitorFacts = {
  ipOf: (c) => c.req.header("CF-Connecting-IP") ?? "",
  countryOf: (c) => /^(?!XX)[A-Z]{2}$/.exec(c.req.header("CF-IPCountry") ?? "")?.[0] ?? null,
};

/** The product, or, where settings are missing or wrong, one that names them in every answer. */
function appFrom(bindings: Bindings): (request: Request) => Response | Promise<Response> {
  const variables = Object.fromEntries(Object.entries(bindings).filter(([, value]) => typeof value === "string"));
  const parsed = parseEnv(asText(variables));
  if ("problems" in parsed) return () => misconfigured(parsed.problems);
  const { config } = parsed;
  const deps = createDeps({
    db: openHttpDb({ url: config.databaseUrl, authToken: config.databaseAuthToken }),
    config,
    runtime: systemRuntime,
    log: (entry) => console.log(JSON.stringify(entry)),
  });
  const { fetch } = createApp(deps, { visitor: VISITOR });
  return (request) => fetch(request);
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
