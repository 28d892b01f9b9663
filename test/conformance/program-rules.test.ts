import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, moveTo, setProgram, statsOf } from "../support/creators.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("every payment counts", () => {
  test("AL15 a user's third payment earns like the first, years later too", async () => {
    for (let payment = 0; payment < 3; payment++) {
      expect(await netOf({})).toBe(2_850);
      world.advance(400 * DAY_MS);
    }
    expect((await world.balance(app)).available_cents).toBe(3 * 2_850);
  });

  test.each([
    // [months, signed up, last instant that earns, first that does not, why]
    [1, "2026-01-20T10:00:00Z", "2026-02-20T09:59:59Z", "2026-02-20T10:00:00Z", "to the second"],
    [12, "2026-03-01T00:00:00Z", "2027-02-28T23:59:59Z", "2027-03-01T00:00:00Z", "a year"],
    [1, "2026-03-31T08:00:00Z", "2026-05-01T07:59:59Z", "2026-05-01T08:00:00Z", "no 31 April: a day longer"],
    [1, "2026-01-31T00:00:00Z", "2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z", "no 31 February: three days longer"],
    [1, "2028-01-31T00:00:00Z", "2028-03-01T23:59:59Z", "2028-03-02T00:00:00Z", "in a leap year two"],
    [12, "2028-02-29T12:00:00Z", "2029-03-01T11:59:59Z", "2029-03-01T12:00:00Z", "no 29 February next year"],
    [1, "2026-12-31T23:59:59Z", "2027-01-31T23:59:58Z", "2027-01-31T23:59:59Z", "over the turn of the year"],
  ])("AL15 with a limit of %d months a user of %s earns at %s and no more at %s: %s", async (...row) => {
    const [max_months, signedUp, last, first] = row;
    await setProgram(world, app, { max_months });
    moveTo(world, signedUp);
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" }, { key: app.key });
    moveTo(world, last);
    expect(await netOf({})).toBe(2_850);
    moveTo(world, first);
    const late = await pay({ event_id: "late" });
    expect(late.body).toMatchObject({ commission: { net_commission_cents: 0 }, hold: false, reason: "month_limit" });
  });

  test("AL15 the limit as it is at the payment counts, and taking it away lets users earn again", async () => {
    await netOf({});
    await setProgram(world, app, { max_months: 1 });
    world.advance(60 * DAY_MS);
    expect(await netOf({ event_id: "limited" })).toBe(0);
    await setProgram(world, app, { max_months: null });
    expect(await netOf({ event_id: "unlimited" })).toBe(2_850);
  });

  test("AL15 a payment beyond the limit is counted and answered to the public without a reason", async () => {
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" });
    await setProgram(world, app, { max_months: 1 });
    world.advance(60 * DAY_MS);
    const body = { ref: app.ref, user_id: "u1", amount_cents: 10_000 };
    const late = await world.call("/api/track/conversion", body);
    expect(late.body.commission.commission_cents).toBe(0);
    expect(Object.keys(late.body)).toEqual(["conversion_id", "status", "currency", "available_at", "commission"]);
    expect(await statsOf(world, app)).toMatchObject([{ conversions: 1 }]);
  });
});

describe("the rate", () => {
  test("AL16 of the time of the payment stays with the commission for life", async () => {
    const old = await pay({ event_id: "old" });
    world.advance(1);
    await setProgram(world, app, { commission_percent: 10 });
    await pay({ event_id: "new" });
    expect(await rates()).toEqual([
      [10, 1_000],
      [30, 3_000],
    ]);
    const refund = { conversion_id: old.body.conversion_id, amount_cents: 5_000 };
    const refunded = await world.call("/api/track/refund", refund, { key: app.key });
    expect(refunded.body.reversed.commission_cents).toBe(1_500);
    expect((await pay({ event_id: "old" })).body.commission.commission_cents).toBe(3_000);
  });

  test("AL16 an affiliate's own goes before the app's, until it is taken back", async () => {
    const vip = await addCreator(world, app, "vip", { commission_percent: 40 });
    expect(await netOf({ ref: vip.ref, user_id: "v1" })).toBe(3_800);
    await setProgram(world, app, { commission_percent: 10 });
    expect(await netOf({ ref: vip.ref, user_id: "v2" })).toBe(3_800);
    expect(await netOf({ user_id: "a1" })).toBe(950);
    await setRate(vip, 0);
    expect(await netOf({ ref: vip.ref, user_id: "v3" })).toBe(0);
    await setRate(vip, null);
    expect(await netOf({ ref: vip.ref, user_id: "v4" })).toBe(950);
  });

  test("AL16 changed twice in one instant, the last word counts", async () => {
    await setProgram(world, app, { commission_percent: 10 });
    await setProgram(world, app, { commission_percent: 20 });
    expect(await netOf({})).toBe(1_900);
  });

  test.each([["30.123"], [100.01], [-1], ["1e1"], ["30 %"], [""], [true], [null], [[30]]])(
    "AL16 %j is no percentage",
    async (commission_percent) => {
      const options = { key: app.key, method: "PATCH" };
      expect(await world.call("/api/v1/app", { commission_percent }, options)).toEqual(
        refused(400, "invalid_request", ["commission_percent"]),
      );
      expect(await netOf({})).toBe(2_850);
    },
  );
});

describe("maturation", () => {
  test.each([
    // [paid at, holding days, available at]
    ["2026-02-10T12:00:00.000Z", 14, "2026-02-25T00:00:00.000Z"],
    ["2026-02-10T00:00:00.000Z", 14, "2026-02-24T00:00:00.000Z"],
    ["2026-02-10T00:00:00.001Z", 14, "2026-02-25T00:00:00.000Z"],
    ["2026-02-10T23:59:59.999Z", 14, "2026-02-25T00:00:00.000Z"],
    ["2026-02-10T12:00:00.000Z", 0, "2026-02-11T00:00:00.000Z"],
    ["2026-02-10T00:00:00.000Z", 0, "2026-02-10T00:00:00.000Z"],
    ["2026-02-10T12:00:00.000Z", 365, "2027-02-11T00:00:00.000Z"],
  ])("AL28 AL29 paid at %s with %d holding days is available at %s, and not a moment before", async (...row) => {
    const [paidAt, holding_days, availableAt] = row;
    await setProgram(world, app, { holding_days });
    moveTo(world, paidAt);
    const paid = await pay({});
    expect(paid.body.available_at).toBe(availableAt);
    const available = Date.parse(availableAt);
    if (available > world.deps.now()) {
      world.advance(available - 1 - world.deps.now());
      expect(await world.balance(app)).toMatchObject({ pending_cents: 2_850, available_cents: 0 });
      expect(await commissionsOf(world, app)).toMatchObject([{ status: "pending", available_at: availableAt }]);
      world.advance(1);
    }
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, available_cents: 2_850, next: [] });
    expect(await commissionsOf(world, app)).toMatchObject([{ status: "confirmed", available_at: availableAt }]);
  });

  test("AL28 holds for 14 days unless the app says otherwise; a change is for later payments", async () => {
    expect((await pay({ event_id: "a" })).body.available_at).toBe("2026-01-30T00:00:00.000Z");
    await setProgram(world, app, { holding_days: 30 });
    expect((await pay({ event_id: "b" })).body.available_at).toBe("2026-02-15T00:00:00.000Z");
    expect((await pay({ event_id: "a" })).body.available_at).toBe("2026-01-30T00:00:00.000Z");
  });

  test.each([-1, 366, 1.5, "14", null])("AL28 %j is no number of holding days", async (holding_days) => {
    expect(await world.call("/api/v1/app", { holding_days }, { key: app.key, method: "PATCH" })).toEqual(
      refused(400, "invalid_request", ["holding_days"]),
    );
  });

  test("AL36 a balance shows what is to come, day by day, and needs no job to move", async () => {
    await pay({ event_id: "a" });
    await pay({ event_id: "b", amount_cents: 2_000 });
    world.advance(DAY_MS);
    await pay({ event_id: "c" });
    expect(await balances()).toEqual(
      answered(200, {
        balances: [
          {
            currency: "usd",
            pending_cents: 6_270,
            available_cents: 0,
            in_review_cents: 0,
            held_cents: 0,
            paid_cents: 0,
            processing_cents: 0,
            next: [
              { available_at: "2026-01-30T00:00:00.000Z", amount_cents: 3_420 },
              { available_at: "2026-01-31T00:00:00.000Z", amount_cents: 2_850 },
            ],
          },
        ],
      }),
    );
    moveTo(world, "2026-01-30T00:00:00Z");
    expect((await balances()).body.balances).toMatchObject([
      {
        pending_cents: 2_850,
        available_cents: 3_420,
        next: [{ available_at: "2026-01-31T00:00:00.000Z", amount_cents: 2_850 }],
      },
    ]);
  });

  test("AL36 the app's currency is always there, with zeros", async () => {
    const zeros = { pending_cents: 0, available_cents: 0, in_review_cents: 0, held_cents: 0, paid_cents: 0 };
    expect(await balances()).toEqual(
      answered(200, { balances: [{ currency: "usd", ...zeros, processing_cents: 0, next: [] }] }),
    );
  });
});

describe("statistics", () => {
  test("AL32 clicks, signups, conversions and refunds are counted per code and UTC day", async () => {
    const second = { ...app, ref: "second" };
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "second" }, { key: app.key });
    await story(app, "u1");
    await story(second, "u2");
    moveTo(world, "2026-01-15T23:59:59.999Z");
    await click(app);
    world.advance(1);
    await click(app);
    await story(second, "u3");
    const counts = { clicks: 1, signups: 1, conversions: 1, refunds: 1 };
    expect(await statsOf(world, app)).toEqual([
      { date: "2026-01-15", ref: app.ref, ...counts, clicks: 2 },
      { date: "2026-01-15", ref: "second", ...counts },
      { date: "2026-01-16", ref: app.ref, clicks: 1, signups: 0, conversions: 0, refunds: 0 },
      { date: "2026-01-16", ref: "second", ...counts },
    ]);
    expect(await statsOf(world, app, "?from=2026-01-16&to=2026-01-16&ref=SECOND")).toEqual([
      { date: "2026-01-16", ref: "second", ...counts },
    ]);
  });
});

function pay(body: object) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, { key: app.key });
}

async function netOf(body: object): Promise<number> {
  return (await pay(body)).body.commission.net_commission_cents;
}

async function rates(): Promise<readonly unknown[]> {
  return (await commissionsOf(world, app)).map((row) => [row.rate_percent, row.commission_cents]);
}

async function setRate(creator: TestApp, commission_percent: number | null): Promise<void> {
  const path = `/api/v1/affiliates/${creator.affiliateId}`;
  expect((await world.call(path, { commission_percent }, { key: app.key, method: "PATCH" })).status).toBe(200);
}

function balances() {
  return world.call(`/api/v1/affiliates/${app.affiliateId}/balance`, undefined, { key: app.key });
}

async function click(creator: TestApp): Promise<void> {
  await world.call("/api/track/click", { ref: creator.ref });
}

async function story(creator: TestApp, user_id: string): Promise<void> {
  await click(creator);
  await world.call("/api/track/signup", { ref: creator.ref, user_id }, { key: app.key });
  await netOf({ ref: creator.ref, user_id });
  const refund = { ref: creator.ref, user_id, amount_cents: 100 };
  expect((await world.call("/api/track/refund", refund, { key: app.key })).status).toBe(200);
}
