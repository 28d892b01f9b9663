import { Hono } from "hono";
import type { Deps } from "../deps.ts";
import { isUnchanged } from "../wire/etag.ts";
import { type AppEnv, methodNotAllowed, refuse } from "./context.ts";

const CACHE_CONTROL = "public, max-age=300";

/** `/openapi.json`: the description of the API, for tools on any site. */
export function openapiRoutes({ files }: Pick<Deps, "files">) {
  const routes = new Hono<AppEnv>();

  routes.get("/openapi.json", async (c) => {
    const file = await files.read("openapi.json");
    if (file === null) return refuse(c, { code: "not_found", message: "This installation has no description." });
    const headers = {
      "Content-Type": file.type,
      "Cache-Control": CACHE_CONTROL,
      "Access-Control-Allow-Origin": "*",
      "Cross-Origin-Resource-Policy": "cross-origin",
      ETag: file.etag,
    };
    if (!isUnchanged(c.req.header("If-None-Match"), file.etag)) return c.body(file.body, 200, headers);
    return c.body(null, 304, headers);
  });

  routes.all("/openapi.json", methodNotAllowed);
  return routes;
}
