import { beforeEach, describe, expect, test } from "vitest";
import { withoutPrefix } from "../../worker/routes/first-party-path.ts";
import { answered, refused } from "../support/answers.ts";
import { statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const TRACKED = answered(202, { tracked: true });
const DAY_S = 86_400;

type Headers = Readonly<Record<string, string | undefined>>;

let world: World;
let app: TestApp;
let logged: Readonly<Record<string, unknown>>[];
let request: World["request"];

beforeEach(async () => {
  logged = [];
  world = await createWorld({ page: "/demo", log: (entry) => void logged.push(entry) });
  app = await world.newApp();
  logged = [];
  ({ request } = world);
});

describe("under a prefix", () => {
  const ASKS: readonly (readonly [string, string, (ref: string) => RequestInit])[] = [
    ["the script", "/agentlinks.js", () => ({})],
    ["the script with a query", "/agentlinks.js?v=/api/v1/app", () => ({})],
    ["its headers", "/agentlinks.js", () => ({ method: "HEAD" })],
    ["the script, compressed", "/agentlinks.js", () => ({ headers: { "Accept-Encoding": "br" } })],
    ["the script to who has it", "/agentlinks.js", () => ({ headers: { "If-None-Match": etag } })],
    ["another method on it", "/agentlinks.js", () => ({ method: "POST" })],
    ["the element", "/referrals.js", () => ({ headers: { "Accept-Encoding": "br" } })],
    ...["referrals/code", "referrals/stats", "referrals/history?limit=11&offset=0", "credits?limit=1"].map(
      (call) => ["a call of the element", `/api/v1/${call}`, () => ({})] as const,
    ),
    ["a call of the element that posts", "/api/v1/referrals/send-bulk", () => ({ method: "POST", body: "{}" })],
    ["a click", "/api/track/click", (ref) => ({ method: "POST", body: JSON.stringify({ ref }) })],
    ["a signup", "/api/track/signup", (ref) => ({ method: "POST", body: JSON.stringify({ ref, user_id: "u" }) })],
    ["a body that is no JSON", "/api/track/click", () => ({ method: "POST", body: "{" })],
    ["an unknown code", "/api/track/signup", () => ({ method: "POST", body: '{"ref":"nobody","user_id":"u"}' })],
    ["a preflight", "/api/track/click", () => ({ method: "OPTIONS", headers: { Origin: "https://a.example.test" } })],
    ["another method on a call", "/api/track/click", () => ({ method: "GET" })],
    ["an unknown call", "/api/track/clicks", () => ({ method: "POST" })],
    ["a call with more behind it", "/api/track/click/x", () => ({ method: "POST" })],
    ["a call with a slash behind it", "/api/track/click/", () => ({ method: "POST" })],
    ["the script with a slash behind it", "/agentlinks.js/", () => ({})],
  ];
  let etag: string;

  test.each([
    ["one segment", "/_al"],
    ["two", "/a/b"],
    ["three", "/a/b/c"],
    ["our own word", "/api"],
    ["our own file", "/agentlinks.js"],
    ["escaped", "/%5Fal"],
    ["an escaped slash parts no segments", "/a%2Fb%2Fc%2Fd/e/f"],
    ["no escape at all", "/100%"],
    ["whatever a path may hold", "/.well-known/~a;b=1/%F0%9F%98%80"],
    ["of any length", `/${"a".repeat(4_000)}`],
  ])("AL-s4 R-script of %s: all answers are those without it", async (_, prefix) => {
    etag = (await request("/agentlinks.js")).headers.get("ETag") ?? "";
    for (const [why, path, ask] of ASKS) {
      const plain = await seen(await request(path, ask(app.ref)));
      expect({ why, ...(await seen(await request(prefix + path, ask(app.ref)))) }).toEqual({ why, ...plain });
    }
  });

  test("AL-s4 R-script our own words may be the prefix: the last ones are meant", async () => {
    const called = await request("/api/track/api/track/click", { method: "POST", body: `{"ref":"${app.ref}"}` });
    expect(called.status).toBe(202);
    expect((await request("/api/track/agentlinks.js")).headers.get("Content-Type")).toMatch(/^text\/javascript/);
  });

  test.each([
    ["/a/b/c/d/agentlinks.js", "four segments"],
    ["/a/b/c/d/api/track/click", "four segments"],
    ["//agentlinks.js", "an empty segment"],
    ["//api/track/click", "an empty segment"],
    ["/_al//agentlinks.js", "an empty segment"],
    ["/_al//api/track/click", "an empty segment"],
    ["//_al/api/track/click", "an empty segment"],
    ["/_al/api//track/click", "an empty segment within"],
    ["/_al/api%2Ftrack/click", "an escaped slash is none"],
    ["/_al%2Fagentlinks.js", "an escaped slash is none"],
    ["/_al%2Fapi/track/click", "an escaped slash is none"],
    ["/_al/Api/Track/click", "another case"],
    ["/_al/agentlinks.js.map", "more than the file"],
    ["/_al/xagentlinks.js", "more than the file"],
    ["/_alagentlinks.js", "no segment of its own"],
    ["/_alapi/track/click", "no segment of its own"],
    ["/_al/api/trackx/click", "no segment of its own"],
    ["/_al/api/track", "no call"],
    ["/x?/api/track/click", "in the query"],
    ["/x/demo", "a page of this door"],
    ["/x/api/v1/app", "a route for keys"],
    ["/x/api/v1/apps", "a route for operators"],
    ["/x/api/v1/affiliates", "a route for keys"],
    ["/x/api/v1/tokens", "a route for keys"],
    ["/x/api/v1/referrals/redeem", "a route for keys"],
    ["/x/api/v1/credits/spend", "a route for keys"],
    ["/x/referrals", "a page"],
  ])("AL-s4 %s is no route: %s", async (path) => {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const response = await request(path, { method, headers: { Authorization: `Bearer ${world.operatorKey}` } });
      const answer = { status: response.status, body: await response.json(), headers: response.headers };
      expect({ method, ...answer }).toEqual({ method, ...refused(404, "not_found") });
      expect(response.headers.has("Access-Control-Allow-Origin")).toBe(false);
    }
  });

  test.each([
    ["the root", "/"],
    ["an own call", "/api/track/click"],
    ["an own file", "/agentlinks.js"],
    ["a route for keys", "/x/api/v1/app"],
    ["more than the file", "/_al/agentlinks.js.map"],
    ["something below the file", "/_al/agentlinks.js/x"],
    ["four segments", "/a/b/c/d/agentlinks.js"],
    ["four segments", "/a/b/c/d/api/track/click"],
    ["no path", "x/_al/agentlinks.js"],
  ])("AL-s4 a path with nothing to take away stays as it is: %s, %s", (_, path) => {
    expect(withoutPrefix(path)).toBe(path);
  });

  test("AL-s4 the routes of a door stay where they are, and the log names the same route", async () => {
    expect((await request("/demo")).status).toBe(200);
    await request("/shop/api/track/click", { method: "POST", body: JSON.stringify({ ref: app.ref }) });
    expect(logged.map(({ route, status }) => [route, status])).toEqual([
      ["/demo", 200],
      ["/api/track/click", 202],
    ]);
    expect(JSON.stringify(logged)).not.toContain("shop");
  });
});

describe("the cookie of a click", () => {
  const COOKIE = "Max-Age=5184000; Domain=example.test; Path=/; Secure; SameSite=Lax";

  test("AL-s4 comes with the answer, as the script writes it: readable by the page, and any page may read the answer", async () => {
    const answer = await click();
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toBe(`agentlinks_ref=${app.ref}; ${COOKIE}`);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
  });

  test("AL-s4 holds the code as the caller wrote it", async () => {
    const ref = app.ref.toUpperCase();
    expect(cookieOf(await click({ ref }))).toBe(`agentlinks_ref=${ref}; ${COOKIE}`);
  });

  test("AL-s4 is for visitors who are not counted too", async () => {
    await click();
    expect(cookieOf(await click())).toContain(`agentlinks_ref=${app.ref};`);
    expect(cookieOf(await click({}, { "User-Agent": "" }))).toContain(`agentlinks_ref=${app.ref};`);
  });

  test.each([
    ["the page's own call, at whatever host the proxy names", {}],
    ["… in any mode but one", { "Sec-Fetch-Mode": "same-origin" }],
    ["… in no mode", { "Sec-Fetch-Mode": undefined }],
    ["an old browser at the page's host", { "Sec-Fetch-Site": undefined, Host: "shop.example.test" }],
    ["… in another case", { "Sec-Fetch-Site": undefined, Host: "SHOP.Example.test" }],
    [
      "… on a port of its own",
      { "Sec-Fetch-Site": undefined, Origin: "https://shop.example.test:8443", Host: "shop.example.test:8443" },
    ],
    ["an origin in another case", { Origin: "HTTPS://SHOP.EXAMPLE.TEST" }],
  ])("AL-s4 is for %s", async (_, headers) => {
    const answer = await click({}, headers);
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toBe(`agentlinks_ref=${app.ref}; ${COOKIE}`);
  });

  test.each([
    ["another site", { "Sec-Fetch-Site": "cross-site" }],
    ["another site, even at the page's host", { "Sec-Fetch-Site": "cross-site", Host: "shop.example.test" }],
    ["another host of the site", { "Sec-Fetch-Site": "same-site" }],
    ["the visitor's own doing", { "Sec-Fetch-Site": "none" }],
    ["no word the browser knows", { "Sec-Fetch-Site": "same-origin, same-origin" }],
    ["an empty word", { "Sec-Fetch-Site": "", Host: "shop.example.test" }],
    ["an old browser at another host", { "Sec-Fetch-Site": undefined, Host: "links.example.test" }],
    ["… at another port", { "Sec-Fetch-Site": undefined, Host: "shop.example.test:8443" }],
    ["… at a host that ends the same", { "Sec-Fetch-Site": undefined, Host: "myshop.example.test" }],
    ["… at no host", { "Sec-Fetch-Site": undefined, Host: undefined }],
    ["a page that was opened by it", { "Sec-Fetch-Mode": "navigate" }],
    ["no page", { Origin: undefined }],
    ["no page, of an old browser", { Origin: undefined, "Sec-Fetch-Site": undefined, Host: "shop.example.test" }],
    ["a page without an address", { Origin: "null" }],
    ["an extension", { Origin: "chrome-extension://abcdefghijklmnop" }],
    ["a host without a scheme", { Origin: "shop.example.test" }],
    ["what is no address", { Origin: "https://shop example.test" }],
  ])("AL-s4 is not for %s: the click is tracked without it", async (_, headers) => {
    const answer = await click({}, headers);
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toBeNull();
    expect(await clicks()).toBe(1);
  });

  test.each([
    ["who does not ask", { cookie: undefined }],
    ["who asks for null", { cookie: null }],
  ])("AL-s4 AL20 is not for %s", async (_, body) => {
    const answer = await click(body);
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toBeNull();
  });

  test("AL-s4 is not for a code that is not live", async () => {
    const answer = await click({ ref: "nobody" });
    expect(answer).toEqual(answered(202, { tracked: false }));
    expect(cookieOf(answer)).toBeNull();
  });

  test("AL-s4 comes with no other call", async () => {
    const body = { ref: app.ref, user_id: "u1", cookie: {} };
    const headers = { Origin: "https://shop.example.test", "Sec-Fetch-Site": "same-origin" };
    expect(cookieOf(await world.call("/_al/api/track/signup", body, { headers }))).toBeNull();
  });

  test.each([
    ["https://shop.example.test", "Secure; "],
    ["http://shop.example.test", ""],
  ])("AL-s4 of %s is sent by https alone: %j", async (Origin, secure) => {
    expect(cookieOf(await click({}, { Origin }))).toBe(
      `agentlinks_ref=${app.ref}; Max-Age=5184000; Domain=example.test; Path=/; ${secure}SameSite=Lax`,
    );
  });

  const HOST_ONLY = "the host alone";
  const NONE = "no cookie";
  const LONG_LABELS = `${"a".repeat(60)}.`.repeat(4);

  test.each([
    ["the site, when nothing is asked", "https://shop.example.test", undefined, "example.test"],
    ["null is nothing", "https://shop.example.test", null, "example.test"],
    ["an empty attribute is nothing", "https://shop.example.test", "", "example.test"],
    ["a host that is the site", "https://example.test", undefined, "example.test"],
    ["a port belongs to no cookie", "https://a.b.example.test:8443", undefined, "example.test"],
    ["hosts have no case", "https://SHOP.Example.TEST", undefined, "example.test"],
    ["co.uk is a suffix", "https://shop.example.co.uk", undefined, "example.co.uk"],
    ["vercel.app is a suffix of many owners", "https://myshop.vercel.app", undefined, "myshop.vercel.app"],
    ["so is github.io", "https://docs.myshop.github.io", undefined, "myshop.github.io"],
    ["as the browser writes it", "https://shop.xn--bcher-kva.example", undefined, "xn--bcher-kva.example"],
    ["a suffix is nobody's site", "https://co.uk", undefined, HOST_ONLY],
    ["a suffix is nobody's site", "https://github.io", undefined, HOST_ONLY],
    ["a name without a site", "http://localhost:3000", undefined, HOST_ONLY],
    ["a name without a site", "http://intranet", undefined, HOST_ONLY],
    ["an address has no parents", "http://192.0.2.7:8080", undefined, HOST_ONLY],
    ["an address has no parents", "http://[2001:db8::7]:8080", undefined, HOST_ONLY],
    ["with a dot at its end it is below no example.test", "https://shop.example.test.", undefined, HOST_ONLY],
    ["a host that would end the attribute", "https://a;b.example.test", undefined, HOST_ONLY],
    ["a host that would end the header", "https://a,b.example.test", undefined, HOST_ONLY],

    ["a parent", "https://shop.example.test", "example.test", "example.test"],
    ["the host, with what is below it", "https://shop.example.test", "shop.example.test", "shop.example.test"],
    ["a parent between", "https://a.b.example.test", "b.example.test", "b.example.test"],
    ["a leading dot means nothing", "https://shop.example.test", ".example.test", "example.test"],
    ["hosts have no case", "https://shop.example.test", "EXAMPLE.Test", "example.test"],
    ["a parent above a suffix of two", "https://shop.example.co.uk", "example.co.uk", "example.co.uk"],
    ["a parent", "https://docs.myshop.github.io", "myshop.github.io", "myshop.github.io"],
    ["the host, which is nobody's site", "http://localhost:3000", "localhost", HOST_ONLY],
    ["the host, which is an address", "http://192.0.2.7:8080", "192.0.2.7", HOST_ONLY],
    ["the host, which is an address", "http://[2001:db8::7]", "[2001:db8::7]", HOST_ONLY],
    ["the host, which is a suffix", "https://vercel.app", "vercel.app", HOST_ONLY],
    ["the host, with its dot", "https://shop.example.test.", "shop.example.test.", HOST_ONLY],
    ["the host, and nothing of it is repeated", "https://a;b.example.test", "a;b.example.test", HOST_ONLY],

    ["another site", "https://shop.example.test", "other.test", NONE],
    ["a sister", "https://shop.example.test", "pay.example.test", NONE],
    ["a child", "https://shop.example.test", "my.shop.example.test", NONE],
    ["ends the same, within a label", "https://shop.example.test", "ample.test", NONE],
    ["ends the same, within a label", "https://shop.example.test", "op.example.test", NONE],
    ["a suffix", "https://shop.example.test", "test", NONE],
    ["a suffix", "https://shop.example.com", "com", NONE],
    ["a suffix", "https://shop.example.co.uk", "co.uk", NONE],
    ["above a suffix", "https://shop.example.co.uk", "uk", NONE],
    ["a suffix of many owners", "https://myshop.vercel.app", "vercel.app", NONE],
    ["a suffix of many owners", "https://myshop.github.io", "github.io", NONE],
    ["no suffix, but above one", "https://shop.s3.amazonaws.com", "amazonaws.com", NONE],
    ["above a host that is a suffix", "https://co.uk", "uk", NONE],
    ["another host", "http://localhost:3000", "example.test", NONE],
    ["a suffix", "http://app.localhost", "localhost", NONE],
    ["an address has no parents", "http://192.0.2.7", "2.7", NONE],
    ["an address has no parents", "http://192.0.2.7", "7", NONE],
    ["not as the host is written", "http://[2001:db8::7]", "2001:db8::7", NONE],
    ["a dot at the end is another name", "https://shop.example.test", "example.test.", NONE],
    ["a dot at the end is another name", "https://shop.example.test.", "example.test", NONE],
    ["browsers differ about it", "https://shop.example.test.", "example.test.", NONE],
    ["no name", "https://shop.example.test", ".", NONE],
    ["no name", "https://shop.example.test.", ".", NONE],
    ["two dots", "https://shop.example.test", "..example.test", NONE],
    ["a port", "https://shop.example.test", "shop.example.test:443", NONE],
    ["an address", "https://shop.example.test", "https://shop.example.test", NONE],
    ["a blank", "https://shop.example.test", " example.test", NONE],
    ["a pattern", "https://shop.example.test", "*.example.test", NONE],
    ["another attribute", "https://shop.example.test", "example.test; HttpOnly", NONE],
    ["another attribute", "https://shop.example.test", "x; HttpOnly", NONE],
    ["another cookie", "https://shop.example.test", "example.test, a=b; Domain=example.test", NONE],
    ["another header, escaped", "https://shop.example.test", "example.test%0d%0aSet-Cookie:a=b", NONE],
    ["a dot that is none", "https://shop.example.test", "example\uFF0Etest", NONE],
    ["not as the browser writes it", "https://shop.xn--bcher-kva.example", "bücher.example", NONE],
    ["255 characters", "https://shop.example.test", `${LONG_LABELS}example.test`, NONE],
    ["longer than a name may be", `https://${LONG_LABELS}example.test`, `${LONG_LABELS}example.test`, HOST_ONLY],
  ])("AL-s4 %s: %s, which asks for the domain %j, gets %s", async (_, Origin, domain, expected) => {
    const answer = await click({ cookie: { domain } }, { Origin });
    expect(answer).toEqual(TRACKED);
    const attributes = expected === HOST_ONLY ? "" : ` Domain=${expected};`;
    const secure = Origin.startsWith("https:") ? " Secure;" : "";
    expect(cookieOf(answer)).toBe(
      expected === NONE
        ? null
        : `agentlinks_ref=${app.ref}; Max-Age=5184000;${attributes} Path=/;${secure} SameSite=Lax`,
    );
  });

  test.each([
    ["as the script keeps it", undefined, 60 * DAY_S],
    ["how JSON writes what is no number", null, 60 * DAY_S],
    ["as asked", 30, 30 * DAY_S],
    ["part of a day", 1.5, 1.5 * DAY_S],
    ["the least", 1, DAY_S],
    ["the most a browser keeps", 400, 400 * DAY_S],
    ["more than the most", 401, 400 * DAY_S],
    ["far more", 1e300, 400 * DAY_S],
    ["less than the least", 0.5, DAY_S],
    ["would delete it", 0, DAY_S],
    ["would delete it", -7, DAY_S],
  ])("AL-s4 AL20 %s: of %s days, it lives for %d seconds", async (_, days, seconds) => {
    const answer = await click({ cookie: { days } });
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toContain(`; Max-Age=${seconds};`);
  });

  test("AL-s4 AL20 of a number beyond all numbers lives as long as any", async () => {
    const answer = await click(`{"ref":"${app.ref}","cookie":{"days":1e999}}`);
    expect(cookieOf(answer)).toContain(`; Max-Age=${400 * DAY_S};`);
  });
});

describe("a click's cookie is", () => {
  test.each([
    ["a text", "yes", "cookie"],
    ["a number", 60, "cookie"],
    ["true", true, "cookie"],
    ["a list", [], "cookie"],
    ["days as text", { days: "60" }, "cookie.days"],
    ["days as true", { days: true }, "cookie.days"],
    ["days as a list", { days: [60] }, "cookie.days"],
    ["a domain as a number", { domain: 5 }, "cookie.domain"],
    ["a domain as a list", { domain: ["example.test"] }, "cookie.domain"],
    ["a domain with a line break", { domain: "example.test\r\nSet-Cookie: a=b" }, "cookie.domain"],
    ["a domain with a NUL", { domain: "example.test\0" }, "cookie.domain"],
    ["a domain of 300 characters", { domain: "a".repeat(300) }, "cookie.domain"],
  ])("AL20 refused as %s", async (_, cookie, path) => {
    const answer = await click({ cookie });
    expect(answer).toEqual(refused(400, "invalid_request", [path]));
    expect(cookieOf(answer)).toBeNull();
    expect(await clicks()).toBe(0);
  });

  test("AL20 taken from a backend, which has no use for it", async () => {
    const answer = await click({ cookie: { domain: "example.test", days: 30 } }, { Origin: undefined });
    expect(answer).toEqual(TRACKED);
    expect(cookieOf(answer)).toBeNull();
  });

  test("AL20 taken with fields it does not know", async () => {
    expect(cookieOf(await click({ cookie: { path: "/x", httpOnly: true } }))).toMatch(/; Path=\/; Secure; SameSite/);
  });
});

describe("behind the merchant's own proxy", () => {
  test.each([
    ["two visitors", 2, "198.51.100.1", "198.51.100.2"],
    ["one visitor", 1, "198.51.100.1", "198.51.100.1"],
    ["a port is no part of an address", 1, "198.51.100.1:4711", "198.51.100.1:4712"],
    ["two, each with a port", 2, "198.51.100.1:4711", "198.51.100.2:4711"],
    ["the first is the visitor, the others proxies", 1, "198.51.100.1, 203.0.113.1", "198.51.100.1,203.0.113.2"],
    ["two behind one more proxy", 2, "198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1"],
    ["blanks mean nothing", 1, " 198.51.100.1 ,203.0.113.1", "198.51.100.1"],
    ["two visitors by IPv6", 2, "2001:db8::1", "2001:db8::2"],
    ["one, in another case", 1, "2001:db8::a", "2001:DB8::A"],
    ["one, in brackets with a port", 1, "[2001:db8::1]:4711", "2001:db8::1"],
    ["one, in brackets", 1, "[2001:db8::1]", "2001:db8::1"],
    ["two, in brackets", 2, "[2001:db8::1]:4711", "[2001:db8::2]:4711"],
    ["IPv4 as a proxy on both writes it", 2, "::ffff:198.51.100.1", "::ffff:198.51.100.2"],

    ["names are no addresses", 1, "unknown", "_hidden"],
    ["nothing first", 1, "", ",198.51.100.1"],
    ["only the first is the visitor", 1, "unknown, 198.51.100.1", "unknown, 198.51.100.2"],
    ["no numbers of an address", 1, "198.51.100.256", "198.51.100.257"],
    ["too short", 1, "198.51.100", "198.51.101"],
    ["too long", 1, "198.51.100.1.1", "198.51.100.1.2"],
    ["more than an address", 1, "198.51.100.1 x", "198.51.100.2 x"],
    ["a port that is none", 1, "198.51.100.1:", "198.51.100.2:"],
    ["a port that is none", 1, "198.51.100.1:123456", "198.51.100.2:123456"],
    ["a URL", 1, "http://198.51.100.1", "http://198.51.100.2"],
    ["two gaps", 1, "2001:db8::1::1", "2001:db8::1::2"],
    ["half a bracket", 1, "[2001:db8::1", "[2001:db8::2"],
    ["no digits of an address", 1, "2001:db8::g", "2001:db8::h"],
    ["longer than an address with its port", 1, `fe80::1%${"a".repeat(60)}`, `fe80::1%${"b".repeat(60)}`],
    ["far longer", 1, `${"1".repeat(4_000)}.1.1.1`, `${"2".repeat(4_000)}.1.1.1`],
  ])("AL-s4 AL20 X-Forwarded-For tells visitors apart: %s, %d", async (_, visitors, first, second) => {
    for (const forwarded of [first, second]) await click({}, { "X-Forwarded-For": forwarded });
    expect(await clicks()).toBe(visitors);
  });

  test("AL-s4 AL20 who forwards no address is the visitor, and so is who forwards his own", async () => {
    await click({}, { "X-Test-IP": "192.0.2.9" });
    await click({}, { "X-Test-IP": "192.0.2.9", "X-Forwarded-For": "192.0.2.9" });
    await click({}, { "X-Test-IP": "192.0.2.9", "X-Forwarded-For": "unknown" });
    expect(await clicks()).toBe(1);
    await click({}, { "X-Test-IP": "192.0.2.8", "X-Forwarded-For": "192.0.2.9" });
    expect(await clicks()).toBe(1);
  });

  test.each(["10.0.0.7", "172.16.0.7", "172.31.0.7", "192.168.1.7", "169.254.0.7", "100.64.0.7", "100.127.0.7"])(
    "AL-s4 AL20 %s is somebody else in every network: the connection's address counts",
    async (forwarded) => {
      for (const ip of ["192.0.2.8", "192.0.2.9"]) await click({}, { "X-Test-IP": ip, "X-Forwarded-For": forwarded });
      expect(await clicks()).toBe(2);
    },
  );

  test.each(["::1", "fd12::7", "fc00::7", "fe80::7", "127.0.0.1"])(
    "AL-s4 AL20 so is %s, in IPv6 and on one machine",
    async (forwarded) => {
      for (const ip of ["192.0.2.8", "192.0.2.9"]) await click({}, { "X-Test-IP": ip, "X-Forwarded-For": forwarded });
      expect(await clicks()).toBe(2);
    },
  );

  test.each(["11.0.0.7", "172.15.0.7", "172.32.0.7", "100.63.0.7", "100.128.0.7", "2001:db8::7", "fec0::7"])(
    "AL-s4 AL20 %s is public: one visitor by whatever connection",
    async (forwarded) => {
      for (const ip of ["192.0.2.8", "192.0.2.9"]) await click({}, { "X-Test-IP": ip, "X-Forwarded-For": forwarded });
      expect(await clicks()).toBe(1);
    },
  );

  test("AL-s4 AL20 a forwarded address is stored nowhere", async () => {
    await click({}, { "X-Forwarded-For": "198.51.100.1" });
    expect(JSON.stringify(await rowsOf(world.db, "click"))).not.toContain("198.51.100");
  });

  test("AL20 a backend's click is named by `visitor` alone, whatever address is forwarded", async () => {
    for (const address of ["198.51.100.1", "198.51.100.2"]) {
      await click({ visitor: "v1" }, { Origin: undefined, "X-Forwarded-For": address });
    }
    expect(await clicks()).toBe(1);
  });

  test.each([
    ["the visitor's own address", "192.0.2.1", "NL"],
    ["the visitor's own address", "192.0.2.1:4711", "NL"],
    ["nothing forwarded", undefined, "NL"],
    ["no address forwarded", "unknown", "NL"],
    ["the platform saw the proxy", "198.51.100.1", null],
    ["the platform saw the proxy", "198.51.100.1, 192.0.2.1", null],
  ])("AL-s4 AL20 %s: with X-Forwarded-For %j the country is %j", async (_, forwarded, country) => {
    await click({}, { "X-Forwarded-For": forwarded, "X-Test-IP": "192.0.2.1", "X-Test-Country": "NL" });
    expect(await rowsOf(world.db, "click")).toMatchObject([{ country }]);
  });
});

/** A click by the script on a page that serves it from its own host; `undefined` leaves a header out. */
function click(body: object | string = {}, headers: Headers = {}): Promise<Answer> {
  const browser = {
    Origin: "https://shop.example.test",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "cors",
    Host: "links.example.test",
    "User-Agent": CHROME,
  };
  const sent = Object.entries<string | undefined>({ ...browser, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return world.call("/_al/api/track/click", typeof body === "string" ? body : { ref: app.ref, cookie: {}, ...body }, {
    headers: Object.fromEntries(sent),
  });
}

/** All of an answer but the id of its request. */
async function seen(response: Response) {
  const body = Buffer.from(await response.arrayBuffer()).toString("latin1");
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: body.replace(/req_[\w-]{21}/, ""),
  };
}

/** The cookie an answer sets, null when it sets none. */
function cookieOf(answer: Answer): string | null {
  const cookies = answer.headers.getSetCookie();
  expect(cookies.length).toBeLessThanOrEqual(1);
  return cookies[0] ?? null;
}

async function clicks(): Promise<number> {
  const days = await statsOf(world, app);
  return days.reduce((sum, day) => sum + day.clicks, 0);
}
