import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { returnPayout } from "../../worker/store/payout-return-store.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { payOut } from "../support/payouts.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const MAX = 999_999_999_999;
const NONE = { pending_cents: 0, available_cents: 0, held_cents: 0, paid_cents: 0 };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("a correction", () => {
  test("R-corrections AR27 adds to a balance at once, or takes from it, with its reason and whoever gave it", async () => {
    const bonus = await correct({ amount_cents: 500, reason: "best of June" });
    expect(bonus).toEqual(
      answered(201, {
        correction: {
          id: anyId("cor"),
          affiliate_id: app.affiliateId,
          currency: "usd",
          amount_cents: 500,
          kind: "correction",
          reason: "best of June",
          actor: expect.stringMatching(/^key:key_/),
          payout_id: null,
          created_at: "2026-01-15T12:00:00.000Z",
        },
      }),
    );
    expect(await world.balance(app)).toMatchObject({ ...NONE, available_cents: 500 });
    expect((await correct({ amount_cents: -1_200 })).status).toBe(201);
    expect(await world.balance(app)).toMatchObject({ ...NONE, available_cents: -700 });
    expect((await correct({ amount_cents: 90, currency: "EUR" })).body.correction.currency).toBe("eur");
    expect(await world.balance(app, "eur")).toMatchObject({ ...NONE, available_cents: 90 });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-corrections AR27 leaves one posting and one line of the audit log", async () => {
    const { correction } = (await correct({ amount_cents: -500, reason: "paid twice in May" })).body;
    expect(await rowsOf(world.db, "ledger")).toMatchObject([
      { kind: "adjust", cause: correction.id, fact: correction.id, net: -500, fee: 0, lane: null, conversion: null },
    ]);
    const lines = await world.call("/api/v1/audit?action=correction.posted", undefined, { key: app.key });
    expect(lines.body.entries).toMatchObject([
      {
        actor: correction.actor,
        object: app.affiliateId,
        before: null,
        after: { correction: correction.id, kind: "correction", currency: "usd", amount_cents: -500 },
        reason: "paid twice in May",
      },
    ]);
  });

  test.each(["active", "suspended", "revoked"])("R-corrections AR27 is made of a %s affiliate too", async (status) => {
    if (status !== "active") await setStatus(world, app, status);
    expect((await correct({ amount_cents: 1 })).status).toBe(201);
    expect(await world.balance(app)).toMatchObject({ available_cents: 1 });
  });

  test("R-corrections AL39 what is owed back is settled by what is earned next, in one payout", async () => {
    await correct({ amount_cents: -850 });
    await world.call("/api/track/conversion", { user_id: "u1", amount_cents: 10_000, ref: app.ref }, { key: app.key });
    world.advance(15 * DAY_MS);
    expect(await world.balance(app)).toMatchObject({ available_cents: 2_000 });
    await payOut(world, app);
    expect(await world.balance(app)).toMatchObject({ ...NONE, paid_cents: 2_000 });
    const [payout] = await rowsOf(world.db, "payout");
    expect(await list()).toMatchObject([{ amount_cents: -850, payout_id: payout?.["id"] }]);
    expect(await commissionsOf(world, app)).toMatchObject([{ status: "paid" }]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test.each([1, -1, MAX, -MAX])("R-corrections takes %i", async (amount_cents) => {
    expect((await correct({ amount_cents })).body.correction.amount_cents).toBe(amount_cents);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test.each([0, -0, 1.5, MAX + 1, -MAX - 1, 1e300])(
    "R-corrections E-amount_out_of_range 422 for %d",
    async (amount_cents) => {
      expect(await withoutEffect(() => correct({ amount_cents }))).toEqual(refused(422, "amount_out_of_range"));
    },
  );

  test.each([
    ["without a reason", { reason: undefined }, ["reason"]],
    ["with an empty reason", { reason: "" }, ["reason"]],
    ["without an amount", { amount_cents: undefined }, ["amount_cents"]],
    ["with an amount as text", { amount_cents: "5" }, ["amount_cents"]],
    ["in no currency", { currency: "zzz" }, ["currency"]],
    ["with a key that is no text", { event_id: 5 }, ["event_id"]],
  ])("R-corrections E-invalid_request 400 %s", async (_, body, fields) => {
    expect(await withoutEffect(() => correct(body))).toEqual(refused(400, "invalid_request", fields));
  });

  test("R-corrections E-not_found 404 for an affiliate who is not there, or is another app's", async () => {
    const other = await world.newApp();
    for (const affiliateId of ["aff_none", other.affiliateId]) {
      expect(await withoutEffect(() => correct({}, { ...app, affiliateId }))).toEqual(refused(404, "not_found"));
    }
  });
});

describe("a correction with a key", () => {
  test("R-corrections AL43 is one, however often it is sent, and says that it is a repeat", async () => {
    const first = await correct({ event_id: "k1" });
    expect(first.status).toBe(201);
    expect(first.headers.has("Idempotent-Replayed")).toBe(false);
    world.advance(DAY_MS);
    await list();
    const before = await dumpDatabase(world.db);
    for (const sent of [await correct({ event_id: "k1" }), await correct({}, app, { "Idempotency-Key": "k1" })]) {
      expect(sent).toEqual(answered(200, first.body));
      expect(sent.headers.get("Idempotent-Replayed")).toBe("true");
    }
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-corrections AL43 E-idempotency_mismatch 409 under another body", async () => {
    await correct({ event_id: "k1" });
    const others = [{ amount_cents: 501 }, { amount_cents: -500 }, { currency: "eur" }, { reason: "another" }];
    for (const body of others) {
      expect(await withoutEffect(() => correct({ event_id: "k1", ...body }))).toEqual(
        refused(409, "idempotency_mismatch"),
      );
    }
    expect((await correct({ event_id: "k1", currency: "usd" })).status).toBe(200);
  });

  test("R-corrections AL43 is another affiliate's own, and another app's", async () => {
    const rival = await addCreator(world, app, "rival");
    const other = await world.newApp();
    const made = [];
    for (const creator of [app, rival, other]) made.push(await correct({ event_id: "k1" }, creator));
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(made.map(({ body }) => body.correction.id)).size).toBe(3);
  });

  test("R-corrections AL43 twenty at once are one", async () => {
    const sent = await Promise.all(Array.from({ length: 20 }, () => correct({ event_id: "k1" })));
    expect(sent.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([...Array(19).fill(200), 201]);
    expect(await world.balance(app)).toMatchObject({ available_cents: 500 });
    expect(await rowsOf(world.db, "ledger")).toHaveLength(1);
  });
});

test("R-corrections AL-i2 a batch that is applied twice, because its answer was lost, corrects once", async () => {
  const db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  db.fault("repeated");
  for (const event_id of [undefined, "k1"]) expect((await correct({ event_id })).status).toBe(201);
  db.fault("none");
  expect(await world.balance(app)).toMatchObject({ available_cents: 1_000 });
  for (const table of ["correction", "ledger"]) expect(await rowsOf(world.db, table)).toHaveLength(2);
  const lines = await world.call("/api/v1/audit?action=correction.posted", undefined, { key: app.key });
  expect(lines.body.entries).toHaveLength(2);
  expect(await checkBooks(world.db)).toEqual([]);
});

test("R-corrections D-lists newest first, each on exactly one page", async () => {
  const rival = await addCreator(world, app, "rival");
  for (let cents = 1; cents <= 5; cents++) {
    await correct({ amount_cents: cents });
    if (cents % 2 === 0) world.advance(1);
  }
  await correct({}, rival);
  expect((await list()).map(({ created_at }) => created_at)).toEqual(
    ["002", "001", "001", "000", "000"].map((millis) => `2026-01-15T12:00:00.${millis}Z`),
  );
  for (const limit of [1, 2, 5, 100]) {
    const pages = await walkPages(world, { path: pathOf(app), items: "corrections", limit, key: app.key });
    expect(pages.map((page) => page.length)).toEqual(pageSizes(5, limit));
    expect(new Set(pages.flat().map((row: Json) => row.amount_cents)).size).toBe(5);
  }
});

test("R-corrections D-lists what came back of a payout is among them, page by page", async () => {
  await correct({ amount_cents: 500 });
  await payOut(world, app);
  const [payout] = await rowsOf(world.db, "payout");
  for (const returnedCents of [100, 500]) {
    world.advance(1);
    const audit = {
      id: world.deps.newId("aud"),
      actor: "operator",
      action: "a test",
      object: "x",
      now: world.deps.now(),
    };
    const told = { payoutId: String(payout?.["id"]), returnedCents, reason: "no such account", audit };
    await world.db.batch(returnPayout(app.id, told));
  }
  const pages = await walkPages(world, { path: pathOf(app), items: "corrections", limit: 1, key: app.key });
  expect(pages.flat().map(({ kind, amount_cents }: Json) => [kind, amount_cents])).toEqual([
    ["transfer_return", 400],
    ["transfer_return", 100],
    ["correction", 500],
  ]);
  expect(await world.balance(app)).toMatchObject({ available_cents: 500, paid_cents: 500 });
});

function correct(body: object, creator = app, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const correction = { amount_cents: 500, reason: "a bonus", ...body };
  return world.call(pathOf(creator), correction, { key: creator.key, headers });
}

async function list(): Promise<readonly Json[]> {
  return (await world.call(pathOf(app), undefined, { key: app.key })).body.corrections;
}

/** The answer of a call that leaves everything as it is. */
async function withoutEffect(act: () => Promise<Answer>): Promise<Answer> {
  // The day's first use of the key is noted, apart from the call.
  await list();
  const before = await dumpDatabase(world.db);
  const answer = await act();
  expect(await dumpDatabase(world.db)).toEqual(before);
  return answer;
}

function pathOf(creator: TestApp): string {
  return `/api/v1/affiliates/${creator.affiliateId}/corrections`;
}
