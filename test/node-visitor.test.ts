import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { visitorOf } from "../worker/node-visitor.ts";
import type { AppEnv } from "../worker/routes/context.ts";

const FORWARDED = "198.51.100.66, 203.0.113.7";

describe("whom a proxy speaks for", () => {
  test.each([
    ["this machine's proxy", [], "127.0.0.1", FORWARDED, "203.0.113.7"],
    ["… by IPv6", [], "::1", FORWARDED, "203.0.113.7"],
    ["… by IPv4 within IPv6", [], "::ffff:127.0.0.1", FORWARDED, "203.0.113.7"],
    ["a container's, which nobody named", [], "172.18.0.2", FORWARDED, "172.18.0.2"],
    ["… in a network that was named", ["172.18.0.0/16"], "172.18.0.2", FORWARDED, "203.0.113.7"],
    ["… beside it", ["172.18.0.0/16"], "172.19.0.2", FORWARDED, "172.19.0.2"],
    ["… by IPv4 within IPv6", ["172.18.0.0/16"], "::ffff:172.18.0.2", FORWARDED, "203.0.113.7"],
    ["one address of two", ["192.0.2.1", "192.0.2.2"], "192.0.2.2", FORWARDED, "203.0.113.7"],
    ["a network of IPv6", ["2001:db8::/32"], "2001:db8:1::2", FORWARDED, "203.0.113.7"],
    ["… beside it", ["2001:db8::/32"], "2001:db9:1::2", FORWARDED, "2001:db9:1::2"],
    ["a proxy that says nothing", ["172.18.0.0/16"], "172.18.0.2", null, "172.18.0.2"],
    ["a proxy that says nonsense", [], "127.0.0.1", "unknown", "127.0.0.1"],
  ])("R-proxy %s", async (_, proxies, remote, forwarded, ip) => {
    expect(await ipSeen(proxies, { remote, forwarded })).toBe(ip);
  });
});

/** What the app takes for the visitor's address, on a connection as @hono/node-server hands it over. */
async function ipSeen(
  proxies: readonly string[],
  { remote, forwarded }: { readonly remote: string; readonly forwarded: string | null },
): Promise<string> {
  const { ipOf } = visitorOf(proxies);
  const app = new Hono<AppEnv>().get("/", (c) => c.text(ipOf(c)));
  const headers = new Headers(forwarded === null ? {} : { "X-Forwarded-For": forwarded });
  const incoming = { socket: { remoteAddress: remote, remotePort: 1, remoteFamily: "IPv4" } };
  return (await app.request("/", { headers }, { incoming })).text();
}
