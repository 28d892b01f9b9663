import { describe, expect, test } from "vitest";
import { deliveryId, deliverySeq, eventId, eventSeq } from "../../worker/domain/event-id.ts";
import { MAX_WEBHOOK_ATTEMPTS, webhookWaitAfter } from "../../worker/domain/webhook-schedule.ts";
import { webhookUrl } from "../../worker/domain/webhook-url.ts";

describe("where webhooks may be sent", () => {
  test.each([
    ["https://shop.example/hooks", "https://shop.example/hooks"],
    ["https://Shop.Example", "https://shop.example/"],
    ["https://shop.example:443/a?token=b", "https://shop.example/a?token=b"],
    ["https://shop.example:8443/", "https://shop.example:8443/"],
    ["https://xn--mnchen-3ya.example/", "https://xn--mnchen-3ya.example/"],
  ])("%s", (text, url) => {
    expect(webhookUrl(text, { allowLoopback: false })?.href).toBe(url);
  });

  test.each([
    ["http://shop.example/", "not encrypted"],
    ["ftp://shop.example/", "another protocol"],
    ["//shop.example/", "none"],
    ["shop.example", "no URL"],
    ["https://127.0.0.1/", "this machine"],
    ["https://127.1/", "the same, short"],
    ["https://0x7f.1/", "the same, in hex"],
    ["https://0x7f000001/", "the same, in hex"],
    ["https://2130706433/", "the same, as one number"],
    ["https://017700000001/", "the same, in octal"],
    ["https://0177.0.0.1/", "the same, in octal, in parts"],
    ["https://①②⑦.0.0.1/", "the same, in other digits"],
    ["https://localhost/", "the same, by name"],
    ["https://localhost./", "the same, rooted"],
    ["https://a.localhost/", "a name below it"],
    ["https://10.1.2.3/", "a private network"],
    ["https://169.254.169.254/latest/meta-data", "a cloud's metadata"],
    ["https://metadata.google.internal/", "the same, by name"],
    ["https://93.184.215.14/", "a number, even a public one"],
    ["https://[::1]/", "IPv6"],
    ["https://[::ffff:169.254.169.254]/", "IPv4 in IPv6"],
    ["https://shop/", "one word"],
    ["https://db.internal/", "an internal name"],
    ["https://user@shop.example/", "a user"],
    ["https://:password@shop.example/", "a password"],
    ["https://shop.example@127.0.0.1/", "a name as the user"],
    ["https://shop.example\\@127.0.0.1/", "a backslash"],
    ["https://shop.example:22/", "a port of another service"],
    ["https://shop.example:80/", "the port of what is not encrypted"],
    ["https://shop.example/#a", "a fragment"],
    ["https://shop.example/#", "an empty one"],
    ["https://shop.example/ a", "a blank"],
    [" https://shop.example/", "a blank before it"],
    ["", "nothing"],
  ])("not to %s: %s", (text) => {
    expect(webhookUrl(text, { allowLoopback: false })).toBeNull();
  });

  test("to this machine alone, and by http, where everything is tried out on one", () => {
    const allowed = ["http://127.0.0.1:3000/a", "http://localhost:3000/", "https://localhost/", "http://[::1]:1/"];
    for (const text of allowed) {
      expect(webhookUrl(text, { allowLoopback: true })?.href).toBe(text);
      expect(webhookUrl(text, { allowLoopback: false })).toBeNull();
    }
    for (const text of ["http://shop.example/", "http://127.0.0.2/", "http://10.0.0.1/", "ftp://localhost/"]) {
      expect(webhookUrl(text, { allowLoopback: true })).toBeNull();
    }
  });
});

test("ten tries over three days: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, each up to a tenth longer", () => {
  expect(waits(0)).toEqual([5_000, 300_000, 1_800_000, ...[2, 5, 10, 14, 20, 24].map(hours), null]);
  expect(waits(1)).toEqual([5_500, 330_000, 1_980_000, ...[2.2, 5.5, 11, 15.4, 22, 26.4].map(hours), null]);
});

test("an id names an event, or a test, of one app", () => {
  expect(eventId("app_a-_1", 42)).toBe("evt_a-_1_42");
  expect(deliveryId("app_a-_1", 42)).toBe("evt_a-_1_42");
  expect(deliveryId("app_a-_1", -7)).toBe("evt_a-_1_test7");
  for (const seq of [1, 42, -7, -562_949_953_421_312]) expect(deliverySeq("app_a", deliveryId("app_a", seq))).toBe(seq);
  for (const id of [
    "evt_b_1",
    "evt_a_0",
    "evt_a_01",
    "evt_a_",
    "evt_a_-1",
    "evt_a_test",
    "evt_a_test0",
    "evt_a_testtest1",
  ]) {
    expect(deliverySeq("app_a", id)).toBeNull();
  }
  expect(eventSeq("app_a", "evt_a_test7")).toBeNull();
});

function waits(jitter: number): readonly (number | null)[] {
  return Array.from({ length: MAX_WEBHOOK_ATTEMPTS }, (_, tried) => webhookWaitAfter(tried + 1, jitter));
}

function hours(count: number): number {
  return Math.round(count * 3_600_000);
}
