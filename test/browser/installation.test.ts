import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  answered,
  APP,
  clickOf,
  code,
  cookies,
  expectSent,
  html,
  issued,
  land,
  LINKS,
  links,
  open,
  openShopForEachTest,
  page,
  queued,
  recorder,
  script,
  serveHttps,
  settle,
  tag,
} from "../support/shop.ts";

openShopForEachTest();

/** In the page: a script element with the tag's source and app, as a loader or consent manager makes it. */
const NEW_TAG = `
  const tag = document.createElement("script");
  tag.src = "http://" + "${LINKS}:" + location.port + "/agentlinks.js";
  tag.dataset.appId = "${APP}";`;

describe("the tag", () => {
  test("AL2 inserted long after the page has loaded", async () => {
    await open("/?ref=demo42", { head: queued("['trackSignup', { user_id: 'u1' }]") });
    expect(await page.evaluate("document.readyState")).toBe("complete");
    await Promise.all([answered(), page.evaluate(`{ ${NEW_TAG} document.body.append(tag) }`)]);
    await recorder.arrived(2);
    await expect.poll(() => issued).toEqual([clickOf("demo42"), { ref: "demo42", app_id: APP, user_id: "u1" }]);
    expect(await code()).toBe("demo42");
  });

  test.each([
    ["is replaced by a real one", 'document.querySelector("[type=text\\\\/plain]").replaceWith(tag)'],
    ["stays beside a real one", "document.head.append(tag)"],
    ["stays beside two real ones", "document.head.append(tag, tag.cloneNode())"],
  ])("AL2 kept as text/plain by a consent manager, until it %s", async (_, insert) => {
    await open("/?ref=demo42", { head: tag('type="text/plain"') });
    await expectSent();
    expect(await page.evaluate("typeof AgentLinks")).toBe("undefined");
    expect(await cookies()).toEqual([]);
    await Promise.all([answered(), page.evaluate(`{ ${NEW_TAG} ${insert} }`)]);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test("AL2 pasted into the page instead of loaded, it does nothing", async () => {
    await open("/?ref=demo42", { head: `<script data-app-id="${APP}">${script}</script>` });
    expect(
      await page.evaluate(`Promise.all([
        AgentLinks.getRef(),
        AgentLinks.trackSignup({ user_id: "u1" }),
        AgentLinks.trackConversion({ user_id: "u1", amount_cents: 100 }),
      ])`),
    ).toEqual([null, null, null]);
    await page.evaluate('AgentLinks.consent(); history.pushState(null, "", "/?ref=two")');
    await expectSent();
    expect(await cookies()).toEqual([]);
  });

  test.each([
    ["the right one", "", [clickOf("demo42")], "object"],
    ["of another release", "// another\n", [], "undefined"],
  ])("AL-s1 with a hash, %s", async (_, change, clicks, type) => {
    const hash = createHash("sha384").update(change + script);
    await open("/?ref=demo42", { head: tag(`integrity="sha384-${hash.digest("base64")}" crossorigin="anonymous"`) });
    await expectSent(...clicks);
    expect(await page.evaluate("typeof AgentLinks")).toBe(type);
  });

  test("AL9 where a blocker stops it, the calls of the documentation do no harm", async () => {
    const blocked = `<script src="${links("/blocked.js")}" data-app-id="${APP}" async></script>`;
    await open("/?ref=demo42", { head: queued("['trackSignup', { user_id: 'u1' }]") + blocked });
    expect(await page.evaluate("window.AgentLinks?.trackSignup?.({ user_id: 'u1' })")).toBeUndefined();
    expect(await page.evaluate("window.AgentLinks.push(['consent'])")).toBe(2);
    await expectSent();
  });
});

describe("what it costs", () => {
  test("AL7 AL8 a visit makes one request for its landing, one for each call, and not one besides", async () => {
    await land("/?ref=demo42");
    for (const path of ["/pricing", "/pricing?utm_source=x", "/signup"]) await open(path);
    await page.reload();
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
    await open("/thanks");
    await settle();
    const calls = recorder.requests.filter(({ host, path }) => host === LINKS && !/sentinel|agentlinks\.js/.test(path));
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/track/click",
      "POST /api/track/signup",
    ]);
    expect(recorder.requests.filter(({ method }) => method === "OPTIONS")).toEqual([]);
  });
});

describe("hosts without a registrable domain", () => {
  test("AL5 a bare address, over http", async () => {
    await Promise.all([answered(), open("/?ref=demo42", { host: "127.0.0.1" })]);
    await expectSent(clickOf("demo42"));
    expect(await cookies()).toMatchObject([{ value: "demo42", domain: "127.0.0.1", secure: false }]);
    await open("/signup", { host: "127.0.0.1" });
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });

  test.each([
    ["an address of IPv6", "[::1]", "[::1]"],
    ["a name that ends in a dot", "shop.example.test.", "shop.example.test."],
  ])("AL5 %s", async (_, host, domain) => {
    await serveHttps();
    recorder.servePage("/", html(tag().replace(links(""), `https://${LINKS}`)));
    await Promise.all([answered(), page.goto(`https://${host}/?ref=demo42`)]);
    expect(await cookies()).toMatchObject([{ value: "demo42", domain }]);
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });
});
