import { beforeEach, describe, expect, test } from "vitest";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, setProgram } from "../support/creators.ts";
import { dumpDatabase, rowsOf } from "../support/dump.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const JOIN = "/api/v1/affiliates/join";
const POLICY = "/api/v1/app/join";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

describe("joining", () => {
  test("AR4 an account joins once, with nothing but its id: 201, then the first one with 200", async () => {
    const made = await join({ account_id: "acc_1" });
    expect(made).toEqual(
      answered(201, {
        affiliate: {
          id: anyId("aff"),
          email: null,
          name: null,
          account_id: "acc_1",
          ref: expect.stringMatching(/^[a-z0-9]{8}$/),
          link: `https://shop.example.test/?ref=${made.body.affiliate.ref}`,
          status: "active",
          commission_percent: 30,
          commission_next: null,
          created_at: "2026-01-15T12:00:00.000Z",
        },
      }),
    );
    world.advance(1);
    const again = { account_id: "acc_1", name: "Other", ref: "other", country: "NL" };
    expect(await join(again)).toEqual(answered(200, made.body));
    const signup = { ref: made.body.affiliate.ref, user_id: "u1" };
    expect((await world.call("/api/track/signup", signup)).status).toBe(200);
  });

  test("AR4 many at once for one account are one affiliate with one code", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => join({ account_id: 4711 })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ body }) => body.affiliate.id)).size).toBe(1);
    expect(await rowsOf(world.db, "affiliate")).toHaveLength(2);
    expect(await rowsOf(world.db, "code")).toHaveLength(2);
  });

  test("AR4 a known e-mail is the first one too, and what either lacked is added", async () => {
    const creator = await addCreator(world, app, "mara");
    const added = await join({ account_id: "acc_1", email: " Mara@example.test" });
    expect(added.status).toBe(200);
    expect(added.body.affiliate).toMatchObject({
      id: creator.affiliateId,
      account_id: "acc_1",
      email: "mara@example.test",
    });

    const alone = await join({ account_id: "acc_2" });
    const known = await create({ account_id: "acc_2", email: "Kim@example.test" });
    expect(known).toEqual(answered(200, { affiliate: { ...alone.body.affiliate, email: "kim@example.test" } }));
    const row = (await rowsOf(world.db, "affiliate")).find(({ account_id }) => account_id === "acc_2");
    expect(row).toMatchObject({ email_hmac: expect.stringMatching(/\S/) });
    expect((await join({ account_id: "acc_2", email: "later@example.test" })).body).toEqual(known.body);
  });

  test("AR4 account and e-mail of two are a conflict, and nobody is changed", async () => {
    await join({ account_id: "acc_1" });
    await join({ account_id: "acc_2", email: "kim@example.test" });
    const before = await dumpDatabase(world.db);
    expect(await join({ account_id: "acc_1", email: "kim@example.test" })).toEqual(refused(409, "conflict"));
    expect(await join({ account_id: "acc_3", email: "kim@example.test" })).toEqual(refused(409, "conflict"));
    expect(await join({ account_id: "acc_3", ref: app.ref })).toEqual(refused(409, "code_unavailable"));
    expect(await dumpDatabase(world.db)).toEqual(before);
  });

  test("AR4 the same account in two apps are two affiliates", async () => {
    const other = await world.newApp();
    const [ours, theirs] = [await join({ account_id: "acc_1" }), await join({ account_id: "acc_1" }, other)];
    expect([ours.status, theirs.status]).toEqual([201, 201]);
    expect(ours.body.affiliate.id).not.toBe(theirs.body.affiliate.id);
  });

  test("AR4 where the owner approves by hand, who joins has applied: the code is dead until they are taken", async () => {
    await setProgram(world, app, { approval: "manual" });
    const { affiliate } = (await join({ account_id: "acc_1", ref: "kim" })).body;
    expect(affiliate.status).toBe("applied");
    expect((await create({ email: "by-hand@example.test" })).body.affiliate.status).toBe("active");
    const signup = { ref: "kim", user_id: "u1" };
    expect(await world.call("/api/track/signup", signup)).toEqual(refused(404, "unknown_ref"));
    const path = `/api/v1/affiliates/${affiliate.id}`;
    const taken = await world.call(path, { status: "active", reason: "welcome" }, { key: app.key, method: "PATCH" });
    expect(taken.body.affiliate.status).toBe("active");
    expect((await world.call("/api/track/signup", signup)).status).toBe(200);
    expect((await join({ account_id: "acc_1" })).body.affiliate.status).toBe("active");
  });

  test.each([
    ["no account", { account_id: undefined }, "account_id"],
    ["an account that is empty", { account_id: "" }, "account_id"],
    ["an account that is a list", { account_id: ["a"] }, "account_id"],
    ["no address", { email: "mara" }, "email"],
    ["a code of one character", { ref: "a" }, "ref"],
    ["a country in words", { country: "Netherlands" }, "country"],
    ["a country that is a number", { country: 31 }, "country"],
  ])("R-join refuses %s", async (_, body, field) => {
    expect(await join({ account_id: "acc_1", ...body })).toEqual(refused(400, "invalid_request", [field]));
  });

  test("R-join is one route, not an affiliate called so", async () => {
    for (const method of ["GET", "PATCH", "DELETE"]) {
      const answer = await world.call(JOIN, method === "GET" ? undefined : {}, { key: app.key, method });
      expect(answer).toEqual(refused(405, "method_not_allowed"));
    }
  });
});

describe("a refusal to join", () => {
  const REFUSED: readonly (readonly [string, object, object, "account_id" | "country", string])[] = [
    ["the program takes nobody", { accounts: "none" }, { country: "NL" }, "account_id", "closed"],
    ["the account is not on the list", { accounts: "listed" }, {}, "account_id", "account"],
    ["the country is not on the list", { countries: ["NL", "DE"] }, { country: "FR" }, "country", "country"],
    ["nobody said which country", { countries: ["NL"] }, {}, "country", "country"],
    ["the network knows no country", { countries: ["NL"] }, { country: "T1" }, "country", "country"],
  ];

  test.each(REFUSED)(
    "AR5 E-join_refused %s: it says so, nothing is made, and the owner can see why",
    async (_, policy, body, field, why) => {
      await put(policy);
      const before = await dumpDatabase(world.db);
      const answer = await join({ account_id: "acc_1", email: "kim@example.test", ref: "kim", ...body });
      expect(answer).toEqual(refused(403, "join_refused", [field]));
      expect(JSON.stringify(answer.body)).not.toMatch(/acc_1|kim/);
      expect(await dumpDatabase(world.db)).toEqual(before);
      expect(await rowsOf(world.db, "drop")).toMatchObject([
        { app: app.id, kind: "join", reason: `join_refused:${why}`, user_id: "acc_1", code: null },
      ]);
    },
  );

  test.each([
    ["everybody from everywhere, unless the app says more", {}, {}],
    ["everybody from a country on the list, in any case", { countries: ["nl"] }, { country: "nl" }],
    ["an account on the list, from anywhere", { accounts: "listed" }, { account_id: "acc_listed" }],
    [
      "an account on the list, from there",
      { accounts: "listed", countries: ["NL"] },
      { account_id: "acc_listed", country: "NL" },
    ],
  ])("AR5 lets in %s", async (_, policy, body) => {
    await list("acc_listed");
    await put(policy);
    expect((await join({ account_id: "acc_1", ...body })).status).toBe(201);
    expect(await rowsOf(world.db, "drop")).toEqual([]);
  });

  test("AR5 an account on the list, but not from there, is refused for its country", async () => {
    await list("acc_1");
    await put({ accounts: "listed", countries: ["NL"] });
    expect(await join({ account_id: "acc_1", country: "FR" })).toEqual(refused(403, "join_refused", ["country"]));
  });

  test("AR5 nobody who is an affiliate is refused, by account or by e-mail", async () => {
    await join({ account_id: "acc_1" });
    await put({ accounts: "none", countries: ["NL"] });
    expect((await join({ account_id: "acc_1" })).status).toBe(200);
    expect((await join({ account_id: "acc_9", email: "creator1@example.test" })).status).toBe(200);
    expect((await create({ email: "by-hand@example.test" })).status).toBe(201);
    expect(await rowsOf(world.db, "drop")).toEqual([]);
  });

  test("AR5 another app's policy and list decide nothing here", async () => {
    const other = await world.newApp();
    await put({ accounts: "none" }, other);
    expect((await join({ account_id: "acc_1" })).status).toBe(201);
    await put({ accounts: "listed" });
    await list("acc_2", other);
    expect(await join({ account_id: "acc_2" })).toEqual(refused(403, "join_refused", ["account_id"]));
  });
});

describe("/api/v1/app/join", () => {
  test("R-join begins open; what a change does not name stays; each change is audited", async () => {
    expect(await world.call(POLICY, undefined, { key: app.key })).toEqual(
      answered(200, { join: { accounts: "all", countries: [], changed_at: null } }),
    );
    const changed_at = "2026-01-15T12:00:00.000Z";
    expect(await put({ countries: ["nl", "DE", "NL"] })).toEqual(
      answered(200, { join: { accounts: "all", countries: ["DE", "NL"], changed_at } }),
    );
    expect((await put({ accounts: "listed" })).body.join).toEqual({
      accounts: "listed",
      countries: ["DE", "NL"],
      changed_at,
    });
    expect((await put({ countries: [] })).body.join).toEqual({ accounts: "listed", countries: [], changed_at });
    const lines = await audit("join.changed");
    expect(lines).toMatchObject([
      { before: { accounts: "listed", countries: ["DE", "NL"] }, after: { accounts: null, countries: [] } },
      { before: { accounts: "all" }, after: { accounts: "listed", countries: null } },
      { object: app.id, actor: expect.stringMatching(/^key:/) },
    ]);
  });

  test.each([
    ["accounts nobody knows", { accounts: "some" }, "accounts"],
    ["a country that is none", { countries: ["NL", "UK"] }, "countries.1"],
    ["countries without a list", { countries: "NL" }, "countries"],
    ["251 countries", { countries: Array.from({ length: 251 }, () => "NL") }, "countries"],
  ])("R-join refuses %s", async (_, body, field) => {
    expect(await put(body)).toEqual(refused(400, "invalid_request", [field]));
  });

  test("R-join an account is listed and taken off once, each audited without its name", async () => {
    expect(await list("acc 1/ü")).toEqual(answered(204, null));
    expect(await list("acc 1/ü")).toEqual(answered(204, null));
    expect(await accounts()).toEqual(
      answered(200, {
        accounts: [{ account_id: "acc 1/ü", created_at: "2026-01-15T12:00:00.000Z" }],
        next_cursor: null,
      }),
    );
    expect(await unlist("acc 1/ü")).toEqual(answered(204, null));
    expect(await unlist("acc 1/ü")).toEqual(answered(204, null));
    expect((await accounts()).body.accounts).toEqual([]);
    expect(await audit("join.account_added")).toHaveLength(1);
    expect(await audit("join.account_removed")).toMatchObject([
      { object: app.id, actor: expect.stringMatching(/^key:/) },
    ]);
    expect(JSON.stringify(await rowsOf(world.db, "audit"))).not.toContain("acc 1");
  });

  test.each(["a".repeat(257), "%C2%85"])("R-join refuses %j for an account", async (account) => {
    expect(await world.call(`${POLICY}/accounts/${account}`, undefined, { key: app.key, method: "PUT" })).toEqual(
      refused(400, "invalid_request", ["account_id"]),
    );
  });

  test("R-join D-lists the accounts in their order, each on exactly one page, whatever the limit", async () => {
    const names = ["b", "a", "€ & ?", "acc_1", "acc_10", "A", `${"x".repeat(255)}ü`];
    for (const name of names) await list(name);
    for (const limit of [1, 3, 6, 7, 100]) {
      const pages = await walkPages(world, { path: `${POLICY}/accounts`, items: "accounts", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      expect(pages.flat().map((row: Json) => row.account_id)).toEqual(names.toSorted());
    }
    for (const cursor of ["", "x", "a", "ff", "1.a", "10000000", "61007f"]) {
      expect(await accounts(`?cursor=${cursor}`)).toEqual(refused(400, "invalid_request", ["cursor"]));
    }
  });

  test("R-customers an erased customer is on no list, and no refusal names them", async () => {
    await put({ accounts: "none" });
    await list("u1");
    await join({ account_id: "u1" });
    const erased = await world.call("/api/v1/customers/u1", undefined, { key: app.key, method: "DELETE" });
    expect(erased.status).toBe(204);
    expect((await accounts()).body.accounts).toEqual([]);
    const kept = [await dumpDatabase(world.db), await rowsOf(world.db, "drop")];
    expect(JSON.stringify(kept)).not.toMatch(/\bu1\b/);
  });
});

function join(body: object, by = app): Promise<Answer> {
  return world.call(JOIN, body, { key: by.key });
}

function create(body: object): Promise<Answer> {
  return world.call("/api/v1/affiliates", body, { key: app.key });
}

function put(body: object, by = app): Promise<Answer> {
  return world.call(POLICY, body, { key: by.key, method: "PUT" });
}

function list(account: string, by = app): Promise<Answer> {
  return world.call(`${POLICY}/accounts/${encodeURIComponent(account)}`, undefined, { key: by.key, method: "PUT" });
}

function unlist(account: string): Promise<Answer> {
  return world.call(`${POLICY}/accounts/${encodeURIComponent(account)}`, undefined, { key: app.key, method: "DELETE" });
}

function accounts(query = ""): Promise<Answer> {
  return world.call(`${POLICY}/accounts${query}`, undefined, { key: app.key });
}

async function audit(action: string): Promise<readonly Json[]> {
  return (await world.call(`/api/v1/audit?action=${action}`, undefined, { key: app.key })).body.entries;
}
