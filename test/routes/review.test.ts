import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { payOut } from "../support/payouts.ts";
import { type Answer, createWorld, type Json, START, type TestApp, type World } from "../support/world.ts";

const REVIEW = "/api/v1/review";
const BROWSER = { Origin: "https://shop.example.test", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/145.0" };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("GET /api/v1/review", () => {
  test("R-review shows whose it is, what it earns, on whose word and why it waits", async () => {
    const id = await announce({ user_id: "kim" });
    expect(await list()).toEqual(
      answered(200, {
        conversions: [
          {
            id,
            conversion_id: id,
            ref: app.ref,
            user_id: "kim",
            currency: "usd",
            amount_cents: 10_000,
            refunded_cents: 0,
            commission_cents: 3_000,
            platform_fee_cents: 150,
            net_commission_cents: 2_850,
            clawed_back_cents: 0,
            rate_percent: 30,
            status: "pending",
            hold: false,
            reason: "unverified",
            lane: "review",
            available_at: "2026-01-30T00:00:00.000Z",
            created_at: "2026-01-15T12:00:00.000Z",
            affiliate_id: app.affiliateId,
            affiliate_email: "creator1@example.test",
            trust: "unverified",
          },
        ],
        next_cursor: null,
      }),
    );
  });

  test("R-review what is held by the app's rules is listed apart, with the reason", async () => {
    await announce({});
    await setProgram(world, app, { max_event_cents: 5_000 });
    await announce({});
    await setProgram(world, app, { conversions: "keyed", max_event_cents: null });
    await announce({});
    expect((await report({ ref: undefined })).body).toMatchObject({ hold: true, reason: "below_mode" });
    expect(await reasons("held")).toEqual(["cap", "below_mode", "below_mode"]);
    expect(await reasons("review")).toEqual(["unverified"]);
    expect(await list("?lane=review")).toEqual(await list());
  });

  test("R-review D-lists oldest first, each on exactly one page, whatever the limit", async () => {
    const rival = await addCreator(world, app, "rival");
    const ids: string[] = [];
    for (let sale = 0; sale < 7; sale++) {
      ids.push(await announce({ ref: sale % 2 === 0 ? app.ref : rival.ref, event_id: `e${sale}` }));
      world.advance(sale % 3);
    }
    for (const limit of [1, 2, 3, 6, 7, 8, 100]) {
      const pages = await walkPages(world, { path: REVIEW, items: "conversions", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      const rows = pages.flat();
      expect(new Set(rows.map((row: Json) => row.id))).toEqual(new Set(ids));
      const order = rows.map((row: Json) => `${row.created_at} ${row.id}`);
      expect(order).toEqual(order.toSorted());
    }
  });

  test("R-review nothing is listed that nobody can decide: clear, decided, replaced, revoked, held for a dispute", async () => {
    await report({});
    await decide("approve", [await announce({ event_id: "approved" })]);
    await decide("reject", [await announce({ event_id: "rejected" })]);
    await announce({ payment_ref: "in_1" });
    await report({ payment_ref: "in_1" });
    const gone = await addCreator(world, app, "gone");
    await announce({ ref: "gone", user_id: "u7" });
    await setStatus(world, gone, "revoked");
    await holdAll();
    await decide("approve", [await announce({ event_id: "later" })]);
    expect(await reasons("held")).toEqual([]);
    expect(await reasons("review")).toEqual([]);
  });

  test.each(["?lane=clear", "?lane=", "?limit=0", "?limit=101", "?cursor=x", "?lane=review&limit=%00"])(
    "R-review refuses %s",
    async (query) => {
      expect(await list(query)).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
    },
  );
});

describe("an approval", () => {
  test("R-review D-review makes clear what was in review, and it keeps its day", async () => {
    const id = await announce({});
    world.advance(3 * DAY_MS);
    expect(await decide("approve", [id])).toEqual(answered(200, { done: 1, skipped: [] }));
    const pending = { pending_cents: 2_850, in_review_cents: 0, held_cents: 0 };
    const next = [{ available_at: "2026-01-30T00:00:00.000Z", amount_cents: 2_850 }];
    expect(await world.balance(app)).toMatchObject({ ...pending, next });
    expect(await commissionsOf(world, app)).toMatchObject([{ id, lane: "clear", hold: false, status: "pending" }]);
    await expectBooks();
  });

  test("R-review D-review of what has matured makes it payable at once", async () => {
    const id = await announce({});
    world.advance(20 * DAY_MS);
    expect(await world.balance(app)).toMatchObject({ available_cents: 2_850, in_review_cents: 2_850 });
    await payOut(world, app).catch(() => {});
    expect((await world.balance(app)).paid_cents).toBe(0);
    await decide("approve", [id]);
    expect(await world.balance(app)).toMatchObject({ available_cents: 2_850, in_review_cents: 0 });
    await payOut(world, app);
    expect(await world.balance(app)).toMatchObject({ available_cents: 0, paid_cents: 2_850 });
    await expectBooks();
  });

  test.each([
    ["an amount over the cap", { max_event_cents: 1 }],
    ["the app's mode", { conversions: "matched" }],
  ])("R-review D-review lifts what is held for %s", async (_, change) => {
    await setProgram(world, app, change);
    const id = await announce({});
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, held_cents: 2_850 });
    await decide("approve", [id]);
    expect(await world.balance(app)).toMatchObject({ pending_cents: 2_850, held_cents: 0 });
    await expectBooks();
  });

  test("D-review a hold by hand outweighs it, and once released it counts", async () => {
    const id = await announce({});
    await holdAll();
    expect((await decide("approve", [id])).body).toEqual({ done: 1, skipped: [] });
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, held_cents: 2_850 });
    await holdAll("release");
    await settleBy({ payment_ref: "in_9" });
    expect(await commissionsOf(world, app)).toContainEqual(expect.objectContaining({ id, lane: "clear" }));
    await expectBooks();
  });

  test("D-review puts it out of the public's reach: only a backend refunds it", async () => {
    const id = await announce({});
    await decide("approve", [id]);
    const refund = { ref: app.ref, conversion_id: id, amount_cents: 5_000 };
    expect(await world.call("/api/track/refund", refund)).toEqual(refused(403, "key_required"));
    expect((await world.call("/api/track/refund", refund, { key: app.key })).status).toBe(200);
    expect((await world.balance(app)).pending_cents).toBe(1_425);
    await expectBooks();
  });
});

describe("a rejection", () => {
  test("R-review D-review makes it void for good: it owes nothing, and shows as cancelled", async () => {
    const id = await announce({});
    expect(await decide("reject", [id])).toEqual(answered(200, { done: 1, skipped: [] }));
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, in_review_cents: 0, next: [] });
    expect(await commissionsOf(world, app)).toMatchObject([{ id, status: "cancelled", net_commission_cents: 0 }]);
    expect(await rowsOf(world.db, "conversion")).toMatchObject([{ void_reason: "rejected", voided_at: START + 1 }]);
    const refund = { conversion_id: id, amount_cents: 1 };
    const answer = await world.call("/api/track/refund", refund, { key: app.key });
    expect(answer).toEqual(refused(422, "refund_exceeds_conversions"));
    await expectBooks();
  });

  test("D-review of what is held by the app's rules, too", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    await decide("reject", [await announce({})]);
    expect((await world.balance(app)).held_cents).toBe(0);
    await expectBooks();
  });

  test("D-review the payment stays counted: another word of the same standing earns nothing", async () => {
    const id = await announce({ payment_ref: "in_1" });
    await decide("reject", [id]);
    await announce({ payment_ref: "in_1", user_id: "u2", event_id: "again" });
    expect((await list()).body.conversions).toEqual([]);
    expect((await world.balance(app)).pending_cents).toBe(0);
    await expectBooks();
  });

  test("D-review D-payment says nothing of the payment: the backend's own word of it earns", async () => {
    const id = await announce({ payment_ref: "in_1" });
    await decide("reject", [id]);
    const paid = await report({ payment_ref: "in_1" });
    expect(paid.body).toMatchObject({ status: "pending", hold: false, reason: null });
    expect(await world.balance(app)).toMatchObject({ pending_cents: 2_850, in_review_cents: 0 });
    expect((await commissionsOf(world, app)).map(({ status }) => status)).toEqual(["pending", "cancelled"]);
    expect((await decide("reject", [id])).body.done).toBe(1);
    await expectBooks();
  });

  test("D-review a word that did not count does not count either once the better one is rejected", async () => {
    await setProgram(world, app, { conversions: "keyed" });
    await announce({ user_id: "u1", payment_ref: "in_1" });
    await world.call("/api/v1/app", { conversions: "open" }, { key: app.key, method: "PATCH" });
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" });
    await setProgram(world, app, { conversions: "keyed" });
    const paid = await report({ ref: undefined, user_id: "u1", payment_ref: "in_1" });
    expect(paid.body).toMatchObject({ hold: true, reason: "below_mode" });
    await decide("reject", [paid.body.conversion_id]);
    const again = await report({ ref: undefined, user_id: "u1", payment_ref: "in_1", event_id: "again" });
    expect(again.body).toMatchObject({ conversion_id: paid.body.conversion_id, status: "cancelled" });
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, held_cents: 0 });
    await expectBooks();
  });
});

describe("POST /api/v1/review", () => {
  test.each([
    ["approve", "reject"],
    ["reject", "approve"],
  ])("D-review the first decision stands: %s, then the same, then %s", async (first, second) => {
    const id = await announce({});
    await decide(first, [id]);
    const before = await dumpDatabase(world.db);
    world.advance(60_000);
    expect((await decide(first, [id])).body).toEqual({ done: 1, skipped: [] });
    const skipped = [{ conversion_id: id, reason: "already_decided" }];
    expect((await decide(second, [id])).body).toEqual({ done: 0, skipped });
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-review says of each that it skips why, in their order", async () => {
    const other = await world.newApp();
    const foreign = await announce({ ref: other.ref });
    const clear = (await report({ event_id: "clear" })).body.conversion_id;
    const replaced = await announce({ payment_ref: "in_1" });
    await report({ payment_ref: "in_1" });
    const waiting = await announce({ event_id: "waiting" });
    const rejected = await announce({ event_id: "rejected" });
    await decide("reject", [rejected]);
    world.advance(20 * DAY_MS);
    const paid = (await commissionsOf(world, app)).find(({ id }) => id === clear).id;
    await payOut(world, app);
    const fresh = (await report({ event_id: "fresh" })).body.conversion_id;
    const ids = ["conv_none", foreign, fresh, paid, replaced, rejected, waiting, "conv_none", waiting];
    expect((await decide("approve", ids)).body).toEqual({
      done: 1,
      skipped: [
        { conversion_id: "conv_none", reason: "not_found" },
        { conversion_id: foreign, reason: "not_found" },
        { conversion_id: fresh, reason: "not_waiting" },
        { conversion_id: paid, reason: "paid" },
        { conversion_id: replaced, reason: "already_voided" },
        { conversion_id: rejected, reason: "already_decided" },
      ],
    });
    await expectBooks();
  });

  test("D-review what a revocation is about to void is not saved by an approval", async () => {
    const id = await announce({});
    const sql = "UPDATE affiliate SET status = 'revoked', revoked_at = ?1, status_at = ?1 WHERE id = ?2";
    await world.db.batch([{ sql, args: [BigInt(world.deps.now()), app.affiliateId] }]);
    world.advance(20 * DAY_MS);
    const skipped = [{ conversion_id: id, reason: "already_voided" }];
    expect((await decide("approve", [id])).body).toEqual({ done: 0, skipped });
    expect((await list()).body.conversions).toEqual([]);
  });

  test("R-review takes 500 at once, in batches of which each leaves a line of what it decided", async () => {
    const ids: string[] = [];
    for (let sale = 0; sale < 500; sale++) ids.push(await announce({ event_id: `e${sale}`, amount_cents: 100 }));
    const reason = "all seen, every one: ✓";
    expect((await decide("approve", ids, reason)).body).toEqual({ done: 500, skipped: [] });
    expect((await world.balance(app)).pending_cents).toBe(500 * 29);
    const lines = (await rowsOf(world.db, "audit")).filter((line) => line["action"] === "review.approved");
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toMatchObject({ object: app.id, reason, actor: `key:${await keyId()}` });
    const told = lines.map((line) => JSON.parse(String(line["after"])));
    expect(told.map(({ count }) => count)).toEqual([100, 100, 100, 100, 100]);
    expect(new Set(told.flatMap(({ conversions }) => conversions))).toEqual(new Set(ids));
    const facts = new Set((await rowsOf(world.db, "ledger")).map((line) => line["fact"]));
    for (const line of lines) expect(facts).toContain(line["id"]);
    await expectBooks();
  });

  test.each([
    ["no decision", { decision: undefined }, "decision"],
    ["another decision", { decision: "pay" }, "decision"],
    ["no reason", { reason: undefined }, "reason"],
    ["an empty reason", { reason: "" }, "reason"],
    ["no conversions", { conversion_ids: [] }, "conversion_ids"],
    ["one conversion without a list", { conversion_ids: "conv_1" }, "conversion_ids"],
    ["501 conversions", { conversion_ids: Array.from({ length: 501 }, (_, at) => `c${at}`) }, "conversion_ids"],
    ["a number for an id", { conversion_ids: ["conv_1", 7] }, "conversion_ids.1"],
  ])("R-review refuses %s", async (_, body, field) => {
    const valid = { decision: "approve", conversion_ids: ["conv_1"], reason: "seen" };
    const answer = await world.call(REVIEW, { ...valid, ...body }, { key: app.key });
    expect(answer).toEqual(refused(400, "invalid_request", [field]));
  });

  test("R-review leaves no line where nothing was decided", async () => {
    const id = (await report({})).body.conversion_id;
    const before = await dumpDatabase(world.db);
    await decide("reject", [id, "conv_none"]);
    expect(await dumpDatabase(world.db)).toEqual(before);
  });
});

describe("what the public is told", () => {
  test.each([
    ["approved", "open"],
    ["rejected", "open"],
    ["approved", "keyed"],
    ["rejected", "keyed"],
  ])(
    "AL45 D-review of its call is the same when it was %s in mode %s, today and when it has matured",
    async (...row) => {
      const [decision, conversions] = row;
      await setProgram(world, app, { conversions });
      const call = { ref: app.ref, amount_cents: 10_000, event_id: "e" };
      const send = (user_id: string) =>
        world.call("/api/track/conversion", { ...call, user_id, event_id: `e-${user_id}` });
      const firsts = [await send("decided"), await send("undecided")];
      await decide(decision === "approved" ? "approve" : "reject", [firsts[0]?.body.conversion_id]);
      for (const days of [0, 20]) {
        world.advance(days * DAY_MS);
        const [decided, undecided] = [await send("decided"), await send("undecided")];
        expect({ ...decided.body, conversion_id: "" }).toEqual({ ...undecided.body, conversion_id: "" });
        expect(decided.body.status).toBe(days === 0 ? "pending" : "confirmed");
        expect(Object.keys(decided.body)).toEqual([
          "conversion_id",
          "status",
          "currency",
          "available_at",
          "commission",
        ]);
      }
    },
  );

  test("AL45 D-review a rule is not seen in an answer either", async () => {
    const before = await world.call("/api/track/conversion", { ref: app.ref, user_id: "a", amount_cents: 100 });
    await addRule({});
    const after = await world.call("/api/track/conversion", { ref: app.ref, user_id: "b", amount_cents: 100 });
    expect({ ...after.body, conversion_id: "" }).toEqual({ ...before.body, conversion_id: "" });
  });
});

describe("a standing rule", () => {
  test("R-rules is made, listed with what it approved today, and ended", async () => {
    const mara = await addCreator(world, app, "mara");
    const made = await addRule({ affiliate_id: mara.affiliateId, reason: "known for years" });
    const rule = {
      id: anyId("rule"),
      affiliate_id: mara.affiliateId,
      currency: "usd",
      max_event_cents: 10_000,
      max_day_cents: 25_000,
      approved_today_cents: 0,
      reason: "known for years",
      created_at: "2026-01-15T12:00:00.000Z",
    };
    expect(made).toEqual(answered(201, { rule }));
    await announce({ ref: "mara" });
    expect((await rules()).slice(1)).toEqual([{ ...rule, approved_today_cents: 10_000 }]);
    world.advance(DAY_MS);
    expect((await rules()).slice(1)).toEqual([rule]);
    const path = `${REVIEW}/rules/${made.body.rule.id}`;
    for (let time = 0; time < 2; time++) {
      expect(await world.call(path, undefined, { key: app.key, method: "DELETE" })).toEqual(answered(204, null));
    }
    expect((await rules()).map(({ id }) => id)).toEqual([app.ruleId]);
    const lines = (await rowsOf(world.db, "audit")).slice(-2);
    expect(lines).toMatchObject([
      { action: "review.rule_made", object: made.body.rule.id, reason: "known for years" },
      { action: "review.rule_ended", object: made.body.rule.id },
    ]);
  });

  test("R-rules approves what comes after it, and says so; what was there before still waits", async () => {
    const early = await announce({ event_id: "early" });
    const { rule } = (await addRule({})).body;
    const late = await announce({ event_id: "late" });
    expect((await list()).body.conversions.map(({ id }: Json) => id)).toEqual([early]);
    expect(await rowsOf(world.db, "approval")).toMatchObject([
      { conversion: late, decision: "approve", actor: `rule:${rule.id}`, reason: "trusted" },
    ]);
    const lanes = (await commissionsOf(world, app)).map(({ id, lane }) => [id, lane]);
    expect(Object.fromEntries(lanes)).toEqual({ [late]: "clear", [early]: "review" });
    await expectBooks();
  });

  test("R-rules a call sent again counts once against its day", async () => {
    await addRule({ max_event_cents: 10_000, max_day_cents: 20_000 });
    for (let time = 0; time < 3; time++) await announce({ event_id: "e1" });
    await announce({ event_id: "e2" });
    expect((await rules()).at(-1)).toMatchObject({ approved_today_cents: 20_000 });
    expect(await reasons("review")).toEqual([]);
  });

  test("R-rules stays within its amounts, to the cent, a payment and a UTC day", async () => {
    await addRule({ max_event_cents: 10_000, max_day_cents: 15_000 });
    await announce({ amount_cents: 10_001 });
    await announce({ amount_cents: 10_000 });
    await announce({ amount_cents: 5_001 });
    await announce({ amount_cents: 5_000 });
    await announce({ amount_cents: 1 });
    expect(await waitingAmounts()).toEqual([10_001, 5_001, 1]);
    world.advance(12 * 3_600_000);
    await announce({ amount_cents: 9_999 });
    expect(await waitingAmounts()).toEqual([10_001, 5_001, 1]);
    await expectBooks();
  });

  test("R-rules an affiliate's own goes before the one for everybody, also where it covers less", async () => {
    const mara = await addCreator(world, app, "mara");
    await addRule({});
    await addRule({ affiliate_id: mara.affiliateId, max_event_cents: 1, max_day_cents: 1 });
    await announce({ ref: "mara", user_id: "u2", amount_cents: 2 });
    await announce({ amount_cents: 2 });
    expect(await waitingAmounts()).toEqual([2]);
    expect((await list()).body.conversions).toMatchObject([{ affiliate_id: mara.affiliateId }]);
  });

  test("R-rules is for its currency alone", async () => {
    await addRule({ currency: "EUR" });
    await announce({ event_id: "usd" });
    await announce({ event_id: "eur", currency: "eur" });
    expect((await list()).body.conversions).toMatchObject([{ currency: "usd" }]);
  });

  test("R-rules never touches what is held, flagged, or a suspended affiliate's", async () => {
    await addRule({});
    await world.call("/api/track/signup", { ref: app.ref, user_id: "no-click" }, { headers: BROWSER });
    await announce({ user_id: "no-click" });
    await setProgram(world, app, { max_event_cents: 100 });
    await announce({ event_id: "cap" });
    await setProgram(world, app, { max_event_cents: null, conversions: "matched" });
    await announce({ event_id: "below" });
    await setProgram(world, app, { conversions: "open" });
    const mara = await addCreator(world, app, "mara");
    await world.call("/api/track/signup", { ref: "mara", user_id: "self", email: "mara@example.test" });
    await announce({ ref: "mara", user_id: "self" });
    await setStatus(world, mara, "suspended");
    await announce({ ref: "mara", user_id: "other" });
    expect(await reasons("review")).toEqual(["no_click", "unverified"]);
    expect(await reasons("held")).toEqual(["cap", "below_mode", "self_referral"]);
    expect(await rowsOf(world.db, "approval")).toEqual([]);
  });

  test("R-rules does not approve a word that another one of the same payment outweighs", async () => {
    await addRule({});
    await report({ payment_ref: "in_1" });
    await announce({ payment_ref: "in_1", user_id: "u2" });
    expect(await rowsOf(world.db, "approval")).toEqual([]);
    await announce({ payment_ref: "in_2" });
    await report({ payment_ref: "in_2", event_id: "e2" });
    expect((await world.balance(app)).pending_cents).toBe(2 * 2_850);
    await expectBooks();
  });

  test("R-rules ended, or of another app, approves nothing", async () => {
    const { rule } = (await addRule({})).body;
    const other = await world.newApp();
    await announce({ ref: other.ref });
    await world.call(`${REVIEW}/rules/${rule.id}`, undefined, { key: app.key, method: "DELETE" });
    await announce({});
    expect(await rowsOf(world.db, "approval")).toEqual([]);
  });

  test("R-rules there is one for each affiliate and currency, and one for everybody else", async () => {
    const mara = await addCreator(world, app, "mara");
    const wanted = [{}, { affiliate_id: mara.affiliateId }, { currency: "eur" }];
    for (const terms of wanted) expect((await addRule(terms)).status).toBe(201);
    const before = await dumpDatabase(world.db);
    for (const terms of wanted) expect(await addRule(terms)).toEqual(refused(409, "conflict"));
    expect(await dumpDatabase(world.db)).toEqual(before);
    const many = await Promise.all([1, 2, 3].map(() => addRule({ currency: "gbp" })));
    expect(many.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  });

  test("R-rules is not made for an affiliate who is not there or was revoked", async () => {
    const gone = await addCreator(world, app, "gone");
    await setStatus(world, gone, "revoked");
    expect(await addRule({ affiliate_id: "aff_none" })).toEqual(refused(404, "not_found"));
    expect(await addRule({ affiliate_id: gone.affiliateId })).toEqual(refused(409, "conflict"));
    expect(await world.call(`${REVIEW}/rules/rule_none`, undefined, { key: app.key, method: "DELETE" })).toEqual(
      refused(404, "not_found"),
    );
  });

  test("R-rules D-lists oldest first, each on exactly one page", async () => {
    for (const currency of ["usd", "eur", "gbp", "jpy"]) await addRule({ currency });
    for (const limit of [1, 2, 5, 100]) {
      const pages = await walkPages(world, { path: `${REVIEW}/rules`, items: "rules", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(5, limit));
      expect(new Set(pages.flat().map((rule: Json) => rule.currency)).size).toBe(5);
    }
  });

  test.each([
    ["without an amount for a payment", { max_event_cents: undefined }, ["max_event_cents"]],
    ["without an amount for a day", { max_day_cents: undefined }, ["max_day_cents"]],
    ["with less a day than a payment", { max_day_cents: 9_999 }, ["max_day_cents"]],
    ["of nothing", { max_event_cents: 0 }, ["max_event_cents"]],
    ["beyond all amounts", { max_day_cents: 1_000_000_000_000 }, ["max_day_cents"]],
    ["without a reason", { reason: undefined }, ["reason"]],
    ["in no currency", { currency: "zzz" }, ["currency"]],
    ["of an affiliate that is a list", { affiliate_id: ["a"] }, ["affiliate_id"]],
  ])("R-rules is refused %s", async (_, terms, fields) => {
    expect(await addRule(terms)).toEqual(refused(400, "invalid_request", fields));
    expect(await rules()).toHaveLength(1);
  });
});

/** A stranger says that somebody paid; answers the conversion's id. */
async function announce(body: object): Promise<string> {
  const answer = await world.call("/api/track/conversion", {
    ref: app.ref,
    user_id: "u1",
    amount_cents: 10_000,
    ...("event_id" in body ? {} : { event_id: world.deps.newId("e") }),
    ...body,
  });
  expect(answer.status).toBe(200);
  // Of two payments of one instant no one can say which is the newer.
  world.advance(1);
  return answer.body.conversion_id;
}

/** The backend says so. */
async function report(body: object): Promise<Answer> {
  const call = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  const answer = await world.call("/api/track/conversion", call, { key: app.key });
  world.advance(1);
  return answer;
}

function list(query = ""): Promise<Answer> {
  return world.call(`${REVIEW}${query}`, undefined, { key: app.key });
}

async function reasons(lane: string): Promise<readonly string[]> {
  return (await list(`?lane=${lane}`)).body.conversions.map(({ reason }: Json) => reason);
}

async function waitingAmounts(): Promise<readonly number[]> {
  return (await list()).body.conversions.map((row: Json) => row.amount_cents);
}

function decide(decision: string, ids: readonly string[], reason = "seen"): Promise<Answer> {
  return world.call(REVIEW, { decision, conversion_ids: ids, reason }, { key: app.key });
}

function addRule(terms: object): Promise<Answer> {
  const rule = { max_event_cents: 10_000, max_day_cents: 25_000, reason: "trusted", ...terms };
  return world.call(`${REVIEW}/rules`, rule, { key: app.key });
}

async function rules(): Promise<readonly Json[]> {
  return (await world.call(`${REVIEW}/rules`, undefined, { key: app.key })).body.rules;
}

/** Every payment there is, held or released by hand: there is no verb for it yet. */
async function holdAll(action = "hold"): Promise<void> {
  const sql = `INSERT INTO hold (app, id, payment, action, reason, actor, created_at)
    SELECT app, ?1 || id, id, ?1, 'a test', 'a test', 0 FROM payment`;
  await world.db.batch([
    { sql, args: [action] },
    { sql: "UPDATE conversion SET dirty = 1", args: [] },
  ]);
}

/** Any batch of the app settles what is dirty. */
async function settleBy(body: object): Promise<void> {
  expect((await report(body)).status).toBe(200);
}

async function keyId(): Promise<string> {
  const keys = await rowsOf(world.db, "api_key");
  return String(keys.find((key) => key["app"] === app.id && key["name"] !== "Spare")?.["id"]);
}

async function expectBooks(): Promise<void> {
  expect(await checkBooks(world.db)).toEqual([]);
}
