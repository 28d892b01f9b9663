import { beforeEach, expect, test } from "vitest";
import { explainConversion } from "../../../worker/services/explain/explain-conversion.ts";
import { presentExplanation } from "../../../worker/wire/explain.ts";
import { addCreator, DAY_MS } from "../../support/creators.ts";
import { appOf } from "../../support/explain.ts";
import { payOut } from "../../support/payouts.ts";
import { createWorld, type Json, type TestApp, type World } from "../../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

test("an affiliate is told of their own conversions, and of nobody else's", async () => {
  const nils = await addCreator(world, app, "nils");
  const own = await sell({ user_id: "kim" });
  expect(await explainTo(app, own)).toMatchObject({ conversion_id: own, affiliate_id: app.affiliateId });
  expect(await explainTo(nils, own)).toBe("not_found");
  const other = await world.newApp();
  expect(await explainTo({ ...app, id: other.id }, own)).toBe("not_found");
});

test("an affiliate learns what it comes to, not who the customer is, nor what the owner and others said", async () => {
  const nils = await addCreator(world, app, "nils");
  const signup = { ref: app.ref, user_id: "kim", email: "kim@example.test" };
  await world.call("/api/track/signup", signup, { key: app.key });
  // Somebody else announces the same payment.
  await sell({ user_id: "lee", payment_ref: "in_secret", event_id: "a", ref: nils.ref }, {});
  const id = await sell({ user_id: "kim", payment_ref: "in_secret", event_id: "b" });
  await world.call(`/api/v1/conversions/${id}/hold`, { reason: "a private doubt" }, { key: app.key });
  await world.call(`/api/v1/conversions/${id}/release`, { reason: "a private relief" }, { key: app.key });
  world.advance(15 * DAY_MS);
  await payOut(world, app);
  const told = await explainTo(app, id);
  const text = JSON.stringify(told);
  const secrets = ["kim", "lee", "k•••", "in_secret", nils.affiliateId, "nils", "private", "key:", "operator"];
  for (const secret of secrets) expect({ secret, told: text.includes(secret) }).toEqual({ secret, told: false });
  expect(told).toMatchObject({
    status: "paid",
    user_id: null,
    books: { net_commission_cents: 2_850 },
    payouts: [{ status: "settled", amount_cents: 2_850 }],
    holds: [
      { action: "release", reason: null, actor: null },
      { action: "hold", reason: null, actor: null },
    ],
    claims: [
      { source: "key", ref: app.ref, in_force: true },
      { source: "public", ref: null, in_force: false },
    ],
  });
  for (const { advice } of told.findings) expect(advice).toBeNull();
});

test("an affiliate is told what was decided, and neither by whom nor why", async () => {
  const id = await sell({ user_id: "kim" }, {});
  const decision = { decision: "approve", conversion_ids: [id], reason: "a private reason" };
  await world.call("/api/v1/review", decision, { key: app.key });
  const told = await explainTo(app, id);
  expect(told.decisions).toMatchObject([{ decision: "approve", reason: null, actor: null }]);
  expect(told.postings.at(-1)).toMatchObject({ caused_by: "decision", action: "review.approved", reason: null });
  expect(JSON.stringify(told)).not.toContain("private");
});

/** What an affiliate of an app is told, or why nothing. */
async function explainTo({ id, affiliateId }: TestApp, conversionId: string): Promise<Json> {
  const told = await explainConversion(world.deps, await appOf(world, id), { conversionId, affiliateId });
  return told.ok ? presentExplanation(told.value) : told.failure.code;
}

async function sell(more: Json, by: { key?: string } = { key: app.key }): Promise<string> {
  const body = { ref: app.ref, amount_cents: 10_000, ...more };
  const answer = await world.call("/api/track/conversion", body, by);
  expect(answer.status).toBe(200);
  return answer.body.conversion_id;
}
