import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { launchBrowser, newVisitor } from "../support/browser.ts";
import { type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { inDays, isClick } from "../support/shop.ts";

/** First-party mode with a real browser and the built product; the recipes for proxies have tests of their own. */

const SHOP = "http://shop.localhost";
const DAY_S = 86_400;

/** A call of the script's as it arrived, and what was answered. */
interface Call {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  readonly setCookie: readonly string[];
  readonly answer: unknown;
}

let browser: Browser;
let folder: string;
let door: NodeDoor;
let context: BrowserContext;
let page: Page;
/** The page at `/` of every host. */
let html: string;
let calls: Call[];
let thrown: string[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agentlinks-first-party-"));
  [browser, door] = await Promise.all([launchBrowser(), startNodeDoor(folder)]);
});

afterAll(async () => {
  await browser.close();
  expect(await door.stop("SIGTERM")).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  calls = [];
  thrown = [];
  // As the browser's proxy, one server is every host there is: a page may have any name.
  context = await newVisitor(browser, { proxy: { server: await startHosts() } });
  context.on("weberror", (error) => thrown.push(error.error().message));
  await serveHttps();
  page = await context.newPage();
});

afterEach(async () => {
  await context.close();
  expect(thrown).toEqual([]);
});

describe.each([
  ["that writes cookies itself", false],
  ["that may not write cookies, so that the server must have", true],
])("on a page %s", (_, isReadOnly) => {
  // A dot at the front is how browsers tell a whole domain from a host alone.
  test.each([
    ["http://shop.localhost", ".shop.localhost"],
    ["http://www.shop.localhost", ".shop.localhost"],
    ["http://localhost", "localhost"],
    ["http://10.1.2.3", "10.1.2.3"],
    ["http://www.shop.co.uk", ".shop.co.uk"],
    ["https://www.shop.co.uk", ".shop.co.uk"],
    ["https://a.b.shop.vercel.app", ".shop.vercel.app"],
    ["https://vercel.app", "vercel.app"],
  ])("AL-s4 the answer to a click on %s sets one cookie for 60 days, on %s", async (origin, domain) => {
    if (isReadOnly) await page.addInitScript(READ_ONLY);
    await land(`${origin}/?ref=demo42`);
    const isSecure = origin.startsWith("https:");
    const scope = [
      `Max-Age=${60 * DAY_S}`,
      domain.startsWith(".") && `Domain=${domain.slice(1)}`,
      "Path=/",
      isSecure && "Secure",
      "SameSite=Lax",
    ];
    expect(calls).toMatchObject([
      {
        url: `${origin}/_al/api/track/click`,
        body: { ref: "demo42", app_id: door.dev().demo.appId, cookie: { days: 60 } },
        setCookie: [["agentlinks_ref=demo42", ...scope.filter(Boolean)].join("; ")],
        answer: { tracked: true },
      },
    ]);
    expect(await context.cookies()).toEqual([
      {
        name: "agentlinks_ref",
        value: "demo42",
        domain,
        path: "/",
        expires: inDays(60),
        httpOnly: false,
        secure: isSecure,
        sameSite: "Lax",
      },
    ]);
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });
});

describe("what the click says", () => {
  test("AL-s4 it is the page's own, and tells nothing of where the visitor is", async () => {
    await land(`${SHOP}/?ref=demo42&private=1`);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.headers).toMatchObject({
      origin: SHOP,
      host: "shop.localhost",
      "sec-fetch-site": "same-origin",
      "content-type": "text/plain;charset=UTF-8",
    });
    expect(calls[0]?.headers).not.toHaveProperty("referer");
  });

  test.each([
    ["", "/agentlinks.js"],
    ["/_al", "/_al/agentlinks.js"],
    ["/a/b/c", "/a/b/c/agentlinks.js"],
  ])("AL-s4 below the prefix %j it goes to the directory of the script", async (prefix, src) => {
    await land(`${SHOP}/?ref=demo42`, { src });
    expect(calls).toMatchObject([{ url: `${SHOP}${prefix}/api/track/click`, setCookie: [expect.any(String)] }]);
  });

  test("AL-s4 below four segments there is no script", async () => {
    const script = page.waitForResponse(`${SHOP}/a/b/c/d/agentlinks.js`);
    await open(`${SHOP}/?ref=demo42`, { src: "/a/b/c/d/agentlinks.js" });
    expect((await script).status()).toBe(404);
    expect(await page.evaluate("typeof AgentLinks")).toBe("undefined");
    expect(await context.cookies()).toEqual([]);
  });
});

describe("an earlier code", () => {
  test("AL-s4 gives way to a live one by the answer alone: the script writes nothing", async () => {
    await withEarlierCode();
    await page.addInitScript(RECORD_WRITES);
    await land(`${SHOP}/?ref=demo42`);
    expect(calls).toMatchObject([{ setCookie: [expect.stringContaining("agentlinks_ref=demo42;")] }]);
    expect(await context.cookies()).toMatchObject([
      { value: "demo42", domain: ".shop.localhost", expires: inDays(60), httpOnly: false },
    ]);
    expect(await page.evaluate("written")).toEqual([]);
  });

  test.each([
    ["a later code that nobody has", "nobody", "", { days: 60 }, false],
    ['data-attribution="first"', "demo42", 'data-attribution="first"', null, true],
  ])("AL-s4 stays as it is: %s", async (_, ref, attributes, cookie, tracked) => {
    await withEarlierCode();
    const before = await context.cookies();
    await land(`${SHOP}/?ref=${ref}`, { attributes });
    expect(calls).toMatchObject([{ body: { ref, cookie }, setCookie: [], answer: { tracked } }]);
    expect(await context.cookies()).toEqual(before);
  });

  test("AL-s4 is not left beside the new one, on another level of the domain", async () => {
    await withEarlierCode("shop.localhost");
    await land(`${SHOP}/?ref=demo42`);
    expect(calls).toMatchObject([{ setCookie: [expect.stringContaining("Domain=shop.localhost;")] }]);
    expect(await context.cookies()).toMatchObject([{ value: "demo42", domain: ".shop.localhost" }]);
  });

  test("AL-s4 there was none, and nobody has the new one: no cookie is left", async () => {
    await land(`${SHOP}/?ref=nobody`);
    expect(calls).toMatchObject([{ body: { ref: "nobody" }, setCookie: [], answer: { tracked: false } }]);
    expect(await context.cookies()).toEqual([]);
  });
});

describe("the attributes of the tag", () => {
  test.each([
    ['data-cookie-days="7"', 7, "shop.localhost"],
    // A browser would also keep half a day, so what stays is the answer's: the script has not written after it.
    ['data-cookie-days="0.5"', 1, "shop.localhost"],
    ['data-cookie-domain="www.shop.localhost"', 60, "www.shop.localhost"],
    ['data-cookie-domain=".Shop.localhost" data-cookie-days="30"', 30, "shop.localhost"],
  ])("AL-s4 %s: the answer's cookie has %d days and the domain %s", async (attributes, days, domain) => {
    await land("http://www.shop.localhost/?ref=demo42", { attributes });
    const scope = `Max-Age=${days * DAY_S}; Domain=${domain}; Path=/; SameSite=Lax`;
    expect(calls).toMatchObject([{ setCookie: [`agentlinks_ref=demo42; ${scope}`] }]);
    expect(await context.cookies()).toMatchObject([{ value: "demo42", domain: `.${domain}`, expires: inDays(days) }]);
  });

  test.each(["elsewhere.test", "localhost"])(
    'AL-s4 data-cookie-domain="%s", which the page may not name: the script alone sets the cookie',
    async (domain) => {
      await land(`${SHOP}/?ref=demo42`, { attributes: `data-cookie-domain="${domain}"` });
      expect(calls).toMatchObject([{ body: { cookie: { domain } }, setCookie: [] }]);
      expect(await context.cookies()).toMatchObject([{ value: "demo42", domain: ".shop.localhost" }]);
    },
  );
});

test.each([
  ["cross-site", "links.localhost"],
  ["same-site", "links.shop.localhost"],
])("AL-s4 from another host, %s: no cookie goes there or comes from there", async (site, host) => {
  const session = { name: "session", value: "secret", domain: host, path: "/" };
  await context.addCookies([{ ...session, sameSite: "None", secure: true }]);
  await land(`${SHOP}/?ref=demo42`, { src: `http://${host}/agentlinks.js` });
  expect(calls).toMatchObject([{ url: `http://${host}/api/track/click`, setCookie: [], answer: { tracked: true } }]);
  expect(calls[0]?.headers).toMatchObject({ origin: SHOP, "sec-fetch-site": site });
  expect(calls[0]?.headers).not.toHaveProperty("cookie");
  const cookies = await context.cookies();
  expect(new Map(cookies.map(({ name, domain }) => [name, domain]))).toEqual(
    new Map([
      ["session", host],
      ["agentlinks_ref", ".shop.localhost"],
    ]),
  );
  expect(cookies).toHaveLength(2);
});

interface Tag {
  readonly src?: string;
  readonly attributes?: string;
}

/** Opens a page whose URL carries a code: resolves when its click is answered and the script has acted on that. */
async function land(url: string, tag: Tag = {}): Promise<void> {
  await Promise.all([context.waitForEvent("requestfinished", isClick), open(url, tag)]);
  await page.evaluate("fetch('/').then(() => null)");
}

async function open(url: string, { src = "/_al/agentlinks.js", attributes = "" }: Tag): Promise<void> {
  const script = `<script src="${src}" data-app-id="${door.dev().demo.appId}" ${attributes}></script>`;
  html = `<!doctype html><title>Shop</title>${script}`;
  await page.goto(url);
}

async function withEarlierCode(domain = ".shop.localhost"): Promise<void> {
  const expires = Date.now() / 1000 + 5 * DAY_S;
  await context.addCookies([{ name: "agentlinks_ref", value: "earlier", domain, path: "/", sameSite: "Lax", expires }]);
}

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What any host answers: its page at `/`; all else comes from the links host, which gets path and headers as they are. */
async function answerTo(asked: Asked): Promise<Answer> {
  const { pathname } = new URL(asked.url);
  if (pathname === "/") return { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from(html) };
  const answer = await fromLinks(pathname, asked);
  if (pathname.includes("/api/track/")) {
    const { url, headers, body } = asked;
    const setCookie = answer.headers["set-cookie"] ?? [];
    calls.push({ url, headers, body: jsonIn(body), setCookie, answer: jsonIn(answer.body) });
  }
  return answer;
}

/** `fetch` would choose some headers itself. */
function fromLinks(path: string, { method, headers, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(door.url, { path, method, headers }, (incoming) => {
      const { statusCode: status = 0 } = incoming;
      bodyOf(incoming).then((text) => resolve({ status, headers: incoming.headers, body: text }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

function jsonIn(body: Buffer): unknown {
  return JSON.parse(body.toString());
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await message.toArray());
}

/** Every host over http, as a proxy that the browser is told of; answers its URL. */
async function startHosts(): Promise<string> {
  const server = createServer((incoming, response) => {
    const { url = "", method = "", headers } = incoming;
    bodyOf(incoming)
      .then((body) => answerTo({ url, method, headers, body }))
      .then((answer) => response.writeHead(answer.status, answer.headers).end(answer.body))
      // A visitor may leave in the middle of a request.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the hosts have no port");
  return `http://127.0.0.1:${address.port}`;
}

/** Every host over https. The browser adds its `Sec-Fetch-…` behind this point: the server goes by `Host`. */
async function serveHttps(): Promise<void> {
  await context.route(/^https:/, async (route) => {
    const asked = route.request();
    const url = asked.url();
    const headers = { ...asked.headers(), host: new URL(url).host };
    const body = asked.postDataBuffer() ?? Buffer.alloc(0);
    const answer = await answerTo({ url, method: asked.method(), headers, body });
    const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
    await route.fulfill({ ...answer, headers: Object.fromEntries(given) });
  });
}

/** In the page, before anything else: what would be written to `document.cookie` is lost. */
const READ_ONLY = `{
  const { get } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(document, "cookie", { get, set() {} });
}`;

/** The same, but noted and written. */
const RECORD_WRITES = `{
  window.written = [];
  const { get, set } = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  Object.defineProperty(document, "cookie", { get, set(text) { written.push(text); set.call(this, text); } });
}`;
