import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { addApplicant, addCreator, DAY_MS, setStatus, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { type CallOptions, createWorld, type TestApp, type World } from "../support/world.ts";

const CREATED_AT = "2026-01-15T12:00:00.000Z";

let world: World;
let app: TestApp;
let rival: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  rival = await addCreator(world, app, "rival");
});

describe("a signup", () => {
  test("AL21 makes a referral, whoever reports it", async () => {
    const referral = (user_id: string) => ({
      referral: { id: anyId("ref"), ref: app.ref, user_id, status: "active", created_at: CREATED_AT },
    });
    expect(await signup({ user_id: "u1", app_id: app.id })).toEqual(answered(200, referral("u1")));
    expect(await signup({ user_id: "u2", email: "u2@example.test" }, { key: app.key })).toEqual(
      answered(200, referral("u2")),
    );
    expect(await referrals()).toEqual([
      ["u1", app.affiliateId, "public"],
      ["u2", app.affiliateId, "vouched"],
    ]);
  });

  test("AL21 repeated answers the first, days later and counted once", async () => {
    const first = await signup({});
    world.advance(3 * DAY_MS);
    expect(await signup({ email: "late@example.test" })).toEqual(answered(200, first.body));
    expect(await signup({}, { key: app.key })).toEqual(answered(200, first.body));
    expect(await statsOf(world, app)).toMatchObject([{ signups: 1 }]);
  });

  test("AL21 under another ref tells the public already_referred and no more", async () => {
    await signup({});
    expect(await signup({ ref: rival.ref })).toEqual(
      answered(200, { referral: { user_id: "u1", status: "already_referred" } }),
    );
    expect(await referrals()).toEqual([["u1", app.affiliateId, "public"]]);
  });

  test("AL21 repeated by the public after a backend's answers the first, and no more under another ref", async () => {
    const first = await signup({}, { key: app.key });
    expect(await signup({})).toEqual(answered(200, first.body));
    expect(await signup({ ref: rival.ref })).toEqual(
      answered(200, { referral: { user_id: "u1", status: "already_referred" } }),
    );
    expect(await referrals()).toEqual([["u1", app.affiliateId, "vouched"]]);
  });

  test("AL21 under another code of the same affiliate tells the public no more either", async () => {
    await signup({});
    await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, { ref: "second" }, { key: app.key });
    expect(await signup({ ref: "second" })).toEqual(
      answered(200, { referral: { user_id: "u1", status: "already_referred" } }),
    );
  });

  test("AL21 under another ref answers a backend the stored referral", async () => {
    const first = await signup({}, { key: app.key });
    expect(await signup({ ref: rival.ref }, { key: app.key })).toEqual(answered(200, first.body));
  });

  test("AL21 keeps no e-mail address, only what recognises it and a masked form", async () => {
    await signup({ email: " Mara.Smith@Example.TEST " });
    const [row] = await rowsOf(world.db, "referral");
    expect(row).toMatchObject({
      email_hmac: expect.stringMatching(/^[0-9a-f]{64}$/),
      email_mask: "m•••@example.test",
    });
    expect(JSON.stringify(row)).not.toMatch(/mara\.smith/i);
  });

  test.each([
    ["a whole number", 4711, "4711"],
    ["text", "4711", "4711"],
    ["a uuid", "2f1b1f0e-7a3c-4f6e-9a64-0c9f6d8e1a11", "2f1b1f0e-7a3c-4f6e-9a64-0c9f6d8e1a11"],
  ])("AL21 takes a user id that is %s", async (_, user_id, stored) => {
    const made = await signup({ user_id });
    expect(made).toMatchObject({ status: 200, body: { referral: { user_id: stored } } });
  });

  test("AL21 of a user of another app is another user", async () => {
    const stranger = await world.newApp();
    const first = await signup({});
    const second = await world.call("/api/track/signup", { ref: stranger.ref, user_id: "u1" });
    expect(second.body.referral.id).not.toBe(first.body.referral.id);
    expect(second.body.referral.status).toBe("active");
  });

  test.each([
    ["no user_id", { user_id: undefined }, "user_id"],
    ["an empty user_id", { user_id: "" }, "user_id"],
    ["a fraction as user_id", { user_id: 1.5 }, "user_id"],
    ["no ref", { ref: undefined }, "ref"],
    ["no e-mail address", { email: "mara" }, "email"],
    ["two addresses", { email: "a@example.test,b@example.test" }, "email"],
    ["an address of 255 characters", { email: `${"a".repeat(242)}@example.test` }, "email"],
    ["a customer's age without a zone", { customer_created_at: "2026-01-31 12:00" }, "customer_created_at"],
    ["a day that does not exist", { customer_created_at: "2026-02-31T12:00:00Z" }, "customer_created_at"],
  ])("AL21 refuses %s", async (_, body, path) => {
    expect(await signup(body)).toEqual(refused(400, "invalid_request", [path]));
    expect(await referrals()).toEqual([]);
  });

  test("AL21 names every field at fault at once", async () => {
    expect(await signup({ user_id: "", email: "mara" })).toEqual(refused(400, "invalid_request", ["user_id", "email"]));
  });
});

describe("the code of a signup must be live", () => {
  const CASES: readonly (readonly [string, () => Promise<object> | object])[] = [
    ["was never issued", () => ({ ref: "nobody" })],
    ["is no code", () => ({ ref: "no code" })],
    ["is another app's", async () => ({ ref: (await world.newApp()).ref, app_id: app.id })],
    ["is not of the app that is named", async () => ({ app_id: (await world.newApp()).id })],
    ["is retired", async () => (await retire(), {})],
    ["is of a revoked affiliate", async () => (await setStatus(world, app, "revoked"), {})],
    ["is of one who only applied", async () => ({ ref: (await addApplicant(world, app, "waiting")).ref })],
    ["has expired", async () => (await addExpired("old"), { ref: "old" })],
  ];

  test.each(CASES)("AL41b 404 when it %s, for everybody alike", async (_, bodyOf) => {
    const body = await bodyOf();
    expect(await signup(body)).toEqual(refused(404, "unknown_ref"));
    expect(await signup(body, { key: app.key })).toEqual(refused(404, "unknown_ref"));
    expect(await referrals()).toEqual([]);
  });

  test("AL41b also for a user who has a referral: a signup names a code, and it is unknown", async () => {
    await signup({});
    expect(await signup({ ref: "nobody" })).toEqual(refused(404, "unknown_ref"));
  });

  test("AL41b a key of another app does not open this app's codes", async () => {
    const stranger = await world.newApp();
    expect(await signup({}, { key: stranger.key })).toEqual(refused(404, "unknown_ref"));
    expect(await signup({ app_id: app.id }, { key: stranger.key })).toEqual(refused(404, "unknown_ref"));
  });

  test("AL47 a code with expires_at works until then and is unknown afterwards", async () => {
    const expires_at = "2026-01-16T00:00:00Z";
    const made = await world.call(
      `/api/v1/affiliates/${app.affiliateId}/codes`,
      { ref: "oneDay", expires_at },
      { key: app.key },
    );
    expect(made.status).toBe(201);
    world.advance(12 * 3_600_000 - 1);
    expect((await signup({ ref: "ONEDAY", user_id: "before" })).status).toBe(200);
    world.advance(1);
    expect(await signup({ ref: "oneday", user_id: "after" })).toEqual(refused(404, "unknown_ref"));
    expect((await signup({ ref: app.ref, user_id: "after" })).status).toBe(200);
  });

  test("AL47 codes are compared without regard to case, and shown as they were chosen", async () => {
    const mixed = await addCreator(world, app, "MiXeD");
    const made = await signup({ ref: "mIxEd" });
    expect(made.body.referral.ref).toBe(mixed.ref);
    expect(await signup({ ref: "MIXED" })).toEqual(answered(200, made.body));
  });

  test("D-suspended a suspended affiliate goes on being credited", async () => {
    await setStatus(world, app, "suspended");
    expect((await signup({})).status).toBe(200);
  });
});

describe("a code typed at checkout", () => {
  test("AL49 is valid while it is live, in any case", async () => {
    expect(await validate({ ref: app.ref })).toEqual(answered(200, { valid: true }));
    expect(await validate({ ref: app.ref.toUpperCase() })).toEqual(answered(200, { valid: true }));
  });

  const DEAD: readonly (readonly [string, () => Promise<object> | object])[] = [
    ["never issued", () => ({ ref: "nobody" })],
    ["that is none", () => ({ ref: "10% off!" })],
    ["of another app", async () => ({ ref: (await world.newApp()).ref })],
    ["of an app that does not exist", () => ({ app_id: "app_none" })],
    ["of a revoked affiliate", async () => (await setStatus(world, app, "revoked"), {})],
  ];

  test.each(DEAD)("AL49 a code %s is not, and nothing else is told", async (_, bodyOf) => {
    expect(await validate(await bodyOf())).toEqual(answered(200, { valid: false }));
  });

  test.each([
    ["no app", { app_id: undefined }, "app_id"],
    ["no ref", { ref: undefined }, "ref"],
    ["a number", { ref: 5 }, "ref"],
  ])("AL49 refuses %s", async (_, body, path) => {
    expect(await validate(body)).toEqual(refused(400, "invalid_request", [path]));
  });

  test("AL49 a suspended affiliate's code is valid", async () => {
    await setStatus(world, app, "suspended");
    expect(await validate({})).toEqual(answered(200, { valid: true }));
  });
});

function signup(body: object, options?: CallOptions) {
  return world.call("/api/track/signup", { ref: app.ref, user_id: "u1", ...body }, options);
}

async function referrals(): Promise<readonly unknown[]> {
  return (await rowsOf(world.db, "referral")).map((row) => [row["user_id"], row["affiliate"], row["trust"]]);
}

async function retire(): Promise<void> {
  const path = `/api/v1/affiliates/${app.affiliateId}/codes/${app.ref}`;
  await world.call(path, undefined, { key: app.key, method: "DELETE" });
}

async function addExpired(ref: string): Promise<void> {
  const body = { ref, expires_at: "2026-01-15T12:00:00Z" };
  await world.call(`/api/v1/affiliates/${app.affiliateId}/codes`, body, { key: app.key });
}

function validate(body: object) {
  return world.call("/api/track/validate", { ref: app.ref, app_id: app.id, ...body });
}
