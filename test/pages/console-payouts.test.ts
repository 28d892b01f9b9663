import { beforeEach, describe, expect, test } from "vitest";
import { addOwner } from "../../worker/services/accounts/add-owner.ts";
import { auditBooks } from "../../worker/services/operations/audit-books.ts";
import { DAY_MS } from "../support/creators.ts";
import { dumpApp } from "../support/dump.ts";
import { openFaultyDb } from "../support/faulty-db.ts";
import { correct, failPayout, giveMethod, payoutsOf, setMinimums, startPayouts } from "../support/payouts.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type Json, type TestApp, type World, type WorldOptions } from "../support/world.ts";

const OWNER = "owner@example.test";
const OPERATOR = "operator@example.test";
const PATH = "/settings/affiliates/payouts";
const BONUS = 10_000;

interface Stage {
  readonly world: World;
  readonly app: TestApp;
  readonly operator: Visitor;
}

/** An app whose creator has a bonus to be paid by hand, and the operator in front of the console. */
async function openStage(options: WorldOptions = {}): Promise<Stage> {
  const world = await createWorld(options);
  const app = await world.newApp();
  await addOwner(world.deps, { actor: "operator", appId: app.id, email: OWNER });
  await setMinimums(world, app, { usd: 1 });
  await giveMethod(world, app);
  await correct(world, app, { amount: BONUS });
  world.advance(3 * DAY_MS);
  return { world, app, operator: await signedIn(world, OPERATOR) };
}

async function signedIn(world: World, email: string): Promise<Visitor> {
  const visitor = openVisitor(world);
  await visitor.signIn(email);
  await visitor.get("/account");
  return visitor;
}

/** A batch of the app whose only payout has failed. Answers its id and the payout's. */
async function failedBatch({ world, app }: Stage): Promise<{ readonly batch: string; readonly payout: string }> {
  const [payout = ""] = await startPayouts(world, app);
  await failPayout(world, app, payout);
  const [one] = await payoutsOf(world, app);
  return { batch: one?.batch_id, payout };
}

/** What payouts that have not failed pay, and how many there are. */
async function standing({ world, app }: Stage): Promise<{ readonly cents: number; readonly payouts: number }> {
  const payouts = (await payoutsOf(world, app)).filter(({ status }) => status !== "failed");
  return { cents: payouts.reduce((sum: number, one: Json) => sum + one.amount_cents, 0), payouts: payouts.length };
}

describe("a batch in the console", () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });

  test("AR18 is made of the apps that were ticked, each with what came of it", async () => {
    const { world, app, operator } = stage;
    const idle = await world.newApp();
    const shown = await operator.get(`${PATH}/new`);
    expect(shown.text).toContain(`name="${app.id}"`);
    expect(shown.text).not.toContain(`name="${idle.id}"`);

    const both = await operator.post(`${PATH}/new`, { [app.id]: "1", [idle.id]: "1" });
    expect(both.status).toBe(200);
    expect(both.text).toContain("The draft is made");
    expect(both.text).toContain("Nobody can be paid now");
    const one = await operator.post(`${PATH}/new`, { [app.id]: "1" });
    expect(one.location).toMatch(new RegExp(`^${PATH}/${app.id}/bat_[\\w-]+\\?done=drafted$`));
    expect((await operator.post(`${PATH}/new`, {})).status).toBe(400);
    expect(await standing(stage)).toEqual({ cents: 0, payouts: 0 });
  });

  test("AR18 is approved and run once, however often its forms are sent", async () => {
    const { world, app, operator } = stage;
    const made = await operator.post(`${PATH}/${app.id}/draft`, {});
    const batch = made.location?.split("?")[0] ?? "";
    for (const verb of ["approve", "approve", "run", "run"]) {
      const answer = await operator.post(`${batch}/${verb}`);
      expect([verb, answer.status]).toEqual([verb, 303]);
    }
    await Promise.all([operator.post(`${batch}/run`), operator.post(`${batch}/run`)]);
    expect(await standing(stage)).toEqual({ cents: BONUS, payouts: 1 });
    expect(await auditBooks(world.db)).toEqual([]);
    // Two drafts of the same money pay it once, too.
    const again = await operator.post(`${PATH}/${app.id}/draft`, {});
    expect(again.status).toBe(409);
  });

  test("AR18 pays what failed once more, and no more than once, line by line and all at once", async () => {
    const { world, app, operator } = stage;
    const { batch, payout } = await failedBatch(stage);
    const here = `${PATH}/${app.id}/${batch}`;
    expect((await operator.get(here)).text).toContain("Pay again");
    await Promise.all([
      operator.post(`${PATH}/${app.id}/payout/${payout}/retry`),
      operator.post(`${here}/retry`),
      operator.post(`${here}/retry`),
    ]);
    await operator.post(`${PATH}/${app.id}/payout/${payout}/retry`);
    expect(await standing(stage)).toEqual({ cents: BONUS, payouts: 1 });
    expect((await operator.post(`${here}/retry`)).status).toBe(409);
    expect((await operator.get(here)).text).not.toContain("Pay again");
    expect(await auditBooks(world.db)).toEqual([]);
  });

  test("AR18 is read as a file, a line each", async () => {
    const { app, operator } = stage;
    const { batch } = await failedBatch(stage);
    const file = await operator.get(`${PATH}/${app.id}/${batch}/lines.csv`);
    expect(file.headers.get("Content-Type")).toContain("text/csv");
    expect(file.text.split("\r\n")[1]).toBe(
      `${app.affiliateId},,creator1@example.test,USD,100.00,0.00,0.00,100.00,made_out,`,
    );
  });

  test("AR18 asks for a fresh code before money goes out, and lets only an operator near", async () => {
    const { world, app, operator } = stage;
    const { batch, payout } = await failedBatch(stage);
    const forms = [
      `${PATH}/${app.id}/${batch}/approve`,
      `${PATH}/${app.id}/${batch}/run`,
      `${PATH}/${app.id}/${batch}/retry`,
      `${PATH}/${app.id}/payout/${payout}/retry`,
    ];
    const before = await dumpApp(world.db, app.id);
    const owner = await signedIn(world, OWNER);
    for (const form of [...forms, `${PATH}/new`, `${PATH}/${app.id}/draft`]) {
      expect([form, (await owner.post(form, { [app.id]: "1" })).status]).toEqual([form, 404]);
    }
    const { realNow } = world.deps;
    Object.assign(world.deps, { realNow: () => realNow() + 16 * 60_000 });
    for (const form of forms) expect((await operator.post(form)).location).toMatch(/^\/signin\/confirm/);
    expect(await dumpApp(world.db, app.id)).toEqual(before);
  });
});

test.each(["lost-answer", "repeated"] as const)(
  "AR18 a retry of everything that failed pays each once, whichever call of the database is %s",
  async (fault) => {
    const db = openFaultyDb();
    const stage = await openStage({ db });
    for (let after = 0; after < 4; after++) {
      const { batch } = await failedBatch(stage);
      db.fault(fault, after);
      await stage.operator.post(`${PATH}/${stage.app.id}/${batch}/retry`);
      db.fault("none");
      await stage.operator.post(`${PATH}/${stage.app.id}/${batch}/retry`);
      await stage.world.runJobs();
      const { cents } = await standing(stage);
      expect([after, cents]).toEqual([after, BONUS]);
      expect(await auditBooks(stage.world.db)).toEqual([]);
      for (const { id, status } of await payoutsOf(stage.world, stage.app))
        if (status === "processing") await failPayout(stage.world, stage.app, id);
    }
  },
);

test("AR18 batches and payouts of all apps are listed, filtered and found", async () => {
  const stage = await openStage();
  const { world, app, operator } = stage;
  const { batch, payout } = await failedBatch(stage);
  const other = await world.newApp();
  const list = async (query: string) => (await operator.get(`${PATH}${query}`)).text;
  expect(await list("")).toContain(`${PATH}/${app.id}/${batch}`);
  expect(await list("?status=settled")).toContain(batch);
  expect(await list("?status=draft")).not.toContain(batch);
  expect(await list(`?app=${other.id}`)).not.toContain(batch);
  for (const q of [payout, app.affiliateId, "CREATOR1@example.test", "Creator1"]) {
    expect([q, (await list(`/all?q=${q}`)).includes(`/payout/${payout}`)]).toEqual([q, true]);
  }
  for (const query of ["?q=nobody", "?status=settled", `?app=${other.id}`]) {
    expect([query, (await list(`/all${query}`)).includes(`/payout/${payout}`)]).toEqual([query, false]);
  }
  expect(await list("/all?status=failed")).toContain(`/payout/${payout}`);
});
