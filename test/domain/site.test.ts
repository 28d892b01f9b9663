import { describe, expect, test } from "vitest";
import { isPublicAddress } from "../../worker/domain/public-address.ts";
import { belongsToSite, siteUrl } from "../../worker/domain/site.ts";

describe("a site's first page", () => {
  test.each([
    ["shop.example", "https://shop.example/"],
    ["Shop.Example", "https://shop.example/"],
    ["www.shop.co.uk", "https://www.shop.co.uk/"],
    ["shop.example:8443", "https://shop.example:8443/"],
    ["shop.example:443", "https://shop.example/"],
    ["xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example/"],
  ])("%s", (domain, url) => {
    expect(siteUrl(domain)?.href).toBe(url);
  });

  test.each([
    ["127.0.0.1", "this machine"],
    ["127.1", "the same, short"],
    ["0x7f.1", "the same, in hex"],
    ["2130706433", "the same, as one number"],
    ["017700000001", "the same, in octal"],
    ["0", "the same, as nothing"],
    ["10.0.0.1", "a private network"],
    ["192.168.1.1:8080", "a router"],
    ["169.254.169.254", "a cloud's metadata"],
    ["93.184.215.14", "a number, even a public one"],
    ["[::1]", "IPv6"],
    ["::1", "IPv6, bare"],
    ["localhost", "a name of this machine"],
    ["localhost.", "the same, rooted"],
    ["app.localhost", "a name below it"],
    ["shop", "one word"],
    ["db.internal", "an internal name"],
    ["metadata.google.internal", "a cloud's metadata by name"],
    ["printer.local", "a network's name"],
    ["nas.home.arpa", "a home's name"],
    ["router.lan", "a router's name"],
    ["x.onion", "another network"],
    ["shop.example.", "a rooted name"],
    ["-shop.example", "no host name"],
    ["shop..example", "an empty label"],
    ["shop.example:99999", "no port"],
    ["user@shop.example", "a user"],
    ["shop.example/path", "a path"],
    ["shop.example?x", "a query"],
    ["shop.example#x", "a fragment"],
    ["shop.example\\@evil.example", "a backslash"],
    ["shop.1", "a number at its end"],
    ["sh op.example", "a blank"],
    ["shop.example\u0000", "a NUL"],
    ["", "nothing"],
    [`${"a.".repeat(130)}example`, "too long a name"],
  ])("none of %s: %s", (domain) => {
    expect(siteUrl(domain)).toBeNull();
  });
});

describe("where a site may send on to", () => {
  const site = new URL("https://shop.example/");

  test.each([
    "https://shop.example/en",
    "https://www.shop.example/",
    "https://en.shop.example/",
    "https://shop.example:443/",
  ])("%s", (url) => {
    expect(belongsToSite(new URL(url), site)).toBe(true);
  });

  test("a site with www. to the one without, and at its own port", () => {
    expect(belongsToSite(new URL("https://shop.example/"), new URL("https://www.shop.example/"))).toBe(true);
    expect(belongsToSite(new URL("https://shop.example:8443/"), new URL("https://shop.example:8443/"))).toBe(true);
  });

  test.each([
    ["http://shop.example/", "without TLS"],
    ["https://shop.example:8080/", "another port"],
    ["https://user@shop.example/", "as a user"],
    ["https://:word@shop.example/", "with a password"],
    ["https://evil.example/", "another site"],
    ["https://notshop.example/", "a name that ends alike"],
    ["https://shop.example.evil.example/", "a name that begins alike"],
    ["https://127.0.0.1/", "this machine"],
    ["https://[::1]/", "the same by IPv6"],
    ["https://169.254.169.254/latest/meta-data/", "a cloud's metadata"],
    ["https://localhost/", "a name of this machine"],
    ["ftp://shop.example/", "another protocol"],
    ["file:///etc/passwd", "a file"],
    ["data:text/html,x", "no place"],
  ])("not to %s: %s", (url) => {
    expect(belongsToSite(new URL(url), site)).toBe(false);
  });
});

describe("an address of the internet", () => {
  test.each(["1.1.1.1", "93.184.215.14", "172.15.255.255", "172.32.0.0", "100.63.255.255", "223.255.255.255"])(
    "%s is one",
    (ip) => {
      expect(isPublicAddress(ip)).toBe(true);
    },
  );

  test.each(["2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "3fff:1000::1"])(
    "%s is one",
    (ip) => {
      expect(isPublicAddress(ip)).toBe(true);
    },
  );

  test.each([
    ["0.0.0.0", "this machine"],
    ["10.255.255.255", "private"],
    ["100.64.0.1", "a provider's network"],
    ["100.127.255.255", "its end"],
    ["127.0.0.1", "this machine"],
    ["127.255.255.254", "this machine"],
    ["169.254.169.254", "metadata"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "its end"],
    ["192.0.0.8", "protocols"],
    ["192.0.2.1", "documentation"],
    ["192.88.99.1", "6to4"],
    ["192.168.0.1", "private"],
    ["198.18.0.1", "benchmarks"],
    ["198.19.255.255", "their end"],
    ["198.51.100.1", "documentation"],
    ["203.0.113.1", "documentation"],
    ["224.0.0.1", "multicast"],
    ["240.0.0.1", "reserved"],
    ["255.255.255.255", "everybody"],
    ["::", "none"],
    ["::1", "this machine"],
    ["::ffff:127.0.0.1", "this machine as IPv6"],
    ["::ffff:93.184.215.14", "IPv4 as IPv6"],
    ["::7f00:1", "IPv4 as IPv6, the old way"],
    ["64:ff9b::7f00:1", "IPv4 behind NAT64"],
    ["fe80::1", "one link"],
    ["fe80::1%eth0", "one link, with its zone"],
    ["fc00::1", "private"],
    ["fd00:ec2::254", "metadata"],
    ["fec0::1", "one site"],
    ["ff02::1", "multicast"],
    ["2001::1", "Teredo"],
    ["2001:db8::1", "documentation"],
    ["2002:7f00:1::", "6to4 to this machine"],
    ["3fff::1", "documentation"],
    ["4000::1", "not given out"],
    ["127.1", "a short form"],
    ["0177.0.0.1", "octal"],
    ["1.2.3.4.5", "too long"],
    ["256.1.1.1", "too large"],
    ["shop.example", "a name"],
    ["", "nothing"],
  ])("%s is none: %s", (ip) => {
    expect(isPublicAddress(ip)).toBe(false);
  });
});
