import { beforeEach, expect, test } from "vitest";
import { writeInstallationFlags } from "../../worker/store/flag-store.ts";
import { answered, refused } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { openVisitor } from "../support/visitor.ts";
import { type Answer, createWorld, type TestApp, type World } from "../support/world.ts";

const PLATFORM = "/api/v1/platform/flags";

let world: World;
let app: TestApp;
let other: TestApp;

beforeEach(async () => {
  // As production begins: the promoters' side on, the administration off.
  world = await createWorld({ config: { flags: { platformReferrals: true, settingsAffiliates: false } } });
  app = await world.newApp();
  other = await world.newApp();
});

test("AR1 R-flags the environment begins, the installation overrides it, an app overrides both, and null gives back", async () => {
  await expectFlags({ of: app, referrals: [true, "environment"], affiliates: [false, "environment"] });

  const set = await patch({ enable_settings_affiliates: true });
  const at = "2026-01-15T12:00:00.000Z";
  expect(set).toEqual(
    answered(200, {
      flags: {
        enable_platform_referrals: { enabled: true, from: "environment" },
        enable_settings_affiliates: { enabled: true, from: "installation" },
      },
      changes: [
        { id: expect.stringMatching(/^aud_/), at, actor: "operator", after: { enable_settings_affiliates: true } },
      ],
    }),
  );
  expect(await world.call(PLATFORM, undefined, { key: world.operatorKey })).toEqual(answered(200, set.body));
  await expectFlags({ of: app, referrals: [true, "environment"], affiliates: [true, "installation"] });

  await patchApp({ enable_settings_affiliates: false, enable_platform_referrals: false });
  await expectFlags({ of: app, referrals: [false, "app"], affiliates: [false, "app"] });
  await expectFlags({ of: other, referrals: [true, "environment"], affiliates: [true, "installation"] });

  await patchApp({ enable_settings_affiliates: null });
  await patch({ enable_platform_referrals: true });
  await expectFlags({ of: app, referrals: [false, "app"], affiliates: [true, "installation"] });

  await patchApp({ enable_platform_referrals: null });
  const back = await patch({ enable_platform_referrals: null, enable_settings_affiliates: null });
  expect(back.body.changes).toHaveLength(3);
  await expectFlags({ of: app, referrals: [true, "environment"], affiliates: [false, "environment"] });
});

test("AR1 R-flags an app's flags are the operator's alone, and audited", async () => {
  const own = { enable_platform_referrals: false, enable_settings_affiliates: true };
  expect((await world.call("/api/v1/app", own, { key: app.key, method: "PATCH" })).status).toBe(200);
  await expectFlags({ of: app, referrals: [true, "environment"], affiliates: [false, "environment"] });
  await patchApp(own);
  const { entries } = (await world.call("/api/v1/audit?action=app.changed", undefined, { key: app.key })).body;
  expect(entries[0]).toMatchObject({
    actor: "operator",
    after: { platform_referrals: false, settings_affiliates: true },
  });
});

test("AR1 R-flags a promoters' side that is off is nowhere: in no link, at no path, and nobody joins", async () => {
  const creator = openVisitor(world);
  await creator.signIn("creator1@example.test");
  const isThere = async () => {
    const paths = [`/referrals/${app.id}`, `/referrals/${app.id}/payouts`];
    const statuses = await Promise.all(paths.map(async (path) => (await creator.get(path)).status));
    statuses.push((await openVisitor(world).get(`/join/${app.id}`)).status);
    const isLinked = (await creator.get("/account")).text.includes('href="/referrals"');
    return [isLinked, ...statuses];
  };
  const on = [true, 200, 200, 200];
  const off = [false, 404, 404, 404];
  expect(await isThere()).toEqual(on);
  await patch({ enable_platform_referrals: false });
  expect(await isThere()).toEqual(off);
  await patchApp({ enable_platform_referrals: true });
  expect(await isThere()).toEqual(on);
  await patch({ enable_platform_referrals: null });
  await patchApp({ enable_platform_referrals: false });
  expect(await isThere()).toEqual(off);
  // What is earned goes on.
  const call = { ref: app.ref, user_id: "u_1", amount_cents: 10_000 };
  expect((await world.call("/api/track/conversion", call, { key: app.key })).status).toBe(200);
});

test.each([
  ["a number", { enable_platform_referrals: 1 }, "enable_platform_referrals"],
  ["a word", { enable_settings_affiliates: "on" }, "enable_settings_affiliates"],
])("R-flags refuses %s", async (_, body, field) => {
  const before = await dumpDatabase(world.db);
  expect(await patch(body)).toEqual(refused(400, "invalid_request", [field]));
  expect(await patchApp({ name: "New", ...body })).toEqual(refused(400, "invalid_request", [field]));
  expect(await dumpDatabase(world.db)).toEqual(before);
});

test("R-flags the last 50 changes are kept, each once though its batch is repeated", async () => {
  for (let change = 0; change < 52; change++) {
    const line = { id: `aud_${change}`, at: change, actor: "operator", set: { platformReferrals: change % 2 === 0 } };
    await world.db.batch(writeInstallationFlags(line));
    if (change > 50) await world.db.batch(writeInstallationFlags(line));
  }
  const { changes } = (await world.call(PLATFORM, undefined, { key: world.operatorKey })).body;
  expect(changes).toHaveLength(50);
  expect([changes[0].id, changes[1].id, changes[49].id]).toEqual(["aud_51", "aud_50", "aud_2"]);
});

type Flag = readonly [enabled: boolean, from: string];

async function expectFlags({ of, ...flags }: { of: TestApp; referrals: Flag; affiliates: Flag }): Promise<void> {
  const shown = (await world.call("/api/v1/app", undefined, { key: of.key })).body.app;
  const states = [shown.enable_platform_referrals, shown.enable_settings_affiliates];
  expect(states.map(({ enabled, from }) => [enabled, from])).toEqual([flags.referrals, flags.affiliates]);
}

function patch(body: object): Promise<Answer> {
  return world.call(PLATFORM, body, { key: world.operatorKey, method: "PATCH" });
}

function patchApp(body: object): Promise<Answer> {
  return world.call(`/api/v1/apps/${app.id}`, body, { key: world.operatorKey, method: "PATCH" });
}
