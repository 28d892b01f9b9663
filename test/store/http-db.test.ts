import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import type { SqlValue, Statement } from "../../worker/store/db.ts";
import { HTTP_LIMITS, type HttpDbOptions, openHttpDb } from "../../worker/store/http-db.ts";
import { closedAfterwards, startTestServer } from "../support/db-drivers.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";

/** For tests that wait for a try to end: the third is cut short, as with the real ones. */
const SHORT_LIMITS = { tryMs: 500, totalMs: 1_100, pausesMs: [5, 10] };
/** For the others: no try ends by the clock, however busy the machine is. */
const PATIENT_LIMITS = { tryMs: 30_000, totalMs: 60_000, pausesMs: [5, 10] };
const WAITS_FOR_THE_CLOCK: ReadonlySet<Fault> = new Set(["hang", "late"]);
/** A claim under its natural key: running it twice is running it once. */
const CLAIM: Statement = {
  sql: "INSERT INTO claim (id, amount) VALUES (1, 500) ON CONFLICT DO NOTHING",
  args: [],
};
const ADD_UP: Statement = { sql: "SELECT count(*) AS count, sum(amount) AS sum FROM claim", args: [] };

describe("one try", () => {
  test("a batch is one POST, and so is a query", async () => {
    const { db, proxy } = await setUp();
    await db.batch([CLAIM, ADD_UP, ADD_UP]);
    expect(proxy.seen()).toBe(1);
    await db.query(ADD_UP);
    expect(proxy.seen()).toBe(2);
  });

  test.each([
    ["constraint", sql("INSERT INTO claim (id, amount) VALUES (2, -1)")],
    ["invalid", sql("SELECT nothing FROM nowhere")],
  ])("a known failure (%s) is not repeated", async (kind, statement) => {
    const { db, proxy } = await setUp();
    await expect(db.batch([CLAIM, statement])).rejects.toMatchObject({ kind, statementIndex: 1 });
    expect(proxy.seen()).toBe(1);
  });

  test("an answer with an integer beyond 2^53 is not repeated: the batch is written, so its failure is unavailable", async () => {
    const { db, proxy } = await setUp();
    const batch = db.batch([CLAIM, sql("SELECT 9007199254740993 AS big")]);
    await expect(batch).rejects.toMatchObject({ kind: "unavailable", statementIndex: 1 });
    expect(proxy.seen()).toBe(1);
    expect(await db.query(ADD_UP)).toEqual([{ count: 1, sum: 500 }]);
  });
});

describe("an unknown outcome", () => {
  const reachesServer: Fault[] = ["drop-answer", "hang", "late", "garbage", "truncated"];
  const staysOut: Fault[] = ["drop-request", "500", "503"];

  test.each([...reachesServer, ...staysOut])(
    "%s: the identical batch is sent again, and applied once",
    async (fault) => {
      const { db, proxy } = await setUp({ limits: limitsFor(fault) });
      proxy.failNext(fault);
      const [, rows] = await db.batch([CLAIM, ADD_UP]);
      expect(rows).toEqual([{ count: 1, sum: 500 }]);
      expect(proxy.seen()).toBeGreaterThanOrEqual(2);
      await expect.poll(() => proxy.answered()).toBeGreaterThanOrEqual(reachesServer.includes(fault) ? 2 : 1);
      expect(await db.query(ADD_UP)).toEqual([{ count: 1, sum: 500 }]);
    },
  );

  test.each([...reachesServer, ...staysOut])("%s: a query is sent again", async (fault) => {
    const { db, proxy } = await setUp({ limits: limitsFor(fault) });
    proxy.failNext(fault);
    expect(await db.query(ADD_UP)).toEqual([{ count: 0, sum: null }]);
    expect(proxy.seen()).toBeGreaterThanOrEqual(2);
  });

  test("after the third try it is unavailable, though it may be written", async () => {
    const { db, proxy } = await setUp();
    proxy.failNext("drop-answer", "drop-answer", "drop-answer");
    await expect(db.batch([CLAIM])).rejects.toMatchObject({ name: "DbError", kind: "unavailable" });
    expect(proxy.seen()).toBe(3);
    expect(await db.query(ADD_UP)).toEqual([{ count: 1, sum: 500 }]);
  });

  test("the pauses between tries are the stated ones", async () => {
    const pauses: number[] = [];
    const { db, proxy } = await setUp({ sleep: async (ms) => void pauses.push(ms) });
    proxy.failNext("500", "503", "drop-request");
    await expect(db.batch([CLAIM])).rejects.toMatchObject({ kind: "unavailable" });
    expect(pauses).toEqual(PATIENT_LIMITS.pausesMs);
  });
});

describe("a server that is gone", () => {
  test("nobody listens: unavailable within 8 s, with the real limits", async () => {
    const startedAt = performance.now();
    const db = openHttpDb({ url: "http://127.0.0.1:1" });
    await expect(db.batch([CLAIM])).rejects.toMatchObject({ kind: "unavailable" });
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  test("nobody answers: the third try is cut short where the time is over", async () => {
    const { db, proxy } = await setUp({ limits: SHORT_LIMITS });
    proxy.failNext("hang", "hang", "hang");
    const startedAt = performance.now();
    await expect(db.batch([CLAIM])).rejects.toMatchObject({ kind: "unavailable" });
    const elapsedMs = performance.now() - startedAt;
    expect(proxy.seen()).toBe(3);
    expect(elapsedMs).toBeGreaterThan(SHORT_LIMITS.totalMs - 50);
    expect(elapsedMs).toBeLessThan(3 * SHORT_LIMITS.tryMs);
  });

  test("the real limits are three tries of 3 s within 8 s", () => {
    expect(HTTP_LIMITS).toEqual({ tryMs: 3_000, totalMs: 8_000, pausesMs: [100, 400] });
  });

  test("a wrong token is unavailable, and the message does not hold it", async () => {
    const { db } = await setUp({ authToken: "not-the-token" }, { migrated: false });
    await expect(db.query(sql("SELECT 1"))).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.not.stringContaining("not-the-token"),
    });
  });
});

test("another kind of URL is refused at once", () => {
  expect(() => openHttpDb({ url: "file:data/agentlinks.db" })).toThrow(TypeError);
});

test("what a Worker imports holds neither the native driver nor Node's modules", async () => {
  const { metafile } = await build({
    entryPoints: ["worker/store/http-db.ts"],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
  });
  expect(Object.keys(metafile.inputs).filter((path) => /node_modules\/(libsql|@neon-rs)\//.test(path))).toEqual([]);
});

test("a fetch of one's own is used", async () => {
  const methods: string[] = [];
  const { db } = await setUp({
    fetch: (request, init) => {
      methods.push(request.method);
      return fetch(request, init);
    },
  });
  methods.length = 0;
  await db.query(ADD_UP);
  expect(methods).toEqual(["POST"]);
});

/** A table behind a proxy that has not counted or spoiled anything yet. */
async function setUp(options: Partial<HttpDbOptions> = {}, { migrated = true } = {}) {
  const server = await startTestServer();
  const proxy = await startFaultProxy(server.url);
  if (migrated) {
    const direct = closedAfterwards(openHttpDb(server));
    await direct.batch([
      sql("CREATE TABLE claim (id INTEGER PRIMARY KEY NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0)) STRICT"),
    ]);
  }
  const db = closedAfterwards(
    openHttpDb({ authToken: server.authToken, limits: PATIENT_LIMITS, ...options, url: proxy.url }),
  );
  return { db, proxy };
}

function limitsFor(fault: Fault) {
  return WAITS_FOR_THE_CLOCK.has(fault) ? SHORT_LIMITS : PATIENT_LIMITS;
}

function sql(text: string, ...args: SqlValue[]): Statement {
  return { sql: text, args };
}
