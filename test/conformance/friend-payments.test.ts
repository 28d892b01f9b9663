import { expect, test } from "vitest";
import { creditsOf, codeOf, redeem, setCredits } from "../support/friends.ts";
import { shapes, stripeEvents } from "../support/stripe-events.ts";
import { expectBooks, openStripeWorld } from "../support/stripe-world.ts";

test.each(shapes)(
  "KX23 a friend's first payment by Stripe counts once, though nobody earns cash (%s)",
  async (shape) => {
    const events = stripeEvents(shape);
    const { world, app, deliver, commissions } = await openStripeWorld();
    await setCredits(world, app, { qualifying_event: "first_payment" });
    await redeem(world, app, { code: await codeOf(world, app, "acc_1"), referred_account_id: "friend" });
    const customer = { id: "cus_1", metadata: { agentlinks_user_id: "friend" } };
    const invoice = { id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 } as const;
    expect((await deliver(events.customerCreated(customer))).status).toBe(200);
    expect(await creditsOf(world, app, "acc_1")).toBe(0);
    for (let times = 0; times < 2; times++) expect((await deliver(events.invoicePaid(invoice))).status).toBe(200);
    expect((await deliver(events.invoicePaid({ ...invoice, id: "in_2" }))).status).toBe(200);
    expect(await creditsOf(world, app, "acc_1")).toBe(100);
    expect(await creditsOf(world, app, "friend")).toBe(100);
    expect(await commissions("mara")).toEqual([]);
    await expectBooks(world);
  },
);

test("KX23 told of before the redemption, Stripe's payment counts all the same", async () => {
  const [shape] = shapes;
  const events = stripeEvents(shape);
  const { world, app, deliver } = await openStripeWorld();
  await setCredits(world, app, { qualifying_event: "first_payment" });
  await deliver(events.customerCreated({ id: "cus_1", metadata: { agentlinks_user_id: "friend" } }));
  await deliver(events.invoicePaid({ id: "in_1", customer: "cus_1", subscription: "sub_1", amountPaid: 10_000 }));
  const code = await codeOf(world, app, "acc_1");
  const redeemed = await redeem(world, app, { code, referred_account_id: "friend" });
  expect(redeemed.body).toMatchObject({ success: true, credits_awarded: 100 });
});
