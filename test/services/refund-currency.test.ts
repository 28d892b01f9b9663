import { expect, test } from "vitest";
import { createWorld, type Json } from "../support/world.ts";

const CALLS: Readonly<Record<string, { readonly path: string; readonly keyed: boolean; readonly body: Json }>> = {
  stranger: { path: "conversion", keyed: false, body: { amount_cents: 2_000, currency: "eur" } },
  backend: { path: "conversion", keyed: true, body: { amount_cents: 2_000, currency: "usd" } },
  refund: { path: "refund", keyed: true, body: { amount_cents: 2_000 } },
};

test.each([
  [["backend", "stranger", "refund"]],
  [["refund", "stranger", "backend"]],
  [["stranger", "refund", "backend"]],
])("a refund that names its payment and no currency counts in the payment's: %j", async (order) => {
  const world = await createWorld();
  const app = await world.newApp();
  for (const name of order) {
    const { path, keyed, body } = CALLS[name] ?? { path: "", keyed: false, body: {} };
    const sale = path === "conversion" ? { ref: app.ref, user_id: "u1" } : {};
    const call = { ...sale, ...body, payment_ref: "p1", event_id: name };
    await world.call(`/api/track/${path}`, call, keyed ? { key: app.key } : {});
  }
  expect(await world.balance(app)).toMatchObject({ pending_cents: 0, available_cents: 0, in_review_cents: 0 });
});
