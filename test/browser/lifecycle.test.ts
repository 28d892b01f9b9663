import { describe, expect, test } from "vitest";
import {
  APP,
  bodies,
  clickOf,
  code,
  context,
  cookies,
  expectSent,
  html,
  land,
  links,
  open,
  openShopForEachTest,
  page,
  recorder,
  SHOP,
  shop,
  tag,
} from "../support/shop.ts";

openShopForEachTest();

const SHOW = 'document.prerendering = false; document.dispatchEvent(new Event("prerenderingchange"))';

// On a fast network even a request that dies with its page would get through, so what is sent here has to wait.
describe("a page that is left", () => {
  test("AL7 a tab that is closed in the same breath has counted and stored", async () => {
    await open("/");
    recorder.servePage("/landing", html(`${tag()}<script>window.close()</script>`));
    const release = await occupyConnections();
    const [tab] = await Promise.all([
      context.waitForEvent("page"),
      page.evaluate("void window.open('/landing?ref=demo42')"),
    ]);
    if (!tab.isClosed()) await tab.waitForEvent("close");
    expect(bodies()).toEqual([]);
    await release();
    await expectSent({ ...clickOf("demo42"), referrer_host: `${SHOP}:${recorder.port}` });
    expect(await code()).toBe("demo42");
  });

  test("AL7 a landing page that redirects in the same breath has counted and stored", async () => {
    recorder.servePage("/landing", html(`${tag()}<script>location = "/"</script>`));
    recorder.servePage("/", html(""));
    const release = await occupyConnections();
    await page.goto(shop("/landing?ref=demo42"), { waitUntil: "commit" });
    await page.waitForURL(shop("/"));
    expect(bodies()).toEqual([]);
    await release();
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });

  test.each([
    ["goes on to another page", () => page.goto(shop("/"))],
    ["is closed", () => page.close()],
  ])("AL10 a call in the pagehide of a page that %s gets through", async (_, leave) => {
    recorder.servePage("/", html(""));
    await land("/landing?ref=demo42");
    await page.evaluate('addEventListener("pagehide", () => void AgentLinks.trackSignup({ user_id: "u1" }))');
    const release = await occupyConnections();
    await leave();
    expect(bodies()).toEqual([clickOf("demo42")]);
    await release();
    await recorder.arrived(2);
    expect(bodies()).toEqual([clickOf("demo42"), { ref: "demo42", app_id: APP, user_id: "u1" }]);
  });
});

// Playwright forbids real prerendering, so the two things a page can see of it are played.
describe("a prerendered page that needs consent", () => {
  test.each([
    ["consent, then shown", ["AgentLinks.consent()", SHOW]],
    ["shown, then consent", [SHOW, "AgentLinks.consent()"]],
    ["consent twice, then shown twice", ["AgentLinks.consent(); AgentLinks.consent()", `${SHOW}; ${SHOW}`]],
  ])("AL-s2 AL-s3 waits for both: %s", async (_, [first = "", second = ""]) => {
    await page.addInitScript('Object.defineProperty(document, "prerendering", { value: true, writable: true })');
    await open("/?ref=demo42", { head: tag('data-consent="wait"') });
    await page.evaluate(first);
    await expectSent();
    expect(await cookies()).toEqual([]);
    await page.evaluate(second);
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });
});

/** Takes, in another tab, all six connections to AgentLinks that the browser opens at once; returns how to give them back. */
async function occupyConnections(): Promise<() => Promise<void>> {
  const other = await context.newPage();
  recorder.servePage("/other", html(""));
  await other.goto(shop("/other"));
  await other.evaluate(`for (let i = 0; i < 6; i++) fetch("${links("/unanswered")}?" + i).catch(() => {}); null`);
  await expect.poll(() => recorder.requests.filter(({ path }) => path === "/unanswered")).toHaveLength(6);
  return () => other.close();
}
