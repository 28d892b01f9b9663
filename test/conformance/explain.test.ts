import { beforeEach, describe, expect, test } from "vitest";
import { SYMPTOMS } from "../../worker/domain/account-findings.ts";
import { commissionDue } from "../../worker/domain/commission.ts";
import { refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { codesOf, explain, explainIn, withReasons } from "../support/explain.ts";
import { draft, giveMethod, payOut, payoutsOf, runBatch, setMinimums, step } from "../support/payouts.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { expectBooks, openStripeWorld } from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

/** 100.00 at 30 %, of which the platform keeps 5 %. */
const SALE = { user_id: "kim", amount_cents: 10_000 };
const BROWSER = { Origin: "https://shop.example.test", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/145.0" };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("a conversion", () => {
  test("AR22 R-explain is told from its referral to its last posting, and every sum is that of the books", async () => {
    const signup = { ref: app.ref, user_id: "kim", email: "kim@example.test" };
    await world.call("/api/track/signup", signup, { key: app.key });
    const id = await sell({ payment_ref: "in_1" });
    await refund({ payment_ref: "in_1", amount_cents: 3_333 });
    world.advance(15 * DAY_MS);
    await payOut(world, app);
    await refund({ payment_ref: "in_1", amount_cents: 3_333 });
    const told = await explain(world, app, `conversion_id=${id}`);
    expect(told).toMatchObject({
      subject: "conversion",
      conversion_id: id,
      user_id: "kim",
      status: "paid",
      trust: "verified",
      referral: {
        ref: app.ref,
        event: "signup",
        trust: "vouched",
        email: "k•••@example.test",
        fixed_at: "2026-01-15T12:00:00.000Z",
      },
      claims: [{ source: "key", form: "call", payment_ref: "in_1", amount_cents: 10_000, in_force: true }],
      rate: { rate_percent: 30, of: "app", set_bps: 3_000, version: 1, actor: "operator", platform_fee_bps: 500 },
      maturation: { holding_days: 14, available_at: "2026-01-30T00:00:00.000Z", matured: true },
      lane: { lane: "clear", entry_lane: "clear", reason: null },
      void: null,
      refunds: [
        { amount_cents: 3_333, status: "succeeded", source: "key" },
        { amount_cents: 3_333, status: "succeeded", source: "key" },
      ],
      payouts: [{ status: "settled", amount_cents: 1_900 }],
    });
    expect(withReasons(told.findings)).toEqual(["refunded:part", "paid", "clawed_back"]);
    expect(told.postings.map((row: Json) => [row.caused_by, row.lane])).toEqual([
      ["claim", "clear"],
      ["refund", "clear"],
      ["refund", "clear"],
    ]);
    expect(told.timeline.map(({ what }: Json) => what)).toEqual([
      "referral",
      "claim",
      "conversion",
      "posting",
      "refund",
      "posting",
      "maturation",
      "payout",
      "payout",
      "refund",
      "posting",
    ]);
    expect(JSON.stringify(told)).not.toContain("kim@example.test");
    await expectSums(told, 6_666);
  });

  test.each([
    [9_999, 3_333, "12.5"],
    [1, 1, "30"],
    [7, 3, "100"],
    [999_999_999_999, 333_333_333_333, "33.33"],
  ])("AR22 of %d, less %d, at a rate of %s, it is counted as the books count it", async (amount, back, percent) => {
    const change = { commission_percent: percent };
    const path = `/api/v1/affiliates/${app.affiliateId}`;
    await world.call(path, change, { key: app.key, method: "PATCH" });
    const id = await sell({ amount_cents: amount, payment_ref: "in_1" });
    await refund({ payment_ref: "in_1", amount_cents: back });
    const told = await explain(world, app, `conversion_id=${id}`);
    expect(told.rate).toMatchObject({ of: "affiliate", version: 1, actor: expect.stringMatching(/^key:/) });
    await expectSums(told, back);
  });

  test("AR22 names the rate that held at its payment, whatever holds since", async () => {
    const first = await sell({ payment_ref: "in_1" });
    world.advance(1_000);
    await setProgram(world, app, { commission_percent: 20 });
    world.advance(1_000);
    const second = await sell({ payment_ref: "in_2" });
    const versions = [];
    for (const id of [first, second]) versions.push((await explain(world, app, `conversion_id=${id}`)).rate);
    expect(versions).toMatchObject([
      { rate_percent: 30, version: 1, actor: "operator", effective_from: "2026-01-15T12:00:00.000Z" },
      { rate_percent: 20, version: 2, effective_from: "2026-01-15T12:00:01.000Z" },
    ]);
  });

  test("AR22 that a better announcement replaced says which, and why", async () => {
    const claimed = await sell({ payment_ref: "in_1", event_id: "a" }, {});
    const reported = await sell({ payment_ref: "in_1", event_id: "b" });
    const [lost, won] = [
      await explain(world, app, `conversion_id=${claimed}`),
      await explain(world, app, `conversion_id=${reported}`),
    ];
    expect(withReasons(lost.findings)).toEqual(["duplicate:superseded"]);
    expect(lost.void).toMatchObject({ reason: "superseded", superseded_by: reported });
    expect(lost.arithmetic.at(-1)).toMatchObject({ step: "void", cents: 0 });
    expect(lost.books).toMatchObject({ commission_cents: 0, net_commission_cents: 0 });
    expect(withReasons(won.findings)).toEqual(["duplicate:announced_again", "pending"]);
    expect(won.claims.map((claim: Json) => [claim.source, claim.in_force])).toEqual([
      ["key", true],
      ["public", false],
    ]);
    expect(won.claims[0].why).toMatch(/a backend's before the public's/);
  });

  test.each<[why: string, act: () => Promise<string>, found: readonly string[], lane: string]>([
    ["nobody vouches for", () => sell({}, {}), ["in_review:unverified", "pending"], "review"],
    [
      "over a cap",
      async () => (await setProgram(world, app, { max_event_cents: 1 }), sell({})),
      ["held:cap", "pending"],
      "held",
    ],
    [
      "below what the app takes",
      async () => (await setProgram(world, app, { conversions: "keyed" }), sell({}, {})),
      ["held:below_mode", "pending"],
      "held",
    ],
    [
      "of a code without clicks",
      async () => {
        await world.call("/api/track/signup", { ref: app.ref, user_id: "kim" }, { headers: BROWSER });
        return sell({ ref: undefined });
      },
      ["in_review:no_click", "pending"],
      "review",
    ],
    [
      "of the affiliate, as anybody may have said",
      async () => {
        const email = "creator1@example.test";
        await world.call("/api/track/signup", { ref: app.ref, user_id: "kim", email });
        return sell({}, {});
      },
      ["held:self_referral", "pending"],
      "held",
    ],
    [
      "of the affiliate, as a backend says",
      async () => {
        const email = "creator1@example.test";
        await world.call("/api/track/signup", { ref: app.ref, user_id: "kim", email }, { key: app.key });
        return sell({});
      },
      ["self_referral"],
      "clear",
    ],
    [
      "of a known customer",
      async () => {
        await setProgram(world, app, { new_customers_only: true });
        const known = { ref: app.ref, user_id: "kim", customer_created_at: "2025-01-01T00:00:00Z" };
        await world.call("/api/track/signup", known, { key: app.key });
        return sell({});
      },
      ["existing_customer"],
      "clear",
    ],
    [
      "after the months that the program pays for",
      async () => {
        await setProgram(world, app, { max_months: 1 });
        await sell({});
        world.advance(40 * DAY_MS);
        return sell({});
      },
      ["month_limit"],
      "clear",
    ],
    [
      "at a rate of zero",
      async () => (await setProgram(world, app, { commission_percent: 0 }), world.advance(1), sell({})),
      ["earns_zero:rate"],
      "clear",
    ],
    ["of a cent", () => sell({ amount_cents: 1 }), ["earns_zero:rounded_down"], "clear"],
    [
      "paid after the revocation of its affiliate",
      async () => {
        await sell({});
        await setStatus(world, app, "revoked");
        return sell({ ref: undefined, amount_cents: 500 });
      },
      ["affiliate_revoked:later_payment"],
      "clear",
    ],
    [
      "of who is suspended",
      async () => {
        await setStatus(world, app, "suspended");
        return sell({});
      },
      ["affiliate_suspended", "pending"],
      "clear",
    ],
    [
      "held by hand",
      async () => {
        const id = await sell({});
        await world.call(`/api/v1/conversions/${id}/hold`, { reason: "looks odd" }, { key: app.key });
        return id;
      },
      ["held:by_hand", "pending"],
      "held",
    ],
    [
      "refunded in whole",
      async () => {
        const id = await sell({ payment_ref: "in_1" });
        await refund({ payment_ref: "in_1" });
        return id;
      },
      ["refunded:whole"],
      "clear",
    ],
  ])("AR22 says why: %s", async (_, act, found, lane) => {
    const told = await explain(world, app, `conversion_id=${await act()}`);
    expect(withReasons(told.findings)).toEqual(found);
    expect(told.lane.lane).toBe(lane);
    for (const { message } of told.findings) expect(message).toMatch(/\.$/);
    await expectSums(told);
  });

  test("AR22 shows who decided, when and why, and the rule that did", async () => {
    const rejected = await sell({ event_id: "a" }, {});
    await decide("reject", rejected, "made up");
    const approved = await sell({ event_id: "b" }, {});
    await decide("approve", approved, "seen the invoice");
    const rule = { max_event_cents: 20_000, max_day_cents: 100_000, reason: "small sums" };
    await world.call("/api/v1/review/rules", rule, { key: app.key });
    const ruled = await sell({ event_id: "c", user_id: "lee" }, {});
    const told = [];
    for (const id of [rejected, approved, ruled]) told.push(await explain(world, app, `conversion_id=${id}`));
    expect(told.map(({ findings, decisions }) => [withReasons(findings), decisions])).toEqual([
      [
        ["rejected"],
        [{ decision: "reject", reason: "made up", actor: expect.stringMatching(/^key:/), at: expect.any(String) }],
      ],
      [
        ["pending"],
        [
          {
            decision: "approve",
            reason: "seen the invoice",
            actor: expect.stringMatching(/^key:/),
            at: expect.any(String),
          },
        ],
      ],
      [
        ["pending"],
        [{ decision: "approve", reason: "small sums", actor: expect.stringMatching(/^rule:/), at: expect.any(String) }],
      ],
    ]);
    expect(told[0]?.void).toMatchObject({ reason: "rejected" });
    expect(told[0]?.postings.at(-1)).toMatchObject({
      caused_by: "decision",
      action: "review.rejected",
      reason: "made up",
    });
    for (const one of told) await expectSums(one);
  });

  test("AR22 that a revocation voided names it as the cause", async () => {
    const id = await sell({});
    await setStatus(world, app, "revoked");
    const told = await explain(world, app, `conversion_id=${id}`);
    expect(withReasons(told.findings)).toEqual(["affiliate_revoked:voided"]);
    expect(told.postings.at(-1)).toMatchObject({ caused_by: "revocation", net_cents: -2_850 });
    await expectSums(told);
  });

  test("AR22 says what keeps a payout back: minimum, method, its change; then how the payout stands", async () => {
    const id = await sell({});
    const found = async () => withReasons((await explain(world, app, `conversion_id=${id}`)).findings);
    expect(await found()).toEqual(["pending"]);
    world.advance(15 * DAY_MS);
    expect(await found()).toEqual(["available", "below_minimum"]);
    await setMinimums(world, app, { usd: 100 });
    expect(await found()).toEqual(["available", "payouts_blocked:no_method"]);
    await giveMethod(world, app);
    expect(await found()).toEqual(["available"]);
    await changeMethod();
    expect(await found()).toEqual(["available", "payouts_blocked:method_changed"]);
    const blocked = (await explain(world, app, `conversion_id=${id}`)).findings.at(-1);
    expect(blocked).toMatchObject({ since: "2026-01-30T12:00:00.000Z", until: "2026-02-01T12:00:00.000Z" });
    world.advance(2 * DAY_MS);
    await runBatch(world, app);
    expect(await found()).toEqual(["payout_processing"]);
    const [payout] = await payoutsOf(world, app);
    await step(world, app, `${payout.id}/fail`, { reason: "account closed" });
    expect(await found()).toEqual(["available", "payout_failed"]);
    expect((await explain(world, app, `conversion_id=${id}`)).payouts).toMatchObject([
      { status: "failed", error: "account closed", amount_cents: 2_850 },
    ]);
    expect((await draft(world, app)).status).toBe(201);
  });

  test("AR22 in a currency without a minimum waits for one", async () => {
    const id = await sell({ currency: "eur" });
    world.advance(15 * DAY_MS);
    const told = await explain(world, app, `conversion_id=${id}`);
    expect(withReasons(told.findings)).toEqual(["available", "below_minimum:minimum_not_set"]);
  });

  test("E-not_found that is nobody's, or another app's, is not there", async () => {
    const other = await world.newApp();
    const theirs = await sell({}, { key: other.key }, other);
    for (const id of ["conv_none", theirs]) {
      const answer = await world.call(`/api/v1/explain?conversion_id=${id}`, undefined, { key: app.key });
      expect(answer).toEqual(refused(404, "not_found"));
    }
  });
});

describe("what Stripe told", () => {
  const s = stripeEvents("newest");

  test("AR22 a dispute holds while it is open, and takes what it was lost for", async () => {
    const shop = await openStripeWorld();
    const intent = { id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: shop.refs.mara };
    await shop.deliver(s.paymentIntentSucceeded(intent));
    const [{ id }] = (await shop.commissions()) as [Json];
    await shop.deliver(s.disputeCreated({ id: "dp_1", charge: "ch_1", amount: 10_000 }));
    const open = await explainIn(shop, `conversion_id=${id}`);
    expect(withReasons(open.findings)).toEqual(["disputed:open", "pending"]);
    expect(open).toMatchObject({
      lane: { lane: "held" },
      disputes: [{ id: "dp_1", status: "open", amount_cents: 10_000 }],
    });
    expect(open.postings.map((row: Json) => [row.kind, row.lane, row.caused_by])).toEqual([
      ["in", "clear", "stripe"],
      ["out", "clear", "dispute"],
      ["in", "held", "dispute"],
    ]);
    await shop.deliver(s.disputeClosed({ id: "dp_1", charge: "ch_1", amount: 10_000, status: "lost" }));
    const lost = await explainIn(shop, `conversion_id=${id}`);
    expect(withReasons(lost.findings)).toEqual(["disputed:lost", "refunded:whole"]);
    expect(lost.claims).toMatchObject([{ source: "stripe", form: "payment_intent", payment_ref: "pi_1" }]);
    await expectBooks(shop.world);
  });

  test("AR22 a refund of Stripe's is told by its id, and what was allocated by a call by ours", async () => {
    const shop = await openStripeWorld();
    const intent = { id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: shop.refs.mara };
    await shop.deliver(s.paymentIntentSucceeded(intent));
    await shop.deliver(s.refundCreated({ id: "re_1", charge: "ch_1", amount: 2_500, status: "succeeded" }));
    const [{ id }] = (await shop.commissions()) as [Json];
    const told = await explainIn(shop, `conversion_id=${id}`);
    expect(told.refunds).toMatchObject([{ source: "stripe", stripe_id: "re_1", amount_cents: 2_500 }]);
    expect(told.postings.at(-1)).toMatchObject({ caused_by: "refund", net_cents: -712 });
  });

  test("AR22 what may be one payment told twice says so", async () => {
    const shop = await openStripeWorld();
    const { key } = shop.app;
    const own = { ref: shop.refs.mara, user_id: "cus_1", amount_cents: 10_000 };
    const { conversion_id } = (await shop.world.call("/api/track/conversion", own, { key })).body;
    await shop.deliver(s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara }));
    const told = await explainIn(shop, `conversion_id=${conversion_id}`);
    expect(withReasons(told.findings)).toEqual(["in_review:possible_duplicate", "pending"]);
  });

  test("AR22 ST3 a payment that waits says for what, and which refs it saw", async () => {
    const shop = await openStripeWorld();
    const once = { mode: "payment", paymentIntent: "pi_1", amountTotal: 10_000, customer: "cus_1" } as const;
    await shop.deliver(s.sessionCompleted({ id: "cs_1", ...once, clientReferenceId: shop.refs.mara, userId: "kim" }));
    await shop.deliver(s.invoicePaid({ id: "in_2", customer: "cus_2", amountPaid: 500, ref: "nobody", userId: "lee" }));
    const [bare, unknown] = [await explainIn(shop, "user_id=kim"), await explainIn(shop, "user_id=lee")];
    expect(withReasons(bare.findings)).toEqual(["no_referral", "parked:bare_ref"]);
    expect(bare.stripe_payments).toMatchObject([
      { state: "parked", reason: "bare_ref", objects: [{ id: "cs_1", ref: null, bare_ref: shop.refs.mara }] },
    ]);
    expect(bare.findings.at(-1)).toMatchObject({
      until: "2026-02-14T12:00:00.000Z",
      advice: expect.stringMatching(/al-CODE/),
    });
    expect(withReasons(unknown.findings)).toEqual(["no_referral", "unknown_code", "parked:unknown_ref"]);
    shop.world.advance(31 * DAY_MS);
    await shop.world.runJobs();
    expect(withReasons((await explainIn(shop, "user_id=kim")).findings)).toEqual(["no_referral", "closed:bare_ref"]);
  });

  test("AR22 events of the other mode are told to whoever looks for a user in vain", async () => {
    const shop = await openStripeWorld();
    const ofTest = stripeEvents("newest", { livemode: false });
    await shop.deliver(ofTest.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara }));
    const told = await explainIn(shop, "user_id=kim");
    expect(withReasons(told.findings)).toEqual(["no_events", "wrong_mode"]);
    expect(told.findings.at(-1)).toMatchObject({ count: 1, since: "2026-01-15T12:00:00.000Z" });
  });
});

describe("a user", () => {
  test("AR22 whom nobody knows is told as that, and so is another app's", async () => {
    const other = await world.newApp();
    await sell({ user_id: "theirs" }, { key: other.key }, other);
    for (const user of ["nobody", "theirs"]) {
      const told = await explain(world, app, `user_id=${user}`);
      expect(told).toMatchObject({ subject: "user", user_id: user, referral: null, conversions: [], timeline: [] });
      expect(codesOf(told.findings)).toEqual(["no_events"]);
    }
  });

  test("AR22 with a referral has it and every conversion in short", async () => {
    await sell({ payment_ref: "in_1", event_id: "a" }, {});
    const paid = await sell({ payment_ref: "in_1", event_id: "b" });
    const told = await explain(world, app, "user_id=kim");
    expect(told.referral).toMatchObject({ ref: app.ref, event: "payment", trust: "vouched", changes: [] });
    expect(told.conversions.map((one: Json) => [one.conversion_id === paid, withReasons(one.findings)])).toEqual(
      expect.arrayContaining([
        [true, ["duplicate:announced_again", "pending"]],
        [false, ["duplicate:superseded"]],
      ]),
    );
    expect(told.findings).toEqual([]);
    await world.call("/api/track/signup", { ref: app.ref, user_id: "lee" }, { key: app.key });
    expect(withReasons((await explain(world, app, "user_id=lee")).findings)).toEqual(["no_conversions:user"]);
  });

  test("AR22 without one has the calls that were refused, and what is wrong with the codes they named", async () => {
    await setProgram(world, app, { approval: "manual" });
    const applicant = { account_id: "acc_1", email: "nils@example.test", ref: "applied" };
    await world.call("/api/v1/affiliates/join", applicant, { key: app.key });
    const summer = { ref: "summer", expires_at: "2026-01-15T12:00:01Z" };
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, summer, { key: app.key });
    world.advance(1_000);
    for (const ref of ["applied", "nobody", "nobody", "summer"]) {
      await world.call("/api/track/signup", { ref, user_id: "kim" }, { key: app.key });
    }
    await expect.poll(async () => (await explain(world, app, "user_id=kim")).refused_calls).toHaveLength(4);
    const told = await explain(world, app, "user_id=kim");
    expect(withReasons(told.findings).toSorted()).toEqual([
      "affiliate_applied",
      "call_refused:unknown_ref",
      "code_expired",
      "no_referral",
      "unknown_code",
    ]);
    expect(told.findings.find(({ code }: Json) => code === "call_refused")).toMatchObject({ count: 4 });
    expect(told.codes.map(({ ref }: Json) => ref).toSorted()).toEqual(["applied", "nobody", "summer"]);
  });

  test("AR22 who was assigned by hand has who did it, and why", async () => {
    const nils = await addCreator(world, app, "nils");
    await sell({});
    const assignment = { affiliate_id: nils.affiliateId, reason: "said so on the phone" };
    expect((await world.call("/api/v1/customers/kim/assign", assignment, { key: app.key })).status).toBeLessThan(300);
    const { referral } = await explain(world, app, "user_id=kim");
    expect(referral).toMatchObject({
      ref: "nils",
      event: "hand",
      changes: [{ action: "referral.assigned", reason: "said so on the phone", from_ref: app.ref }],
    });
  });

  test("AR22 who was erased is nobody any more", async () => {
    const id = await sell({});
    await world.call("/api/v1/customers/kim", undefined, { key: app.key, method: "DELETE" });
    expect(codesOf((await explain(world, app, "user_id=kim")).findings)).toEqual(["no_events"]);
    const told = await explain(world, app, `conversion_id=${id}`);
    expect(told).toMatchObject({ user_id: null, referral: null, books: { net_commission_cents: 2_850 } });
    expect(JSON.stringify(told)).not.toContain("kim");
  });
});

describe("a ref", () => {
  test("AR22 that is live has whose it is and what it brought", async () => {
    await world.call("/api/track/click", { ref: app.ref, visitor: "v1" }, { key: app.key });
    await sell({});
    expect(await explain(world, app, `ref=${app.ref.toUpperCase()}`)).toMatchObject({
      subject: "ref",
      ref: app.ref,
      state: "active",
      findings: [],
      affiliate: { id: app.affiliateId, status: "active" },
      counts: { clicks: 1, signups: 0, conversions: 1, refunds: 0, last_date: "2026-01-15" },
      referrals: { count: 1, exact: true },
    });
  });

  test("AR22 that nobody issued, or another app did, is unknown, with the calls that named it", async () => {
    const other = await world.newApp();
    await world.call("/api/track/signup", { ref: other.ref, user_id: "kim" }, { key: app.key });
    await expect.poll(async () => (await explain(world, app, `ref=${other.ref}`)).refused_calls).toHaveLength(1);
    const told = await explain(world, app, `ref=${other.ref}`);
    expect(told).toMatchObject({ state: "unknown", affiliate: null, created_at: null, counts: { clicks: 0 } });
    expect(withReasons(told.findings)).toEqual(["unknown_code", "call_refused:unknown_ref"]);
    const never = await explain(world, app, "ref=never");
    expect({ ...told, ref: "", findings: told.findings.slice(0, 1), refused_calls: [], timeline: [] }).toEqual({
      ...never,
      ref: "",
    });
  });

  test("AR22 that earns friend credits alone says so", async () => {
    const sql = "INSERT INTO code (code, app, account, ref, created_at) VALUES ('friends', ?1, 'acc_1', 'friends', 0)";
    await world.db.batch([{ sql, args: [app.id] }]);
    const told = await explain(world, app, "ref=friends");
    expect(told).toMatchObject({ state: "active", affiliate: null, findings: [{ code: "credits_only" }] });
  });

  test("AR22 that is dead says how, and since when", async () => {
    const codes = `/api/v1/affiliates/${app.affiliateId}/codes`;
    await world.call(codes, { ref: "Summer", expires_at: "2026-01-15T12:00:01Z" }, { key: app.key });
    world.advance(2_000);
    await world.call(`${codes}/${app.ref}`, undefined, { key: app.key, method: "DELETE" });
    const states = async () => {
      const told = [await explain(world, app, "ref=summer"), await explain(world, app, `ref=${app.ref}`)];
      return told.map(({ state, findings }) => [state, ...findings.map(({ code, since }: Json) => [code, since])]);
    };
    expect(await states()).toEqual([
      ["expired", ["code_expired", "2026-01-15T12:00:01.000Z"]],
      ["retired", ["code_retired", "2026-01-15T12:00:02.000Z"]],
    ]);
    world.advance(1_000);
    await setStatus(world, app, "suspended");
    expect((await states())[1]?.at(-1)).toEqual(["affiliate_suspended", "2026-01-15T12:00:03.000Z"]);
    world.advance(1_000);
    await setStatus(world, app, "revoked");
    const revoked = "2026-01-15T12:00:04.000Z";
    expect((await states())[0]).toEqual([
      "revoked",
      ["code_revoked", revoked],
      ["code_expired", "2026-01-15T12:00:01.000Z"],
      ["affiliate_revoked", revoked],
    ]);
  });
});

describe("an account's five symptoms", () => {
  test("AR22 no referrals page: the flag is off, for the app or for all; else the account has not joined", async () => {
    expect(await symptomOf("no_referrals_page")).toMatchObject({ ok: true, found: ["not_joined"] });
    await operate(`/api/v1/apps/${app.id}`, { enable_platform_referrals: false });
    expect(await symptomOf("no_referrals_page")).toMatchObject({ ok: false, found: ["program_off:app", "not_joined"] });
    await setProgram(world, app, { approval: "manual" });
    await join();
    expect(await symptomOf("no_referrals_page")).toMatchObject({
      ok: false,
      found: ["program_off:app", "affiliate_applied"],
    });
    await operate(`/api/v1/apps/${app.id}`, { enable_platform_referrals: true });
    expect((await symptomOf("no_referrals_page")).ok).toBe(true);
  });

  test("AR22 operator tab missing: the flag is off unless somebody switches it on", async () => {
    await operate("/api/v1/platform/flags", { enable_settings_affiliates: false });
    expect(await symptomOf("operator_tab_missing")).toMatchObject({ ok: false, found: ["program_off:installation"] });
    await operate(`/api/v1/apps/${app.id}`, { enable_settings_affiliates: true });
    expect(await symptomOf("operator_tab_missing")).toMatchObject({ ok: true, found: [] });
  });

  test("AR22 join fails: by the policy, by what the account was told, until the policy changed", async () => {
    const policy = async (body: Json) => world.call("/api/v1/app/join", body, { key: app.key, method: "PUT" });
    expect(await symptomOf("join_fails")).toMatchObject({ ok: true, found: [] });
    await policy({ accounts: "listed" });
    expect(await symptomOf("join_fails")).toMatchObject({ ok: false, found: ["join_refused:account"] });
    world.advance(1_000);
    for (const _ of [1, 2]) expect((await join()).status).toBe(403);
    await expect.poll(async () => (await symptomOf("join_fails")).told.refused_calls).toHaveLength(2);
    const { findings } = await symptomOf("join_fails");
    expect(findings).toMatchObject([
      { code: "join_refused", reason: "account", count: 2, since: "2026-01-15T12:00:01.000Z", until: null },
    ]);
    world.advance(1_000);
    await policy({ accounts: "none" });
    expect((await symptomOf("join_fails")).found).toEqual(["join_refused:closed", "join_refused:account"]);
    await policy({ accounts: "all", countries: ["NL"] });
    expect(await symptomOf("join_fails")).toMatchObject({
      ok: false,
      found: ["join_refused:country", "join_refused:account"],
    });
    await policy({ countries: [] });
    const over = await symptomOf("join_fails");
    expect(over).toMatchObject({ ok: true, found: ["join_refused:account"] });
    expect(over.findings).toMatchObject([{ until: "2026-01-15T12:00:02.000Z" }]);
    expect((await join()).status).toBe(201);
    expect(await symptomOf("join_fails")).toMatchObject({ ok: true, found: [] });
  });

  test("AR22 friend got no credits: nothing was redeemed, or it waits, was capped, or was taken back", async () => {
    expect(await symptomOf("friend_got_no_credits")).toMatchObject({ ok: false, found: ["no_redemption"] });
    await redeem("acc_2", "acc_1", "successful");
    expect(await symptomOf("friend_got_no_credits")).toMatchObject({ ok: true, found: [] });
    await redeem("acc_3", "acc_1", "capped");
    await redeem("acc_4", "acc_1", "pending");
    await redeem("acc_1", "acc_9", "revoked");
    const { found, told } = await symptomOf("friend_got_no_credits");
    expect(found.toSorted()).toEqual(["capped", "credits_pending", "credits_revoked"]);
    expect(told.redemptions.map((one: Json) => [one.role, one.account_id, one.status]).toSorted()).toEqual([
      ["referred", "acc_9", "revoked"],
      ["referrer", "acc_2", "successful"],
      ["referrer", "acc_3", "capped"],
      ["referrer", "acc_4", "pending"],
    ]);
    expect(await symptomOf("friend_got_no_credits", "acc_4")).toMatchObject({ ok: false, found: ["credits_pending"] });
    const other = await world.newApp();
    const theirs = await explain(world, other, "account_id=acc_4");
    expect([theirs.redemptions, codesOf(theirs.symptoms[2].findings)]).toEqual([[], ["no_redemption"]]);
  });

  test("AR22 no commissions yet: not joined, no clicks, no signups, no conversions; then what became of them", async () => {
    const found = async () => (await symptomOf("no_commissions_yet")).found;
    expect(await symptomOf("no_commissions_yet")).toMatchObject({ ok: false, found: ["not_joined"] });
    const { ref } = (await join()).body.affiliate;
    const kim = { ref };
    expect(await found()).toEqual(["no_clicks"]);
    await world.call("/api/track/click", { ref, visitor: "v1" }, { key: app.key });
    expect(await found()).toEqual(["no_signups"]);
    await world.call("/api/track/signup", { ref, user_id: "lee" }, { key: app.key });
    expect(await found()).toEqual(["no_conversions"]);
    await world.call("/api/track/refund", { ref, amount_cents: 1 }, { key: app.key });
    await expect.poll(found).toContain("call_refused:refund_exceeds_conversions");
    await setProgram(world, app, { max_event_cents: 20_000 });
    await sell({ ...kim, user_id: "lee", amount_cents: 30_000 });
    expect(await symptomOf("no_commissions_yet")).toMatchObject({
      ok: false,
      found: ["held:cap", "pending", "call_refused:refund_exceeds_conversions"],
    });
    world.advance(1);
    await sell({ ...kim, user_id: "ann" }, {});
    world.advance(1);
    await sell({ ...kim, user_id: "bob", amount_cents: 5_000 });
    const { ok, findings, told } = await symptomOf("no_commissions_yet");
    expect([ok, withReasons(findings)]).toEqual([
      true,
      ["pending", "in_review:unverified", "held:cap", "call_refused:refund_exceeds_conversions"],
    ]);
    expect(findings[0]).toMatchObject({ count: 3, until: "2026-01-30T00:00:00.000Z" });
    expect(told.program).toMatchObject({
      codes: [{ ref, state: "active" }],
      counts: { clicks: 1, signups: 1, conversions: 3 },
      balances: [{ currency: "usd", pending_cents: 1_425 + 2_850, held_cents: 8_550 }],
      payouts: [{ currency: "usd", payable_cents: 0, minimum_cents: 5_000, left_out: "nothing_payable" }],
    });
    world.advance(15 * DAY_MS);
    expect(await found()).toContain("below_minimum");
  });
});

test("R-explain E-invalid_request exactly one subject is named, and it can be one", async () => {
  const subjects = ["user_id", "conversion_id", "ref", "account_id"];
  for (const query of ["", "?user_id=a&ref=b", "?user_id="]) {
    const answer = await world.call(`/api/v1/explain${query}`, undefined, { key: app.key });
    expect(answer).toEqual(refused(400, "invalid_request", query === "?user_id=" ? ["user_id"] : subjects));
  }
  const bad = [
    ["ref", "ref=a%20b"],
    ["user_id", `user_id=${"x".repeat(257)}`],
  ] as const;
  for (const [path, query] of bad) {
    const answer = await world.call(`/api/v1/explain?${query}`, undefined, { key: app.key });
    expect(answer).toEqual(refused(400, "invalid_request", [path]));
  }
});

/** One of the symptoms of an account, all five of which are always told. */
async function symptomOf(symptom: string, account = "acc_1") {
  const told = await explain(world, app, `account_id=${account}`);
  expect(told.symptoms.map((one: Json) => one.symptom)).toEqual(SYMPTOMS);
  const { ok, findings } = told.symptoms.find((one: Json) => one.symptom === symptom);
  return { ok, found: withReasons(findings), findings, told };
}

async function operate(path: string, body: Json): Promise<void> {
  expect((await world.call(path, body, { key: world.operatorKey, method: "PATCH" })).status).toBe(200);
}

function join(): Promise<Answer> {
  return world.call("/api/v1/affiliates/join", { account_id: "acc_1", email: "kim@example.test" }, { key: app.key });
}

/** Sells something and answers the conversion's id: by key unless told. */
async function sell(more: Json, by: { key?: string } = { key: app.key }, of = app): Promise<string> {
  const answer = await world.call("/api/track/conversion", { ref: of.ref, ...SALE, ...more }, by);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body.conversion_id;
}

async function refund(body: Json): Promise<void> {
  world.advance(1_000);
  expect((await world.call("/api/track/refund", body, { key: app.key })).status).toBe(200);
}

function decide(decision: string, id: string, reason: string): Promise<Answer> {
  return world.call("/api/v1/review", { decision, conversion_ids: [id], reason }, { key: app.key });
}

/** An account came by another one's code. Stands in for the verb until there is one. */
async function redeem(referred: string, referrer: string, status: string): Promise<void> {
  const sql = `INSERT INTO redemption (app, referred_account, id, referrer_account, code, status, created_at)
    VALUES (?1, ?2, ?3, ?4, 'a_code', ?5, ?6)`;
  const args = [app.id, referred, `red_${referred}`, referrer, status, BigInt(world.deps.now())];
  await world.db.batch([{ sql, args }]);
}

/** The affiliate is to be paid elsewhere from now on. */
async function changeMethod(): Promise<void> {
  const sql = `INSERT INTO payout_method (app, id, affiliate, kind, details, label, actor, created_at)
    VALUES (?1, 'pm_changed', ?2, 'other', '-', 'elsewhere', 'a test', ?3)`;
  await world.db.batch([{ sql, args: [app.id, app.affiliateId, BigInt(world.deps.now())] }]);
}

/** What is told comes to what the list of commissions, the ledger and the arithmetic of the product come to. */
async function expectSums(told: Json, refunded?: number): Promise<void> {
  const centsOf = (name: string) => told.arithmetic.find((one: Json) => one.step === name).cents;
  const terms = {
    baseCents: centsOf("base"),
    capturedCents: centsOf("captured"),
    rateBps: told.rate.rate_bps,
    feeBps: told.rate.platform_fee_bps,
  };
  if (refunded !== undefined) expect(centsOf("refunded")).toBe(refunded);
  const due = commissionDue(terms, centsOf("refunded"));
  expect([centsOf("commission"), centsOf("fee"), centsOf("net")]).toEqual([due.grossCents, due.feeCents, due.netCents]);
  const books = told.void === null ? due : { grossCents: 0, feeCents: 0, netCents: 0 };
  expect(told.books).toMatchObject({
    commission_cents: books.grossCents,
    platform_fee_cents: books.feeCents,
    net_commission_cents: books.netCents,
    settled: true,
  });
  const sum = (column: string) => told.postings.reduce((total: number, row: Json) => total + row[column], 0);
  expect([sum("net_cents"), sum("fee_cents")]).toEqual([books.netCents, books.feeCents]);
  const listed = (await commissionsOf(world, app)).find(({ id }) => id === told.conversion_id);
  if (listed !== undefined) expect(listed).toMatchObject({ net_commission_cents: books.netCents, status: told.status });
}
