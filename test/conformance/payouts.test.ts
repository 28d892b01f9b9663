import { beforeEach, describe, expect, test } from "vitest";
import type { PayoutMethod } from "../../worker/domain/payout-method.ts";
import { changePayoutMethod } from "../../worker/services/payouts/change-payout-method.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import { refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { issueToken } from "../support/keys.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { draft, giveMethod, payoutsOf, runBatch, setMinimums, step } from "../support/payouts.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

/** 100.00 at 30 %, of which the platform keeps 5 %. */
const NET = 2850;

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  await giveMethod(world, app);
});

describe("a batch", () => {
  test("AR18 is drafted, approved, run and settled, and each step answers the same again", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    expect(batch).toMatchObject({ status: "draft", kind: "hand", rail: "manual", through: "2026-01-30" });
    expect(batch.totals).toEqual([total({ approved_cents: 2 * NET })]);
    expect(await step(world, app, `batches/${batch.id}/run`)).toEqual(refused(409, "conflict"));
    for (const verb of ["approve", "approve"]) {
      expect((await step(world, app, `batches/${batch.id}/${verb}`)).body.batch.status).toBe("approved");
    }
    const ran = await step(world, app, `batches/${batch.id}/run`);
    expect(ran.body.batch.totals).toEqual([
      total({ approved_cents: 2 * NET, done_lines: 1, processing_cents: 2 * NET }),
    ]);
    expect((await step(world, app, `batches/${batch.id}/run`)).body).toEqual(ran.body);
    expect(await world.balance(app)).toMatchObject({
      available_cents: 0,
      paid_cents: 2 * NET,
      processing_cents: 2 * NET,
    });
    const [payout, ...others] = await payoutsOf(world, app);
    expect(others).toEqual([]);
    expect(payout).toMatchObject({ batch_id: batch.id, status: "processing", amount_cents: 2 * NET, rail: "manual" });
    for (const reference of ["bank 1", "bank 2"]) {
      const settled = await step(world, app, `${payout.id}/settle`, { reference });
      expect(settled.body.payout).toMatchObject({ status: "settled", reference: "bank 1" });
    }
    const { body } = await world.call(`/api/v1/payouts/batches/${batch.id}`, undefined, { key: app.key });
    expect(body.batch).toMatchObject({ status: "settled", approved_by: expect.stringMatching(/^key:/) });
    expect((await commissionsOf(world, app)).map(({ status }) => status)).toEqual(["paid", "paid"]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 pays no more than was approved, and the next one pays what came since", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    await step(world, app, `batches/${batch.id}/approve`);
    await correct(app, 700);
    await step(world, app, `batches/${batch.id}/run`);
    expect((await payoutsOf(world, app)).map(({ amount_cents }) => amount_cents)).toEqual([2 * NET]);
    expect(await world.balance(app)).toMatchObject({ available_cents: 700 });
    await setMinimums(world, app, { usd: 700 });
    await runBatch(world, app);
    expect((await payoutsOf(world, app)).map(({ amount_cents }) => amount_cents)).toEqual([700, 2 * NET]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 nets what was refunded after it was approved", async () => {
    await sell(app, 3);
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    await step(world, app, `batches/${batch.id}/approve`);
    await refund("in_1", 10_000);
    await step(world, app, `batches/${batch.id}/run`);
    expect(await payoutsOf(world, app)).toMatchObject([{ amount_cents: 2 * NET }]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 pays nothing that matured after the day it was drafted, though something else was refunded since", async () => {
    await sell(app, 2);
    world.advance(DAY_MS);
    await sell(app, 1, "later");
    world.advance(14 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    await step(world, app, `batches/${batch.id}/approve`);
    await setMinimums(world, app, { usd: 1 });
    await refund("in_0", 10_000);
    world.advance(DAY_MS);
    await step(world, app, `batches/${batch.id}/run`);
    expect(await payoutsOf(world, app)).toMatchObject([{ amount_cents: NET, through: "2026-01-30" }]);
    expect(await world.balance(app)).toMatchObject({ available_cents: NET });
  });

  test("AR18 AL-i2 batches of the database that are applied twice, because their answers were lost, pay and give back once", async () => {
    const db = openFaultyDb();
    world = await createWorld({ db });
    app = await world.newApp();
    await giveMethod(world, app);
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    db.fault("repeated");
    await runBatch(world, app);
    const [payout] = await payoutsOf(world, app);
    expect(payout).toMatchObject({ amount_cents: 2 * NET });
    await step(world, app, `${payout.id}/fail`, { reason: "closed" });
    expect(await world.balance(app)).toMatchObject({ available_cents: 2 * NET, paid_cents: 0 });
    await step(world, app, `${payout.id}/retry`);
    const again = (await payoutsOf(world, app)).find(({ status }) => status === "processing");
    await step(world, app, `${again.id}/settle`, {});
    for (const amount_cents of [100, 300])
      await step(world, app, `${again.id}/return`, { amount_cents, reason: "back" });
    db.fault("none");
    expect(await world.balance(app)).toMatchObject({ available_cents: 300, paid_cents: 2 * NET });
    expect(await payoutsOf(world, app)).toHaveLength(2);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 twenty runs at once pay each commission exactly once", async () => {
    await sell(app, 30);
    const creators = [app];
    for (let n = 0; n < 4; n++) creators.push(await addCreator(world, app, `more${n}`));
    for (const creator of creators.slice(1)) {
      await giveMethod(world, creator);
      await sell(creator, 5);
    }
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    await step(world, app, `batches/${batch.id}/approve`);
    const runs = Array.from({ length: 20 }, () => step(world, app, `batches/${batch.id}/run`));
    for (const { status } of await Promise.all(runs)) expect(status).toBe(200);
    const items = await world.db.query({
      sql: "SELECT count(*) AS n, count(DISTINCT conversion) AS d FROM payout_item",
      args: [],
    });
    expect(items).toEqual([{ n: 50, d: 50 }]);
    expect((await payoutsOf(world, app)).reduce((sum, { amount_cents }) => sum + amount_cents, 0)).toBe(50 * NET);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 of one affiliate twice at once: two batches pay what there is once", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const ids = [(await draft(world, app)).body.batch.id, (await draft(world, app)).body.batch.id];
    for (const id of ids) await step(world, app, `batches/${id}/approve`);
    await Promise.all(ids.map((id) => step(world, app, `batches/${id}/run`)));
    expect(await payoutsOf(world, app)).toHaveLength(1);
    const lines = await Promise.all(ids.map((id) => linesOf(id)));
    expect(sorted(lines.flat().map(({ reason }) => reason))).toEqual(["nothing_payable", "null"]);
  });

  test("AR18 called off pays nothing; one that has begun goes on", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    const reason = { reason: "wrong month" };
    expect((await step(world, app, `batches/${batch.id}/cancel`, reason)).body.batch.status).toBe("cancelled");
    for (const verb of ["approve", "run"]) {
      expect(await step(world, app, `batches/${batch.id}/${verb}`)).toEqual(refused(409, "conflict"));
    }
    const begun = await runBatch(world, app);
    expect(await step(world, app, `batches/${begun.id}/cancel`, reason)).toEqual(refused(409, "conflict"));
  });

  test("AR18 nobody to be paid: no batch", async () => {
    expect(await draft(world, app)).toEqual(refused(409, "conflict"));
    await sell(app, 1);
    world.advance(15 * DAY_MS);
    expect(await draft(world, app)).toEqual(refused(409, "conflict"));
  });
});

describe("a payout", () => {
  test("AR18 that failed gives its money back once, and is paid again", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const batch = await runBatch(world, app);
    const [payout] = await payoutsOf(world, app);
    const fail = () => step(world, app, `${payout.id}/fail`, { reason: "account closed" });
    expect((await fail()).body.payout).toMatchObject({ status: "failed", error: "account closed" });
    expect((await fail()).body.payout.status).toBe("failed");
    expect(await step(world, app, `${payout.id}/settle`, {})).toEqual(refused(409, "conflict"));
    expect(await world.balance(app)).toMatchObject({ available_cents: 2 * NET, paid_cents: 0, processing_cents: 0 });
    expect((await commissionsOf(world, app)).map(({ status }) => status)).toEqual(["confirmed", "confirmed"]);
    world.advance(1);
    const retried = await step(world, app, `${payout.id}/retry`);
    expect(retried.body.batch).toMatchObject({ id: batch.id, status: "running" });
    expect((await payoutsOf(world, app)).map(({ status }) => status)).toEqual(["processing", "failed"]);
    expect(await step(world, app, `${(await payoutsOf(world, app))[0].id}/retry`)).toEqual(refused(409, "conflict"));
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AR18 tried again twice pays what was approved once, whatever was earned meanwhile", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    await runBatch(world, app);
    const [payout] = await payoutsOf(world, app);
    await step(world, app, `${payout.id}/fail`, { reason: "account closed" });
    await step(world, app, `${payout.id}/retry`);
    await correct(app, 2 * NET);
    for (let time = 0; time < 2; time++) {
      expect((await step(world, app, `${payout.id}/retry`)).status).toBe(200);
    }
    const open = (await payoutsOf(world, app)).filter(({ status }) => status === "processing");
    expect(open).toMatchObject([{ amount_cents: 2 * NET }]);
    expect(await world.balance(app)).toMatchObject({ available_cents: 2 * NET, paid_cents: 2 * NET });
  });

  test("AR18 the results of a batch come as a list, each with what became of it", async () => {
    const other = await addCreator(world, app, "other");
    await giveMethod(world, other);
    for (const creator of [app, other]) await sell(creator, 2);
    world.advance(15 * DAY_MS);
    const batch = await runBatch(world, app);
    const [first, second] = await payoutsOf(world, app);
    const results = [
      { payout_id: first.id, status: "settled", reference: "r1" },
      { payout_id: second.id, status: "failed", reason: "no such account" },
      { payout_id: second.id, status: "settled" },
      { payout_id: "po_none", status: "settled" },
    ];
    const answer = {
      done: 2,
      skipped: [
        { payout_id: "po_none", reason: "not_found" },
        { payout_id: second.id, reason: "already_failed" },
      ],
    };
    for (let time = 0; time < 2; time++) {
      expect((await step(world, app, `batches/${batch.id}/results`, { results })).body).toEqual(answer);
    }
    expect(sorted((await payoutsOf(world, app)).map(({ status }) => status))).toEqual(["failed", "settled"]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AL30 AL39 refunded after it was paid: the balance is negative, the next batch leaves them out, and the next earnings settle it", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    await runBatch(world, app);
    for (const { id } of await payoutsOf(world, app)) await step(world, app, `${id}/settle`, {});
    await refund("in_0", 10_000);
    expect(await world.balance(app)).toMatchObject({ available_cents: -NET });
    expect((await preview()).left_out).toMatchObject([{ amount_cents: -NET, reason: "negative_balance" }]);
    expect(await draft(world, app)).toEqual(refused(409, "conflict"));
    await sell(app, 3, "later");
    world.advance(15 * DAY_MS);
    await runBatch(world, app);
    expect((await payoutsOf(world, app))[0]).toMatchObject({ amount_cents: 2 * NET });
    const clawedBack = (await commissionsOf(world, app)).find(({ clawed_back_cents }) => clawed_back_cents > 0);
    expect(clawedBack).toMatchObject({ status: "paid", clawed_back_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("AL39 held after it was paid: it is netted, and given back when it is released", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    await runBatch(world, app);
    await hold("in_0", "hold");
    expect(await world.balance(app)).toMatchObject({ available_cents: -NET, held_cents: NET });
    await sell(app, 3, "later");
    world.advance(15 * DAY_MS);
    await runBatch(world, app);
    expect((await payoutsOf(world, app))[0]).toMatchObject({ amount_cents: 2 * NET });
    await hold("in_0", "release");
    await setMinimums(world, app, { usd: 1 });
    await runBatch(world, app);
    expect((await payoutsOf(world, app))[0]).toMatchObject({ amount_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });
});

describe("files", () => {
  test("R-payouts the generic file says where each payout goes, begins no formula, and comes back filled in", async () => {
    const batch = await runTwo();
    const file = await csvOf(batch.id);
    expect(file.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    const text = await file.text();
    const [heading, ...lines] = text.trimEnd().split("\r\n");
    expect(heading).toMatch(/^payout_id,affiliate_id,name,email,amount,currency,method,pay_to/);
    expect(lines).toHaveLength(2);
    expect(text).toContain(",57.00,USD,bank,'+49 Ann,DE89370400440532013000,,DE,");
    expect(text).toContain(`"'=HYPERLINK(""http://evil.test"")"`);
    expect(text).not.toMatch(/(^|[,;\n])"?[=+@]/m);
    const filled = text.replace(/,,,\r\n/, ",settled,bank 7,\r\n").replace(/,,,\r\n/, ",failed,,closed\r\n");
    const told = await tellResults(batch.id, filled);
    expect(told.body).toEqual({ done: 2, skipped: [] });
    expect(sorted((await payoutsOf(world, app)).map(({ status }) => status))).toEqual(["failed", "settled"]);
    expect((await tellResults(batch.id, filled)).body).toEqual({ done: 2, skipped: [] });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-payouts PayPal's file has those to PayPal, in one currency, without a heading", async () => {
    const batch = await runTwo();
    const payout = (await payoutsOf(world, app)).find(({ affiliate_id }) => affiliate_id !== app.affiliateId);
    const file = await csvOf(batch.id, "?format=paypal&currency=usd");
    expect(await file.text()).toBe(`pay@example.test,57.00,USD,${payout.id},Commissions from App 1,PAYPAL\r\n`);
    expect(await (await csvOf(batch.id, "?format=paypal&currency=eur")).text()).toBe("");
    expect((await csvOf(batch.id, "?format=paypal")).status).toBe(400);
  });

  test.each([
    ["no heading", "po_1,settled"],
    ["no status", "payout_id,status\npo_1,"],
    ["another status", "payout_id,status\npo_1,paid"],
    ["a quote that does not end", 'payout_id,status\n"po_1,settled'],
    ["a control character", "payout_id,status\npo_\u0000,settled"],
    ["more than a payout can be told", `payout_id,status,reference\npo_1,settled,${"x".repeat(257)}`],
  ])("E-invalid_request a file with %s is refused", async (_, text) => {
    const batch = await runTwo();
    expect(await tellResults(batch.id, text)).toMatchObject({
      status: 400,
      body: { error: { code: "invalid_request" } },
    });
  });

  test("R-payouts what came back of a settled payout is the affiliate's again, once", async () => {
    const batch = await runTwo();
    const [payout] = await payoutsOf(world, app);
    const back = (body: Json) => step(world, app, `${payout.id}/return`, body);
    expect(await back({ reason: "returned" })).toEqual(refused(409, "conflict"));
    await step(world, app, `batches/${batch.id}/results`, { results: [{ payout_id: payout.id, status: "settled" }] });
    const balanceOf = async () => (await world.balance({ ...app, affiliateId: payout.affiliate_id })).available_cents;
    for (const amount_cents of [700, 700, 500]) {
      expect((await back({ amount_cents, reason: "returned" })).body.payout.returned_cents).toBe(700);
    }
    expect(await balanceOf()).toBe(700);
    expect(await back({ amount_cents: 2 * NET + 1, reason: "returned" })).toEqual(refused(422, "amount_out_of_range"));
    await back({ reason: "returned" });
    expect(await balanceOf()).toBe(2 * NET);
    expect(await checkBooks(world.db)).toEqual([]);
  });
});

describe("who is paid", () => {
  test.each([
    ["suspended", async () => setStatus(world, app, "suspended")],
    ["below_minimum", async () => setMinimums(world, app, { usd: 2 * NET + 1 })],
    ["no_method", async () => removeMethods()],
    ["method_changed", async () => changeMethod(world.deps.now() - 48 * 3_600_000 + 1)],
  ] as const)(
    "AR18 the preview leaves out who is %s, and so does a run of what was approved before",
    async (reason, happen) => {
      await sell(app, 2);
      world.advance(15 * DAY_MS);
      const { batch } = (await draft(world, app)).body;
      await step(world, app, `batches/${batch.id}/approve`);
      await happen();
      expect((await preview()).left_out).toMatchObject([{ affiliate_id: app.affiliateId, reason }]);
      expect((await preview()).totals).toEqual([]);
      const ran = await step(world, app, `batches/${batch.id}/run`);
      expect(ran.body.batch).toMatchObject({
        status: "settled",
        totals: [total({ approved_cents: 2 * NET, done_lines: 1, skipped_lines: 1 })],
      });
      expect(await linesOf(batch.id)).toMatchObject([{ reason, done: true, paid_cents: 0 }]);
      expect(await payoutsOf(world, app)).toEqual([]);
      expect(await world.balance(app)).toMatchObject({ available_cents: 2 * NET, paid_cents: 0 });
    },
  );

  test("AR18 a payout method changed 48 hours ago is good again", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    await changeMethod(world.deps.now() - 48 * 3_600_000);
    expect((await preview()).lines).toMatchObject([{ amount_cents: 2 * NET }]);
  });

  test("AR17 revoked since the draft: skipped; revoked before it: what had matured is paid", async () => {
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    const { batch } = (await draft(world, app)).body;
    await step(world, app, `batches/${batch.id}/approve`);
    world.advance(1);
    await setStatus(world, app, "revoked");
    await step(world, app, `batches/${batch.id}/run`);
    expect(await linesOf(batch.id)).toMatchObject([{ reason: "revoked" }]);
    world.advance(1);
    await runBatch(world, app);
    expect(await payoutsOf(world, app)).toMatchObject([{ amount_cents: 2 * NET }]);
  });

  test("D-trust what nobody vouches for waits for its owner's approval, and the preview says so", async () => {
    await world.call("/api/track/conversion", { ref: app.ref, user_id: "x", amount_cents: 20_000 });
    world.advance(15 * DAY_MS);
    expect((await preview()).left_out).toMatchObject([
      { amount_cents: 0, in_review_cents: 2 * NET, reason: "in_review" },
    ]);
    const [{ id }] = await commissionsOf(world, app);
    const decision = { decision: "approve", conversion_ids: [id], reason: "known" };
    await world.call("/api/v1/review", decision, { key: app.key });
    await runBatch(world, app);
    expect(await payoutsOf(world, app)).toMatchObject([{ amount_cents: 2 * NET }]);
  });

  test("AL-i1 currencies are paid apart: 50.00 of the app's own, another one waits until its minimum is set", async () => {
    await sell(app, 2);
    await sell(app, 2, "eur", { currency: "eur" });
    world.advance(15 * DAY_MS);
    const seen = await preview();
    expect(seen.totals).toEqual([{ currency: "usd", lines: 1, amount_cents: 2 * NET }]);
    expect(seen.left_out).toMatchObject([{ currency: "eur", reason: "minimum_not_set" }]);
    await setMinimums(world, app, { eur: 1 });
    await runBatch(world, app);
    expect(sorted((await payoutsOf(world, app)).map(({ currency }) => currency))).toEqual(["eur", "usd"]);
    await setMinimums(world, app, { eur: null });
    expect((await policy()).minimums).toEqual({ usd: 5_000 });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test.each([
    ["usd", 5_000],
    ["jpy", 50],
    ["kwd", 50_000],
  ])("AL-i1 the minimum is 50 of the app's own currency: %s", async (currency, cents) => {
    await setProgram(world, app, { currency });
    expect((await policy()).minimums).toEqual({ [currency]: cents });
  });
});

describe("a cash-out", () => {
  test("AL30 is a draft of what the affiliate may have, once while it is open", async () => {
    const ask = (body: Json = {}) =>
      world.call(`/api/v1/affiliates/${app.affiliateId}/cash-out`, body, { key: app.key });
    await sell(app, 1);
    world.advance(15 * DAY_MS);
    expect(await ask()).toEqual(refused(409, "conflict"));
    await sell(app, 1, "more");
    world.advance(15 * DAY_MS);
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(sorted(answers.map(({ status }) => status))).toEqual(["200", "200", "201"]);
    const [{ batch }] = answers.map(({ body }) => body);
    expect(batch).toMatchObject({ kind: "request", status: "draft", affiliate_id: app.affiliateId, currency: "usd" });
    await step(world, app, `batches/${batch.id}/approve`);
    const token = await issueToken(world, app);
    const asked = await world.call(`/api/v1/affiliates/${app.affiliateId}/cash-out`, {}, { key: token });
    expect(asked.body.batch).toMatchObject({ id: batch.id, status: "approved", approved_by: null });
    await step(world, app, `batches/${batch.id}/run`);
    const [payout] = await payoutsOf(world, app);
    await step(world, app, `${payout.id}/settle`, {});
    expect(await world.balance(app)).toMatchObject({ paid_cents: 2 * NET, processing_cents: 0 });
    expect(await ask()).toEqual(refused(409, "conflict"));
    expect(await ask({ currency: "nope" })).toEqual(refused(400, "invalid_request", ["currency"]));
  });
});

describe("a cash-out beside others", () => {
  test("AL30 is of the affiliate who asks alone, and so is a preview of theirs", async () => {
    const other = await addCreator(world, app, "other");
    await giveMethod(world, other);
    for (const creator of [app, other]) await sell(creator, 2);
    world.advance(15 * DAY_MS);
    const query = `affiliate_id=${app.affiliateId}`;
    const seen = await world.call(`/api/v1/payouts/preview?${query}`, undefined, { key: app.key });
    expect(seen.body.lines).toMatchObject([{ affiliate_id: app.affiliateId, amount_cents: 2 * NET }]);
    expect(seen.body.totals).toEqual([{ currency: "usd", lines: 1, amount_cents: 2 * NET }]);
    const asked = await world.call(`/api/v1/affiliates/${app.affiliateId}/cash-out`, {}, { key: app.key });
    expect(asked.body.batch.totals).toMatchObject([{ lines: 1, approved_cents: 2 * NET }]);
    expect((await draft(world, app)).body.batch.totals).toMatchObject([{ lines: 2, approved_cents: 4 * NET }]);
  });
});

describe("a schedule", () => {
  test("R-payouts makes one draft a period, on its day, when somebody can be paid", async () => {
    const put = (body: Json) => world.call("/api/v1/app/payouts", body, { key: app.key, method: "PUT" });
    await put({ schedule: "monthly", schedule_day: 2 });
    await sell(app, 2);
    world.advance(15 * DAY_MS);
    await world.runJobs();
    expect(await batchesOf()).toEqual([]);
    world.advance(3 * DAY_MS);
    for (let time = 0; time < 3; time++) await world.runJobs();
    expect(await batchesOf()).toMatchObject([{ kind: "schedule", period: "2026-02", status: "draft" }]);
    expect(await put({ schedule: "weekly", schedule_day: 8 })).toEqual(
      refused(400, "invalid_request", ["schedule_day"]),
    );
    expect((await put({ schedule: "weekly" })).body.payouts).toMatchObject({ schedule: "weekly", schedule_day: 1 });
  });

  test("R-payouts the job goes on with what a run left", async () => {
    for (let n = 0; n < 26; n++) {
      const creator = await addCreator(world, app, `many${n}`);
      await giveMethod(world, creator);
      await sell(creator, 2);
    }
    world.advance(15 * DAY_MS);
    const batch = await runBatch(world, app);
    expect(batch.totals[0]).toMatchObject({ lines: 26, done_lines: 25 });
    await world.runJobs();
    expect(await payoutsOf(world, app)).toHaveLength(26);
  });
});

async function sell(creator: TestApp, times: number, name = "in", more: Json = {}): Promise<void> {
  for (let n = 0; n < times; n++) {
    const prefix = name === "in" && creator.affiliateId === app.affiliateId ? "in" : `${name}-${creator.ref}`;
    const body = {
      ref: creator.ref,
      user_id: `${prefix}-${n}`,
      amount_cents: 10_000,
      payment_ref: `${prefix}_${n}`,
      ...more,
    };
    const answer = await world.call("/api/track/conversion", body, { key: creator.key });
    expect(answer.status).toBe(200);
  }
}

async function refund(paymentRef: string, cents: number): Promise<void> {
  const body = { payment_ref: paymentRef, amount_cents: cents, event_id: `refund of ${paymentRef}` };
  expect((await world.call("/api/track/refund", body, { key: app.key })).status).toBe(200);
}

/** A bonus by hand. */
async function correct(creator: TestApp, cents: number): Promise<void> {
  const path = `/api/v1/affiliates/${creator.affiliateId}/corrections`;
  const answer = await world.call(path, { amount_cents: cents, reason: "a bonus" }, { key: creator.key });
  expect(answer.status).toBe(201);
}

async function hold(paymentRef: string, action: "hold" | "release"): Promise<void> {
  const place = Number(paymentRef.split("_")[1]);
  const { id } = (await commissionsOf(world, app)).find(({ user_id }) => user_id === `in-${place}`);
  const answer = await world.call(`/api/v1/conversions/${id}/${action}`, { reason: "a look" }, { key: app.key });
  expect(answer.status).toBe(200);
}

async function removeMethods(): Promise<void> {
  const sql = `INSERT INTO payout_method (app, id, affiliate, kind, label, actor, created_at) VALUES (?1, 'pm_0', ?2, 'none', '', 'a test', 0)`;
  await world.db.batch([{ sql, args: [app.id, app.affiliateId] }]);
}

async function changeMethod(at: number): Promise<void> {
  const sql = `INSERT INTO payout_method (app, id, affiliate, kind, details, label, actor, created_at)
    VALUES (?1, 'pm_1', ?2, 'other', '-', 'by hand', 'a test', ?3)`;
  await world.db.batch([{ sql, args: [app.id, app.affiliateId, BigInt(at)] }]);
}

async function preview(): Promise<Json> {
  return (await world.call("/api/v1/payouts/preview", undefined, { key: app.key })).body;
}

async function policy(): Promise<Json> {
  return (await world.call("/api/v1/app/payouts", undefined, { key: app.key })).body.payouts;
}

async function linesOf(batchId: string): Promise<readonly Json[]> {
  return (await world.call(`/api/v1/payouts/batches/${batchId}/lines`, undefined, { key: app.key })).body.lines;
}

async function batchesOf(): Promise<readonly Json[]> {
  return (await world.call("/api/v1/payouts/batches", undefined, { key: app.key })).body.batches;
}

function total(sums: Json): Json {
  const none = { lines: 1, done_lines: 0, skipped_lines: 0, processing_cents: 0, settled_cents: 0, failed_payouts: 0 };
  return { currency: "usd", ...none, ...sums };
}

/** Two payouts: one to PayPal, by somebody whose name would be a formula, one into a bank. */
async function runTwo(): Promise<Json> {
  const other = await addCreator(world, app, "other", { name: '=HYPERLINK("http://evil.test")' });
  await change(app, {
    kind: "bank",
    holder: "+49 Ann",
    account: "DE89370400440532013000",
    bankCode: null,
    country: "DE",
  });
  await change(other, { kind: "paypal", email: "pay@example.test" });
  world.advance(3 * DAY_MS);
  for (const creator of [app, other]) await sell(creator, 2);
  world.advance(15 * DAY_MS);
  return runBatch(world, app);
}

function csvOf(batchId: string, query = ""): Promise<Response> {
  return world.request(`/api/v1/payouts/batches/${batchId}/csv${query}`, {
    headers: { Authorization: `Bearer ${app.key}` },
  });
}

async function change(creator: TestApp, method: PayoutMethod): Promise<void> {
  await changePayoutMethod(world.deps, app.id, { affiliateId: creator.affiliateId, actor: "a test", method });
}

function tellResults(batchId: string, text: string): Promise<Answer> {
  const options = { key: app.key, headers: { "Content-Type": "text/csv" } };
  return world.call(`/api/v1/payouts/batches/${batchId}/results`, text, options);
}

/** In no particular order. */
function sorted(values: readonly unknown[]): readonly string[] {
  return values.map(String).toSorted();
}
