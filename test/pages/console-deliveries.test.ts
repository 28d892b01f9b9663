import { beforeEach, describe, expect, test } from "vitest";
import { JOB_NAMES } from "../../worker/domain/job-names.ts";
import { addCreator, setStatus } from "../support/creators.ts";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { announce, eventOf } from "../support/waiting.ts";
import { addFailingEndpoint, endpointOf } from "../support/webhook-stage.ts";
import { createWorld, START, type TestApp, type World, type WorldOptions } from "../support/world.ts";

const DELIVERIES = "/settings/affiliates/deliveries";
const HEALTH = "/settings/affiliates/health";
const AUDIT = "/settings/affiliates/audit";

async function openOperator(options: WorldOptions = {}): Promise<{ world: World; app: TestApp; operator: Visitor }> {
  const world = await createWorld(options);
  const app = await world.newApp();
  const operator = openVisitor(world);
  await operator.signIn("operator@example.test");
  await operator.get("/account");
  return { world, app, operator };
}

describe("the mails of all apps", () => {
  test("R-console_mails are told with whom they are for masked, and forgotten once they were sent", async () => {
    const { world, app, operator } = await openOperator();
    await addCreator(world, app, "kim");
    const waiting = await operator.get(`${DELIVERIES}?which=waiting`);
    expect(waiting.text).toContain("k•••@example.test");
    expect(waiting.text).not.toContain("kim@example.test");
    expect((await operator.get(`${DELIVERIES}?app=app_other`)).text).toContain("No mail");
    await world.runJobs();
    const sent = await operator.get(`${DELIVERIES}?which=sent&app=${app.id}`);
    expect(sent.text).toContain("Forgotten");
    expect(sent.text).not.toContain("k•••");
    expect((await operator.get(`${DELIVERIES}?which=failed`)).text).toContain("No mail");
  });

  test("R-console_mails one that waits for its next try is tried at once, unless somebody has it in hand, and never one that has ended", async () => {
    const { world, app, operator } = await openOperator();
    await setStatus(world, app, "suspended");
    const [{ id } = { id: "" }] = await mailsOf(world, app);
    const later = BigInt(world.deps.now() + 3_600_000);
    const put = (set: string) =>
      world.db.batch([{ sql: `UPDATE outbox SET ${set} WHERE app = ?1 AND id = ?2`, args: [app.id, id] }]);
    const hurry = () => operator.post(`${DELIVERIES}/try`, { app: app.id, mail: id });

    await put(`next_at = ${later}, attempt = 3, lease = 'somebody'`);
    await hurry();
    expect((await mailsOf(world, app))[0]?.nextAt).toBe(Number(later));
    await put("lease = NULL");
    expect((await operator.get(DELIVERIES)).text).toContain("3 tries in vain");
    expect((await hurry()).status).toBe(303);
    expect((await mailsOf(world, app))[0]?.nextAt).toBe(world.deps.now());
    await world.runJobs();
    const mailed = world.mails().length;
    expect((await hurry()).status).toBe(409);
    await world.runJobs();
    expect(world.mails()).toHaveLength(mailed);
    const told = await operator.get(`${AUDIT}?action=mail.hurried`);
    // In the bar, and as who did it.
    expect(told.text.match(/operator@example\.test/g)).toHaveLength(2);
  });
});

test("the endpoints of all apps that take nothing are counted and listed, but for those an owner switched off", async () => {
  const { world, app, operator } = await openOperator();
  const path = `${DELIVERIES}/webhooks`;
  expect((await operator.get(path)).text).toContain("Every endpoint takes what it is sent");
  const page = `/apps/${app.id}/settings/webhooks/${endpointOf(app)}`;
  await addFailingEndpoint(world, app);
  expect((await operator.get(path)).text).toContain(`href="${page}"`);
  expect((await operator.get("/settings/affiliates")).text).toContain(`<a href="${path}">1</a>`);
  expect((await operator.get(page)).status).toBe(200);
  const set = (to: string) => world.db.batch([{ sql: `UPDATE webhook_endpoint SET ${to}`, args: [] }]);
  await set("status = 'disabled', disabled_reason = 'gone'");
  expect((await operator.get(path)).text).toContain("Switched off: it said that it is gone");
  for (const calm of [
    "disabled_reason = 'owner'",
    `status = 'active', disabled_reason = NULL, failing_since = ${START}`,
  ]) {
    await set(calm);
    expect((await operator.get(path)).text).not.toContain(page);
    expect((await operator.get("/settings/affiliates")).text).not.toContain(`<a href="${path}">`);
  }
});

test("R-console_stripe what Stripe told all apps is told with what became of it, and taken again on demand", async () => {
  const { world, app, operator } = await openOperator();
  await announce(world, app);
  await world.db.batch([
    {
      sql: `INSERT INTO stripe_connection (app, livemode, changed_at) VALUES (?1, 1, 0)`,
      args: [app.id],
    },
  ]);
  const path = `${DELIVERIES}/stripe`;
  expect((await operator.get(path)).text).toContain("customer.created");
  expect((await operator.get(`${path}?app=app_other`)).text).toContain("No event");
  const again = await operator.post(`${path}/replay`, { app: app.id, event: eventOf(app) });
  expect(again.location).toBe(`${path}?app=${app.id}&done=replayed`);
  expect((await operator.post(`${path}/replay`, { app: app.id, event: "evt_none" })).status).toBe(404);
  expect((await operator.post(`${path}/replay`, { app: app.id })).status).toBe(400);
  expect((await operator.get(`${AUDIT}?action=stripe.replayed&object=${eventOf(app)}`)).text).toContain(eventOf(app));
});

describe("the health of the installation", () => {
  test("R-console_health tells when each job last did its work, and what to do where one does not", async () => {
    const { world, operator } = await openOperator();
    expect((await operator.get(HEALTH)).text).toContain("None has run yet.");
    await world.runJobs();
    const well = await operator.get(HEALTH);
    expect(well.text).toContain("All is well");
    for (const job of JOB_NAMES) expect(well.text).toContain(`<code>${job}</code>`);
    world.advance(20 * 60_000);
    expect((await operator.get(HEALTH)).text).toContain("None has run for minutes.");
  });

  test("R-console_health keeps of a job that fails when it last succeeded", async () => {
    const { world, app, operator } = await openOperator();
    await world.runJobs();
    await setStatus(world, app, "suspended");
    world.advance(60_000);
    const { newId } = world.deps;
    Object.assign(world.deps, {
      newId: (prefix: string) => {
        if (prefix === "lease") throw new Error("a test wants it so");
        return newId(prefix);
      },
    });
    await world.runJobs();
    const told = await operator.get(HEALTH);
    expect(told.text).toContain("One of them fails.");
    expect(told.text).toContain("Something is to be looked at");
  });
});

describe("the audit log of the installation", () => {
  let stage: Awaited<ReturnType<typeof openOperator>>;
  beforeEach(async () => {
    stage = await openOperator();
  });

  test("R-console_audit tells of all apps, and of one app, actor, action and object", async () => {
    const { world, app, operator } = stage;
    const other = await world.newApp();
    await setStatus(world, app, "suspended");
    const lines = async (query: string) =>
      (await operator.get(`${AUDIT}?${query}`)).text.match(/<tr role="row">/g)?.length ?? 0;
    const [all, ours] = [await lines(""), await lines(`app=${app.id}`)];
    expect(all).toBeGreaterThan(ours);
    expect(await lines(`app=${app.id}&action=affiliate.changed`)).toBe(2);
    expect(await lines(`app=${other.id}&action=affiliate.changed`)).toBe(0);
    expect(await lines(`object=${app.affiliateId}`)).toBe(3);
    expect(await lines(`object=${app.affiliateId}&app=${other.id}`)).toBe(0);
    expect(await lines("actor=operator")).toBeGreaterThan(2);
    expect(await lines("actor=operator&action=affiliate.changed")).toBe(0);
    expect(await lines(`actor=operator&app=${app.id}&action=app.created`)).toBe(2);
  });

  test("R-console_audit goes on where a page ends", async () => {
    const { world, app, operator } = stage;
    for (let n = 0; n < 30; n++) {
      await setStatus(world, app, "suspended");
      await setStatus(world, app, "active");
    }
    const first = await operator.get(`${AUDIT}?action=affiliate.changed`);
    const older = /href="([^"]*cursor=[^"]*)"/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await operator.get(older);
    expect(first.text.match(/Changed a creator/g)).toHaveLength(50 + 1);
    expect(second.text.match(/Changed a creator/g)).toHaveLength(10 + 1);
    expect((await operator.get(`${AUDIT}?cursor=1.x`)).status).toBe(400);
  });
});

async function mailsOf(
  world: World,
  app: TestApp,
): Promise<readonly { readonly id: string; readonly nextAt: number }[]> {
  const sql = "SELECT id, next_at FROM outbox WHERE app = ?1 AND done_at IS NULL AND id LIKE 'mail.status.%'";
  const rows = await world.db.query({ sql, args: [app.id] });
  return rows.map((row) => ({ id: String(row["id"]), nextAt: Number(row["next_at"]) }));
}
