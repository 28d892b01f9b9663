import { expect, onTestFinished, test } from "vitest";
import { type FakeStripe, startFakeStripe } from "../support/fake-stripe.ts";
import { jsonOf, type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { runCommand } from "../support/run-command.ts";
import { signStripe, type StripeEvent, type StripeJson, stripeEvents } from "../support/stripe-events.ts";
import { tempFolder } from "../support/temp-folder.ts";

// `node dist/cli.js stripe-backfill`, beside the server of dev, on its database.

const SECRET = `whsec_${"t".repeat(32)}`;
const KEY = `rk_test_${"k".repeat(24)}`;
/** The demo's ref, at 30 %, of which 5 % are the platform's. */
const NET = 2_850;
const CUSTOMERS = 125;

test("ST7 the command takes what was missed while the server runs, and a second run changes nothing", async () => {
  const { fake, door, folder, appId } = await openShop({ webhook_secrets: [SECRET], restricted_key: KEY });
  const events = manyEvents();
  for (const event of events) fake.put(event);
  // Some had been delivered.
  for (const event of events.slice(0, 20)) expect(await deliver(door, event)).toBe(200);
  expect(await pendingCents(door)).toBe(10 * NET);

  const first = await backfill(folder, fake);
  expect(first).toEqual({ code: 0, stdout: `${appId}: 250 events (250 recorded)\n`, stderr: "" });
  expect(pagesOf(fake)).toBe(3);
  expect(await pendingCents(door)).toBe(CUSTOMERS * NET);

  expect(await backfill(folder, fake, appId)).toEqual(first);
  expect(await pendingCents(door)).toBe(CUSTOMERS * NET);
  await door.stop("SIGTERM");
  const audit = await runCommand(folder, ["audit"]);
  expect([audit.code, audit.stdout]).toEqual([0, "The books balance.\n"]);
}, 60_000);

test("without an app that has a key it says so, and fails", async () => {
  const { fake, door, folder, appId } = await openShop({ webhook_secrets: [SECRET] });
  for (const app of [[], [appId], ["app_that_is_not_there"]]) {
    const ended = await backfill(folder, fake, ...app);
    expect(ended).toEqual({ code: 1, stdout: "", stderr: "No app with a key for Stripe.\n" });
  }
  expect(fake.requests).toEqual([]);
  await door.stop("SIGTERM");
});

test("while Stripe does not answer it says what to do, and fails; then it comes to its end", async () => {
  const { fake, door, folder, appId } = await openShop({ restricted_key: KEY });
  for (const event of manyEvents().slice(0, 10)) fake.put(event);
  fake.fail("500");
  const failed = await backfill(folder, fake);
  expect([failed.code, failed.stdout]).toEqual([1, `${appId}: 0 events\n`]);
  expect(failed.stderr).toMatch(
    /^app_[\w-]+: Stripe does not answer \(.*500.*\)\. Run it again: nothing counts twice\.\n$/,
  );

  expect((await backfill(folder, fake)).code).toBe(0);
  expect(await pendingCents(door)).toBe(5 * NET);
  await fake.close();
  const gone = await backfill(folder, fake);
  expect(gone.code).toBe(1);
  expect(gone.stderr).toMatch(/^app_[\w-]+: Stripe does not answer \(.*\)\. Run it again: nothing counts twice\.\n$/);
  await door.stop("SIGTERM");
});

test("a key that is gone is said to be, without the key", async () => {
  const { fake, door, folder } = await openShop({ restricted_key: KEY });
  fake.revoke(KEY);
  const { code, stderr } = await backfill(folder, fake);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^app_[\w-]+: Stripe does not let this key read events \(.*401.*\)\.\n$/);
  expect(stderr).not.toContain("kkkk");
  await door.stop("SIGTERM");
});

test("with another AUTH_SECRET than the server's it says that the key cannot be read", async () => {
  const { fake, door, folder } = await openShop({ restricted_key: KEY });
  const { code, stderr } = await runCommand(folder, ["stripe-backfill"], {
    STRIPE_API_BASE: fake.url,
    AUTH_SECRET: "another".padEnd(32, "-"),
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^app_[\w-]+: .*AUTH_SECRET is another one\n$/);
  await door.stop("SIGTERM");
});

/** The server of dev in a folder of its own, whose shop is connected to a Stripe of this machine. */
async function openShop(connection: object) {
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  const folder = tempFolder();
  const door = await startNodeDoor(folder, { STRIPE_API_BASE: fake.url });
  onTestFinished(async () => void (await door.stop("SIGKILL")));
  const { appId, secretKey } = door.dev().demo;
  const put = await fetch(`${door.url}/api/v1/app/stripe`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${secretKey}` },
    body: JSON.stringify(connection),
  });
  expect(put.status).toBe(200);
  return { fake, door, folder, appId };
}

async function backfill(folder: string, fake: FakeStripe, ...more: readonly string[]) {
  return runCommand(folder, ["stripe-backfill", ...more], { STRIPE_API_BASE: fake.url });
}

/** Customers with the demo's ref who each paid 100 dollars in the last hours, a minute apart. */
function manyEvents(): readonly StripeEvent[] {
  const s = stripeEvents("newest", { livemode: false });
  const from = Math.floor(Date.now() / 1_000) - CUSTOMERS * 60;
  const events = Array.from({ length: CUSTOMERS }, (_, n) => {
    const created = from + n * 60;
    const customer = `cus_${n}`;
    return [
      s.customerCreated({ id: customer, ref: "demo42", created }),
      s.invoicePaid({ id: `in_${n}`, customer, amountPaid: 10_000, created: created + 1 }),
    ];
  });
  return events.flat();
}

async function deliver(door: NodeDoor, event: StripeJson): Promise<number> {
  const body = JSON.stringify(event);
  const headers = { "Stripe-Signature": await signStripe(body, SECRET) };
  const path = `/api/stripe/webhook/${door.dev().demo.appId}`;
  return (await fetch(door.url + path, { method: "POST", headers, body })).status;
}

async function pendingCents(door: NodeDoor): Promise<number> {
  const headers = { Authorization: `Bearer ${door.dev().demo.secretKey}` };
  const { affiliates } = await jsonOf(await fetch(`${door.url}/api/v1/affiliates`, { headers }));
  const path = `/api/v1/affiliates/${affiliates[0].id}/balance`;
  return (await jsonOf(await fetch(door.url + path, { headers }))).balances[0].pending_cents;
}

function pagesOf(fake: FakeStripe): number {
  return fake.requests.filter(({ path }) => path.startsWith("/v1/events")).length;
}
