import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { createDeps } from "../../worker/deps.ts";
import type { Config } from "../../worker/env.ts";
import { NO_LIMITS } from "../../worker/gateways/limits/limits.ts";
import { demoPages } from "../../worker/pages/demo/routes.tsx";
import { systemRuntime } from "../../worker/runtime.ts";
import { openMovableClock } from "../../worker/services/operations/movable-clock.ts";
import { seedDemo } from "../../worker/services/operations/seed-demo.ts";
import { createWorld } from "../support/world.ts";

const HOST = "127.0.0.1:8787";
const ORIGIN = `http://${HOST}`;

/** The shop as dev has it, and a visitor's browser without a script: it keeps cookies and follows nothing. */
type Shop = Awaited<ReturnType<typeof openShop>>;
let shop: Shop;

beforeEach(async () => {
  shop = await openShop();
});

describe("the shop answers on this machine only", () => {
  test.each([
    ["another host name, as DNS rebinding has it", { Host: "evil.test" }],
    ["a host name that begins like this machine", { Host: "127.0.0.1.evil.test" }],
    ["an address of the network", { Host: "192.168.0.10:8787" }],
    ["Forwarded", { Forwarded: "for=192.0.2.1" }],
    ["X-Forwarded-For", { "X-Forwarded-For": "127.0.0.1" }],
    ["X-Forwarded-Host", { "X-Forwarded-Host": "shop.test" }],
    ["X-Real-IP", { "X-Real-IP": "192.0.2.1" }],
    ["CF-Connecting-IP", { "CF-Connecting-IP": "192.0.2.1" }],
  ])("not under %s", async (_, headers) => {
    for (const path of ["/demo", "/demo/panel"]) expect((await shop.get(path, headers)).status).toBe(404);
    expect((await shop.post("/demo/later", {}, headers)).status).toBe(404);
  });

  test.each([["https://evil.test"], ["null"], ["http://localhost:8787"], ["http://127.0.0.1:9999"]])(
    "nothing is written from a page of %s",
    async (origin) => {
      for (const path of ["/demo/signup", "/demo/buy", "/demo/refund", "/demo/later", "/demo/forget"]) {
        expect((await shop.post(path, {}, { Origin: origin })).status).toBe(404);
      }
      expect(shop.now()).toBe(shop.start);
    },
  );

  test.each([["127.0.0.1:8787"], ["localhost:8787"], ["[::1]:8787"]])("under %s it is there", async (host) => {
    expect((await shop.get("/demo", { Host: host })).status).toBe(200);
    expect((await shop.post("/demo/later", {}, { Host: host, Origin: `http://${host}` })).status).toBe(303);
  });

  test("a link on another site leads in", async () => {
    expect((await shop.get("/demo?ref=demo42", { Origin: "https://blog.test" })).status).toBe(200);
  });
});

describe("the page", () => {
  test("carries what a site owner pastes, in its head, and nothing else of AgentLinks", async () => {
    const page = await shop.page("/demo");
    const head = page.slice(0, page.indexOf("</head>"));
    expect(head).toContain(`<script src="/agentlinks.js" data-app-id="${shop.demo.app.id}" async></script>`);
    expect(page.match(/<script src/g)).toHaveLength(1);
  });

  test("lets no other script or style run, and is framed by nobody", async () => {
    const [first, second] = [await shop.get("/demo"), await shop.get("/demo")];
    const policy = first.headers.get("Content-Security-Policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'self' 'nonce-[\w+/]{22}=='; style-src 'nonce-[\w+/]{22}==';/,
    );
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(second.headers.get("Content-Security-Policy")).not.toBe(policy);
    expect(first.headers.get("Cache-Control")).toBe("no-store");
  });

  test("what a visitor typed or sent is text, never markup", async () => {
    const typed = '"><img src=x onerror=alert(1)>';
    const answer = await shop.post("/demo/signup", { name: typed, email: typed });
    expect(answer.status).toBe(422);
    expect(await answer.text()).not.toContain("<img");
    shop.cookies.set("agentlinks_ref", "<img>");
    expect(await shop.page("/demo?ref=<img>&done=<img>&before=<img>")).not.toContain("<img");
  });
});

describe("signing up", () => {
  test("reports the code of the cookie with the customer's id and address", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    const answer = await shop.post("/demo/signup", { name: "Ada", email: "ada@example.test" });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/demo?done=signup#happened-title");
    expect(answer.headers.get("Set-Cookie")).toMatch(
      /^demo_customer=cus_[\w-]{21}; Max-Age=5184000; Path=\/demo; HttpOnly; SameSite=Lax$/,
    );
    const page = await shop.page("/demo?done=signup");
    expect(page).toContain("Ada signed up, and counts as Mara’s referral.");
    expect(page).toMatch(/referral <code class="fact">ref_[\w-]{21}</);
  });

  test("without a code there is nothing to report", async () => {
    await shop.post("/demo/signup", { name: "Ada", email: "ada@example.test" });
    expect(await shop.page("/demo")).toContain("There was no code in the cookie, so there was nothing to report.");
  });

  test("a form with mistakes comes back with what was typed and what is wrong", async () => {
    const answer = await shop.post("/demo/signup", { name: " ", email: "ada at example" });
    expect(answer.status).toBe(422);
    const page = await answer.text();
    expect(page).toMatch(/<input id="email"[^>]* value="ada at example"[^>]* aria-invalid="true"/);
    expect(page).toContain('aria-describedby="name-problem"');
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  });
});

describe("buying", () => {
  test("earns the creator her commission, worked out line by line from the books", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("pour-over");
    const page = await shop.page("/demo?done=purchase");
    expect(page).toContain("You paid 100.00 USD. Mara earned 28.50 USD.");
    expect(lines(page)).toEqual([
      ["Paid", "100.00 USD"],
      ["Commission, 30 % of 100.00", "30.00 USD"],
      ["Platform fee, 5 % of 30.00", "−1.50 USD"],
      ["Mara gets", "28.50 USD"],
    ]);
    expect(await shop.balance()).toMatchObject({ pending_cents: 2_850, available_cents: 0 });
    expect(page).toContain('<dd id="balance-pending">28.50 USD</dd>');
  });

  test("the same form sent twice is one order and one commission", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    const order = await shop.orderForm("mug");
    await shop.post("/demo/buy", order);
    await shop.post("/demo/buy", order);
    const page = await shop.page("/demo");
    expect(page.match(/class="order"/g)).toHaveLength(1);
    expect(page).toContain("Idempotent-Replayed: true");
    expect(await shop.balance()).toMatchObject({ pending_cents: 798 });
  });

  test("a form sent again after starting over does not move the order to the new customer", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    const order = await shop.orderForm("mug");
    await shop.post("/demo/buy", order);
    await shop.post("/demo/forget", {});
    await shop.post("/demo/buy", order);
    expect(await shop.page("/demo?done=purchase")).toContain("The order was not recorded.");
    expect(await shop.balance()).toMatchObject({ pending_cents: 798 });
  });

  test("a guest is tied to the code by the payment itself", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("mug");
    expect(await shop.page("/demo")).toContain('your payment tied you to <code class="fact">demo42</code>');
  });

  test("without a code nobody earns, and the page says so", async () => {
    await shop.buy("bowl");
    expect(await shop.page("/demo")).toContain(
      "There is no code in the cookie and no referral from before: nobody earns.",
    );
    expect(await shop.balance()).toMatchObject({ pending_cents: 0 });
  });

  test("a customer who came by a code before earns her another commission without it", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("mug");
    shop.cookies.delete("agentlinks_ref");
    await shop.buy("pour-over");
    expect(await shop.balance()).toMatchObject({ pending_cents: 798 + 2_850 });
  });

  test.each([
    ["an unknown product", { product: "yacht" }],
    ["a made-up order id", { order: "order_1" }],
    ["another kind of id", { order: "refund_aaaaaaaaaaaaaaaaaaaaa" }],
  ])("%s is not sold", async (_, wrong) => {
    const form = { ...(await shop.orderForm("mug")), ...wrong };
    expect((await shop.post("/demo/buy", form)).status).toBe(404);
  });

  test("a platform that takes no fee has no line for it", async () => {
    shop = await openShop({ platformFeeBps: 0 });
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("pour-over");
    expect(lines(await shop.page("/demo")).map(([label]) => label)).toEqual([
      "Paid",
      "Commission, 30 % of 100.00",
      "Mara gets",
    ]);
  });

  test("orders from before a restart are shown from the books", async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("pour-over");
    shop.restart();
    expect(await shop.page("/demo")).toContain("An earlier order, 100.00 USD");
  });
});

describe("refunding", () => {
  beforeEach(async () => {
    shop.cookies.set("agentlinks_ref", "demo42");
    await shop.buy("pour-over");
  });

  test("half, then the rest, takes the same share of the commission and ends at zero", async () => {
    await shop.refund("half");
    const page = await shop.page("/demo");
    expect(lines(page)).toEqual([
      ["Paid", "100.00 USD"],
      ["Refunded", "−50.00 USD"],
      ["Commission, 30 % of 50.00", "15.00 USD"],
      ["Platform fee, 5 % of 15.00", "−0.75 USD"],
      ["Mara gets", "14.25 USD"],
    ]);
    expect(page).not.toContain("Refund half");
    await shop.refund("all");
    expect(await shop.balance()).toMatchObject({ pending_cents: 0, available_cents: 0 });
    expect(await shop.page("/demo")).toContain(">Cancelled<");
  });

  test("the same form sent twice is one refund", async () => {
    const form = await shop.refundForm("half");
    await shop.post("/demo/refund", form);
    await shop.post("/demo/refund", form);
    expect(await shop.balance()).toMatchObject({ pending_cents: 1_425 });
  });

  test("another customer's order is not there", async () => {
    const form = await shop.refundForm("all");
    shop.cookies.delete("demo_customer");
    expect((await shop.post("/demo/refund", form)).status).toBe(404);
    await shop.buy("mug");
    expect((await shop.post("/demo/refund", form)).status).toBe(404);
    expect(await shop.balance()).toMatchObject({ pending_cents: 2_850 + 798 });
  });

  test("after 15 days the money is available, and a refund lowers it", async () => {
    expect(await shop.page("/demo")).toContain("Pending until 30 January 2026");
    await shop.post("/demo/later", {});
    expect(await shop.page("/demo?done=later")).toContain("It is 30 January 2026 now.");
    expect(await shop.balance()).toMatchObject({ pending_cents: 0, available_cents: 2_850 });
    await shop.refund("half");
    expect(await shop.page("/demo")).toContain('<dd id="balance-available">14.25 USD</dd>');
  });
});

test("D-input a form that cannot be read is refused", async () => {
  const headers = { Origin: ORIGIN, "Content-Type": "multipart/form-data; boundary=x" };
  for (const path of ["/demo/signup", "/demo/buy", "/demo/refund"]) {
    const { status } = await shop.send(path, { method: "POST", body: "garbage", headers });
    expect([path, status]).toEqual([path, 400]);
  }
});

test("D-input a form beyond any of the shop's is refused", async () => {
  for (const path of ["/demo/signup", "/demo/forget"])
    expect((await shop.post(path, { name: "x".repeat(5_000) }, { "Content-Length": "5005" })).status).toBe(413);
});

test("starting over forgets both cookies", async () => {
  shop.cookies.set("agentlinks_ref", "demo42");
  await shop.buy("mug");
  await shop.post("/demo/forget", {});
  expect([...shop.cookies.keys()]).toEqual([]);
});

test("the fetched panel says whether the click was counted", async () => {
  shop.cookies.set("agentlinks_ref", "demo42");
  const before = /data-clicks="(\d+)"/.exec(await shop.page("/demo"))?.[1];
  expect(await shop.page(`/demo/panel?before=${before}`)).toContain("not counted twice");
  await shop.click();
  expect(await shop.page(`/demo/panel?before=${before}`)).toContain("Yours was just counted.");
});

async function openShop(config: Partial<Config> = {}) {
  const world = await createWorld({ config });
  const clock = await openMovableClock(world.db, world.deps.now);
  const runtime = { ...systemRuntime, now: clock.now };
  const deps = createDeps({ db: world.db, config: world.deps.config, runtime, log: () => {}, limits: NO_LIMITS });
  const demo = await seedDemo(deps, null);
  const build = () =>
    createApp(deps, {
      visitor: { ipOf: () => "127.0.0.1", countryOf: () => null },
      extra: (app) => {
        app.route("/", demoPages(deps, { demo, clock, api: async (path, init) => app.request(path, init) }));
      },
    });
  let app = build();
  const cookies = new Map<string, string>();

  const send = async (path: string, { headers, ...init }: Sending) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await app.request(path, { ...init, headers: { Host: HOST, Cookie: cookie, ...headers } });
    for (const line of response.headers.getSetCookie()) keepCookie(cookies, line);
    return response;
  };
  const get = async (path: string, headers: Record<string, string> = {}) => send(path, { headers });
  const page = async (path: string) => (await get(path)).text();
  const post = async (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    send(path, { method: "POST", body: new URLSearchParams(form), headers: { Origin: ORIGIN, ...headers } });
  const orderForm = async (product: string) => ({ product, order: valueOf(await page("/demo"), "order") });
  const refundForm = async (share: "half" | "all") => {
    const html = await page("/demo");
    return { share, refund: valueOf(html, "refund"), conversion: valueOf(html, "conversion") };
  };
  return {
    demo,
    cookies,
    send,
    get,
    page,
    post,
    orderForm,
    refundForm,
    buy: async (product: string) => post("/demo/buy", await orderForm(product)),
    refund: async (share: "half" | "all") => post("/demo/refund", await refundForm(share)),
    click: () => app.request("/api/track/click", { method: "POST", body: '{"ref":"demo42"}' }),
    now: clock.now,
    start: clock.now(),
    restart: () => {
      app = build();
    },
    balance: async () => {
      const headers = { Authorization: `Bearer ${demo.secretKey}` };
      const answer = await app.request(`/api/v1/affiliates/${demo.affiliateId}/balance`, { headers });
      return JSON.parse(await answer.text()).balances[0];
    },
  };
}

interface Sending {
  readonly method?: string;
  readonly body?: string | URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
}

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [, name = "", value = ""] = /^(\w+)=([^;]*)/.exec(line) ?? [];
  if (/Max-Age=0\b/.test(line)) cookies.delete(name);
  else cookies.set(name, value);
}

/** The value of the first hidden field of this name. */
function valueOf(html: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
}

/** The arithmetic of the first order, label by value. */
function lines(html: string): readonly (readonly [string, string])[] {
  const sum = /<dl class="sum">.*?<\/dl>/s.exec(html)?.[0] ?? "";
  return [...sum.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, label = "", value = ""]) => [label, value]);
}
