import { expect, test } from "vitest";
import { sendSignInCode } from "../../../worker/services/mail/send-sign-in-code.ts";
import { openAuth } from "../../../worker/services/accounts/auth.ts";
import { requestCode } from "../../../worker/services/accounts/request-code.ts";
import { countUnder } from "../../../worker/store/auth-store.ts";
import { DbError, type Statement } from "../../../worker/store/db.ts";
import { dumpDatabase, rowsOf } from "../../support/dump.ts";
import { openFaultyDb } from "../../support/faulty-db.ts";
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
    () => requestCode(world.deps, { email: MARA, confirms: false }),
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

test("R-signin the mail names its code", async () => {
  const world = await createWorld();
  await sendSignInCode(world.deps, { to: MARA, code: "123456", confirms: true });
  expect(world.mails()).toMatchObject([{ to: MARA, text: expect.stringContaining("123456") }]);
});

function count(id: string): Statement {
  return countUnder("codes:h", { id, realNow: 1_000, windowMs: 100 });
}
