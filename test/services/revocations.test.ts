import { beforeEach, expect, test } from "vitest";
import { runJobs } from "../../worker/jobs/run-jobs.ts";
import { DAY_MS } from "../../worker/domain/maturation.ts";
import { checkBooks } from "../../worker/store/check-books.ts";
import type { Db } from "../../worker/store/db.ts";
import { DbError } from "../../worker/store/db.ts";
import { openMigratedDb } from "../support/template-db.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;
/** How many more batches the database takes before it is gone. */
let batches = Infinity;

beforeEach(async () => {
  batches = Infinity;
  world = await createWorld({ db: failing(openMigratedDb()) });
  app = await world.newApp();
});

test("a revocation is final, also against a change that was under way with it", async () => {
  await sell(1);
  const answers = await Promise.all([patch("revoked"), patch("suspended"), patch("active")]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).not.toContain(500);
  expect((await patch("active")).status).toBe(409);
  const found = await world.call(path(), undefined, { key: app.key });
  expect(found.body.affiliate.status).toBe("revoked");
  expect((await world.balance(app)).pending_cents).toBe(0);
});

test("a revocation that is cut short is finished by the job, with what had not matured on its day", async () => {
  await sell(250);
  batches = 3;
  expect((await patch("revoked")).status).toBe(503);
  batches = Infinity;
  const left = (await world.balance(app)).pending_cents;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(250 * 285);
  world.advance(20 * DAY_MS);
  await runJobs(world.deps);
  const balance = await world.balance(app);
  expect([balance.pending_cents, balance.available_cents]).toEqual([0, 0]);
  expect(await checkBooks(world.db)).toEqual([]);
});

test("what had matured clear on the day of the revocation stays, and what comes after it earns nothing but stands", async () => {
  await sell(1);
  world.advance(20 * DAY_MS);
  await sell(1);
  await patch("revoked");
  world.advance(1);
  await sell(1);
  await patch("revoked");
  const balance = await world.balance(app);
  expect([balance.pending_cents, balance.available_cents]).toEqual([0, 285]);
  const listed = await world.call(`${path()}/commissions`, undefined, { key: app.key });
  expect(
    listed.body.commissions.map((row: { status: string; reason: string | null }) => [row.status, row.reason]),
  ).toEqual([
    ["pending", "affiliate_revoked"],
    ["cancelled", null],
    ["confirmed", null],
  ]);
});

let sold = 0;

async function sell(times: number): Promise<void> {
  for (let order = 0; order < times; order++) {
    const body = { user_id: "u1", ref: app.ref, amount_cents: 1_000, event_id: `order-${sold++}` };
    expect((await world.call("/api/track/conversion", body, { key: app.key })).status).toBe(200);
  }
}

function patch(status: string) {
  return world.call(path(), { status, reason: "fraud" }, { key: app.key, method: "PATCH" });
}

function path(): string {
  return `/api/v1/affiliates/${app.affiliateId}`;
}

function failing(db: Db): Db {
  return {
    ...db,
    batch: async (statements) => {
      batches -= 1;
      if (batches < 0) throw new DbError("unavailable", "the database is gone");
      return db.batch(statements);
    },
  };
}
