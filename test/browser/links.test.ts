import { beforeEach, describe, expect, test } from "vitest";
import {
  answered,
  code,
  context,
  land,
  links,
  open,
  openShopForEachTest,
  page,
  recorder,
  settle,
  SHOP,
  shop,
  tag,
  withEarlierCode,
} from "../support/shop.ts";

const DOMAINS = 'data-domains="other.test, third.test"';
/** Every character that a code may have, which is also as many as it may have. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
/** 1 to 200 of these: https://docs.stripe.com/payment-links/url-parameters */
const STRIPE_REFERENCE = /^[A-Za-z0-9_-]{1,200}$/;
const STRIPE_ELEMENTS = ["stripe-buy-button", "stripe-pricing-table"];

/** The URLs that the visitor's browser has asked for since the page of the shop was loaded. */
let asked: string[];

openShopForEachTest();

beforeEach(() => {
  asked = [];
  context.on("request", (request) => asked.push(request.url()));
});

describe("a link to another host", () => {
  test.each([
    ["other.test/landing", "other.test/landing?ref=demo42"],
    ["third.test/landing", "third.test/landing?ref=demo42"],
    ["OTHER.test/landing", "other.test/landing?ref=demo42"],
    ["other.test/landing?", "other.test/landing?ref=demo42"],
    ["other.test/landing#ref=theirs", "other.test/landing?ref=demo42#ref=theirs"],
    ["other.test/landing?a=b%20c&flag&x=1+2", "other.test/landing?a=b%20c&flag&x=1+2&ref=demo42"],
    ["other.test/landing?q=%E9%zz&&=#/a?b%20c", "other.test/landing?q=%E9%zz&&=&ref=demo42#/a?b%20c"],
    ["other.test/landing?preference=1&to=/?ref=1", "other.test/landing?preference=1&to=/?ref=1&ref=demo42"],
  ])("AL-s5 %s arrives as %s", async (href, expected) => {
    await visit(link(href));
    expect(await follow()).toBe(at(expected));
  });

  test.each(["?ref=demo42", "?ref=theirs", "?a=1&ref=theirs&b#top", "?ref="])(
    "AL-s5 keeps the parameter that it has: %s",
    async (query) => {
      await visit(link(`other.test/landing${query}`));
      expect(await follow()).toBe(at(`other.test/landing${query}`));
    },
  );

  test("AL-s5 gets the code under the first name of data-params", async () => {
    await visit(link("other.test/landing?ref=theirs"), { attributes: `${DOMAINS} data-params="partner, aff"` });
    expect(await follow()).toBe(at("other.test/landing?ref=theirs&partner=demo42"));
  });

  test.each([
    ["a host that is not listed", "blog.test/landing"],
    ["a subdomain that is not listed", "www.other.test/landing"],
    ["a host that ends like a listed one", "notother.test/landing"],
    ["a host that begins like a listed one", "other.test.evil.test/landing"],
  ])("AL-s5 %s gets no code", async (_, href) => {
    await visit(link(href));
    expect(await follow()).toBe(at(href));
  });

  test("AL-s5 a host that is not listed gets no code, though a listed one stands before it as a user's name", async () => {
    const url = at("blog.test/landing").replace("blog.test", "other.test@blog.test");
    await visit(`<a href="${url}">go</a>`);
    expect(await follow()).toBe(url);
  });

  test.each([
    ["whole", () => link(`${SHOP}/landing?a=1`)],
    ["relative", () => '<a href="landing?a=1">go</a>'],
  ])("AL-s5 a link within the shop gets no code, though the shop is listed: %s", async (_, main) => {
    await visit(main(), { attributes: `data-domains="${SHOP}, other.test"` });
    expect(await follow()).toBe(shop("/landing?a=1"));
  });

  test.each([
    ["mailto:", 'href="mailto:kim@other.test"'],
    ["tel:", 'href="tel:+1555"'],
    ["javascript:", 'href="javascript:void(document.title=7)"'],
    ["a fragment", 'href="#top"'],
    ["a URL that is none", 'href="http://[/" onclick="event.preventDefault()"'],
    ["nowhere", ""],
  ])("AL-s5 what leads to no host stays as it is: %s", async (_, attributes) => {
    await visit(`<a ${attributes}>go</a>`);
    const before = await outerHtml("a");
    await page.click("a");
    expect(await outerHtml("a")).toBe(before);
    expect(await requests()).toEqual([]);
  });

  test("AL-s5 stands as the merchant wrote it until it is clicked", async () => {
    const written = `<a href="//other.test:${recorder.port}/landing?a=1" onclick="event.preventDefault()">go</a>`;
    await visit(written);
    await page.hover("a");
    await page.focus("a");
    await page.mouse.down();
    expect(await outerHtml("a")).toBe(written);
    await page.mouse.up();
    expect(await page.getAttribute("a", "href")).toBe(at("other.test/landing?a=1&ref=demo42"));
    await page.click("a");
    expect(await page.getAttribute("a", "href")).toBe(at("other.test/landing?a=1&ref=demo42"));
    expect(await requests()).toEqual([]);
  });

  test.each(["", "other.test,", "other.test\n", ","])(
    "AL-s5 an empty entry of data-domains is no host: %j",
    async (list) => {
      await visit('<a href="mailto:kim@other.test">go</a>', { attributes: `data-domains="${list}"` });
      await page.click("a");
      expect(await page.getAttribute("a", "href")).toBe("mailto:kim@other.test");
    },
  );
});

describe("whatever the link and the click are like", () => {
  const HREF = 'href="http://other.test/landing"';

  test.each([
    ["a text in it", "#here", `<a ${HREF}><b>now <span id="here">go</span></b></a>`],
    ["an image in it", "img", `<a ${HREF}><img src="data:," width="9" height="9"></a>`],
    ["a drawing in it", "rect", `<a ${HREF}><svg width="9" height="9"><rect width="9" height="9"/></svg></a>`],
    ["a shadow root in it", "b", `<a ${HREF}><span><template shadowrootmode="open"><b>go</b></template></span></a>`],
    ["in a shadow root", "a", `<p><template shadowrootmode="open"><a ${HREF}>go</a></template></p>`],
    [
      "an area of an image",
      "img",
      `<img src="data:," usemap="#m" width="9" height="9"><map name="m"><area shape="default" ${HREF}></map>`,
    ],
    ["the page stops the event", "a", `<a ${HREF} onclick="event.stopPropagation()">go</a>`],
  ])("AL-s5 a link arrives with the code: %s", async (_, target, main) => {
    await visit(main.replace("other.test/", `other.test:${recorder.port}/`));
    expect(await follow(() => page.click(target))).toBe(at("other.test/landing?ref=demo42"));
  });

  test.each<[string, () => Promise<unknown>]>([
    ["the Enter key", () => page.press("a", "Enter")],
    ["click()", () => page.evaluate("document.querySelector('a').click()")],
  ])("AL-s5 a link arrives with the code when followed by %s", async (_, act) => {
    await visit(link("other.test/landing"));
    expect(await follow(act)).toBe(at("other.test/landing?ref=demo42"));
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ["target=_blank", 'target="_blank"', () => page.click("a")],
    ["the middle button", "", () => page.click("a", { button: "middle" })],
    ["the Control key", "", () => page.click("a", { modifiers: ["Control"] })],
  ])("AL-s5 a link arrives with the code in a new tab: %s", async (_, attributes, act) => {
    await visit(link("other.test/landing", attributes));
    const before = recorder.requests.length;
    await act();
    // Playwright does not notice every tab of a headless shell (its issue 42142): the server does.
    const arrivals = () => recorder.requests.slice(before).map(({ host, path, query }) => host + path + query);
    await expect.poll(arrivals).toEqual(["other.test/landing?ref=demo42"]);
    expect(page.url()).toBe(shop("/"));
  });

  test("AL-s5 a link that was inserted later arrives with the code", async () => {
    await visit();
    await page.evaluate(`document.body.innerHTML = ${JSON.stringify(link("other.test/landing"))}`);
    expect(await follow()).toBe(at("other.test/landing?ref=demo42"));
  });

  test("AL-s5 the page's own handler sees the code, and may keep the visitor here", async () => {
    await visit(link("other.test/landing", 'onclick="event.preventDefault(); window.seen = this.href"'));
    await page.click("a");
    expect(await page.evaluate("seen")).toBe(at("other.test/landing?ref=demo42"));
    expect(await requests()).toEqual([]);
    expect(page.url()).toBe(shop("/"));
  });

  test("AL-s5 a click on no link does nothing", async () => {
    await visit("<p>text</p>");
    await page.click("p");
    await page.evaluate(
      "document.dispatchEvent(new Event('click')); document.body.dispatchEvent(new Event('auxclick'))",
    );
    expect(await requests()).toEqual([]);
  });
});

describe("which code a link gets", () => {
  test.each([
    ["no code while there is none", { ref: null }],
    ["no code before consent", { attributes: `${DOMAINS} data-consent="wait"` }],
  ])("AL-s5 %s", async (_, visitor) => {
    await visit(link("other.test/landing"), visitor);
    expect(await follow()).toBe(at("other.test/landing"));
  });

  test("AL-s5 the visitor's code after consent", async () => {
    await visit(link("other.test/landing"), { attributes: `${DOMAINS} data-consent="wait"` });
    await page.evaluate("AgentLinks.consent()");
    expect(await follow()).toBe(at("other.test/landing?ref=demo42"));
  });

  test("AL-s5 the code of a landing within the page, unless it was clicked before", async () => {
    const stay = 'onclick="event.preventDefault()"';
    await visit(link("other.test/landing", `id="early" ${stay}`) + link("other.test/landing", `id="late" ${stay}`));
    await page.click("#early");
    await landWithin("/?ref=new");
    await page.click("#early");
    await page.click("#late");
    expect(await page.getAttribute("#early", "href")).toBe(at("other.test/landing?ref=demo42"));
    expect(await page.getAttribute("#late", "href")).toBe(at("other.test/landing?ref=new"));
    expect(await requests()).toEqual([links("/api/track/click")]);
  });
});

describe("Stripe's payment links", () => {
  test.each([
    ["/abc", "/abc?client_reference_id=al-demo42"],
    [
      "/abc?locale=de&prefilled_email=kim%40example.com",
      "/abc?locale=de&prefilled_email=kim%40example.com&client_reference_id=al-demo42",
    ],
    ["/abc?utm_source=a+b#top", "/abc?utm_source=a+b&client_reference_id=al-demo42#top"],
    [
      "/abc?client_reference_id=order_1&prefilled_email=kim%40example.com",
      "/abc?client_reference_id=order_1&prefilled_email=kim%40example.com",
    ],
    ["/abc?client_reference_id=", "/abc?client_reference_id="],
    ["/abc?ref=theirs", "/abc?ref=theirs&client_reference_id=al-demo42"],
  ])("AL-s5 %s arrives as %s", async (path, expected) => {
    await visit(stripeLink(path));
    expect(await followToStripe()).toBe(`https://buy.stripe.com${expected}`);
  });

  test.each([
    ["without data-domains", ""],
    ["with buy.stripe.com in data-domains", 'data-domains="buy.stripe.com"'],
    ["with another name in data-params", 'data-params="partner"'],
  ])("AL-s5 they get client_reference_id and nothing else: %s", async (_, attributes) => {
    await visit(stripeLink("/abc"), { attributes });
    expect(await followToStripe()).toBe("https://buy.stripe.com/abc?client_reference_id=al-demo42");
  });

  test.each(["docs.stripe.com", "stripe.com", "notbuy.stripe.com", "buy.stripe.com.evil.test"])(
    "AL-s5 %s is not their host",
    async (host) => {
      await visit(stripeLink("/abc").replace("buy.stripe.com", host));
      expect(await followToStripe()).toBe(`https://${host}/abc`);
    },
  );

  test("AL-s5 without a code they stay as they are", async () => {
    await visit(stripeLink("/abc"), { ref: null });
    expect(await followToStripe()).toBe("https://buy.stripe.com/abc");
  });

  test("AL-s5 every character of a code, and as many as it may have, are within Stripe's rule", async () => {
    await land(`/?ref=${ALPHABET}`);
    expect(await page.evaluate("AgentLinks.getRef('stripe')")).toBe(`al-${ALPHABET}`);
    expect(`al-${ALPHABET}`).toMatch(STRIPE_REFERENCE);

    await visit(stripeLink("/abc"), { ref: null });
    expect(await followToStripe()).toBe(`https://buy.stripe.com/abc?client_reference_id=al-${ALPHABET}`);
  });

  test.each([
    ["a code", {}, ["demo42", "al-demo42"]],
    ["no code", { ref: null }, [null, null]],
    ["a code, before consent", { attributes: 'data-consent="wait"' }, [null, null]],
  ])("AL-s5 getRef() and getRef('stripe') for a visitor with %s", async (_, visitor, expected) => {
    await visit("", visitor);
    expect(await page.evaluate("[AgentLinks.getRef(), AgentLinks.getRef('stripe')]")).toEqual(expected);
  });
});

describe.each(STRIPE_ELEMENTS)("<%s>", (name) => {
  const element = (attributes = "") => `<${name}${attributes}></${name}>`;

  test.each([
    ["standing before the script", (script: string) => element() + script],
    ["standing after the script", (script: string) => script + element()],
    ["standing deep in the page", (script: string) => `${script}<main><p>${element()}</p></main>`],
  ])("AL-s5 gets the code, %s", async (_, main) => {
    await visit(main(tag()), { head: STRIPE_SCRIPT });
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
    expect(await requests()).toEqual([]);
  });

  test.each([
    ["innerHTML", `document.body.innerHTML = "${element()}"`],
    ["appendChild", `document.body.appendChild(document.createElement("${name}"))`],
    [
      "a subtree",
      `const main = document.createElement("main"); main.innerHTML = "<p>${element()}</p>"; document.body.append(main)`,
    ],
    [
      "replaceChildren",
      `document.body.replaceChildren(document.createElement("p"), document.createElement("${name}"))`,
    ],
    [
      "innerHTML twice",
      `document.body.innerHTML = "${element()}"; await null; document.body.innerHTML = "${element()}"`,
    ],
  ])("AL-s5 gets the code, inserted by %s", async (_, insert) => {
    await visit("<p>text</p>", { head: STRIPE_SCRIPT + tag() });
    await page.evaluate(`(async () => { ${insert} })()`);
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
    expect(await requests()).toEqual([]);
  });

  test("AL-s5 gets the code before Stripe's script has loaded", async () => {
    await visit(element());
    await expect.poll(() => page.getAttribute(name, "client-reference-id")).toBe("al-demo42");
    await page.addScriptTag({ content: STRIPE_CODE });
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
  });

  test("AL-s5 keeps a reference of its own", async () => {
    const own = element(' client-reference-id="order_1"');
    await visit(own, { head: STRIPE_SCRIPT + tag() });
    await page.evaluate(`document.body.insertAdjacentHTML("beforeend", ${JSON.stringify(own)})`);
    expect(await references()).toEqual([
      ["order_1", "order_1"],
      ["order_1", "order_1"],
    ]);
  });

  test("AL-s5 has no reference while there is no code, and gets it with the code", async () => {
    await visit(element(), { head: STRIPE_SCRIPT + tag(), ref: null });
    await page.evaluate("document.body.append('text')");
    expect(await references()).toEqual([[null, null]]);
    await landWithin("/?ref=new");
    await expect.poll(references).toEqual([["al-new", "al-new"]]);
    expect(await requests()).toEqual([links("/api/track/click")]);
  });

  test("AL-s5 changes to the code of a later landing, as soon as that is known, and not before", async () => {
    await withEarlierCode("demo42", 5);
    const release = recorder.hold();
    await open("/?ref=new", { head: STRIPE_SCRIPT + tag(), main: element() });
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
    release();
    await expect.poll(references).toEqual([["al-new", "al-new"]]);
  });

  test("AL-s5 is written to once: what does not change is not written again", async () => {
    await visit(element(), { head: STRIPE_SCRIPT + tag() });
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
    const written = await page.evaluate(`new Promise((resolve) => {
      const element = document.querySelector("${name}");
      let written = 0;
      element.setAttribute = () => written++;
      setTimeout(() => resolve(written), 350);
    })`);
    expect(written).toBe(0);
  });

  test("AL-s5 has none before consent, and the code after it", async () => {
    await visit(element(), { head: STRIPE_SCRIPT + tag('data-consent="wait"') });
    await page.evaluate("document.body.append('text')");
    expect(await references()).toEqual([[null, null]]);
    await page.evaluate("AgentLinks.consent()");
    await expect.poll(references).toEqual([["al-demo42", "al-demo42"]]);
  });
});

test("AL-s5 a thousand changes of a page without Stripe's elements read no cookie", async () => {
  await page.addInitScript(COUNT_COOKIE_READS);
  await visit(link("other.test/landing"));
  expect(await page.evaluate("cookieReads")).toBeGreaterThan(0);
  const counts = await page.evaluate(`(async () => {
    let changes = 0;
    new MutationObserver(() => changes++).observe(document, { childList: true, subtree: true });
    cookieReads = 0;
    for (let i = 0; i < 1000; i++) {
      document.body.append(document.createElement("p"));
      await null;
    }
    return { changes, cookieReads };
  })()`);
  expect(counts).toEqual({ changes: 1000, cookieReads: 0 });
});

/** In the page, before anything else: counts how often anybody reads the cookies. */
const COUNT_COOKIE_READS = `
  window.cookieReads = 0;
  const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(Document.prototype, "cookie", { get() { cookieReads++; return get.call(this); }, set });`;

/** Stripe's elements as far as they matter here: they read the attribute when they appear and when it changes. */
const STRIPE_CODE = `
  for (const name of ${JSON.stringify(STRIPE_ELEMENTS)}) {
    customElements.define(name, class extends HTMLElement {
      static observedAttributes = ["client-reference-id"];
      connectedCallback() { this.read = this.getAttribute("client-reference-id"); }
      attributeChangedCallback(_, __, value) { this.read = value; }
    });
  }`;
const STRIPE_SCRIPT = `<script>${STRIPE_CODE}</script>`;

interface Visitor {
  /** The code that the visitor has; null for none, or what the test has given before. */
  readonly ref?: string | null;
  readonly attributes?: string;
  readonly head?: string;
}

/** Opens a page of the shop's, which is complete when this resolves: from here on `asked` counts. */
async function visit(
  main = "",
  { ref = "demo42", attributes = DOMAINS, head = tag(attributes) }: Visitor = {},
): Promise<void> {
  if (ref) await withEarlierCode(ref, 5);
  await open("/", { head, main });
  asked = [];
}

/** The URL of a host and path, on the recorder's port. */
function at(hostAndPath: string): string {
  return `http://${hostAndPath.replace("/", `:${recorder.port}/`)}`;
}

function link(hostAndPath: string, attributes = ""): string {
  return `<a href="${at(hostAndPath)}" ${attributes}>go</a>`;
}

function stripeLink(path: string): string {
  return `<a href="https://buy.stripe.com${path}">pay</a>`;
}

/** Follows the link and answers the URL that the visitor comes to, the only one that anybody has been asked for. */
async function follow(act: () => Promise<unknown> = () => page.click("a")): Promise<string> {
  recorder.servePage("/landing", "<title>landing</title>");
  await Promise.all([page.waitForURL(({ href }) => href !== shop("/")), act()]);
  expect(asked).toEqual([page.url().replace(/#.*/, "")]);
  return page.url();
}

/** The same for links to hosts that are not ours: they are answered here. */
async function followToStripe(): Promise<string> {
  await context.route(/^https:/, (route) => route.fulfill({ contentType: "text/html", body: "<title>pay</title>" }));
  return follow();
}

/** Comes to a URL with a code without leaving the page. */
async function landWithin(path: string): Promise<void> {
  await Promise.all([answered(), page.evaluate(`history.pushState(null, "", "${path}")`)]);
  await expect.poll(code).toBe(new URL(path, shop("/")).searchParams.get("ref"));
}

/** What servers have been asked for, all of it. */
async function requests(): Promise<readonly string[]> {
  await settle();
  return asked.filter((url) => url.startsWith("http") && url !== links("/sentinel"));
}

function outerHtml(selector: string): Promise<string> {
  return page.evaluate(`document.querySelector("${selector}").outerHTML`);
}

/** Of each of Stripe's elements, the attribute and what the element has read of it. */
function references(): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll("${STRIPE_ELEMENTS.join()}")]
    .map((element) => [element.getAttribute("client-reference-id"), element.read])`);
}
