import { describe, expect, test } from "vitest";
import {
  bodies,
  clickOf,
  code,
  cookies,
  expectSent,
  html,
  land,
  open,
  openShopForEachTest,
  page,
  recorder,
  settle,
  shop,
  tag,
} from "../support/shop.ts";

openShopForEachTest();

describe("a route with a code", () => {
  test.each([
    ["pushState", 'history.pushState(null, "", "/pricing?ref=demo42")'],
    ["replaceState", 'history.replaceState(null, "", "/pricing?ref=demo42")'],
    ["a hash router", 'location.hash = "/pricing?ref=demo42"'],
    [
      "the Navigation API",
      'navigation.onnavigate = (event) => event.intercept(); void navigation.navigate("/pricing?ref=demo42")',
    ],
  ])("AL7 by %s is one click and the cookie", async (_, go) => {
    await open("/");
    await page.evaluate(go);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL7 the framework that writes its own URL again, while the click is unanswered, makes no second one", async () => {
    const again = 'history.replaceState({ tree: 1 }, "", location.href)';
    const release = recorder.hold();
    await open("/?ref=demo42", { head: `${tag()}<script>${again}</script>` });
    await page.evaluate(again);
    await expectSent(clickOf("demo42"));
    release();
    await page.evaluate(again);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL7 carried along from route to route it is one click", async () => {
    await land("/?ref=demo42");
    for (const path of ["/pricing?ref=demo42", "/signup?plan=pro&ref=demo42", "/signup?ref=demo42#form"])
      await push(path);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL8 a route without one makes no request and keeps the cookie", async () => {
    await open("/");
    await push("/pricing");
    await expectSent();
    expect(await cookies()).toEqual([]);

    await push("/?ref=demo42");
    for (const path of ["/pricing", "/pricing?utm_source=x#ref", "/?ref=not.a.code"]) await push(path);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL40 AL41 another code takes the first one's place once its click is answered", async () => {
    await land("/?ref=one");
    const release = recorder.hold();
    await push("/?ref=two");
    await expectSent(clickOf("one"), clickOf("two"));
    expect(await code()).toBe("one");
    release();
    await expect.poll(code).toBe("two");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("two");
  });

  test("AL7 back at the entry of the code it is no other landing", async () => {
    await land("/?ref=demo42");
    await push("/pricing");
    await back();
    expect(page.url()).toBe(shop("/?ref=demo42"));
    await expectSent(clickOf("demo42"));
  });

  test("AL7 AL40 back at the entry of an earlier code that one is the last, as with full page loads", async () => {
    await land("/?ref=one");
    await push("/?ref=two");
    await expect.poll(code).toBe("two");
    await back();
    await expectSent(clickOf("one"), clickOf("two"), clickOf("one"));
    await expect.poll(code).toBe("one");
  });

  test("AL7 back from another document, the landing page is loaded again and counts nothing", async () => {
    const head = `${tag()}<script>addEventListener("pageshow", (event) => (window.persisted = event.persisted))</script>`;
    await land("/?ref=demo42", head);
    await open("/pricing");
    await page.goBack();
    expect(await page.evaluate("window.persisted")).toBe(false);
    await expectSent(clickOf("demo42"));
  });

  test("AL-s1 nothing of the page's is patched", async () => {
    await land("/?ref=demo42");
    const native = await page.evaluate(`
      [history.pushState, history.replaceState, window.fetch, window.addEventListener, window.open]
        .map((method) => method.toString().includes("[native code]"))`);
    expect(native).toEqual([true, true, true, true, true]);
  });

  test("AL-s1 without the Navigation API full page loads count, and routes do no harm", async () => {
    await page.addInitScript("delete window.navigation");
    await land("/?ref=one");
    expect(await page.evaluate("typeof navigation")).toBe("undefined");
    await push("/?ref=unseen");
    await expectSent(clickOf("one"));
    await land("/?ref=two");
    await expectSent(clickOf("one"), clickOf("two"));
    await expect.poll(code).toBe("two");
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
    expect(bodies()[2]).toMatchObject({ ref: "two", user_id: "u1" });
  });
});

describe("a code that a router strips before the script runs", () => {
  test.each([
    ["in the query", "/?ref=demo42"],
    ["before a fragment", "/?utm_source=x&ref=demo42#top"],
    ["in the fragment", "/#/signup?ref=demo42"],
  ])("AL7 %s is found", async (_, path) => {
    await land(path, strippedTo("/clean") + tag());
    expect(page.url()).toBe(shop("/clean"));
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL7 AL-s3 is found though consent comes routes later", async () => {
    await open("/?ref=demo42", { head: tag('data-consent="wait"') });
    for (const path of ["/pricing", "/signup", "/signup?step=2"]) await push(path);
    await expectSent();
    await page.evaluate("AgentLinks.consent()");
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL7 is found once: later routes neither repeat it nor lose to it", async () => {
    await land("/?ref=one", strippedTo("/clean") + tag());
    await push("/pricing");
    await push("/?ref=two");
    await expect.poll(code).toBe("two");
    await push("/pricing");
    await expectSent(clickOf("one"), clickOf("two"));
    expect(await code()).toBe("two");
  });

  test("AL7 does not beat the code that stands in the URL", async () => {
    await land("/?ref=one", strippedTo("/?ref=two") + tag());
    await expectSent(clickOf("two"));
    expect(await code()).toBe("two");
  });

  test("AL8 what the page itself loads by ?ref= is no landing", async () => {
    const head = `
      <script src="/shop.js?ref=script"></script>
      <img src="/logo.png?ref=image">
      <script>fetch("/prices?ref=fetch")</script>`;
    await open("/", { head: head + tag("async") });
    await expectSent();
    expect(await cookies()).toEqual([]);
  });

  test("AL7 a reload after it has been stripped is no landing", async () => {
    const head = strippedTo("/clean") + tag();
    recorder.servePage("/clean", html(head));
    await land("/?ref=demo42", head);
    await page.reload();
    expect(page.url()).toBe(shop("/clean"));
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL-s1 where the browser keeps no entry of the navigation, the URL counts", async () => {
    await page.addInitScript("performance.getEntries = () => []");
    await land("/?ref=demo42");
    await expectSent(clickOf("demo42"));
    await open("/?ref=lost", { head: strippedTo("/clean") + tag() });
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });
});

function strippedTo(path: string): string {
  return `<script>history.replaceState(null, "", "${path}")</script>`;
}

/** A route as a single-page app takes it. */
async function push(path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, "", "${path}")`);
}

async function back(): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    addEventListener("popstate", () => resolve(null), { once: true });
    history.back();
  })`);
  await settle();
}
