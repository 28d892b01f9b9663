import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_AMOUNT_CENTS } from "../../worker/domain/money.ts";
import { refusedSomehow } from "../support/answers.ts";
import { dumpDatabase } from "../support/dump.ts";
import { HOSTILE_VALUES, MARKER } from "../support/hostile-bodies.ts";
import { walkPages } from "../support/pages.ts";
import { shapes, signStripe, type StripeEvent, stripeEvents, type StripeJson } from "../support/stripe-events.ts";
import { deliverTo, expectBooks, openShop, openStripeWorld, SECRET, type StripeShop } from "../support/stripe-world.ts";
import { createWorld } from "../support/world.ts";
import { runs, TIME_LIMIT_MS } from "../simulation/runs.ts";

const EVENTS = "/api/v1/app/stripe/events";

/** Any JSON, with more of what comes close to the truth than chance would give: ids of other objects, sums at the limits. */
const anyJson = fc.oneof(
  fc.constantFrom(...HOSTILE_VALUES),
  fc.constantFrom<unknown>(MAX_AMOUNT_CENTS, MAX_AMOUNT_CENTS + 1, 1, 999, 10_000, 10_001, -10_000, "10000"),
  fc.constantFrom<unknown>(
    "cus_1",
    "cus_2",
    "in_1",
    "in_2",
    "pi_1",
    "pi_2",
    "ch_1",
    "ch_2",
    "cs_1",
    "sub_1",
    "promo_1",
  ),
  fc.constantFrom<unknown>(
    "usd",
    "USD",
    "jpy",
    "xxx",
    "succeeded",
    "failed",
    "canceled",
    "pending",
    "won",
    "lost",
    "paid",
  ),
  fc.constantFrom<unknown>(null, true, false, [], {}, { id: "in_1" }, { id: 5 }, { data: [null, {}] }, [[[]]]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: "binary", maxLength: 300 }),
);

describe.each(shapes)("signed events in the shape of %s", (shape) => {
  const s = stripeEvents(shape);

  test(
    "D-input whatever stands in their objects' fields, none is more than ignored, and the books balance",
    async () => {
      const world = await createWorld({ log: noteError });
      await fc.assert(
        fc.asyncProperty(fc.array(spoiling(KINDS.length), { minLength: 3, maxLength: 12 }), async (spoilings) => {
          const shop = await openShop(world);
          for (const { kind, fields, times } of spoilings) {
            const event = spoiled(kindsOf(s, shop)[kind] ?? expect.fail("no such kind"), fields);
            for (let time = 0; time < times; time++) await expectTaken(shop, event);
          }
          await world.runJobs();
          await expectBooks(world);
        }),
        runs(40),
      );
    },
    2 * TIME_LIMIT_MS,
  );

  test(
    "D-input whatever the event around the object says, it is taken or no event, and the inbox can be read and replayed",
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(spoiling(KINDS.length), { minLength: 1, maxLength: 8 }), async (spoilings) => {
          const shop = await openStripeWorld({ log: noteError });
          for (const { kind, fields } of spoilings) {
            const event = kindsOf(s, shop)[kind] ?? expect.fail("no such kind");
            const names = ["id", "type", "account", "livemode", "created", "data", "object", "api_version"];
            const head = fields.map(([at, value]) => [names[at % names.length], value] as const);
            await expectTaken(shop, { ...event, ...Object.fromEntries(head) });
          }
          const lines = (
            await walkPages(shop.world, { path: EVENTS, items: "events", limit: 1, key: shop.app.key })
          ).flat();
          for (const { id } of lines) {
            const path = `${EVENTS}/${encodeURIComponent(id)}/replay`;
            const { status } = await shop.world.call(path, undefined, { key: shop.app.key, method: "POST" });
            // Of the other mode, or of another account, there is nothing to replay.
            expect([id, status]).toEqual([id, expect.toSatisfy((code) => [200, 404, 409].includes(code))]);
          }
          await expectBooks(shop.world);
        }),
        runs(25),
      );
    },
    2 * TIME_LIMIT_MS,
  );

  test("D-input each field of each object with each hostile value: none is more than ignored", async () => {
    const shop = await openStripeWorld({ log: noteError });
    for (const event of kindsOf(s, shop)) {
      for (const [at, field] of Object.keys(event.data.object).entries()) {
        // All values on every field would be 20,000 deliveries. What one shape leaves out the other has on that field.
        for (const value of HOSTILE_VALUES.filter((_, n) => n % 14 === (at + (shape === "newest" ? 0 : 7)) % 14)) {
          await expectTaken(shop, { ...event, data: { object: { ...event.data.object, [field]: value } } });
        }
      }
    }
    await expectBooks(shop.world);
    expect(await shop.commissions()).not.toEqual([]);
  }, 120_000);
});

test("D-input D-errors whatever app a path names, and whatever signs, it is 400 or no route, and nothing is kept", async () => {
  const shop = await openStripeWorld({ log: noteError });
  const before = await dumpDatabase(shop.world.db);
  const { id } = shop.app;
  const odd = ["%00", "%01", "%7f", "%0a", "%ff", "%", "%2e%2e", "%2F", "%F0%9F%98%80", "*", "' OR '1'='1"];
  const words = ["null", "__proto__", "constructor", "x".repeat(4_000), MARKER];
  const names = [...odd, ...words, `${id}%00`, `${id}%20`, id.toUpperCase()];
  const payload = JSON.stringify(kindsOf(stripeEvents("newest"), shop)[0]);
  const headers = { "Stripe-Signature": await signStripe(payload, SECRET) };
  for (const name of names) {
    const answer = await shop.world.call(`/api/stripe/webhook/${name}`, payload, { headers });
    expect([name, answer.status]).toEqual([name, expect.toSatisfy((status) => status === 400 || status === 404)]);
    expect(answer).toEqual(refusedSomehow(answer.status, answer.body.error.code));
    expect(JSON.stringify(answer.body)).not.toContain(MARKER);
  }
  const t = Math.floor(Date.now() / 1_000);
  const signatures = [
    `t=${t},v1=${"0".repeat(64)}`,
    `${"v1=,".repeat(2_000)}t=${t}`,
    `t=${"9".repeat(400)},v1=x`,
    MARKER,
  ];
  for (const signature of signatures) {
    const answer = await shop.world.call(`/api/stripe/webhook/${shop.app.id}`, payload, {
      headers: { "Stripe-Signature": signature },
    });
    expect(answer).toEqual(refusedSomehow(400, "invalid_request"));
  }
  expect(await dumpDatabase(shop.world.db)).toEqual(before);
});

test("D-input a body that is no UTF-8, or half of one, is signed by nobody", async () => {
  const shop = await openStripeWorld({ log: noteError });
  const before = await dumpDatabase(shop.world.db);
  const payload = JSON.stringify(kindsOf(stripeEvents("newest"), shop)[0]);
  const headers = { "Stripe-Signature": await signStripe(payload, SECRET) };
  const bytes = Buffer.from(payload);
  for (const body of [
    new Uint8Array(Buffer.concat([bytes, Buffer.from([0xff])])),
    new Uint8Array(Buffer.from(payload, "utf16le")),
    new Uint8Array(bytes.subarray(0, -1)),
    new Uint8Array(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes])),
  ]) {
    const answer = await shop.world.call(`/api/stripe/webhook/${shop.app.id}`, body, { headers });
    expect(answer).toEqual(refusedSomehow(400, "invalid_request"));
  }
  expect(await dumpDatabase(shop.world.db)).toEqual(before);
});

test("D-input D-errors a byte more than 1 MiB is 413, and nothing of it is kept", async () => {
  const shop = await openStripeWorld({ log: noteError });
  const before = await dumpDatabase(shop.world.db);
  const payload = JSON.stringify(kindsOf(stripeEvents("newest"), shop)[0]).padEnd(2 ** 20 + 1);
  const answer = await deliverTo(shop.world, `/api/stripe/webhook/${shop.app.id}`, {}, { payload });
  expect(answer).toEqual(refusedSomehow(413, "body_too_large"));
  expect(await dumpDatabase(shop.world.db)).toEqual(before);
});

/** What went wrong inside, for the message of a failure. */
let lastError: unknown = null;
function noteError(entry: Readonly<Record<string, unknown>>): void {
  if (entry["level"] === "error") lastError = entry["error"] ?? null;
}

async function expectTaken(shop: StripeShop, event: StripeJson): Promise<void> {
  lastError = null;
  const { status, body } = await deliverTo(shop.world, `/api/stripe/webhook/${shop.app.id}`, event);
  const answer = { event, status, body, error: lastError };
  const taken = { received: true, outcome: expect.any(String) };
  expect(answer).toEqual({ event, status: 200, body: taken, error: null });
}

/** Which event, what of its object's fields is replaced by what (by their places), and how often it comes. */
function spoiling(kinds: number) {
  return fc.record({
    kind: fc.nat({ max: kinds - 1 }),
    fields: fc.array(fc.tuple(fc.nat({ max: 40 }), anyJson), { maxLength: 3 }),
    times: fc.constantFrom(1, 1, 1, 2),
  });
}

function spoiled(event: StripeEvent, fields: readonly (readonly [number, unknown])[]): StripeJson {
  const { object } = event.data;
  const names = Object.keys(object);
  const replaced = fields.map(([at, value]) => [names[at % names.length] ?? "id", value] as const);
  return { ...event, data: { ...event.data, object: { ...object, ...Object.fromEntries(replaced) } } };
}

/** One event of every kind that is used, of one customer's payments, with everything in it that can be there. */
function kindsOf(s: ReturnType<typeof stripeEvents>, { refs }: Pick<StripeShop, "refs">): readonly StripeEvent[] {
  const said = { ref: refs.mara, userId: "u-7", email: "kim@example.test", customer: "cus_1" };
  const back = { charge: "ch_1", paymentIntent: "pi_1", amount: 500 };
  const charges = { data: [{ id: "ch_1", amount: 10_000, captured: true, amount_captured: 10_000 }] };
  const payments = { data: [{ status: "paid", payment: { type: "payment_intent", payment_intent: "pi_2" } }] };
  const refunds = { data: [s.objects.refund({ id: "re_1", ...back })] };
  const session = { id: "cs_1", amountTotal: 10_000, tax: 80, paymentIntent: "pi_1", promotionCode: "promo_1" };
  const invoice = { id: "in_1", amountPaid: 10_000, tax: 80, subscription: "sub_1", fields: { payments }, ...said };
  const intent = { id: "pi_1", amount: 10_000, latestCharge: "ch_1", fields: { charges }, ...said };
  const charge = { id: "ch_1", amount: 10_000, paymentIntent: "pi_1", ...said };
  return [
    s.customerCreated({ ...said, id: "cus_1" }),
    s.customerUpdated({ ...said, id: "cus_1", ref: refs.nils }),
    s.subscriptionCreated({ id: "sub_1", ...said }),
    s.subscriptionUpdated({ id: "sub_1", ...said }),
    s.promotionCodeCreated({ id: "promo_1", code: refs.olga }),
    s.promotionCodeUpdated({ id: "promo_1", code: refs.olga }),
    s.sessionCompleted({ ...session, ...said }),
    s.sessionAsyncSucceeded({ ...session, ...said }),
    s.invoicePaid(invoice),
    s.invoicePaymentSucceeded(invoice),
    s.invoicePaymentPaid({ invoice: "in_1", paymentIntent: "pi_1" }),
    s.paymentIntentSucceeded(intent),
    s.paymentIntentSucceeded({ ...intent, id: "pi_2", latestCharge: "ch_2", invoice: "in_1" }),
    s.chargeSucceeded(charge),
    s.chargeSucceeded({ ...charge, id: "ch_3", paymentIntent: null }),
    s.chargeCaptured(charge),
    s.chargeUpdated(charge),
    s.chargeRefunded({ ...charge, amountRefunded: 500, fields: { refunds } }),
    s.refundCreated({ id: "re_1", ...back }),
    s.refundUpdated({ id: "re_1", ...back }),
    s.refundFailed({ id: "re_1", ...back, status: "failed" }),
    s.chargeRefundUpdated({ id: "re_1", ...back }),
    s.disputeCreated({ id: "dp_1", ...back }),
    s.disputeUpdated({ id: "dp_1", ...back }),
    s.disputeClosed({ id: "dp_1", ...back, status: "lost" }),
    s.deauthorized(),
  ];
}

const KINDS = kindsOf(stripeEvents("newest"), { refs: { mara: "m", nils: "n", olga: "o" } });
