import { beforeEach, describe, expect, test } from "vitest";
import { addOwner, readOwners } from "../../../worker/services/accounts/add-owner.ts";
import { actorOf, type Person } from "../../../worker/services/accounts/person.ts";
import { readMyApp, readMyApps } from "../../../worker/services/accounts/read-my-apps.ts";
import { readMyProgram, readMyPrograms } from "../../../worker/services/accounts/read-my-programs.ts";
import { removeOwner } from "../../../worker/services/accounts/remove-owner.ts";
import { insertOwner, MAX_OWNERS } from "../../../worker/store/owner-store.ts";
import { dumpApp, rowsOf } from "../../support/dump.ts";
import { createWorld, type TestApp, type World } from "../../support/world.ts";

const OWNER = "owner@example.test";
const SECOND = "second@example.test";

let world: World;
let app: TestApp;
let other: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  world.advance(1);
  other = await world.newApp();
});

describe("adding an owner", () => {
  test("R-owners lets them run that app, and leaves one line", async () => {
    const before = await dumpApp(world.db, other.id);
    expect(await add(OWNER)).toEqual([OWNER]);
    world.advance(1);
    expect(await add(SECOND)).toEqual([OWNER, SECOND]);
    expect(await readMyApp(world.deps, personOf(OWNER), app.id)).toMatchObject({ id: app.id });
    expect(await readMyApp(world.deps, personOf(OWNER), other.id)).toBeNull();
    expect(await dumpApp(world.db, other.id)).toEqual(before);
    expect(await linesOf("owner.added")).toEqual([SECOND, OWNER]);
  });

  test("R-owners of somebody who is one changes nothing, and leaves no line", async () => {
    await add(OWNER);
    world.advance(1);
    expect(await add(OWNER)).toEqual([OWNER]);
    expect(await linesOf("owner.added")).toEqual([OWNER]);
    expect(await readOwners(world.deps, app.id)).toMatchObject([{ createdAt: world.deps.now() - 1 }]);
  });

  test("R-owners to an app that is not there, or has its most, is refused", async () => {
    const nowhere = await addOwner(world.deps, { actor: "a test", appId: "app_x", email: OWNER });
    expect(nowhere).toMatchObject({ ok: false, failure: { code: "conflict" } });
    for (let owner = 0; owner < MAX_OWNERS; owner++) await add(`o${owner}@example.test`);
    expect(await addOwner(world.deps, { actor: "a test", appId: app.id, email: OWNER })).toMatchObject({ ok: false });
    expect(await rowsOf(world.db, "app_owner")).toHaveLength(MAX_OWNERS);
  });

  test("R-owners by a batch that is repeated is one owner", async () => {
    const statement = insertOwner(app.id, { email: OWNER, actor: "a test", now: 1 });
    await world.db.batch([statement]);
    await world.db.batch([statement]);
    expect(await readOwners(world.deps, app.id)).toHaveLength(1);
  });
});

describe("taking an owner away", () => {
  test("R-owners ends what they run, and leaves one line; once more it changes nothing", async () => {
    await add(OWNER);
    await add(SECOND);
    await addOwner(world.deps, { actor: "a test", appId: other.id, email: SECOND });
    const before = await dumpApp(world.db, other.id);
    for (let time = 0; time < 2; time++) {
      expect(await removeOwner(world.deps, { by: personOf(OWNER), appId: app.id, email: SECOND })).toMatchObject({
        value: [{ email: OWNER }],
      });
    }
    expect(await readMyApp(world.deps, personOf(SECOND), app.id)).toBeNull();
    expect(await dumpApp(world.db, other.id)).toEqual(before);
    expect(await linesOf("owner.removed")).toEqual([SECOND]);
  });

  test("R-owners leaves the last one, also of two who take each other away at once; an operator takes that one too", async () => {
    await add(OWNER);
    const alone = await removeOwner(world.deps, { by: personOf(OWNER), appId: app.id, email: OWNER });
    expect(alone).toMatchObject({ ok: false, failure: { code: "conflict" } });
    await add(SECOND);
    await Promise.all([
      removeOwner(world.deps, { by: personOf(OWNER), appId: app.id, email: SECOND }),
      removeOwner(world.deps, { by: personOf(SECOND), appId: app.id, email: OWNER }),
    ]);
    const left = await readOwners(world.deps, app.id);
    expect(left).toHaveLength(1);
    const by = { ...personOf("operator@example.test"), isOperator: true };
    const gone = await removeOwner(world.deps, { by, appId: app.id, email: left[0]?.email ?? "" });
    expect(gone).toMatchObject({ ok: true, value: [] });
  });
});

describe("what is theirs", () => {
  test("R-owners are all apps to an operator, and their own to an owner, newest first, in pages", async () => {
    await addOwner(world.deps, { actor: "a test", appId: app.id, email: OWNER });
    await addOwner(world.deps, { actor: "a test", appId: other.id, email: OWNER });
    await addOwner(world.deps, { actor: "a test", appId: other.id, email: SECOND });
    const operator = { ...personOf("operator@example.test"), isOperator: true };
    for (const person of [operator, personOf(OWNER)]) {
      expect(await appsOf(person)).toEqual([other.id, app.id]);
      const [first] = await readMyApps(world.deps, person, { after: null, limit: 1 });
      const after = { at: first?.createdAt ?? 0, id: first?.id ?? "" };
      const rest = await readMyApps(world.deps, person, { after, limit: 1 });
      expect([first?.id, ...rest.map(({ id }) => id)]).toEqual([other.id, app.id]);
    }
    expect(await appsOf(personOf(SECOND))).toEqual([other.id]);
    expect(await appsOf(personOf("nobody@example.test"))).toEqual([]);
  });

  test("R-owners AR1 are the programs of their address in every app, but for those whose promoters' side is off", async () => {
    for (const { key } of [app, other]) await world.call("/api/v1/affiliates", { email: "Mara@Example.test" }, { key });
    const mara = personOf("mara@example.test");
    expect((await readMyPrograms(world.deps, mara)).map((program) => program.app.id).toSorted()).toEqual(
      [app.id, other.id].toSorted(),
    );
    const options = { key: world.operatorKey, method: "PATCH" };
    await world.call(`/api/v1/apps/${other.id}`, { enable_platform_referrals: false }, options);
    expect((await readMyPrograms(world.deps, mara)).map((program) => program.app.id)).toEqual([app.id]);
    expect(await readMyProgram(world.deps, mara, other.id)).toBeNull();
    expect(await readMyProgram(world.deps, mara, app.id)).toMatchObject({
      app: { id: app.id },
      affiliate: { email: "mara@example.test" },
    });
    expect(await readMyPrograms(world.deps, personOf("nobody@example.test"))).toEqual([]);
  });
});

async function add(email: string): Promise<readonly string[]> {
  const added = await addOwner(world.deps, { actor: actorOf(personOf(OWNER)), appId: app.id, email });
  return added.ok ? added.value.map((owner) => owner.email) : [];
}

async function appsOf(person: Person): Promise<readonly string[]> {
  return (await readMyApps(world.deps, person, { after: null, limit: 50 })).map(({ id }) => id);
}

async function linesOf(action: string): Promise<readonly string[]> {
  const { body } = await world.call(`/api/v1/audit?action=${action}`, undefined, { key: app.key });
  return body.entries.map((line: { object: string }) => line.object);
}

function personOf(email: string): Person {
  return {
    id: `usr_${email}`,
    email,
    isOperator: false,
    sessionId: "ses_1",
    confirmedAt: 0,
    hasApps: false,
    hasPrograms: false,
    hasConsole: false,
  };
}
