import { beforeEach, expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { refused } from "../support/answers.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CONSOLE = "/settings/affiliates";

let world: World;
let app: TestApp;
let operator: Visitor;
let owner: Visitor;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: "owner@example.test" });
  [operator, owner] = [openVisitor(world), openVisitor(world)];
  await operator.signIn("operator@example.test");
  await owner.signIn("owner@example.test");
});

test("AR1 AR3 R-console_flag off, console, owner's tab and the API over all apps are not there; what earns goes on", async () => {
  const isThere = async () => [
    (await operator.get("/account")).text.includes(`href="${CONSOLE}"`),
    (await operator.get(CONSOLE)).status,
    (await operator.get(`${CONSOLE}/affiliates`)).status,
    (await owner.get(`/apps/${app.id}`)).text.includes(`href="/apps/${app.id}/affiliates`),
    (await owner.get(`/apps/${app.id}/affiliates`)).status,
    (await owner.get(`/apps/${app.id}/affiliates/${app.affiliateId}/status?to=suspended`)).status,
    (await world.call("/api/v1/platform/books", undefined, { key: world.operatorKey })).status,
  ];
  expect(await isThere()).toEqual([true, 200, 200, true, 200, 200, 200]);
  await setFlag("/api/v1/platform/flags", false);
  expect(await isThere()).toEqual([false, 404, 404, false, 404, 404, 404]);
  expect(await world.call("/api/v1/platform/ledger", undefined, { key: world.operatorKey })).toEqual(
    refused(404, "not_found"),
  );
  await goesOn();
  // An app's own word goes first, for its owner.
  await setFlag(`/api/v1/apps/${app.id}`, true);
  expect(await isThere()).toEqual([false, 404, 404, true, 200, 200, 404]);
  await setFlag("/api/v1/platform/flags", true);
  await setFlag(`/api/v1/apps/${app.id}`, false);
  expect(await isThere()).toEqual([true, 200, 200, false, 404, 404, 200]);
  expect((await operator.get(`/apps/${app.id}/affiliates`)).status).toBe(200);
  await goesOn();
});

test("AR3 AR16 AR17 an operator finds a creator of any app, changes several with a preview, and an app's fee", async () => {
  const found = await operator.get(`${CONSOLE}/affiliates?q=${app.ref}`);
  expect(found.text).toContain(`/apps/${app.id}/affiliates/${app.affiliateId}`);
  const tick = { [`pick.${app.id}.${app.affiliateId}`]: "1" };
  const drafted = await operator.post(`${CONSOLE}/affiliates`, { ...tick, action: "suspend", reason: "odd" });
  const path = drafted.location ?? "";
  expect((await operator.get(path)).text).toContain("Suspends 1 creator");
  await operator.post(`${path}/run`);
  expect((await affiliate()).status).toBe("suspended");
  expect((await operator.post(`${CONSOLE}/apps/${app.id}/money`, { fee: "12.5" })).status).toBe(303);
  expect((await world.call("/api/v1/app", undefined, { key: app.key })).body.app.platform_fee_bps).toBe(1_250);
  expect([(await owner.get(CONSOLE)).status, (await owner.get(path)).status]).toEqual([404, 404]);
});

async function affiliate() {
  return (await world.call(`/api/v1/affiliates/${app.affiliateId}`, undefined, { key: app.key })).body.affiliate;
}

let payments = 0;

/** Events are recorded and refunded, and keys open what they opened. */
async function goesOn(): Promise<void> {
  payments += 1;
  const user_id = `u_${payments}`;
  const paid = { ref: app.ref, user_id, amount_cents: 10_000, event_id: `e_${payments}` };
  expect((await world.call("/api/track/conversion", paid, { key: app.key })).status).toBe(200);
  const back = { user_id, amount_cents: 1_000, event_id: `r_${payments}` };
  expect((await world.call("/api/track/refund", back, { key: app.key })).status).toBe(200);
  expect((await world.call("/api/v1/affiliates", undefined, { key: app.key })).status).toBe(200);
}

async function setFlag(path: string, isOn: boolean): Promise<void> {
  const body = { enable_settings_affiliates: isOn };
  expect((await world.call(path, body, { key: world.operatorKey, method: "PATCH" })).status).toBe(200);
}
