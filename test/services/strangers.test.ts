import { beforeEach, describe, expect, test } from "vitest";
import { DAY_MS } from "../../worker/domain/maturation.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import { rowsOf } from "../support/dump.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp({ ref: "mara" });
  const path = "/api/v1/affiliates";
  await world.call(path, { email: "evil@example.test", ref: "evil" }, { key: app.key });
});

describe("what a stranger can send without a key", () => {
  test("soaks up no refund of the backend's own: what was vouched for comes first", async () => {
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, event_id: "order_1" });
    for (let cents = 1; cents <= 120; cents++)
      await open("conversion", { user_id: "u1", ref: "mara", amount_cents: cents });
    const back = await keyed("refund", { user_id: "u1", amount_cents: 10_000 });
    expect(back.body.allocations).toHaveLength(1);
    expect((await commissions()).filter(({ lane, status }) => lane === "clear" && status !== "cancelled")).toEqual([]);
  });

  test("takes nothing from what a backend reports later of the same payment", async () => {
    const fake = await open("conversion", {
      user_id: "x",
      ref: "evil",
      amount_cents: 999_999_999_999,
      payment_ref: "p1",
    });
    await open("refund", { ref: "evil", conversion_id: fake.body.conversion_id });
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p1" });
    expect((await world.balance(app)).pending_cents).toBe(2_850);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("moves nothing of another's that was there before", async () => {
    await open("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "order_7" });
    world.advance(20 * DAY_MS);
    await open("conversion", {
      user_id: "x",
      ref: "evil",
      amount_cents: 10_000,
      payment_ref: "order_7",
      event_id: "1",
    });
    expect((await world.balance(app)).available_cents).toBe(2_850);
  });

  test("does not stand in the way of a refund that comes before the sale", async () => {
    await open("conversion", { user_id: "x", ref: "evil", amount_cents: 1, payment_ref: "p1" });
    await open("conversion", { user_id: "x", ref: "evil", amount_cents: 1, payment_ref: "p2" });
    expect((await keyed("refund", { payment_ref: "p1" })).body).toMatchObject({ applied: true, amount_cents: 1 });
    const waiting = await keyed("refund", { payment_ref: "p2", amount_cents: 4_000 });
    expect([waiting.status, waiting.body.applied]).toEqual([202, false]);
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p1" });
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p2" });
    expect((await world.balance(app)).pending_cents).toBe(1_710);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("tells nothing of what became of a payment that a backend reported", async () => {
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p1" });
    await keyed("refund", { payment_ref: "p1" });
    const probe = { user_id: "x", ref: "evil", amount_cents: 10_000 };
    const known = await open("conversion", { ...probe, payment_ref: "p1" });
    const unknown = await open("conversion", { ...probe, payment_ref: "p9" });
    const ids = { conversion_id: "" };
    expect({ ...known.body, ...ids }).toEqual({ ...unknown.body, ...ids });
  });

  test("does not take the count of a sale that a backend reports later under another code", async () => {
    await open("conversion", { user_id: "x", ref: "evil", amount_cents: 1, payment_ref: "p1" });
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p1" });
    await keyed("conversion", {
      user_id: "u1",
      ref: "mara",
      amount_cents: 10_000,
      payment_ref: "p1",
      event_id: "again",
    });
    const days = await rowsOf(world.db, "code_day");
    expect(days.map(({ code, conversions }) => [code, conversions])).toEqual([
      ["evil", 1],
      ["mara", 1],
    ]);
  });
});

describe("a payment that a backend reports twice", () => {
  test("keeps the rate, the amount and the day of the first time, whatever the second one's key", async () => {
    const call = { user_id: "u1", ref: "mara", payment_ref: "p1" };
    const first = await keyed("conversion", { ...call, amount_cents: 10_000, event_id: "b" });
    world.advance(20 * DAY_MS);
    await world.call("/api/v1/app", { commission_percent: 10 }, { key: app.key, method: "PATCH" });
    const second = await keyed("conversion", { ...call, amount_cents: 9_000, event_id: "a" });
    expect(second.body).toEqual({ ...first.body, status: "confirmed", deduplicated: true });
    expect((await world.balance(app)).available_cents).toBe(2_850);
  });
});

describe("a refund that names a currency", () => {
  test.each([
    ["jpy", 2_850],
    ["usd", 1_425],
    [undefined, 1_425],
  ])("as %s takes from a sale in usd only what is in its currency", async (currency, pending) => {
    await keyed("refund", { payment_ref: "p1", amount_cents: 5_000, currency });
    await keyed("conversion", { user_id: "u1", ref: "mara", amount_cents: 10_000, payment_ref: "p1" });
    expect((await world.balance(app)).pending_cents).toBe(pending);
    expect(await checkBooks(world.db)).toEqual([]);
  });
});

function keyed(verb: string, body: object) {
  return world.call(`/api/track/${verb}`, body, { key: app.key });
}

function open(verb: string, body: object) {
  return world.call(`/api/track/${verb}`, body);
}

async function commissions(): Promise<readonly Json[]> {
  const path = `/api/v1/affiliates/${app.affiliateId}/commissions?limit=100`;
  return (await world.call(path, undefined, { key: app.key })).body.commissions;
}
