import { beforeEach, expect, test } from "vitest";
import { formatMoney } from "../../worker/domain/currency.ts";
import { refused } from "../support/answers.ts";
import { commissionsOf, DAY_MS, setProgram } from "../support/creators.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

let world: World;
let app: TestApp;

beforeEach(async () => {
  world = await createWorld();
  app = await world.newApp();
});

test.each([
  // [currency, minor units paid, gross, fee, net at 30 %, paid as people read it]
  ["usd", 10_000, 3_000, 150, 2_850, "100.00 USD"],
  ["eur", 1_999, 599, 29, 570, "19.99 EUR"],
  ["jpy", 500, 150, 7, 143, "500 JPY"],
  ["kwd", 12_345, 3_703, 185, 3_518, "12.345 KWD"],
  ["idr", 1_000_000, 300_000, 15_000, 285_000, "10,000.00 IDR"],
])("AL-i1 %s: %d minor units earn %d, fee %d, net %d; that was %s", async (currency, amount_cents, ...row) => {
  const [commission_cents, platform_fee_cents, net_commission_cents, read] = row;
  const paid = await pay({ currency, amount_cents });
  expect(paid.body).toMatchObject({
    currency,
    commission: { amount_cents, commission_cents, platform_fee_cents, net_commission_cents },
  });
  expect((await world.balance(app, currency)).pending_cents).toBe(net_commission_cents);
  expect(formatMoney(amount_cents, currency)).toBe(read);
});

test("AL-i1 currencies stay apart: one balance each, the app's own among them", async () => {
  for (const currency of ["usd", "jpy", "eur"]) await pay({ currency, amount_cents: 1_000, event_id: currency });
  world.advance(15 * DAY_MS);
  await pay({ currency: "jpy", amount_cents: 2_000, event_id: "jpy 2" });
  const { balances } = (await balance()).body;
  expect(
    balances.map((one: Record<string, unknown>) => [one["currency"], one["available_cents"], one["pending_cents"]]),
  ).toEqual([
    ["eur", 285, 0],
    ["jpy", 285, 570],
    ["usd", 285, 0],
  ]);
});

test("AL-i1 a refund in one currency leaves the others alone", async () => {
  await pay({ currency: "jpy", amount_cents: 1_000, event_id: "jpy" });
  await pay({ amount_cents: 1_000, event_id: "usd" });
  const refund = { user_id: "u1", amount_cents: 1_000, currency: "jpy" };
  await world.call("/api/track/refund", refund, { key: app.key });
  expect((await world.balance(app, "jpy")).pending_cents).toBe(0);
  expect((await world.balance(app, "usd")).pending_cents).toBe(285);
});

test("AL-i1 a currency in any case is the same one; without one it is the app's", async () => {
  const yen = await world.newApp({ currency: "JPY" });
  const body = { ref: yen.ref, user_id: "u1", amount_cents: 500 };
  expect((await world.call("/api/track/conversion", body)).body.currency).toBe("jpy");
  expect((await pay({ currency: "EuR" })).body.currency).toBe("eur");
});

test("AL-i1 the app's currency may change: what was paid before stays what it was", async () => {
  await pay({ event_id: "before" });
  await setProgram(world, app, { currency: "eur" });
  world.advance(1);
  await pay({ event_id: "after" });
  expect(await commissionsOf(world, app)).toMatchObject([{ currency: "eur" }, { currency: "usd" }]);
  expect(await commissionsOf(world, app, "?currency=USD")).toMatchObject([{ currency: "usd" }]);
  expect((await world.balance(app, "usd")).pending_cents).toBe(2_850);
});

test.each(["", "us", "usdt", "xxx", "840", "€", 840, {}])("AL-i1 %j is no currency", async (currency) => {
  expect(await pay({ currency })).toEqual(refused(400, "invalid_request", ["currency"]));
});

function pay(body: object) {
  const payment = { ref: app.ref, user_id: "u1", amount_cents: 10_000, ...body };
  return world.call("/api/track/conversion", payment, { key: app.key });
}

function balance() {
  return world.call(`/api/v1/affiliates/${app.affiliateId}/balance`, undefined, { key: app.key });
}
