import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

// What somebody who knows a code, or joined as a creator, may try in order to be paid. Each is tried in full.

let world: World;
let app: TestApp;
/** An honest creator, and one who is not. */
let mara: TestApp;
let evil: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  mara = await addCreator(world, app, "mara");
  evil = await addCreator(world, app, "evil");
});

test("mass signups under one's own code do not capture what backends vouch for later", async () => {
  for (let user = 0; user < 50; user++) await open("signup", { ref: "evil", user_id: `u${user}` });
  await keyed("signup", { ref: "mara", user_id: "u7" });
  await keyed("conversion", { user_id: "u7", amount_cents: 10_000 });
  await keyed("conversion", { ref: "mara", user_id: "u8", amount_cents: 10_000 });
  expect(await earned(mara)).toBe(5_700);
  expect(await earned(evil)).toBe(0);

  // A user of whom the backend never said who brought him is at most matched: with `keyed` that is held.
  await setProgram(world, app, { conversions: "keyed" });
  await keyed("conversion", { user_id: "u9", amount_cents: 10_000 });
  expect(await balanceOf(evil)).toMatchObject({ pending_cents: 0, held_cents: 2_850 });
});

test("a payment_ref or event_id taken first neither blocks nor changes the merchant's own call", async () => {
  await open("conversion", { ref: "evil", user_id: "x", amount_cents: 999_999, payment_ref: "in_1", event_id: "e1" });
  const paid = await keyed("conversion", {
    ref: "mara",
    user_id: "u1",
    amount_cents: 10_000,
    payment_ref: "in_1",
    event_id: "e1",
  });
  expect(paid).toMatchObject({ status: 200, body: { commission: { net_commission_cents: 2_850 }, reason: null } });
  expect(await earned(mara)).toBe(2_850);
  expect(await balanceOf(evil)).toMatchObject({ pending_cents: 0, in_review_cents: 0, held_cents: 0 });
});

describe("made-up conversions", () => {
  test("in mode open are in review for ever, and clear only when the owner approves", async () => {
    for (let at = 0; at < 5; at++) await open("conversion", { ref: "evil", user_id: `x${at}`, amount_cents: 10_000 });
    world.advance(400 * DAY_MS);
    expect(await balanceOf(evil)).toMatchObject({ available_cents: 14_250, in_review_cents: 14_250 });
    const [one] = await commissionsOf(world, evil);
    const decision = { decision: "approve", conversion_ids: [one?.conversion_id], reason: "known customer" };
    expect((await world.call("/api/v1/review", decision, { key: app.key })).body.done).toBe(1);
    expect(await balanceOf(evil)).toMatchObject({ available_cents: 14_250, in_review_cents: 11_400 });
  });

  test("in mode keyed never leave the held lane", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    await open("conversion", { ref: "evil", user_id: "x", amount_cents: 10_000 });
    world.advance(400 * DAY_MS);
    expect(await balanceOf(evil)).toMatchObject({ pending_cents: 0, available_cents: 0 });
    await setProgram(world, app, { conversions: "open" });
    world.advance(DAY_MS);
    expect(await balanceOf(evil)).toMatchObject({ pending_cents: 0, available_cents: 0 });
  });
});

test("a public refund touches nothing vouched, and its answer does not tell what a code sold", async () => {
  const silence = await open("refund", { ref: "evil", amount_cents: 100 });
  await keyed("conversion", { ref: "mara", user_id: "u1", amount_cents: 10_000, payment_ref: "in_1" });
  const probes = [
    { amount_cents: 100 },
    { user_id: "u1", amount_cents: 100 },
    { payment_ref: "in_1" },
    { amount_cents: 1 },
  ];
  for (const probe of probes) {
    const answer = await open("refund", { ref: "mara", ...probe });
    expect([answer.status, answer.body.error.code, answer.body.error.message]).toEqual([
      silence.status,
      silence.body.error.code,
      silence.body.error.message,
    ]);
  }
  expect(silence.status).toBe(403);
  expect(await earned(mara)).toBe(2_850);
});

test("a code of another app earns nothing there, and moves nothing here", async () => {
  const other = await world.newApp({ ref: "rival" });
  for (const body of [
    { ref: "rival", app_id: app.id },
    { ref: "mara", app_id: other.id },
  ]) {
    expect((await open("signup", { ...body, user_id: "u1" })).body.error.code).toBe("unknown_ref");
    expect((await open("conversion", { ...body, user_id: "u1", amount_cents: 1 })).body.error.code).toBe("unknown_ref");
  }
  const crossed = await keyed("conversion", { ref: "rival", user_id: "u1", amount_cents: 10_000 });
  expect(crossed.body.error.code).toBe("unknown_ref");
  expect(await earned(other)).toBe(0);
});

test("a revoked creator earns nothing from new sales, of old users neither", async () => {
  await keyed("signup", { ref: "evil", user_id: "u1" });
  await setStatus(world, evil, "revoked");
  const late = await keyed("conversion", { user_id: "u1", amount_cents: 10_000 });
  expect(late.body).toMatchObject({ commission: { net_commission_cents: 0 }, reason: "affiliate_revoked" });
  expect((await open("signup", { ref: "evil", user_id: "u2" })).body.error.code).toBe("unknown_ref");
  expect(await earned(evil)).toBe(0);
});

async function keyed(call: string, body: object) {
  return checked(await world.call(`/api/track/${call}`, body, { key: app.key }));
}

async function open(call: string, body: object) {
  return checked(await world.call(`/api/track/${call}`, body));
}

/** Whatever was tried, the books add up. */
async function checked<T>(answer: T): Promise<T> {
  expect(await checkBooks(world.db)).toEqual([]);
  return answer;
}

function balanceOf(creator: TestApp): Promise<Json> {
  return world.balance(creator);
}

/** What a creator has, or will have, without anybody's approval. */
async function earned(creator: TestApp): Promise<number> {
  const balance = await balanceOf(creator);
  return balance.pending_cents + balance.available_cents - balance.in_review_cents;
}
