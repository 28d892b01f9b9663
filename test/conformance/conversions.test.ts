import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("what a conversion answers", () => {
  const COMMISSION = {
    amount_cents: 10_000,
    commission_cents: 3_000,
    platform_fee_cents: 150,
    net_commission_cents: 2_850,
  };
  const PUBLIC_BODY = {
    conversion_id: anyId("conv"),
    status: "pending",
    currency: "usd",
    available_at: "2026-01-30T00:00:00.000Z",
    commission: COMMISSION,
  };

  test("AL24 AL23 AL45 to a backend: 10000 at 30 % is 3000, of which 150 fee and 2850 net", async () => {
    expect(await pay({}, { key: app.key })).toEqual(answered(200, { ...PUBLIC_BODY, hold: false, reason: null }));
  });

  test("AL24 AL23 AL45 to the public: the same without hold and reason", async () => {
    expect(await pay({ app_id: app.id })).toEqual(answered(200, PUBLIC_BODY));
  });

  test("AL45 the public is told the same when the money is held, the backend is told why", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    expect(await pay({ app_id: app.id, event_id: "e1" })).toEqual(answered(200, PUBLIC_BODY));
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u2" });
    expect(await pay({ user_id: "u2", ref: undefined }, { key: app.key })).toEqual(
      answered(200, { ...PUBLIC_BODY, hold: true, reason: "below_mode" }),
    );
  });

  test("AL18 AL19 the code alone is enough: no key, no cookie, no app", async () => {
    expect(await world.call("/api/track/conversion", { ref: app.ref, user_id: "u1", amount_cents: 10_000 })).toEqual(
      answered(200, PUBLIC_BODY),
    );
    expect((await world.balance(app)).pending_cents).toBe(2_850);
  });

  test("AL17 the script's two calls and the API's one come to the same", async () => {
    const browser = { Origin: "https://shop.example.test", "Content-Type": "text/plain;charset=UTF-8" };
    await world.call("/api/track/signup", { ref: app.ref, user_id: "script", app_id: app.id }, { headers: browser });
    const script = { ref: app.ref, user_id: "script", amount_cents: 10_000, app_id: app.id };
    expect(await world.call("/api/track/conversion", script, { headers: browser })).toEqual(answered(200, PUBLIC_BODY));
    expect((await pay({ user_id: "api" }, { key: app.key })).body.commission).toEqual(COMMISSION);
    expect((await world.balance(app)).pending_cents).toBe(5_700);
  });

  test("AL22 metadata is kept as it was said, and answers nothing", async () => {
    const metadata = { order: "A-17", lines: [{ sku: "s1", n: 2 }] };
    expect((await pay({ metadata }, { key: app.key })).status).toBe(200);
    const [claim] = await rowsOf(world.db, "claim");
    expect(JSON.parse(String(claim?.["metadata"]))).toEqual(metadata);
  });

  test.each([
    ["no user_id", { user_id: undefined }, "user_id"],
    ["no amount", { amount_cents: undefined }, "amount_cents"],
    ["an amount as text", { amount_cents: "10000" }, "amount_cents"],
    ["an amount that is null", { amount_cents: null }, "amount_cents"],
    ["a currency that does not exist", { currency: "xxx" }, "currency"],
    ["a currency's name", { currency: "dollar" }, "currency"],
    ["metadata that is a list", { metadata: ["a"] }, "metadata"],
    ["metadata that is text", { metadata: "a" }, "metadata"],
    [
      "metadata of over 4096 characters",
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, "x".repeat(250)])) },
      "metadata",
    ],
    ["an empty event_id", { event_id: "" }, "event_id"],
    ["an empty payment_ref", { payment_ref: "" }, "payment_ref"],
  ])("AL22 refuses %s", async (_, body, path) => {
    expect(await pay(body, { key: app.key })).toEqual(refused(400, "invalid_request", [path]));
    expect(await rowsOf(world.db, "claim")).toEqual([]);
  });

  test.each([0, -1, -0, 0.5, 99.99, 1e12, 1_000_000_000_000, 2 ** 53, 1e21, 5e-324])(
    "AL22 an amount of %d is out of range",
    async (amount_cents) => {
      expect(await pay({ amount_cents }, { key: app.key })).toEqual(refused(422, "amount_out_of_range"));
      expect(await rowsOf(world.db, "claim")).toEqual([]);
    },
  );

  test("AL22 an amount too great for a number is out of range", async () => {
    const body = `{"ref":"${app.ref}","user_id":"u1","amount_cents":1e400}`;
    expect(await world.call("/api/track/conversion", body)).toEqual(refused(422, "amount_out_of_range"));
  });
});

describe("floors, in integers", () => {
  test.each([
    // [amount, percent, gross, fee, net]
    [1, 30, 0, 0, 0],
    [3, 30, 0, 0, 0],
    [4, 30, 1, 0, 1],
    [66, 30, 19, 0, 19],
    [67, 30, 20, 1, 19],
    [99, 12.5, 12, 0, 12],
    [667, 30, 200, 10, 190],
    [1_999, 30, 599, 29, 570],
    [10_000, 0, 0, 0, 0],
    [10_000, 0.01, 1, 0, 1],
    [10_000, 100, 10_000, 500, 9_500],
    [999_999_999_999, 33.33, 333_299_999_999, 16_664_999_999, 316_635_000_000],
    [999_999_999_999, 100, 999_999_999_999, 49_999_999_999, 950_000_000_000],
  ])("AL44 %d at %d %% is %d: fee %d, net %d", async (amount_cents, percent, gross, fee, net) => {
    const program = await world.newApp({ percent });
    const answer = await world.call(
      "/api/track/conversion",
      { ref: program.ref, user_id: "u1", amount_cents },
      { key: program.key },
    );
    expect(answer.body.commission).toEqual({
      amount_cents,
      commission_cents: gross,
      platform_fee_cents: fee,
      net_commission_cents: net,
    });
    expect((await world.balance(program)).pending_cents).toBe(net);
  });

  test.each(["12.5", 12.5])("AL44 a percentage as %j is read from its digits", async (commission_percent) => {
    await setProgram(world, app, { commission_percent });
    expect((await pay({}, { key: app.key })).body.commission.commission_cents).toBe(1_250);
  });
});

describe("the platform's fee", () => {
  test("AL25 is 5 % of the commission by default, or what the installation says", async () => {
    const other = await createWorld({ config: { platformFeeBps: 250 } });
    const shop = await other.newApp();
    const body = { ref: shop.ref, user_id: "u1", amount_cents: 10_000 };
    expect((await other.call("/api/track/conversion", body)).body.commission).toMatchObject({
      platform_fee_cents: 75,
      net_commission_cents: 2_925,
    });
    expect((await pay({})).body.commission.platform_fee_cents).toBe(150);
  });

  test("AL25 is the operator's to set for one app, for later payments", async () => {
    await pay({ event_id: "before" });
    world.advance(1);
    await setFee(0);
    expect((await pay({ event_id: "after" })).body.commission).toMatchObject({
      platform_fee_cents: 0,
      net_commission_cents: 3_000,
    });
    expect(await commissionsOf(world, app)).toMatchObject([{ platform_fee_cents: 0 }, { platform_fee_cents: 150 }]);
    await setFee(null);
    expect((await pay({ event_id: "default" })).body.commission.platform_fee_cents).toBe(150);
  });

  test("AL25 is not the owner's to set", async () => {
    await setProgram(world, app, { platform_fee_bps: 0 });
    expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app.platform_fee_bps).toBe(500);
    expect((await pay({})).body.commission.platform_fee_cents).toBe(150);
  });
});

describe("who earns", () => {
  let rival: TestApp;

  beforeEach(async () => {
    rival = await addCreator(world, app, "rival");
  });

  test("AL42 a conversion without a signup makes the referral", async () => {
    await pay({ user_id: "open" });
    await pay({ user_id: "keyed" }, { key: app.key });
    expect(await referrals()).toEqual([
      ["keyed", app.affiliateId, "vouched"],
      ["open", app.affiliateId, "public"],
    ]);
  });

  test.each(["matched", "keyed"])("AL42 in mode %s a public one is recorded and makes none", async (conversions) => {
    await setProgram(world, app, { conversions });
    expect((await pay({ user_id: "open" })).status).toBe(200);
    expect(await referrals()).toEqual([]);
    await pay({ user_id: "keyed" }, { key: app.key });
    expect(await referrals()).toEqual([["keyed", app.affiliateId, "vouched"]]);
  });

  test("AL22 a key may leave the ref out when the user has a referral, the public may not", async () => {
    await signup({ ref: app.ref });
    expect((await pay({ ref: undefined }, { key: app.key })).body.commission.net_commission_cents).toBe(2_850);
    expect(await pay({ ref: undefined })).toEqual(refused(400, "invalid_request", ["ref"]));
    expect(await pay({ ref: undefined, user_id: "stranger" }, { key: app.key })).toEqual(refused(404, "unknown_ref"));
  });

  test("AL41b a first attribution needs a live code, a user with a referral does not", async () => {
    await signup({ ref: app.ref });
    expect((await pay({ ref: "nobody" }, { key: app.key })).status).toBe(200);
    expect(await pay({ ref: "nobody", user_id: "u2" }, { key: app.key })).toEqual(refused(404, "unknown_ref"));
    expect(await pay({ ref: "nobody", user_id: "u2" })).toEqual(refused(404, "unknown_ref"));
    expect(await pay({ app_id: (await world.newApp()).id, user_id: "u2" })).toEqual(refused(404, "unknown_ref"));
    const path = `/api/v1/affiliates/${app.affiliateId}/codes/${app.ref}`;
    await world.call(path, undefined, { key: app.key, method: "DELETE" });
    expect((await pay({ event_id: "e2" })).status).toBe(200);
    expect(await pay({ user_id: "u3" })).toEqual(refused(404, "unknown_ref"));
  });

  test("AL46 a stored referral wins over the ref of a public call", async () => {
    await signup({ ref: app.ref });
    await pay({ ref: rival.ref });
    expect(await earned()).toEqual([2_850, 0]);
  });

  test("AL46 a vouched referral wins over any ref", async () => {
    await signup({ ref: app.ref }, { key: app.key });
    await pay({ ref: rival.ref }, { key: app.key });
    await pay({ ref: rival.ref, event_id: "public" });
    expect(await earned()).toEqual([5_700, 0]);
  });

  test("AL46 the first vouched event moves a public referral to its live ref; earlier commissions stay", async () => {
    await signup({ ref: app.ref });
    await pay({ ref: app.ref });
    await pay({ ref: rival.ref, event_id: "first-vouched" }, { key: app.key });
    expect(await earned()).toEqual([2_850, 2_850]);
    expect(await referrals()).toEqual([["u1", rival.affiliateId, "vouched"]]);
    await pay({ ref: app.ref, event_id: "second-vouched" }, { key: app.key });
    expect(await earned()).toEqual([2_850, 5_700]);
    const moved = (await rowsOf(world.db, "audit")).filter((row) => row["action"] === "referral.replaced");
    expect(moved).toMatchObject([{ app: app.id, reason: "first vouched event" }]);
    expect(JSON.parse(String(moved[0]?.["after"]))).toMatchObject({ affiliate: rival.affiliateId });
  });

  test("AL46 a vouched signup does the same", async () => {
    await signup({ ref: app.ref });
    const moved = await signup({ ref: rival.ref }, { key: app.key });
    expect(moved.body.referral.ref).toBe(rival.ref);
    expect((await signup({ ref: app.ref }, { key: app.key })).body.referral.ref).toBe(rival.ref);
  });

  test.each([
    ["no ref", undefined],
    ["a ref that nobody has", "nobody"],
  ])("AL46 the first vouched event with %s fixes the referral as it stands", async (_, ref) => {
    await signup({ ref: app.ref });
    await pay({ ref, event_id: "first" }, { key: app.key });
    await pay({ ref: rival.ref, event_id: "second" }, { key: app.key });
    expect(await earned()).toEqual([5_700, 0]);
  });

  test("AL46 the first vouched event with the same ref vouches for it", async () => {
    await signup({ ref: app.ref });
    await pay({ ref: app.ref }, { key: app.key });
    expect(await referrals()).toEqual([["u1", app.affiliateId, "vouched"]]);
    expect(await commissionsOf(world, app)).toMatchObject([{ lane: "clear" }]);
  });

  async function earned(): Promise<readonly number[]> {
    return [(await world.balance(app)).pending_cents, (await world.balance(rival)).pending_cents];
  }
});

describe("whose word it is", () => {
  test.each([
    // [mode, referral by, event by, lane, reason]
    ["open", "key", "key", "clear", null],
    ["open", "public", "key", "clear", null],
    ["open", "key", "public", "review", "unverified"],
    ["open", "public", "public", "review", "unverified"],
    ["matched", "key", "key", "clear", null],
    ["matched", "public", "key", "clear", null],
    ["matched", "key", "public", "held", "below_mode"],
    ["matched", "public", "public", "held", "below_mode"],
    ["keyed", "key", "key", "clear", null],
    ["keyed", "public", "key", "held", "below_mode"],
    ["keyed", "key", "public", "held", "below_mode"],
    ["keyed", "public", "public", "held", "below_mode"],
  ])(
    "D-trust mode %s, a referral by %s, an event by %s: lane %s",
    async (conversions, referral, event, lane, reason) => {
      await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" }, as(referral));
      await setProgram(world, app, { conversions });
      // The ref is left to the stored referral: naming it with a key would vouch for it.
      const ref = event === "key" ? undefined : app.ref;
      expect((await pay({ ref }, as(event))).status).toBe(200);
      expect(await commissionsOf(world, app)).toMatchObject([{ lane, reason, hold: lane === "held" }]);
      const held = lane === "held" ? 2_850 : 0;
      expect(await world.balance(app)).toMatchObject({ pending_cents: 2_850 - held, held_cents: held });
    },
  );

  test("D-trust what is held matures for nobody; what is in review shows as available and as in review", async () => {
    await pay({ user_id: "review" });
    world.advance(1);
    await setProgram(world, app, { conversions: "matched" });
    await pay({ user_id: "held" });
    world.advance(15 * 86_400_000);
    expect(await world.balance(app)).toEqual({
      currency: "usd",
      pending_cents: 0,
      available_cents: 2_850,
      in_review_cents: 2_850,
      held_cents: 2_850,
      paid_cents: 0,
      processing_cents: 0,
      next: [],
    });
    expect(await commissionsOf(world, app)).toMatchObject([{ status: "pending" }, { status: "confirmed" }]);
  });
});

describe("one payment, announced by several", () => {
  test("D-payment two keyed calls with one payment_ref are one conversion", async () => {
    const first = await pay({ payment_ref: "in_1", event_id: "a" }, { key: app.key });
    const second = await pay({ payment_ref: "in_1", event_id: "b" }, { key: app.key });
    expect(second).toEqual(answered(200, { ...first.body, deduplicated: true }));
    expect(await balanceAndCount()).toEqual([2_850, 1]);
  });

  test("D-payment a public announcement gives way to the backend's, whatever it said", async () => {
    const open = await pay({ payment_ref: "in_1", amount_cents: 990_000 });
    expect((await pay({ payment_ref: "in_1" }, { key: app.key })).body.commission.amount_cents).toBe(10_000);
    expect(await balanceAndCount()).toEqual([2_850, 1]);
    expect(await commissionsOf(world, app)).toMatchObject([{ amount_cents: 10_000, lane: "clear" }]);
    expect(open.body.commission.amount_cents).toBe(990_000);
  });

  test("D-payment a public announcement after the backend's earns nothing, and its answer does not tell", async () => {
    const key = await pay({ payment_ref: "in_1" }, { key: app.key });
    const late = await pay({ payment_ref: "in_1", amount_cents: 990_000 });
    expect(late.body).toMatchObject({ status: "pending", commission: { amount_cents: 990_000 } });
    expect(late.body.conversion_id).not.toBe(key.body.conversion_id);
    expect(late.body).not.toHaveProperty("deduplicated");
    expect(await balanceAndCount()).toEqual([2_850, 1]);
    const told = (await rowsOf(world.db, "event")).filter(({ kind }) => kind === "conversion.created");
    expect(told.map(({ fact }) => fact)).toEqual([key.body.conversion_id]);
  });
});

describe("a revoked affiliate", () => {
  test("D-revoked earns nothing from later payments of its users, with the reason for the owner alone", async () => {
    await pay({}, { key: app.key });
    await setStatus(world, app, "revoked");
    const later = await pay({ ref: undefined, event_id: "later" }, { key: app.key });
    expect(later.body).toMatchObject({ commission: { net_commission_cents: 0 }, reason: "affiliate_revoked" });
    const open = await pay({ event_id: "open" });
    expect(open.body.commission).toMatchObject({ commission_cents: 0, net_commission_cents: 0 });
    expect(JSON.stringify(open.body)).not.toContain("revoked");
  });

  test("D-revoked its users are free for the next live code, also the vouched ones", async () => {
    const rival = await addCreator(world, app, "rival");
    await pay({ user_id: "vouched" }, { key: app.key });
    await pay({ user_id: "open" });
    await setStatus(world, app, "revoked");
    await pay({ user_id: "vouched", ref: rival.ref, event_id: "1" });
    await pay({ user_id: "open", ref: rival.ref, event_id: "2" }, { key: app.key });
    expect((await world.balance(rival)).pending_cents).toBe(5_700);
  });

  test("D-revoked loses what has not matured, is held or in review, and keeps the rest", async () => {
    await pay({ user_id: "matured" }, { key: app.key });
    await pay({ user_id: "in review" });
    world.advance(15 * 86_400_000);
    await pay({ user_id: "pending" }, { key: app.key });
    await setProgram(world, app, { conversions: "keyed" });
    await pay({ user_id: "held" });
    await setStatus(world, app, "revoked");
    expect(await world.balance(app)).toMatchObject({
      pending_cents: 0,
      available_cents: 2_850,
      in_review_cents: 0,
      held_cents: 0,
    });
    const statuses = (await commissionsOf(world, app)).map(({ user_id, status }) => [user_id, status]);
    expect(Object.fromEntries(statuses)).toEqual({
      matured: "confirmed",
      "in review": "cancelled",
      pending: "cancelled",
      held: "cancelled",
    });
  });

  test("D-revoked refunds go on deducting from what it kept", async () => {
    const paid = await pay({}, { key: app.key });
    world.advance(15 * 86_400_000);
    await setStatus(world, app, "revoked");
    const refund = { conversion_id: paid.body.conversion_id, amount_cents: 5_000, ref: app.ref };
    expect((await world.call("/api/track/refund", refund, { key: app.key })).status).toBe(200);
    expect((await world.balance(app)).available_cents).toBe(1_425);
  });

  test("D-revoked is final, and repeating it changes nothing", async () => {
    await setStatus(world, app, "revoked");
    expect(await rowsOf(world.db, "code")).toMatchObject([{ code: app.ref, state: "revoked" }]);
    await setStatus(world, app, "revoked");
    const body = { status: "active", reason: "changed our mind" };
    const path = `/api/v1/affiliates/${app.affiliateId}`;
    expect(await world.call(path, body, { key: app.key, method: "PATCH" })).toEqual(refused(409, "conflict"));
    expect(await world.call(`${path}/codes`, {}, { key: app.key })).toEqual(refused(409, "conflict"));
  });

  test("D-suspended only payouts pass a suspended affiliate by: all is tracked and matures", async () => {
    await setStatus(world, app, "suspended");
    await pay({}, { key: app.key });
    world.advance(15 * 86_400_000);
    expect((await world.balance(app)).available_cents).toBe(2_850);
    await setStatus(world, app, "active");
    expect((await world.balance(app)).available_cents).toBe(2_850);
  });
});

function pay(body: object, options?: CallOptions) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, options);
}

async function setFee(platform_fee_bps: number | null): Promise<void> {
  const options = { key: world.operatorKey, method: "PATCH" };
  expect((await world.call(`/api/v1/apps/${app.id}`, { platform_fee_bps }, options)).status).toBe(200);
}

function signup(body: object, options?: CallOptions) {
  return world.call("/api/track/signup", { user_id: "u1", ...body }, options);
}

async function referrals(): Promise<readonly unknown[]> {
  const rows = await rowsOf(world.db, "referral");
  return rows
    .map((row) => [row["user_id"], row["affiliate"], row["trust"]])
    .toSorted(([a], [b]) => String(a).localeCompare(String(b)));
}

function as(who: string): CallOptions {
  return who === "key" ? { key: app.key } : {};
}

async function balanceAndCount(): Promise<readonly number[]> {
  const days = await statsOf(world, app);
  return [(await world.balance(app)).pending_cents, days.reduce((sum, day) => sum + day.conversions, 0)];
}
