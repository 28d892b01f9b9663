import { beforeEach, describe, expect, test } from "vitest";
import { CODE_ALPHABET, codeFromBytes } from "../../worker/domain/code.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { addCreator, commissionsOf, DAY_MS, setProgram, setStatus, statsOf } from "../support/creators.ts";
import { rowsOf } from "../support/dump.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const AFFILIATES = "/api/v1/affiliates";
const CREATED_AT = "2026-01-15T12:00:00.000Z";
const DRAWN = new RegExp(`^[${CODE_ALPHABET}]{8}$`);
const LIMITS = [1, 2, 3, 6, 7, 8, 100];

let world: World;
let app: TestApp;
let path: string;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  path = `${AFFILIATES}/${app.affiliateId}`;
});

describe("POST /api/v1/affiliates", () => {
  test("R-affiliates makes one with everything that was given", async () => {
    const body = {
      email: " Mara@Example.TEST ",
      name: "Mara",
      ref: "Mara_2026",
      account_id: 4711,
      commission_percent: 12.5,
    };
    expect(await create(body)).toEqual(
      answered(201, {
        affiliate: {
          id: anyId("aff"),
          email: "mara@example.test",
          name: "Mara",
          account_id: "4711",
          ref: "Mara_2026",
          link: "https://shop.example.test/?ref=Mara_2026",
          status: "active",
          commission_percent: 12.5,
          commission_next: null,
          created_at: CREATED_AT,
        },
      }),
    );
  });

  test("R-affiliates makes one with an e-mail alone: a drawn code, the app's rate", async () => {
    const made = await create({ email: "new@example.test" });
    expect(made.status).toBe(201);
    expect(made.body.affiliate).toMatchObject({
      name: null,
      account_id: null,
      ref: expect.stringMatching(DRAWN),
      link: `https://shop.example.test/?ref=${made.body.affiliate.ref}`,
      commission_percent: 30,
    });
  });

  test("R-affiliates there is no link while the app has no domain", async () => {
    await setProgram(world, app, { domain: null });
    expect((await create({ email: "new@example.test" })).body.affiliate.link).toBeNull();
  });

  test("R-affiliates a known e-mail answers the first, unchanged, whatever else is said", async () => {
    const first = await create({ email: "mara@example.test", name: "Mara", ref: "mara1" });
    const again = await create({ email: "MARA@example.test", name: "Other", ref: "other", commission_percent: 90 });
    expect(again).toEqual(answered(200, first.body));
    expect(await rowsOf(world.db, "code")).toHaveLength(2);
  });

  test("R-affiliates found by account first; a missing account is added", async () => {
    const byEmail = await create({ email: "mara@example.test" });
    const added = await create({ email: "mara@example.test", account_id: "acc_1" });
    const affiliate = { ...byEmail.body.affiliate, account_id: "acc_1" };
    expect(added).toEqual(answered(200, { affiliate }));
    expect(await create({ email: "moved@example.test", account_id: "acc_1" })).toEqual(answered(200, { affiliate }));
  });

  test.each([
    ["each known, and of two", { email: "a@example.test", account_id: "acc_b" }],
    ["the e-mail's own account is another", { email: "a@example.test", account_id: "acc_new" }],
  ])("R-affiliates account and e-mail contradict: %s", async (_, body) => {
    await create({ email: "a@example.test", account_id: "acc_a" });
    await create({ email: "b@example.test", account_id: "acc_b" });
    const before = await rowsOf(world.db, "affiliate");
    expect(await create(body)).toEqual(refused(409, "conflict"));
    expect(await rowsOf(world.db, "affiliate")).toEqual(before);
  });

  test("R-affiliates many at once for one e-mail are one affiliate", async () => {
    const body = { email: "mara@example.test", ref: "mara1" };
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(body)));
    expect(statuses(answers)).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.body.affiliate.id)).size).toBe(1);
  });

  test("R-affiliates many at once for one code: one gets it, the others hear that it is taken", async () => {
    const bodies = [1, 2, 3, 4].map((index) => ({ email: `${index}@example.test`, ref: "wanted" }));
    const answers = await Promise.all(bodies.map((body) => create(body)));
    expect(statuses(answers)).toEqual([201, 409, 409, 409]);
    expect(await rowsOf(world.db, "affiliate")).toHaveLength(2);
  });

  test.each([
    ["no e-mail", { email: undefined }, "email"],
    ["e-mail null", { email: null }, "email"],
    ["no address", { email: "mara" }, "email"],
    ["an address of 255 characters", { email: `${"a".repeat(242)}@example.test` }, "email"],
    ["an empty name", { name: "" }, "name"],
    ["an account that is a list", { account_id: ["a"] }, "account_id"],
    ["a rate over 100 %", { commission_percent: 101 }, "commission_percent"],
  ])("R-affiliates refuses %s", async (_, body, field) => {
    expect(await create({ email: "new@example.test", ...body })).toEqual(refused(400, "invalid_request", [field]));
  });
});

describe("GET /api/v1/affiliates", () => {
  test("R-affiliates D-lists oldest first, each on exactly one page, whatever the limit", async () => {
    const ids = await addSix();
    for (const limit of LIMITS) {
      const pages = await walkPages(world, { path: AFFILIATES, items: "affiliates", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      const rows = pages.flat();
      expect(new Set(rows.map((row: Json) => row.id))).toEqual(new Set(ids));
      const order = rows.map((row: Json) => [row.created_at, row.id].join());
      expect(order).toEqual(order.toSorted());
    }
  });

  test("D-lists who joins between two pages is on a later one, and nobody is lost or doubled", async () => {
    await addSix();
    const first = await list("?limit=4");
    world.advance(1);
    const late = await addCreator(world, app, "latecomer");
    const rest = await list(`?limit=4&cursor=${first.body.next_cursor}`);
    const ids = [...first.body.affiliates, ...rest.body.affiliates].map((row: Json) => row.id);
    expect(new Set(ids).size).toBe(8);
    expect(ids.at(-1)).toBe(late.affiliateId);
    expect(rest.body.next_cursor).toBeNull();
  });

  test("R-affiliates by status, with the same cursors", async () => {
    await addSix();
    const { affiliates } = (await list("")).body;
    for (const row of affiliates.slice(0, 3)) await setStatus(world, { ...app, affiliateId: row.id }, "suspended");
    for (const [status, expected] of [
      ["suspended", affiliates.slice(0, 3)],
      ["active", affiliates.slice(3)],
      ["revoked", []],
    ] as const) {
      const query = `${AFFILIATES}?status=${status}`;
      const pages = await walkPages(world, { path: query, items: "affiliates", limit: 2, key: app.key });
      expect(pages.flat().map((row: Json) => row.id)).toEqual(expected.map((row: Json) => row.id));
    }
  });

  test.each(["?status=unknown", "?status=", "?limit=0", "?limit=101", "?cursor=x", "?limit=%00"])(
    "R-affiliates refuses %s",
    async (query) => {
      expect(await list(query)).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
    },
  );
});

describe("/api/v1/affiliates/:id", () => {
  test("R-affiliates shows one", async () => {
    const created = await addCreator(world, app, "mara", { name: "Mara" });
    expect(await world.call(`${AFFILIATES}/${created.affiliateId}`, undefined, { key: app.key })).toEqual(
      answered(200, {
        affiliate: {
          id: created.affiliateId,
          email: "mara@example.test",
          name: "Mara",
          account_id: null,
          ref: "mara",
          link: "https://shop.example.test/?ref=mara",
          status: "active",
          commission_percent: 30,
          commission_next: null,
          created_at: CREATED_AT,
        },
      }),
    );
  });

  test("R-affiliates changes name, rate and status, each alone", async () => {
    const before = (await world.call(path, undefined, { key: app.key })).body.affiliate;
    expect((await patch({ name: "Mara" })).body.affiliate).toEqual({ ...before, name: "Mara" });
    expect((await patch({ commission_percent: "40.5" })).body.affiliate).toEqual({
      ...before,
      name: "Mara",
      commission_percent: 40.5,
    });
    expect((await patch({ status: "suspended", reason: "a look first" })).body.affiliate.status).toBe("suspended");
    expect((await patch({ name: null, commission_percent: null })).body.affiliate).toEqual({
      ...before,
      status: "suspended",
    });
    expect((await patch({})).body.affiliate.status).toBe("suspended");
  });

  test.each(["active", "suspended", "revoked"])("R-affiliates status %s needs a reason", async (status) => {
    expect(await patch({ status })).toEqual(refused(400, "invalid_request", ["reason"]));
    expect((await world.call(path, undefined, { key: app.key })).body.affiliate.status).toBe("active");
    expect((await patch({ status, reason: "because" })).body.affiliate.status).toBe(status);
  });

  test("R-affiliates a change of status is audited with its reason", async () => {
    await patch({ status: "suspended", reason: "odd clicks" });
    const entry = (await rowsOf(world.db, "audit")).find((row) => row["action"] === "affiliate.changed");
    expect(entry).toMatchObject({ object: app.affiliateId, reason: "odd clicks" });
    expect(String(entry?.["before"])).toContain('"status":"active"');
    expect(String(entry?.["after"])).toContain('"status":"suspended"');
  });

  test.each([
    ["an unknown status", { status: "banned", reason: "x" }, "status"],
    ["a status that is null", { status: null, reason: "x" }, "status"],
    ["an empty reason", { status: "active", reason: "" }, "reason"],
    ["a rate of three decimals", { commission_percent: "1.234" }, "commission_percent"],
    ["a name that is a number", { name: 5 }, "name"],
  ])("R-affiliates refuses %s", async (_, body, field) => {
    expect(await patch(body)).toEqual(refused(400, "invalid_request", [field]));
  });

  test.each(["aff_none", "%00", "..%2F..%2Fapps", "%E0%A4%A", "'%20OR%201=1--", "a".repeat(2_000)])(
    "R-affiliates an id like %j is not found, on every route",
    async (id) => {
      const of = `${AFFILIATES}/${id}`;
      const calls = [
        ...["", "/balance", "/commissions", "/stats", "/status-preview?status=revoked"].map((rest) =>
          world.call(of + rest, undefined, { key: app.key }),
        ),
        world.call(of, { name: "x" }, { key: app.key, method: "PATCH" }),
        world.call(`${of}/codes`, {}, { key: app.key }),
        world.call(`${of}/codes/${app.ref}`, undefined, { key: app.key, method: "DELETE" }),
      ];
      for (const answer of await Promise.all(calls)) expect(answer).toEqual(refused(404, "not_found"));
    },
  );
});

describe("codes", () => {
  test("R-codes one more, chosen or drawn", async () => {
    expect(await issue({ ref: "Spring-26" })).toEqual(
      answered(201, {
        code: { ref: "Spring-26", link: "https://shop.example.test/?ref=Spring-26", state: "active" },
      }),
    );
    const drawn = await issue({});
    expect(drawn.status).toBe(201);
    expect(drawn.body.code.ref).toMatch(DRAWN);
    expect((await signup("spring-26")).status).toBe(200);
  });

  test("AL33 drawn codes are 8 of an alphabet that nobody misreads, and none is drawn twice", async () => {
    const refs: string[] = [];
    for (let draw = 0; draw < 30; draw++) refs.push((await issue({})).body.code.ref);
    for (const ref of refs) expect(ref).toMatch(DRAWN);
    expect(new Set(refs).size).toBe(30);
    expect(CODE_ALPHABET).toMatch(/^[a-z0-9]+$/);
    expect(CODE_ALPHABET).not.toMatch(/[01lio]/);
  });

  test.each(["fag", "kkk", "rape"])("AL33 a draw that spells %s is drawn again", (word) => {
    expect(drawFrom("xx346789")).toBe("xx346789");
    expect(drawFrom(`x${word}`.padEnd(8, "9"))).toBeNull();
  });

  test.each(["abc", "A_-", "x".repeat(32), "2026a", "-a-"])("AL33 %j may be chosen", async (ref) => {
    expect((await issue({ ref })).body.code.ref).toBe(ref);
  });

  test.each(["", "ab", "x".repeat(33), "12345", "___", "a b", "é".repeat(4), "a.b", "a/b", 12_345, {}])(
    "AL33 %j may not",
    async (ref) => {
      expect(await issue({ ref })).toEqual(refused(400, "invalid_request", ["ref"]));
    },
  );

  const TAKEN: readonly (readonly [string, () => Promise<string> | string])[] = [
    ["another affiliate has it", async () => (await addCreator(world, app, "taken")).ref],
    ["in another case", async () => (await addCreator(world, app, "taken")).ref.toUpperCase()],
    ["another app has it", async () => (await world.newApp({ ref: "taken" })).ref],
    ["it is their own", () => app.ref],
    ["it was retired", async () => (await remove(app.ref), app.ref)],
    ["it has expired", async () => (await issue({ ref: "taken", expires_at: CREATED_AT }), "taken")],
  ];

  test.each(TAKEN)("AL33 a code is taken when %s", async (_, take) => {
    const ref = await take();
    world.advance(1);
    expect(await issue({ ref })).toEqual(refused(409, "code_unavailable"));
    expect(await world.call(AFFILIATES, { email: "new@example.test", ref }, { key: app.key })).toEqual(
      refused(409, "code_unavailable"),
    );
    expect(await rowsOf(world.db, "affiliate")).not.toContainEqual(
      expect.objectContaining({ email: "new@example.test" }),
    );
  });

  test("R-codes a code is retired for good, asked once or twice; users it brought stay", async () => {
    await issue({ ref: "second" });
    await signup("second");
    expect(await remove("SECOND")).toEqual(answered(204, null));
    expect(await remove("second")).toEqual(answered(204, null));
    expect(await signup("second", "u2")).toEqual(refused(404, "unknown_ref"));
    const body = { user_id: "u1", amount_cents: 10_000 };
    expect((await world.call("/api/track/conversion", body, { key: app.key })).status).toBe(200);
    expect((await world.balance(app)).pending_cents).toBe(2_850);
  });

  test("R-codes retiring the first moves the newest that is left into its place", async () => {
    await issue({ ref: "older" });
    world.advance(1);
    await issue({ ref: "newer" });
    await remove(app.ref);
    expect((await world.call(path, undefined, { key: app.key })).body.affiliate.ref).toBe("newer");
    await remove("newer");
    await remove("older");
    expect((await world.call(path, undefined, { key: app.key })).body.affiliate.status).toBe("active");
  });

  test.each(["nobody", "a b", "%00", "x".repeat(65)])("R-codes %j cannot be retired: not found", async (ref) => {
    expect(await remove(encodeURI(ref).replace("%2500", "%00"))).toEqual(refused(404, "not_found"));
  });

  test("R-codes nobody retires another's", async () => {
    const rival = await addCreator(world, app, "rival");
    expect(await remove(rival.ref)).toEqual(refused(404, "not_found"));
    expect((await signup(rival.ref)).status).toBe(200);
  });

  test.each(["tomorrow", "2026-02-30T00:00:00Z", "2026-01-31", "2026-01-31T25:00:00Z", 1_800_000_000_000])(
    "R-codes %j is no time to expire at",
    async (expires_at) => {
      expect(await issue({ expires_at })).toEqual(refused(400, "invalid_request", ["expires_at"]));
    },
  );
});

describe("GET …/balance", () => {
  test("R-balance one balance a currency, in their order", async () => {
    await pay({ currency: "jpy" });
    await pay({ currency: "eur", amount_cents: 10_000 });
    const { body } = await world.call(`${path}/balance`, undefined, { key: app.key });
    expect(body.balances.map((balance: Json) => [balance.currency, balance.pending_cents])).toEqual([
      ["eur", 2_850],
      ["jpy", 285],
      ["usd", 0],
    ]);
  });
});

describe("GET …/commissions", () => {
  test("R-commissions the whole of one", async () => {
    const paid = await pay({ amount_cents: 10_000 });
    const refund = { conversion_id: paid.body.conversion_id, amount_cents: 5_000 };
    await world.call("/api/track/refund", refund, { key: app.key });
    expect(await world.call(`${path}/commissions`, undefined, { key: app.key })).toEqual(
      answered(200, {
        commissions: [
          {
            id: paid.body.conversion_id,
            conversion_id: paid.body.conversion_id,
            ref: app.ref,
            user_id: "u1",
            currency: "usd",
            amount_cents: 10_000,
            refunded_cents: 5_000,
            commission_cents: 1_500,
            platform_fee_cents: 75,
            net_commission_cents: 1_425,
            clawed_back_cents: 0,
            rate_percent: 30,
            status: "pending",
            hold: false,
            reason: null,
            lane: "clear",
            available_at: "2026-01-30T00:00:00.000Z",
            created_at: CREATED_AT,
          },
        ],
        next_cursor: null,
      }),
    );
  });

  test("R-commissions D-lists newest first, each on exactly one page, whatever the limit", async () => {
    for (let payment = 0; payment < 7; payment++) {
      await pay({ event_id: `e${payment}` });
      if (payment % 2 === 0) world.advance(1);
    }
    for (const limit of LIMITS) {
      const commissions = { path: `${path}/commissions`, items: "commissions", limit, key: app.key };
      const pages = await walkPages(world, commissions);
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      const order = pages.flat().map((row: Json) => [row.created_at, row.id].join());
      expect(new Set(order).size).toBe(7);
      expect(order).toEqual(order.toSorted().toReversed());
    }
  });

  test("R-commissions by status as of today, and by currency", async () => {
    await pay({ event_id: "early" });
    world.advance(15 * DAY_MS);
    const cancelled = await pay({ event_id: "cancelled" });
    await world.call("/api/track/refund", { conversion_id: cancelled.body.conversion_id }, { key: app.key });
    world.advance(1);
    await pay({ event_id: "late", currency: "eur" });
    const count = async (query: string) => (await commissionsOf(world, app, query)).length;
    expect(await commissionsOf(world, app)).toMatchObject([
      { status: "pending", currency: "eur" },
      { status: "cancelled" },
      { status: "confirmed" },
    ]);
    for (const status of ["pending", "cancelled", "confirmed"]) {
      expect(await commissionsOf(world, app, `?status=${status}`)).toMatchObject([{ status }]);
    }
    expect(await count("?status=paid")).toBe(0);
    expect(await count("?currency=usd")).toBe(2);
    expect(await count("?currency=EUR&status=pending")).toBe(1);
    expect(await count("?currency=EUR&status=confirmed")).toBe(0);
    world.advance(15 * DAY_MS);
    expect(await count("?status=confirmed")).toBe(2);
  });

  test.each(["?status=open", "?currency=xxx", "?currency=", "?limit=0", "?limit=101", "?cursor=a", "?cursor=%00"])(
    "R-commissions refuses %s",
    async (query) => {
      expect(await world.call(`${path}/commissions${query}`, undefined, { key: app.key })).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_request" } },
      });
    },
  );
});

describe("GET …/stats", () => {
  test("R-stats the whole of a day", async () => {
    await world.call("/api/track/click", { ref: app.ref });
    expect(await stats("")).toEqual(
      answered(200, {
        days: [{ date: "2026-01-15", ref: app.ref, clicks: 1, signups: 0, conversions: 0, refunds: 0 }],
      }),
    );
  });

  test("R-stats the last 30 days, or from one day to another, both included", async () => {
    await world.call("/api/track/click", { ref: app.ref });
    world.advance(29 * DAY_MS);
    expect(await statsOf(world, app)).toHaveLength(1);
    world.advance(DAY_MS);
    expect(await statsOf(world, app)).toHaveLength(0);
    expect(await statsOf(world, app, "?from=2026-01-15&to=2026-01-15")).toHaveLength(1);
    expect(await statsOf(world, app, "?from=2026-01-16")).toHaveLength(0);
    expect(await statsOf(world, app, "?to=2026-01-14")).toHaveLength(0);
    expect(await statsOf(world, app, "?to=2026-01-15")).toHaveLength(1);
  });

  test("R-stats at most 366 days", async () => {
    expect((await stats("?from=2025-01-15&to=2026-01-15")).status).toBe(200);
    expect(await stats("?from=2025-01-14&to=2026-01-15")).toEqual(refused(400, "invalid_request", ["from"]));
    expect(await stats("?from=2026-01-16&to=2026-01-15")).toEqual(refused(400, "invalid_request", ["from"]));
  });

  test("R-stats a code of somebody else has no days here", async () => {
    const rival = await addCreator(world, app, "rival");
    await world.call("/api/track/click", { ref: rival.ref });
    expect(await statsOf(world, app, `?ref=${rival.ref}`)).toEqual([]);
    expect(await statsOf(world, rival, `?ref=${rival.ref}`)).toHaveLength(1);
  });

  test.each(["?from=2026-02-30", "?to=2026-13-01", "?from=yesterday", "?from=", "?ref=a%20b", "?ref=", "?to=%00"])(
    "R-stats refuses %s",
    async (query) => {
      expect(await stats(query)).toMatchObject({
        status: 400,
        body: { error: { code: "invalid_request" } },
      });
    },
  );
});

function pay(body: object) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 1_000, ...body };
  return world.call("/api/track/conversion", payment, { key: app.key });
}

function create(body: object) {
  return world.call(AFFILIATES, body, { key: app.key });
}

/** Six more, some of one instant. → the ids of all seven. */
async function addSix(): Promise<readonly string[]> {
  const ids = [app.affiliateId];
  for (let made = 0; made < 6; made++) {
    if (made % 2 === 0) world.advance(1);
    ids.push((await addCreator(world, app, `creator-${made}`)).affiliateId);
  }
  return ids;
}

function list(query: string) {
  return world.call(`${AFFILIATES}${query}`, undefined, { key: app.key });
}

function patch(body: object) {
  return world.call(path, body, { key: app.key, method: "PATCH" });
}

function issue(body: object) {
  return world.call(`${path}/codes`, body, { key: app.key });
}

function remove(ref: string) {
  return world.call(`${path}/codes/${ref}`, undefined, { key: app.key, method: "DELETE" });
}

function signup(ref: string, user_id = "u1") {
  return world.call("/api/track/signup", { ref, user_id });
}

function stats(query: string) {
  return world.call(`${path}/stats${query}`, undefined, { key: app.key });
}

/** What a draw makes of bytes that spell this. */
function drawFrom(letters: string): string | null {
  return codeFromBytes(Uint8Array.from(letters, (letter) => CODE_ALPHABET.indexOf(letter)));
}

function statuses(answers: readonly Answer[]): readonly number[] {
  return answers.map(({ status }) => status).toSorted((a, b) => a - b);
}
