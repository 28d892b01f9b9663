import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { commissionsOf, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("at once", () => {
  const CALLS = {
    approve: (id: string) => decide("approve", [id]),
    reject: (id: string) => decide("reject", [id]),
    "the backend's word": (_: string, payment_ref: string) =>
      track("conversion", { user_id: "u1", ref: app.ref, amount_cents: 10_000, payment_ref }, app.key),
    "the backend's refund": (_: string, payment_ref: string) =>
      track("refund", { payment_ref, amount_cents: 4_000 }, app.key),
    "a stranger's refund": (id: string) => track("refund", { ref: app.ref, conversion_id: id, amount_cents: 1_000 }),
  } satisfies Record<string, (id: string, paymentRef: string) => Promise<Answer>>;
  const names = Object.keys(CALLS) as (keyof typeof CALLS)[];

  test("D-review decisions, refunds and the backend's own word of one payment, in every order, leave right books", async () => {
    const orders = permutations(names);
    expect(orders).toHaveLength(120);
    for (const [at, order] of orders.entries()) {
      const id = await announce(`in_${at}`);
      const answers = await Promise.all(order.map((name) => CALLS[name](id, `in_${at}`)));
      expect(answers.map(({ status }) => status)).not.toContain(500);
      const decided = answers.filter(({ body }) => "done" in body).map(({ body }) => body);
      expect(decided.map(({ done }) => done)).not.toEqual([1, 1]);
      world.advance(1);
    }
    // Whatever came first, the backend's word stands, less what it took back.
    expect(await world.balance(app)).toMatchObject({ pending_cents: 120 * 1_710, in_review_cents: 0, held_cents: 0 });
    const decisions = await rowsOf(db, "approval");
    expect(new Set(decisions.map((row) => row["conversion"])).size).toBe(decisions.length);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("D-review two approvals of one conversion are one, and both are told that it stands", async () => {
    const id = await announce("in_1");
    const answers = await Promise.all([decide("approve", [id]), decide("approve", [id]), decide("approve", [id, id])]);
    for (const { body } of answers) expect(body).toEqual({ done: 1, skipped: [] });
    expect(await rowsOf(db, "approval")).toHaveLength(1);
    expect((await rowsOf(db, "ledger")).map((row) => [row["kind"], row["lane"], row["net"]])).toEqual([
      ["in", "review", 2_850],
      ["out", "review", -2_850],
      ["in", "clear", 2_850],
    ]);
    expect(await linesOf("review.approved")).toHaveLength(1);
  });

  test("D-review D-revoked an approval does not save what a revocation voids, in either order", async () => {
    const id = await announce("in_1");
    await Promise.all([decide("approve", [id]), setStatus(world, app, "revoked"), decide("reject", [id])]);
    expect(await world.balance(app)).toMatchObject({ pending_cents: 0, available_cents: 0, held_cents: 0 });
    expect(await commissionsOf(world, app)).toMatchObject([{ status: "cancelled" }]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("R-rules as many payments are approved as fit into the rule's day", async () => {
    const rule = { max_event_cents: 1_000, max_day_cents: 7_500, reason: "trusted" };
    expect((await world.call("/api/v1/review/rules", rule, { key: app.key })).status).toBe(201);
    const sales = Array.from({ length: 20 }, (_, at) =>
      track("conversion", { user_id: `u${at}`, ref: app.ref, amount_cents: 1_000, event_id: `e${at}` }),
    );
    await Promise.all(sales);
    const lanes = (await commissionsOf(world, app)).map(({ lane }) => lane);
    expect(lanes.filter((lane) => lane === "clear")).toHaveLength(7);
    expect(await checkBooks(db)).toEqual([]);
  });
});

describe("a line that breaks", () => {
  test("D-review a decision whose batch is applied twice leaves and answers what one does", async () => {
    const id = await announce("in_1");
    db.fault("repeated");
    expect((await decide("approve", [id, "conv_none"])).body).toEqual({
      done: 1,
      skipped: [{ conversion_id: "conv_none", reason: "not_found" }],
    });
    db.fault("none");
    expect(await rowsOf(db, "approval")).toHaveLength(1);
    expect(await rowsOf(db, "conversion")).toMatchObject([{ rev: 2, dirty: 0, posted_lane: "clear" }]);
    expect(await linesOf("review.approved")).toHaveLength(1);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("D-review a decision whose answer was lost is 503, and its repeat answers as if it were the first", async () => {
    const id = await announce("in_1");
    db.fault("lost-answer");
    expect((await decide("reject", [id])).status).toBe(503);
    db.fault("none");
    const before = await dumpDatabase(db);
    expect((await decide("reject", [id])).body).toEqual({ done: 1, skipped: [] });
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("D-review of many that are cut short the repeat does the rest", async () => {
    const ids: string[] = [];
    for (let sale = 0; sale < 250; sale++) ids.push(await announce(`in_${sale}`));
    db.fault("away", 2);
    expect((await decide("approve", ids)).status).toBe(503);
    db.fault("none");
    expect(await rowsOf(db, "approval")).toHaveLength(200);
    expect((await decide("approve", ids)).body).toEqual({ done: 250, skipped: [] });
    expect((await linesOf("review.approved")).map((line) => JSON.parse(String(line["after"])).count)).toEqual([
      100, 100, 50,
    ]);
    expect(await checkBooks(db)).toEqual([]);
  });

  test("R-rules a rule that is made or ended twice is one rule, and leaves one line", async () => {
    db.fault("repeated");
    const rule = { max_event_cents: 1_000, max_day_cents: 7_500, reason: "trusted" };
    const made = await world.call("/api/v1/review/rules", rule, { key: app.key });
    expect(made.status).toBe(201);
    await announce("in_1", 1_000);
    const path = `/api/v1/review/rules/${made.body.rule.id}`;
    expect((await world.call(path, undefined, { key: app.key, method: "DELETE" })).status).toBe(204);
    db.fault("none");
    for (const action of ["review.rule_made", "review.rule_ended"]) expect(await linesOf(action)).toHaveLength(1);
    expect(await rowsOf(db, "review_rule")).toContainEqual(expect.objectContaining({ day_cents: 1_000 }));
    expect(await rowsOf(db, "approval")).toHaveLength(1);
  });
});

test("D-review the books tell of a rejection that is not void, and of a rule that approved more than it says", async () => {
  await decide("reject", [await announce("in_1")]);
  const checks = async () => (await checkBooks(db)).map(({ check }) => check);
  await db.batch([{ sql: "UPDATE review_rule SET day_cents = 1", args: [] }]);
  expect(await checks()).toEqual(["a rule's day = Σ what it approved on it"]);
  await db.batch([{ sql: "UPDATE conversion SET voided_at = NULL, void_reason = NULL", args: [] }]);
  expect(await checks()).toContain("what was rejected is void");
});

async function announce(payment_ref: string, amount_cents = 10_000): Promise<string> {
  const body = { ref: app.ref, user_id: "u1", amount_cents, payment_ref, event_id: payment_ref };
  return (await track("conversion", body)).body.conversion_id;
}

function track(verb: string, body: object, key?: string): Promise<Answer> {
  return world.call(`/api/track/${verb}`, body, { key });
}

function decide(decision: string, ids: readonly string[]): Promise<Answer> {
  return world.call("/api/v1/review", { decision, conversion_ids: ids, reason: "seen" }, { key: app.key });
}

async function linesOf(action: string) {
  return (await rowsOf(db, "audit")).filter((line) => line["action"] === action);
}

function permutations<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
