import { afterEach, expect, test, vi } from "vitest";
import { AgentLinks, type AgentLinksEvent, type EventData, type EventType } from "../../client/src/index.ts";
import { tellConfirmed } from "../../worker/services/events/tell-confirmed.ts";
import { addApplicant, DAY_MS, setStatus } from "../support/creators.ts";
import { flakyFetch } from "../support/flaky-fetch.ts";
import { failPayout, giveMethod, payOut, payoutsOf, runBatch, setMinimums, step } from "../support/payouts.ts";
import { createWorld, type Json, type TestApp, type World } from "../support/world.ts";

afterEach(() => void vi.unstubAllGlobals());

const OF_CONVERSION = { conversion_id: 1, affiliate_id: 1, ref: 1, currency: 1, user_id: 1 } as const;
const COMMISSION = {
  ...OF_CONVERSION,
  amount_cents: 1,
  refunded_cents: 1,
  commission_cents: 1,
  platform_fee_cents: 1,
  net_commission_cents: 1,
  status: 1,
  lane: 1,
  reason: 1,
  available_at: 1,
} as const;
const CHANGED = { ...COMMISSION, change: 1, cause_id: 1 } as const;
const PAYOUT = {
  payout_id: 1,
  batch_id: 1,
  affiliate_id: 1,
  currency: 1,
  amount_cents: 1,
  rail: 1,
  status: 1,
} as const;
const PAYOUT_END = { ...PAYOUT, reference: 1, error: 1 } as const;
const AFFILIATE = { affiliate_id: 1, ref: 1, status: 1, email: 1, name: 1, account_id: 1 } as const;
const CREDIT = { redemption_id: 1, account_id: 1, kind: 1, amount: 1 } as const;

/** The fields that the client's types promise: the type check holds the two the same. */
const FIELDS: { readonly [Type in EventType]: Readonly<Record<keyof EventData[Type], 1>> } = {
  "signup.created": { referral_id: 1, affiliate_id: 1, ref: 1, user_id: 1 },
  "conversion.created": { ...OF_CONVERSION, amount_cents: 1, trust: 1 },
  "commission.created": CHANGED,
  "commission.confirmed": COMMISSION,
  "commission.cancelled": CHANGED,
  "commission.clawed_back": CHANGED,
  "commission.held": CHANGED,
  "commission.released": CHANGED,
  "refund.created": { ...OF_CONVERSION, amount_cents: 1, refunded_cents: 1, cause_id: 1 },
  "payout.created": PAYOUT,
  "payout.paid": PAYOUT_END,
  "payout.failed": PAYOUT_END,
  "payout.returned": { ...PAYOUT, returned_cents: 1, correction_id: 1 },
  "affiliate.joined": AFFILIATE,
  "affiliate.status_changed": { ...AFFILIATE, from: 1 },
  "referral.completed": {
    redemption_id: 1,
    referrer_account_id: 1,
    referred_account_id: 1,
    status: 1,
    credits_awarded: 1,
    referee_credits_awarded: 1,
  },
  "credit.awarded": CREDIT,
  "credit.revoked": CREDIT,
};

test("CL4 every event that the server tells of has the fields that its type promises, and no other", async () => {
  const { world, app, links } = await openLine();
  await playEverything(world, app);
  const told = new Map<EventType, ReadonlySet<string>>();
  for await (const event of links.events.all()) {
    const fields = Object.keys(event.data).toSorted();
    expect([event.type, fields]).toEqual([event.type, Object.keys(FIELDS[event.type]).toSorted()]);
    told.set(event.type, new Set(fields));
  }
  expect([...told.keys()].toSorted()).toEqual(Object.keys(FIELDS).toSorted());
});

test("CL8 the feed is read to its end page by page, over a line that fails, and on from where it ended", async () => {
  const { world, app, links, line } = await openLine();
  for (const user of ["u1", "u2", "u3"]) await pay(world, app, { user_id: user });
  vi.stubGlobal("setTimeout", (end: () => void) => setImmediate(end));
  line.fail("lost", "away");
  const all = await take(links.events.all({ limit: 3 }));
  // Who joined, and three of each payment: four pages, and two that failed.
  expect(all).toHaveLength(10);
  expect(new Set(all.map(({ id }) => id)).size).toBe(10);
  expect(line.sent).toHaveLength(6);

  const last = all.at(-1)?.id;
  expect(await take(links.events.all({ after: last }))).toEqual([]);
  await pay(world, app, { user_id: "u1", amount_cents: 500 });
  const more = await take(links.events.all({ after: last }));
  expect(more.map(({ type }) => type)).toEqual(["conversion.created", "commission.created"]);
  const signups = await take(links.events.all({ type: ["signup.created", "payout.paid"] }));
  expect(signups.map(({ type }) => type)).toEqual(["signup.created", "signup.created", "signup.created"]);
  expect((await links.events.list({ type: "conversion.created", limit: 1 })).next_cursor).toMatch(/^evt_/);
});

test("CL4 an event's type tells its data apart", async () => {
  const { world, app, links } = await openLine();
  await pay(world, app, { user_id: "u1" });
  // As a receiver writes it; what is not of the type does not compile.
  const sums = (await take(links.events.all())).map((event) => {
    if (event.type === "conversion.created") return event.data.amount_cents;
    return event.type === "commission.created" ? event.data.change.net_commission_cents : 0;
  });
  expect(sums).toEqual([0, 0, 10_000, 2_850]);
});

async function openLine() {
  const world = await createWorld();
  const app = await world.newApp();
  const line = flakyFetch(world.request);
  const { publicUrl: url } = world.deps.config;
  return { world, app, line, links: new AgentLinks({ url, secretKey: app.key, fetch: line.fetch }) };
}

async function take(events: AsyncIterable<AgentLinksEvent>): Promise<readonly AgentLinksEvent[]> {
  const taken: AgentLinksEvent[] = [];
  for await (const event of events) taken.push(event);
  return taken;
}

/** A history in which each event happens. */
async function playEverything(world: World, app: TestApp): Promise<void> {
  const first = await pay(world, app, { user_id: "u1" });
  await say(world, app, "/api/track/refund", { conversion_id: first, amount_cents: 2_500 });
  const second = await pay(world, app, { user_id: "u2" });
  for (const way of ["hold", "release"])
    await say(world, app, `/api/v1/conversions/${second}/${way}`, { reason: "a test" });
  world.advance(20 * DAY_MS);
  await tellConfirmed(world.deps);
  await say(world, app, "/api/track/refund", { conversion_id: second, amount_cents: 100 });

  await setMinimums(world, app, { usd: 1 });
  await giveMethod(world, app);
  const batch = await runBatch(world, app);
  const [lost] = await payoutsOf(world, app, `&batch_id=${batch.id}`);
  await failPayout(world, app, lost.id);
  await step(world, app, `${await payOut(world, app)}/return`, { amount_cents: 850, reason: "a test" });

  const applicant = await addApplicant(world, app, "kim");
  await setStatus(world, applicant, "active");

  const headers = { "X-Account-Id": "ada" };
  const { body } = await world.call("/api/v1/referrals/code", undefined, { key: app.key, headers });
  const friend = { code: body.referral_code, referred_account_id: "eve" };
  const { redemption_id } = await say(world, app, "/api/v1/referrals/redeem", friend);
  await say(world, app, "/api/v1/credits/revoke", { redemption_id, reason: "a test" });
}

async function pay(world: World, app: TestApp, body: Json): Promise<string> {
  return (await say(world, app, "/api/track/conversion", { ref: app.ref, amount_cents: 10_000, ...body }))
    .conversion_id;
}

async function say(world: World, app: TestApp, path: string, body: object): Promise<Json> {
  const answer = await world.call(path, body, { key: app.key });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}
