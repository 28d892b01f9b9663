import { expect, test } from "vitest";
import type { Db } from "../../worker/store/db.ts";
import { openMigratedDb } from "../support/template-db.ts";
import { createWorld } from "../support/world.ts";

/** A database whose first answer is always lost: every batch has run once when the one that is answered runs. */
function losingAnswers(): Db {
  const db = openMigratedDb();
  return {
    ...db,
    async batch(statements) {
      await db.batch(statements).catch(() => {});
      return db.batch(statements);
    },
  };
}

test("whatever an owner changes is done once when its answer was lost and the batch repeated", async () => {
  const db = losingAnswers();
  const world = await createWorld({ db });
  const app = await world.newApp();
  const { key } = app;
  const path = `/api/v1/affiliates/${app.affiliateId}`;

  const code = await world.call(`${path}/codes`, { ref: "spring" }, { key });
  expect([code.status, code.body.code.ref]).toEqual([201, "spring"]);
  world.advance(1);
  expect((await world.call(`${path}/codes`, { ref: "SPRING" }, { key })).status).toBe(409);
  const removed = await world.call(`${path}/codes/spring`, undefined, { key, method: "DELETE" });
  expect(removed.status).toBe(204);

  const changed = await world.call(path, { commission_percent: 12.5, name: "Mara" }, { key, method: "PATCH" });
  expect(changed.body.affiliate).toMatchObject({ commission_percent: 12.5, name: "Mara" });
  const own = await world.call("/api/v1/app", { holding_days: 7 }, { key, method: "PATCH" });
  expect(own.body.app.holding_days).toBe(7);

  const rows = await db.query({
    sql: "SELECT action, object, count(*) AS n FROM audit GROUP BY action, object HAVING n > 1",
    args: [],
  });
  expect(rows).toEqual([]);
});

test("two calls at once that add one account to two affiliates give it to one of them", async () => {
  const world = await createWorld();
  const { key } = await world.newApp();
  const join = (email: string, account_id?: string) => world.call("/api/v1/affiliates", { email, account_id }, { key });
  await join("a@example.test");
  await join("b@example.test");
  const answers = await Promise.all([join("a@example.test", "acc"), join("b@example.test", "acc")]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  const both = await Promise.all([join("c@example.test", "one"), join("c@example.test", "two")]);
  expect(both.map(({ status }) => status)).not.toContain(500);
  expect(await world.db.query({ sql: "SELECT count(*) AS n FROM affiliate", args: [] })).toEqual([{ n: 4 }]);
});
