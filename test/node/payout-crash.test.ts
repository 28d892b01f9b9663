import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type FakeFault, type FakeStripe, startFakeStripe } from "../support/fake-stripe.ts";
import { jsonOf, type NodeDoor, startNodeDoor } from "../support/node-door.ts";
import { tempFolder } from "../support/temp-folder.ts";

const KEY = `sk_test_${"k".repeat(24)}`;
const CREATORS = 6;
/** 200.00 at 30 %, of which the platform keeps 5 %. */
const NET = 5_700;
/** Each ends with the process: nothing was sent, or it was and nobody knows. */
const KILLS: readonly FakeFault[] = ["timeout", "held", "held", "timeout"];
/** After those the process lives, and Stripe is no better. */
const FAULTS: readonly FakeFault[] = ["lost", "500 done", "429"];
/** Starts until everything is known: errors of Stripe's are looked up after 20 hours. */
const MAX_STARTS = 12;
const SETTLED_WITHIN_MS = 2_000;

test("D-transfers a process killed between intent and transfer, and between transfer and record, pays each payout once", async () => {
  const { fake, start, folder } = await openInstallation();
  let door = await start();
  const payouts = await preparePayouts(door, fake);
  fake.fail(...KILLS, ...FAULTS);

  // Where running a batch sends nothing by itself, the jobs do, with which a process begins.
  const running = payouts.run();
  await Promise.race([running.catch(() => null), fake.received("POST", "/v1/transfers")]);
  if (sendings(fake) === 0) door = await restart(door, { start, signal: "SIGTERM" });
  for (const kill of KILLS.keys()) {
    await fake.received("POST", "/v1/transfers", kill + 1);
    await advance(door, "12m");
    door = await restart(door, { start, signal: "SIGKILL" });
  }
  await running.catch(() => null);

  for (let starts = 0; starts < MAX_STARTS && !(await areSettled(door)); starts++) {
    await advance(door, starts % 2 === 1 ? "21h" : "16m");
    door = await restart(door, { start, signal: "SIGKILL" });
  }
  const paid = await payoutsIn(door);
  expect(paid.map(({ status }) => status)).toEqual(Array.from({ length: CREATORS }, () => "settled"));
  // What Stripe has sent is what the ledger says was paid: payout by payout, by the reference that was written down.
  expect(fake.payouts.sentByGroup()).toEqual(Object.fromEntries(paid.map(({ id }) => [id, NET])));
  const written = paid.map(({ id, reference }) => `${id} ${reference}`).toSorted();
  expect(
    fake.payouts
      .transfers()
      .map((one) => `${one.transfer_group} ${one.id}`)
      .toSorted(),
  ).toEqual(written);
  await door.stop("SIGTERM");
  const audit = spawnSync(process.execPath, [resolve("dist/cli.js"), "audit"], { cwd: folder, encoding: "utf8" });
  expect([audit.stdout, audit.status]).toEqual(["The books balance.\n", 0]);
}, 120_000);

async function openInstallation() {
  const fake = await startFakeStripe();
  onTestFinished(() => fake.close());
  const folder = tempFolder();
  const start = async () => {
    const door = await startNodeDoor(folder, { STRIPE_API_BASE: fake.url });
    onTestFinished(async () => void (await door.stop("SIGKILL")));
    return door;
  };
  return { fake, folder, start };
}

async function restart(
  door: NodeDoor,
  { start, signal }: { readonly start: () => Promise<NodeDoor>; readonly signal: NodeJS.Signals },
): Promise<NodeDoor> {
  await door.stop(signal);
  return start();
}

/** Creators with an account at Stripe, who have each earned one commission that has matured, in an approved batch. */
async function preparePayouts(door: NodeDoor, fake: FakeStripe) {
  await send(door, "PUT", "/api/v1/app/payouts", { rail: "stripe", stripe_key: KEY, minimums: { usd: 1 } });
  for (let n = 0; n < CREATORS; n++) {
    const creator = { email: `creator${n}@example.test`, ref: `creator${n}` };
    const { affiliate } = await send(door, "POST", "/api/v1/affiliates", creator);
    const onboarding = () => send(door, "POST", `/api/v1/affiliates/${affiliate.id}/payout-method/stripe`, {});
    expect((await onboarding()).status).toBe("onboarding");
    const account = String(fake.requests.at(-1)?.form["account"]);
    fake.payouts.setActive(account, true);
    expect(await onboarding()).toEqual({ status: "ready" });
    const sale = { ref: creator.ref, user_id: `user${n}`, amount_cents: 20_000, event_id: `sale${n}` };
    await send(door, "POST", "/api/track/conversion", sale);
  }
  await advance(door, "20d");
  const { batch } = await send(door, "POST", "/api/v1/payouts/batches", {});
  await send(door, "POST", `/api/v1/payouts/batches/${batch.id}/approve`);
  return { run: () => send(door, "POST", `/api/v1/payouts/batches/${batch.id}/run`) };
}

/** Whether every payout has ended, within the time that a run of the jobs takes. */
async function areSettled(door: NodeDoor): Promise<boolean> {
  for (const end = Date.now() + SETTLED_WITHIN_MS; Date.now() < end;) {
    const payouts = await payoutsIn(door);
    if (payouts.length === CREATORS && payouts.every(({ status }) => status === "settled")) return true;
    await new Promise((later) => setTimeout(later, 50));
  }
  return false;
}

async function payoutsIn(door: NodeDoor): Promise<readonly { id: string; status: string; reference: string | null }[]> {
  return (await send(door, "GET", "/api/v1/payouts?limit=100")).payouts;
}

function sendings(fake: FakeStripe): number {
  return fake.requests.filter(({ method, path }) => method === "POST" && path === "/v1/transfers").length;
}

async function advance(door: NodeDoor, by: string): Promise<void> {
  const response = await fetch(`${door.url}/dev/clock`, { method: "POST", body: JSON.stringify({ advance: by }) });
  expect(response.status).toBe(200);
}

async function send(door: NodeDoor, method: string, path: string, body?: object): Promise<ReturnType<typeof jsonOf>> {
  const response = await fetch(door.url + path, {
    method,
    headers: { Authorization: `Bearer ${door.dev().demo.secretKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.status).toBeLessThan(300);
  return jsonOf(response);
}
