import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, DAY_MS } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { walkPages } from "../support/pages.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const TERMS = "/api/v1/app/terms";
const TAG = "/api/v1/app/tag";
const INVITATIONS = "/api/v1/invitations";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("an app's own terms", () => {
  test("R-terms there are none, then each other text is a version, and the same one none", async () => {
    expect(await get(TERMS)).toEqual(answered(200, { terms: { version: 0, text: "", created_at: null } }));
    const first = { version: 1, text: "Be honest.\n\nNo coupons.", created_at: "2026-01-15T12:00:00.000Z" };
    expect(await put(TERMS, { text: "Be honest.\r\n\r\nNo coupons.\n" })).toEqual(answered(200, { terms: first }));
    world.advance(DAY_MS);
    expect((await put(TERMS, { text: "Be honest.\n\nNo coupons." })).body.terms).toEqual(first);
    expect((await put(TERMS, { text: "x".repeat(10_000) })).body.terms.version).toBe(2);
    expect((await put(TERMS, { text: "" })).body.terms).toMatchObject({ version: 3, text: "" });
    expect((await get(TERMS)).body.terms.version).toBe(3);
    expect(await rowsOf(world.db, "program_terms")).toHaveLength(3);
    const changes = (await rowsOf(world.db, "audit")).filter((row) => row["action"] === "terms.changed");
    expect(changes).toHaveLength(3);
    expect(JSON.stringify(changes)).not.toContain("coupons");
  });

  test.each([
    ["no text", {}],
    ["a number", { text: 1 }],
    ["control characters", { text: "a\u0000b" }],
    ["half a character", { text: "a\ud800b" }],
    ["more than 10,000 characters", { text: "x".repeat(10_001) }],
  ])("R-terms refuses %s", async (_, body) => {
    expect(await put(TERMS, body)).toEqual(refused(400, "invalid_request", ["text"]));
    expect(await rowsOf(world.db, "program_terms")).toEqual([]);
  });

  test("R-terms only the text may have several lines", async () => {
    expect(await put(TERMS, { text: "a\nb", other: "a\nb" })).toEqual(refused(400, "invalid_request", ["other"]));
    expect((await put(TAG, { text: "a\nb", cookie_days: 1 })).status).toBe(400);
  });
});

describe("what the owner chose for the tag", () => {
  test("R-tag is 60 days and the last click, and what a change does not name stays", async () => {
    expect((await get(TAG)).body).toEqual({ tag: { cookie_days: 60, attribution: "last", changed_at: null } });
    const now = "2026-01-15T12:00:00.000Z";
    const once = await put(TAG, { attribution: "first" });
    expect(once.body).toEqual({ tag: { cookie_days: 60, attribution: "first", changed_at: now } });
    world.advance(DAY_MS);
    expect((await put(TAG, { attribution: "first" })).body).toEqual(once.body);
    expect((await put(TAG, { cookie_days: 7 })).body.tag).toMatchObject({ cookie_days: 7, attribution: "first" });
    expect((await rowsOf(world.db, "audit")).filter((row) => row["action"] === "tag.changed")).toHaveLength(2);
  });

  test.each([
    ["no day", { cookie_days: 0 }, "cookie_days"],
    ["more days than a cookie lives", { cookie_days: 401 }, "cookie_days"],
    ["half a day more", { cookie_days: 1.5 }, "cookie_days"],
    ["another attribution", { attribution: "linear" }, "attribution"],
  ])("R-tag refuses %s", async (_, body, field) => {
    expect(await put(TAG, body)).toEqual(refused(400, "invalid_request", [field]));
  });
});

describe("invitations", () => {
  test("R-invitations one per e-mail, changed by the next, and the list has each once, newest first", async () => {
    const made = await invite({ email: " Kim@Example.test ", commission_percent: 40 });
    const invitation = { id: anyId("inv"), email: "kim@example.test", name: null, commission_percent: 40 };
    const times = { created_at: "2026-01-15T12:00:00.000Z", accepted_at: null };
    expect(made).toEqual(answered(201, { invitation: { ...invitation, ...times } }));
    world.advance(1);
    expect(await invite({ email: "kim@example.test", commission_percent: 40 })).toEqual(answered(200, made.body));
    const changed = await invite({ email: "kim@example.test", name: "Kim" });
    expect(changed).toMatchObject({ status: 200, body: { invitation: { name: "Kim", commission_percent: null } } });
    for (const name of ["ann", "bob"]) {
      await invite({ email: `${name}@example.test` });
      world.advance(1);
    }
    const pages = await walkPages(world, { path: INVITATIONS, items: "invitations", limit: 2, key: app.key });
    expect(pages.map((page) => page.map(({ email }) => email))).toEqual([
      ["bob@example.test", "ann@example.test"],
      ["kim@example.test"],
    ]);
    const told = (await rowsOf(world.db, "audit")).filter((row) => row["action"] === "affiliate.invited");
    expect(told).toHaveLength(4);
    expect(JSON.stringify(told)).not.toContain("kim");
  });

  test("R-invitations who is an affiliate is not invited", async () => {
    const { email } = { email: "mara@example.test" };
    await addCreator(world, app, "mara");
    expect(await invite({ email })).toEqual(refused(409, "conflict"));
    expect(await rowsOf(world.db, "invitation")).toEqual([]);
  });

  test("R-invitations one taken back names nobody any more, and its address may be invited again", async () => {
    const { id } = (await invite({ email: "kim@example.test", name: "Kim" })).body.invitation;
    for (let time = 0; time < 2; time++) expect((await withdraw(id)).status).toBe(204);
    expect(await withdraw("inv_none")).toEqual(refused(404, "not_found"));
    expect((await get(INVITATIONS)).body.invitations).toEqual([]);
    expect(JSON.stringify(await rowsOf(world.db, "invitation"))).not.toMatch(/kim/i);
    expect((await rowsOf(world.db, "audit")).filter((row) => row["action"] === "invitation.withdrawn")).toHaveLength(1);
    expect((await invite({ email: "kim@example.test" })).status).toBe(201);
  });

  test("R-invitations no more than 200 a day, those taken back among them, and again the day after", async () => {
    await world.db.batch([{ sql: MANY, args: [app.id, BigInt(world.deps.now())] }]);
    const { id } = (await invite({ email: "last@example.test" })).body.invitation;
    await withdraw(id);
    expect(await invite({ email: "more@example.test" })).toEqual(refused(429, "rate_limited"));
    expect((await invite({ email: "1@example.test", name: "Known" })).status).toBe(200);
    world.advance(DAY_MS);
    expect((await invite({ email: "more@example.test" })).status).toBe(201);
  });

  test.each([
    ["no address", { email: "kim" }, "email"],
    ["a rate above all", { email: "kim@example.test", commission_percent: 101 }, "commission_percent"],
    ["a name of two lines", { email: "kim@example.test", name: "a\nb" }, "name"],
  ])("R-invitations refuses %s", async (_, body, field) => {
    expect(await invite(body)).toEqual(refused(400, "invalid_request", [field]));
  });
});

/** 199 invitations of now. */
const MANY = `
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
  INSERT INTO invitation (app, id, email, actor, created_at)
  SELECT ?1, 'inv_' || i, i || '@example.test', 'a test', ?2 FROM n`;

function get(path: string): Promise<Answer> {
  return world.call(path, undefined, { key: app.key });
}

function put(path: string, body: object): Promise<Answer> {
  return world.call(path, body, { key: app.key, method: "PUT" });
}

function invite(body: object): Promise<Answer> {
  return world.call(INVITATIONS, body, { key: app.key });
}

function withdraw(id: string): Promise<Answer> {
  return world.call(`${INVITATIONS}/${id}`, undefined, { key: app.key, method: "DELETE" });
}
