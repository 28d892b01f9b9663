import { describe, expect, test } from "vitest";
import {
  APP,
  clickOf,
  code,
  context,
  cookies,
  expectSent,
  land,
  open,
  openShopForEachTest,
  page,
  SHOP,
} from "../support/shop.ts";

openShopForEachTest();

describe("what stands where a code should", () => {
  test.each([
    ["markup", "<img src=x onerror=alert(1)>"],
    ["markup, encoded", "%3Cscript%3Ealert(1)%3C%2Fscript%3E"],
    ["10,000 characters", "a".repeat(10_000)],
    ["65 characters", "a".repeat(65)],
    ["a NUL before it", "%00demo42"],
    ["a NUL after it", "demo42%00"],
    ["a line end and a header", "demo42%0D%0ASet-Cookie:%20x=1"],
    ["a cookie attribute", "demo42;domain=test"],
    ["a cookie attribute, encoded", "demo42%3Bdomain%3Dtest"],
    ["a code, encoded in part", "demo%342"],
    ["another script", "дemo42"],
    ["wide letters", "ｄｅｍｏ"],
    ["an emoji, encoded", "demo%F0%9F%92%A5"],
    ["half a character", "demo%F0%9F"],
    ["a quote", "demo42'--"],
    ["a list", "[demo42]"],
  ])("AL41 AL-s1 %s is ignored, in the query, the fragment and a route", async (_, value) => {
    for (const path of [`/?ref=${value}`, `/a#ref=${value}`, `/b#/signup?plan=pro&via=${value}`]) await open(path);
    await page.evaluate(`history.pushState(null, "", ${JSON.stringify(`/c?ref=${value}`)})`);
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    await expectSent();
    expect(await context.cookies()).toEqual([]);
  });

  test.each(["__proto__", "constructor", "toString", "null", "undefined", "false", "0", "-", "__Host-"])(
    "AL4 AL-s1 %s is a code like any other",
    async (ref) => {
      await page.addInitScript("window.prototype = () => Object.getOwnPropertyNames(Object.prototype).join()");
      await open("/");
      const before = await page.evaluate("prototype()");
      await land(`/?ref=${ref}`);
      expect(await code()).toBe(ref);
      expect(await page.evaluate("[AgentLinks.getRef(), AgentLinks.getRef('stripe')]")).toEqual([ref, `al-${ref}`]);
      await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
      await expectSent(clickOf(ref), { ref, app_id: APP, user_id: "u1" });
      expect(await page.evaluate("prototype()")).toBe(before);
      expect(await page.evaluate("({}).ref")).toBeUndefined();
    },
  );

  test.each([
    ["?ref=%3Cb%3E&ref=demo42&ref=other#ref=third", "demo42"],
    ["?ref=not.a.code#/x?ref=demo42", "demo42"],
    ["?ref&ref=&ref=demo42", "demo42"],
    ["?xref=no&ref_=no&refs[]=no&via=demo42", "demo42"],
    ["?next=/?ref=demo42", "demo42"],
  ])("AL4 of many in %s the first code counts", async (query, expected) => {
    await land(`/${query}`);
    await expectSent(clickOf(expected));
    expect(await code()).toBe(expected);
  });

  test("AL-s1 fields that aim at a prototype reach none", async () => {
    await land("/?ref=demo42");
    await page.evaluate(`AgentLinks.trackSignup(JSON.parse('{ "user_id": "u1", "__proto__": { "polluted": 1 } }'))`);
    expect(await page.evaluate("({}).polluted")).toBeUndefined();
    await expectSent(
      clickOf("demo42"),
      JSON.parse(`{ "user_id": "u1", "__proto__": { "polluted": 1 }, "ref": "demo42", "app_id": "${APP}" }`),
    );
  });
});

describe("cookies that hold no code of ours", () => {
  test.each([
    ["a longer name", "agentlinks_ref2=evil"],
    ["a name that ends alike", "xagentlinks_ref=evil"],
    ["a name in other letters", "AgentLinks_Ref=evil"],
    ["our name in a value", "x=agentlinks_ref=evil"],
    ["our name in a quoted value", 'x="agentlinks_ref=evil"'],
    ["our name behind a comma", "x=1, agentlinks_ref=evil"],
    ["our name behind an encoded semicolon", "x=1%3B%20agentlinks_ref=evil"],
  ])("AL12 %s is another cookie, and stays", async (_, cookie) => {
    await plant(cookie);
    await open("/");
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await expectSent();

    await land("/?ref=demo42");
    await expectSent(clickOf("demo42"));
    expect(await page.evaluate("document.cookie")).toBe(`${cookie}; agentlinks_ref=demo42`);
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });

  test.each([
    ["nothing", ""],
    ["markup", "<script>alert(1)</script>"],
    ["65 characters", "a".repeat(65)],
    ["more than a code", "a&b"],
    ["a code and a space", "evil 1"],
    ["a quoted code", '"evil"'],
    ["an encoded code", "%65vil"],
    ["3,000 characters", "a".repeat(3_000)],
  ])("AL12 AL41 %s in our cookie is no code, and gives way to the first that comes", async (_, value) => {
    await plant(`agentlinks_ref=${value}; domain=example.test`);
    await open("/");
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await expectSent();
    expect(await cookies()).toMatchObject([{ value }]);

    await land("/?ref=demo42");
    await expectSent(clickOf("demo42"));
    expect(await cookies()).toMatchObject([{ value: "demo42", domain: ".example.test", path: "/" }]);
  });

  test("AL5 AL12 behind one that is no code, the code is found", async () => {
    await plant("agentlinks_ref=<b>; path=/shop");
    await plant("agentlinks_ref=demo42");
    await open("/shop/shoes");
    expect(await page.evaluate("document.cookie")).toBe("agentlinks_ref=<b>; agentlinks_ref=demo42");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });

  // The path of a cookie cannot be read, so one that the site has set for a folder cannot be removed.
  test("AL5 AL7 one of a folder hides ours in that folder, and no click is lost or doubled", async () => {
    await context.addCookies([{ name: "agentlinks_ref", value: "old", domain: SHOP, path: "/shop" }]);
    await land("/shop/shoes?ref=new");
    await page.reload();
    await expectSent(clickOf("new"));
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("old");
    await open("/");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("new");

    await land("/?ref=newer");
    await expect.poll(() => page.evaluate("document.cookie")).toBe("agentlinks_ref=newer");
    await expectSent(clickOf("new"), clickOf("newer"));
  });
});

/** A cookie that a page of the shop writes, and that the browser keeps as it is. */
async function plant(cookie: string): Promise<void> {
  await open("/planter", { head: "" });
  await page.evaluate(`document.cookie = ${JSON.stringify(`${cookie}; max-age=9999`)}`);
}
