import { beforeEach, describe, expect, test } from "vitest";
import { createApp } from "../../worker/app.ts";
import { createDeps, type Deps } from "../../worker/deps.ts";
import type { QueuedClick } from "../../worker/gateways/click-queue.ts";
import { consumeClicks } from "../../worker/jobs/consume-clicks.ts";
import { addCreator, DAY_MS, HOUR_MS, moveTo, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { DRIVER_SECRET, type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { ownWorker } from "../support/own-worker.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const TRACKED = { status: 202, body: { tracked: true } };
const NOT_TRACKED = { status: 202, body: { tracked: false } };

let db: FaultyDb;
let world: World;
let app: TestApp;
/** The world with a queue before it, which keeps what it is given. */
let deps: Deps;
let queue: QueuedClick[];
let logged: Json[];
let calls: { queries: number; batches: number };

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  [queue, logged, calls] = [[], [], { queries: 0, batches: 0 }];
  deps = queued(async (message) => void queue.push(message));
});

describe("a click with a queue", () => {
  test("AL-i3 is answered once the queue has it, and counted once it is delivered", async () => {
    expect(await browserClick()).toMatchObject(TRACKED);
    expect(queue).toHaveLength(1);
    expect(await clicks()).toBe(0);
    expect(await deliver(queue)).toEqual(["ack"]);
    expect(await clicks()).toBe(1);
  });

  test("AL-i3 holds no address and no browser", async () => {
    await browserClick({ referrer_host: "News.Example.test" }, { "X-Test-Country": "NL" });
    await serverClick({ visitor: "customer-4711", user_agent: CHROME });
    const [browser, server] = queue;
    const hour = Math.floor(world.deps.now() / HOUR_MS);
    const visitor = expect.stringMatching(/^[0-9a-f]{64}$/);
    const ours = { appId: app.id, code: app.ref, hour, visitor };
    expect(browser).toEqual({ ...ours, referrerHost: "news.example.test", country: "NL" });
    expect(server).toEqual({ ...ours, referrerHost: null, country: null });
    expect(JSON.stringify(queue)).not.toMatch(/192\.0\.2|Mozilla|customer-/);
  });

  test.each([
    ["a bot", () => browserClick({}, { "User-Agent": GOOGLEBOT })],
    ["a prefetch", () => browserClick({}, { "Sec-Purpose": "prefetch" })],
    ["a bot a backend tells of", () => serverClick({ user_agent: GOOGLEBOT })],
  ])("AL-i3 AL20 by %s is tracked and never queued", async (_, send) => {
    expect(await send()).toMatchObject(TRACKED);
    expect(queue).toEqual([]);
  });

  test.each([
    ["never issued", () => serverClick({ ref: "nobody" })],
    ["no code at all", () => serverClick({ ref: "no code" })],
    ["another app's by app_id", async () => serverClick({ app_id: (await world.newApp()).id })],
    ["another app's by its key", async () => serverClick({}, (await world.newApp()).key)],
    ["of a revoked affiliate", async () => (await setStatus(world, app, "revoked"), serverClick())],
  ])("AL-i3 AL20 a code %s: tracked false, and never queued", async (_, send) => {
    await serverClick();
    world.advance(60_000);
    queue = [];
    expect(await send()).toMatchObject(NOT_TRACKED);
    expect(queue).toEqual([]);
  });

  test("AL-i3 a live code is looked up once in 60 seconds, whoever names it in whatever case", async () => {
    await serverClick({ visitor: "the salt of the day is read" });
    world.advance(60_000);
    expect(await asked(() => browserClick())).toBe(1);
    world.advance(59_999);
    expect(await asked(() => browserClick({ ref: app.ref.toUpperCase(), app_id: app.id }))).toBe(0);
    expect(await asked(() => serverClick())).toBe(0);
    world.advance(1);
    expect(await asked(() => browserClick())).toBe(1);
  });

  test("AL-i3 a code that is not live is looked up each time: one made a moment ago tracks", async () => {
    expect(await serverClick({ ref: "newcomer" })).toMatchObject(NOT_TRACKED);
    await addCreator(world, app, "newcomer");
    expect(await serverClick({ ref: "newcomer" })).toMatchObject(TRACKED);
  });

  test("AL-i3 a revocation reaches it within 60 seconds, an expiry at once", async () => {
    const expires_at = new Date(world.deps.now() + 1_000).toISOString();
    const path = `/api/v1/affiliates/${app.affiliateId}/codes`;
    await world.call(path, { ref: "summer26", expires_at }, { key: app.key });
    for (const ref of [app.ref, "summer26"]) expect(await serverClick({ ref })).toMatchObject(TRACKED);
    world.advance(1_000);
    expect(await serverClick({ ref: "summer26" })).toMatchObject(NOT_TRACKED);
    await setStatus(world, app, "revoked");
    world.advance(59_000);
    expect(await serverClick()).toMatchObject(NOT_TRACKED);
  });

  test("AL-i3 E-origin_not_allowed from a page that is none of the app's is refused, within the minute a code is believed", async () => {
    await setProgram(world, app, { origins: ["https://shop.example.test"] });
    expect(await statusOf("https://thief.example.test")).toBe(403);
    expect([await statusOf("https://shop.example.test"), (await serverClick()).status]).toEqual([202, 202]);
    expect(queue).toHaveLength(2);
    await setProgram(world, app, { origins: [] });
    world.advance(60_000);
    expect(await statusOf("https://thief.example.test")).toBe(202);
  });

  test("AL-i3 that the queue does not take is written at once, and counts once if it had taken it", async () => {
    deps = queued(async (message) => {
      queue.push(message);
      throw new Error("the queue is away");
    });
    expect(await serverClick()).toMatchObject(TRACKED);
    expect(await clicks()).toBe(1);
    await deliver(queue);
    expect(await clicks()).toBe(1);
    expect(logged).toContainEqual(expect.objectContaining({ level: "error", queue: "clicks" }));
  });

  test("AL-i3 AL-i2 is refused with 503 when its code cannot be looked up, and taken while it is known", async () => {
    db.fault("away");
    expect((await serverClick()).status).toBe(503);
    db.fault("none");
    await serverClick();
    db.fault("away");
    expect(await serverClick()).toMatchObject(TRACKED);
    expect(queue).toHaveLength(2);
  });

  test("AL-i3 AL-i2 while the store is away a code that was live goes on for an hour, and then is unknown", async () => {
    await serverClick();
    db.fault("away");
    world.advance(HOUR_MS - 1);
    expect(await serverClick()).toMatchObject(TRACKED);
    world.advance(1);
    expect((await serverClick()).status).toBe(503);
    expect(queue).toHaveLength(2);
  });

  test("AL-i3 what went on while the store was away ends with its expiry, and with what the store says when it is back", async () => {
    const expires_at = new Date(world.deps.now() + 120_000).toISOString();
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "summer26", expires_at }, { key: app.key });
    for (const ref of [app.ref, "summer26"]) expect(await serverClick({ ref })).toMatchObject(TRACKED);
    await setStatus(world, app, "revoked");
    db.fault("away");
    world.advance(120_000);
    expect((await serverClick({ ref: "summer26" })).status).toBe(503);
    expect(await serverClick()).toMatchObject(TRACKED);
    db.fault("none");
    expect(await serverClick()).toMatchObject(NOT_TRACKED);
  });
});

describe("delivered", () => {
  test("AL-i3 AL20 late, it counts in the hour and on the day it was made, under the code as it was", async () => {
    moveTo(world, "2026-03-09T23:59:59.999Z");
    await browserClick();
    world.advance(1);
    await browserClick();
    world.advance(HOUR_MS - 1);
    await browserClick();
    await setStatus(world, app, "revoked");
    world.advance(3 * DAY_MS);
    await deliver(queue);
    expect(await statsOf(world, app, "?from=2026-03-09&to=2026-03-14")).toMatchObject([
      { date: "2026-03-09", clicks: 1 },
      { date: "2026-03-10", clicks: 1 },
    ]);
    expect((await rowsOf(db, "click")).map(({ hour }) => hour)).toEqual([
      Date.UTC(2026, 2, 9, 23) / HOUR_MS,
      Date.UTC(2026, 2, 10) / HOUR_MS,
    ]);
  });

  test("AL-i3 AL20 twice in one delivery, again in another, or partly again, it counts once", async () => {
    for (const visitor of ["v1", "v2", "v1"]) await serverClick({ visitor });
    for (let time = 0; time < 2; time++) await serverClick();
    const [first] = queue;
    await deliver([...queue, ...queue]);
    await deliver(queue);
    await deliver(queue.slice(0, 2));
    if (first !== undefined) await deliver([first, { ...first, visitor: "another" }]);
    expect(await clicks()).toBe(5);
  });

  test("AL-i3 AL20 and made once more without the queue, it counts once", async () => {
    await browserClick();
    await deliver(queue);
    deps = { ...deps, clickQueue: null };
    await browserClick();
    expect(await clicks()).toBe(1);
    await browserClick({}, { "X-Test-IP": "192.0.2.77" });
    expect(await clicks()).toBe(2);
  });

  test("AL-i3 D-tenancy clicks of several apps each count for their own, in a batch of its own", async () => {
    const stranger = await world.newApp();
    await browserClick();
    await browserClick({ ref: stranger.ref });
    await serverClick();
    const before = calls.batches;
    expect(await deliver(queue)).toEqual(["ack", "ack", "ack"]);
    expect(calls.batches - before).toBe(2);
    expect([await clicks(), await clicks(stranger)]).toEqual([2, 1]);
  });

  test.each<readonly [string, (good: QueuedClick) => unknown]>([
    ["no click", () => "nonsense"],
    ["nothing", () => null],
    ["without a visitor", (good) => ({ ...good, visitor: undefined })],
    ["of an app that is gone", (good) => ({ ...good, appId: "app_gone" })],
    ["with a NUL", (good) => ({ ...good, visitor: "a\0b" })],
    ["with half a character", (good) => ({ ...good, referrerHost: "\ud800" })],
    ["of no hour", (good) => ({ ...good, hour: 1.5 })],
    ["of an hour that is text", (good) => ({ ...good, hour: "1" })],
    ["of no code", (good) => ({ ...good, code: "no code" })],
  ])("AL-i3 a message %s is retried by itself, and all others count", async (_, spoil) => {
    for (let time = 0; time < 4; time++) await serverClick();
    const [good, ...rest] = queue;
    if (good === undefined) throw new Error("nothing was queued");
    expect(await deliver([good, spoil(good), ...rest])).toEqual(["ack", "retry", "ack", "ack", "ack"]);
    expect(await clicks()).toBe(4);
    expect(logged).toContainEqual({ level: "error", queue: "clicks", retried: 1, of: 5 });
  });

  test("AL-i3 one that the database refuses is retried by itself, and all others count", async () => {
    for (const visitor of ["v1", "v2", "v3"]) await serverClick({ visitor });
    const refused = queue[1]?.visitor ?? "";
    await db.batch([
      {
        sql: `CREATE TRIGGER refuse BEFORE INSERT ON click WHEN NEW.visitor = '${refused}'
          BEGIN SELECT RAISE(ABORT, 'not this one'); END`,
        args: [],
      },
    ]);
    expect(await deliver(queue)).toEqual(["ack", "retry", "ack"]);
    expect(await clicks()).toBe(2);
  });

  test.each(["away", "lost-answer", "repeated"] as const)(
    "AL-i3 while the store is %s, it counts once",
    async (fault) => {
      for (let time = 0; time < 3; time++) await serverClick();
      db.fault(fault);
      const outcome = fault === "repeated" ? "ack" : "retry";
      expect(await deliver(queue)).toEqual([outcome, outcome, outcome]);
      db.fault("none");
      await deliver(queue);
      expect(await clicks()).toBe(3);
    },
  );

  test("AL-i3 an app whose store fails keeps no other app's clicks", async () => {
    await serverClick();
    await serverClick({ ref: (await world.newApp()).ref });
    db.fault("away", 1);
    expect(await deliver(queue)).toEqual(["ack", "retry"]);
  });

  test("AL-i3 what is not the store's failure is none of a message's", async () => {
    await serverClick();
    db.fault("broken");
    await expect(deliver(queue)).rejects.toThrow(DRIVER_SECRET);
  });

  test("AL-i3 E-misconfigured to an installation without its settings, it stays in the queue", async () => {
    await serverClick();
    const touched: string[] = [];
    const message = { body: queue[0], ack: () => void touched.push("ack"), retry: () => void touched.push("retry") };
    const worker = await ownWorker();
    await expect(worker.queue({ messages: [message] }, { ENV: "production" })).rejects.toThrow("DATABASE_URL");
    expect(touched).toEqual([]);
  });

  test("AL-i3 the log tells what went wrong, and nothing of a visitor", async () => {
    await browserClick();
    db.fault("away");
    await deliver(queue);
    expect(logged).toContainEqual({ level: "error", queue: "clicks", app: app.id, error: expect.any(String) });
    expect(JSON.stringify(logged)).not.toContain(queue[0]?.visitor);
  });
});

/** The world's wiring with a queue that does this with each click; its calls to the database are counted. */
function queued(send: (click: QueuedClick) => Promise<void>): Deps {
  const { config, limits } = world.deps;
  return createDeps({ db: counted(), config, limits, runtime: world.deps, log: keep, clickQueue: { send } });
}

function keep(entry: Json): void {
  logged.push(entry);
}

/** How often the database was asked for it. */
async function asked(send: () => Promise<unknown>): Promise<number> {
  const before = calls.queries + calls.batches;
  await send();
  return calls.queries + calls.batches - before;
}

function counted(): Deps["db"] {
  return {
    ...db,
    batch: (statements) => {
      calls.batches += 1;
      return db.batch(statements);
    },
    query: (statement) => {
      calls.queries += 1;
      return db.query(statement);
    },
  };
}

/** Hands the consumer these messages; answers what becomes of each. */
async function deliver(bodies: readonly unknown[]): Promise<readonly string[]> {
  const outcomes: string[] = [];
  const messages = bodies.map((body, index) => ({
    // As the queue does: what is delivered is a copy.
    body: JSON.parse(JSON.stringify(body)),
    ack: () => void (outcomes[index] = "ack"),
    retry: () => void (outcomes[index] = "retry"),
  }));
  await consumeClicks(deps, { messages });
  return outcomes;
}

async function browserClick(body: object = {}, headers: Readonly<Record<string, string>> = {}) {
  return click(body, { Origin: "https://shop.example.test", "User-Agent": CHROME, ...headers });
}

async function statusOf(origin: string): Promise<number> {
  return (await browserClick({}, { Origin: origin })).status;
}

async function serverClick(body: object = {}, key?: string) {
  return click(body, key === undefined ? {} : { Authorization: `Bearer ${key}` });
}

async function click(body: object, headers: Readonly<Record<string, string>>) {
  const http = createApp(deps, {
    visitor: {
      ipOf: (c) => c.req.header("X-Test-IP") ?? "192.0.2.1",
      countryOf: (c) => c.req.header("X-Test-Country") ?? null,
    },
  });
  const sent = { method: "POST", headers, body: JSON.stringify({ ref: app.ref, ...body }) };
  const response = await http.request("/api/track/click", sent);
  return { status: response.status, body: await response.json() };
}

async function clicks(creator = app): Promise<number> {
  return (await statsOf(world, creator)).reduce((sum, day) => sum + day.clicks, 0);
}
