import { beforeEach, describe, expect, test } from "vitest";
import { dumpDatabase } from "../support/dump.ts";
import { type FaultyDb, openFaultyDb } from "../support/faulty-db.ts";
import { asAccount, codeOf, creditsOf, redeem } from "../support/friends.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

/*
 * A batch whose answer is lost may be written again, by the store or by the caller: whatever it does is done once.
 */

let db: FaultyDb;
let world: World;
let app: TestApp;
let code: string;
let revocable: string;

beforeEach(async () => {
  db = openFaultyDb();
  world = await createWorld({ db });
  app = await world.newApp();
  code = await codeOf(world, app, "acc_1");
  revocable = (await redeem(world, app, { code, referred_account_id: "f0" })).body.redemption_id;
  await redeem(world, app, { code, referred_account_id: "waits", pending: true });
});

const CALLS: readonly (readonly [string, () => Promise<Answer>])[] = [
  ["a redemption", () => redeem(world, app, { code, referred_account_id: "f1", email: "f1@example.test" })],
  ["a completion", () => post("/api/v1/referrals/complete", { referred_account_id: "waits" })],
  ["a spend", () => asAccount(world, app, "acc_1").post("/api/v1/credits/spend", { amount: 30, reference: "o1" })],
  ["a revocation", () => post("/api/v1/credits/revoke", { redemption_id: revocable, reason: "r" })],
];

describe.each(CALLS)("%s", (_, call) => {
  test("whose batch runs twice is there once, and answers what one does", async () => {
    db.fault("repeated");
    const answer = await call();
    db.fault("none");
    expect(answer.status).toBe(200);
    const after = await dumpDatabase(db);
    world.advance(1_000);
    const again = await call();
    expect(again.body).toEqual(answer.body);
    expect(await dumpDatabase(db)).toEqual(after);
    await expectSums();
  });

  test("whose answer is lost is 503, and the caller's repeat counts once", async () => {
    db.fault("lost-answer");
    expect((await call()).status).toBe(503);
    db.fault("none");
    const after = await dumpDatabase(db);
    expect((await call()).status).toBe(200);
    expect(await dumpDatabase(db)).toEqual(after);
    await expectSums();
  });

  test("that does not arrive is 503, and nothing is written", async () => {
    const before = await dumpDatabase(db);
    db.fault("read-only");
    expect((await call()).status).toBe(503);
    db.fault("none");
    expect(await dumpDatabase(db)).toEqual(before);
  });
});

test("a code refreshed by a batch that runs twice is refreshed once", async () => {
  db.fault("repeated");
  const { body } = await asAccount(world, app, "acc_1").post("/api/v1/referrals/refresh");
  db.fault("none");
  expect(body).toMatchObject({ old_code: code });
  expect(await codeOf(world, app, "acc_1")).toBe(body.new_code);
});

function post(path: string, body: object): Promise<Answer> {
  return world.call(path, body, { key: app.key });
}

/** What each account has is what its entries add up to. */
async function expectSums(): Promise<void> {
  for (const account of ["acc_1", "f0", "f1", "waits"]) {
    const sql = "SELECT coalesce(sum(amount), 0) AS total FROM credit_entry WHERE app = ?1 AND account = ?2";
    const [row] = await db.query({ sql, args: [app.id, account] });
    expect(await creditsOf(world, app, account)).toBe(row?.["total"]);
  }
}
