import { expect, test } from "vitest";
import { joinAffiliate } from "../../worker/services/affiliates/join-affiliate.ts";
import { type Identity, insertAffiliate } from "../../worker/store/affiliate-store.ts";
import { DbError } from "../../worker/store/db.ts";
import { askRefusal, readRefusal, writeJoinPolicy } from "../../worker/store/join-store.ts";
import { rowsOf } from "../support/dump.ts";
import { createWorld, type World } from "../support/world.ts";

const KIM: Identity = { accountId: "acc_1", email: null, emailHmac: null };
const DRAFT = { accountId: "acc_1", email: null, name: null, ref: null, country: null };

test("AR4 AR5 a batch that is sent again after the program has closed meets its own first run, and refuses nobody", async () => {
  const { world, appId } = await open();
  const joined = {
    ...KIM,
    id: "aff_1",
    name: null,
    ref: "kim",
    code: "kim",
    join: { country: null, provenEmail: false },
    now: 1,
  };
  const batch = [...insertAffiliate(appId, joined), askRefusal(appId, { ...KIM, country: null })];
  expect(readRefusal(await world.db.batch(batch))).toBeNull();
  await close(world, appId);
  await expect(world.db.batch(batch)).rejects.toMatchObject({ kind: "constraint", statementIndex: 0 });
  expect(readRefusal(await world.db.batch([askRefusal(appId, { ...KIM, country: null })]))).toBeNull();
});

test("AR4 whose answer was lost has joined once, by one code", async () => {
  const { world, appId } = await open();
  let lost = 0;
  const batch: typeof world.db.batch = async (statements) => {
    await world.db.batch(statements);
    lost += 1;
    return world.db.batch(statements);
  };
  const deps = { ...world.deps, db: { ...world.db, batch } };
  const joined = await joinAffiliate(deps, appId, { actor: "key:key_1", draft: DRAFT });
  expect(joined).toMatchObject({ ok: true, value: { created: true, affiliate: { accountId: "acc_1" } } });
  expect(lost).toBe(1);
  expect(await rowsOf(world.db, "affiliate")).toHaveLength(2);
  expect(await rowsOf(world.db, "code")).toHaveLength(2);
  expect((await rowsOf(world.db, "audit")).filter((row) => row["action"] === "affiliate.joined")).toHaveLength(1);
});

test("AR5 a program that closes while somebody joins lets them in or refuses them: the batch decides", async () => {
  const { world, appId } = await open();
  // It closes after the look at who is known, and before the batch.
  const batch: typeof world.db.batch = async (statements) => {
    await close(world, appId);
    return world.db.batch(statements);
  };
  const deps = { ...world.deps, db: { ...world.db, batch } };
  const refused = await joinAffiliate(deps, appId, { actor: "key:key_1", draft: DRAFT });
  expect(refused).toMatchObject({ ok: false, failure: { code: "join_refused" } });
  expect(await rowsOf(world.db, "affiliate")).toHaveLength(1);
});

test("AR4 who was made meanwhile by another call is answered as they are, also where the program is closed by then", async () => {
  const { world, appId } = await open();
  let isFirst = true;
  const batch: typeof world.db.batch = async (statements) => {
    if (!isFirst) return world.db.batch(statements);
    isFirst = false;
    const other = { ...KIM, id: "aff_other", name: null, ref: "kim", code: "kim", join: null, now: 1 };
    await world.db.batch(insertAffiliate(appId, other));
    await close(world, appId);
    return world.db.batch(statements);
  };
  const deps = { ...world.deps, db: { ...world.db, batch } };
  const joined = await joinAffiliate(deps, appId, { actor: "key:key_1", draft: DRAFT });
  expect(joined).toMatchObject({ ok: true, value: { created: false, affiliate: { id: "aff_other" } } });
});

test("AR4 a database that is away is no refusal", async () => {
  const { world, appId } = await open();
  const away = new DbError("unavailable", "away");
  const deps = { ...world.deps, db: { ...world.db, batch: () => Promise.reject(away) } };
  await expect(joinAffiliate(deps, appId, { actor: "key:key_1", draft: DRAFT })).rejects.toBe(away);
});

async function open(): Promise<{ readonly world: World; readonly appId: string }> {
  const world = await createWorld();
  return { world, appId: (await world.newApp()).id };
}

async function close(world: World, appId: string): Promise<void> {
  await world.db.batch([writeJoinPolicy(appId, { accounts: "none", countries: null, now: 1 })]);
}
