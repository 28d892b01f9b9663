import { expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { SETUP } from "../../worker/texts/setup.ts";
import { openVisitor, type PageAnswer } from "../support/visitor.ts";
import { createWorld, type World } from "../support/world.ts";

const OPERATOR = "operator@example.test";
const OWNER = "owner@example.test";
const NEW_APP = {
  name: "Kilns",
  currency: "eur",
  commission_percent: "25",
  mode: "live",
  domain: "kilns.example.test",
};

test("R-new_app an operator makes an app, in a currency that is asked; its key is shown this once, and works", async () => {
  const world = await operated();
  const visitor = await signedIn(world, OPERATOR);
  expect((await visitor.post("/apps/new", { ...NEW_APP, currency: "" })).status).toBe(400);
  const made = await visitor.post("/apps/new", NEW_APP);
  expect([made.status, made.location, made.headers.get("Cache-Control")]).toEqual([200, null, "no-store"]);
  const key = keyOf(made);
  const { body } = await world.call("/api/v1/app", undefined, { key });
  expect(body.app).toMatchObject({ name: "Kilns", currency: "eur", commission_percent: 25 });
  const list = await visitor.get("/apps");
  expect(list.text).toContain("Kilns");
  expect(list.text).not.toContain(key);
  const other = await signedIn(world, "other@example.test");
  expect((await other.get("/apps/new")).status).toBe(404);
  expect((await other.post("/apps/new", NEW_APP)).status).toBe(404);
});

test("R-setup each step of a new app is done when what it asks for is there", async () => {
  const world = await operated();
  const visitor = await signedIn(world, OPERATOR);
  const made = await visitor.post("/apps/new", NEW_APP);
  const key = keyOf(made);
  const path = /href="(\/apps\/app_[\w-]+)"/.exec(made.text)?.[1] ?? "";
  const step = async () => doneIn(await visitor.get(path));
  expect(await step()).toEqual([SETUP.steps.created.title]);
  await world.call("/api/v1/affiliates", { email: "mara@example.test", ref: "mara" }, { key });
  expect(await step()).toContain(SETUP.steps.creators.title);
  expect((await visitor.get(path)).text).toContain("https://kilns.example.test/?ref=mara");
  await world.call("/api/track/click", { ref: "mara", visitor: "v1" }, { key });
  expect(await step()).toContain(SETUP.steps.click.title);
  await world.call("/api/track/signup", { ref: "mara", user_id: "u_1" }, { key });
  expect(await step()).toContain(SETUP.steps.event.title);
  expect((await visitor.get(path)).text).toContain(SETUP.trust.switchAction);
  expect((await visitor.post(`${path}/settings/trust/keyed`)).location).toBe(`${path}/settings/trust?done=keyed`);
  expect((await world.call("/api/v1/app", undefined, { key })).body.app.conversions).toBe("keyed");
  expect(await step()).toContain(SETUP.steps.trust.title);
  await visitor.post(`${path}/settings/payouts`, { rail: "manual", schedule: "none", minimum_eur: "100" });
  const after = await visitor.get(path);
  expect(doneIn(after)).toEqual([]);
  expect(after.text).not.toContain(SETUP.overview.setupLead);
  expect(after.text).not.toContain(SETUP.trust.switchAction);
});

test("R-setup_pages an app's settings are its owners' and operators', and their changes are theirs in the audit log", async () => {
  const world = await operated();
  const app = await world.newApp();
  const owner = await signedIn(world, OWNER);
  const path = `/apps/${app.id}/settings/mails`;
  expect((await owner.get(path)).status).toBe(404);
  expect((await owner.post(path, {})).status).toBe(404);
  expect((await openVisitor(world).get(path)).location).toBe(`/signin?next=${encodeURIComponent(path)}`);
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  expect((await owner.get(path)).status).toBe(200);
  expect(
    (await owner.post(`/apps/${app.id}/settings/joining`, { approval: "manual", accounts: "none", countries: "" }))
      .status,
  ).toBe(303);
  const { body } = await world.call("/api/v1/audit", undefined, { key: app.key });
  expect(body.entries.slice(0, 2)).toMatchObject([
    { action: "app.changed", actor: expect.stringMatching(/^user:usr_/), after: { approval: "manual" } },
    { action: "join.changed", actor: expect.stringMatching(/^user:usr_/) },
  ]);
});

test("R-live_log AR22 what arrives is told with what came of it, what is refused with its reason, and it is run again", async () => {
  const world = await operated();
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  const owner = await signedIn(world, OWNER);
  const path = `/apps/${app.id}/activity`;
  await world.call("/api/track/conversion", { ref: app.ref, user_id: "u_1", amount_cents: 5_000 });
  await world.call(
    "/api/track/conversion",
    { ref: "gone", user_id: "u_2", amount_cents: 7_000, event_id: "e" },
    { key: app.key },
  );
  const page = await owner.get(path);
  expect(page.text).toContain(SETUP.activity.lane.review);
  expect(page.text).toContain(SETUP.activity.conversionReasons["unverified"] ?? "?");
  expect(page.text).toContain(SETUP.activity.reasons["unknown_ref"] ?? "?");
  const again = /href="(\/apps\/[\w-]+\/activity\/calls\/\d+)"/.exec(page.text)?.[1] ?? "";
  expect((await owner.post(again, { ref: app.ref, reason: "the code was made later" })).location).toBe(
    `${path}?done=rerun`,
  );
  expect((await owner.get(path)).text).toContain("70.00 USD");
  expect((await owner.post(again, { ref: app.ref, reason: "once more" })).status).toBe(303);
  const balance = await world.call(`/api/v1/affiliates/${app.affiliateId}/balance`, undefined, { key: app.key });
  expect(balance.body.balances[0]).toMatchObject({ pending_cents: 3_420 });
});

function operated(): Promise<World> {
  return createWorld({ config: { operatorEmails: [OPERATOR] } });
}

/** Signed in, on a page with a form. */
async function signedIn(world: World, email: string) {
  const visitor = openVisitor(world);
  await visitor.signIn(email);
  await visitor.get("/account");
  return visitor;
}

function keyOf({ text }: PageAnswer): string {
  return /al_sk_[0-9A-Za-z]{20,}/.exec(text)?.[0] ?? "";
}

/** The titles of the steps that are done. */
function doneIn({ text }: PageAnswer): readonly string[] {
  return [...text.matchAll(/<li class="done"><h3>([^<]+)</g)].map(([, title = ""]) => title);
}
