import { describe, expect, test } from "vitest";
import { addressOwner, isLoopback } from "../../worker/domain/address.ts";

test.each([
  ["an IPv4 address is somebody", "192.0.2.7", "192.0.2.7"],
  ["with a port it is the same", "192.0.2.7:50123", "192.0.2.7"],
  ["written as IPv6 it is the same", "::ffff:192.0.2.7", "192.0.2.7"],
  ["in figures too", "::FFFF:C000:0207", "192.0.2.7"],
  ["and in full", "0:0:0:0:0:ffff:c000:207", "192.0.2.7"],
  ["with brackets and a port", "[::ffff:192.0.2.7]:443", "192.0.2.7"],
  ["an IPv6 address is its /64", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["whatever its last half is", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["however it is written", "2001:0DB8:0001:0002::1", "2001:db8:1:2::/64"],
  ["with brackets, a port and a zone", "[2001:db8:1:2::1%eth0]:443", "2001:db8:1:2::/64"],
  ["the next network is another's", "2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["groups of zeros are put back", "2001:db8::1:0:0:1", "2001:db8:0:0::/64"],
  ["an embedded IPv4 address is two groups", "64:ff9b::192.0.2.7", "64:ff9b:0:0::/64"],
  ["this machine", "::1", "::1"],
  ["nothing", "", ""],
  ["what is no address is itself", "unknown", "unknown"],
  ["too many groups", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:9"],
  ["two gaps", "1::2::3", "1::2::3"],
  ["a gap of nothing", "1:2:3:4::5:6:7:8", "1:2:3:4::5:6:7:8"],
  ["a long text is cut", "x".repeat(500), "x".repeat(53)],
])("%s: %j", (_, ip, owner) => {
  expect(addressOwner(ip)).toBe(owner);
});

describe("this machine", () => {
  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"])("is %s", (ip) => {
    expect(isLoopback(addressOwner(ip))).toBe(true);
  });

  test.each(["", "128.0.0.1", "1.127.0.0.1", "127.0.0.1.evil.test", "::2", "::", "localhost", "2001:db8::1"])(
    "is not %j",
    (ip) => {
      expect(isLoopback(addressOwner(ip))).toBe(false);
    },
  );
});
