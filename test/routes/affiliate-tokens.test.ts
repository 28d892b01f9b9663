import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { issueKey, issueToken } from "../support/keys.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const HOUR_MS = 3_600_000;
const NOW = "2026-01-15T12:00:00.000Z";

/** A new token as it is shown, to be overridden. */
const TOKEN = {
  id: anyId("tok"),
  name: "Laptop",
  prefix: "al_at_",
  last4: expect.stringMatching(/^[0-9A-Za-z]{4}$/),
  created_at: NOW,
  expires_at: null,
  last_used_on: null,
};

let db: FaultyDb;
let world: World;
let app: TestApp;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
});

describe("POST /api/v1/affiliates/:id/tokens", () => {
  test("R-tokens makes a token, shown this once, that reads what is its affiliate's", async () => {
    const made = await create({ name: "Laptop" });
    expect(made).toEqual(answered(201, { token: TOKEN, secret: expect.stringMatching(/^al_at_[0-9A-Za-z]{36}$/) }));
    expect(made.body.token.last4).toBe(made.body.secret.slice(-4));
    expect((await own(made.body.secret)).body.affiliate.id).toBe(app.affiliateId);
    const said = JSON.stringify([await dumpDatabase(db), (await listed()).body, (await audited()).body]);
    expect(said.includes(made.body.secret)).toBe(false);
    expect(said.includes(made.body.secret.slice(6, 36))).toBe(false);
  });

  test("R-tokens takes an expiry, to the millisecond", async () => {
    const made = await create({ name: "Laptop", expires_at: "2026-01-15T13:00:00Z" });
    expect(made.body.token).toEqual({ ...TOKEN, expires_at: "2026-01-15T13:00:00.000Z" });
    world.advance(HOUR_MS - 1);
    expect((await own(made.body.secret)).status).toBe(200);
    world.advance(1);
    expect(await own(made.body.secret)).toEqual(refused(401, "unauthorized"));
  });

  test.each([
    ["no name", { name: undefined }, ["name"]],
    ["an empty name", { name: "" }, ["name"]],
    ["an expiry that is now", { expires_at: NOW }, ["expires_at"]],
    ["a date without a time", { expires_at: "2027-01-01" }, ["expires_at"]],
  ])("R-tokens refuses %s", async (_, body, paths) => {
    const before = await dumpDatabase(db);
    expect(await create({ name: "Laptop", ...body })).toEqual(refused(400, "invalid_request", paths));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("R-tokens E-conflict twenty live ones are the most, also when two are asked for at once", async () => {
    for (let count = 0; count < 19; count++) await issueToken(world, app);
    // What is over counts no more, nor does another affiliate's.
    await issueToken(world, app, { expiresAt: world.deps.now() });
    await issueToken(world, app, { revokedAt: 1 });
    const other = await otherAffiliate();
    await issueToken(world, app, { affiliateId: other });
    const answers = await Promise.all([create({ name: "A" }), create({ name: "B" })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(await create({ name: "Laptop" })).toEqual(refused(409, "conflict"));
    expect((await create({ name: "Laptop" }, { affiliateId: other })).status).toBe(201);
  });

  test("R-tokens E-conflict a key that ends makes none that outlives it", async () => {
    const key = await issueKey(world, app, { expiresAt: world.deps.now() + HOUR_MS });
    const before = await dumpDatabase(db);
    expect(await create({ name: "For ever" }, { key })).toEqual(refused(409, "conflict"));
    expect(await create({ name: "Longer", expires_at: "2026-01-15T13:00:00.001Z" }, { key })).toEqual(
      refused(409, "conflict"),
    );
    expect((await dumpDatabase(db))["audit"]).toEqual(before["audit"]);
    expect((await create({ name: "As long", expires_at: "2026-01-15T13:00:00Z" }, { key })).status).toBe(201);
  });

  test("R-tokens E-unauthorized nor does a key that was revoked elsewhere and is still believed here, nor end one", async () => {
    const { key } = app;
    const token = (await create({ name: "Laptop" })).body.token.id;
    await db.batch([{ sql: "UPDATE api_key SET revoked_at = 1 WHERE affiliate IS NULL", args: [] }]);
    const before = await dumpDatabase(db);
    expect(await create({ name: "Backdoor" }, { key })).toEqual(refused(401, "unauthorized"));
    expect(await revoke(token)).toEqual(refused(401, "unauthorized"));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test.each([
    ["a new token", () => create({ name: "Laptop" })],
    ["a revocation", async () => revoke((await create({ name: "Laptop" })).body.token.id)],
  ])("R-tokens AL-i2 a batch that is applied twice is once: %s", async (_, act) => {
    db.fault("repeated");
    expect((await act()).status).toBeLessThan(300);
    db.fault("none");
    expect((await rowsOf(db, "api_key")).filter(({ affiliate }) => affiliate !== null)).toHaveLength(1);
    const lines = (await rowsOf(db, "audit")).map(({ action }) => String(action)).filter((a) => a.startsWith("token."));
    expect(new Set(lines).size).toBe(lines.length);
  });

  test("R-tokens the twentieth is there, though its batch then meets twenty", async () => {
    for (let count = 0; count < 19; count++) await issueToken(world, app);
    db.fault("repeated");
    expect((await create({ name: "Laptop" })).status).toBe(201);
  });

  test("R-tokens R-audit making and ending one leaves a line about the affiliate", async () => {
    const { id } = (await create({ name: "Laptop" })).body.token;
    await revoke(id);
    const { entries } = (await audited()).body;
    expect(entries).toMatchObject([
      { action: "token.revoked", object: app.affiliateId, before: { token: id }, after: null },
      { action: "token.created", after: { token: id, name: "Laptop", expires_at: null } },
      {},
    ]);
  });
});

describe("GET and DELETE /api/v1/affiliates/:id/tokens", () => {
  test("R-tokens D-lists lists them oldest first, expired ones too, no revoked one, no key and nobody else's", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      ids.push((await create({ name: `T${count}`, expires_at: "2026-01-15T12:00:01Z" })).body.token.id);
      world.advance(1);
    }
    await issueToken(world, app, { affiliateId: await otherAffiliate() });
    await revoke(ids[1] ?? "");
    world.advance(1_000);
    const pages = await walkPages(world, { path: path(), key: app.key, items: "tokens", limit: 3 });
    expect(pages.map((page) => page.length)).toEqual(pageSizes(4, 3));
    expect(pages.flat().map(({ name }: Json) => name)).toEqual(["T0", "T2", "T3", "T4"]);
  });

  test("R-tokens is the day of the last call that it was let in for", async () => {
    const { token, secret } = (await create({ name: "Laptop" })).body;
    await world.call("/api/v1/app", undefined, { key: secret });
    expect((await listed()).body.tokens).toMatchObject([{ id: token.id, last_used_on: null }]);
    await own(secret);
    expect((await listed()).body.tokens).toMatchObject([{ id: token.id, last_used_on: "2026-01-15" }]);
  });

  test("R-tokens D-affiliate_tokens a revoked one is refused at once in this process, and elsewhere within a minute", async () => {
    const elsewhere = await createWorld({ db });
    const { token, secret } = (await create({ name: "Laptop" })).body;
    const there = () => elsewhere.call(`/api/v1/affiliates/${app.affiliateId}`, undefined, { key: secret });
    expect([(await own(secret)).status, (await there()).status]).toEqual([200, 200]);
    expect(await revoke(token.id)).toEqual(answered(204, null));
    expect(await own(secret)).toEqual(refused(401, "unauthorized"));
    elsewhere.advance(60_000);
    expect(await there()).toEqual(refused(401, "unauthorized"));
    const before = await dumpDatabase(db);
    expect(await revoke(token.id)).toEqual(answered(204, null));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("R-tokens any key that may manage ends one, also a key that ends before it", async () => {
    const { token } = (await create({ name: "Laptop" })).body;
    const key = await issueKey(world, app, { scopes: ["manage"], expiresAt: world.deps.now() + 1 });
    expect((await revoke(token.id, { key })).status).toBe(204);
  });

  test("R-tokens E-not_found an affiliate or token that is not there, or not theirs", async () => {
    const stranger = await world.newApp();
    const token = (await create({ name: "Laptop" })).body.token.id;
    const other = await otherAffiliate();
    const [mine, theirs] = [await dumpApp(db, app.id), await dumpApp(db, stranger.id)];
    for (const affiliateId of ["aff_none", stranger.affiliateId]) {
      expect(await create({ name: "Laptop" }, { affiliateId })).toEqual(refused(404, "not_found"));
      expect(await listed({ affiliateId })).toEqual(refused(404, "not_found"));
      expect(await revoke(token, { affiliateId })).toEqual(refused(404, "not_found"));
    }
    expect(await revoke(token, { affiliateId: other })).toEqual(refused(404, "not_found"));
    expect(await revoke(token, { key: stranger.key })).toEqual(refused(404, "not_found"));
    expect(await revoke("tok_none")).toEqual(refused(404, "not_found"));
    expect([await dumpApp(db, app.id), await dumpApp(db, stranger.id)]).toEqual([mine, theirs]);
  });
});

describe("tokens and keys are apart", () => {
  test("D-affiliate_tokens R-keys no list of one shows the other, and no route of one reaches the other", async () => {
    const token = (await create({ name: "Laptop" })).body.token.id;
    const { keys } = (await world.call("/api/v1/keys", undefined, { key: app.key })).body;
    expect(new Set(keys.map(({ name }: Json) => name))).toEqual(new Set(["First key", "Spare"]));
    const before = await dumpDatabase(db);
    const options = { key: app.key, method: "DELETE" };
    expect(await world.call(`/api/v1/keys/${token}`, undefined, options)).toEqual(refused(404, "not_found"));
    expect(await world.call(`/api/v1/keys/${token}/roll`, {}, { key: app.key })).toEqual(refused(404, "not_found"));
    expect(await revoke(app.spareKeyId)).toEqual(refused(404, "not_found"));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("D-affiliate_tokens R-keys neither counts to the most there may be of the other", async () => {
    for (let count = 0; count < 20; count++) await issueToken(world, app);
    for (let count = 2; count < 50; count++) await issueKey(world, app, { scopes: ["track"] });
    expect(await world.call("/api/v1/keys", { name: "One more" }, { key: app.key })).toEqual(refused(409, "conflict"));
    await world.call(`/api/v1/keys/${app.spareKeyId}`, undefined, { key: app.key, method: "DELETE" });
    expect((await world.call("/api/v1/keys", { name: "One more" }, { key: app.key })).status).toBe(201);
  });

  test("D-affiliate_tokens a row with scopes is still no key while it is somebody's token", async () => {
    const token = await issueToken(world, app);
    const sql = "UPDATE api_key SET scopes = ?1 WHERE affiliate IS NOT NULL";
    await db.batch([{ sql, args: ['["track","read","manage","payouts"]'] }]);
    expect(await world.call("/api/v1/app", undefined, { key: token })).toEqual(refused(404, "not_found"));
    expect(await world.call("/api/v1/keys", { name: "x" }, { key: token })).toEqual(refused(404, "not_found"));
    // Nor does it stand for the last key that may manage.
    await world.call(`/api/v1/keys/${app.spareKeyId}`, undefined, { key: app.key, method: "DELETE" });
    const { keys } = (await world.call("/api/v1/keys", undefined, { key: app.key })).body;
    const last = await world.call(`/api/v1/keys/${keys[0].id}`, undefined, { key: app.key, method: "DELETE" });
    expect(last).toEqual(refused(409, "conflict"));
  });
});

describe("what a token sees", () => {
  test("D-affiliate_tokens its own commissions, balance and days, without the merchant's id of a customer", async () => {
    const sale = { ref: app.ref, user_id: "kim", amount_cents: 10_000 };
    await world.call("/api/track/conversion", sale, { key: app.key });
    const token = await issueToken(world, app);
    const seen = await own(token, "/commissions");
    const known = await own(app.key, "/commissions");
    expect(known.body.commissions).toMatchObject([{ user_id: "kim", net_commission_cents: 2_850 }]);
    expect(seen.body.commissions).toEqual(known.body.commissions.map((row: Json) => ({ ...row, user_id: null })));
    for (const rest of ["", "/balance", "/stats"]) {
      expect((await own(token, rest)).body).toEqual((await own(app.key, rest)).body);
    }
  });

  test("D-affiliate_tokens the statistics of another affiliate's code are not there, by whatever name", async () => {
    const other = await otherAffiliate();
    await world.call("/api/track/click", { ref: "othercreator" }, { key: app.key });
    const token = await issueToken(world, app);
    expect((await own(token, "/stats?ref=othercreator")).body.days).toEqual([]);
    for (const id of [other, other.toUpperCase(), `${app.affiliateId}%2F..%2F${other}`, "", "%00", "undefined"]) {
      const answer = await world.call(`/api/v1/affiliates/${id}`, undefined, { key: token });
      expect(answer).toEqual(refused(404, "not_found"));
    }
  });

  test.each(["applied", "suspended", "revoked"])(
    "D-affiliate_tokens an affiliate who is %s reads on: what they have earned stays theirs",
    async (status) => {
      const token = await issueToken(world, app);
      await own(app.key, "", { status, reason: "a test" });
      expect((await own(token)).body.affiliate.status).toBe(status);
      expect((await create({ name: "Laptop" })).status).toBe(201);
    },
  );

  test("D-affiliate_tokens E-rate_limited each token is counted by itself, like a key", async () => {
    world = await createWorld({ limits: "memory" });
    app = await world.newApp();
    const [busy, idle] = [await issueToken(world, app, { id: "tok_busy" }), await issueToken(world, app)];
    for (let calls = 1; calls < 1_000; calls++) await world.deps.limits.count("key", "key:tok_busy");
    expect((await own(busy)).status).toBe(200);
    expect(await own(busy)).toEqual(refused(429, "rate_limited"));
    expect((await own(idle)).status).toBe(200);
  });
});

function path(affiliateId = app.affiliateId): string {
  return `/api/v1/affiliates/${affiliateId}/tokens`;
}

function create(body: object, { key = app.key, affiliateId = app.affiliateId } = {}): Promise<Answer> {
  return world.call(path(affiliateId), body, { key });
}

function listed({ affiliateId = app.affiliateId } = {}): Promise<Answer> {
  return world.call(path(affiliateId), undefined, { key: app.key });
}

function revoke(id: string, { key = app.key, affiliateId = app.affiliateId } = {}): Promise<Answer> {
  return world.call(`${path(affiliateId)}/${id}`, undefined, { key, method: "DELETE" });
}

function audited(): Promise<Answer> {
  return world.call(`/api/v1/audit?object=${app.affiliateId}`, undefined, { key: app.key });
}

/** What is the affiliate's own, by whoever asks; with a body a change of it. */
function own(key: string, rest = "", change?: object): Promise<Answer> {
  const method = change === undefined ? "GET" : "PATCH";
  return world.call(`/api/v1/affiliates/${app.affiliateId}${rest}`, change, { key, method });
}

async function otherAffiliate(): Promise<string> {
  const body = { email: "other@example.test", ref: "othercreator" };
  return (await world.call("/api/v1/affiliates", body, { key: app.key })).body.affiliate.id;
}
