import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedDb } from "../../worker/store/embedded-db.ts";
import { type FakeStripe, startFakeStripe } from "../support/fake-stripe.ts";
import { type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { runCommand } from "../support/run-command.ts";
import { signStripe, stripeEvents } from "../support/stripe-events.ts";
import { tempFolder } from "../support/temp-folder.ts";

const SECRET = `whsec_${"t".repeat(32)}`;
const CUSTOMERS = 60;
const WRITERS = 8;

test("R-replay what was lost with a restore comes back from its senders, each once, whatever the order", async () => {
  const folder = tempFolder();
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  const door = await openDoor(folder, fake);
  const { demo } = door.dev();
  const connection = { webhook_secrets: [SECRET], restricted_key: `rk_test_${"k".repeat(24)}` };
  await send(door, { method: "PUT", path: "/api/v1/app/stripe", body: connection });
  const calls = callsOf(demo.appId, fake);

  // A backup while they write, and then the machine is lost.
  const begun = Promise.withResolvers<void>();
  const ended = sendAll(door, calls, (answered) => answered > calls.length / 4 && begun.resolve());
  await begun.promise;
  const made = await runCommand(folder, ["backup", "copy.db"]);
  expect(made.code).toBe(0);
  await ended;
  await door.stop("SIGKILL");
  const before = await stateOf(folder);
  const restored = await runCommand(folder, ["restore", "copy.db", "--force"]);
  expect([restored.code, restored.stderr]).toEqual([0, ""]);
  const left = await stateOf(folder);
  expect(left["conversions"]?.length).toBeLessThan(before["conversions"]?.length ?? 0);

  // Stripe is asked, and the backends send all of it once more: the last first, some of it twice.
  const again = await openDoor(folder, fake);
  const filled = await runCommand(folder, ["stripe-backfill"], { STRIPE_API_BASE: fake.url });
  expect([filled.code, filled.stderr]).toEqual([0, ""]);
  await sendAll(again, [...calls.filter(({ isStripe }) => !isStripe).toReversed(), ...calls.slice(0, 40)]);
  await again.stop("SIGTERM");
  expect(await stateOf(folder)).toEqual(before);
  const audit = await runCommand(folder, ["audit"]);
  expect([audit.code, audit.stdout]).toEqual([0, "The books balance.\n"]);
}, 60_000);

interface Call {
  readonly path: string;
  readonly method?: string;
  readonly body: object;
  readonly isStripe?: boolean;
}

async function openDoor(folder: string, fake: FakeStripe): Promise<NodeDoor> {
  const door = await startNodeDoor(folder, { STRIPE_API_BASE: fake.url });
  onTestFinished(async () => void (await door.stop("SIGKILL")));
  return door;
}

/** Customers who sign up and pay, some of whom get money back; every third of them by Stripe, which keeps what it told. */
function callsOf(appId: string, fake: FakeStripe): readonly Call[] {
  return Array.from({ length: CUSTOMERS }, (_, n) =>
    n % 3 === 0 ? stripeCallsOf(n, appId, fake) : backendCallsOf(n),
  ).flat();
}

function backendCallsOf(n: number): readonly Call[] {
  const [ref, user_id, payment_ref] = ["demo42", `user-${n}`, `order-${n}`];
  const back = { payment_ref, amount_cents: 333, event_id: `back-${n}` };
  return [
    { path: "/api/track/signup", body: { ref, user_id, event_id: `signup-${n}` } },
    { path: "/api/track/conversion", body: { ref, user_id, payment_ref, amount_cents: 5_000 + n } },
    ...(n % 2 === 0 ? [{ path: "/api/track/refund", body: back }] : []),
  ];
}

function stripeCallsOf(n: number, appId: string, fake: FakeStripe): readonly Call[] {
  const s = stripeEvents("newest", { livemode: false, created: Math.floor(Date.now() / 1_000) - 3_600 + n });
  const [customer, invoice, paymentIntent] = [`cus_${n}`, `in_${n}`, `pi_${n}`];
  const events = [
    s.customerCreated({ id: customer, ref: "demo42" }),
    s.invoicePaid({ id: invoice, customer, amountPaid: 10_000 }),
    s.invoicePaymentPaid({ invoice, paymentIntent }),
    ...(n % 2 === 0 ? [s.chargeRefunded({ id: `ch_${n}`, paymentIntent, amount: 10_000, amountRefunded: 2_500 })] : []),
  ];
  for (const event of events) fake.put(event);
  return events.map((body) => ({ path: `/api/stripe/webhook/${appId}`, body, isStripe: true }));
}

/** Sends calls in their order, several at a time, until each is answered as done; `onAnswer` hears how many are. */
async function sendAll(door: NodeDoor, calls: readonly Call[], onAnswer?: (answered: number) => void): Promise<void> {
  let next = 0;
  let answered = 0;
  const writeOn = async () => {
    for (let call = calls[next++]; call !== undefined; call = calls[next++]) {
      await send(door, call);
      onAnswer?.(++answered);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writeOn));
}

async function send(door: NodeDoor, { path, method = "POST", body, isStripe = false }: Call): Promise<void> {
  const text = JSON.stringify(body);
  const headers: Record<string, string> = isStripe
    ? { "Stripe-Signature": await signStripe(text, SECRET) }
    : { Authorization: `Bearer ${door.dev().demo.secretKey}` };
  const response = await fetch(door.url + path, { method, headers, body: text });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** What is there, by the names that its senders gave it: without our ids and the moments of receipt. */
async function stateOf(folder: string): Promise<Readonly<Record<string, readonly object[]>>> {
  // A copy of it, with what its log holds: this process, too, would keep a restore from it.
  const copy = tempFolder();
  cpSync(join(folder, "data"), copy, { recursive: true });
  const db = openEmbeddedDb({ file: join(copy, "agentlinks.db") });
  const entries: [string, readonly object[]][] = [];
  for (const [what, sql] of Object.entries(STATE)) {
    entries.push([what, (await db.query({ sql, args: [] })).map((row) => ({ ...row }))]);
  }
  await db.close();
  return Object.fromEntries(entries);
}

const STATE = {
  conversions: `SELECT l.source, coalesce(l.payment_ref, l.source_ref) AS name, c.user_id, c.affiliate, c.code, c.captured, c.refunded, c.posted_lane, c.posted_net, c.posted_fee
    FROM conversion c JOIN claim l ON l.app = c.app AND l.id = c.claim WHERE c.voided_at IS NULL ORDER BY 1, 2`,
  referrals: "SELECT user_id, affiliate, code, trust FROM referral ORDER BY 1",
  refunds: "SELECT source, source_ref, amount FROM refund ORDER BY 1, 2",
  totals: "SELECT * FROM total ORDER BY app, affiliate, currency",
  buckets: "SELECT app, affiliate, currency, lane, sum(net) AS net FROM bucket GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
  ledger:
    "SELECT app, affiliate, currency, sum(net) AS net, sum(fee) AS fee FROM ledger GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
  apps: "SELECT * FROM app_sum ORDER BY app, currency",
  counters: `SELECT app, code, sum(signups) AS signups, sum(conversions) AS conversions, sum(refunds) AS refunds
    FROM code_day GROUP BY 1, 2 ORDER BY 1, 2`,
};
