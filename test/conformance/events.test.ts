import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { EventFeed } from "../../openapi/answers/events.ts";
import { tellConfirmed } from "../../worker/services/events/tell-confirmed.ts";
import { answered, refused } from "../support/answers.ts";
import { addApplicant, addCreator, DAY_MS, setStatus } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { failPayout, payOut, runBatch, setMinimums, giveMethod, payoutsOf, step } from "../support/payouts.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("an app is told", () => {
  test("EV1 of a signup, a payment and its commission, in that order, as things stood then", async () => {
    const conversion = await pay({ user_id: "u1" });
    const [joined, signup, paid, earned] = await feed();
    expect(joined).toMatchObject({
      type: "affiliate.joined",
      data: { affiliate_id: app.affiliateId, status: "active" },
    });
    expect(signup).toMatchObject({
      type: "signup.created",
      data: { affiliate_id: app.affiliateId, ref: app.ref, user_id: "u1" },
    });
    expect(paid).toEqual({
      id: `evt_${app.id.slice(4)}_3`,
      type: "conversion.created",
      timestamp: "2026-01-15T12:00:00.000Z",
      data: { ...whose(conversion), amount_cents: 10_000, trust: "verified", user_id: "u1" },
    });
    expect(earned).toEqual({
      id: `evt_${app.id.slice(4)}_4`,
      type: "commission.created",
      timestamp: "2026-01-15T12:00:00.000Z",
      data: {
        ...whose(conversion),
        amount_cents: 10_000,
        refunded_cents: 0,
        commission_cents: 3_000,
        platform_fee_cents: 150,
        net_commission_cents: 2_850,
        status: "pending",
        lane: "clear",
        reason: null,
        available_at: "2026-01-30T00:00:00.000Z",
        change: { net_commission_cents: 2_850, platform_fee_cents: 150, lane: null },
        cause_id: expect.stringMatching(/^clm_/),
        user_id: "u1",
      },
    });
  });

  test("EV2 of each thing once, however often a call is repeated or a job runs", async () => {
    const body = { event_id: "e1", user_id: "u1" };
    await pay(body);
    await pay(body);
    world.advance(20 * DAY_MS);
    await tellConfirmed(world.deps);
    await tellConfirmed(world.deps);
    const twice = { user_id: "u1", amount_cents: 100, event_id: "r1" };
    for (let time = 0; time < 2; time++) await world.call("/api/track/refund", twice, { key: app.key });
    expect(await kinds()).toEqual([
      "affiliate.joined",
      "signup.created",
      "conversion.created",
      "commission.created",
      "commission.confirmed",
      "refund.created",
      "commission.clawed_back",
    ]);
  });

  test("EV3 what is taken back before it matured is a cancellation, in part or whole; afterwards a clawback", async () => {
    const first = await pay({ user_id: "u1" });
    await refund({ conversion_id: first, amount_cents: 2_500 });
    await refund({ conversion_id: first });
    const second = await pay({ user_id: "u2" });
    world.advance(20 * DAY_MS);
    await tellConfirmed(world.deps);
    await refund({ conversion_id: second, amount_cents: 5_000 });
    const told = (await feed()).filter(({ type }) => /^(?:refund|commission\.c(?:an|la|on))/.test(type));
    expect(
      told.map(({ type, data }) => [type, data.amount_cents, data.status, data.change?.net_commission_cents]),
    ).toEqual([
      ["refund.created", 2_500, undefined, undefined],
      ["commission.cancelled", 10_000, "pending", -712],
      ["refund.created", 7_500, undefined, undefined],
      ["commission.cancelled", 10_000, "cancelled", -2_138],
      ["commission.confirmed", 10_000, "confirmed", undefined],
      ["refund.created", 5_000, undefined, undefined],
      ["commission.clawed_back", 10_000, "confirmed", -1_425],
    ]);
    expect(told.at(-1)?.data).toMatchObject({ net_commission_cents: 1_425, cause_id: expect.stringMatching(/^rfd_/) });
  });

  test("EV4 what is frozen is held and then released, and told as confirmed only once it is not held", async () => {
    const conversion = await pay({ user_id: "u1" });
    await hand(conversion, "hold");
    world.advance(20 * DAY_MS);
    await tellConfirmed(world.deps);
    expect((await kinds()).slice(-1)).toEqual(["commission.held"]);
    await hand(conversion, "release");
    await tellConfirmed(world.deps);
    expect((await feed()).slice(-2)).toMatchObject([
      { type: "commission.released", data: { status: "confirmed", lane: "clear", change: { lane: "held" } } },
      { type: "commission.confirmed", data: { net_commission_cents: 2_850 } },
    ]);
  });

  test("EV5 of a payout that is made, fails, is paid, and comes back", async () => {
    await pay({ user_id: "u1" });
    world.advance(20 * DAY_MS);
    await setMinimums(world, app, { usd: 1 });
    await giveMethod(world, app);
    const batch = await runBatch(world, app);
    const [lost] = await payoutsOf(world, app, `&batch_id=${batch.id}`);
    await failPayout(world, app, lost.id);
    const paid = await payOut(world, app);
    await step(world, app, `${paid}/return`, { amount_cents: 850, reason: "a test" });
    const told = (await feed()).filter(({ type }) => type.startsWith("payout."));
    expect(told.map(({ type, data }) => [type, data.payout_id, data.amount_cents, data.status])).toEqual([
      ["payout.created", lost.id, 2_850, "processing"],
      ["payout.failed", lost.id, 2_850, "failed"],
      ["payout.created", paid, 2_850, "processing"],
      ["payout.paid", paid, 2_850, "settled"],
      ["payout.returned", paid, 850, "settled"],
    ]);
    expect(new Set(told.map(({ timestamp }) => timestamp.slice(0, 10)))).toEqual(new Set(["2026-02-04"]));
  });

  test("EV6 of who joins, and of each change of their status", async () => {
    const applicant = await addApplicant(world, app, "kim");
    for (const status of ["active", "suspended"]) await setStatus(world, applicant, status);
    expect((await feed()).slice(-3)).toMatchObject([
      { type: "affiliate.joined", data: { status: "applied", account_id: "acc_kim", email: null } },
      { type: "affiliate.status_changed", data: { from: "applied", status: "active" } },
      {
        type: "affiliate.status_changed",
        data: { from: "active", status: "suspended", affiliate_id: applicant.affiliateId },
      },
    ]);
  });

  test("EV1 and what is told of a customer who is erased names them no more", async () => {
    await pay({ user_id: "u1" });
    await world.call("/api/v1/customers/u1", undefined, { key: app.key, method: "DELETE" });
    expect((await feed()).slice(1).map(({ data }) => data.user_id)).toEqual([null, null, null]);
    expect(JSON.stringify(await rowsOf(world.db, "event"))).not.toContain('"u1"');
  });
});

describe("the feed", () => {
  test("EV7 is read from one event to the next: none is lost or doubled, whatever comes in between", async () => {
    await addCreator(world, app, "second");
    await pay({ user_id: "u1" });
    const taken: Json[] = [];
    for (let page = 0; page < 9; page++) {
      const after = taken.at(-1)?.id ?? "";
      const { events, next_cursor } = (await read(`limit=2&after=${after}`)).body;
      taken.push(...events);
      if (page === 0) await pay({ user_id: "u2" });
      expect(next_cursor).toBe(taken.length < 8 ? events.at(-1)?.id : null);
      if (next_cursor === null) break;
    }
    expect(taken).toEqual(await feed());
    expect(taken).toHaveLength(8);
    expect((await read(`after=${taken.at(-1)?.id}`)).body).toEqual({ events: [], next_cursor: null });
  });

  test("EV7 lists one kind or several, and says what it does not take", async () => {
    await pay({ user_id: "u1" });
    const some = await read("type=signup.created,commission.created");
    expect(some.body.events.map(({ type }: Json) => type)).toEqual(["signup.created", "commission.created"]);
    expect(await read("type=nothing")).toEqual(refused(400, "invalid_request", ["type.0"]));
    expect(await read("after=evt_other_1")).toEqual(refused(400, "invalid_request", ["after"]));
    expect(await read("limit=0")).toEqual(refused(400, "invalid_request", ["limit"]));
  });

  test("EV8 is of one app: of another's there is nothing", async () => {
    await pay({ user_id: "u1" });
    const other = await world.newApp();
    const theirs = await world.call("/api/v1/events", undefined, { key: other.key });
    expect(theirs).toEqual(
      answered(200, { events: [expect.objectContaining({ type: "affiliate.joined" })], next_cursor: null }),
    );
    const mine = (await feed()).at(-1)?.id;
    const asked = await world.call(`/api/v1/events?after=${mine}`, undefined, { key: other.key });
    expect(asked).toEqual(refused(400, "invalid_request", ["after"]));
  });
});

async function pay(body: Json): Promise<string> {
  const answer = await world.call(
    "/api/track/conversion",
    { ref: app.ref, amount_cents: 10_000, ...body },
    { key: app.key },
  );
  if (answer.status !== 200) throw new Error(`no conversion: ${JSON.stringify(answer.body)}`);
  return answer.body.conversion_id;
}

async function refund(body: Json): Promise<void> {
  const answer = await world.call("/api/track/refund", body, { key: app.key });
  if (answer.status !== 200) throw new Error(`no refund: ${JSON.stringify(answer.body)}`);
}

async function hand(conversion: string, way: "hold" | "release"): Promise<void> {
  const path = `/api/v1/conversions/${conversion}/${way}`;
  const answer = await world.call(path, { reason: "a test" }, { key: app.key });
  if (answer.status !== 200) throw new Error(`no ${way}: ${JSON.stringify(answer.body)}`);
}

function read(query: string) {
  return world.call(`/api/v1/events?${query}`, undefined, { key: app.key });
}

async function feed(): Promise<readonly Json[]> {
  const { body } = await read("limit=100");
  // As the reference has them, with no field that it does not name.
  expect(v.safeParse(EventFeed, body).issues).toBeUndefined();
  return body.events;
}

async function kinds(): Promise<readonly string[]> {
  return (await feed()).map(({ type }) => type);
}

function whose(conversion: string) {
  return { conversion_id: conversion, affiliate_id: app.affiliateId, ref: app.ref, currency: "usd" };
}
