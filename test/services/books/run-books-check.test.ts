import { expect, test } from "vitest";
import {
  continueBooksCheck,
  readBooksCheck,
  readBooksChecks,
  startBooksCheck,
} from "../../../worker/services/books/run-books-check.ts";
import { checksOf } from "../../../worker/store/check-books.ts";
import { pay } from "../../support/program-stage.ts";
import { createWorld, type World } from "../../support/world.ts";

const ACTOR = "operator:usr_1";

test("a check of books that balance is kept with who ran it, when, and that nothing was found", async () => {
  const world = await createWorld();
  const app = await world.newApp();
  await pay(world, app, { user: "ann", amount: 5_000, key: app.key });
  const check = await startBooksCheck(world.deps, { actor: ACTOR, appId: null });
  const now = world.deps.now();
  expect(check).toMatchObject({
    ok: true,
    value: { appId: null, actor: ACTOR, found: [], startedAt: now, endedAt: now, done: checksOf(null).length },
  });
  expect(await readBooksChecks(world.deps)).toEqual([check.ok && check.value]);
});

test("what does not add up is found and stays in the result, of all apps and of that app alone", async () => {
  const world = await createWorld();
  const [app, other] = [await world.newApp(), await world.newApp()];
  await pay(world, app, { user: "ann", amount: 5_000, key: app.key });
  await pay(world, other, { user: "ann", amount: 5_000, key: other.key });
  await world.db.batch([{ sql: "UPDATE total SET paid = 7 WHERE app = ?1", args: [app.id] }]);
  for (const appId of [null, app.id]) {
    const check = await startBooksCheck(world.deps, { actor: ACTOR, appId });
    const found = check.ok ? check.value.found : [];
    expect(found.map((one) => [one.check, one.row["app"]])).toContainEqual(["total = Σ ledger", app.id]);
    expect(found.every(({ row }) => row["app"] === app.id)).toBe(true);
  }
  const ofOther = await startBooksCheck(world.deps, { actor: ACTOR, appId: other.id });
  expect(ofOther).toMatchObject({ ok: true, value: { appId: other.id, found: [] } });
});

test("a long check goes on where it was, and two who go on with it at once note each comparison once", async () => {
  const world = await createWorld();
  const slow = slowly(world);
  const started = await startBooksCheck(slow, { actor: ACTOR, appId: null });
  const id = started.ok ? started.value.id : expect.fail("no check");
  expect(started).toMatchObject({ value: { done: 1, endedAt: null } });
  await Promise.all([continueBooksCheck(slow, id), continueBooksCheck(slow, id)]);
  expect(await readBooksCheck(world.deps, id)).toMatchObject({ value: { done: 2, endedAt: null } });
  const ended = await continueBooksCheck(world.deps, id);
  const all = checksOf(null).length;
  expect(ended).toMatchObject({ value: { done: all, checks: all, endedAt: world.deps.now() } });
  expect(await continueBooksCheck(world.deps, id)).toEqual(ended);
});

test("there is no check of an app that is not there, and none by an id that nobody began", async () => {
  const { deps } = await createWorld();
  expect(await startBooksCheck(deps, { actor: ACTOR, appId: "app_x" })).toMatchObject({
    failure: { code: "not_found" },
  });
  expect(await continueBooksCheck(deps, "chk_x")).toMatchObject({ failure: { code: "not_found" } });
  expect(await readBooksCheck(deps, "chk_x")).toMatchObject({ failure: { code: "not_found" } });
  expect(await readBooksChecks(deps)).toEqual([]);
});

/** A machine on which every comparison takes longer than a request may. */
function slowly({ deps }: World): World["deps"] {
  let now = 0;
  return { ...deps, realNow: () => (now += 60_000) };
}
