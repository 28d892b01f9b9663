import type { Context } from "hono";
import * as v from "valibot";
import type { AppEnv } from "./context.ts";

/** What the platform, not the caller, says of a visitor: only a front door knows which headers it set itself. */
export interface VisitorFacts {
  readonly ipOf: (c: Context<AppEnv>) => string;
  /** ISO 3166 country code, null where the platform does not tell. */
  readonly countryOf: (c: Context<AppEnv>) => string | null;
}

/** `[`, the 45 characters of the longest IPv6 address, `]:65535`. */
const MAX_FORWARDED_LENGTH = 53;
const AddressSchema = v.pipe(v.string(), v.ip());
/** Addresses that stand for different people in different networks: RFC 1918, 3927, 6598, 4193, 4291, and loopback. */
const PRIVATE =
  /^(?:10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(?:::1$|f[cd]|fe[89ab])/;

/**
 * Who clicks, as far as a count needs it. Behind a merchant's own proxy every visitor comes from the proxy's address, so
 * the one it forwards names the visitor, and the country of the connection is nobody's: null.
 *
 * Anyone can forward any address. That is harmless here and nowhere else: without an `Origin` every click counts anyway,
 * and no money follows from clicks. A limit must go by the door's address.
 */
export function clickVisitor(c: Context<AppEnv>, door: VisitorFacts): { ip: string; country: string | null } {
  const ip = door.ipOf(c);
  const forwarded = forwardedAddress(c.req.header("X-Forwarded-For") ?? "");
  if (forwarded === null || forwarded === ip) return { ip, country: door.countryOf(c) };
  return { ip: forwarded, country: null };
}

/** The first address of the list, which the first proxy wrote, without brackets and port; null when that is no public one. */
function forwardedAddress(header: string): string | null {
  const first = header.split(",", 1).join("").trim();
  if (first.length > MAX_FORWARDED_LENGTH) return null;
  const address = first.replace(/^\[(.*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/, "$1$2").toLowerCase();
  return v.is(AddressSchema, address) && !PRIVATE.test(address) ? address : null;
}
