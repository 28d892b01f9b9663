import { beforeEach, describe, expect, test } from "vitest";
import { KEY_SCOPES, type KeyScope } from "../../worker/store/key-store.ts";
import { answered, anyId, refused } from "../support/answers.ts";
import { dumpApp, dumpDatabase, rowsOf } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { issueKey } from "../support/keys.ts";
import { pageSizes, walkPages } from "../support/pages.ts";
import { openMigratedDb } from "../support/template-db.ts";
import { type Answer, createWorld, type Json, type TestApp, type World } from "../support/world.ts";

const HOUR_MS = 3_600_000;
const NOW = "2026-01-15T12:00:00.000Z";
const SECRET = /^al_sk_[0-9A-Za-z]{36}$/;

/** A new key as it is shown, to be overridden. */
const KEY = {
  id: anyId("key"),
  name: "Server",
  prefix: "al_sk_",
  last4: expect.stringMatching(/^[0-9A-Za-z]{4}$/),
  scopes: ["track", "read", "manage", "payouts"],
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

describe("POST /api/v1/keys", () => {
  test("R-keys makes one more key, shown this once, with all that its maker may do", async () => {
    const made = await create({ name: "Server" });
    expect(made).toEqual(answered(201, { key: KEY, secret_key: expect.stringMatching(SECRET) }));
    expect(made.body.key.last4).toBe(made.body.secret_key.slice(-4));
    expect((await programOf(made.body.secret_key)).status).toBe(200);
    expect((await programOf(app.key)).status).toBe(200);
    const manager = await issueKey(world, app, { scopes: ["manage"] });
    expect((await create({ name: "Server" }, manager)).body.key.scopes).toEqual(["manage"]);
  });

  test("R-keys takes scopes and an expiry", async () => {
    const body = { name: "Server", scopes: ["read", "track", "read"], expires_at: "2026-01-15T15:00:00+02:00" };
    const made = await create(body);
    const expires_at = "2026-01-15T13:00:00.000Z";
    expect(made.body.key).toEqual({ ...KEY, scopes: ["track", "read"], expires_at });
    const { secret_key } = made.body;
    expect(await world.call("/api/v1/app", { name: "x" }, { key: secret_key, method: "PATCH" })).toEqual(
      refused(403, "scope_required"),
    );
    world.advance(HOUR_MS - 1);
    expect((await programOf(secret_key)).status).toBe(200);
    world.advance(1);
    expect(await programOf(secret_key)).toEqual(refused(401, "unauthorized"));
  });

  test("R-keys the key is in no row, no list and no line of the audit log", async () => {
    const { key, secret_key } = (await create({ name: "Server" })).body;
    const rolled = (await roll(key.id)).body.secret_key;
    const list = JSON.stringify((await listed()).body);
    const stored = JSON.stringify(await dumpDatabase(db));
    for (const secret of [secret_key, rolled, secret_key.slice(6, 36)]) {
      expect(stored).not.toContain(secret);
      expect(list).not.toContain(secret);
    }
    const audit = JSON.stringify((await world.call("/api/v1/audit", undefined, { key: app.key })).body);
    for (const row of await rowsOf(db, "api_key")) expect(audit + list).not.toContain(String(row["hash"]));
  });

  test.each(["track", "read", "payouts"] as const)(
    "R-keys E-scope_required a key without %s hands it to nobody, nor rolls a key that has it",
    async (scope) => {
      const lacking = await issueKey(world, app, { scopes: KEY_SCOPES.filter((other) => other !== scope) });
      const owned = (await create({ name: "Owned", scopes: [scope] })).body.key.id;
      await programOf(lacking);
      const before = await dumpDatabase(db);
      expect(await create({ name: "Server", scopes: [scope] }, lacking)).toEqual(refused(403, "scope_required"));
      expect(await create({ name: "Server", scopes: KEY_SCOPES }, lacking)).toEqual(refused(403, "scope_required"));
      expect(await roll(owned, {}, lacking)).toEqual(refused(403, "scope_required"));
      expect((await dumpDatabase(db))["api_key"]?.length).toEqual(before["api_key"]?.length);
      expect((await dumpDatabase(db))["audit"]).toEqual(before["audit"]);
    },
  );

  test("R-keys an operator makes any key for the app named", async () => {
    const query = `?app_id=${app.id}`;
    const made = await world.call(`/api/v1/keys${query}`, { name: "Server" }, { key: world.operatorKey });
    expect(made.body.key).toEqual(KEY);
    expect((await programOf(made.body.secret_key)).body.app.id).toBe(app.id);
  });

  test.each([
    ["no name", { name: undefined }, ["name"]],
    ["an empty name", { name: "" }, ["name"]],
    ["no scope", { scopes: [] }, ["scopes"]],
    ["an unknown scope", { scopes: ["admin"] }, ["scopes.0"]],
    ["a scope alone", { scopes: "read" }, ["scopes"]],
    ["more scopes than there are", { scopes: ["read", "read", "read", "read", "read"] }, ["scopes"]],
    ["an expiry that is now", { expires_at: NOW }, ["expires_at"]],
    ["an expiry that is over", { expires_at: "2020-01-01T00:00:00Z" }, ["expires_at"]],
    ["a date without a time", { expires_at: "2027-01-01" }, ["expires_at"]],
  ])("R-keys refuses %s", async (_, body, paths) => {
    const before = await dumpDatabase(db);
    expect(await create({ name: "Server", ...body })).toEqual(refused(400, "invalid_request", paths));
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("R-keys E-conflict fifty live keys are the most, also when two are asked for at once", async () => {
    await fill(49);
    const answers = await Promise.all([create({ name: "A" }), create({ name: "B" })]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect(await create({ name: "Server" })).toEqual(refused(409, "conflict"));
    expect(await roll(app.spareKeyId)).toEqual(refused(409, "conflict"));
    // One that ends now makes room for the one that follows it.
    expect((await roll(app.spareKeyId, { overlap_hours: 0 })).status).toBe(201);
    expect(await liveKeys()).toBe(50);
    await revoke(await idOf(app.key), world.operatorKey);
    const made = await create({ name: "Server" }, world.operatorKey);
    expect(made.status).toBe(201);
  });

  test("R-keys a leaked key that is rolled loses its thief with the overlap, whatever he does with it", async () => {
    const successor = (await roll(await idOf(app.key), {}, world.operatorKey)).body;
    expect(await create({ name: "For ever" }, app.key)).toEqual(refused(409, "conflict"));
    expect(await create({ name: "Longer", expires_at: "2026-01-16T12:00:01Z" }, app.key)).toEqual(
      refused(409, "conflict"),
    );
    expect(await roll(successor.key.id, { overlap_hours: 0 }, app.key)).toEqual(refused(409, "conflict"));
    expect(await roll(app.spareKeyId, { overlap_hours: 0 }, app.key)).toEqual(refused(409, "conflict"));
    expect(await revoke(successor.key.id, app.key)).toEqual(refused(409, "conflict"));
    const short = await create({ name: "As short", expires_at: "2026-01-16T12:00:00Z" }, app.key);
    expect(short.status).toBe(201);
    world.advance(24 * HOUR_MS);
    for (const key of [app.key, short.body.secret_key]) {
      expect((await world.call("/api/v1/keys", undefined, { key })).status).toBe(401);
    }
    expect((await world.call("/api/v1/keys", undefined, { key: successor.secret_key })).status).toBe(200);
  });

  test("R-keys a key that ends may revoke itself and what ends before it", async () => {
    const ending = (await create({ name: "Week", expires_at: "2026-01-22T12:00:00Z" })).body;
    const sooner = (await create({ name: "Day", expires_at: "2026-01-16T12:00:00Z" }, ending.secret_key)).body;
    expect((await revoke(sooner.key.id, ending.secret_key)).status).toBe(204);
    expect((await revoke(ending.key.id, ending.secret_key)).status).toBe(204);
  });

  test("R-keys expired and revoked keys, and another app's, leave the fifty alone", async () => {
    const stranger = await world.newApp();
    await fill(49);
    const { key } = (await create({ name: "Short", expires_at: "2026-01-15T13:00:00Z" })).body;
    expect(await create({ name: "Server" })).toEqual(refused(409, "conflict"));
    expect((await world.call("/api/v1/keys", { name: "Theirs" }, { key: stranger.key })).status).toBe(201);
    world.advance(HOUR_MS);
    expect(await roll(key.id)).toEqual(refused(404, "not_found"));
    expect((await create({ name: "Server" })).status).toBe(201);
  });
});

describe("GET /api/v1/keys", () => {
  test("R-keys shows each key without its secret, oldest first", async () => {
    world.advance(1);
    await roll(app.spareKeyId, { overlap_hours: 0 });
    await revoke(app.spareKeyId);
    expect(await listed()).toEqual(
      answered(200, {
        keys: [
          { ...KEY, name: "First key", last4: app.key.slice(-4), last_used_on: "2026-01-15" },
          { ...KEY, name: "Spare", scopes: ["manage"], created_at: "2026-01-15T12:00:00.001Z" },
        ],
        next_cursor: null,
      }),
    );
  });

  test("R-keys D-lists each key is on exactly one page, whatever the limit", async () => {
    for (let made = 2; made < 7; made++) {
      if (made % 2 === 0) world.advance(1);
      await create({ name: `Key ${made}` });
    }
    for (const limit of [1, 2, 3, 6, 7, 100]) {
      const pages = await walkPages(world, { path: "/api/v1/keys", items: "keys", limit, key: app.key });
      expect(pages.map((page) => page.length)).toEqual(pageSizes(7, limit));
      expect(new Set(pages.flat().map((key: Json) => key.id)).size).toBe(7);
    }
  });

  test("R-keys a revoked key is shown no more, an expired one with when it ended", async () => {
    const expiring = (await create({ name: "Short", expires_at: "2026-01-15T13:00:00Z" })).body.key;
    world.advance(HOUR_MS);
    expect((await revoke(app.spareKeyId)).status).toBe(204);
    const names = (await listed()).body.keys.map((key: Json) => key.name);
    expect(names.toSorted()).toEqual(["First key", "Short"]);
    expect((await revoke(expiring.id)).status).toBe(204);
    expect((await listed()).body.keys).toHaveLength(1);
  });
});

describe("POST /api/v1/keys/:id/roll", () => {
  test("R-keys the successor has name, scopes and expiry, and the old one ends after a day", async () => {
    const body = { name: "Server", scopes: ["track", "read"], expires_at: "2026-06-30T00:00:00Z" };
    const old = (await create(body)).body;
    const rolled = await roll(old.key.id);
    const { expires_at, scopes } = old.key;
    expect(rolled).toEqual(
      answered(201, { key: { ...KEY, expires_at, scopes }, secret_key: expect.stringMatching(SECRET) }),
    );
    expect(rolled.body.key.id).not.toBe(old.key.id);
    for (const key of [old.secret_key, rolled.body.secret_key]) expect((await programOf(key)).status).toBe(200);
    world.advance(24 * HOUR_MS - 1);
    expect((await programOf(old.secret_key)).status).toBe(200);
    world.advance(1);
    expect(await programOf(old.secret_key)).toEqual(refused(401, "unauthorized"));
    expect((await programOf(rolled.body.secret_key)).status).toBe(200);
  });

  test("R-keys without an overlap the old one ends at once, though it was just used", async () => {
    const old = (await create({ name: "Server" })).body;
    expect((await programOf(old.secret_key)).status).toBe(200);
    expect((await roll(old.key.id, { overlap_hours: 0 })).status).toBe(201);
    expect(await programOf(old.secret_key)).toEqual(refused(401, "unauthorized"));
  });

  test("R-keys the old one never lives longer than it would have", async () => {
    const old = (await create({ name: "Server", expires_at: "2026-01-15T14:00:00Z" })).body.key;
    await roll(old.id, { overlap_hours: 168 });
    expect(await endOf(old.id)).toBe("2026-01-15T14:00:00.000Z");
  });

  test("R-keys rolled once more, it does not live longer, but may end sooner", async () => {
    const { id } = (await create({ name: "Server" })).body.key;
    await roll(id, { overlap_hours: 2 });
    world.advance(HOUR_MS);
    expect((await roll(id, { overlap_hours: 168 })).status).toBe(201);
    expect(await endOf(id)).toBe("2026-01-15T14:00:00.000Z");
    expect((await roll(id, { overlap_hours: 0 })).status).toBe(201);
    expect(await endOf(id)).toBe("2026-01-15T13:00:00.000Z");
    expect(await roll(id)).toEqual(refused(404, "not_found"));
  });

  test("R-keys a key rolls itself", async () => {
    const manager = (await create({ name: "Server", scopes: ["manage", "read"] })).body;
    const rolled = await roll(manager.key.id, { overlap_hours: 0 }, manager.secret_key);
    expect(rolled.status).toBe(201);
    expect((await programOf(rolled.body.secret_key)).status).toBe(200);
  });

  test("R-keys E-not_found what is revoked, expired, unknown or another app's has no successor", async () => {
    const stranger = await world.newApp();
    const gone = (await create({ name: "Gone" })).body.key.id;
    await revoke(gone);
    const over = (await create({ name: "Over", expires_at: "2026-01-15T12:00:01Z" })).body.key.id;
    world.advance(1_000);
    const before = await dumpDatabase(db);
    for (const id of [gone, over, "key_none", stranger.spareKeyId]) {
      expect(await roll(id)).toEqual(refused(404, "not_found"));
    }
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test.each([-1, 169, 0.5, "24", true])("R-keys refuses an overlap of %j", async (overlap_hours) => {
    expect(await roll(app.spareKeyId, { overlap_hours })).toEqual(refused(400, "invalid_request", ["overlap_hours"]));
  });
});

describe("DELETE /api/v1/keys/:id", () => {
  test("R-keys D-keys a revoked key is refused at once in this process, and elsewhere within a minute", async () => {
    const elsewhere = await createWorld({ db });
    const key = (await create({ name: "Server" })).body;
    expect((await programOf(key.secret_key)).status).toBe(200);
    expect((await programOf(key.secret_key, elsewhere)).status).toBe(200);
    expect(await revoke(key.key.id)).toEqual(answered(204, null));
    expect(await programOf(key.secret_key)).toEqual(refused(401, "unauthorized"));
    world.advance(60_000);
    elsewhere.advance(60_000);
    expect(await programOf(key.secret_key, elsewhere)).toEqual(refused(401, "unauthorized"));
  });

  test("R-keys a key that is being looked up while it is revoked is not remembered", async () => {
    const key = (await create({ name: "Server" })).body;
    // The look-up has read the key; it goes on after the revocation.
    const lookUp = world.deps.keys.find(key.secret_key);
    world.deps.keys.forget(key.key.id);
    await lookUp;
    await db.batch([{ sql: "UPDATE api_key SET revoked_at = 1 WHERE id = ?1", args: [key.key.id] }]);
    expect(await programOf(key.secret_key)).toEqual(refused(401, "unauthorized"));
  });

  test("R-keys a repeat is 204 and leaves no second line", async () => {
    expect((await revoke(app.spareKeyId)).status).toBe(204);
    const before = await dumpDatabase(db);
    world.advance(1);
    expect((await revoke(app.spareKeyId)).status).toBe(204);
    expect(await dumpDatabase(db)).toEqual(before);
  });

  test("R-keys E-conflict the last live key that may manage goes by the operator only", async () => {
    const others = await issueKey(world, app, { scopes: ["track", "read", "payouts"] });
    expect((await revoke(app.spareKeyId)).status).toBe(204);
    const last = await idOf(app.key);
    expect(await revoke(last)).toEqual(refused(409, "conflict"));
    expect((await programOf(app.key)).status).toBe(200);
    expect((await revoke(await idOf(others))).status).toBe(204);
    const made = (await create({ name: "Short", scopes: ["manage"], expires_at: "2026-01-15T13:00:00Z" })).body;
    world.advance(HOUR_MS);
    expect(await revoke(last)).toEqual(refused(409, "conflict"));
    // What has expired may go: it manages nothing any more.
    expect((await revoke(made.key.id)).status).toBe(204);
    expect((await revoke(last, world.operatorKey)).status).toBe(204);
    expect(await programOf(app.key)).toEqual(refused(401, "unauthorized"));
  });

  test("R-keys of two that revoke each other at once one stays", async () => {
    const manager = (await create({ name: "Other", scopes: ["manage"] })).body;
    await revoke(app.spareKeyId);
    const answers = await Promise.all([revoke(await idOf(app.key), manager.secret_key), revoke(manager.key.id)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 401]);
    expect(await liveKeys()).toBe(1);
  });

  test("R-keys E-not_found unknown, or another app's", async () => {
    const stranger = await world.newApp();
    const before = await dumpApp(db, stranger.id);
    for (const id of ["key_none", stranger.spareKeyId]) expect(await revoke(id)).toEqual(refused(404, "not_found"));
    expect(await dumpApp(db, stranger.id)).toEqual(before);
  });
});

describe("a key that was revoked elsewhere, and is still believed here", () => {
  test("R-keys D-keys makes, rolls and revokes no key: the database decides", async () => {
    const stolen = (await create({ name: "Stolen" })).body;
    const here = await createWorld({ db });
    expect((await programOf(stolen.secret_key, here)).status).toBe(200);
    await revoke(stolen.key.id);
    const before = await dumpDatabase(db);
    const options = { key: stolen.secret_key };
    const tries = [
      here.call("/api/v1/keys", { name: "Backdoor" }, options),
      here.call(`/api/v1/keys/${app.spareKeyId}/roll`, {}, options),
      here.call(`/api/v1/keys/${app.spareKeyId}`, undefined, { ...options, method: "DELETE" }),
    ];
    for (const answer of await Promise.all(tries)) expect(answer).toEqual(refused(401, "unauthorized"));
    expect(await dumpDatabase(db)).toEqual(before);
  });
});

describe("a batch that is applied twice", () => {
  test.each<[string, () => Promise<Answer>]>([
    ["a new key", () => create({ name: "Server" })],
    ["a rolled key", () => roll(app.spareKeyId)],
    ["a key rolled without an overlap", () => roll(app.spareKeyId, { overlap_hours: 0 })],
    ["a revocation", () => revoke(app.spareKeyId)],
  ])("R-keys AL-i2 %s ends as if it had been applied once", async (_, act) => {
    const once = await act();
    const counts = await rowCounts();
    db = openFaultyDb();
    world = await createWorld({ db });
    app = await world.newApp();
    db.fault("repeated");
    const twice = await act();
    db.fault("none");
    expect(twice.status).toBe(once.status);
    expect(await rowCounts()).toEqual(counts);
    if (twice.status === 201) expect((await roll(twice.body.key.id)).status).toBe(201);
  });

  test("R-keys the fiftieth key is there, though its batch then meets fifty", async () => {
    await fill(49);
    db.fault("repeated");
    expect((await create({ name: "Server" })).status).toBe(201);
  });
});

describe("last_used_on", () => {
  test("R-keys is the UTC day of the last call that was let in", async () => {
    const made = (await create({ name: "Server", scopes: ["track"] })).body;
    expect(await lastUse(made.key.id)).toBeNull();
    await programOf(made.secret_key);
    await click(made.secret_key, { Origin: "https://shop.example.test" });
    expect(await lastUse(made.key.id)).toBeNull();
    await click(made.secret_key);
    expect(await lastUse(made.key.id)).toBe("2026-01-15");
    world.advance(12 * HOUR_MS);
    expect(await lastUse(made.key.id)).toBe("2026-01-15");
    await click(made.secret_key);
    expect(await lastUse(made.key.id)).toBe("2026-01-16");
  });

  test("R-keys is written once a day and process, in a batch of its own", async () => {
    const watched = countingDb();
    const busy = await createWorld({ db: watched.db });
    const shop = await busy.newApp();
    busy.advance(24 * HOUR_MS);
    const conversions = () =>
      Promise.all(
        [1, 2, 3].map((user_id) =>
          busy.call("/api/track/conversion", { ref: shop.ref, user_id, amount_cents: 100 }, { key: shop.key }),
        ),
      );
    watched.writes.length = 0;
    await conversions();
    await conversions();
    busy.advance(60_000);
    await conversions();
    const marks = watched.writes.filter((texts) => texts.some((text) => text.includes("last_used_on =")));
    expect(marks).toHaveLength(1);
    expect(marks[0]).toHaveLength(1);
    expect(watched.writes).toHaveLength(10);
  });

  test("R-keys never goes back, whichever process writes last", async () => {
    const behind = await createWorld({ db });
    world.advance(24 * HOUR_MS);
    const made = (await create({ name: "Server" })).body;
    await behind.deps.keys.find(made.secret_key);
    await click(made.secret_key);
    await behind.call("/api/track/click", { ref: app.ref }, { key: made.secret_key });
    expect(await lastUse(made.key.id)).toBe("2026-01-16");
  });

  test("R-keys a use that cannot be noted fails no call, and the next one notes it", async () => {
    const inner = openMigratedDb();
    let away = true;
    const line = {
      ...inner,
      batch: async (statements: Parameters<typeof inner.batch>[0]) => {
        if (away && statements.some(({ sql }) => sql.includes("last_used_on ="))) throw new Error("away");
        return inner.batch(statements);
      },
    };
    world = await createWorld({ db: line });
    app = await world.newApp();
    expect((await programOf(app.key)).status).toBe(200);
    const first = await idOf(app.key);
    expect(await lastUse(first)).toBeNull();
    away = false;
    await programOf(app.key);
    expect(await lastUse(first)).toBe("2026-01-15");
  });
});

function create(body: object, key = app.key): Promise<Answer> {
  return world.call(`/api/v1/keys${queryOf(key)}`, body, { key });
}

function roll(id: string, body: object = {}, key = app.key): Promise<Answer> {
  return world.call(`/api/v1/keys/${id}/roll${queryOf(key)}`, body, { key });
}

function revoke(id: string, key = app.key): Promise<Answer> {
  return world.call(`/api/v1/keys/${id}${queryOf(key)}`, undefined, { key, method: "DELETE" });
}

function listed(): Promise<Answer> {
  return world.call("/api/v1/keys?limit=100", undefined, { key: app.key });
}

function queryOf(key: string): string {
  return key === world.operatorKey ? `?app_id=${app.id}` : "";
}

function click(key: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return world.call("/api/track/click", { ref: app.ref }, { key, headers });
}

function programOf(key: string, where = world): Promise<Answer> {
  return where.call("/api/v1/app", undefined, { key });
}

async function keyOf(id: string): Promise<Json> {
  return (await listed()).body.keys.find((key: Json) => key.id === id);
}

async function endOf(id: string): Promise<string | null> {
  return (await keyOf(id)).expires_at;
}

async function lastUse(id: string): Promise<string | null> {
  return (await keyOf(id)).last_used_on;
}

async function idOf(secretKey: string): Promise<string> {
  return (await listed()).body.keys.find((key: Json) => key.last4 === secretKey.slice(-4)).id;
}

async function liveKeys(): Promise<number> {
  const now = world.deps.now();
  const isLive = (row: Json) => row.revoked_at === null && (row.expires_at === null || row.expires_at > now);
  return (await rowsOf(db, "api_key")).filter((row) => row["app"] === app.id && isLive(row)).length;
}

/** Makes keys until the app has that many live ones. */
async function fill(count: number, scopes: readonly KeyScope[] = ["track"]): Promise<void> {
  for (let live = await liveKeys(); live < count; live++) await issueKey(world, app, { scopes });
}

async function rowCounts(): Promise<unknown> {
  return Object.entries(await dumpDatabase(db)).map(([table, rows]) => [table, rows.length]);
}

/** A database in memory that remembers the texts of each batch. */
function countingDb() {
  const inner = openMigratedDb();
  const writes: (readonly string[])[] = [];
  const batch: typeof inner.batch = (statements) => {
    writes.push(statements.map(({ sql }) => sql));
    return inner.batch(statements);
  };
  return { db: { ...inner, batch }, writes };
}
