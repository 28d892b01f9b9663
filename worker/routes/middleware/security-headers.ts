import { createMiddleware } from "hono/factory";
import type { Deps } from "../../deps.ts";
import type { AppEnv } from "../context.ts";

/** What is no page loads nothing and stands in no frame. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";
/** A page has its script and style in files of ours, sends its forms to us, and stands in no frame. */
const PAGE = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
/** Two years, as browsers' own lists ask for. */
const HSTS = "max-age=63072000";

/**
 * Sees to it that every answer says what a browser may make of it. What a route says itself stays, such as a script's caching
 * or the policy of the demo shop.
 */
export function securityHeaders({ config }: Pick<Deps, "config">) {
  return createMiddleware<AppEnv>(async (c, next) => {
    await next();
    // In place: a response made anew would lose how the edge is told to leave a compressed body alone.
    const { headers } = c.res;
    const isPage = headers.get("Content-Type")?.startsWith("text/html") === true;
    const missing = (name: string, value: string) => {
      if (!headers.has(name)) headers.set(name, value);
    };
    missing("Content-Security-Policy", isPage ? PAGE : NO_PAGE);
    missing("X-Content-Type-Options", "nosniff");
    // Of forms `no-referrer` would make the origin null, too.
    missing("Referrer-Policy", isPage ? "same-origin" : "no-referrer");
    missing("Cross-Origin-Opener-Policy", "same-origin");
    if (isPage) missing("Cache-Control", "no-store");
    if (config.env === "production") missing("Strict-Transport-Security", HSTS);
  });
}
