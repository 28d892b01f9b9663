import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { addCreator, DAY_MS, moveTo, setStatus } from "../support/creators.ts";
import { issueToken } from "../support/keys.ts";
import { correct, failPayout, giveMethod, payOut, setMinimums, startPayouts } from "../support/payouts.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("the ledger", () => {
  test("R-ledger AR19 every posting says what it is and what caused it, newest first", async () => {
    const conversion = await pay({ payment_ref: "in_1" });
    world.advance(1_000);
    const refund = await post("/api/track/refund", { conversion_id: conversion, amount_cents: 5_000 });
    const { postings, next_cursor: next } = (await read("/api/v1/ledger")).body;
    const usual = {
      app_id: app.id,
      affiliate_id: app.affiliateId,
      currency: "usd",
      conversion_id: conversion,
      payout_id: null,
      correction_id: null,
      lane: "clear",
      available_at: "2026-01-30T00:00:00.000Z",
    };
    expect({ postings, next }).toEqual({
      postings: [
        {
          ...usual,
          id: expect.stringMatching(/^\d+$/),
          at: "2026-01-15T12:00:01.000Z",
          kind: "reversed",
          net_cents: -1_425,
          fee_cents: -75,
          cause: { kind: "refund", id: refund.body.refund_id },
        },
        {
          ...usual,
          id: expect.stringMatching(/^\d+$/),
          at: "2026-01-15T12:00:00.000Z",
          kind: "earned",
          net_cents: 2_850,
          fee_cents: 150,
          cause: { kind: "claim", id: expect.stringMatching(/^clm_/) },
        },
      ],
      next: null,
    });
  });

  test("R-ledger a change of lane is two postings of one decision; payouts and corrections are their own cause", async () => {
    const conversion = await announce();
    await post("/api/v1/review", { decision: "approve", conversion_ids: [conversion], reason: "known" });
    world.advance(15 * DAY_MS);
    await giveMethod(world, app);
    await setMinimums(world, app, { usd: 1 });
    const [failed = ""] = await startPayouts(world, app);
    world.advance(1);
    await failPayout(world, app, failed);
    world.advance(1);
    const bonus = await correct(world, app, { amount: 500 });
    const { postings } = (await read("/api/v1/ledger")).body;
    expect(postings.map((one: Json) => [one.kind, one.lane, one.net_cents, one.cause.kind])).toEqual([
      ["correction", null, 500, "correction"],
      ["payout_returned", null, 2_850, "payout"],
      ["payout", null, -2_850, "payout"],
      ["lane_entered", "clear", 2_850, "decision"],
      ["lane_left", "review", -2_850, "decision"],
      ["earned", "review", 2_850, "claim"],
    ]);
    expect(postings[0]).toMatchObject({ correction_id: bonus, payout_id: null, available_at: null });
    expect(postings[1]).toMatchObject({ correction_id: null, payout_id: failed, cause: { id: failed } });
  });

  test("R-ledger by creator, currency, kind and conversion; what is left out ends no page early", async () => {
    const other = await addCreator(world, app, "other");
    const first = await pay({});
    await pay({ ref: other.ref, user_id: "u2", currency: "eur" });
    await pay({ currency: "jpy", user_id: "u3" });
    await post("/api/track/refund", { conversion_id: first });
    expect(await netsOf(`affiliate_id=${app.affiliateId}`)).toEqual(["usd -2850", "jpy 2850", "usd 2850"]);
    expect(await netsOf(`affiliate_id=${app.affiliateId}&currency=JPY`)).toEqual(["jpy 2850"]);
    expect(await netsOf("currency=eur")).toEqual(["eur 2850"]);
    expect(await netsOf("kind=reversed")).toEqual(["usd -2850"]);
    expect(await netsOf(`conversion_id=${first}`)).toEqual(["usd -2850", "usd 2850"]);
    expect(await netsOf(`conversion_id=${first}&kind=earned`)).toEqual(["usd 2850"]);
    expect(await netsOf(`affiliate_id=${other.affiliateId}&kind=payout`)).toEqual([]);
    expect(await netsOf("affiliate_id=aff_none")).toEqual([]);
  });

  test.each([
    ["kind=in", "kind"],
    ["currency=xxx", "currency"],
    ["cursor=1.x", "cursor"],
    ["cursor=x", "cursor"],
    ["limit=101", "limit"],
  ])("R-ledger E-invalid_request %s is refused", async (query, field) => {
    expect(await read(`/api/v1/ledger?${query}`)).toEqual(refused(400, "invalid_request", [field]));
  });

  test("R-ledger AR19 an operator reads that of all apps, or of one", async () => {
    const stranger = await world.newApp();
    await pay({});
    await pay({ ref: stranger.ref }, stranger.key);
    await pay({ user_id: "u2" });
    const appsOf = async (query: string) =>
      (await operate(`/api/v1/platform/ledger${query}`)).body.postings.map((one: Json) => one.app_id);
    expect(await appsOf("")).toEqual([app.id, stranger.id, app.id]);
    expect(await appsOf(`?app_id=${stranger.id}`)).toEqual([stranger.id]);
    expect(await operate("/api/v1/platform/ledger?app_id=app_none")).toEqual(refused(404, "not_found"));
    expect(await operate("/api/v1/platform/ledger?conversion_id=conv_1")).toEqual(
      refused(400, "invalid_request", ["app_id"]),
    );
    const { body } = await operate("/api/v1/platform/ledger?limit=2");
    expect(body.postings).toHaveLength(2);
    expect(await appsOf(`?limit=2&cursor=${body.next_cursor}`)).toEqual([app.id]);
  });
});

describe("the books", () => {
  test("R-books AR19 earned by lane, adjusted, paid, owed; and that they balance", async () => {
    await pay({});
    await pay({ user_id: "u2" });
    await announce();
    world.advance(15 * DAY_MS);
    await payOut(world, app);
    const [first] = (await read(`/api/v1/affiliates/${app.affiliateId}/commissions?status=paid`)).body.commissions;
    await post("/api/track/refund", { conversion_id: first.id });
    await correct(world, app, { amount: -500 });
    const other = await addCreator(world, app, "other");
    await correct(world, other, { amount: -70 });
    expect(await read("/api/v1/books")).toEqual(
      answered(200, {
        books: {
          currencies: [
            {
              currency: "usd",
              earned_cents: 5_700,
              earned_by_lane: { clear_cents: 2_850, review_cents: 2_850, held_cents: 0 },
              adjusted_cents: -570,
              paid_cents: 5_700,
              pending_cents: 0,
              available_cents: -570,
              held_cents: 0,
              owed_cents: 0,
              overpaid_cents: 570,
              platform_fee_cents: 300,
            },
          ],
          balanced: true,
          checked_at: "2026-01-30T12:00:00.001Z",
          discrepancies: [],
        },
      }),
    );
  });

  test("R-books AR19 what is off is told by the row that shows it, to its app and to an operator alone", async () => {
    const stranger = await world.newApp();
    const mine = await pay({});
    await world.db.batch([{ sql: "UPDATE total SET paid = 7 WHERE app = ?1", args: [app.id] }]);
    const { books } = (await read("/api/v1/books")).body;
    expect(books.balanced).toBe(false);
    expect(books.discrepancies.map((one: Json) => [one.check, one.app_id, one.row.affiliate])).toEqual([
      ["total = Σ ledger", app.id, app.affiliateId],
      ["paid = Σ settled of conversions + Σ corrections settled", app.id, app.affiliateId],
    ]);
    expect(JSON.stringify(books)).not.toContain(mine);
    expect((await read("/api/v1/books", stranger.key)).body.books).toMatchObject({ balanced: true, discrepancies: [] });
    const all = (await operate("/api/v1/platform/books")).body.books;
    expect(all).toMatchObject({ balanced: false, discrepancies: books.discrepancies });
    expect(all.currencies).toMatchObject([{ currency: "usd", earned_cents: 2_850, paid_cents: 7 }]);
  });
});

describe("the statement", () => {
  test("R-statement AR9 opening, every movement with what is owed after it, closing", async () => {
    const conversion = await pay({});
    moveTo(world, "2026-02-03T00:00:00Z");
    const payout = await payOut(world, app);
    world.advance(1_000);
    await post("/api/track/refund", { conversion_id: conversion, amount_cents: 5_000 });
    world.advance(1_000);
    const bonus = await correct(world, app, { amount: 100, reason: "for February" });
    const theirs = `https://links.example.test/api/v1/affiliates/${app.affiliateId}`;
    const explain = `${theirs}/conversions/${conversion}/explain`;
    const none = { conversion_id: null, payout_id: null, correction_id: null, ref: null, explain: null };
    const id = expect.stringMatching(/^\d+$/);
    expect(await statement("month=2026-02")).toEqual(
      answered(200, {
        statement: {
          affiliate_id: app.affiliateId,
          currency: "usd",
          month: "2026-02",
          opening_cents: 2_850,
          earned_cents: -1_425,
          adjusted_cents: 100,
          paid_cents: 2_850,
          closing_cents: -1_325,
          lines: [
            {
              ...none,
              id,
              at: "2026-02-03T00:00:00.001Z",
              kind: "payout",
              description: "Payout",
              payout_id: payout,
              amount_cents: -2_850,
              balance_cents: 0,
              explain: `${theirs}/payouts/${payout}`,
            },
            {
              ...none,
              id,
              at: "2026-02-03T00:00:01.001Z",
              kind: "reversed",
              description: "Commission reversed: the customer was refunded",
              conversion_id: conversion,
              ref: app.ref,
              amount_cents: -1_425,
              balance_cents: -1_425,
              explain,
            },
            {
              ...none,
              id,
              at: "2026-02-03T00:00:02.001Z",
              kind: "correction",
              description: "Correction: for February",
              correction_id: bonus,
              amount_cents: 100,
              balance_cents: -1_325,
              explain: `${theirs}/corrections/${bonus}`,
            },
          ],
        },
        next_cursor: null,
      }),
    );
    const token = await issueToken(world, app);
    for (const line of (await statement("month=2026-02")).body.statement.lines) {
      for (const key of [app.key, token]) {
        const opened = await world.call(new URL(line.explain).pathname, undefined, { key });
        expect({ status: opened.status, kind: line.kind }).toEqual({ status: 200, kind: line.kind });
      }
    }
    expect((await statement("month=2026-01")).body.statement).toMatchObject({
      opening_cents: 0,
      closing_cents: 2_850,
      lines: [{ kind: "earned", ref: app.ref, amount_cents: 2_850, balance_cents: 2_850, explain }],
    });
    expect((await statement("month=2025-12")).body.statement).toMatchObject({ opening_cents: 0, closing_cents: 0 });
    expect((await statement("")).body.statement).toMatchObject({ month: "2026-02", closing_cents: -1_325 });
    expect(await world.balance(app)).toMatchObject({ available_cents: -1_325, pending_cents: 0, paid_cents: 2_850 });
  });

  test("R-statement a refund after the payout leaves a debt, which the next earnings settle", async () => {
    const conversion = await pay({});
    moveTo(world, "2026-02-03T00:00:00Z");
    await payOut(world, app);
    await post("/api/track/refund", { conversion_id: conversion });
    moveTo(world, "2026-03-05T00:00:00Z");
    await pay({ amount_cents: 30_000 });
    expect((await statement("month=2026-02")).body.statement).toMatchObject({ closing_cents: -2_850 });
    expect((await statement("month=2026-03")).body.statement).toMatchObject({
      opening_cents: -2_850,
      closing_cents: 5_700,
      lines: [{ kind: "earned", amount_cents: 8_550, balance_cents: 5_700 }],
    });
  });

  test("R-statement a change of lane is one line of zero; what goes with it is told as what it is", async () => {
    const kept = await announce();
    const lost = await announce({ user_id: "u8" });
    world.advance(1);
    await post("/api/v1/review", { decision: "approve", conversion_ids: [kept], reason: "known" });
    world.advance(1);
    await post("/api/v1/review", { decision: "reject", conversion_ids: [lost], reason: "unknown" });
    const { statement: told } = (await statement("")).body;
    expect(told.lines.slice(2).map((line: Json) => [line.kind, line.description, line.amount_cents])).toEqual([
      ["moved", "Commission cleared", 0],
      ["reversed", "Commission reversed: decided by the program", -2_850],
    ]);
    expect(told).toMatchObject({ opening_cents: 0, closing_cents: 2_850, earned_cents: 2_850 });
  });

  test("R-statement D-lists what is owed runs on over the pages", async () => {
    const ids: string[] = [];
    for (const nth of [1, 2, 3]) ids.push(await announce({ user_id: `u${nth}`, amount_cents: nth * 1_000 }));
    world.advance(1);
    // Three leave their lane and three enter another, all at one time.
    await post("/api/v1/review", { decision: "approve", conversion_ids: ids, reason: "known" });
    await pay({ user_id: "u4" });
    const whole = (await statement("")).body.statement;
    const lines: Json[] = [];
    let cursor = "";
    do {
      const { body } = await statement(`limit=2${cursor}`);
      lines.push(...body.statement.lines);
      expect({ ...body.statement, lines: [] }).toEqual({ ...whole, lines: [] });
      cursor = body.next_cursor === null ? "" : `&cursor=${body.next_cursor}`;
    } while (cursor !== "");
    expect(lines).toEqual(whole.lines);
    expect(lines.map((line) => line.balance_cents)).toEqual([285, 855, 1_710, 1_710, 1_710, 1_710, 4_560]);
  });

  test("R-statement as a file: no text in it begins a formula, and amounts are numbers", async () => {
    const conversion = await pay({});
    world.advance(1);
    await correct(world, app, { amount: -500, reason: '=HYPERLINK("http://evil.example.test";"x")' });
    const response = await world.request(`${path()}?format=csv`, { headers: { Authorization: `Bearer ${app.key}` } });
    expect(response.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(response.headers.get("Content-Disposition")).toBe('attachment; filename="statement-2026-01-usd.csv"');
    expect((await response.text()).split("\r\n").map((line) => line.replaceAll(/(?:cor)_[\w-]+/g, "ID"))).toEqual([
      "at,kind,description,ref,conversion_id,payout_id,correction_id,amount_cents,balance_cents,explain,currency",
      "2026-01-01T00:00:00.000Z,opening_balance,,,,,,,0,,usd",
      `2026-01-15T12:00:00.000Z,earned,Commission,${app.ref},${conversion},,,2850,2850,https://links.example.test/api/v1/affiliates/${app.affiliateId}/conversions/${conversion}/explain,usd`,
      `2026-01-15T12:00:00.001Z,correction,"Correction: =HYPERLINK(""http://evil.example.test"";""x"")",,,,ID,-500,2350,,usd`,
      "2026-02-01T00:00:00.000Z,closing_balance,,,,,,,2350,,usd",
      "",
    ]);
  });

  test.each([
    ["month=2026-13", "month"],
    ["month=1969-12", "month"],
    ["month=26-01", "month"],
    ["currency=xx", "currency"],
    ["format=pdf", "format"],
    ["cursor=1.x", "cursor"],
  ])("R-statement E-invalid_request %s is refused", async (query, field) => {
    expect(await statement(query)).toEqual(refused(400, "invalid_request", [field]));
  });

  test("R-statement the last month there is, and a currency that nothing was earned in, are empty", async () => {
    await pay({});
    const empty = { earned_cents: 0, lines: [] };
    expect((await statement("month=9999-12")).body.statement).toMatchObject({ ...empty, opening_cents: 2_850 });
    expect((await statement("currency=CHF")).body.statement).toMatchObject({
      ...empty,
      currency: "chf",
      closing_cents: 0,
    });
  });
});

describe("the platform's fee", () => {
  test("R-fees AR19 counts when its money is clear, and goes with what is reversed", async () => {
    const clear = await pay({});
    const waiting = await announce();
    expect(await fees("")).toMatchObject([{ month: "2026-01", gross_cents: 3_000, fee_cents: 150, owed_cents: 150 }]);
    moveTo(world, "2026-02-03T00:00:00Z");
    await post("/api/v1/review", { decision: "approve", conversion_ids: [waiting], reason: "known" });
    await payOut(world, app);
    await post("/api/track/refund", { conversion_id: clear, amount_cents: 5_000 });
    moveTo(world, "2026-03-03T00:00:00Z");
    const row = { app_id: app.id, currency: "usd", collected_cents: 0 };
    const january = { gross_cents: 3_000, fee_cents: 150, net_cents: 2_850, paid_out_cents: 0, owed_cents: 150 };
    const february = { gross_cents: 1_500, fee_cents: 75, net_cents: 1_425, paid_out_cents: 5_700, owed_cents: 225 };
    const march = { gross_cents: 0, fee_cents: 0, net_cents: 0, paid_out_cents: 0, owed_cents: 225 };
    expect(await fees("?month=2026-01")).toEqual([{ ...row, month: "2026-01", ...january }]);
    expect(await fees("?month=2026-02")).toEqual([{ ...row, month: "2026-02", ...february }]);
    expect(await fees("")).toEqual([{ ...row, month: "2026-03", ...march }]);
    expect(await read("/api/v1/fees?month=2026")).toEqual(refused(400, "invalid_request", ["month"]));
  });

  test("R-fees AR19 an operator records what was collected, once for an event_id, and it is owed no more", async () => {
    await pay({});
    const call = { app_id: app.id, currency: "USD", amount_cents: 100, reason: "invoice 1", event_id: "i1" };
    const first = await collect(call);
    const collection = {
      id: expect.stringMatching(/^fee_[0-9a-f]{24}$/),
      app_id: app.id,
      currency: "usd",
      amount_cents: 100,
      reason: "invoice 1",
      actor: "operator",
      created_at: "2026-01-15T12:00:00.000Z",
    };
    expect(first).toEqual(answered(201, { collection }));
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    world.advance(1);
    const again = await collect(call);
    expect(again).toEqual(answered(201, first.body));
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await collect({ ...call, amount_cents: 101 })).toEqual(refused(409, "idempotency_mismatch"));
    expect(await fees("")).toMatchObject([{ collected_cents: 100, owed_cents: 50 }]);

    world.advance(1);
    const back = await collect({ ...call, amount_cents: -30, reason: "too much", event_id: null });
    expect(await fees("")).toMatchObject([{ collected_cents: 70, owed_cents: 80 }]);
    const list = await operate(`/api/v1/platform/fees/collections?app_id=${app.id}`);
    expect(list).toEqual(answered(200, { collections: [back.body.collection, collection], next_cursor: null }));
    const { entries } = (await read("/api/v1/audit?action=fee.collected")).body;
    expect(entries).toMatchObject([
      { actor: "operator", reason: "too much", after: { amount_cents: -30, currency: "usd" } },
      { actor: "operator", object: first.body.collection.id, reason: "invoice 1" },
    ]);
  });

  test.each([
    [{ amount_cents: 0 }, refused(422, "amount_out_of_range")],
    [{ amount_cents: 0.5 }, refused(422, "amount_out_of_range")],
    [{ amount_cents: 1e12 }, refused(422, "amount_out_of_range")],
    [{ amount_cents: "1" }, refused(400, "invalid_request", ["amount_cents"])],
    [{ currency: "xxx" }, refused(400, "invalid_request", ["currency"])],
    [{ reason: "" }, refused(400, "invalid_request", ["reason"])],
    [{ app_id: "app_none" }, refused(404, "not_found")],
  ])("R-fees a collection with %j is refused", async (change, refusal) => {
    const call = { app_id: app.id, currency: "usd", amount_cents: 100, reason: "invoice 1" };
    expect(await collect({ ...call, ...change })).toEqual(refusal);
    expect(await fees("")).toMatchObject([{ collected_cents: 0 }]);
  });

  test("R-fees AR19 an operator reads those of every app, no app parted by a page", async () => {
    const stranger = await world.newApp({ currency: "eur" });
    await pay({});
    await pay({ ref: stranger.ref }, stranger.key);
    await pay({ ref: stranger.ref, user_id: "u2", currency: "jpy" }, stranger.key);
    const first = await operate("/api/v1/platform/fees?limit=1");
    const rest = await operate(`/api/v1/platform/fees?limit=1&cursor=${first.body.next_cursor}`);
    const pages = [app.id, stranger.id];
    const theirs = [
      [stranger.id, "eur", 150],
      [stranger.id, "jpy", 150],
    ];
    const both = [owedOf(first), owedOf(rest)].toSorted((a, b) => pages.indexOf(a[0][0]) - pages.indexOf(b[0][0]));
    expect(both).toEqual([[[app.id, "usd", 150]], theirs]);
    expect(rest.body.next_cursor).toBeNull();
    expect(owedOf(await operate(`/api/v1/platform/fees?app_id=${stranger.id}`))).toEqual(theirs);
  });

  test("R-fees a suspended creator's fee is owed all the same", async () => {
    await pay({});
    await setStatus(world, app, "suspended");
    expect(await fees("")).toMatchObject([{ fee_cents: 150, owed_cents: 150 }]);
  });
});

/** A payment that the backend reports. Answers its conversion. */
async function pay(more: object, key = app.key): Promise<string> {
  const body = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...more };
  const answer = await world.call("/api/track/conversion", body, { key });
  expect(answer.status).toBe(200);
  return answer.body.conversion_id;
}

async function netsOf(query: string): Promise<readonly string[]> {
  return (await read(`/api/v1/ledger?${query}`)).body.postings.map((one: Json) => `${one.currency} ${one.net_cents}`);
}

function owedOf(answer: Answer): Json {
  return answer.body.fees.map((row: Json) => [row.app_id, row.currency, row.owed_cents]);
}

/** One that nobody vouches for. */
async function announce(more: object = {}): Promise<string> {
  const body = { ref: app.ref, user_id: "u9", amount_cents: 10_000, ...more };
  return (await world.call("/api/track/conversion", body)).body.conversion_id;
}

function post(url: string, body: object): Promise<Answer> {
  return world.call(url, body, { key: app.key });
}

function read(url: string, key = app.key): Promise<Answer> {
  return world.call(url, undefined, { key });
}

function operate(url: string): Promise<Answer> {
  return world.call(url, undefined, { key: world.operatorKey });
}

function collect(body: object): Promise<Answer> {
  return world.call("/api/v1/platform/fees/collections", body, { key: world.operatorKey });
}

function path(): string {
  return `/api/v1/affiliates/${app.affiliateId}/statement`;
}

function statement(query: string): Promise<Answer> {
  return read(`${path()}?${query}`);
}

async function fees(query: string): Promise<Json> {
  return (await read(`/api/v1/fees${query}`)).body.fees;
}
