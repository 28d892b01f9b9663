import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { dumpDatabase } from "../support/dump.ts";
import { payOut } from "../support/payouts.ts";
import { type Answer, type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;
let rival: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  rival = await addCreator(world, app, "rival");
});

afterEach(async () => {
  expect(await auditBooks(world.db)).toEqual([]);
});

describe("what a refund answers", () => {
  test("AL31 the whole answer, for a part and for the rest", async () => {
    const conversion_id = await pay({});
    expect(await refund({ conversion_id, amount_cents: 2_500 })).toEqual(
      answered(200, {
        refund_id: anyId("rfd"),
        currency: "usd",
        amount_cents: 2_500,
        applied: true,
        reversed: { commission_cents: 750, platform_fee_cents: 38, net_commission_cents: 712 },
        allocations: [{ conversion_id, amount_cents: 2_500 }],
      }),
    );
    expect(await refund({ conversion_id })).toEqual(
      answered(200, {
        refund_id: anyId("rfd"),
        currency: "usd",
        amount_cents: 7_500,
        applied: true,
        reversed: { commission_cents: 2_250, platform_fee_cents: 112, net_commission_cents: 2_138 },
        allocations: [{ conversion_id, amount_cents: 7_500 }],
      }),
    );
    expect(await balance()).toMatchObject({ pending_cents: 0, next: [] });
    expect(await commissionsOf(world, app)).toMatchObject([
      { status: "cancelled", amount_cents: 10_000, refunded_cents: 10_000, commission_cents: 0, clawed_back_cents: 0 },
    ]);
  });

  test("AL31 the public gets the same", async () => {
    const conversion_id = await pay({}, {});
    expect(await refund({ ref: app.ref, user_id: "u1", amount_cents: 10_000, app_id: app.id }, {})).toEqual(
      answered(200, {
        refund_id: anyId("rfd"),
        currency: "usd",
        amount_cents: 10_000,
        applied: true,
        reversed: { commission_cents: 3_000, platform_fee_cents: 150, net_commission_cents: 2_850 },
        allocations: [{ conversion_id, amount_cents: 10_000 }],
      }),
    );
  });

  test.each([
    ["nothing that says what", { amount_cents: 100 }, "ref"],
    ["no amount for a user", { user_id: "u1" }, "amount_cents"],
    ["no amount for a ref", { ref: "creator1" }, "amount_cents"],
    ["an amount as text", { conversion_id: "c", amount_cents: "100" }, "amount_cents"],
    ["an empty payment_ref", { payment_ref: "" }, "payment_ref"],
    ["a currency that does not exist", { conversion_id: "c", currency: "zzz" }, "currency"],
  ])("AL31 refuses %s", async (_, body, path) => {
    expect(await refund(body)).toEqual(refused(400, "invalid_request", [path]));
  });

  test.each([0, -1, 0.5, 1e12, 1e21])("AL31 an amount of %d is out of range", async (amount_cents) => {
    const conversion_id = await pay({});
    expect(await refund({ conversion_id, amount_cents })).toEqual(refused(422, "amount_out_of_range"));
  });
});

describe("the commission follows the refunded share", () => {
  test.each([
    // One minor unit off the top costs a whole one of gross, and here of fee: the creator keeps the remainder.
    { amount: 10_000, refunds: [1, 9_999], nets: [2_850, 0] },
    { amount: 10_000, refunds: [3_333, 3_333, 3_334], nets: [1_900, 950, 0] },
    { amount: 10_000, refunds: [5_000, 5_000], nets: [1_425, 0] },
    { amount: 7, refunds: [1, 1, 1, 1, 1, 1, 1], nets: [1, 1, 1, 0, 0, 0, 0] },
    { amount: 1, refunds: [1], nets: [0] },
    { amount: 999_999_999_999, refunds: [333_333_333_333, 333_333_333_333], nets: [190_000_000_000, 95_000_000_000] },
  ])("AL38 $amount less $refunds leaves $nets", async ({ amount, refunds, nets }) => {
    const conversion_id = await pay({ amount_cents: amount });
    const left: number[] = [];
    for (const amount_cents of refunds) {
      await refund({ conversion_id, amount_cents });
      left.push((await balance()).pending_cents);
    }
    expect(left).toEqual(nets);
  });

  test("AL38 what is reversed and what is left come to what was earned, part by part", async () => {
    const conversion_id = await pay({ amount_cents: 9_973 });
    let reversed = 0;
    for (const amount_cents of [1, 17, 999, 8_956]) {
      const answer = await refund({ conversion_id, amount_cents });
      reversed += answer.body.reversed.net_commission_cents;
      expect((await balance()).pending_cents + reversed).toBe(2_842);
    }
    expect((await balance()).pending_cents).toBe(0);
  });
});

describe("when it comes", () => {
  test("AL39 before maturation it takes from pending", async () => {
    const conversion_id = await pay({});
    await refund({ conversion_id, amount_cents: 5_000 });
    expect(await balance()).toMatchObject({
      pending_cents: 1_425,
      available_cents: 0,
      next: [{ available_at: "2026-01-30T00:00:00.000Z", amount_cents: 1_425 }],
    });
  });

  test("AL39 after maturation it takes from available", async () => {
    const conversion_id = await pay({});
    world.advance(15 * DAY_MS);
    await refund({ conversion_id, amount_cents: 5_000 });
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: 1_425 });
  });

  test("AL39 after payout available goes negative, and the next earnings settle it", async () => {
    const conversion_id = await pay({});
    world.advance(15 * DAY_MS);
    await payOut(world, app);
    expect(await balance()).toMatchObject({ available_cents: 0, paid_cents: 2_850 });
    await refund({ conversion_id });
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: -2_850, paid_cents: 2_850 });
    expect(await commissionsOf(world, app)).toMatchObject([
      { status: "paid", net_commission_cents: 0, clawed_back_cents: 2_850, refunded_cents: 10_000 },
    ]);
    await pay({ amount_cents: 30_000 });
    expect(await balance()).toMatchObject({ pending_cents: 8_550, available_cents: -2_850 });
    world.advance(15 * DAY_MS);
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: 5_700, paid_cents: 2_850 });
  });

  test("AL39 the holding period of what is left does not start again", async () => {
    const conversion_id = await pay({});
    world.advance(10 * DAY_MS);
    await refund({ conversion_id, amount_cents: 1 });
    world.advance(5 * DAY_MS);
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: 2_850 });
  });
});

describe("what a backend's refund reaches", () => {
  test("AL39b the named conversion, whatever else is newer", async () => {
    const older = await pay({ event_id: "older" });
    world.advance(1_000);
    await pay({ event_id: "newer" });
    expect((await refund({ conversion_id: older, user_id: "u1" })).body.allocations).toEqual([
      { conversion_id: older, amount_cents: 10_000 },
    ]);
  });

  test("AL39b the named payment", async () => {
    const conversion_id = await pay({ payment_ref: "in_1" });
    await pay({ payment_ref: "in_2" });
    expect((await refund({ payment_ref: "in_1", amount_cents: 400 })).body.allocations).toEqual([
      { conversion_id, amount_cents: 400 },
    ]);
  });

  test("AL39b a conversion that another announcement replaced stands for its payment", async () => {
    const open = await pay({ payment_ref: "in_1" }, {});
    const keyed = await pay({ payment_ref: "in_1" });
    expect((await refund({ conversion_id: open })).body.allocations).toEqual([
      { conversion_id: keyed, amount_cents: 10_000 },
    ]);
  });

  test("AL39b the user's newest first, over all their affiliates, until it is spent", async () => {
    const oldest = await pay({ user_id: "u1", event_id: "1" });
    world.advance(1_000);
    const middle = await pay({ user_id: "u1", event_id: "2", amount_cents: 500 });
    world.advance(1_000);
    await pay({ user_id: "u2", event_id: "3" });
    const newest = await pay({ user_id: "u1", event_id: "4", amount_cents: 300 });
    expect((await refund({ user_id: "u1", amount_cents: 1_000 })).body).toMatchObject({
      amount_cents: 1_000,
      allocations: [
        { conversion_id: newest, amount_cents: 300 },
        { conversion_id: middle, amount_cents: 500 },
        { conversion_id: oldest, amount_cents: 200 },
      ],
    });
    expect((await refund({ user_id: "u1", amount_cents: 9_800 })).body.allocations).toEqual([
      { conversion_id: oldest, amount_cents: 9_800 },
    ]);
  });

  test("AL39b else the newest of the code's affiliate, also by a code of theirs that is dead", async () => {
    await pay({ user_id: "u1" });
    world.advance(1_000);
    const newest = await pay({ user_id: "u2" });
    await pay({ user_id: "u3", ref: rival.ref });
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "second" }, { key: app.key });
    const path = `/api/v1/affiliates/${app.affiliateId}/codes/second`;
    await world.call(path, undefined, { key: app.key, method: "DELETE" });
    expect((await refund({ ref: "SECOND", amount_cents: 100 })).body.allocations).toEqual([
      { conversion_id: newest, amount_cents: 100 },
    ]);
  });

  test("AL39b in the app's currency unless one is given; what is named keeps its own", async () => {
    const usd = await pay({ event_id: "usd" });
    world.advance(1_000);
    const eur = await pay({ event_id: "eur", currency: "eur" });
    expect((await refund({ user_id: "u1", amount_cents: 100 })).body).toMatchObject({
      currency: "usd",
      allocations: [{ conversion_id: usd, amount_cents: 100 }],
    });
    expect((await refund({ user_id: "u1", amount_cents: 100, currency: "EUR" })).body).toMatchObject({
      currency: "eur",
      allocations: [{ conversion_id: eur, amount_cents: 100 }],
    });
    expect((await refund({ conversion_id: eur })).body).toMatchObject({ currency: "eur", amount_cents: 9_900 });
  });

  test.each([
    ["of a conversion", (id: string) => ({ conversion_id: id, amount_cents: 10_001 })],
    ["of a payment", () => ({ payment_ref: "in_1", amount_cents: 10_001 })],
    ["of a user", () => ({ user_id: "u1", amount_cents: 10_001 })],
    ["of an affiliate", () => ({ ref: "creator1", amount_cents: 10_001 })],
    ["of a user who paid nothing", () => ({ user_id: "nobody", amount_cents: 1 })],
    ["in a currency that nobody paid in", () => ({ user_id: "u1", amount_cents: 1, currency: "eur" })],
  ])("AL39b more than is left %s is refused, and nothing changes", async (_, bodyOf) => {
    const conversion_id = await pay({ payment_ref: "in_1" });
    const before = await dumpDatabase(world.db);
    expect(await refund({ event_id: "r1", ...bodyOf(conversion_id) })).toEqual(
      refused(422, "refund_exceeds_conversions"),
    );
    expect(await dumpDatabase(world.db)).toEqual(before);
    expect((await refund({ event_id: "r1", conversion_id })).status).toBe(200);
  });

  test("AL39b a conversion that is refunded whole has nothing left", async () => {
    const conversion_id = await pay({});
    await refund({ conversion_id });
    expect(await refund({ conversion_id })).toEqual(refused(422, "refund_exceeds_conversions"));
  });

  test("AL39b at most the newest 100 without a name; older ones need theirs", async () => {
    const ids: string[] = [];
    for (let payment = 0; payment < 101; payment++) {
      ids.push(await pay({ event_id: `e${payment}`, amount_cents: 100 }));
      world.advance(1);
    }
    expect(await refund({ user_id: "u1", amount_cents: 10_001 })).toEqual(refused(422, "refund_exceeds_conversions"));
    const answer = await refund({ user_id: "u1", amount_cents: 10_000 });
    expect(answer.body.allocations).toEqual(
      ids
        .slice(1)
        .toReversed()
        .map((conversion_id) => ({ conversion_id, amount_cents: 100 })),
    );
    expect((await refund({ conversion_id: ids[0] })).body.amount_cents).toBe(100);
    expect((await balance()).pending_cents).toBe(0);
  });

  test.each([
    ["a conversion that does not exist", () => ({ conversion_id: "conv_none" })],
    ["another app's conversion", async () => ({ conversion_id: await paidElsewhere("backend") })],
  ])("AL39b %s is not found", async (_, bodyOf) => {
    expect(await refund(await bodyOf())).toEqual(refused(404, "not_found"));
  });

  test("AL39b the conversion named in another currency is a mismatch", async () => {
    const conversion_id = await pay({ payment_ref: "in_1" });
    expect(await refund({ conversion_id, currency: "eur" })).toEqual(refused(422, "currency_mismatch"));
    expect(await refund({ payment_ref: "in_1", currency: "eur" })).toEqual(refused(422, "currency_mismatch"));
    expect((await refund({ conversion_id, currency: "USD" })).status).toBe(200);
  });
});

describe("a backend's refund of a payment not seen yet", () => {
  const WAITS = {
    refund_id: anyId("rfd"),
    currency: null,
    amount_cents: 4_000,
    applied: false,
    reversed: { commission_cents: 0, platform_fee_cents: 0, net_commission_cents: 0 },
    allocations: [],
  };

  test("AL39b is kept: 202, applied false, and counts when the payment comes", async () => {
    const body = { payment_ref: "in_1", amount_cents: 4_000, event_id: "r1" };
    const waiting = await refund(body);
    expect(waiting).toEqual(answered(202, WAITS));
    expect((await balance()).pending_cents).toBe(0);
    const paid = await world.call(
      "/api/track/conversion",
      { ref: app.ref, user_id: "u1", amount_cents: 10_000, payment_ref: "in_1" },
      { key: app.key },
    );
    expect(paid.body.commission.net_commission_cents).toBe(2_850);
    expect((await balance()).pending_cents).toBe(1_710);
    const again = await refund(body);
    expect(again).toEqual(answered(202, waiting.body));
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect((await balance()).pending_cents).toBe(1_710);
  });

  test("AL39b all of it, and several of them, whoever brings the payment", async () => {
    expect(await refund({ payment_ref: "in_1" })).toEqual(answered(202, { ...WAITS, amount_cents: null }));
    expect(await refund({ payment_ref: "in_2", amount_cents: 1_000 })).toMatchObject({ status: 202 });
    expect(await refund({ payment_ref: "in_2", amount_cents: 2_000 })).toMatchObject({ status: 202 });
    await pay({ payment_ref: "in_1" });
    await pay({ payment_ref: "in_2", user_id: "u2" }, {});
    expect((await balance()).pending_cents).toBe(1_995);
    expect((await refund({ payment_ref: "in_2" })).body).toMatchObject({ applied: true, amount_cents: 7_000 });
  });

  test("AL39b more than is paid later takes all of it and no more", async () => {
    await refund({ payment_ref: "in_1", amount_cents: 50_000 });
    await pay({ payment_ref: "in_1" });
    expect(await balance()).toMatchObject({ pending_cents: 0, available_cents: 0 });
    expect(await commissionsOf(world, app)).toMatchObject([{ status: "cancelled", refunded_cents: 10_000 }]);
  });

  test("AL39b another app's payment of that name is not it", async () => {
    const stranger = await world.newApp();
    await pay({ ref: stranger.ref, payment_ref: "in_1" }, { key: stranger.key });
    expect((await refund({ payment_ref: "in_1", amount_cents: 4_000 })).status).toBe(202);
    expect((await world.balance(stranger)).pending_cents).toBe(2_850);
  });
});

describe("what the public's refund reaches", () => {
  test("AL39b pending public conversions, user and ref both matching", async () => {
    await pay({ user_id: "u1" }, {});
    await pay({ user_id: "u2" }, {});
    const answer = await refund({ ref: app.ref, user_id: "u1", amount_cents: 100 }, {});
    expect(answer.status).toBe(200);
    expect((await refund({ ref: app.ref, amount_cents: 15_000 }, {})).body.allocations).toHaveLength(2);
  });

  const OUT_OF_REACH: readonly (readonly [string, () => Promise<object> | object])[] = [
    ["a backend's conversion by id", async () => ({ conversion_id: await pay({}) })],
    ["a backend's payment", async () => (await pay({ payment_ref: "in_1" }), { payment_ref: "in_1" })],
    ["a backend's user", async () => (await pay({}), { user_id: "u1", amount_cents: 1 })],
    ["a backend's sales of the code", async () => (await pay({}), { amount_cents: 1 })],
    ["a matured one", async () => matured(await pay({}, {}))],
    ["another affiliate's", async () => ({ conversion_id: await pay({ ref: rival.ref }, {}) })],
    ["another user's", async () => ({ conversion_id: await pay({ user_id: "u2" }, {}), user_id: "u1" })],
    ["an approved one", async () => approved(await pay({}, {}))],
    ["more than is left", async () => ({ conversion_id: await pay({}, {}), amount_cents: 10_001 })],
    ["in another currency", async () => ({ conversion_id: await pay({}, {}), currency: "eur" })],
    ["a conversion that does not exist", () => ({ conversion_id: "conv_none" })],
    ["a payment that is not known: it may not wait", () => ({ payment_ref: "in_9" })],
    ["a user who is not known", () => ({ user_id: "nobody", amount_cents: 1 })],
    ["another app's conversion", async () => ({ conversion_id: await paidElsewhere("public") })],
  ];

  test.each(OUT_OF_REACH)("AL39b E-key_required nothing else, whatever the reason: %s", async (_, bodyOf) => {
    const body = { ref: app.ref, ...(await bodyOf()) };
    const before = await dumpDatabase(world.db);
    expect(await refund(body, {})).toEqual(refused(403, "key_required"));
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("AL39b one refusal is like another: it tells nothing", async () => {
    const conversion_id = await pay({});
    const known = await refund({ ref: app.ref, conversion_id }, {});
    const unknown = await refund({ ref: app.ref, conversion_id: "conv_none" }, {});
    expect({ ...known.body.error, request_id: "" }).toEqual({ ...unknown.body.error, request_id: "" });
  });

  test("AL39b needs a ref", async () => {
    const conversion_id = await pay({}, {});
    expect(await refund({ conversion_id }, {})).toEqual(refused(400, "invalid_request", ["ref"]));
  });

  test("AL39b also reaches what is held below the app's mode", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    const conversion_id = await pay({}, {});
    expect((await refund({ ref: app.ref, conversion_id }, {})).status).toBe(200);
    expect((await balance()).held_cents).toBe(0);
  });
});

describe("the code of a refund", () => {
  const EVER_ISSUED: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["retired", () => remove(app.ref)],
    ["of a suspended affiliate", () => setStatus(world, app, "suspended")],
  ];

  test.each(EVER_ISSUED)("AL41b may be %s: any code ever issued will do", async (_, kill) => {
    await pay({}, {});
    await kill();
    expect((await refund({ ref: app.ref, user_id: "u1", amount_cents: 100 }, {})).status).toBe(200);
    expect((await refund({ ref: app.ref, user_id: "u1", amount_cents: 100 })).status).toBe(200);
  });

  test("AL41b AL47 may be of a revoked affiliate, or expired", async () => {
    const body = { ref: "spring", expires_at: "2026-01-16T00:00:00Z" };
    await world.call(`/api/v1/affiliates/${rival.affiliateId}/codes`, body, { key: app.key });
    await pay({ ref: "spring" });
    world.advance(15 * DAY_MS);
    await setStatus(world, rival, "revoked");
    expect((await refund({ ref: "SPRING", user_id: "u1", amount_cents: 100 })).status).toBe(200);
  });

  const UNKNOWN: readonly (readonly [string, () => Promise<object> | object])[] = [
    ["never issued", () => ({ ref: "nobody" })],
    ["no code at all", () => ({ ref: "no code" })],
    ["another app's", async () => ({ ref: (await world.newApp()).ref, app_id: app.id })],
  ];

  test.each(UNKNOWN)("AL41b E-unknown_ref %s: 404, with a key and without", async (_, bodyOf) => {
    await pay({}, {});
    const body = { user_id: "u1", amount_cents: 100, ...(await bodyOf()) };
    expect(await refund(body, {})).toEqual(refused(404, "unknown_ref"));
    expect(await refund(body)).toEqual(refused(404, "unknown_ref"));
  });

  test("AL32 a refund is counted for the code of what it refunds", async () => {
    await pay({});
    await refund({ user_id: "u1", amount_cents: 100 });
    await refund({ user_id: "u1", amount_cents: 100 });
    expect(await statsOf(world, app)).toMatchObject([{ refunds: 2 }]);
  });
});

/** A payment by the backend, unless told otherwise → its conversion's id. */
async function pay(body: object, options: CallOptions = { key: app.key }): Promise<string> {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  const answer = await world.call("/api/track/conversion", payment, options);
  expect(answer.status).toBe(200);
  return answer.body.conversion_id;
}

function refund(body: object, options: CallOptions = { key: app.key }): Promise<Answer> {
  return world.call("/api/track/refund", body, options);
}

function balance() {
  return world.balance(app);
}

/** A conversion of another app: its own backend's, or the public's. */
async function paidElsewhere(by: "backend" | "public"): Promise<string> {
  const stranger = await world.newApp();
  return pay({ ref: stranger.ref }, by === "backend" ? { key: stranger.key } : {});
}

async function matured(conversion_id: string): Promise<object> {
  world.advance(15 * DAY_MS);
  return { conversion_id };
}

async function approved(conversion_id: string): Promise<object> {
  const sql = `INSERT INTO approval (app, id, conversion, decision, reason, actor, created_at)
    VALUES (?1, 'apr_1', ?2, 'approve', 'looked at it', 'owner', 1)`;
  // The owner's decision settles the conversion: a change of lane alone, done here by hand.
  await world.db.batch([
    { sql, args: [app.id, conversion_id] },
    { sql: "UPDATE conversion SET dirty = 1 WHERE app = ?1 AND id = ?2", args: [app.id, conversion_id] },
  ]);
  await pay({ user_id: "somebody", event_id: "settles" }, {});
  return { conversion_id };
}

function remove(ref: string): Promise<Answer> {
  const path = `/api/v1/affiliates/${app.affiliateId}/codes/${ref}`;
  return world.call(path, undefined, { key: app.key, method: "DELETE" });
}
