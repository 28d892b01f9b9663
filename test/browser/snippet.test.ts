import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import type { ScriptedAnswer } from "../support/recorder.ts";
import {
  answered,
  APP,
  bodies,
  body,
  clickOf,
  code,
  context,
  cookies,
  html,
  inDays,
  isClick,
  issued,
  land,
  lastTo,
  LINKS,
  links,
  open,
  openShopForEachTest,
  page,
  printed,
  queued,
  RECORD_FETCH,
  recorder,
  sentinel,
  serveHttps,
  settle,
  SHOP,
  shop,
  tag,
  withEarlierCode,
} from "../support/shop.ts";

const require = createRequire(import.meta.url);

openShopForEachTest();

describe("installation", () => {
  test("AL1 the tag alone counts a landing and adds one global", async () => {
    recorder.servePage("/empty", "<!doctype html><title>without the tag</title>");
    await page.goto(shop("/empty"));
    const before = await page.evaluate<string[]>("Object.getOwnPropertyNames(window)");

    await land("/?ref=demo42");
    expect(await code()).toBe("demo42");
    expect(bodies()).toEqual([clickOf("demo42")]);
    const after = await page.evaluate<string[]>("Object.getOwnPropertyNames(window)");
    expect(after.filter((name) => !before.includes(name))).toEqual(["AgentLinks"]);
  });

  test.each([
    ["async", () => tag("async")],
    ["defer", () => tag("defer")],
    ["a blocking script", () => tag()],
    ["a module", () => tag('type="module"')],
    [
      "inserted by another script",
      () => `<script>
        const script = document.createElement("script");
        script.src = "${links("/agentlinks.js")}";
        script.setAttribute("data-app-id", "${APP}");
        document.head.append(script);
      </script>`,
    ],
  ])("AL2 works as %s", async (_, head) => {
    await land("/?ref=demo42", head());
    expect(bodies()).toEqual([clickOf("demo42")]);
    expect(await code()).toBe("demo42");
  });

  test("AL2 included twice acts once", async () => {
    await land("/?ref=demo42", tag() + tag() + tag("async") + tag('type="module"'));
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    expect(bodies()).toEqual([clickOf("demo42")]);
  });

  test("AL2 another vendor's data-app-id is not our tag", async () => {
    const other = `<script src="${links("/other.js")}" data-app-id="theirs"></script>`;
    await land("/?ref=demo42", other + tag('type="module"'));
    expect(bodies()).toEqual([clickOf("demo42")]);
  });

  test("AL2 the API is found in the directory of the script's own URL", async () => {
    const src = `http://${SHOP}:${recorder.port}/_al/agentlinks.js?v=2`;
    await land("/?ref=demo42", `<script src="${src}" data-app-id="${APP}"></script>`);
    expect(recorder.tracked().map(({ host, path }) => host + path)).toEqual([`${SHOP}/_al/api/track/click`]);
  });

  test("AL3 reads data-app-id", async () => {
    await land("/?ref=demo42", tag().replace(APP, "app_other"));
    expect(bodies()).toEqual([{ ...clickOf("demo42"), app_id: "app_other" }]);
  });
});

describe("the code in the URL", () => {
  test.each([
    ["?ref=demo42", "demo42"],
    ["?referral_code=demo42", "demo42"],
    ["?via=demo42", "demo42"],
    ["?utm_source=x&via=demo42#top", "demo42"],
    ["?via=first&ref=second", "first"],
    ["?ref=not.a.code&ref=demo42", "demo42"],
    ["?ref=demo42&ref=other", "demo42"],
    ["#ref=demo42", "demo42"],
    ["#/signup?ref=demo42", "demo42"],
    ["?ref=its-domain.com&via=demo42", "demo42"],
    ["?ref=A_-9", "A_-9"],
    [`?ref=${"a".repeat(64)}`, "a".repeat(64)],
  ])("AL4 %s gives %s", async (query, expected) => {
    await land(`/${query}`);
    expect(bodies()).toEqual([clickOf(expected)]);
    expect(await code()).toBe(expected);
  });

  test.each([" partner", "partner, ", "partner,,aff"])(
    "AL4 an empty entry of data-params is no parameter: %j",
    async (names) => {
      await open("/?=evil&ref=no", { head: tag(`data-params="${names}"`) });
      await settle();
      expect(recorder.tracked()).toEqual([]);
      await land("/?=evil&partner=demo42", tag(`data-params="${names}"`));
      expect(bodies()).toEqual([clickOf("demo42")]);
    },
  );

  test("AL4 data-params names the parameters, and only those count", async () => {
    await land("/?ref=no&partner=demo42", tag('data-params="aff, partner"'));
    expect(bodies()).toEqual([clickOf("demo42")]);
    expect(await code()).toBe("demo42");
  });

  test.each([
    ["empty", ""],
    ["a domain", "example.com"],
    ["with a space", "de%20mo"],
    ["with a line end", "demo42%0A"],
    ["with a cookie attribute", "demo42;domain=test"],
    ["markup", "%3Cscript%3E"],
    ["not ASCII", "d%C3%A9mo"],
    ["65 characters", "a".repeat(65)],
    ["10,000 characters", "a".repeat(10_000)],
  ])("AL41 what is not a code is ignored on the spot: %s", async (_, value) => {
    await open(`/?ref=${value}`);
    await settle();
    expect(recorder.tracked()).toEqual([]);
    expect(await cookies()).toEqual([]);
  });
});

describe("the cookie", () => {
  test("AL5 bare code, 60 days, whole site, Lax, on the registrable domain", async () => {
    await land("/some/page?ref=demo42");
    expect(await cookies()).toEqual([
      {
        name: "agentlinks_ref",
        value: "demo42",
        domain: ".example.test",
        path: "/",
        expires: inDays(60),
        sameSite: "Lax",
        secure: false,
        httpOnly: false,
      },
    ]);
    // Playwright says Lax for a cookie that says nothing; the browser knows the difference.
    const session = await context.newCDPSession(page);
    expect(await session.send("Network.getCookies")).toMatchObject({ cookies: [{ sameSite: "Lax" }] });
  });

  test("AL5 is Secure on https", async () => {
    await serveHttps();
    const clicked = answered();
    recorder.servePage("/", html(tag().replace(`http://${LINKS}:${recorder.port}`, `https://${LINKS}`)));
    await page.goto(`https://${SHOP}/?ref=demo42`);
    await clicked;
    expect(await cookies()).toMatchObject([
      { value: "demo42", domain: ".example.test", secure: true, sameSite: "Lax" },
    ]);
    expect(bodies()).toEqual([clickOf("demo42")]);
  });

  test.each([
    ["www.shop.co.uk", ".shop.co.uk"],
    ["shop.vercel.app", ".shop.vercel.app"],
    ["vercel.app", "vercel.app"],
    ["a.b.c.example.com", ".example.com"],
    ["localhost", "localhost"],
    ["10.1.2.3", "10.1.2.3"],
  ])("AL5 the registrable domain of %s is found by trying", async (host, domain) => {
    await serveHttps();
    recorder.servePage("/", html(tag().replace(`http://${LINKS}:${recorder.port}`, `https://${LINKS}`)));
    await page.goto(`https://${host}/?ref=demo42`);
    expect(await cookies()).toMatchObject([{ value: "demo42", domain }]);
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });

  test("AL5 subdomains share it", async () => {
    await land("/?ref=demo42");
    await open("/", { host: "app.example.test" });
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    expect(lastTo("/").headers.cookie).toBe("agentlinks_ref=demo42");
  });

  test("AL5 data-cookie-days and data-cookie-domain override", async () => {
    await land("/?ref=demo42", tag(`data-cookie-days="7" data-cookie-domain="${SHOP}"`));
    expect(await cookies()).toMatchObject([{ value: "demo42", domain: `.${SHOP}`, expires: inDays(7) }]);
  });

  test("AL5 instead of a data-cookie-domain that the browser refuses, the registrable domain is taken", async () => {
    await land("/?ref=demo42", tag('data-cookie-domain="elsewhere.test"'));
    expect(await cookies()).toMatchObject([{ value: "demo42", domain: ".example.test" }]);
  });

  test("AL5 is written before any network, in the same breath as the script runs", async () => {
    recorder.answer("click", "down");
    await open("/?ref=demo42", { head: `${tag()}<script>window.seen = document.cookie</script>` });
    expect(await page.evaluate("window.seen")).toBe("agentlinks_ref=demo42");
  });

  test("AL5 a code left on another level of the domain does not shadow the new one", async () => {
    await context.addCookies([{ name: "agentlinks_ref", value: "old", domain: SHOP, path: "/" }]);
    await land("/?ref=new");
    await expect.poll(cookies).toMatchObject([{ value: "new", domain: ".example.test" }]);
  });

  test("AL5 nor does one on another level than data-cookie-domain", async () => {
    await withEarlierCode("old", 5);
    await land("/?ref=new", tag(`data-cookie-domain="${SHOP}"`));
    await expect.poll(cookies).toMatchObject([{ value: "new", domain: `.${SHOP}` }]);
  });

  test("AL6 the site's own JavaScript and backend read it", async () => {
    await land("/?ref=demo42");
    await page.addScriptTag({ path: require.resolve("js-cookie") });
    expect(await page.evaluate("Cookies.get('agentlinks_ref')")).toBe("demo42");

    await open("/checkout");
    expect(lastTo("/checkout").headers.cookie).toBe("agentlinks_ref=demo42");
  });
});

describe("the click", () => {
  test("AL7 one click per landing by keepalive fetch without preflight", async () => {
    await context.addCookies([{ name: "session", value: "secret", domain: LINKS, path: "/" }]);
    await page.addInitScript(RECORD_FETCH);
    const types: string[] = [];
    context.on("request", (request) => isClick(request) && types.push(request.resourceType()));
    await land("/landing?ref=demo42&secret=1");

    const [click, ...more] = recorder.tracked();
    expect(more).toEqual([]);
    expect(click).toMatchObject({ method: "POST", host: LINKS, path: "/api/track/click" });
    expect(JSON.parse(click?.body ?? "")).toEqual({ ref: "demo42", app_id: APP, cookie: { days: 60 } });
    expect(click?.headers).toMatchObject({
      "content-type": "text/plain;charset=UTF-8",
      origin: `http://${SHOP}:${recorder.port}`,
    });
    expect(click?.headers).not.toHaveProperty("cookie");
    expect(click?.headers).not.toHaveProperty("referer");
    expect(types).toEqual(["fetch"]);
    expect(await page.evaluate("window.fetched")).toEqual([{ keepalive: true, headers: null }]);
  });

  test("AL7 names the host a visitor came from, and nothing else of where he was", async () => {
    recorder.servePage("/post", `<a href="${shop("/?ref=demo42")}">look</a>`);
    recorder.servePage("/", html(tag()));
    await page.goto(`http://blog.test:${recorder.port}/post?private=1`);
    await Promise.all([answered(), page.click("a")]);
    expect(bodies()).toEqual([{ ...clickOf("demo42"), referrer_host: `blog.test:${recorder.port}` }]);
  });

  test("AL7 neither click nor cookie is lost when the page is left at once", async () => {
    recorder.servePage("/", html(`${tag()}<script>location = "/next"</script>`));
    recorder.servePage("/next", "<title>next</title>");
    await page.goto(shop("/?ref=demo42"), { waitUntil: "commit" });
    await page.waitForURL("**/next");
    expect((await recorder.arrived(1)).map(body)).toEqual([clickOf("demo42")]);
    expect(await code()).toBe("demo42");
  });

  test("AL7 a reload is not another landing, nor is a page that carries the query on", async () => {
    await land("/?ref=demo42");
    await page.reload();
    await settle();
    await open("/pricing?ref=demo42");
    await settle();
    expect(recorder.tracked()).toHaveLength(1);
    expect(await code()).toBe("demo42");
  });

  test("AL7 a reload counts when the click had not got through", async () => {
    recorder.answer("click", "down");
    await land("/?ref=demo42");
    recorder.answer("click", { status: 202, body: { tracked: true } });
    await Promise.all([answered(), page.reload()]);
    expect(recorder.tracked()).toHaveLength(2);
  });

  test("AL7 a reload counts when the visitor has removed the cookie", async () => {
    await land("/?ref=demo42");
    await context.clearCookies();
    await Promise.all([answered(), page.reload()]);
    expect(recorder.tracked()).toHaveLength(2);
    expect(await code()).toBe("demo42");
  });

  test("AL7 another code in the same tab is another landing, and so is the first one again", async () => {
    for (const ref of ["one", "two", "one"]) {
      await land(`/?ref=${ref}`);
      await expect.poll(code).toBe(ref);
    }
    expect(bodies()).toMatchObject([{ ref: "one" }, { ref: "two" }, { ref: "one" }]);
  });

  test("AL8 a page without a code makes no request and keeps the cookie", async () => {
    await land("/?ref=demo42");
    const [before] = await cookies();
    await open("/pricing?utm_source=x");
    await settle();
    expect(recorder.tracked()).toHaveLength(1);
    expect(await context.cookies()).toEqual([before]);
  });
});

describe("window.AgentLinks", () => {
  test("AL9 has these methods, and none needs `this`", async () => {
    await land("/?ref=demo42");
    expect(await page.evaluate("Object.keys(AgentLinks).sort()")).toEqual([
      "consent",
      "getRef",
      "push",
      "trackConversion",
      "trackSignup",
    ]);
    expect(await page.evaluate("(0, AgentLinks.getRef)()")).toBe("demo42");
    await page.evaluate("(({ trackSignup }) => trackSignup({ user_id: 'u1' }))(AgentLinks)");
    expect(lastTo("/api/track/signup").body).toContain('"u1"');
  });

  test("AL9 calls made before the script has loaded are kept, in their order", async () => {
    const head =
      queued("['trackSignup',{user_id:'u1'}]", "['trackConversion',{user_id:'u1',amount_cents:1}]") + tag("async");
    await open("/?ref=demo42", { head });
    await recorder.arrived(3);
    expect(new Map(recorder.tracked().map((request) => [request.path, body(request)]))).toEqual(
      new Map<string, unknown>([
        ["/api/track/click", clickOf("demo42")],
        ["/api/track/signup", { ref: "demo42", app_id: APP, user_id: "u1" }],
        ["/api/track/conversion", { ref: "demo42", app_id: APP, user_id: "u1", amount_cents: 1 }],
      ]),
    );
    await expect.poll(() => issued).toMatchObject([{}, { user_id: "u1" }, { amount_cents: 1 }]);
  });

  test("AL9 the same line works after the script has loaded", async () => {
    await land("/?ref=demo42", `${tag()}${queued("['trackSignup',{user_id:'u1'}]", "['trackSignup',{user_id:'u2'}]")}`);
    await recorder.arrived(3);
    await expect.poll(() => issued).toMatchObject([{ ref: "demo42" }, { user_id: "u1" }, { user_id: "u2" }]);
  });

  test("AL9b resolves the parsed answer on a 2xx and passes every field on", async () => {
    await land("/?ref=demo42");
    const answer = { referral: { id: "rfl_9", nested: [1, null] }, extra: "x" };
    recorder.answer("signup", { status: 200, body: answer });
    const fields = { user_id: "u1", email: "a@example.test", plan: { name: "pro" }, n: 0, flag: false, none: null };
    expect(await page.evaluate(`AgentLinks.trackSignup(${JSON.stringify(fields)})`)).toEqual(answer);
    expect(body(lastTo("/api/track/signup"))).toEqual({ ...fields, ref: "demo42", app_id: APP });
  });

  test.each<[string, ScriptedAnswer]>([
    ["404", { status: 404, body: { error: { code: "unknown_ref" } } }],
    ["500", { status: 500, body: { error: { code: "internal" } } }],
    ["not JSON", { status: 200, body: "<html>" }],
    ["no answer", "down"],
  ])("AL9b resolves null on anything else: %s", async (_, answer) => {
    await land("/?ref=demo42");
    recorder.answer("signup", answer);
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
  });

  test("AL10 trackSignup posts the code, the app and the user", async () => {
    await land("/?ref=demo42");
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1', email: 'a@example.test' })");
    const [, signup] = recorder.tracked();
    expect(signup).toMatchObject({ method: "POST", host: LINKS, path: "/api/track/signup" });
    expect(signup?.headers["content-type"]).toBe("text/plain;charset=UTF-8");
    expect(body(signup)).toEqual({ ref: "demo42", app_id: APP, user_id: "u1", email: "a@example.test" });
    expect(recorder.requests.filter(({ method }) => method === "OPTIONS")).toEqual([]);
  });

  test("AL11 the record is tied to the cookie's code: pages later, and whatever the call says", async () => {
    await land("/?ref=demo42");
    await open("/signup");
    await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1', ref: 'mine', app_id: 'other' })");
    expect(body(lastTo("/api/track/signup"))).toEqual({ ref: "demo42", app_id: APP, user_id: "u1" });
  });

  test("AL11 survives a page that goes on at once", async () => {
    await land("/?ref=demo42");
    recorder.servePage("/welcome", "<title>welcome</title>");
    await page.evaluate("void AgentLinks.trackSignup({ user_id: 'u1' }); location = '/welcome'");
    await page.waitForURL("**/welcome");
    expect((await recorder.arrived(2)).map(body)).toMatchObject([{}, { user_id: "u1" }]);
  });

  test("AL12 without a cookie every method is a no-op", async () => {
    await open("/", { head: queued("['trackSignup',{user_id:'u0'}]") + tag() });
    expect(
      await page.evaluate(`Promise.all([
        AgentLinks.trackSignup({ user_id: "u1" }),
        AgentLinks.trackConversion({ user_id: "u1", amount_cents: 100 }),
        AgentLinks.getRef(),
        AgentLinks.trackSignup(),
      ])`),
    ).toEqual([null, null, null, null]);
    await settle();
    expect(recorder.tracked()).toEqual([]);
  });

  test("AL12 a cookie that the visitor removed counts for nothing", async () => {
    await land("/?ref=demo42");
    await context.clearCookies();
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await settle();
    expect(recorder.tracked()).toHaveLength(1);
  });

  test("AL12 a cookie that is not a code counts for nothing", async () => {
    await context.addCookies([{ name: "agentlinks_ref", value: "a!b", domain: SHOP, path: "/" }]);
    await context.addCookies([{ name: "x-agentlinks_ref", value: "other", domain: SHOP, path: "/" }]);
    await open("/");
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
  });

  test("AL13 trackConversion posts the code, the app, the user and the amount", async () => {
    await land("/?ref=demo42");
    const answer = await page.evaluate("AgentLinks.trackConversion({ user_id: 'u1', amount_cents: 10000 })");
    expect(answer).toMatchObject({ conversion_id: "cnv_1" });
    expect(lastTo("/api/track/conversion")).toMatchObject({ method: "POST", host: LINKS });
    expect(body(lastTo("/api/track/conversion"))).toEqual({
      ref: "demo42",
      app_id: APP,
      user_id: "u1",
      amount_cents: 10_000,
    });
  });
});

describe("which code wins", () => {
  test("AL40 the last click: the cookie is replaced and its 60 days start again", async () => {
    await withEarlierCode("old", 5);
    await land("/?ref=new");
    await expect.poll(cookies).toMatchObject([{ value: "new", expires: inDays(60), domain: ".example.test" }]);
  });

  test("AL40 the same code again starts its 60 days again, before any network", async () => {
    await withEarlierCode("demo42", 5);
    recorder.answer("click", "down");
    await land("/?ref=demo42");
    expect(await cookies()).toMatchObject([{ value: "demo42", expires: inDays(60) }]);
    expect(recorder.tracked()).toHaveLength(1);
  });

  test('AL40 data-attribution="first" keeps the first, and counts the click of the second', async () => {
    await land("/?ref=first", tag('data-attribution="first"'));
    await land("/?ref=second", tag('data-attribution="first"'));
    await settle();
    expect(bodies()).toMatchObject([{ ref: "first" }, { ref: "second" }]);
    expect(await code()).toBe("first");
  });

  test("AL41 an earlier code stays until the click is answered", async () => {
    await withEarlierCode("old", 5);
    const release = recorder.hold();
    const done = answered();
    await open("/?ref=new");
    await recorder.arrived(1);
    await settle();
    expect(await code()).toBe("old");
    release();
    await done;
    await expect.poll(code).toBe("new");
  });

  test.each<[string, ScriptedAnswer]>([
    ["tracked: false", { status: 202, body: { tracked: false } }],
    ["500", { status: 500, body: { tracked: true } }],
    ["404", { status: 404, body: { tracked: true } }],
    ["another JSON", { status: 200, body: {} }],
    ["null", { status: 200, body: "null" }],
    ["not JSON", { status: 200, body: "<html>" }],
    ["no answer", "down"],
  ])("AL41 an earlier code stays for good after %s", async (_, answer) => {
    await withEarlierCode("old", 5);
    const before = await cookies();
    recorder.answer("click", answer);
    await land("/?ref=new");
    expect(await context.cookies()).toEqual(before);
    expect(recorder.tracked()).toHaveLength(1);
  });

  test("AL41 an unknown code is removed again if there was none before, and the console stays silent", async () => {
    recorder.answer("click", { status: 202, body: { tracked: false } });
    const release = recorder.hold();
    const done = answered();
    await open("/?ref=producthunt");
    await recorder.arrived(1);
    expect(await code()).toBe("producthunt");
    release();
    await done;
    await expect.poll(cookies).toEqual([]);
    expect(printed).toEqual([]);
  });

  test.each<[string, ScriptedAnswer]>([
    ["500", { status: 500, body: { tracked: false } }],
    ["429", { status: 429, body: { error: { code: "rate_limited" } } }],
    ["another JSON", { status: 200, body: {} }],
    ["not JSON", { status: 200, body: "<html>" }],
    ["no answer", "down"],
  ])("AL41 a new code stays, because it is no news: %s", async (_, answer) => {
    recorder.answer("click", answer);
    await land("/?ref=demo42");
    expect(await code()).toBe("demo42");
  });

  test("AL41 a code that the server knows no longer goes when its link is followed again", async () => {
    await withEarlierCode("demo42", 5);
    recorder.answer("click", { status: 202, body: { tracked: false } });
    await land("/?ref=demo42");
    await expect.poll(cookies).toEqual([]);
  });

  test("AL41 an unknown code does not take away what another tab found meanwhile", async () => {
    recorder.answer("click", { status: 202, body: { tracked: false } });
    const release = recorder.hold();
    const done = answered();
    await open("/?ref=producthunt");
    await recorder.arrived(1);
    await withEarlierCode("good", 60);
    release();
    await done;
    await settle();
    expect(await code()).toBe("good");
  });
});

describe("harmless to the page", () => {
  test("AL-s1 storage blocked: the page lives, the click is counted", async () => {
    recorder.servePage("/", html(tag()), { "content-security-policy": "sandbox allow-scripts" });
    await Promise.all([answered(), page.goto(shop("/?ref=demo42"))]);
    expect(bodies()).toEqual([clickOf("demo42")]);
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
  });

  test("AL-s1 session storage blocked alone: a second landing is counted as well", async () => {
    await page.addInitScript(
      "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('blocked'); } })",
    );
    await withEarlierCode("old", 5);
    await land("/?ref=new");
    await expect.poll(code).toBe("new");
  });

  test("AL-s1 a policy that refuses the request", async () => {
    recorder.servePage("/", html(tag()), { "content-security-policy": "connect-src 'none'" });
    await page.goto(shop("/?ref=demo42"));
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    expect(await code()).toBe("demo42");
    expect(recorder.tracked()).toEqual([]);
  });

  test("AL-s1 a strict policy with Trusted Types", async () => {
    const policy = [
      "default-src 'none'",
      `script-src ${links("/agentlinks.js")}`,
      `connect-src ${links("/")}`,
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ];
    recorder.servePage("/", html(tag()), { "content-security-policy": policy.join("; ") });
    await Promise.all([answered(), page.goto(shop("/?ref=demo42"))]);
    expect(await code()).toBe("demo42");
    expect(printed).toEqual([]);
  });

  test("AL-s1 offline", async () => {
    await land("/?ref=demo42");
    await context.setOffline(true);
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
  });

  test("AL-s1 hostile attributes", async () => {
    const attributes = {
      "data-params": "<i>, ref ,,",
      "data-cookie-days": "many; domain=test",
      "data-cookie-domain": "\u{1F4A5};;=",
      "data-attribution": "<b>",
    };
    const text = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
    await land("/?ref=demo42", tag(text.join(" ")).replace(APP, "\\u0022}{&lt;"));
    const cookie = { domain: attributes["data-cookie-domain"], days: 60 };
    expect(bodies()).toEqual([{ ref: "demo42", app_id: "\\u0022}{<", cookie }]);
    expect(await cookies()).toMatchObject([{ value: "demo42", expires: inDays(60) }]);
  });

  test("AL-s1 names of parameters that no pattern can hold: no landing, and no harm", async () => {
    await open("/?ref=demo42", { head: tag('data-params="([*"') });
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await settle();
    expect(recorder.tracked()).toEqual([]);
    expect(printed).toEqual([]);
  });

  test.each([
    ["currentScript", '<img name="currentScript" src="data:," data-app-id="evil">'],
    ["AgentLinks", '<form id="AgentLinks"><input name="getRef"><input name="forEach"></form>'],
    ["referrer", '<img name="referrer" src="data:,">'],
    ["sessionStorage", '<img name="sessionStorage" id="location" src="data:,">'],
  ])("AL-s1 an element that takes the name %s", async (_, element) => {
    await Promise.all([answered(), open("/?ref=demo42", { head: "", main: element + tag() })]);
    expect(bodies()).toEqual([clickOf("demo42")]);
    expect(await code()).toBe("demo42");
    expect(await page.evaluate("typeof AgentLinks.trackSignup")).toBe("function");
  });

  test("AL-s1 an element that takes the name cookie: nothing can be stored, the click is counted", async () => {
    await Promise.all([answered(), open("/?ref=demo42", { head: "", main: `<img name="cookie">${tag()}` })]);
    expect(bodies()).toEqual([clickOf("demo42")]);
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
  });

  test("AL-s1 an element that takes the name querySelector: no tag, no action", async () => {
    const elements = '<img name="querySelector"><img name="currentScript">';
    await open("/?ref=demo42", { head: "", main: elements + tag() });
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await settle();
    expect(recorder.tracked()).toEqual([]);
  });

  test("AL-s1 arguments that are no fields", async () => {
    await land("/?ref=demo42");
    const answers = await page.evaluate(`(() => {
      const circular = {};
      circular.self = circular;
      const throwing = { get user_id() { throw new Error("getter"); } };
      const calls = [circular, throwing, { n: 1n }, { big: "x".repeat(70_000) }];
      return Promise.all(calls.map((fields) => AgentLinks.trackSignup(fields)));
    })()`);
    expect(answers).toEqual([null, null, null, null]);
    await page.evaluate("Promise.all([null, undefined, 7, 'text', []].map((x) => AgentLinks.trackSignup(x)))");
    expect(recorder.tracked().slice(1).map(body)).toContainEqual({ ref: "demo42", app_id: APP });
  });

  test("AL-s1 a queue full of oddities does not keep the good call from running", async () => {
    const odd = ["null", "7", "[]", "['nothing']", "['__proto__', {}]", "[{}]", "['constructor']", "'text'"];
    await land("/?ref=demo42", queued(...odd, "['trackSignup', { user_id: 'u1' }]") + tag());
    await recorder.arrived(2);
    expect(body(lastTo("/api/track/signup"))).toMatchObject({ user_id: "u1" });
    await page.evaluate(`AgentLinks.push(${odd.join(",")})`);
  });

  test("AL-s1 window.AgentLinks taken and locked by the page", async () => {
    const locked = '<script>Object.defineProperty(window, "AgentLinks", { value: "mine" })</script>';
    await open("/?ref=demo42", { head: locked + tag() });
    expect(await page.evaluate("AgentLinks")).toBe("mine");
  });

  test("AL-s1 a tag without an app id does nothing", async () => {
    await open("/?ref=demo42", { head: `<script src="${links("/agentlinks.js")}"></script>` });
    await settle();
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    expect(recorder.tracked()).toEqual([]);
    expect(await cookies()).toEqual([]);
  });
});

describe("where it waits", () => {
  test("AL-s2 in a cross-site frame it stores and counts nothing", async () => {
    recorder.servePage("/framed", html(tag()));
    recorder.servePage("/outer", `<iframe src="${shop("/framed?ref=demo42")}"></iframe>`);
    await page.goto(`http://blog.test:${recorder.port}/outer`);
    const frame = page.frames()[1];
    expect(await frame?.evaluate("AgentLinks.getRef()")).toBeNull();
    await frame?.evaluate(sentinel());
    expect(recorder.tracked()).toEqual([]);
    expect(await context.cookies()).toEqual([]);
  });

  test("AL-s2 in a frame of the same site it counts", async () => {
    recorder.servePage("/framed", html(tag()));
    recorder.servePage("/outer", `<iframe src="${shop("/framed?ref=demo42")}"></iframe>`);
    await Promise.all([answered(), page.goto(`http://www.example.test:${recorder.port}/outer`)]);
    expect(await code()).toBe("demo42");
  });

  test("AL-s2 in a sandboxed frame it stores and counts nothing", async () => {
    recorder.servePage("/framed", html(tag()));
    recorder.servePage("/outer", `<iframe sandbox="allow-scripts" src="/framed?ref=demo42"></iframe>`);
    await page.goto(shop("/outer"));
    const frame = page.frames()[1];
    expect(await frame?.evaluate("AgentLinks.getRef()")).toBeNull();
    await frame?.evaluate(sentinel());
    expect(recorder.tracked()).toEqual([]);
  });

  // Playwright forbids real prerendering, so the two things a page can see of it are played.
  test("AL-s2 a prerendered page waits until it is shown", async () => {
    await page.addInitScript('Object.defineProperty(document, "prerendering", { value: true, writable: true })');
    await open("/?ref=demo42", { head: queued("['trackSignup', { user_id: 'u1' }]") + tag() });
    await settle();
    expect(recorder.tracked()).toEqual([]);
    expect(await context.cookies()).toEqual([]);

    await page.evaluate('document.prerendering = false; document.dispatchEvent(new Event("prerenderingchange"))');
    await recorder.arrived(2);
    await expect.poll(() => issued).toEqual([clickOf("demo42"), { ref: "demo42", app_id: APP, user_id: "u1" }]);
    expect(await code()).toBe("demo42");
  });

  test("AL-s3 with data-consent=wait nothing is stored or sent before consent()", async () => {
    const head = queued("['trackSignup', { user_id: 'u1' }]") + tag('data-consent="wait"');
    await open("/?ref=demo42", { head });
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u2' })")).toBeNull();
    await settle();
    expect(recorder.tracked()).toEqual([]);
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate("sessionStorage.length + localStorage.length")).toBe(0);

    await page.evaluate("AgentLinks.consent(); AgentLinks.consent()");
    expect(await code()).toBe("demo42");
    await recorder.arrived(2);
    await settle();
    await expect.poll(() => issued).toEqual([clickOf("demo42"), { ref: "demo42", app_id: APP, user_id: "u1" }]);
  });

  test("AL-s3 consent may be queued before the script has loaded", async () => {
    await land(
      "/?ref=demo42",
      queued("['trackSignup', { user_id: 'u1' }]", "['consent']") + tag('data-consent="wait"'),
    );
    expect(await code()).toBe("demo42");
    await recorder.arrived(2);
  });

  test("AL-s3 a cookie from before is not used without consent either", async () => {
    await withEarlierCode("demo42", 5);
    await open("/", { head: tag('data-consent="wait"') });
    expect(await page.evaluate("AgentLinks.getRef()")).toBeNull();
    expect(await page.evaluate("AgentLinks.trackSignup({ user_id: 'u1' })")).toBeNull();
    await page.evaluate("AgentLinks.consent()");
    expect(await page.evaluate("AgentLinks.getRef()")).toBe("demo42");
    await settle();
    expect(recorder.tracked()).toEqual([]);
  });
});
