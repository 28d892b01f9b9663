import { describe, expect, test } from "vitest";
import {
  APP,
  clickOf,
  code,
  context,
  cookies,
  expectSent,
  issued,
  land,
  open,
  openShopForEachTest,
  page,
  queued,
  recorder,
  settle,
  tag,
  withEarlierCode,
} from "../support/shop.ts";

openShopForEachTest();

const WAIT = 'data-consent="wait"';
const SIGNUP = { ref: "demo42", app_id: APP, user_id: "u1" };

/** In the page, before anything else: notes each use of cookies and storage. */
const WATCH_STORAGE = `
  window.touched = [];
  const watch = (object, name) => {
    const { get, set } = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, {
      configurable: true,
      get() { touched.push("get " + name); return get.call(this); },
      set(value) { touched.push("set " + name); set.call(this, value); },
    });
  };
  watch(Document.prototype, "cookie");
  watch(window, "sessionStorage");
  watch(window, "localStorage");`;

const CALLS = `(async () => {
  AgentLinks.consent();
  AgentLinks.push(["consent"]);
  AgentLinks.push(["trackSignup", { user_id: "u1" }]);
  return [
    AgentLinks.getRef(),
    AgentLinks.getRef("stripe"),
    await AgentLinks.trackSignup({ user_id: "u1" }),
    await AgentLinks.trackConversion({ user_id: "u1", amount_cents: 100 }),
  ];
})()`;

describe("Global Privacy Control, on a site that respects it", () => {
  test.each(["data-respect-gpc", 'data-respect-gpc="true"', `data-respect-gpc ${WAIT}`])(
    "AL-s3 with %s nothing is read, stored or sent, whatever is called",
    async (attributes) => {
      await visitWith(true);
      await page.addInitScript(WATCH_STORAGE);
      await withEarlierCode("old", 5);
      const before = await context.cookies();
      const head = queued("['trackSignup', { user_id: 'u0' }]", "['consent']") + tag(attributes);
      await open("/?ref=demo42", { head });
      expect(await page.evaluate(CALLS)).toEqual([null, null, null, null]);
      await page.evaluate('history.pushState(null, "", "/?ref=two")');
      await expectSent();
      expect(await page.evaluate("touched")).toEqual([]);
      expect(await context.cookies()).toEqual(before);
    },
  );

  test("AL-s3 no link and no element gets the code", async () => {
    await visitWith(true);
    await withEarlierCode("old", 5);
    const { link, button } = await decorated('data-respect-gpc data-domains="partner.test"');
    expect(link).toBe("https://partner.test/x");
    expect(button).toBeNull();
  });

  test.each([
    ["the signal is off", false, "data-respect-gpc"],
    ["the browser has no such signal", undefined, "data-respect-gpc"],
    ["the site does not say that it respects it", true, ""],
  ])("AL-s3 where %s, all is as ever", async (_, signal, attribute) => {
    await visitWith(signal);
    await land("/?ref=demo42", tag(attribute));
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
    await expectSent(clickOf("demo42"), SIGNUP);
    expect(await code()).toBe("demo42");
    expect(await decorated(`${attribute} data-domains="partner.test"`)).toEqual({
      link: "https://partner.test/x?ref=demo42",
      button: "al-demo42",
    });
  });

  test("AL-s3 where the signal is off, consent is waited for as ever", async () => {
    await visitWith(false);
    await open("/?ref=demo42", { head: tag(`data-respect-gpc ${WAIT}`) });
    await expectSent();
    expect(await cookies()).toEqual([]);
    await page.evaluate("AgentLinks.consent()");
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });
});

describe("consent", () => {
  test("AL-s3 before it nothing is read either, on no page", async () => {
    await page.addInitScript(WATCH_STORAGE);
    await withEarlierCode("old", 5);
    await open("/?ref=demo42", { head: tag(WAIT) });
    await page.evaluate('history.pushState(null, "", "/?ref=two")');
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })");
    await page.reload();
    await expectSent();
    expect(await page.evaluate("touched")).toEqual([]);
    expect(await code()).toBe("old");
  });

  test("AL-s3 AL7 given again after a reload, it is no other landing", async () => {
    await open("/?ref=demo42", { head: tag(WAIT) });
    await page.evaluate("AgentLinks.consent()");
    await expectSent(clickOf("demo42"));
    await page.reload();
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    await page.evaluate("AgentLinks.consent(); AgentLinks.push(['consent']); AgentLinks.consent()");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    await expectSent(clickOf("demo42"));
  });

  test("AL-s3 AL9 calls from before and after it go out in their order", async () => {
    const calls = ["'u1'", "'u2'", "'u3'"].map((user) => `['trackSignup', { user_id: ${user} }]`);
    const [first = "", second = "", third = ""] = calls;
    await open("/?ref=demo42", { head: queued(first) + tag(WAIT) + queued(second) });
    await page.evaluate(`AgentLinks.push(['consent']); AgentLinks.push(${third})`);
    await settle();
    const users = ["u1", "u2", "u3"].map((user_id) => ({ ...SIGNUP, user_id }));
    await expect.poll(() => issued).toEqual([clickOf("demo42"), ...users]);
  });

  test("AL-s3 where nobody waits for it, it changes nothing", async () => {
    await land("/?ref=demo42", queued("['consent']") + tag());
    await page.evaluate("AgentLinks.consent(); AgentLinks.push(['consent'])");
    await expectSent(clickOf("demo42"));
    expect(await code()).toBe("demo42");
  });
});

// As Chrome does for a visitor who blocks all cookies: reading gives nothing, writing does nothing, storage throws.
describe("cookies blocked in the browser's settings", () => {
  const BLOCK_STORAGE = `for (const name of ["sessionStorage", "localStorage"])
    Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });`;

  test("AL-s1 AL12 a landing counts once, whatever its routes are, and every call says null", async () => {
    await blockCookies();
    await land("/?ref=demo42", queued("['trackSignup', { user_id: 'u0' }]") + tag());
    await page.evaluate(`
      history.replaceState(null, "", location.href);
      history.pushState(null, "", "/pricing?ref=demo42");
      history.pushState(null, "", "/signup")`);
    expect(await page.evaluate(CALLS)).toEqual([null, null, null, null]);
    await expectSent(clickOf("demo42"));
    expect(await page.evaluate("document.cookie")).toBe("");
    expect(await context.cookies()).toEqual([]);
  });

  test("AL-s1 AL7 another code counts, and a page without one does not", async () => {
    await blockCookies();
    await land("/?ref=one");
    await page.evaluate('history.pushState(null, "", "/?ref=two")');
    await recorder.arrived(2);
    await open("/pricing");
    await expectSent(clickOf("one"), clickOf("two"));
    expect(await context.cookies()).toEqual([]);
  });

  async function blockCookies(): Promise<void> {
    await page.addInitScript(BLOCK_STORAGE);
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setDocumentCookieDisabled", { disabled: true });
  }
});

/** A visitor whose browser sends this signal; undefined: has none. */
async function visitWith(signal: boolean | undefined): Promise<void> {
  if (signal === undefined) return;
  await page.addInitScript(
    `Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => ${signal} })`,
  );
}

/** What a click makes of a link to a partner, and the script of a button of Stripe's. */
async function decorated(attributes: string): Promise<{ link: unknown; button: unknown }> {
  const main = '<a href="https://partner.test/x">partner</a><stripe-buy-button></stripe-buy-button>';
  await open("/pricing", { head: tag(attributes), main });
  await page.evaluate('document.addEventListener("click", (event) => event.preventDefault())');
  await page.click("a");
  return {
    link: await page.evaluate('document.querySelector("a").href'),
    button: await page.evaluate('document.querySelector("stripe-buy-button").getAttribute("client-reference-id")'),
  };
}
