import { BlockList, isIP, isIPv6 } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import type { AppEnv } from "./routes/context.ts";
import type { VisitorFacts } from "./routes/visitor.ts";

/**
 * What is known of a visitor on one machine: no country, and the address of the connection. Of a proxy on this machine, or
 * in one of these addresses and networks, it is the last address that the proxy says it speaks for: what stands before that
 * the visitor may have made up.
 */
export function visitorOf(trustedProxies: readonly string[]): VisitorFacts {
  const proxies = new BlockList();
  for (const item of [...LOOPBACK, ...trustedProxies]) addTo(proxies, item);
  return { ipOf: (c) => clientIp(c, proxies), countryOf: () => null };
}

const LOOPBACK = ["127.0.0.0/8", "::1"];

function addTo(list: BlockList, item: string): void {
  const [address = "", prefix] = item.split("/");
  if (prefix === undefined) list.addAddress(address, familyOf(address));
  else list.addSubnet(address, Number(prefix), familyOf(address));
}

/** Our own pages need no connection. */
function clientIp(c: Context<AppEnv>, proxies: BlockList): string {
  if (c.env === undefined) return "127.0.0.1";
  const address = getConnInfo(c).remote.address ?? "";
  const isTrusted = isIP(address) !== 0 && proxies.check(address, familyOf(address));
  const forwarded = isTrusted ? c.req.header("X-Forwarded-For")?.split(",").at(-1)?.trim() : undefined;
  return forwarded !== undefined && isIP(forwarded) !== 0 ? forwarded : address;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}
