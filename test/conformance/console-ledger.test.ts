import { expect, test } from "vitest";
import { openVisitor, type Visitor } from "../support/visitor.ts";
import { createWorld, type TestApp, type World } from "../support/world.ts";

const CONSOLE = "/settings/affiliates";

test("AR19 an operator follows a total down to one payment, checks the books, and records what was collected, once", async () => {
  const { world, app, conversionId } = await stage();
  const operator = await signIn(world);
  const ledger = (await operator.get(`${CONSOLE}/ledger`)).text;
  expect(ledger).toContain("28.50 USD");
  const apps = await follow(operator, ledger, /href="([^"]+currency=usd)"/);
  const creators = await follow(operator, apps, new RegExp(`href="([^"]+app_id=${app.id})"`));
  const account = await follow(operator, creators, new RegExp(`href="([^"]+affiliate_id=${app.affiliateId})"`));
  const payment = await follow(operator, account, new RegExp(`href="([^"]+${conversionId})"`));
  for (const told of ["order-7", "100.00 USD × 30 %", "28.50 USD"]) expect(payment).toContain(told);

  const check = await operator.post(`${CONSOLE}/ledger/checks`);
  expect((await operator.get(check.location ?? "")).text).toContain("They balance");
  expect((await operator.get(`${CONSOLE}/ledger`)).text).toContain("Checked by operator@example.test,");

  const form = { once: "o1", amount: "0.50", currency: "usd", reason: "Invoice 7" };
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await operator.post(`${CONSOLE}/fees/${app.id}/collect`, form)).status).toBe(303);
  }
  const fees = await world.call(`/api/v1/platform/fees?app_id=${app.id}`, undefined, { key: world.operatorKey });
  expect(fees.body.fees[0]).toMatchObject({ fee_cents: 150, collected_cents: 50, owed_cents: 100 });
  expect((await operator.get(`${CONSOLE}/fees/${app.id}`)).text).toContain("Collected: Invoice 7");
});

test("AR22 a story is found by its conversion alone, and a link to it tells its creator, and nobody of the customer", async () => {
  const { world, conversionId } = await stage();
  const operator = await signIn(world);
  const { location } = await operator.get(`${CONSOLE}/explain?subject=conversion&id=${conversionId}`);
  const { text } = await operator.get(`${location}?share=1`);
  const link = /\/story\/[\w.-]+/.exec(text)?.[0] ?? "";
  const stranger = openVisitor(world);
  const story = await stranger.get(link);
  expect([story.status, story.text.includes(conversionId), story.text.includes("customer-7")]).toEqual([
    200,
    true,
    false,
  ]);
  expect((await stranger.get(`${link}0`)).status).toBe(404);
});

/** One payment of 100.00 USD by a customer of an app's creator. */
async function stage(): Promise<{ readonly world: World; readonly app: TestApp; readonly conversionId: string }> {
  const world = await createWorld();
  const app = await world.newApp();
  const sale = { ref: app.ref, user_id: "customer-7", amount_cents: 10_000, event_id: "s7", payment_ref: "order-7" };
  const { body } = await world.call("/api/track/conversion", sale, { key: app.key });
  return { world, app, conversionId: body.conversion_id };
}

async function signIn(world: World): Promise<Visitor> {
  const operator = openVisitor(world);
  await operator.signIn("operator@example.test");
  return operator;
}

/** The page that a link of a page leads to. */
async function follow(visitor: Visitor, html: string, link: RegExp): Promise<string> {
  const href = (link.exec(html)?.[1] ?? "").replaceAll("&amp;", "&");
  const { status, text } = await visitor.get(href);
  expect([href, status]).toEqual([href, 200]);
  return text;
}
