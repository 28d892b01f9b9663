import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { addApplicant, addCreator, DAY_MS, HOUR_MS, setStatus, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

const TRACKED = answered(202, { tracked: true });
const NOT_TRACKED = answered(202, { tracked: false });

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("a browser click", () => {
  test("AL20 is answered 202 and counted", async () => {
    expect(await browserClick({ ref: app.ref, app_id: app.id })).toEqual(TRACKED);
    expect(await clicks()).toBe(1);
  });

  test("AL20 of one visitor counts once an hour and code", async () => {
    await browserClick();
    world.advance(HOUR_MS - 1);
    expect(await browserClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(1);
    world.advance(1);
    expect(await browserClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(2);
    const other = await addCreator(world, app, "othercode");
    await browserClick({ ref: other.ref });
    expect(await clicks(other)).toBe(1);
  });

  test("AL20 keeps the country the platform tells, and takes none from the caller's own headers", async () => {
    await browserClick({}, { "CF-IPCountry": "XX" });
    await browserClick({}, { "X-Test-IP": "192.0.2.9", "X-Test-Country": "NL" });
    expect((await rowsOf(world.db, "click")).map((row) => row["country"])).toEqual(
      expect.arrayContaining(["NL", null]),
    );
  });

  test.each([
    ["another address", { "X-Test-IP": "192.0.2.2" }],
    ["another browser", { "User-Agent": FIREFOX }],
  ])("AL20 by %s is another visitor", async (_, headers) => {
    await browserClick();
    await browserClick({}, headers);
    expect(await clicks()).toBe(2);
  });

  test("AL20 cannot name its visitor: the request tells", async () => {
    await browserClick({ visitor: "v1", user_agent: FIREFOX });
    await browserClick({ visitor: "v2" });
    expect(await clicks()).toBe(1);
  });

  test.each([
    ["a bot", { "User-Agent": GOOGLEBOT }],
    ["a headless browser", { "User-Agent": CHROME.replace("Chrome/", "HeadlessChrome/") }],
    ["an empty user agent", { "User-Agent": "" }],
    ["a prefetch", { "Sec-Purpose": "prefetch" }],
    ["a prerendered page", { "Sec-Purpose": "prefetch;prerender" }],
    ["an older browser's prefetch", { Purpose: "prefetch" }],
  ])("AL20 by %s is answered like any other, and not counted", async (_, headers) => {
    expect(await browserClick({}, headers)).toEqual(TRACKED);
    expect(await clicks()).toBe(0);
    expect(await browserClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(1);
  });

  test("AL20 from a page without an address of its own is a browser's too", async () => {
    await browserClick({ visitor: "v1" }, { Origin: "null" });
    await browserClick({ visitor: "v2" }, { Origin: "null" });
    expect(await clicks()).toBe(1);
  });

  test("AL20 leaves neither address nor browser nor page behind, and no name that lasts two days", async () => {
    const headers = { Referer: "https://shop.example.test/secret-page?token=1" };
    await browserClick({ referrer_host: "News.Example.test" }, headers);
    world.advance(DAY_MS);
    await browserClick({ referrer_host: "News.Example.test" }, headers);
    const rows = await rowsOf(world.db, "click");
    expect(rows).toMatchObject([{ referrer_host: "news.example.test" }, { referrer_host: "news.example.test" }]);
    const visitors = rows.map((row) => row["visitor"]);
    expect(visitors).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(new Set(visitors).size).toBe(2);
    expect(JSON.stringify(rows)).not.toMatch(/192\.0\.2\.1|Mozilla|secret-page/);
    world.advance(2 * DAY_MS);
    await browserClick();
    expect(await rowsOf(world.db, "visitor_salt")).toHaveLength(1);
  });
});

describe("a server click", () => {
  test("AL20 without a visitor counts each time", async () => {
    for (let time = 0; time < 3; time++) expect(await serverClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(3);
  });

  test("AL20 with a visitor counts once an hour, and the name is hashed", async () => {
    await serverClick({ visitor: "customer-4711" });
    await serverClick({ visitor: "customer-4711" });
    await serverClick({ visitor: "customer-4712" });
    expect(await clicks()).toBe(2);
    world.advance(HOUR_MS);
    await serverClick({ visitor: "customer-4711" });
    expect(await clicks()).toBe(3);
    expect(JSON.stringify(await rowsOf(world.db, "click"))).not.toContain("customer-");
  });

  test.each([
    [GOOGLEBOT, 0],
    ["", 0],
    [CHROME, 1],
  ])("AL20 is judged by the user agent it reports: %j counts %d", async (user_agent, counted) => {
    expect(await serverClick({ user_agent })).toEqual(TRACKED);
    expect(await clicks()).toBe(counted);
  });

  test("AL20 is not judged by the backend's own user agent", async () => {
    const headers = { "User-Agent": "curl/8.5.0" };
    await world.call("/api/track/click", { ref: app.ref }, { headers });
    expect(await clicks()).toBe(1);
  });

  test("AL20 with a key counts for the key's app alone", async () => {
    expect(await serverClick({}, app.key)).toEqual(TRACKED);
    const stranger = await world.newApp();
    expect(await serverClick({}, stranger.key)).toEqual(NOT_TRACKED);
    expect(await clicks()).toBe(1);
  });

  test.each([
    ["a visitor of 129 characters", { visitor: "v".repeat(129) }, "visitor"],
    ["no ref", { ref: undefined }, "ref"],
    ["an empty ref", { ref: "" }, "ref"],
    ["a number for a host", { referrer_host: 7 }, "referrer_host"],
  ])("AL20 refuses %s", async (_, body, path) => {
    expect(await serverClick(body)).toEqual(refused(400, "invalid_request", [path]));
    expect(await clicks()).toBe(0);
  });

  test.each(["https://news.example.test/page?q=1", "a$b.test", "a,b.test", ""])(
    "AL20 counts without a referrer that is no host: %j",
    async (referrer_host) => {
      expect(await serverClick({ referrer_host })).toEqual(TRACKED);
      expect(await clicks()).toBe(1);
      expect(await rowsOf(world.db, "click")).toMatchObject([{ referrer_host: null }]);
    },
  );

  test("AL20 takes a visitor of 128 characters", async () => {
    expect(await serverClick({ visitor: "v".repeat(128) })).toEqual(TRACKED);
  });
});

describe("tracked: false means only that the code is unknown or dead", () => {
  const CASES: readonly (readonly [string, (creator: TestApp) => Promise<Record<string, unknown>> | object])[] = [
    ["never issued", () => ({ ref: "nobody" })],
    ["no code at all", () => ({ ref: "no code" })],
    ["longer than a code can be", () => ({ ref: "a".repeat(65) })],
    ["another app's by app_id", async (creator) => ({ ref: creator.ref, app_id: (await world.newApp()).id })],
    ["an app that does not exist", (creator) => ({ ref: creator.ref, app_id: "app_none" })],
    ["of a revoked affiliate", async (creator) => (await setStatus(world, creator, "revoked"), { ref: creator.ref })],
    ["of one who only applied", async (creator) => ({ ref: (await addApplicant(world, creator, "waiting")).ref })],
    ["retired", async (creator) => (await retire(creator), { ref: creator.ref })],
    ["expired", async (creator) => ({ ref: await issueExpiring(creator) })],
  ];

  test.each(CASES)("AL20 AL41 a code %s: 202, tracked false, nothing counted", async (_, bodyOf) => {
    const body = await bodyOf(app);
    expect(await serverClick(body)).toEqual(NOT_TRACKED);
    expect(await browserClick(body)).toEqual(NOT_TRACKED);
    expect(await rowsOf(world.db, "click")).toEqual([]);
    expect(await rowsOf(world.db, "code_day")).toEqual([]);
  });

  test("AL20 AL47 a code in any case is the same code", async () => {
    expect(await browserClick({ ref: app.ref.toUpperCase() })).toEqual(TRACKED);
    expect(await browserClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(1);
  });

  test("AL20 D-suspended a suspended affiliate's clicks are tracked", async () => {
    await setStatus(world, app, "suspended");
    expect(await browserClick()).toEqual(TRACKED);
    expect(await clicks()).toBe(1);
  });
});

function browserClick(body: object = {}, headers: Readonly<Record<string, string>> = {}) {
  const browser = { Origin: "https://shop.example.test", "User-Agent": CHROME, "Content-Type": "text/plain" };
  return world.call("/api/track/click", { ref: app.ref, ...body }, { headers: { ...browser, ...headers } });
}

function serverClick(body: object = {}, key?: string) {
  return world.call("/api/track/click", { ref: app.ref, ...body }, { key });
}

/** All counted clicks on a creator's codes. */
async function clicks(creator = app): Promise<number> {
  const days = await statsOf(world, creator);
  return days.reduce((sum, day) => sum + day.clicks, 0);
}

async function retire(creator: TestApp): Promise<void> {
  const path = `/api/v1/affiliates/${creator.affiliateId}/codes/${creator.ref}`;
  expect(await world.call(path, undefined, { key: creator.key, method: "DELETE" })).toEqual(answered(204, null));
}

async function issueExpiring(creator: TestApp): Promise<string> {
  const expires_at = new Date(world.deps.now() + 1).toISOString();
  const body = { ref: "summer26", expires_at };
  await world.call(`/api/v1/affiliates/${creator.affiliateId}/codes`, body, { key: creator.key });
  world.advance(1);
  return "summer26";
}
