import { expect, test } from "vitest";
import { sendSignInCode } from "../../../worker/services/mail/send-sign-in-code.ts";
import { openAuth } from "../../../worker/services/accounts/auth.ts";
import { requestCode } from "../../../worker/services/accounts/request-code.ts";
import { signIn } from "../../../worker/services/accounts/sign-in.ts";
import { countUnder } from "../../../worker/store/auth-store.ts";
import { DbError, type Statement } from "../../../worker/store/db.ts";
import { dumpDatabase, rowsOf } from "../../support/dump.ts";
import { openFaultyDb } from "../../support/faulty-db.ts";
import { codeFor } from "../../support/visitor.ts";
import { createWorld } from "../../support/world.ts";

const MARA = "mara@example.test";

test("R-signin a count that is written twice counts once, and the next one counts", async () => {
  const { db } = await createWorld();
  for (const id of ["lim_1", "lim_1", "lim_2", "lim_2"]) await db.batch([count(id)]);
  expect(await rowsOf(db, "rate_limits")).toMatchObject([{ count: 2, last_request: 1_000 }]);
});

test("R-signin a code is kept as nobody can read it who does not have our secret too", async () => {
  const world = await createWorld();
  const other = await createWorld({ config: { authSecret: "t".repeat(32) } });
  const code = await (await openAuth(world.deps)).makeCode(MARA);
  expect(JSON.stringify(await dumpDatabase(world.db))).not.toContain(code);
  const [row] = await rowsOf(world.db, "verifications");
  expect(String(row?.["value"])).toMatch(/^[0-9a-f]{64}:0$/);
  const elsewhere = { ...other.deps, db: world.db };
  expect(await (await openAuth(elsewhere)).signIn(MARA, code)).toBeNull();
  expect((await (await openAuth(world.deps)).signIn(MARA, code))?.setCookies).toHaveLength(1);
});

test("R-signin E-unavailable a database that is away is told as that, not as a wrong code", async () => {
  const db = openFaultyDb();
  const world = await createWorld({ db });
  const auth = await openAuth(world.deps);
  db.fault("away");
  for (const call of [
    () => auth.makeCode(MARA),
    () => auth.signIn(MARA, "123456"),
    () => requestCode(world.deps, { email: MARA, asker: "stranger" }),
  ]) {
    const error: unknown = await call().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DbError);
    expect(error).toMatchObject({ kind: "unavailable" });
  }
});

test("R-signin a database whose answers got lost makes one code, one person and one session of what it is sent again", async () => {
  const db = openFaultyDb();
  const world = await createWorld({ db });
  const auth = await openAuth(world.deps);
  db.fault("repeated");
  const code = await auth.makeCode(MARA);
  // What takes the code out, and the others of the mailbox: sent again, it would find none.
  db.fault("repeated", 2);
  expect((await auth.signIn(MARA, code))?.setCookies).toHaveLength(1);
  for (const [table, rows] of [
    ["users", 1],
    ["sessions", 1],
    ["verifications", 0],
  ] as const) {
    expect(await rowsOf(world.db, table)).toHaveLength(rows);
  }
});

test("R-signin a code is good with what the browser got that asked for it, and until it ends", async () => {
  const world = await createWorld();
  const { deps } = world;
  const asked = await requestCode(deps, { email: MARA, asker: "stranger" });
  const flow = asked.ok ? asked.value : expect.fail("no code");
  const other = await requestCode(deps, { email: "noah@example.test", asker: "stranger" });
  const entering = { email: MARA, code: codeFor(world, MARA), oldToken: null };
  for (const wrong of [
    { ...flow, endsAt: deps.realNow() },
    { ...flow, mark: flow.id },
    { ...flow, id: "flw_other" },
    other.ok ? other.value : expect.fail("no code"),
  ]) {
    expect(await signIn(deps, { ...entering, flow: wrong })).toMatchObject({ failure: { code: "invalid_request" } });
  }
  expect(flow.mark).toMatch(/^[0-9a-f]{64}$/);
  expect(await signIn(deps, { ...entering, flow })).toMatchObject({ ok: true });
});

test("R-signin better-auth itself takes five wrong guesses of a code, and no more", async () => {
  const world = await createWorld();
  const auth = await openAuth(world.deps);
  for (const [wrongs, isGood] of [
    [4, true],
    [5, false],
  ] as const) {
    const code = await auth.makeCode(MARA);
    for (let guess = 0; guess < wrongs; guess++) {
      expect(await auth.signIn(MARA, code === "000000" ? "000001" : "000000")).toBeNull();
    }
    expect((await auth.signIn(MARA, code)) !== null).toBe(isGood);
  }
});

test("R-signin the mail names its code", async () => {
  const world = await createWorld();
  await sendSignInCode(world.deps, { to: MARA, code: "123456", confirms: true });
  expect(world.mails()).toMatchObject([{ to: MARA, text: expect.stringContaining("123456") }]);
});

function count(id: string): Statement {
  return countUnder("codes:h", { id, realNow: 1_000, windowMs: 100 });
}
