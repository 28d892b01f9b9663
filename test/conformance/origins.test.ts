import { beforeEach, describe, expect, test } from "vitest";
import { refused } from "../support/answers.ts";
import { setProgram } from "../support/creators.ts";
import { type Dump, dumpDatabase } from "../support/dump.ts";
import { openEdgeDb } from "../support/edge-door.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { TRACK_ROUTES, VALIDATE_ROUTE } from "../support/routes.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const OWN = "https://shop.example.test";
const FOREIGN = "https://thief.example.test";
const ROUTES = [...TRACK_ROUTES, VALIDATE_ROUTE];

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  // What the table's refund is of.
  const payment = { ref: app.ref, user_id: "u0", amount_cents: 10_000, payment_ref: "in_0" };
  await world.call("/api/track/conversion", payment);
  // A day's first click draws the salt of its visitors.
  await world.call("/api/track/click", { ref: app.ref, visitor: "v0" });
  await setProgram(world, app, { origins: [OWN, "http://localhost:3000"] });
});

describe.each(ROUTES)("$name", (route) => {
  test("E-origin_not_allowed 403: from another page, readable there, and nothing is moved", async () => {
    const before = await moved();
    for (const origin of [
      FOREIGN,
      "null",
      `${OWN}:8443`,
      "http://shop.example.test",
      "https://a.shop.example.test",
      "",
    ]) {
      const answer = await send(route, { Origin: origin });
      expect({ origin, ...answer }).toEqual({ origin, ...refused(403, "origin_not_allowed") });
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("*");
    }
    expect(await moved()).toEqual(before);
  });

  test("E-origin_not_allowed not from the app's own pages, nor from a backend", async () => {
    expect((await send(route, { Origin: OWN })).status).toBe(route.status);
    expect((await send(route, { Origin: "http://localhost:3000" })).status).toBe(route.status);
    expect((await send(route, {})).status).toBe(route.status);
    expect((await send(route, {}, app.key)).status).toBe(route.status);
  });

  test("E-origin_not_allowed not where the list is empty, and an app's list is its own", async () => {
    const open = await world.newApp();
    const body = { ...route.body?.(open), user_id: "u9", payment_ref: "in_9" };
    const payment = { ref: open.ref, user_id: "u9", amount_cents: 10_000, payment_ref: "in_9" };
    await world.call("/api/track/conversion", payment);
    const answer = await world.call(route.path(open), body, { headers: { Origin: FOREIGN } });
    expect(answer.status).toBe(route.status);
    await setProgram(world, app, { origins: [] });
    expect((await send(route, { Origin: FOREIGN })).status).toBe(route.status);
  });

  test("E-origin_not_allowed costs no call of the database, with a list or without", async () => {
    const costs: number[] = [];
    for (const headers of [{}, { Origin: OWN }, { Origin: FOREIGN }]) {
      const before = db.calls();
      await send(route, headers);
      costs.push(db.calls() - before);
    }
    // A refused signup, conversion or refund is noted for its owner, after its answer.
    const isNoted = /signup|conversion|refund/.test(route.name);
    expect(costs).toEqual([1, 1, isNoted ? 2 : 1]);
  });
});

test("E-origin_not_allowed a list counts from the next call on", async () => {
  const route = TRACK_ROUTES[1];
  if (route === undefined) expect.fail("there is a signup");
  await setProgram(world, app, { origins: [FOREIGN] });
  expect(await send(route, { Origin: OWN })).toEqual(refused(403, "origin_not_allowed"));
  expect((await send(route, { Origin: FOREIGN })).status).toBe(200);
});

test("E-origin_not_allowed an unknown code stays unknown: nobody learns which app it is not", async () => {
  const body = { ref: "nobody", app_id: app.id, user_id: "u1" };
  expect(await world.call("/api/track/signup", body, { headers: { Origin: FOREIGN } })).toEqual(
    refused(404, "unknown_ref"),
  );
});

test("E-origin_not_allowed over a remote database too nothing of the batch is written", async () => {
  world = await createWorld({ db: openEdgeDb() });
  app = await world.newApp();
  await setProgram(world, app, { origins: [OWN] });
  const before = await moved();
  const body = { ref: app.ref, user_id: "u1", amount_cents: 10_000 };
  const post = (origin: string) => world.call("/api/track/conversion", body, { headers: { Origin: origin } });
  expect(await post(FOREIGN)).toEqual(refused(403, "origin_not_allowed"));
  expect(await moved()).toEqual(before);
  expect((await post(OWN)).status).toBe(200);
});

function send(
  route: (typeof ROUTES)[number],
  headers: Readonly<Record<string, string>>,
  key?: string,
): Promise<Answer> {
  return world.call(route.path(app), route.body?.(app), { key, headers });
}

/** Every row but those that tell of refused calls. */
async function moved(): Promise<Dump> {
  return { ...(await dumpDatabase(world.db)), drop: [] };
}
