import { beforeEach, describe, expect, test } from "vitest";
import { checkBooks } from "../../worker/store/check-books.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { stripeEvents } from "../support/stripe-events.ts";
import { openStripeWorld } from "../support/stripe-world.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const NET = 2_850;

let world: World;
let app: TestApp;
let mara: TestApp;

beforeEach(() => begin());

describe("a customer assigned by hand", () => {
  test("R-assign AR27 belongs to that affiliate from now on, whatever is said later, and earlier commissions stay", async () => {
    await track("signup", { ref: app.ref, user_id: "u1" });
    await pay("e1");
    world.advance(DAY_MS);
    expect(await assign("u1")).toEqual(
      answered(200, {
        referral: {
          id: anyId("ref"),
          ref: "mara",
          user_id: "u1",
          affiliate_id: mara.affiliateId,
          status: "active",
          created_at: "2026-01-16T12:00:00.001Z",
        },
      }),
    );
    await track("signup", { ref: app.ref, user_id: "u1", event_id: "later" });
    await pay("e2", { ref: app.ref });
    expect((await commissionsOf(world, app)).map(({ net_commission_cents }) => net_commission_cents)).toEqual([NET]);
    expect((await commissionsOf(world, mara)).map(({ ref }) => ref)).toEqual(["mara"]);
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-assign AR27 may be one whom nobody knows yet", async () => {
    expect((await assign("u1")).status).toBe(200);
    await pay("e1");
    expect(await world.balance(mara)).toMatchObject({ pending_cents: NET });
    expect(await checkBooks(world.db)).toEqual([]);
  });

  test("R-assign D-trust vouches for the customer: what a backend reports is clear, and no flag is left", async () => {
    const browser = { headers: { Origin: "https://shop.example.test" } };
    await world.call("/api/track/signup", { ref: app.ref, user_id: "u1" }, browser);
    expect(await rowsOf(world.db, "referral")).toMatchObject([{ trust: "public", flag: "no_click" }]);
    await assign("u1", { affiliate_id: app.affiliateId });
    expect(await rowsOf(world.db, "referral")).toMatchObject([
      { trust: "vouched", flag: null, fixed_at: world.deps.now(), payment: null, affiliate: app.affiliateId },
    ]);
    await pay("e1");
    expect(await commissionsOf(world, app)).toMatchObject([{ lane: "clear" }]);
  });

  test("R-assign by one of the affiliate's codes, else by the one that is theirs already, else by their first", async () => {
    await world.call(`${path(mara)}/codes`, { ref: "mara-two" }, { key: app.key });
    const refs = [];
    for (const [user, ref] of [
      ["u1", "MARA-TWO"],
      ["u1", undefined],
      ["u2", undefined],
      ["u1", "mara"],
    ] as const) {
      refs.push((await assign(user, { ref })).body.referral.ref);
    }
    expect(refs).toEqual(["mara-two", "mara-two", "mara", "mara"]);
    expect((await lines()).map(({ after }) => after.code)).toEqual(["mara", "mara", "mara-two"]);
  });

  test("R-assign R-audit tells whose they were and whose they are, and never who", async () => {
    await track("signup", { ref: app.ref, user_id: "kim-4711" });
    await assign("kim-4711");
    const [referral] = await rowsOf(world.db, "referral");
    expect(await lines()).toMatchObject([
      {
        actor: expect.stringMatching(/^key:/),
        object: referral?.["id"],
        before: { affiliate: app.affiliateId, code: app.ref },
        after: { affiliate: mara.affiliateId, code: "mara" },
        reason: "came by her",
      },
    ]);
    expect(JSON.stringify(await rowsOf(world.db, "audit"))).not.toContain("kim-4711");
  });

  test("R-assign a repeat changes nothing and answers the same", async () => {
    const first = await assign("u1");
    world.advance(DAY_MS);
    await lines();
    const before = await dumpDatabase(world.db);
    expect(await assign("u1", { reason: "another" })).toEqual(answered(200, first.body));
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("R-assign AL32 counts no signup, and one that comes later counts for the new code", async () => {
    await track("signup", { ref: app.ref, user_id: "u1" });
    await assign("u1");
    expect(await statsOf(world, mara)).toEqual([]);
    await track("signup", { ref: "mara", user_id: "u1", event_id: "s2" });
    expect(await statsOf(world, mara)).toMatchObject([{ signups: 1 }]);
  });

  test("R-assign AL15 a customer's months begin anew with another affiliate, not with the same", async () => {
    await setProgram(world, app, { max_months: 1 });
    await track("signup", { ref: "mara", user_id: "u1" });
    world.advance(40 * DAY_MS);
    await assign("u1");
    await pay("e1");
    expect(await commissionsOf(world, mara)).toMatchObject([{ reason: "month_limit", net_commission_cents: 0 }]);
    await assign("u1", { affiliate_id: app.affiliateId });
    await pay("e2");
    expect(await commissionsOf(world, app)).toMatchObject([{ reason: null, net_commission_cents: NET }]);
  });

  test("R-assign D-revoked is free again when that affiliate is revoked", async () => {
    await assign("u1");
    await setStatus(world, mara, "revoked");
    await pay("e1", { ref: app.ref });
    expect(await world.balance(app)).toMatchObject({ pending_cents: NET });
  });

  test("R-assign D-self_referral earns an affiliate nothing of their own", async () => {
    const self = await addCreator(world, app, "self", { account_id: "u9" });
    await assign("u9", { affiliate_id: self.affiliateId });
    await pay("e1", { user_id: "u9" });
    expect(await commissionsOf(world, self)).toMatchObject([{ reason: "self_referral", net_commission_cents: 0 }]);
  });

  test.each(["a/b", "ü ö", "%41", "a?b#c", "a%2Fb", "+", "4711", "\u{1F600}", "x".repeat(256)])(
    "R-assign finds %j",
    async (user_id) => {
      await track("signup", { ref: app.ref, user_id });
      expect((await assign(user_id)).body.referral).toMatchObject({ user_id, affiliate_id: mara.affiliateId });
      expect(await rowsOf(world.db, "referral")).toMatchObject([{ user_id, affiliate: mara.affiliateId }]);
    },
  );

  test("R-assign R-customers an erased one leaves no name, and may come again", async () => {
    await assign("kim-4711");
    const erased = await world.call("/api/v1/customers/kim-4711", undefined, { key: app.key, method: "DELETE" });
    expect(erased.status).toBe(204);
    expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain("kim-4711");
    expect((await assign("kim-4711", { affiliate_id: app.affiliateId })).body.referral.ref).toBe(app.ref);
  });
});

describe("an assignment that is refused moves nothing", () => {
  test.each([
    ["revoked", "revoked"],
    ["applied", "applied"],
  ])("R-assign E-conflict 409 to an affiliate who is %s", async (_, status) => {
    if (status === "revoked") await setStatus(world, mara, "revoked");
    const sql = "UPDATE affiliate SET status = 'applied', status_at = 1 WHERE id = ?1";
    if (status === "applied") await world.db.batch([{ sql, args: [mara.affiliateId] }]);
    expect(await withoutEffect(() => assign("u1"))).toEqual(refused(409, "conflict"));
  });

  test("R-assign E-not_found 404 to an affiliate who is not there, or is another app's", async () => {
    const other = await world.newApp();
    for (const affiliate_id of ["aff_none", other.affiliateId]) {
      expect(await withoutEffect(() => assign("u1", { affiliate_id }))).toEqual(refused(404, "not_found"));
    }
  });

  test("R-assign E-unknown_ref 404 by a code that is not theirs", async () => {
    const other = await world.newApp();
    for (const ref of [app.ref, other.ref, "nobody", "no code!"]) {
      expect(await withoutEffect(() => assign("u1", { ref }))).toEqual(refused(404, "unknown_ref"));
    }
  });

  test.each([
    ["without a reason", "u1", { reason: undefined }, ["reason"]],
    ["without an affiliate", "u1", { affiliate_id: undefined }, ["affiliate_id"]],
    ["by a ref that is no text", "u1", { ref: 5 }, ["ref"]],
    ["of a name beyond all names", "x".repeat(257), {}, ["user_id"]],
  ])("R-assign E-invalid_request 400 %s", async (_, user, body, fields) => {
    expect(await withoutEffect(() => assign(user, body))).toEqual(refused(400, "invalid_request", fields));
  });
});

test("R-assign AL-i2 a batch that is applied twice, because its answer was lost, assigns once", async () => {
  const db = openFaultyDb();
  await begin(await createWorld({ db }));
  await track("signup", { ref: app.ref, user_id: "u1" });
  db.fault("repeated");
  for (const user of ["u1", "u2"]) expect((await assign(user)).status).toBe(200);
  db.fault("none");
  expect((await rowsOf(world.db, "referral")).map((row) => row["affiliate"])).toEqual([
    mara.affiliateId,
    mara.affiliateId,
  ]);
  expect(await lines()).toHaveLength(2);
});

describe("Stripe's payments of a customer who is assigned", () => {
  const s = stripeEvents("newest");

  test("R-assign ST3 wait no longer: what was paid within the hour before counts", async () => {
    const shop = await openStripeWorld();
    const { world: here, app: own } = shop;
    await shop.deliver(s.customerCreated({ id: "cus_1", userId: "u1" }));
    await shop.deliver(s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000 }));
    expect(await shop.commissions("nils")).toEqual([]);
    const body = { affiliate_id: shop.ids.nils, reason: "said so in the shop" };
    const assigned = await here.call("/api/v1/customers/u1/assign", body, { key: own.key });
    expect(assigned.status).toBe(200);
    await here.runJobs();
    expect(await shop.commissions("nils")).toMatchObject([{ user_id: "u1", net_commission_cents: NET }]);
    expect(await checkBooks(here.db)).toEqual([]);
  });

  test("R-assign ST3 stay theirs, whatever ref a later payment has", async () => {
    const shop = await openStripeWorld();
    await shop.deliver(s.customerCreated({ id: "cus_1", userId: "u1", ref: shop.refs.mara }));
    const body = { affiliate_id: shop.ids.nils, reason: "said so in the shop" };
    await shop.world.call("/api/v1/customers/u1/assign", body, { key: shop.app.key });
    await shop.deliver(s.invoicePaid({ id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.olga }));
    expect(await shop.commissions("nils")).toMatchObject([{ user_id: "u1", net_commission_cents: NET }]);
    expect(await checkBooks(shop.world.db)).toEqual([]);
  });
});

test("R-assign ST3 are not moved by a better ref of the very payment that brought them", async () => {
  const s = stripeEvents("newest");
  const shop = await openStripeWorld();
  const invoice = { id: "in_1", customer: "cus_1", amountPaid: 10_000, ref: shop.refs.mara };
  await shop.deliver(s.customerCreated({ id: "cus_1", userId: "u1" }));
  await shop.deliver(s.invoicePaid(invoice));
  const body = { affiliate_id: shop.ids.mara, reason: "a friend of hers" };
  await shop.world.call("/api/v1/customers/u1/assign", body, { key: shop.app.key });
  const intent = { id: "pi_1", amount: 10_000, customer: "cus_1", latestCharge: "ch_1", ref: shop.refs.olga };
  await shop.deliver(s.paymentIntentSucceeded(intent));
  await shop.deliver(s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }));
  await shop.deliver(s.invoicePaid({ id: "in_2", customer: "cus_1", amountPaid: 500 }));
  expect(await shop.commissions("olga")).toEqual([]);
  expect((await shop.commissions("mara")).map((one) => one.amount_cents).toSorted((a, b) => a - b)).toEqual([
    500, 10_000,
  ]);
  expect(await checkBooks(shop.world.db)).toEqual([]);
});

async function begin(opened?: World): Promise<void> {
  world = opened ?? (await createWorld());
  app = await world.newApp();
  mara = await addCreator(world, app, "mara");
}

function assign(userId: string, body: object = {}): Promise<Answer> {
  const assignment = { affiliate_id: mara.affiliateId, reason: "came by her", ...body };
  return world.call(`/api/v1/customers/${encodeURIComponent(userId)}/assign`, assignment, { key: app.key });
}

function track(verb: string, body: object): Promise<Answer> {
  return world.call(`/api/track/${verb}`, body, { key: app.key });
}

async function pay(event_id: string, body: object = {}): Promise<void> {
  const answer = await track("conversion", { user_id: "u1", amount_cents: 10_000, event_id, ...body });
  expect(answer.status).toBe(200);
  world.advance(1);
}

async function lines(): Promise<readonly Json[]> {
  return (await world.call("/api/v1/audit?action=referral.assigned", undefined, { key: app.key })).body.entries;
}

/** The answer of a call that leaves everything as it is. */
async function withoutEffect(act: () => Promise<Answer>): Promise<Answer> {
  // The day's first use of the key is noted, apart from the call.
  await lines();
  const before = await dumpDatabase(world.db);
  const answer = await act();
  expect(await dumpDatabase(world.db)).toEqual(before);
  return answer;
}

function path(creator: TestApp): string {
  return `/api/v1/affiliates/${creator.affiliateId}`;
}
