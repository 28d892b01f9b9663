import { type Context, Hono } from "hono";
import { scripts, scriptTypes } from "../script.generated.ts";
import { type AppEnv, methodNotAllowed } from "./context.ts";

/** A day: a fix reaches every site by tomorrow. */
const CACHE_CONTROL = "public, max-age=86400";

type Script = (typeof scripts)[keyof typeof scripts];

/**
 * `/agentlinks.js` and `/referrals.js`: the scripts from memory, compressed ahead, for every site; `/agentlinks.d.ts`: the
 * types of the first.
 */
export function scriptRoutes() {
  const routes = new Hono<AppEnv>();
  routes.get("/agentlinks.js", (c) => sendScript(c, scripts["agentlinks.js"]));
  routes.get("/referrals.js", (c) => sendScript(c, scripts["referrals.js"]));
  routes.get("/agentlinks.d.ts", (c) =>
    c.text(scriptTypes, 200, { "Cache-Control": CACHE_CONTROL, "Cross-Origin-Resource-Policy": "cross-origin" }),
  );
  for (const path of ["/agentlinks.js", "/agentlinks.d.ts", "/referrals.js"]) routes.all(path, methodNotAllowed);
  return routes;
}

function sendScript(c: Context<AppEnv>, script: Script): Response {
  const headers = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": CACHE_CONTROL,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    ETag: script.etag,
    Vary: "Accept-Encoding",
  };
  if (c.req.header("If-None-Match")?.includes(script.etag) === true) return c.body(null, 304, headers);
  const encoding = acceptedEncoding(c);
  const body = script[encoding]();
  if (encoding === "identity") return c.body(body, 200, headers);
  return new Response(body, encodedInit({ ...headers, "Content-Encoding": encoding }));
}

/** workerd compresses an encoded body a second time unless it is told not to; elsewhere the field means nothing. */
function encodedInit(headers: Record<string, string>): ResponseInit & { encodeBody: "manual" } {
  return { headers, encodeBody: "manual" };
}

function acceptedEncoding(c: Context<AppEnv>): "identity" | "gzip" | "br" {
  const offered = (c.req.header("Accept-Encoding") ?? "").split(",").map((item) => item.trim().toLowerCase());
  const accepts = (name: string) =>
    offered.some((item) => item === name || (item.startsWith(`${name};`) && !/;\s*q=0(\.0*)?$/.test(item)));
  if (accepts("br")) return "br";
  return accepts("gzip") ? "gzip" : "identity";
}
