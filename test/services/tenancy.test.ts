import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { type Dump, dumpApp } from "../support/dump.ts";
import { issueToken } from "../support/keys.ts";
import { asAccount, redeem } from "../support/friends.ts";
import {
  announce,
  batchOf,
  dropOf,
  endpointOf,
  friendCodeOf,
  HELD,
  invitationOf,
  payoutOf,
  redemptionOf,
  REFERRED,
  REFERRER,
  tokenIdOf,
  WAITING,
  webhookEventOf,
} from "../support/waiting.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

/*
 * Two apps that call everything by the same names: users, events, payments, e-mails, accounts. Only codes differ, for a
 * code is one of the whole installation. Whatever one of them does, the other's rows stay as they are.
 */

let world: World;
let ours: TestApp;
let theirs: TestApp;
/** What calls of the other app are told, and what it holds. */
let theirConversion: string;
/** A token of our affiliate. */
let ourToken: string;
let theirRows: Dump;

const SPEND = { amount: 10, reference: "order_1" };

/** A call of ours under names that both apps use. */
const NAMED_ALIKE: readonly (readonly [string, () => Promise<Answer>, number])[] = [
  ["a click", () => track("click", { visitor: "v1" }), 202],
  ["a signup repeated", () => track("signup", { user_id: "u1", email: "u1@example.test", event_id: "s1" }), 200],
  ["a signup of another user", () => track("signup", { user_id: "u9", event_id: "s9" }), 200],
  ["a conversion repeated", () => track("conversion", PAYMENT), 200],
  ["a conversion with their payment_ref", () => track("conversion", { ...PAYMENT, event_id: "c9" }), 200],
  ["a conversion without a ref", () => track("conversion", { user_id: "u1", amount_cents: 5, ref: undefined }), 200],
  ["a refund repeated", () => track("refund", REFUND), 200],
  ["a refund of a payment", () => track("refund", { payment_ref: "in_1", amount_cents: 1 }), 200],
  ["a refund of a user", () => track("refund", { user_id: "u1", amount_cents: 1, ref: undefined }), 200],
  ["a refund that waits", () => track("refund", { payment_ref: "in_77" }), 202],
  ["the payment it waits for", () => track("conversion", { ...PAYMENT, event_id: "c8", payment_ref: "in_9" }), 200],
  ["the same affiliate", () => post("/api/v1/affiliates", { email: "mara@example.test", account_id: "acc_1" }), 200],
  ["another affiliate", () => post("/api/v1/affiliates", { email: "new@example.test", account_id: "acc_9" }), 201],
  ["the same account that joins", () => post("/api/v1/affiliates/join", { account_id: "acc_1" }), 200],
  ["another account that joins", () => post("/api/v1/affiliates/join", { account_id: "acc_9" }), 201],
  ["a policy of our own for joining", () => put("/api/v1/app/join", { accounts: "none", countries: ["NL"] }), 200],
  ["an account on our list", () => put("/api/v1/app/join/accounts/acc_9"), 204],
  ["an account off our list", () => remove("/api/v1/app/join/accounts/acc_listed"), 204],
  ["terms of our own", () => put("/api/v1/app/terms", { text: "Ours." }), 200],
  ["a choice of our own for the tag", () => put("/api/v1/app/tag", { cookie_days: 1, attribution: "first" }), 200],
  [
    "an invitation of whom both invite",
    () => post("/api/v1/invitations", { email: "both@example.test", name: "x" }),
    200,
  ],
  ["a friend whom both invite", () => befriend(ours), 200],
  ["an invitation taken back", () => remove(`/api/v1/invitations/${invitationOf(ours)}`), 204],
  [
    "a change of the program",
    () => patch("/api/v1/app", { commission_percent: 1, currency: "eur", max_months: 1 }),
    200,
  ],
  ["a change of the affiliate", () => patch(own(), { commission_percent: 99, name: "Ours" }), 200],
  ["a revocation", () => patch(own(), { status: "revoked", reason: "a test" }), 200],
  ["one more code", () => post(`${own()}/codes`, { ref: "onemore" }), 201],
  ["a code retired", () => world.call(`${own()}/codes/ours`, undefined, { key: ours.key, method: "DELETE" }), 204],
  ["an allow-list of our own", () => patch("/api/v1/app", { origins: ["https://ours.example.test"] }), 200],
  ["one more key", () => post("/api/v1/keys", { name: "Server" }), 201],
  ["a key rolled", () => post(`/api/v1/keys/${ours.spareKeyId}/roll`, { overlap_hours: 0 }), 201],
  ["an approval", () => decide("approve"), 200],
  ["a rejection", () => decide("reject"), 200],
  ["a standing rule", () => post("/api/v1/review/rules", { ...RULE, affiliate_id: ours.affiliateId }), 201],
  ["a standing rule ended", () => remove(`/api/v1/review/rules/${ours.ruleId}`), 204],
  ["a bonus repeated", () => post(`${own()}/corrections`, BONUS), 200],
  ["what is owed back", () => post(`${own()}/corrections`, { ...BONUS, amount_cents: -500, event_id: "k2" }), 201],
  ["a hold", () => post(`/api/v1/conversions/${WAITING}/hold`, { reason: "a test" }), 200],
  ["a release", () => post(`/api/v1/conversions/${HELD}/release`, { reason: "a test" }), 200],
  ["a customer assigned", () => assign("u1", ours.affiliateId), 200],
  ["a new customer assigned", () => assign("u9", ours.affiliateId), 200],
  ["a refused call run again", () => post(`/api/v1/drops/${dropOf(ours)}/rerun`, { reason: "a test" }), 200],
  ["a token of the affiliate", () => post(`${own()}/tokens`, { name: "Laptop" }), 201],
  ["a token revoked", () => remove(`${own()}/tokens/${tokenIdOf(ours)}`), 204],
  ["a payout method", () => pay(own(), ours.key), 200],
  ["a payout method, by a token", () => pay(own(), ourToken), 200],
  ["no payout method any more", () => remove(`${own()}/payout-method`), 204],
  ["mails switched off", () => put("/api/v1/app/mails", { mails: { welcome: false } }), 200],
  ["a policy of payouts", () => put("/api/v1/app/payouts", { minimums: { usd: 1, eur: 1 }, schedule: "weekly" }), 200],
  [
    "a redemption of whom both know",
    () => redeem(world, ours, { code: "ours", referred_account_id: "acc_friend" }),
    200,
  ],
  ["their friend code", () => redeem(world, ours, { code: friendCodeOf(theirs), referred_account_id: "acc_2" }), 200],
  ["a redemption", () => redeem(world, ours, { code: friendCodeOf(ours), referred_account_id: "acc_3" }), 200],
  ["a redemption completed", () => post("/api/v1/referrals/complete", { referred_account_id: REFERRED }), 200],
  ["a friend code refreshed", () => asAccount(world, ours, REFERRER).post("/api/v1/referrals/refresh"), 200],
  ["credits spent", () => asAccount(world, ours, REFERRER).post("/api/v1/credits/spend", SPEND), 200],
  [
    "a redemption revoked",
    () => post("/api/v1/credits/revoke", { redemption_id: redemptionOf(ours, "successful"), reason: "a test" }),
    200,
  ],
  ["a token of an account", () => post("/api/v1/tokens", { account_id: REFERRER, email: "x@example.test" }), 201],
  ["a key of tokens rolled", () => post("/api/v1/tokens/key/roll", {}), 200],
  ["a friend program of our own", () => patch("/api/v1/app", { credits: { cap: 1 } }), 200],
  ["a draft", () => post("/api/v1/payouts/batches", {}), 201],
  ["a draft approved", () => post(`/api/v1/payouts/batches/${batchOf(ours, "draft")}/approve`, {}), 200],
  ["a batch run", () => post(`/api/v1/payouts/batches/${batchOf(ours, "approved")}/run`, {}), 200],
  ["a payout settled", () => post(`/api/v1/payouts/${payoutOf(ours, "open")}/settle`, {}), 200],
  ["a payout failed", () => post(`/api/v1/payouts/${payoutOf(ours, "open")}/fail`, { reason: "a test" }), 200],
  [
    "a payout that came back",
    () => post(`/api/v1/payouts/${payoutOf(ours, "settled")}/return`, { reason: "a test" }),
    200,
  ],
  ["a payout resolved", () => resolve(payoutOf(ours, "lost")), 200],
  ["a payout tried again", () => post(`/api/v1/payouts/${payoutOf(ours, "failed")}/retry`, {}), 200],
  ["a cash-out", () => post(`${own()}/cash-out`, {}), 201],
  ["a webhook endpoint", () => post("/api/v1/webhooks", { url: "https://ours.example.test/" }), 201],
  ["a webhook endpoint changed", () => patch(`/api/v1/webhooks/${endpointOf(ours)}`, { enabled: false }), 200],
  ["a webhook secret rolled", () => post(`/api/v1/webhooks/${endpointOf(ours)}/roll`, {}), 200],
  ["a webhook tested", () => post(`/api/v1/webhooks/${endpointOf(ours)}/test`, {}), 200],
  ["an event sent again", () => post(`${deliveryOf(ours, ours)}/resend`, {}), 200],
  ["a webhook endpoint deleted", () => remove(`/api/v1/webhooks/${endpointOf(ours)}`), 204],
  ["a customer erased", () => remove("/api/v1/customers/u1"), 204],
  ["a key revoked", () => remove(`/api/v1/keys/${ours.spareKeyId}`), 204],
  ["a fee collected, repeated", () => collect(ours), 201],
  [
    "an operator's change of our app",
    () => operate({ platform_fee_bps: 0, operator_funded: true, enable_platform_referrals: false }),
    200,
  ],
];

/** A call of ours that names something of theirs. */
const REACHING_OVER: readonly (readonly [string, () => Promise<Answer>, number])[] = [
  ["their code, in a click", () => track("click", { ref: "theirs" }), 202],
  ["their code, in a public click for our app", () => open("click", { ref: "theirs", app_id: ours.id }), 202],
  ["their code, in a signup", () => track("signup", { ref: "theirs", user_id: "u8" }), 404],
  [
    "their code, in a public signup for our app",
    () => open("signup", { ref: "theirs", app_id: ours.id, user_id: "u8" }),
    404,
  ],
  ["their code, for a new user", () => track("conversion", { ref: "theirs", user_id: "u8", amount_cents: 5 }), 404],
  ["their code, for a user of both", () => track("conversion", { ref: "theirs", user_id: "u1", amount_cents: 5 }), 200],
  ["their code, in a refund", () => track("refund", { ref: "theirs", amount_cents: 1 }), 404],
  ["their conversion, in a refund", () => track("refund", { conversion_id: theirConversion }), 404],
  ["their conversion, in a public refund", () => open("refund", { ref: "ours", conversion_id: theirConversion }), 403],
  ["their code, for a checkout of ours", () => open("validate", { ref: "theirs", app_id: ours.id }), 200],
  ["their app, by our key", () => track("signup", { app_id: theirs.id, user_id: "u8" }), 404],
  ["their code, wanted by us", () => post("/api/v1/affiliates", { email: "x@example.test", ref: "THEIRS" }), 409],
  ["their code, wanted once more", () => post(`${own()}/codes`, { ref: "theirs" }), 409],
  ["their code, to be retired by us", () => remove(`${own()}/codes/theirs`), 404],
  ["their code, wanted by who joins", () => post("/api/v1/affiliates/join", { account_id: "x", ref: "theirs" }), 409],
  [
    "a preview for their affiliate",
    () => world.call(`${other()}/status-preview?status=revoked`, undefined, { key: ours.key }),
    404,
  ],
  ["their invitation, taken back", () => remove(`/api/v1/invitations/${invitationOf(theirs)}`), 404],
  ["their affiliate's code", () => remove(`${other()}/codes/theirs`), 404],
  ["their affiliate", () => patch(other(), { status: "revoked", reason: "a test" }), 404],
  ["a code for their affiliate", () => post(`${other()}/codes`, { ref: "foisted" }), 404],
  ["their affiliate's account at Stripe", () => post(`${other()}/payout-method/stripe`, {}), 404],
  [
    "a standing rule for their affiliate",
    () => post("/api/v1/review/rules", { ...RULE, affiliate_id: theirs.affiliateId }),
    404,
  ],
  ["a bonus for their affiliate", () => post(`${other()}/corrections`, BONUS), 404],
  ["their conversion, to be held", () => post(`/api/v1/conversions/${theirConversion}/hold`, { reason: "x" }), 404],
  ["their conversion, released", () => post(`/api/v1/conversions/${theirConversion}/release`, { reason: "x" }), 404],
  ["our customer, for their affiliate", () => assign("u1", theirs.affiliateId), 404],
  ["our customer, by their code", () => assign("u1", ours.affiliateId, "theirs"), 404],
  ["their webhook endpoint", () => patch(`/api/v1/webhooks/${endpointOf(theirs)}`, { enabled: false }), 404],
  ["their webhook secret", () => post(`/api/v1/webhooks/${endpointOf(theirs)}/roll`, {}), 404],
  ["a test of their webhook", () => post(`/api/v1/webhooks/${endpointOf(theirs)}/test`, {}), 404],
  ["their event, to our endpoint", () => post(`${deliveryOf(ours, theirs)}/resend`, {}), 404],
  ["our event, to their endpoint", () => post(`${deliveryOf(theirs, ours)}/resend`, {}), 404],
  ["their event, to their endpoint", () => post(`${deliveryOf(theirs, theirs)}/resend`, {}), 404],
  ["what they were sent", () => get(deliveryOf(theirs, theirs)), 404],
  ["what was sent to their endpoint", () => get(`/api/v1/webhooks/${endpointOf(theirs)}/deliveries`), 404],
  ["their webhook endpoint, deleted", () => remove(`/api/v1/webhooks/${endpointOf(theirs)}`), 404],
  ["their refused call", () => post(`/api/v1/drops/${dropOf(theirs)}/rerun`, { reason: "x" }), 404],
  ["our refused call, by their code", () => rerunByTheirCode(), 404],
  ["their standing rule", () => remove(`/api/v1/review/rules/${theirs.ruleId}`), 404],
  ["their batch, to be approved", () => post(`/api/v1/payouts/batches/${batchOf(theirs, "draft")}/approve`, {}), 404],
  ["their batch, to be run", () => post(`/api/v1/payouts/batches/${batchOf(theirs, "approved")}/run`, {}), 404],
  [
    "their batch, to be called off",
    () => post(`/api/v1/payouts/batches/${batchOf(theirs, "draft")}/cancel`, { reason: "a test" }),
    404,
  ],
  ["their payout, to be settled", () => post(`/api/v1/payouts/${payoutOf(theirs, "open")}/settle`, {}), 404],
  ["their payout, to be failed", () => post(`/api/v1/payouts/${payoutOf(theirs, "open")}/fail`, { reason: "x" }), 404],
  [
    "their payout, come back",
    () => post(`/api/v1/payouts/${payoutOf(theirs, "settled")}/return`, { reason: "x" }),
    404,
  ],
  ["their payout, to be resolved", () => resolve(payoutOf(theirs, "lost")), 404],
  ["their payout, tried again", () => post(`/api/v1/payouts/${payoutOf(theirs, "failed")}/retry`, {}), 404],
  [
    "their payout, among the results of our batch",
    () =>
      post(`/api/v1/payouts/batches/${batchOf(ours, "running")}/results`, {
        results: [{ payout_id: payoutOf(theirs, "open"), status: "settled" }],
      }),
    200,
  ],
  ["a draft for their affiliate", () => post("/api/v1/payouts/batches", { affiliate_id: theirs.affiliateId }), 409],
  ["a cash-out of their affiliate", () => post(`${other()}/cash-out`, {}), 404],
  ["their key, to be rolled", () => post(`/api/v1/keys/${theirs.spareKeyId}/roll`, { overlap_hours: 0 }), 404],
  ["their key, to be revoked", () => remove(`/api/v1/keys/${theirs.spareKeyId}`), 404],
  ["a token for their affiliate", () => post(`${other()}/tokens`, { name: "Laptop" }), 404],
  ["their token, as our affiliate's", () => remove(`${own()}/tokens/${tokenIdOf(theirs)}`), 404],
  ["their token, as their affiliate's", () => remove(`${other()}/tokens/${tokenIdOf(theirs)}`), 404],
  ["their affiliate's payout method", () => pay(other(), ours.key), 404],
  ["their affiliate's payout method, by a token", () => pay(other(), ourToken), 404],
  ["their affiliate's payout method, by a token that names their app", () => pay(other(), ourToken, theirs.id), 404],
  ["their affiliate without a payout method", () => remove(`${other()}/payout-method`), 404],
  ["a key for their app", () => post(`/api/v1/keys?app_id=${theirs.id}`, { name: "Server" }), 201],
  ["their app, in the query", () => patch(`/api/v1/app?app_id=${theirs.id}`, { name: "Ours" }), 200],
  ["their app, as an operator's route", () => patch(`/api/v1/apps/${theirs.id}`, { name: "Ours" }), 404],
];

describe("a call of ours under names that both use", () => {
  beforeEach(begin);

  test("D-tenancy both are told of their own first calls: no name of one was a replay of the other", async () => {
    const [a, b] = await Promise.all([ours, theirs].map((app) => read(app, "/balance")));
    expect(a?.body).toEqual(b?.body);
    expect(a?.body.balances[0].pending_cents).toBeGreaterThan(0);
    expect(await rowCounts(ours)).toEqual(await rowCounts(theirs));
  });

  test.each(NAMED_ALIKE)("D-tenancy leaves them as they are: %s", expectTheirsUnmoved);
});

// None of these sees what another did to our own app, so they share one beginning.
describe("a call of ours that names what is theirs", () => {
  beforeAll(begin);

  test.each(REACHING_OVER)("D-tenancy does nothing to them: %s", expectTheirsUnmoved);

  test.each([
    "",
    "/balance",
    "/commissions",
    "/stats",
    "/corrections",
    "/statement",
    "/payouts",
    "/status-preview?status=revoked",
    "/tokens",
    "/payout-method",
  ])("D-tenancy their affiliate%s is not there for us", async (rest) => {
    expect((await world.call(`${other()}${rest}`, undefined, { key: ours.key })).status).toBe(404);
  });

  test("D-tenancy what explains theirs is to us as if nobody knew it", async () => {
    expect((await explain(`conversion_id=${theirConversion}`)).status).toBe(404);
    // Our own refused calls that named it are ours to see.
    const [theirCode, never] = [await explain("ref=theirs"), await explain("ref=neverissued")];
    const { state, affiliate, created_at, counts, referrals } = never.body.explain;
    expect(theirCode.body.explain).toMatchObject({ state, affiliate, created_at, counts, referrals });
    expect(JSON.stringify(theirCode.body)).not.toContain(theirs.affiliateId);
    for (const query of ["user_id=u1", "user_id=u2", "account_id=acc_1", "ref=ours"]) {
      const answer = await explain(query);
      expect(answer.status).toBe(200);
      for (const secret of [theirs.id, theirs.affiliateId, '"theirs"', theirConversion]) {
        expect(JSON.stringify(answer.body)).not.toContain(secret);
      }
    }
  });

  test("D-tenancy no list of ours shows anything of theirs", async () => {
    const lists = [
      "/api/v1/app",
      "/api/v1/keys",
      "/api/v1/app/join",
      "/api/v1/app/join/accounts",
      "/api/v1/app/terms",
      "/api/v1/app/tag",
      "/api/v1/invitations",
      "/api/v1/audit",
      "/api/v1/review",
      "/api/v1/review/rules",
      "/api/v1/affiliates",
      own(),
      `${own()}/balance`,
      `${own()}/commissions`,
      `${own()}/stats`,
      `${own()}/statement`,
      `${own()}/payouts`,
      "/api/v1/app/payouts",
      "/api/v1/payouts",
      `/api/v1/payouts?affiliate_id=${theirs.affiliateId}`,
      `/api/v1/payouts?batch_id=${batchOf(theirs, "running")}`,
      "/api/v1/payouts/preview",
      `/api/v1/payouts/preview?affiliate_id=${theirs.affiliateId}`,
      "/api/v1/payouts/batches",
      "/api/v1/ledger",
      `/api/v1/ledger?affiliate_id=${theirs.affiliateId}`,
      `/api/v1/ledger?conversion_id=${theirConversion}`,
      "/api/v1/books",
      "/api/v1/fees",
      `${own()}/corrections`,
      `/api/v1/conversions/${WAITING}`,
      `${own()}/status-preview?status=revoked`,
      `${own()}/tokens`,
      `${own()}/payout-method`,
    ];
    const secrets = [...secretsOfTheirs(), '"theirs"'];
    for (const path of lists) {
      for (const query of ["", `?app_id=${theirs.id}`]) {
        const separated = path.includes("?") ? query.replace("?", "&") : query;
        const answer = await world.call(path + separated, undefined, { key: ours.key });
        expect(answer.status).toBe(200);
        for (const secret of secrets) expect(JSON.stringify(answer.body)).not.toContain(secret);
      }
    }
    const drops = await world.call("/api/v1/drops", undefined, { key: ours.key });
    // The words of our own refused calls, in which we named their code.
    const users = new Set(drops.body.drops.map((drop: Json) => drop.user_id));
    expect(users).toEqual(new Set(["u1", "u7", "u8", null]));
    for (const secret of [theirs.id, theirConversion, String(dropOf(theirs))]) {
      expect(JSON.stringify(drops.body)).not.toContain(secret);
    }
  });

  test("D-tenancy a cursor of theirs shows us nothing but ours", async () => {
    const cursor = `0.${theirs.affiliateId}`;
    for (const list of [
      "affiliates",
      "keys",
      "audit",
      "review",
      "review/rules",
      "drops",
      `affiliates/${ours.affiliateId}/tokens`,
    ]) {
      const answer = await world.call(`/api/v1/${list}?cursor=${cursor}`, undefined, { key: ours.key });
      expect(answer.status).toBe(200);
      for (const secret of [theirs.affiliateId, theirs.spareKeyId, theirs.ruleId, tokenIdOf(theirs)]) {
        expect(JSON.stringify(answer.body)).not.toContain(secret);
      }
    }
  });
});

const PAYMENT = { user_id: "u1", amount_cents: 10_000, event_id: "c1", payment_ref: "in_1" };
const RULE = { max_event_cents: 10_000, max_day_cents: 50_000, reason: "a test" };
const BONUS = { amount_cents: 500, reason: "a test", event_id: "k1" };
const REFUND = { user_id: "u1", amount_cents: 100, event_id: "r1" };

/** A world with both of them, alive. */
async function begin(): Promise<void> {
  world = await createWorld();
  ours = await world.newApp({ ref: "ours" });
  theirs = await world.newApp({ ref: "theirs" });
  for (const app of [theirs, ours]) {
    await announce(world, app);
    world.advance(1);
    await live(app);
    await befriend(app);
    await collect(app);
  }
  const { commissions } = (await read(theirs, "/commissions")).body;
  theirConversion = commissions[0].id;
  ourToken = await issueToken(world, ours);
  await issueToken(world, theirs);
  theirRows = await dumpApp(world.db, theirs.id);
}

/** What both apps have lived through, under the same names. */
async function live(app: TestApp): Promise<void> {
  const vouched = { key: app.key };
  const steps: readonly (readonly [string, Record<string, unknown>, { key: string } | undefined, number])[] = [
    ["affiliates", { email: "mara@example.test", account_id: "acc_1" }, vouched, 201],
    ["affiliates/join", { account_id: "acc_2" }, vouched, 201],
    ["click", { visitor: "v1" }, undefined, 202],
    ["signup", { user_id: "u1", email: "u1@example.test", event_id: "s1" }, vouched, 200],
    ["signup", { user_id: "u2", email: "u2@example.test", event_id: "s1" }, undefined, 200],
    ["conversion", PAYMENT, vouched, 200],
    ["conversion", { ...PAYMENT, user_id: "u2", payment_ref: "in_2" }, undefined, 200],
    ["conversion", { user_id: "u2", amount_cents: 777 }, undefined, 200],
    ["refund", REFUND, vouched, 200],
    ["refund", { ...REFUND, user_id: "u2" }, undefined, 200],
    ["refund", { payment_ref: "in_9", event_id: "r9" }, vouched, 202],
    [`affiliates/${app.affiliateId}/corrections`, BONUS, vouched, 201],
  ];
  await world.call("/api/v1/app/join/accounts/acc_listed", undefined, { ...vouched, method: "PUT" });
  for (const [name, body, options, status] of steps) {
    const isTracking = !name.startsWith("affiliates");
    const path = isTracking ? `/api/track/${name}` : `/api/v1/${name}`;
    const answer = await world.call(path, isTracking ? { ref: app.ref, ...body } : body, options);
    expect({ name, status: answer.status, replayed: answer.headers.get("Idempotent-Replayed") }).toEqual({
      name,
      status,
      replayed: null,
    });
    // Of two payments of one instant no one can say which is the newer.
    world.advance(1);
  }
}

async function expectTheirsUnmoved(_: string, act: () => Promise<Answer>, status: number): Promise<void> {
  const answer = await act();
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
  const text = JSON.stringify(answer.body) ?? "";
  for (const secret of secretsOfTheirs()) expect(text).not.toContain(secret);
  expect(await dumpApp(world.db, theirs.id)).toEqual(theirRows);
  expect(await auditBooks(world.db)).toEqual([]);
}

function secretsOfTheirs(): readonly string[] {
  return [
    theirs.id,
    theirs.affiliateId,
    theirs.spareKeyId,
    theirs.ruleId,
    tokenIdOf(theirs),
    invitationOf(theirs),
    theirConversion,
  ];
}

function own(): string {
  return `/api/v1/affiliates/${ours.affiliateId}`;
}

function other(): string {
  return `/api/v1/affiliates/${theirs.affiliateId}`;
}

function explain(query: string): Promise<Answer> {
  return world.call(`/api/v1/explain?${query}`, undefined, { key: ours.key });
}

function track(name: string, body: object): Promise<Answer> {
  return world.call(`/api/track/${name}`, { ref: ours.ref, ...body }, { key: ours.key });
}

function open(name: string, body: object): Promise<Answer> {
  return world.call(`/api/track/${name}`, { user_id: "u1", amount_cents: 1, ...body });
}

function post(path: string, body: object): Promise<Answer> {
  return world.call(path, body, { key: ours.key });
}

function decide(decision: string): Promise<Answer> {
  return post("/api/v1/review", { decision, conversion_ids: [WAITING], reason: "a test" });
}

function assign(userId: string, affiliateId: string, ref?: string): Promise<Answer> {
  return post(`/api/v1/customers/${userId}/assign`, { affiliate_id: affiliateId, ref, reason: "a test" });
}

function rerunByTheirCode(): Promise<Answer> {
  return post(`/api/v1/drops/${dropOf(ours)}/rerun`, { ref: "theirs", reason: "a test" });
}

function pay(affiliate: string, key: string, appId = ours.id): Promise<Answer> {
  const method = { kind: "paypal", email: "mara@example.test" };
  return world.call(`${affiliate}/payout-method?app_id=${appId}`, method, { key, method: "PUT" });
}

function patch(path: string, body: object): Promise<Answer> {
  return world.call(path, body, { key: ours.key, method: "PATCH" });
}

function put(path: string, body?: object): Promise<Answer> {
  return world.call(path, body, { key: ours.key, method: "PUT" });
}

function remove(path: string): Promise<Answer> {
  return world.call(path, undefined, { key: ours.key, method: "DELETE" });
}

/** By the operator, for our app. */
function resolve(payoutId: string): Promise<Answer> {
  const body = { status: "failed", reason: "a test" };
  return world.call(`/api/v1/payouts/${payoutId}/resolve?app_id=${ours.id}`, body, { key: world.operatorKey });
}

function operate(body: object): Promise<Answer> {
  return world.call(`/api/v1/apps/${ours.id}`, body, { key: world.operatorKey, method: "PATCH" });
}

/** An account that both apps have invites a friend that both invite. */
function befriend(app: TestApp): Promise<Answer> {
  const headers = { "X-Account-Id": "u1" };
  return world.call("/api/v1/referrals/send", { email: "both@example.test" }, { key: app.key, headers });
}

/** Under the same event_id for both. */
function collect(app: TestApp): Promise<Answer> {
  const body = { app_id: app.id, currency: "usd", amount_cents: 1, reason: "a test", event_id: "f1" };
  return world.call("/api/v1/platform/fees/collections", body, { key: world.operatorKey });
}

function read(app: TestApp, rest: string): Promise<Answer> {
  return world.call(`/api/v1/affiliates/${app.affiliateId}${rest}`, undefined, { key: app.key });
}

function get(path: string): Promise<Answer> {
  return world.call(path, undefined, { key: ours.key });
}

function deliveryOf(endpoint: TestApp, event: TestApp): string {
  return `/api/v1/webhooks/${endpointOf(endpoint)}/deliveries/${webhookEventOf(event)}`;
}

async function rowCounts(app: TestApp): Promise<readonly unknown[]> {
  return Object.entries(await dumpApp(world.db, app.id)).map(([table, rows]) => [table, rows.length]);
}
