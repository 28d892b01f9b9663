import { beforeEach, expect, test } from "vitest";
import { changePayoutMethod } from "../../../worker/services/payouts/change-payout-method.ts";
import { checkBooks } from "../../../worker/store/check-books.ts";
import { refused } from "../../support/answers.ts";
import { DAY_MS } from "../../support/creators.ts";
import { draft, payoutsOf, step } from "../../support/payouts.ts";
import { createWorld, type Json, NO_STRIPE, type TestApp, type World } from "../../support/world.ts";

/** An installation that could pay, by a Stripe that nobody answers for. */
const STRIPE = { ...NO_STRIPE, secretKey: `sk_live_${"p".repeat(24)}`, apiBase: "http://127.0.0.1:9" };

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld({ config: { stripe: STRIPE } });
  app = await world.newApp();
  await world.call("/api/v1/app/payouts", { rail: "stripe" }, { key: app.key, method: "PUT" });
  const method = { kind: "stripe", account: "acct_creator", payer: "operator" } as const;
  await changePayoutMethod(world.deps, app.id, { affiliateId: app.affiliateId, actor: "a test", method });
  const sale = { ref: app.ref, user_id: "u1", amount_cents: 20_000 };
  await world.call("/api/track/conversion", sale, { key: app.key });
  world.advance(15 * DAY_MS);
});

test("AR18 E-scope_required the operator's money is approved by the operator, never by the app's own key", async () => {
  await fund(true);
  const { batch } = (await draft(world, app)).body;
  expect(batch).toMatchObject({ status: "draft", rail: "stripe", funded_by: "operator" });
  expect(await step(world, app, `batches/${batch.id}/approve`)).toEqual(refused(403, "scope_required"));
  expect(await step(world, app, `batches/${batch.id}/run`)).toEqual(refused(409, "conflict"));
  expect(await payoutsOf(world, app)).toEqual([]);
  expect((await approveAsOperator(batch.id)).body.batch).toMatchObject({ status: "approved", approved_by: "operator" });
  await step(world, app, `batches/${batch.id}/run`);
  expect(await payoutsOf(world, app)).toMatchObject([{ rail: "stripe", status: "processing", amount_cents: 5_700 }]);
});

test("AR18 an operator who pays for the app no longer approves nothing of it, and runs nothing", async () => {
  await fund(true);
  const [first, second] = [(await draft(world, app)).body.batch, (await draft(world, app)).body.batch];
  await approveAsOperator(first.id);
  await fund(false);
  expect(await approveAsOperator(second.id)).toEqual(refused(409, "conflict"));
  await step(world, app, `batches/${first.id}/run`);
  const lines = await world.call(`/api/v1/payouts/batches/${first.id}/lines`, undefined, { key: app.key });
  expect(lines.body.lines).toMatchObject([{ done: true, reason: "other_method" }]);
  expect(await payoutsOf(world, app)).toEqual([]);
  expect(await draft(world, app)).toEqual(refused(409, "conflict"));
  expect(await checkBooks(world.db)).toEqual([]);
});

test("AR18 a bonus that the owner gives after the approval is not paid by it", async () => {
  await fund(true);
  const ids = [(await draft(world, app)).body.batch.id, (await draft(world, app)).body.batch.id];
  for (const id of ids) await approveAsOperator(id);
  world.advance(1);
  const bonus = { amount_cents: 5_700, reason: "a bonus" };
  await world.call(`/api/v1/affiliates/${app.affiliateId}/corrections`, bonus, { key: app.key });
  for (const id of ids) await step(world, app, `batches/${id}/run`);
  expect(await payoutsOf(world, app)).toMatchObject([{ amount_cents: 5_700 }]);
  expect(await world.balance(app)).toMatchObject({ available_cents: 5_700 });
});

test("AR18 an app with a key of its own pays by it, and approves itself", async () => {
  await fund(true);
  const key = `rk_live_${"a".repeat(24)}`;
  await world.call("/api/v1/app/payouts", { stripe_key: key }, { key: app.key, method: "PUT" });
  const policy = (await world.call("/api/v1/app/payouts", undefined, { key: app.key })).body.payouts;
  expect(policy).toMatchObject({ funded_by: "app", stripe_key: "rk_live_…aaaa" });
  // The creator's account is the operator's platform's: it cannot be paid by another one.
  expect((await preview()).left_out).toMatchObject([{ reason: "other_method" }]);
  const wrong = await world.call(
    "/api/v1/app/payouts",
    { stripe_key: `rk_test_${"a".repeat(24)}` },
    { key: app.key, method: "PUT" },
  );
  expect(wrong).toEqual(refused(400, "invalid_request", ["stripe_key"]));
  const stored = JSON.stringify(await world.db.query({ sql: "SELECT * FROM payout_policy", args: [] }));
  expect(stored).not.toContain(key);
});

function fund(operatorFunded: boolean) {
  const body = { operator_funded: operatorFunded };
  return world.call(`/api/v1/apps/${app.id}`, body, { key: world.operatorKey, method: "PATCH" });
}

function approveAsOperator(batchId: string) {
  const path = `/api/v1/payouts/batches/${batchId}/approve?app_id=${app.id}`;
  return world.call(path, undefined, { key: world.operatorKey, method: "POST" });
}

async function preview(): Promise<Json> {
  return (await world.call("/api/v1/payouts/preview", undefined, { key: app.key })).body;
}
