import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type { CookieWish } from "../wire/track.ts";
import type { AppEnv } from "./context.ts";

/** The script's own cookie: page and backend read one, whoever wrote it. */
const NAME = "agentlinks_ref";
const DAY_S = 86_400;

/**
 * Adds the cookie with a live code to the answer of a click, when a page asked for it through its own host. Safari
 * deletes what a script writes to `document.cookie` after 7 days, but keeps what the page's own server sets for as long
 * as that says (https://webkit.org/blog/8613/intelligent-tracking-prevention-2-1/). Never HttpOnly: the script reads it.
 * Where the page may not have the cookie, or not on the domain it names, the answer stays without one, and the click is
 * recorded all the same.
 */
export async function setRefCookie(c: Context<AppEnv>, ref: string, wish: CookieWish): Promise<void> {
  const page = pageOf(c);
  if (page === null) return;
  const scope = await scopeOf(page.hostname, wish.domain);
  if (scope === null) return;
  setCookie(c, NAME, ref, {
    ...scope,
    maxAge: wish.days * DAY_S,
    path: "/",
    sameSite: "Lax",
    secure: page.protocol === "https:",
  });
}

/**
 * The origin of the page that calls its own host; null when it is not certain that one does. The host is the origin's:
 * proxies, such as a rewrite of Next.js, put our name into `Host`, but no page can choose its `Origin` or `Sec-Fetch-*`.
 * Browsers without those (Safari before 16.4, and plain http) need a proxy that keeps `Host`.
 */
function pageOf(c: Context<AppEnv>): URL | null {
  const header = c.req.header("Origin");
  if (header === undefined || !URL.canParse(header)) return null;
  const origin = new URL(header);
  if (origin.protocol !== "https:" && origin.protocol !== "http:") return null;
  // A form that leads here leaves the page: the script never does.
  if (c.req.header("Sec-Fetch-Mode") === "navigate") return null;
  const site = c.req.header("Sec-Fetch-Site");
  const isOwn = site === undefined ? c.req.header("Host")?.toLowerCase() === origin.host : site === "same-origin";
  return isOwn ? origin : null;
}

/**
 * Where a cookie of `host` is valid: on the domain asked for, else on the whole site. Without `domain` it is for the host
 * alone: an address, localhost and a public suffix are nobody's site. Null when the domain is not the host's to name.
 */
async function scopeOf(host: string, asked: string | null): Promise<{ readonly domain?: string } | null> {
  const site = await siteOf(host);
  // As the script reads an empty attribute.
  if (asked === null || asked === "") return site === null ? {} : { domain: site };
  // RFC 6265 §5.2.3 ignores a leading dot and the case.
  const domain = asked.replace(/^\./, "").toLowerCase();
  if (site === null) return domain === host ? {} : null;
  // Between site and host nothing is a public suffix, and nothing is left of what else a caller may write.
  return isWithin(host, domain) && isWithin(domain, site) ? { domain } : null;
}

/**
 * The registrable domain of a host, null when it has none. Of a name that no list knows, like `shop.test`, the last label
 * counts as the suffix, as in browsers. Loaded on the first use: the list is large, and a start is to be light.
 */
async function siteOf(host: string): Promise<string | null> {
  const { getDomain } = await import("tldts");
  const site = getDomain(host, { allowPrivateDomains: true });
  // A dot at the end is dropped there, while browsers set `shop.example.` no cookie of `shop.example`.
  return site !== null && isWithin(host, site) ? site : null;
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
