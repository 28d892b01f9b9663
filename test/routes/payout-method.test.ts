import { beforeEach, describe, expect, test } from "vitest";
import { openMethod } from "../../worker/services/payouts/sealed-method.ts";
import { findPayoutMethod } from "../../worker/store/payout-method-store.ts";
import { answered, refused } from "../support/answers.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { issueToken } from "../support/keys.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const NOW = "2026-01-15T12:00:00.000Z";
const IN_TWO_DAYS = "2026-01-17T12:00:00.000Z";
const PAYPAL = { kind: "paypal", email: "Kim@Pay.test" };
const BANK = { kind: "bank", holder: "Kim Doe", account: "de89 3704 0044 0532 0130 00" };

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("PUT, GET and DELETE /api/v1/affiliates/:id/payout-method", () => {
  test("R-payout_method shows what is in force, masked, and until when payouts wait", async () => {
    expect(await get()).toEqual(answered(200, { payout_method: null }));
    const first = { kind: "paypal", label: "k•••@pay.test", changed_at: NOW, payouts_blocked_until: null };
    expect(await put(PAYPAL)).toEqual(answered(200, { payout_method: first }));
    const changed = { kind: "bank", label: "…3000", changed_at: NOW, payouts_blocked_until: IN_TWO_DAYS };
    expect(await put(BANK)).toEqual(answered(200, { payout_method: changed }));
    expect(await get()).toEqual(answered(200, { payout_method: changed }));
    expect(await remove()).toEqual(answered(204, null));
    expect(await get()).toEqual(answered(200, { payout_method: null }));
    expect(await remove()).toEqual(answered(204, null));
  });

  test("R-payout_method D-affiliate_tokens an affiliate sets their own, and the log says that they did", async () => {
    const token = await issueToken(world, app);
    expect((await put(PAYPAL, token)).status).toBe(200);
    expect((await get(token)).body.payout_method).toMatchObject({ kind: "paypal" });
    expect((await remove(token)).status).toBe(204);
    const actor = `affiliate:${app.affiliateId}`;
    expect((await rowsOf(db, "payout_method")).map((row) => row["actor"])).toEqual([actor, actor]);
    const { entries } = (await world.call("/api/v1/audit?action=payout_method.changed", undefined, { key: app.key }))
      .body;
    expect(entries).toMatchObject([
      { actor, object: app.affiliateId, before: { kind: "paypal", label: "k•••@pay.test" }, after: { kind: "none" } },
      { actor, before: null, after: { kind: "paypal", label: "k•••@pay.test" } },
    ]);
  });

  test.each([
    [PAYPAL, { ...PAYPAL, email: "kim@pay.test" }],
    [BANK, { ...BANK, account: "DE89370400440532013000", bankCode: null, country: null }],
    [
      { kind: "bank", holder: "Kim", account: " 000-123 456 ", bank_code: "026009593", country: "us" },
      { kind: "bank", holder: "Kim", account: "000-123 456", bankCode: "026009593", country: "US" },
    ],
    [
      { kind: "other", details: "=cmd|' /C calc'!A0, and 漢字 😀" },
      { kind: "other", details: "=cmd|' /C calc'!A0, and 漢字 😀" },
    ],
    [
      { ...BANK, holder: "+SUM(A1:A9) & Sons", country: null, x: "unknown keys are ignored" },
      { ...BANK, holder: "+SUM(A1:A9) & Sons", account: "DE89370400440532013000", bankCode: null, country: null },
    ],
  ])("R-payout_method keeps %j", async (body, kept) => {
    expect((await put(body)).status).toBe(200);
    const found = await findPayoutMethod(db, app.id, app.affiliateId);
    expect(found?.method == null ? null : await openMethod(world.deps, found.method)).toEqual(kept);
  });

  test("R-payout_method the same in another spelling is the same, and makes nobody wait", async () => {
    await put(PAYPAL);
    await put(BANK);
    world.advance(72 * 3_600_000);
    const before = await dumpDatabase(db);
    const again = await put({ ...BANK, account: "DE89370400440532013000", country: null });
    expect(again.body.payout_method).toMatchObject({ changed_at: NOW, payouts_blocked_until: null });
    expect({ ...(await dumpDatabase(db)), api_key: [] }).toEqual({ ...before, api_key: [] });
  });

  test.each([
    ["no kind", { email: "kim@pay.test" }, ["kind"]],
    ["an unknown kind", { kind: "cheque" }, ["kind"]],
    ["a kind that only Stripe's pages set", { kind: "stripe", account: "acct_1", payer: "app" }, ["kind"]],
    ["none as a kind", { kind: "none" }, ["kind"]],
    ["an address that is none", { kind: "paypal", email: "kim" }, ["email"]],
    ["two addresses", { kind: "paypal", email: "kim@pay.test,eve@pay.test" }, ["email"]],
    ["a wrong check digit", { ...BANK, account: "DE88370400440532013000" }, ["account"]],
    ["a formula as account", { ...BANK, account: "=1+1" }, ["account"]],
    ["a number as account", { ...BANK, account: 1234567 }, ["account"]],
    ["an account without end", { ...BANK, account: "1".repeat(65) }, ["account"]],
    ["no holder", { ...BANK, holder: "" }, ["holder"]],
    ["a formula as code", { ...BANK, bank_code: "@SUM(1)" }, ["bank_code"]],
    ["no country", { ...BANK, country: "Germany" }, ["country"]],
    ["no details", { kind: "other" }, ["details"]],
    ["control characters", { kind: "other", details: "a\u0000b" }, ["details"]],
    ["a line break", { ...BANK, holder: "Kim\r\nDoe" }, ["holder"]],
  ])("R-payout_method refuses %s", async (_, body, paths) => {
    const before = await dumpDatabase(db);
    expect(await put(body)).toEqual(refused(400, "invalid_request", paths));
    expect({ ...(await dumpDatabase(db)), api_key: [] }).toEqual({ ...before, api_key: [] });
  });

  test("R-payout_method an answer that was lost is asked for again, and nobody waits twice", async () => {
    await put(PAYPAL);
    db.fault("lost-answer");
    expect(await put(BANK)).toEqual(refused(503, "unavailable"));
    db.fault("none");
    world.advance(1_000);
    expect((await put(BANK)).body.payout_method).toMatchObject({ changed_at: NOW, payouts_blocked_until: IN_TWO_DAYS });
    expect(await rowsOf(db, "payout_method")).toHaveLength(2);
    // The welcome is the fourth.
    expect(await rowsOf(db, "outbox")).toHaveLength(4);
  });

  test("R-payout_method E-not_found no such affiliate", async () => {
    for (const id of ["aff_none", (await world.newApp()).affiliateId]) {
      const path = `/api/v1/affiliates/${id}/payout-method`;
      for (const [method, body] of [["GET"], ["PUT", PAYPAL], ["DELETE"]] as const) {
        expect(await world.call(path, body, { key: app.key, method })).toEqual(refused(404, "not_found"));
      }
    }
    expect(await rowsOf(db, "payout_method")).toEqual([]);
  });

  test("R-payout_method who has been revoked still says where what they are owed goes", async () => {
    const change = { status: "revoked", reason: "a test" };
    await world.call(`/api/v1/affiliates/${app.affiliateId}`, change, { key: app.key, method: "PATCH" });
    expect((await put(PAYPAL, await issueToken(world, app))).status).toBe(200);
  });
});

function get(key = app.key): Promise<Answer> {
  return send("GET", undefined, key);
}

function put(body: object, key = app.key): Promise<Answer> {
  return send("PUT", body, key);
}

function remove(key = app.key): Promise<Answer> {
  return send("DELETE", undefined, key);
}

function send(method: string, body: object | undefined, key: string): Promise<Answer> {
  return world.call(`/api/v1/affiliates/${app.affiliateId}/payout-method`, body, { key, method });
}
