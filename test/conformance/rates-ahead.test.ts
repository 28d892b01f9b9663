import { beforeEach, describe, expect, test } from "vitest";
import { refused } from "../support/answers.ts";
import { addCreator, commissionsOf, moveTo } from "../support/creators.ts";
import { dumpDatabase } from "../support/dump.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const NOW = "2026-01-15T12:00:00.000Z";
const FEBRUARY = "2026-02-01T00:00:00.000Z";
const APRIL = "2026-04-01T00:00:00.000Z";
const MARCH = "2026-03-01T00:00:00.000Z";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("an affiliate's own rate from a day on", () => {
  test("AR16 AL16 is announced until then and in force from that instant; what was recorded before keeps its rate", async () => {
    expect((await patch({ commission_percent: 40, commission_from: FEBRUARY })).body.affiliate).toMatchObject({
      commission_percent: 30,
      commission_next: { commission_percent: 40, from: FEBRUARY },
    });
    expect((await read()).commission_next).toEqual({ commission_percent: 40, from: FEBRUARY });
    await pay("before");
    moveTo(world, "2026-01-31T23:59:59.999Z");
    await pay("the last moment");
    moveTo(world, FEBRUARY);
    await pay("the first");
    expect(await read()).toMatchObject({ commission_percent: 40, commission_next: null });
    expect((await commissionsOf(world, app)).map((row) => row.rate_percent)).toEqual([40, 30, 30]);
  });

  test("AR16 AL16 may end again, to the app's rate as it is by then", async () => {
    await patch({ commission_percent: 50 });
    await patchApp({ commission_percent: 10, commission_from: FEBRUARY });
    await patchApp({ commission_percent: 5, commission_from: APRIL });
    await patch({ commission_percent: null, commission_from: MARCH });
    expect(await read()).toMatchObject({
      commission_percent: 50,
      commission_next: { commission_percent: 10, from: MARCH },
    });
    moveTo(world, MARCH);
    expect(await read()).toMatchObject({
      commission_percent: 10,
      commission_next: { commission_percent: 5, from: APRIL },
    });
    await pay("afterwards");
    expect((await commissionsOf(world, app))[0]).toMatchObject({ rate_percent: 10 });
  });

  test("AR16 a plan stands beside a change of today, and is changed by another one for the same instant", async () => {
    await patch({ commission_percent: 40, commission_from: FEBRUARY });
    await patch({ commission_percent: 60, commission_from: MARCH });
    await patch({ commission_percent: 35 });
    await patch({ commission_percent: 45, commission_from: FEBRUARY });
    expect(await read()).toMatchObject({
      commission_percent: 35,
      commission_next: { commission_percent: 45, from: FEBRUARY },
    });
    moveTo(world, FEBRUARY);
    expect(await read()).toMatchObject({
      commission_percent: 45,
      commission_next: { commission_percent: 60, from: MARCH },
    });
  });

  test("AR16 may begin at once, in any time zone, never in the past, and not without a rate", async () => {
    expect((await patch({ commission_percent: 41, commission_from: "2026-01-15T13:00:00+01:00" })).status).toBe(200);
    expect(await read()).toMatchObject({ commission_percent: 41, commission_next: null });
    const before = await dumpDatabase(world.db);
    const past = { commission_percent: 90, commission_from: "2026-01-15T11:59:59.999Z" };
    expect(await patch({ ...past, name: "New" })).toEqual(refused(400, "invalid_request", ["commission_from"]));
    expect(await patchApp(past)).toEqual(refused(400, "invalid_request", ["commission_from"]));
    for (const change of [patch, patchApp]) {
      expect(await change({ commission_from: MARCH })).toEqual(refused(400, "invalid_request", ["commission_percent"]));
      const noInstant = { commission_percent: 1, commission_from: "tomorrow" };
      expect(await change(noInstant)).toEqual(refused(400, "invalid_request", ["commission_from"]));
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("AR16 is one affiliate's, and the audit log says from when", async () => {
    const kim = await addCreator(world, app, "kim");
    await patch({ commission_percent: 40, commission_from: FEBRUARY });
    expect(await read(kim)).toMatchObject({ commission_percent: 30, commission_next: null });
    const { entries } = (await world.call("/api/v1/audit?action=affiliate.changed", undefined, { key: app.key })).body;
    expect(entries[0].after).toEqual({ rate_bps: 4_000, rate_from: Date.parse(FEBRUARY) });
  });
});

test("R-app AL16 the app's rate from a day on is told to whoever has none of their own", async () => {
  const kim = await addCreator(world, app, "kim", { commission_percent: 50 });
  const { app: shown } = (await patchApp({ commission_percent: 20, commission_from: FEBRUARY })).body;
  expect(shown).toMatchObject({ commission_percent: 30, commission_next: { commission_percent: 20, from: FEBRUARY } });
  expect(await read()).toMatchObject({ commission_percent: 30, commission_next: shown.commission_next });
  expect(await read(kim)).toMatchObject({ commission_percent: 50, commission_next: null });
  moveTo(world, FEBRUARY);
  await pay("afterwards");
  expect(await read()).toMatchObject({ commission_percent: 20, commission_next: null });
  expect((await commissionsOf(world, app))[0]).toMatchObject({ rate_percent: 20 });
  expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app).toMatchObject({
    commission_percent: 20,
    commission_next: null,
    created_at: NOW,
  });
});

function patch(body: object): Promise<Answer> {
  return world.call(`/api/v1/affiliates/${app.affiliateId}`, body, { key: app.key, method: "PATCH" });
}

function patchApp(body: object): Promise<Answer> {
  return world.call("/api/v1/app", body, { key: app.key, method: "PATCH" });
}

async function read(creator = app) {
  return (await world.call(`/api/v1/affiliates/${creator.affiliateId}`, undefined, { key: app.key })).body.affiliate;
}

function pay(event_id: string): Promise<Answer> {
  return world.call(
    "/api/track/conversion",
    { ref: app.ref, user_id: "u1", amount_cents: 1_000, event_id },
    { key: app.key },
  );
}
