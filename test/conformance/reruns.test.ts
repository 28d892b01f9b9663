import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, statsOf } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { openStripeWorld } from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const NET = 2_850;
/** What a backend sends under a ref that nobody knows. */
const SALE = { ref: "Nobody", user_id: "u1", amount_cents: 10_000, event_id: "e1", payment_ref: "in_1" };
const SIGNUP = { ref: "nobody", user_id: "u1", email: "kim@example.com", event_id: "s1" };

let world: World;
let app: TestApp;

beforeEach(() => begin());

describe("refused calls", () => {
  test("R-drops are listed with their reason, newest first, and which of them can be run again", async () => {
    await refuse("signup", SIGNUP);
    await refuse("conversion", { ...SALE, amount_cents: 0 });
    await world.call("/api/track/conversion", { ...SALE, app_id: app.id });
    await refuse("refund", { user_id: "u9", amount_cents: 5 });
    await expect.poll(async () => (await list()).length).toBe(4);
    const common = { id: expect.stringMatching(/^\d+$/), rerun_at: null, created_at: expect.stringMatching(/^2026-/) };
    expect(await list()).toEqual([
      { ...common, kind: "refund", reason: "refund_exceeds_conversions", ref: null, user_id: "u9", rerunnable: true },
      { ...common, kind: "conversion", reason: "unknown_ref", ref: "nobody", user_id: "u1", rerunnable: false },
      { ...common, kind: "conversion", reason: "amount_out_of_range", ref: "nobody", user_id: "u1", rerunnable: false },
      { ...common, kind: "signup", reason: "unknown_ref", ref: "nobody", user_id: "u1", rerunnable: true },
    ]);
    expect((await list("?kind=conversion")).map(({ kind }) => kind)).toEqual(["conversion", "conversion"]);
    expect((await list("?kind=conversion&reason=unknown_ref")).map(({ reason }) => reason)).toEqual(["unknown_ref"]);
    for (const kind of ["click", "join"]) expect(await list(`?kind=${kind}`)).toEqual([]);
  });

  test("R-drops D-lists each is on exactly one page, and each app has its own", async () => {
    const other = await world.newApp();
    for (let n = 0; n < 5; n++) {
      await refuse("signup", { ...SIGNUP, user_id: `u${n}` });
      await world.call("/api/track/signup", SIGNUP, { key: other.key });
    }
    await expect.poll(async () => (await list()).length).toBe(5);
    for (const limit of [1, 2, 5, 100]) {
      const pages = await walkPages(world, { path: "/api/v1/drops", items: "drops", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(5, limit));
      expect(pages.flat().map((row: Json) => row.user_id)).toEqual(["u4", "u3", "u2", "u1", "u0"]);
    }
  });

  test.each([
    ["?kind=payout", ["kind"]],
    ["?reason=", ["reason"]],
    ["?limit=0", ["limit"]],
  ])("R-drops E-invalid_request 400 for %s", async (query, fields) => {
    const answer = await world.call(`/api/v1/drops${query}`, undefined, { key: app.key });
    expect(answer).toEqual(refused(400, "invalid_request", fields));
  });

  test("R-drops keep what a backend said, without address and metadata, and never what the public said", async () => {
    const secrets = { metadata: { of: "blue-xl" }, customer_created_at: "2026-01-01T00:00:00Z" };
    await refuse("conversion", { ...SALE, ...secrets });
    await refuse("signup", SIGNUP);
    await world.call("/api/track/signup", { ...SIGNUP, app_id: app.id });
    await expect.poll(async () => (await list()).length).toBe(3);
    const bodies = (await rowsOf(world.db, "drop")).map((row) => JSON.parse(String(row["body"])));
    expect(bodies).toEqual([
      {
        ref: "Nobody",
        userId: "u1",
        amountCents: 10_000,
        currency: null,
        paymentRef: "in_1",
        customerCreatedAt: Date.UTC(2026, 0, 1),
        eventId: "e1",
      },
      { ref: "nobody", userId: "u1", customerCreatedAt: null, eventId: "s1" },
      null,
    ]);
  });

  test("R-drops R-customers of an erased customer keep nothing that names them, and cannot be run", async () => {
    const id = await refuse("conversion", { ...SALE, user_id: "kim-4711" });
    await world.call("/api/v1/customers/kim-4711", undefined, { key: app.key, method: "DELETE" });
    expect(JSON.stringify(await rowsOf(world.db, "drop"))).not.toContain("kim-4711");
    expect(await rerun(id, { ref: app.ref })).toEqual(refused(409, "conflict"));
  });
});

describe("a refused call that is run again", () => {
  test("R-drops AR27 counts as the backend's, under the ref it is given, and is marked", async () => {
    const id = await refuse("conversion", SALE);
    world.advance(DAY_MS);
    const answer = await rerun(id, { ref: app.ref, reason: "a typo in the campaign" });
    expect(answer).toEqual(
      answered(200, {
        outcome: {
          conversion_id: anyId("conv"),
          status: "pending",
          currency: "usd",
          available_at: "2026-01-30T00:00:00.000Z",
          commission: {
            amount_cents: 10_000,
            commission_cents: 3_000,
            platform_fee_cents: 150,
            net_commission_cents: NET,
          },
          hold: false,
          reason: null,
        },
      }),
    );
    expect(await world.balance(app)).toMatchObject({ pending_cents: NET });
    expect(await list()).toMatchObject([{ id, rerunnable: true, rerun_at: "2026-01-16T12:00:00.000Z" }]);
    expect(await lines()).toMatchObject([
      {
        actor: expect.stringMatching(/^key:/),
        object: `drop:${id}`,
        after: { kind: "conversion", fact: answer.body.outcome.conversion_id, ref: app.ref },
        reason: "a typo in the campaign",
      },
    ]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-drops AL16 AL29 AL32 AL48 is of the day it was refused: its rate, its maturity, its day, its age", async () => {
    await setProgram(world, app, { new_customers_only: true });
    const id = await refuse("conversion", { ...SALE, customer_created_at: "2026-01-15T11:00:00Z" });
    world.advance(7 * DAY_MS);
    await setProgram(world, app, { commission_percent: 50 });
    const { outcome } = (await rerun(id, { ref: app.ref })).body;
    expect(outcome).toMatchObject({
      available_at: "2026-01-30T00:00:00.000Z",
      commission: { net_commission_cents: NET },
      reason: null,
    });
    expect(await statsOf(world, app)).toMatchObject([{ date: "2026-01-15", conversions: 1 }]);
    world.advance(8 * DAY_MS);
    expect(await world.balance(app)).toMatchObject({ available_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-drops AL43 counts once: run twice, and sent late by the backend itself", async () => {
    const id = await refuse("conversion", SALE);
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "nobody" }, { key: app.key });
    const first = await rerun(id);
    expect(first.headers.has("Idempotent-Replayed")).toBe(false);
    const again = await rerun(id);
    expect(again).toEqual(answered(200, first.body));
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    const late = await world.call("/api/track/conversion", SALE, { key: app.key });
    expect(late.body).toEqual(first.body.outcome);
    expect(late.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await rerun(id, { ref: app.ref })).toEqual(refused(409, "idempotency_mismatch"));
    expect(await commissionsOf(world, app)).toHaveLength(1);
    expect(await lines()).toHaveLength(1);
  });

  test("R-drops AL43 without a key of its own counts once all the same", async () => {
    const id = await refuse("conversion", { ...SALE, event_id: undefined, payment_ref: undefined });
    const all = await Promise.all(Array.from({ length: 5 }, () => rerun(id, { ref: app.ref })));
    expect(new Set(all.map(({ body }) => body.outcome.conversion_id)).size).toBe(1);
    expect(await commissionsOf(world, app)).toHaveLength(1);
    expect(await rowsOf(world.db, "claim")).toMatchObject([{ source: "key", source_ref: `e:drop:${id}` }]);
    expect(await lines()).toHaveLength(1);
  });

  test("R-drops a signup makes the referral of its day, and a refund takes back", async () => {
    const signup = await refuse("signup", SIGNUP);
    world.advance(DAY_MS);
    expect((await rerun(signup, { ref: app.ref })).body.outcome).toEqual({
      referral: {
        id: anyId("ref"),
        ref: app.ref,
        user_id: "u1",
        status: "active",
        created_at: "2026-01-15T12:00:00.000Z",
      },
    });
    expect(await statsOf(world, app)).toMatchObject([{ date: "2026-01-15", signups: 1 }]);
    const refund = await refuse("refund", { user_id: "u1", amount_cents: 10_000, event_id: "r1" });
    await world.call("/api/track/conversion", { ...SALE, ref: undefined }, { key: app.key });
    expect((await rerun(refund)).body.outcome).toMatchObject({ applied: true, amount_cents: 10_000 });
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0 });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-drops ST3 a signup wakes the payments of Stripe's that came after it", async () => {
    const s = stripeEvents("newest");
    const shop = await openStripeWorld();
    [world, app] = [shop.world, shop.app];
    const id = await refuse("signup", SIGNUP);
    world.advance(DAY_MS);
    await shop.deliver(s.customerCreated({ id: "cus_1", userId: "u1" }));
    await shop.deliver(s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    world.advance(DAY_MS);
    expect((await rerun(id, { ref: shop.refs.nils })).status).toBe(200);
    await world.runJobs();
    expect(await shop.commissions("nils")).toMatchObject([{ user_id: "u1", net_commission_cents: NET }]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-drops answers the refusal it gets now, and is not marked for it", async () => {
    const id = await refuse("conversion", SALE);
    const before = await dumpDatabase(world.db);
    expect(await rerun(id)).toEqual(refused(404, "unknown_ref"));
    expect(await rerun(id, { ref: "no code!" })).toEqual(refused(404, "unknown_ref"));
    expect(await list()).toMatchObject([{ id, rerun_at: null }]);
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-drops E-conflict 409 of the public's, and of one whose amount none can be", async () => {
    await world.call("/api/track/signup", { ...SIGNUP, app_id: app.id });
    await refuse("conversion", { ...SALE, amount_cents: 1.5 });
    await expect.poll(async () => (await list()).length).toBe(2);
    for (const { id } of await list()) {
      expect(await rerun(id, { ref: app.ref })).toEqual(refused(409, "conflict"));
    }
    expect(await rowsOf(world.db, "referral")).toEqual([]);
  });

  test("R-drops E-not_found 404 of one that is not there, or is another app's, which stays as it is", async () => {
    const id = await refuse("conversion", SALE);
    const other = await world.newApp();
    const before = await rowsOf(world.db, "drop");
    for (const none of ["0", "999999", "x", "-1", "1e3", "9".repeat(16), "%31%00"]) {
      expect(await rerun(none)).toEqual(refused(404, "not_found"));
    }
    expect(await rerun(id, { ref: other.ref }, other.key)).toEqual(refused(404, "not_found"));
    expect(await rowsOf(world.db, "drop")).toEqual(before);
  });

  test.each([
    ["without a reason", { reason: undefined }, ["reason"]],
    ["by a ref that is no text", { ref: 5 }, ["ref"]],
  ])("R-drops E-invalid_request 400 %s", async (_, body, fields) => {
    const id = await refuse("conversion", SALE);
    expect(await rerun(id, body)).toEqual(refused(400, "invalid_request", fields));
  });

  test("R-drops AL-i2 by batches that are applied twice, because answers were lost, counts once", async () => {
    const db = openFaultyDb();
    await begin(await createWorld({ db }));
    const id = await refuse("conversion", SALE);
    db.fault("repeated");
    expect((await rerun(id, { ref: app.ref })).status).toBe(200);
    db.fault("none");
    expect(await world.balance(app)).toMatchObject({ pending_cents: NET });
    expect(await lines()).toHaveLength(1);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-drops is no matter of the ref in the call: another affiliate's is as good", async () => {
    const rival = await addCreator(world, app, "rival");
    const id = await refuse("conversion", SALE);
    await rerun(id, { ref: "RIVAL" });
    expect(await world.balance(rival)).toMatchObject({ pending_cents: NET });
  });
});

async function begin(opened?: World): Promise<void> {
  world = opened ?? (await createWorld());
  app = await world.newApp();
}

/** A backend's call that is refused; answers the number it is kept under. */
async function refuse(verb: string, body: object): Promise<string> {
  const kept = (await list()).length;
  const answer = await world.call(`/api/track/${verb}`, body, { key: app.key });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  await expect.poll(async () => (await list()).length).toBe(kept + 1);
  return (await list())[0].id;
}

function rerun(id: string, body: object = {}, key = app.key): Promise<Answer> {
  return world.call(`/api/v1/drops/${id}/rerun`, { reason: "a test", ...body }, { key });
}

async function list(query = ""): Promise<readonly Json[]> {
  const answer = await world.call(`/api/v1/drops${query}`, undefined, { key: app.key });
  expect(answer.status).toBe(200);
  return answer.body.drops;
}

async function lines(): Promise<readonly Json[]> {
  return (await world.call("/api/v1/audit?action=call.rerun", undefined, { key: app.key })).body.entries;
}
