import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { answered, refused } from "../support/answers.ts";
import { commissionsOf, DAY_MS, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { payOut } from "../support/payouts.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { openStripeWorld } from "../support/stripe-world.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const NET = 2_850;
const NONE = { pending_cents: 0, available_cents: 0, in_review_cents: 0, held_cents: 0, paid_cents: 0 };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("a hold by hand", () => {
  test("R-holds AR27 freezes what is pending, and the release gives it back with its day", async () => {
    const id = await sell();
    const [before] = await commissionsOf(world, app);
    const { conversion } = (await change(id, "hold")).body;
    expect(conversion).toMatchObject({ id, hold: true, lane: "held", status: "pending", hold_reason: "a look" });
    expect(conversion.available_at).toBe(before.available_at);
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
    world.advance(20 * DAY_MS);
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
    const released = (await change(id, "release", "all is well")).body.conversion;
    expect(released).toMatchObject({ id, hold: false, lane: "clear", status: "confirmed", hold_reason: null });
    expect(released.available_at).toBe(before.available_at);
    expect(await world.balance(app)).toMatchObject({ ...NONE, available_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds AR27 freezes what is available, so that no payout takes it", async () => {
    const [held, free] = [await sell(), await sell({ event_id: "e2" })];
    world.advance(15 * DAY_MS);
    await change(held, "hold");
    await payOut(world, app);
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET, paid_cents: NET });
    expect((await read(free)).body.conversion).toMatchObject({ status: "paid", hold: false });
    await change(held, "release");
    expect(await world.balance(app)).toMatchObject({ ...NONE, available_cents: NET, paid_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds AR27 of what was paid is owed until it is released, and the next payout nets it", async () => {
    const id = await sell();
    world.advance(15 * DAY_MS);
    await payOut(world, app);
    expect((await change(id, "hold")).body.conversion).toMatchObject({ status: "paid", hold: true });
    expect(await world.balance(app)).toMatchObject({
      ...NONE,
      held_cents: NET,
      paid_cents: NET,
      available_cents: -NET,
    });
    for (const event_id of ["e2", "e3"]) await sell({ event_id });
    world.advance(15 * DAY_MS);
    expect(await world.balance(app)).toMatchObject({ held_cents: NET, available_cents: NET });
    await payOut(world, app);
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET, paid_cents: 2 * NET });
    await change(id, "release");
    expect(await world.balance(app)).toMatchObject({ ...NONE, available_cents: NET, paid_cents: 2 * NET });
    await payOut(world, app);
    expect(await world.balance(app)).toMatchObject({ ...NONE, paid_cents: 3 * NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds D-review of what is in review goes back there, and an approval does not lift it", async () => {
    const id = (await announce()).body.conversion_id;
    await change(id, "hold");
    const review = { decision: "approve", conversion_ids: [id], reason: "seen" };
    await world.call("/api/v1/review", review, { key: app.key });
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
    expect((await change(id, "release")).body.conversion).toMatchObject({ hold: false, lane: "clear" });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds is on the payment: whatever announces it better is held too", async () => {
    const open = (await announce({ payment_ref: "in_1" })).body.conversion_id;
    await change(open, "hold");
    const better = await sell({ payment_ref: "in_1" });
    expect(better).not.toBe(open);
    expect((await read(better)).body.conversion).toMatchObject({ hold: true, hold_reason: "a look" });
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
    expect((await change(open, "release")).body.conversion).toMatchObject({ id: open, hold: false });
    expect(await world.balance(app)).toMatchObject({ ...NONE, pending_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds ST6 a dispute holds on after the release, and the other way round", async () => {
    const shop = await openStripeWorld();
    [world, app] = [shop.world, shop.app];
    const s = stripeEvents("newest");
    const pi = { id: "pi_1", amount: 10_000, ref: shop.refs.mara, latestCharge: "ch_1" };
    await shop.deliver(s.paymentIntentSucceeded(pi));
    const id = (await shop.commissions())[0].id;
    await shop.deliver(s.disputeCreated({ id: "dp_1", charge: "ch_1", amount: 10_000, status: "needs_response" }));
    await change(id, "hold");
    expect((await change(id, "release")).body.conversion).toMatchObject({ hold: true, hold_reason: null });
    await change(id, "hold");
    await shop.deliver(s.disputeClosed({ id: "dp_1", charge: "ch_1", amount: 10_000, status: "won" }));
    expect(await shop.balance()).toMatchObject({ pending_cents: 0, held_cents: NET });
    await change(id, "release");
    expect(await shop.balance()).toMatchObject({ pending_cents: NET, held_cents: 0 });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds AL38 a refund of what is held takes from what is held", async () => {
    const id = await sell();
    await change(id, "hold");
    await world.call("/api/track/refund", { conversion_id: id, amount_cents: 5_000 }, { key: app.key });
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: 1_425 });
    await change(id, "release");
    expect(await world.balance(app)).toMatchObject({ ...NONE, pending_cents: 1_425 });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds a repeat changes nothing: neither of a hold nor of a release", async () => {
    const id = await sell();
    const first = await change(id, "hold");
    world.advance(1);
    for (const action of ["hold", "release"] as const) {
      if (action === "release") await change(id, "release");
      const before = await dumpDatabase(world.db);
      const again = await change(id, action, "once more");
      if (action === "hold") expect(again).toEqual(answered(200, first.body));
      expect(await dumpDatabase(world.db)).toEqual(before);
    }
    expect((await rowsOf(world.db, "hold")).map((row) => row["action"])).toEqual(["hold", "release"]);
  });

  test("R-holds a release of what nobody held writes nothing", async () => {
    const id = await sell();
    await read(id);
    const before = await dumpDatabase(world.db);
    expect((await change(id, "release")).body.conversion).toMatchObject({ hold: false });
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-holds many at once are one", async () => {
    const id = await sell();
    const all = await Promise.all(Array.from({ length: 10 }, () => change(id, "hold")));
    expect(all.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await rowsOf(world.db, "hold")).toHaveLength(1);
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
  });

  test("R-holds R-audit leaves a line that the postings name", async () => {
    const id = await sell();
    await change(id, "hold", "looks odd");
    const entries = (await world.call(`/api/v1/audit?object=${id}`, undefined, { key: app.key })).body.entries;
    expect(entries).toMatchObject([{ action: "conversion.held", reason: "looks odd" }]);
    const moved = (await rowsOf(world.db, "ledger")).filter((row) => row["fact"] === entries[0].id);
    expect(moved.map(({ kind, lane, net }) => [kind, lane, net])).toEqual([
      ["out", "clear", -NET],
      ["in", "held", NET],
    ]);
  });

  test("R-holds D-revoked of what a revocation is about to void changes nothing", async () => {
    const id = await sell();
    await setStatus(world, app, "revoked");
    // As while the job has not come to it yet.
    await world.db.batch([{ sql: "UPDATE affiliate SET voided = 0", args: [] }]);
    await read(id);
    const before = await dumpDatabase(world.db);
    expect(await change(id, "hold")).toEqual(refused(409, "conflict"));
    expect(await dumpDatabase(world.db)).toEqual(before);
    await world.runJobs();
    expect((await change(id, "hold")).status).toBe(200);
    expect(await world.balance(app)).toMatchObject(NONE);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-holds AL-i2 a batch that is applied twice, because its answer was lost, moves once", async () => {
    const db = openFaultyDb();
    world = await createWorld({ db });
    app = await world.newApp();
    const id = await sell();
    db.fault("repeated");
    for (const action of ["hold", "release", "hold"] as const) expect((await change(id, action)).status).toBe(200);
    db.fault("none");
    expect(await world.balance(app)).toMatchObject({ ...NONE, held_cents: NET });
    expect(await rowsOf(world.db, "hold")).toHaveLength(3);
    expect(await rowsOf(world.db, "ledger")).toHaveLength(1 + 3 * 2);
    expect(await rowsOf(world.db, "conversion")).toMatchObject([{ rev: 4 }]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test.each(["hold", "release"] as const)("R-holds E-invalid_request 400 a %s without a reason", async (action) => {
    const id = await sell();
    for (const reason of [undefined, "", 5, ["x"]]) {
      const answer = await world.call(`${pathOf(id)}/${action}`, { reason }, { key: app.key });
      expect(answer).toEqual(refused(400, "invalid_request", ["reason"]));
    }
    expect(await rowsOf(world.db, "hold")).toEqual([]);
  });

  test("R-holds E-not_found 404 of one that is not there, or is another app's", async () => {
    const id = await sell();
    const other = await world.newApp();
    for (const [key, asked] of [
      [app.key, "conv_none"],
      [other.key, id],
    ] as const) {
      for (const action of ["hold", "release"]) {
        const answer = await world.call(`${pathOf(asked)}/${action}`, { reason: "x" }, { key });
        expect(answer).toEqual(refused(404, "not_found"));
      }
      expect(await world.call(pathOf(asked), undefined, { key })).toEqual(refused(404, "not_found"));
    }
    expect(await rowsOf(world.db, "hold")).toEqual([]);
  });
});

test("R-holds one conversion is read as the lists of its owner show it", async () => {
  const id = (await announce()).body.conversion_id;
  const [listed] = (await world.call("/api/v1/review", undefined, { key: app.key })).body.conversions;
  expect(await read(id)).toEqual(answered(200, { conversion: { ...listed, hold_reason: null } }));
});

/** A stranger says that somebody paid. */
function announce(body: object = {}): Promise<Answer> {
  const sale = { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: "open", ...body };
  return world.call("/api/track/conversion", sale);
}

/** The backend says that somebody paid; answers the conversion's id. */
async function sell(body: object = {}): Promise<string> {
  const sale = { ref: app.ref, user_id: "u1", amount_cents: 10_000, event_id: "e1", ...body };
  const answer = await world.call("/api/track/conversion", sale, { key: app.key });
  expect(answer.status).toBe(200);
  return answer.body.conversion_id;
}

function change(id: string, action: "hold" | "release", reason = "a look"): Promise<Answer> {
  return world.call(`${pathOf(id)}/${action}`, { reason }, { key: app.key });
}

function read(id: string): Promise<Answer> {
  return world.call(pathOf(id), undefined, { key: app.key });
}

function pathOf(id: string): string {
  return `/api/v1/conversions/${id}`;
}
