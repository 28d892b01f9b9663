import { readdirSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { AUDIT } from "../../worker/texts/audit.ts";
import { dumpApp } from "../support/dump.ts";
import { correct, draft, payoutsOf } from "../support/payouts.ts";
import {
  openFullStage,
  openStage,
  pay,
  payAll,
  postForm,
  PROGRAM_ROUTES,
  type ProgramIds,
} from "../support/program-stage.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { announce, batchOf, HELD, payoutOf, WAITING } from "../support/waiting.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const STRANGER = "stranger@example.test";

describe("whose they are", () => {
  let world: World;
  let stage: Awaited<ReturnType<typeof openStage>>;
  let theirs: TestApp;

  beforeEach(async () => {
    world = await createWorld();
    stage = await openStage(world);
    theirs = await world.newApp();
    await addOwner(world.deps, { actor: "operator", appId: theirs.id, email: STRANGER });
    for (const app of [stage.app, theirs]) await announce(world, app);
  });

  test("R-owner_pages another app's creators, conversions, batches and payouts are not there, signed out one is asked to sign in, and nothing is written", async () => {
    const before = await dumpApp(world.db, theirs.id);
    for (const route of PROGRAM_ROUTES) {
      const answer = await send(stage.owner, route, `/apps/${theirs.id}${route.path(idsOf(theirs))}`);
      expect([route.path(idsOf(theirs)), answer.status]).toEqual([route.path(idsOf(theirs)), 404]);
      if (route.names !== true) continue;
      // WAITING and HELD are names that both apps have.
      const path = route.path({ ...idsOf(theirs), waiting: "conv_theirs", held: "conv_theirs" });
      const named = await send(stage.owner, route, stage.at(path));
      expect([path, named.status]).toEqual([path, 404]);
    }
    expect(await dumpApp(world.db, theirs.id)).toEqual(before);

    const ours = await dumpApp(world.db, stage.app.id);
    const nobody = openVisitor(world);
    for (const route of PROGRAM_ROUTES) {
      const answer = await send(nobody, route, stage.at(route.path(idsOf(stage.app))));
      expect([answer.status, answer.location?.split("?")[0]]).toEqual([303, "/signin"]);
    }
    expect(await dumpApp(world.db, stage.app.id)).toEqual(ours);
  });

  test("R-owner_pages each page and each form answers the app's owner", async () => {
    for (const route of PROGRAM_ROUTES) {
      const path = route.path(idsOf(stage.app));
      const answer = await send(stage.owner, route, stage.at(path));
      expect([path, answer.status]).toEqual([path, route.status]);
    }
    expect(await auditBooks(world.db)).toEqual([]);
  });
});

/** Breaks out of an attribute of either kind of quotes, and out of a text. */
const HOSTILE = `'"><img src=x onerror=alert(1)>`;

test("what was stored is text on every page, whatever it says", async () => {
  const world = await createWorld();
  const stage = await openFullStage(world);
  const { app, owner, at, conversions } = stage;
  const key = { key: app.key };
  await world.call("/api/v1/app", { name: HOSTILE }, { ...key, method: "PATCH" });
  await world.call(`/api/v1/affiliates/${app.affiliateId}`, { name: HOSTILE }, { ...key, method: "PATCH" });
  await world.call("/api/v1/affiliates", { email: "a@b.test", account_id: HOSTILE, name: HOSTILE }, key);
  await owner.post(at("/affiliates/invite"), { email: "c@d.test", name: HOSTILE });
  await correct(world, app, { amount: 1_000, reason: HOSTILE });
  const paid = await pay(world, app, { user: HOSTILE, amount: 900, ...key });
  const waits = await pay(world, app, { user: `${HOSTILE}2`, amount: 900 });
  await owner.post(at(`/conversions/${paid}/hold`), { reason: HOSTILE });
  await owner.post(at("/conversions/review/rules"), { max_event: "1", max_day: "1", currency: "usd", reason: HOSTILE });
  const batch = await payAll(world, app);
  const [payout] = await payoutsOf(world, app);
  await owner.post(at(`/payouts/payout/${payout.id}/settle`), { reference: HOSTILE });
  const typed = new URLSearchParams({ decision: HOSTILE, reason: HOSTILE, id: HOSTILE });
  const pages = [
    "/affiliates",
    "/affiliates/invite",
    `/affiliates/${app.affiliateId}`,
    `/affiliates/${app.affiliateId}/status?to=suspended`,
    "/conversions",
    `/conversions/${paid}`,
    `/conversions/${waits}`,
    `/conversions/${conversions.held}`,
    "/conversions/review",
    "/payouts",
    `/payouts/${batch}`,
    `/payouts/payout/${payout.id}`,
    "/activity/audit",
    ...["user_id", "account_id", "ref", "payment_ref", "conversion_id"].map(
      (name) => `/activity/explain?${name}=${encodeURIComponent(HOSTILE)}`,
    ),
    `/activity/audit?object=${encodeURIComponent(HOSTILE)}`,
    `/conversions/customers/erase?user_id=${encodeURIComponent(HOSTILE)}`,
    `/affiliates?done=${encodeURIComponent(HOSTILE)}&status=active`,
  ];
  const texts = await Promise.all(pages.map(async (path) => (await owner.get(at(path))).text));
  texts.push((await postForm(world, stage, at("/conversions/review"), typed)).text);
  texts.push((await owner.post(at("/affiliates/add"), { email: HOSTILE, name: HOSTILE, ref: HOSTILE })).text);
  for (const text of texts) expect(text).not.toMatch(/<img/i);
  expect(texts.filter((text) => text.includes("&gt;&lt;img")).length).toBeGreaterThan(15);
});

test("what was typed is kept where a form is refused, and the field says what is wrong", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openStage(world);
  const added = await owner.post(at("/affiliates/add"), { email: "no address", name: "Kim", ref: "!" });
  expect(added.status).toBe(400);
  expect(added.text).toContain("It must be an e-mail address.");
  expect(added.text).toContain('value="Kim"');
  const rate = await owner.post(at(`/affiliates/${app.affiliateId}/rate`), { rate: "own", commission_percent: "101" });
  expect([rate.status, rate.text]).toEqual([400, expect.stringContaining("It must be 0–100")]);
  const day = { rate: "own", commission_percent: "20", day: "2026-02-31" };
  expect((await owner.post(at(`/affiliates/${app.affiliateId}/rate`), day)).status).toBe(400);
  const rule = { max_event: "50", max_day: "49.99", currency: "usd", reason: "small" };
  const limits = await owner.post(at("/conversions/review/rules"), rule);
  expect(limits.text).toContain("It must be at least what one payment may be.");
  const noDay = await owner.post(at("/conversions/review/rules"), { ...rule, max_day: "" });
  expect([noDay.status, noDay.text]).toEqual([400, expect.stringContaining("It must be an amount")]);
});

test("a form takes no control characters, and no more than a call of the API does", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openStage(world);
  const page = at(`/affiliates/${app.affiliateId}`);
  for (const name of ["a\u0000b", "a\nb", "x".repeat(257)]) {
    expect((await owner.post(`${page}/name`, { name })).status).toBe(400);
    expect((await owner.post(`${page}/status`, { to: "suspended", reason: name })).status).toBe(400);
  }
  expect((await owner.get(page)).text).toContain("Active");
});

test("who stands in the log is told by address while they own the app, and by their id alone afterwards", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openStage(world);
  await owner.post(at(`/affiliates/${app.affiliateId}/name`), { name: "Kim" });
  expect((await owner.get(at("/activity/audit?action=affiliate.changed"))).text).toMatch(
    /<td.*owner@example\.test.*Kim/s,
  );
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: STRANGER });
  await world.db.batch([{ sql: "DELETE FROM app_owner WHERE email = 'owner@example.test'", args: [] }]);
  const next = openVisitor(world);
  await next.signIn(STRANGER);
  const log = (await next.get(at("/activity/audit?action=affiliate.changed"))).text;
  expect(log).not.toContain("owner@example.test");
  expect(log).toMatch(/Somebody who was an owner.*usr_/s);
});

test("every action that leaves a line in the audit log has its words", () => {
  const actions = readdirSync("worker", { recursive: true, encoding: "utf8" })
    .filter((name) => /(?:services|store)\/.*\.ts$/.test(name))
    .flatMap((name) => [
      ...readFileSync(`worker/${name}`, "utf8").matchAll(/\baction(?:: | = |\W+iif\()"?'?([a-z_]+\.[a-z_]+)['"]/g),
    ])
    .map(([, action]) => action ?? "");
  expect(actions.length).toBeGreaterThan(20);
  expect([...new Set(actions)].filter((action) => AUDIT.actionOf(action) === action)).toEqual([]);
});

test("a rate of their own begins on the day that was chosen, and goes back to the program's", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openStage(world);
  const page = at(`/affiliates/${app.affiliateId}`);
  await owner.post(`${page}/rate`, { rate: "own", commission_percent: "12.5", day: "2026-02-01" });
  expect((await owner.get(page)).text).toMatch(/12\.5 % from.*2026-02-01T00:00:00/s);
  await owner.post(`${page}/rate`, { rate: "own", commission_percent: "40" });
  expect((await owner.get(page)).text).toContain("Now 40 %");
  await owner.post(`${page}/rate`, { rate: "app", commission_percent: "40" });
  expect((await owner.get(page)).text).toContain("Now 30 %");
});

test("an invitation is listed until it is taken back; a code is added and, after a look, retired", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openStage(world);
  await owner.post(at("/affiliates/invite"), { email: "Kim@example.test", commission_percent: "35" });
  const invited = (await owner.get(at("/affiliates/invite?done=invited"))).text;
  expect(invited).toMatch(/on its way.*kim@example\.test.*35 %/s);
  const withdraw = /action="([^"]*\/withdraw)"/.exec(invited)?.[1] ?? "";
  expect((await owner.post(withdraw)).location).toBe(at("/affiliates/invite?done=withdrawn"));
  expect((await owner.get(at("/affiliates/invite"))).text).not.toContain("kim@example.test");
  const page = at(`/affiliates/${app.affiliateId}`);
  expect((await owner.post(`${page}/codes`, { ref: "summer26" })).status).toBe(303);
  expect((await owner.get(`${page}/codes/retire?ref=summer26`)).text).toContain("Retire the code summer26?");
  expect((await owner.post(`${page}/codes/retire`, { ref: "summer26" })).status).toBe(303);
  expect((await owner.get(page)).text).toContain("Retired");
  expect((await owner.get(`${page}/codes/retire?ref=summer26`)).status).toBe(404);
});

test("the preview names who is left out and why, and what waits for an approval", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openFullStage(world);
  const preview = (await owner.get(at("/payouts"))).text;
  expect(preview).toContain("71.25 USD wait for your approval");
  expect(preview).toMatch(/Due now.*28\.50 USD.*to one creator/s);
  await owner.post(at(`/affiliates/${app.affiliateId}/status`), { to: "suspended", reason: "a look" });
  expect((await owner.get(at("/payouts"))).text).toContain("They are suspended");
  const nobody = await owner.post(at("/payouts/draft"));
  expect([nobody.status, nobody.text]).toEqual([409, expect.stringContaining("Nobody can be paid now")]);
});

test("a running batch is followed until it has ended", async () => {
  const world = await createWorld();
  const { owner, at, app } = await openFullStage(world);
  const batch = await payAll(world, app);
  expect((await owner.get(at(`/payouts/${batch}`))).text).toContain(`data-live="${at(`/payouts/${batch}/live`)}"`);
  const [payout] = await payoutsOf(world, app);
  await owner.post(at(`/payouts/payout/${payout.id}/settle`), { reference: "wire" });
  const live = await owner.get(at(`/payouts/${batch}/live`));
  expect(live.text).toMatch(/^data: <div.*Settled.*event: end/s);
  expect((await owner.get(at(`/payouts/${batch}`))).text).not.toContain("data-live");
  expect((await draft(world, app)).status).toBe(409);
  // What only the operator can have found out is for no owner to say.
  const word = { status: "settled", reason: "looked it up" };
  expect((await owner.post(at(`/payouts/payout/${payout.id}/resolve`), word)).status).toBe(404);
});

function idsOf(app: TestApp): ProgramIds {
  return {
    affiliate: app.affiliateId,
    ref: app.ref,
    waiting: WAITING,
    held: HELD,
    rule: app.ruleId,
    batches: { draft: batchOf(app, "draft"), approved: batchOf(app, "approved"), running: batchOf(app, "running") },
    payouts: { open: payoutOf(app, "open"), settled: payoutOf(app, "settled"), failed: payoutOf(app, "failed") },
  };
}

function send(visitor: Visitor, route: (typeof PROGRAM_ROUTES)[number], path: string) {
  return route.method === "GET" ? visitor.get(path) : visitor.post(path, route.fields ?? {});
}
