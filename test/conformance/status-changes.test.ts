import { beforeEach, describe, expect, test } from "vitest";
import { answered, refused } from "../support/answers.ts";
import { addApplicant, addCreator, DAY_MS, setProgram, setStatus } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const STATUSES = ["applied", "active", "suspended", "revoked"];
/** How a test brings a creator into a status. */
const WAY: Readonly<Record<string, readonly string[]>> = {
  applied: [],
  active: ["active"],
  suspended: ["active", "suspended"],
  revoked: ["revoked"],
};
const ALLOWED = new Set([
  "applied active",
  "applied revoked",
  "active suspended",
  "active revoked",
  "suspended active",
  "suspended revoked",
]);

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp({ ref: "mara" });
});

describe("a change of status", () => {
  test.each(STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const)))(
    "AR16 from %s to %s: the preview and the change say the same, and what is forbidden changes nothing",
    async (from, to) => {
      const creator = await addApplicant(world, app, "kim");
      for (const status of WAY[from] ?? []) await setStatus(world, creator, status);
      const before = await dumpDatabase(world.db);
      const preview = await previewOf(creator, to);
      expect(await dumpDatabase(world.db)).toEqual(before);
      const change = await patch(creator, { status: to, reason: "a test" });
      if (from === to || ALLOWED.has(`${from} ${to}`)) {
        expect(preview).toMatchObject({ status: 200, body: { preview: { from, to } } });
        expect(change).toMatchObject({ status: 200, body: { affiliate: { status: to } } });
      } else {
        expect(preview).toEqual(refused(409, "conflict"));
        expect(change).toEqual(refused(409, "conflict"));
        expect(change.body.error.message).toBe(preview.body.error.message);
        expect(await dumpDatabase(world.db)).toEqual(before);
      }
    },
  );

  test("AR16 one that is forbidden takes the rest of the call with it, and two at once leave one that may stand", async () => {
    await setStatus(world, app, "revoked");
    const before = await dumpDatabase(world.db);
    const answer = await patch(app, { status: "active", reason: "x", name: "New", commission_percent: 99 });
    expect(answer).toEqual(refused(409, "conflict"));
    expect(await dumpDatabase(world.db)).toEqual(before);
    const kim = await addCreator(world, app, "kim");
    const both = ["revoked", "suspended"].map((status) => patch(kim, { status, reason: "at once" }));
    expect((await Promise.all(both)).map(({ status }) => status)).toContain(200);
    expect((await patch(kim, { status: "revoked", reason: "x" })).body.affiliate.status).toBe("revoked");
  });

  test.each(["", "?status=", "?status=gone"])("AR16 a preview of %j is refused", async (query) => {
    const path = `/api/v1/affiliates/${app.affiliateId}/status-preview${query}`;
    expect(await world.call(path, undefined, { key: app.key })).toEqual(refused(400, "invalid_request", ["status"]));
  });
});

describe("a revocation", () => {
  test("AR16 does what its preview says: codes, customers, and money of every lane and currency, also after a payout", async () => {
    await liveThrough();
    const { preview } = (await previewOf(app, "revoked")).body;
    expect(preview).toEqual({
      from: "active",
      to: "revoked",
      codes: { become: "dead", refs: ["mara", "summer"] },
      customers_freed: 3,
      payouts_skipped: false,
      currencies: [
        { currency: "eur", voided_commissions: 1, voided_cents: 285, available_cents: 0 },
        // Paid out was 570, and 285 of it were called back. What is void: two in review, one held, one refunded, one pending.
        {
          currency: "usd",
          voided_commissions: 5,
          voided_cents: 285 + 285 + 2_850 + 0 + 285,
          available_cents: -285 + 285,
        },
      ],
      complete: true,
    });
    const before = await conversions();
    await setStatus(world, app, "revoked");
    const after = await conversions();
    const { balances } = (await world.call(`${pathOf(app)}/balance`, undefined, { key: app.key })).body;
    for (const effect of preview.currencies) {
      const { currency } = effect;
      const voided = after.filter((row) => row.currency === currency && row.void_reason === "affiliate_revoked");
      expect(voided).toHaveLength(effect.voided_commissions);
      const ids = new Set(voided.map(({ id }) => id));
      const lost = before.filter(({ id }) => ids.has(id)).reduce((sum, row) => sum + row.posted_net, 0);
      expect(lost).toBe(effect.voided_cents);
      expect(balances.find((balance: Json) => balance.currency === currency)).toMatchObject({
        available_cents: effect.available_cents,
        pending_cents: 0,
        in_review_cents: 0,
        held_cents: 0,
      });
    }
    for (const ref of preview.codes.refs) expect(await signup(ref, "new")).toEqual(refused(404, "unknown_ref"));
    const kim = await addCreator(world, app, "kim");
    for (const user of ["u1", "u2", "u3"]) await signup("kim", user);
    const moved = (await rowsOf(world.db, "referral")).filter((row) => row["affiliate"] === kim.affiliateId);
    expect(moved).toHaveLength(preview.customers_freed);
    expect((await previewOf(app, "revoked")).body.preview).toMatchObject({
      codes: { become: null, refs: [] },
      customers_freed: 0,
      currencies: [{ voided_commissions: 0 }, { voided_commissions: 0, voided_cents: 0 }],
    });
  });

  test("AR16 another app's money, codes and customers are in no preview of ours", async () => {
    const before = await previewOf(app, "revoked");
    const other = await world.newApp({ ref: "other" });
    await pay(other, { user_id: "u1" });
    expect(await previewOf(app, "revoked")).toEqual(answered(200, before.body));
    expect(await previewOf({ ...other, key: app.key }, "revoked")).toEqual(refused(404, "not_found"));
  });
});

test("AR16 a suspension keeps codes and money; payouts leave out what is available", async () => {
  await liveThrough();
  const { preview } = (await previewOf(app, "suspended")).body;
  expect(preview).toEqual({
    from: "active",
    to: "suspended",
    codes: { become: null, refs: [] },
    customers_freed: 0,
    payouts_skipped: true,
    currencies: [
      { currency: "eur", voided_commissions: 0, voided_cents: 0, available_cents: 0 },
      { currency: "usd", voided_commissions: 0, voided_cents: 0, available_cents: -285 + 285 + 285 },
    ],
    complete: true,
  });
  await setStatus(world, app, "suspended");
  expect((await world.balance(app)).available_cents).toBe(285);
  expect((await signup("mara", "new")).status).toBe(200);
});

test("AR16 who is taken gets live codes", async () => {
  const { preview } = (await previewOf(await addApplicant(world, app, "kim"), "active")).body;
  expect(preview).toMatchObject({
    codes: { become: "live", refs: ["kim"] },
    payouts_skipped: false,
    customers_freed: 0,
  });
});

test("AR16 counts end at 10,000, and say so; money is exact", async () => {
  await pay(app, { user_id: "u1", event_id: "first" });
  const [row] = await rowsOf(world.db, "conversion");
  const columns = Object.keys(row ?? {}).filter(
    (name) => !["id", "claim", "attribution_claim", "payment"].includes(name),
  );
  const many = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050)`;
  await world.db.batch([
    { sql: `INSERT INTO payment (app, id, created_at) ${many} SELECT ?1, 'pay' || i, 0 FROM n`, args: [app.id] },
    {
      sql: `INSERT INTO conversion (id, claim, attribution_claim, payment, ${columns.join()})
        ${many} SELECT 'many' || n.i, c.claim, 'x' || n.i, 'pay' || n.i, ${columns.map((name) => `c.${name}`).join()}
        FROM n, conversion c WHERE c.app = ?1`,
      args: [app.id],
    },
  ]);
  const { preview } = (await previewOf(app, "revoked")).body;
  expect(preview).toMatchObject({ complete: false, currencies: [{ voided_commissions: 10_000, voided_cents: 285 }] });
});

/**
 * Everything a balance is made of: matured and not, clear, in review, held, refunded, another currency, a second code, and a
 * payout with a refund after it.
 */
async function liveThrough(): Promise<void> {
  await world.call(`${pathOf(app)}/codes`, { ref: "summer" }, { key: app.key });
  world.advance(1);
  await world.call(`${pathOf(app)}/codes`, { ref: "retired" }, { key: app.key });
  await world.call(`${pathOf(app)}/codes/retired`, undefined, { key: app.key, method: "DELETE" });
  const paid = [await pay(app, { user_id: "u1", event_id: "p1" }), await pay(app, { user_id: "u1", event_id: "p2" })];
  world.advance(15 * DAY_MS);
  // What a payout leaves in the books: both are paid.
  await world.db.batch([
    { sql: "UPDATE conversion SET settled_net = posted_net WHERE app = ?1", args: [app.id] },
    { sql: "UPDATE total SET paid = 570 WHERE app = ?1", args: [app.id] },
  ]);
  await world.call("/api/track/refund", { conversion_id: paid[0]?.body.conversion_id }, { key: app.key });
  await pay(app, { user_id: "u1", event_id: "matured" });
  await announce("u2", 1_000, "in review, matured");
  world.advance(15 * DAY_MS);
  await announce("u2", 1_000, "in review");
  const rejected = await announce("u2", 7_000, "rejected");
  const decision = { decision: "reject", conversion_ids: [rejected.body.conversion_id], reason: "a test" };
  await world.call("/api/v1/review", decision, { key: app.key });
  await setProgram(world, app, { max_event_cents: 5_000 });
  await pay(app, { user_id: "u3", amount_cents: 10_000, event_id: "held" });
  const refunded = await pay(app, { user_id: "u1", event_id: "refunded" });
  await world.call("/api/track/refund", { conversion_id: refunded.body.conversion_id }, { key: app.key });
  await pay(app, { user_id: "u1", event_id: "pending" });
  await pay(app, { user_id: "u1", event_id: "euros", currency: "eur" });
}

function pay(to: TestApp, body: object): Promise<Answer> {
  return world.call("/api/track/conversion", { ref: to.ref, amount_cents: 1_000, ...body }, { key: to.key });
}

/** A payment that only a stranger speaks of. */
function announce(user_id: string, amount_cents: number, event_id: string): Promise<Answer> {
  return world.call("/api/track/conversion", { ref: app.ref, user_id, amount_cents, event_id });
}

function signup(ref: string, user_id: string): Promise<Answer> {
  return world.call("/api/track/signup", { ref, user_id }, { key: app.key });
}

function previewOf(creator: TestApp, status: string): Promise<Answer> {
  return world.call(`${pathOf(creator)}/status-preview?status=${status}`, undefined, { key: creator.key });
}

function patch(creator: TestApp, body: object): Promise<Answer> {
  return world.call(pathOf(creator), body, { key: creator.key, method: "PATCH" });
}

function pathOf(creator: TestApp): string {
  return `/api/v1/affiliates/${creator.affiliateId}`;
}

async function conversions(): Promise<readonly Json[]> {
  return rowsOf(world.db, "conversion");
}
